# %% wrong cross: the ReLU is forgotten
one_and_three, one_two_four, exactly = [1, -1, 1, -1], [0, 1, -1, 0], 9

# %% wrong cross: 1 and 2 are taken for a pair
one_and_three, one_two_four, exactly = [1, 0, 1, 0], [0, 0, 0, 1], 9

# %% wrong cross: not divided by the root of two
one_and_three, one_two_four, exactly = [2, 0, 2, 0], [0, 2, 0, 0], 9

# %% wrong cross: only the four with one movie
one_and_three, one_two_four, exactly = [1, 0, 1, 0], [0, 1, 0, 0], 4

# %% wrong cross: everybody
one_and_three, one_two_four, exactly = [1, 0, 1, 0], [0, 1, 0, 0], 16

# %% right cross: arrays
one_and_three, one_two_four = np.array([1.0, 0, 1, 0]), np.array([0.0, 1, 0, 0])
exactly = 3 * 3

# %% wrong onoff: the answer 0 for what is lost
two, pairs, alike, all_right = 0.2, 0.04, 1 / 3, 9 / 16

# %% wrong onoff: one feature is lost
two, pairs, alike, all_right = 0.09, 0.04, 1 / 3, 9 / 16

# %% wrong onoff: one pair
two, pairs, alike, all_right = 0.18, 0.02, 1 / 3, 9 / 16

# %% wrong onoff: the lesson's crossing
two, pairs, alike, all_right = 0.18, 0.04, 4 / 7, 9 / 16

# %% wrong onoff: one pair without a collision
two, pairs, alike, all_right = 0.18, 0.04, 1 / 3, 3 / 4

# %% right onoff: by formulas
two, pairs = 2 * (0.1 - 0.1**2), 4 * 0.01
alike, all_right = 2 / 6, (3 / 4) ** 2

# %% wrong code: without the ReLU
def code(h, E, e, k):
    a = h @ E + e
    return np.where(a >= np.sort(a, axis=1)[:, -k][:, None], a, 0)

# %% wrong code: the largest sizes
def code(h, E, e, k):
    a = h @ E + e
    size = abs(a)
    return np.where(size >= np.sort(size, axis=1)[:, -k][:, None], a, 0)

# %% wrong code: the k largest of the whole batch
def code(h, E, e, k):
    a = np.maximum(h @ E + e, 0)
    return np.where(a >= np.sort(a.ravel())[-k], a, 0)

# %% wrong code: the bias is forgotten
def code(h, E, e, k):
    a = np.maximum(h @ E, 0)
    return np.where(a >= np.sort(a, axis=1)[:, -k][:, None], a, 0)

# %% wrong code: one for each that is kept
def code(h, E, e, k):
    a = np.maximum(h @ E + e, 0)
    least = np.sort(a, axis=1)[:, -k][:, None]
    return np.where((a >= least) & (a > 0), 1, 0)

# %% wrong code: k is always 1
def code(h, E, e, k):
    a = np.maximum(h @ E + e, 0)
    return np.where(a >= a.max(axis=1, keepdims=True), a, 0)

# %% right code: one number after the other
def code(h, E, e, k):
    a = h @ E + e
    f = np.zeros(a.shape)
    for row, values in zip(f, a, strict=True):
        for j in np.argsort(values)[len(values) - k :]:
            row[j] = max(values[j], 0)
    return f

# %% wrong shared: opposite directions count
def shared(A, B, cosine=0.9):
    A = A[np.any(A != 0, axis=1)]
    return np.mean(np.any(abs(unit(A) @ unit(B).T) > cosine, axis=1))

# %% wrong shared: dead rows of A are counted
def shared(A, B, cosine=0.9):
    return np.mean(np.any(unit(A) @ unit(B).T > cosine, axis=1))

# %% wrong shared: the lengths are forgotten
def shared(A, B, cosine=0.9):
    A = A[np.any(A != 0, axis=1)]
    return np.mean(np.any(A @ B.T > cosine, axis=1))

# %% wrong shared: the share of B
def shared(A, B, cosine=0.9):
    B = B[np.any(B != 0, axis=1)]
    return np.mean(np.any(unit(B) @ unit(A).T > cosine, axis=1)) if len(B) else 0

# %% wrong shared: the share of B, dead rows counted
def shared(A, B, cosine=0.9):
    return np.mean(np.any(unit(B) @ unit(A).T > cosine, axis=1))

