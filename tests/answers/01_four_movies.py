# %% wrong ben: the second column of W, not the second row
ben_code = [1, -1, 1, -1]
ben_output = [0, 2, -2, 0]

# %% wrong ben: the code of Ann
ben_code = [1, 1]
ben_output = [2, 0, 0, -2]

# %% wrong ben: the output after rounding its softmax
ben_code = [1, -1]
ben_output = [0, 1, 0, 0]

# %% right ben: arrays of floats
ben_code = np.array([1.0, -1.0])
ben_output = W @ ben_code

# %% wrong pairs: zero is taken to be above the threshold
eva_back = [1, 1, 0, 0]
finn_back = [1, 1, 1, 1]

# %% wrong pairs: what goes in is taken to come out
eva_back = [1, 1, 0, 0]
finn_back = [1, 0, 0, 1]

# %% wrong pairs: the outputs before the threshold
eva_back = [2, 2, -2, -2]
finn_back = [0, 0, 0, 0]

# %% right pairs: yes and no
eva_back = [True, True, False, False]
finn_back = (False,) * 4

# %% wrong softmax: one sum over all people
def softmax(o):
    e = np.exp(o - o.max())
    return e / e.sum()


# %% wrong softmax: the sum runs over the first axis
def softmax(o):
    e = np.exp(o)
    return e / e.sum(axis=0)


# %% wrong softmax: no care for large outputs
def softmax(o):
    with np.errstate(all="ignore"):
        return np.exp(o) / np.exp(o).sum(axis=-1, keepdims=True)


# %% wrong softmax: the largest of all outputs is taken off, not each person's own
def softmax(o):
    with np.errstate(all="ignore"):
        e = np.exp(o - o.max())
        return e / e.sum(axis=-1, keepdims=True)


# %% wrong softmax: shares of the outputs, without the exponential
def softmax(o):
    with np.errstate(all="ignore"):
        return o / o.sum(axis=-1, keepdims=True)


# %% right softmax: through logarithms
def softmax(o):
    o = np.asarray(o, dtype=float)
    return np.exp(o - np.logaddexp.reduce(o, axis=-1)[..., None])


# %% right softmax: Keras' own
def softmax(o):
    return keras.ops.softmax(np.asarray(o), axis=-1)


# %% wrong forward: the outputs are bent too
def forward(X, W, bend=np.tanh):
    H = bend(X @ W)
    return H, np.asarray(keras.ops.softmax(bend(H @ W.T)))


# %% wrong forward: the bend is forgotten
def forward(X, W, bend=np.tanh):
    H = X @ W
    return H, np.asarray(keras.ops.softmax(H @ W.T))


# %% wrong forward: always tanh
def forward(X, W, bend=np.tanh):
    H = np.tanh(X @ W)
    return H, np.asarray(keras.ops.softmax(H @ W.T))


# %% wrong forward: softmax down the people
def forward(X, W, bend=np.tanh):
    H = bend(X @ W)
    return H, np.asarray(keras.ops.softmax(H @ W.T, axis=0))


# %% right forward: person by person
def forward(X, W, bend=np.tanh):
    H = np.array([bend(W.T @ x) for x in X])
    E = np.exp([[h @ row for row in W] for h in H])
    return H, E / E.sum(axis=1, keepdims=True)


# %% wrong codes: only people who like one movie
def count_codes(W):
    return len(np.unique(np.eye(len(W)) @ W, axis=0))


# %% wrong codes: people, not codes
def count_codes(W):
    return 2 ** len(W)


# %% wrong codes: different numbers, not different pairs
def count_codes(W):
    everybody = np.array(list(itertools.product([0, 1], repeat=len(W))))
    return len(np.unique(everybody @ W))


# %% wrong codes: always four movies
def count_codes(W):
    everybody = np.array(list(itertools.product([0, 1], repeat=4)))
    return len(np.unique(everybody @ W[:4], axis=0)) if len(W) >= 4 else 4


# %% right codes: a set of tuples
def count_codes(W):
    codes = set()
    for number in range(2 ** len(W)):
        code = sum((row for i, row in enumerate(W) if number >> i & 1), 0 * W[0])
        codes.add(tuple(code))
    return len(codes)


# %% wrong loss: a sum over people
def cross_entropy(X, P):
    return -np.log((X * P).sum(axis=1)).sum()


# %% wrong loss: a mean over all entries
def cross_entropy(X, P):
    return -np.mean(X * np.log(P))


# %% wrong loss: the sign
def cross_entropy(X, P):
    return np.log((X * P).sum(axis=1)).mean()


# %% wrong loss: the logarithm of the mean
def cross_entropy(X, P):
    return -np.log((X * P).sum(axis=1).mean())


# %% wrong loss: bits
def cross_entropy(X, P):
    return -np.log2((X * P).sum(axis=1)).mean()


# %% wrong loss: binary cross-entropy, which also pays for the other movies
def cross_entropy(X, P):
    return -np.mean(np.sum(X * np.log(P) + (1 - X) * np.log(1 - P), axis=1))


# %% right loss: Keras' own
def cross_entropy(X, P):
    return float(np.mean(keras.losses.categorical_crossentropy(X, P)))


# %% wrong softmax: takes the maximum off in place, so the caller's array changes
def softmax(o):
    o -= o.max(axis=-1, keepdims=True)
    e = np.exp(o)
    return e / e.sum(axis=-1, keepdims=True)


# %% wrong softmax: works for one person or a matrix, not for three axes
def softmax(o):
    o = np.atleast_2d(o)
    p = np.array([np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in o])
    return p.reshape(o.shape)


# %% wrong forward: softmax over all people of the batch
def forward(X, W, bend=np.tanh):
    H = bend(X @ W)
    e = np.exp(H @ W.T)
    return H, e / e.sum()


# %% right codes: a set that grows movie by movie
def count_codes(W):
    W = np.asarray(W)
    codes = {tuple([0] * W.shape[1])}
    for row in W:
        codes |= {tuple(c + r for c, r in zip(code, row)) for code in codes}
    return len(codes)


# %% wrong loss: divided by four people whatever their number
def cross_entropy(X, P):
    return -np.sum(X * np.log(P)) / 4


# %% wrong softmax: takes off the mean, so one output far above the others still overflows
def softmax(o):
    e = np.exp(o - np.mean(o, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# %% wrong codes: rounds the codes to whole numbers (fine for weights of one and minus one only)
def count_codes(W):
    people = np.array(list(itertools.product([0, 1], repeat=len(W))))
    return len(np.unique(np.round(people @ W).astype(int), axis=0))
