# %% wrong step: the factor 2 of the square is missing
step_slopes = [-2, -1]
step_output = 1.1 * 0.7 * 2

# %% wrong step: uphill
step_slopes = [4, 2]
step_output = 0.8 * 0.1 * 2

# %% wrong step: the slope by w does not contain x
step_slopes = [-2, -2]
step_output = 1.2 * 0.7 * 2

# %% wrong step: w's slope is taken with the new v
step_slopes = [-4, -2]
step_output = 1.2 * 0.98 * 2

# %% wrong step: the other order
step_slopes = [-2, -4]
step_output = 2.16

# %% right step: worked out in Python
error = 1 * 0.5 * 2 - 2
step_slopes = np.array([2 * error * 1 * 2, 2 * error * 0.5 * 2], "float32")
step_output = (0.5 - 0.1 * -4) * (1 - 0.1 * -2) * 2

# %% wrong scale: both means
lengths = [0.5, 400]
same_step = 4.0

# %% wrong scale: one mean is taken for a sum
lengths = [2, 5000]
same_step = 1.0

# %% wrong scale: the length of a gradient does not depend on the loss
lengths = [100, 100]
same_step = 0.02

# %% wrong scale: the rate shrinks with the gradient
lengths = [2, 400]
same_step = 0.0004

# %% wrong scale: the square root, as of a deviation
lengths = [100 / 50**0.5, 200]
same_step = 0.02 * 50**0.5

# %% right scale: as fractions
lengths = (100 / 50, 100 * 4)
same_step = 0.02 * 50

# %% wrong slopes: one side only
def slopes(f, w, epsilon):
    found = np.zeros(np.shape(w))
    for place in np.ndindex(found.shape):
        step = np.zeros(found.shape)
        step[place] = epsilon
        found[place] = (f(w + step) - f(w)) / epsilon
    return found


# %% wrong slopes: divided by epsilon alone
def slopes(f, w, epsilon):
    found = np.zeros(np.shape(w))
    for place in np.ndindex(found.shape):
        step = np.zeros(found.shape)
        step[place] = epsilon
        found[place] = (f(w + step) - f(w - step)) / epsilon
    return found


# %% wrong slopes: all entries move at once
def slopes(f, w, epsilon):
    quotient = (f(w + epsilon) - f(w - epsilon)) / (2 * epsilon)
    return np.full(np.shape(w), quotient)


# %% wrong slopes: the entry is not put back
def slopes(f, w, epsilon):
    w = np.array(w, float)
    found = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        w[place] += epsilon
        above = f(w)
        w[place] -= 2 * epsilon
        found[place] = (above - f(w)) / (2 * epsilon)
    return found


# %% wrong slopes: the array stays one of whole numbers
def slopes(f, w, epsilon):
    w = w.copy()
    found = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        kept = w[place]
        w[place] = kept + epsilon
        above = f(w)
        w[place] = kept - epsilon
        found[place] = (above - f(w)) / (2 * epsilon)
        w[place] = kept
    return found


# %% wrong slopes: the slopes are whole numbers, as w is
def slopes(f, w, epsilon):
    found = np.zeros_like(w)
    for place in np.ndindex(found.shape):
        step = np.zeros(found.shape)
        step[place] = epsilon
        found[place] = (f(w + step) - f(w - step)) / (2 * epsilon)
    return found


# %% wrong slopes: an epsilon of one's own
def slopes(f, w, epsilon):
    found, epsilon = np.zeros(np.shape(w)), 1e-5  # as in the lesson
    for place in np.ndindex(found.shape):
        step = np.zeros(found.shape)
        step[place] = epsilon
        found[place] = (f(w + step) - f(w - step)) / (2 * epsilon)
    return found


# %% wrong slopes: w is left changed
def slopes(f, w, epsilon):
    found = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        step = np.zeros(w.shape)
        step[place] = epsilon
        found[place] = (f(w + step) - f(w - step)) / (2 * epsilon)
    w[...] = w + 1
    return found