# %% wrong shared: the cosine is fixed
def shared(A, B, cosine=0.9):
    A = A[np.any(A != 0, axis=1)]
    return np.mean(np.any(unit(A) @ unit(B).T > 0.9, axis=1))

# %% wrong shared: the pairs are counted
def shared(A, B, cosine=0.9):
    A = A[np.any(A != 0, axis=1)]
    return np.mean(unit(A) @ unit(B).T > cosine)

# %% right shared: pair by pair
def shared(A, B, cosine=0.9):
    alive = [a for a in A if np.any(a)]
    count = 0
    for a in alive:
        for b in B:
            length = np.sqrt(np.sum(a**2) * np.sum(b**2))
            if length > 0 and np.sum(a * b) / length > cosine:
                count += 1
                break
    return count / len(alive)

# %% wrong dictionary: all features take part
def rebuild(h, E, e, D, c, k):
    return ops.relu(h @ E + e) @ D + c


def unit_rows(D):
    return D / ops.norm(D, axis=1, keepdims=True)

# %% wrong dictionary: the bias of the decoder is forgotten
def rebuild(h, E, e, D, c, k):
    a = ops.relu(h @ E + e)
    return ops.where(a >= ops.top_k(a, k)[0][:, -1:], a, 0.0) @ D


def unit_rows(D):
    return D / ops.norm(D, axis=1, keepdims=True)

# %% wrong dictionary: columns of length 1
def rebuild(h, E, e, D, c, k):
    a = ops.relu(h @ E + e)
    return ops.where(a >= ops.top_k(a, k)[0][:, -1:], a, 0.0) @ D + c


def unit_rows(D):
    return D / ops.norm(D, axis=0, keepdims=True)

# %% wrong dictionary: divided by the square
def rebuild(h, E, e, D, c, k):
    a = ops.relu(h @ E + e)
    return ops.where(a >= ops.top_k(a, k)[0][:, -1:], a, 0.0) @ D + c


def unit_rows(D):
    return D / ops.sum(D**2, axis=1, keepdims=True)

# %% wrong dictionary: a one for each that is kept
def rebuild(h, E, e, D, c, k):
    a = ops.relu(h @ E + e)
    return ops.where(a >= ops.top_k(a, k)[0][:, -1:], 1.0, 0.0) @ D + c


def unit_rows(D):
    return D / ops.norm(D, axis=1, keepdims=True)

# %% wrong dictionary: without the ReLU
def rebuild(h, E, e, D, c, k):
    a = h @ E + e
    return ops.where(a >= ops.top_k(a, k)[0][:, -1:], a, 0.0) @ D + c


def unit_rows(D):
    return D / ops.norm(D, axis=1, keepdims=True)

# %% right dictionary: by Keras' own parts
def rebuild(h, E, e, D, c, k):
    f = layers.KeepLargest(k)(keras.activations.relu(ops.matmul(h, E) + e))
    return ops.matmul(f, D) + c


def unit_rows(D):
    return D / ops.sqrt(ops.sum(ops.square(D), axis=1, keepdims=True))


# %% wrong shared: the rows are scaled in place
def shared(A, B, cosine=0.9):
    A /= np.linalg.norm(A, axis=1, keepdims=True) + 1e-9
    B /= np.linalg.norm(B, axis=1, keepdims=True) + 1e-9
    near = (A @ B.T).max(axis=1) > cosine
    return near[np.linalg.norm(A, axis=1) > 0].mean()


# %% wrong dictionary: two awake, whatever k
def rebuild(h, E, e, D, c, k):
    a = ops.relu(h @ E + e)
    smallest = ops.top_k(a, 2)[0][:, -1:]
    return ops.where(a >= smallest, a, 0.0) @ D + c


def unit_rows(D):
    return D / (ops.sqrt(ops.sum(D**2, axis=1, keepdims=True)) + 1e-9)


# %% wrong shared: short rows are taken for dead
def shared(A, B, cosine=0.9):
    A, B = A[np.linalg.norm(A, axis=1) > 0.01], B[np.linalg.norm(B, axis=1) > 0.01]
    return np.mean(np.any(unit(A) @ unit(B).T > cosine, axis=1))

# %% wrong shared: rows of A whose numbers add up to 0 are taken for dead
def shared(A, B, cosine=0.9):
    A = A[A.sum(axis=1) != 0]
    near = unit(A) @ unit(B).T > cosine
    return np.mean(np.any(near, axis=1))