# %% right slopes: an entry moved in a copy and put back
def slopes(f, w, epsilon):
    w = np.array(w, dtype="float32")
    found = []
    for place in np.ndindex(w.shape):
        kept = w[place]
        w[place] = kept + epsilon
        above = f(w)
        w[place] = kept - epsilon
        found.append((above - f(w)) / (2 * epsilon))
        w[place] = kept
    return np.reshape(found, w.shape)


# %% right slopes: rows of the identity
def slopes(f, w, epsilon):
    steps = epsilon * np.eye(np.size(w)).reshape(-1, *np.shape(w))
    found = [(f(w + step) - f(w - step)) / (2 * epsilon) for step in steps]
    return np.array(found).reshape(np.shape(w))


# %% wrong backward: summed over the rows
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (H @ V - X)
    dA = (dX_hat @ V.T) * H * (1 - H)
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: averaged over all numbers
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (H @ V - X) / X.size
    dA = (dX_hat @ V.T) * H * (1 - H)
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: without the factor 2, as with softmax and cross-entropy
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = (H @ V - X) / len(X)
    dA = (dX_hat @ V.T) * H * (1 - H)
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: the slope of tanh
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (H @ V - X) / len(X)
    dA = (dX_hat @ V.T) * (1 - H * H)
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: the slope of the bend is forgotten
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (H @ V - X) / len(X)
    dA = dX_hat @ V.T
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: the bend is applied twice
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (H @ V - X) / len(X)
    dA = (dX_hat @ V.T) * sigmoid(H) * (1 - sigmoid(H))
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: the bias averages over the rows once more
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (H @ V - X) / len(X)
    dA = (dX_hat @ V.T) * H * (1 - H)
    return X.T @ dA, dA.mean(axis=0), H.T @ dX_hat


# %% wrong backward: the bias has no slope of the bend
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (H @ V - X) / len(X)
    dH = dX_hat @ V.T
    return X.T @ (dH * H * (1 - H)), dH.sum(axis=0), H.T @ dX_hat


# %% wrong backward: the sign of the error
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (X - H @ V) / len(X)
    dA = (dX_hat @ V.T) * H * (1 - H)
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: the bias is left out of the forward pass
def backward(X, W, b, V):
    H = sigmoid(X @ W)
    dX_hat = 2 * (H @ V - X) / len(X)
    dA = (dX_hat @ V.T) * H * (1 - H)
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: the output is bent too
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    X_hat = sigmoid(H @ V)
    dX_hat = 2 * (X_hat - X) * X_hat * (1 - X_hat) / len(X)
    dA = (dX_hat @ V.T) * H * (1 - H)
    return X.T @ dA, dA.sum(axis=0), H.T @ dX_hat


# %% wrong backward: in the order of the text, dV first
def backward(X, W, b, V):
    H = sigmoid(X @ W + b)
    dX_hat = 2 * (H @ V - X) / len(X)
    dA = (dX_hat @ V.T) * H * (1 - H)
    return H.T @ dX_hat, dA.sum(axis=0), X.T @ dA


# %% right backward: row by row, and weight by weight
def backward(X, W, b, V):
    dW, db, dV = 0 * W, 0 * b, 0 * V
    for x in X:
        h = sigmoid(x @ W + b)
        error = 2 * (h @ V - x) / len(X)
        dV += np.outer(h, error)
        da = np.array([(error * V[j]).sum() * h[j] * (1 - h[j]) for j in range(len(h))])
        db += da
        dW += np.outer(x, da)
    return dW, db, dV


# %% right backward: in 32 bits
def backward(X, W, b, V):
    X, W, b, V = (np.asarray(part, "float32") for part in (X, W, b, V))
    H = 1 / (1 + np.exp(-(X @ W + b)))
    dX_hat = (H @ V - X) * (2 / len(X))
    dA = (dX_hat @ V.T) * (H - H**2)
    return X.T @ dA, np.ones(len(X), "float32") @ dA, H.T @ dX_hat


# %% right backward: on the tape
def backward(X, W, b, V):
    X, *weights = (tf.constant(part) for part in (X, W, b, V))
    with tf.GradientTape() as tape:
        tape.watch(weights)
        error = tf.sigmoid(X @ weights[0] + weights[1]) @ weights[2] - X
        loss = tf.reduce_sum(error**2) / len(error)
    return [g.numpy() for g in tape.gradient(loss, weights)]


# %% wrong adam: gradient descent
def adam_step(w, g, m, v, t, rate):
    return w - rate * g, m, v


# %% wrong adam: without the divisors
def adam_step(w, g, m, v, t, rate):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return w - rate * m / (np.sqrt(v) + 1e-7), m, v


# %% wrong adam: uphill
def adam_step(w, g, m, v, t, rate):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    mean, square = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w + rate * mean / (np.sqrt(square) + 1e-7), m, v


# %% wrong adam: the divided means are returned
def adam_step(w, g, m, v, t, rate):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    m, v = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - rate * m / (np.sqrt(v) + 1e-7), m, v


# %% wrong adam: no root
def adam_step(w, g, m, v, t, rate):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return w - rate * (m / (1 - 0.9**t)) / (v / (1 - 0.999**t) + 1e-7), m, v


# %% wrong adam: t is always 1
def adam_step(w, g, m, v, t, rate):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return w - rate * (m / 0.1) / (np.sqrt(v / 0.001) + 1e-7), m, v


# %% wrong adam: the means are changed in place
def adam_step(w, g, m, v, t, rate):
    m *= 0.9
    m += 0.1 * g
    v *= 0.999
    v += 0.001 * g**2
    mean, square = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - rate * mean / (np.sqrt(square) + 1e-7), m, v


# %% wrong adam: the slope in place of its mean
def adam_step(w, g, m, v, t, rate):
    v = 0.999 * v + 0.001 * g**2
    return w - rate * g / (np.sqrt(v / (1 - 0.999**t)) + 1e-7), m, v


# %% right adam: as differences, and the divisors in the rate
def adam_step(w, g, m, v, t, rate):
    m = m + (g - m) / 10
    v = v + (g * g - v) / 1000
    rate = rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - rate * m / (np.sqrt(v) + 1e-7), m, v


# %% wrong stopping: an equal loss counts as an improvement
def early_stopping(held_out, patience, min_delta=0.0):
    kept = 0
    for epoch, loss in enumerate(held_out):
        if loss <= held_out[kept] - min_delta:
            kept = epoch
        if epoch - kept >= patience:
            break
    return kept, epoch


# %% wrong stopping: only rises in a row count
def early_stopping(held_out, patience, min_delta=0.0):
    rises = 0
    for epoch in range(1, len(held_out)):
        rises = rises + 1 if held_out[epoch] > held_out[epoch - 1] else 0
        if rises == patience:
            break
    return int(np.argmin(held_out[: epoch + 1])), epoch


# %% wrong stopping: compared with the epoch before
def early_stopping(held_out, patience, min_delta=0.0):
    kept, wait = 0, 0
    for epoch in range(1, len(held_out)):
        wait += 1
        if held_out[epoch] < held_out[epoch - 1] - min_delta:
            kept, wait = epoch, 0
        if wait == patience:
            break
    return kept, epoch


# %% wrong stopping: the best of the whole list is kept
def early_stopping(held_out, patience, min_delta=0.0):
    kept = 0
    for epoch, loss in enumerate(held_out):
        if loss < held_out[kept] - min_delta:
            kept = epoch
        if epoch - kept >= patience:
            break
    return int(np.argmin(held_out)), epoch


# %% wrong stopping: the lowest loss is kept, though it is no improvement
def early_stopping(held_out, patience, min_delta=0.0):
    kept = 0
    for epoch, loss in enumerate(held_out):
        if loss < held_out[kept] - min_delta:
            kept = epoch
        if epoch - kept >= patience:
            break
    return int(np.argmin(held_out[: epoch + 1])), epoch


# %% wrong stopping: min_delta is not used
def early_stopping(held_out, patience, min_delta=0.0):
    kept = 0
    for epoch, loss in enumerate(held_out):
        if loss < held_out[kept]:
            kept = epoch
        if epoch - kept >= patience:
            break
    return kept, epoch


# %% wrong stopping: min_delta on the wrong side
def early_stopping(held_out, patience, min_delta=0.0):
    kept = 0
    for epoch, loss in enumerate(held_out):
        if loss < held_out[kept] + min_delta and loss != held_out[kept]:
            kept = epoch
        if epoch - kept >= patience:
            break
    return kept, epoch


# %% wrong stopping: an epoch too patient
def early_stopping(held_out, patience, min_delta=0.0):
    kept = 0
    for epoch, loss in enumerate(held_out):
        if loss < held_out[kept] - min_delta:
            kept = epoch
        if epoch - kept > patience:
            break
    return kept, epoch


# %% wrong stopping: the count never starts afresh
def early_stopping(held_out, patience, min_delta=0.0):
    kept, wait = 0, 0
    for epoch, loss in enumerate(held_out):
        if epoch and loss < held_out[kept] - min_delta:
            kept = epoch
        elif epoch:
            wait += 1
        if wait == patience:
            break
    return kept, epoch


# %% wrong stopping: the reference follows every new minimum, however small
def early_stopping(held_out, patience, min_delta=0.0):
    lowest, kept, wait = float("inf"), 0, 0
    for epoch, loss in enumerate(held_out):
        wait += 1
        if loss < lowest - min_delta:
            kept, wait = epoch, 0
        lowest = min(loss, lowest)
        if wait == patience:
            break
    return kept, epoch


# %% wrong stopping: epochs count from 1
def early_stopping(held_out, patience, min_delta=0.0):
    kept = 0
    for epoch, loss in enumerate(held_out):
        if loss < held_out[kept] - min_delta:
            kept = epoch
        if epoch - kept >= patience:
            break
    return kept + 1, epoch + 1


# %% wrong stopping: a list that ends gives kept + patience
def early_stopping(held_out, patience, min_delta=0.0):
    kept = 0
    for epoch, loss in enumerate(held_out):
        if loss < held_out[kept] - min_delta:
            kept = epoch
        if epoch - kept >= patience:
            break
    return kept, kept + patience


# %% right stopping: with a counter, and infinity at the start
def early_stopping(held_out, patience, min_delta=0.0):
    best, kept, wait, epoch = np.inf, None, 0, -1
    while epoch + 1 < len(held_out) and wait < patience:
        epoch += 1
        wait += 1
        if best - held_out[epoch] > min_delta:
            best, kept, wait = held_out[epoch], epoch, 0
    return np.array([kept, epoch])


# %% wrong floor: the floor stays in
def above_floor(x, x_hat):
    return -(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)).sum(-1)


# %% wrong floor: NaN at black and white pixels
def above_floor(x, x_hat):
    with np.errstate(all="ignore"):
        paid = x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)
        best = x * np.log(x) + (1 - x) * np.log(1 - x)
    return (best - paid).sum(axis=-1)


# %% wrong floor: NaN swept away afterwards, with what the pixel pays
def above_floor(x, x_hat):
    with np.errstate(all="ignore"):
        paid = x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)
        best = x * np.log(x) + (1 - x) * np.log(1 - x)
    return np.nan_to_num(best - paid).sum(axis=-1)


# %% wrong floor: averaged over the pixels
def above_floor(x, x_hat):
    from scipy.special import rel_entr

    return (rel_entr(x, x_hat) + rel_entr(1 - x, 1 - x_hat)).mean(-1)


# %% wrong floor: only the ink pays
def above_floor(x, x_hat):
    return (x * np.log(np.where(x == 0, 1, x / x_hat))).sum(axis=-1)


# %% wrong floor: one floor for all images
def above_floor(x, x_hat):
    from scipy.special import rel_entr

    entropy = -(rel_entr(x, 1) + rel_entr(1 - x, 1)).sum(-1)
    paid = (rel_entr(x, x_hat) + rel_entr(1 - x, 1 - x_hat)).sum(-1) + entropy
    return paid - entropy.mean()


# %% wrong floor: summed over all images
def above_floor(x, x_hat):
    from scipy.special import rel_entr

    return (rel_entr(x, x_hat) + rel_entr(1 - x, 1 - x_hat)).sum()


# %% wrong floor: x and x_hat exchanged
def above_floor(x, x_hat):
    from scipy.special import rel_entr

    return (rel_entr(x_hat, x) + rel_entr(1 - x_hat, 1 - x)).sum(-1)


# %% wrong floor: the sign
def above_floor(x, x_hat):
    from scipy.special import rel_entr

    return -(rel_entr(x, x_hat) + rel_entr(1 - x, 1 - x_hat)).sum(-1)


# %% wrong floor: bits
def above_floor(x, x_hat):
    from scipy.special import rel_entr

    return (rel_entr(x, x_hat) + rel_entr(1 - x, 1 - x_hat)).sum(-1) / np.log(2)


# %% wrong floor: a pixel of log 2 is the floor of all
def above_floor(x, x_hat):
    paid = -(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)).sum(-1)
    return paid - x.shape[-1] * np.log(2)


# %% wrong floor: summed over the second axis
def above_floor(x, x_hat):
    from scipy.special import rel_entr

    return (rel_entr(x, x_hat) + rel_entr(1 - x, 1 - x_hat)).sum(axis=1)


# %% wrong floor: the floor of the copy, not of the image
def above_floor(x, x_hat):
    paid = x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)
    floor = x_hat * np.log(x_hat) + (1 - x_hat) * np.log(1 - x_hat)
    return (floor - paid).sum(axis=-1)


# %% right floor: aelib's loss, twice
def above_floor(x, x_hat):
    loss = aelib.losses.cross_entropy
    x, x_hat = (np.asarray(part, "float32") for part in (x, x_hat))
    rows, rows_hat = (part.reshape(-1, part.shape[-1]) for part in (x, x_hat))
    return np.reshape(loss(rows, rows_hat) - loss(rows, rows), x.shape[:-1])


# %% right floor: clipped logarithms
def above_floor(x, x_hat):
    def log(p):
        return np.log(np.clip(p, 1e-30, 1))

    return np.sum(
        x * (log(x) - log(x_hat)) + (1 - x) * (log(1 - x) - log(1 - x_hat)), axis=-1
    )


# %% wrong slopes: the step is added to whole numbers, and is lost
def slopes(f, w, epsilon):
    result = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[place] += epsilon
        down[place] -= epsilon
        result[place] = (f(up) - f(down)) / (2 * epsilon)
    return result


# %% right slopes: a unit array for each entry
def slopes(f, w, epsilon):
    w = np.asarray(w, "float64")
    units = epsilon * np.eye(w.size).reshape(w.size, *w.shape)
    found = [(f(w + u) - f(w - u)) / (2 * epsilon) for u in units]
    return np.reshape(found, w.shape)


# %% wrong stopping: an epoch improves on the one before it
def early_stopping(held_out, patience, min_delta=0.0):
    kept, waited = 0, 0
    for epoch in range(1, len(held_out)):
        if held_out[epoch] < held_out[epoch - 1] - min_delta:
            kept, waited = epoch, 0
        else:
            waited += 1
        if waited == patience:
            return kept, epoch
    return kept, len(held_out) - 1


# %% wrong stopping: the list is eaten up
def early_stopping(held_out, patience, min_delta=0.0):
    best, kept, epoch = float("inf"), 0, -1
    while held_out:
        loss = held_out.pop(0)
        epoch += 1
        if loss < best - min_delta:
            best, kept = loss, epoch
        elif epoch - kept >= patience:
            break
    return kept, epoch


# %% wrong floor: logarithms are clipped, so a sure pixel costs too much
def above_floor(x, x_hat):
    log = lambda u: np.log(np.clip(u, 1e-3, 1))
    cross = -x * log(x_hat) - (1 - x) * log(1 - x_hat)
    own = -x * log(x) - (1 - x) * log(1 - x)
    return (cross - own).sum(axis=-1)


# %% right floor: rel_entr of scipy
def above_floor(x, x_hat):
    from scipy.special import rel_entr

    x, x_hat = np.float64(x), np.float64(x_hat)
    return np.sum(rel_entr(x, x_hat) + rel_entr(1 - x, 1 - x_hat), axis=-1)


# %% wrong slopes: steps in w itself, to and fro, which leaves rounding in it
def slopes(f, w, epsilon):
    w = np.asarray(w, dtype=float)
    found = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        w[place] += epsilon
        up = f(w)
        w[place] -= 2 * epsilon
        down = f(w)
        w[place] += epsilon
        found[place] = (up - down) / (2 * epsilon)
    return found
