# %% wrong states: the sign
three_energies = [3, 2, -3]
m = 6

# %% wrong states: the biases are left out
three_energies = [-2, -2, 0]
m = 2

# %% wrong states: the minus stands before the first term only
three_energies = [-1, -2, -3]
m = -2

# %% wrong states: the power has the wrong sign
three_energies = [-3, -2, 3]
m = -6

# %% wrong states: the ratio in place of its power
three_energies = [-3, -2, 3]
m = 403.43

# %% right states: an array of floats
three_energies = np.array([-3, -2, 3], "float32")
m = 3.0 - (-3.0)

# %% wrong coins: without the bias
coins = [0.25, 0.9, 0.25]
all_three = 0.25 * 0.9 * 0.75

# %% wrong coins: the odds in place of the probability
coins = [1, 3, 1 / 9]
all_three = 1 / 3

# %% wrong coins: probabilities of zero
coins = [0.5, 0.25, 0.9]
all_three = 0.3375

# %% wrong coins: all three on
coins = [0.5, 0.75, 0.1]
all_three = 0.0375

# %% wrong coins: added up
coins = [0.5, 0.75, 0.1]
all_three = 0.5 + 0.75 + 0.9

# %% wrong coins: the columns of W
coins = [0.9, 0.9, 0.1]
all_three = 0.9 * 0.9 * 0.9

# %% right coins: as fractions
coins = (1 / 2, 3 / 4, 1 / 10)
all_three = 27 / 80

# %% wrong energy: the sign
def energy(v, h, W, b, c):
    return ((v @ W) * h).sum(axis=-1) + v @ b + h @ c


# %% wrong energy: a minus before the first term only
def energy(v, h, W, b, c):
    return -((v @ W) * h).sum(axis=-1) + v @ b + h @ c


# %% wrong energy: without the biases
def energy(v, h, W, b, c):
    return -((v @ W) * h).sum(axis=-1)


# %% wrong energy: without the bias of the hidden units
def energy(v, h, W, b, c):
    return -((v @ W) * h).sum(axis=-1) - v @ b


# %% wrong energy: one number for the batch
def energy(v, h, W, b, c):
    return -((v @ W) * h).sum() - (v @ b).sum() - (h @ c).sum()


# %% wrong energy: all pairs of rows
def energy(v, h, W, b, c):
    return -v @ W @ h.swapaxes(-1, -2) - (v @ b)[..., None] - h @ c


# %% wrong energy: all pairs of rows, by v W hᵀ beside a bias of each row
def energy(v, h, W, b, c):
    pairs = np.diag(v @ W @ h.T) if v.ndim == 2 else v @ W @ h.T
    return -pairs[..., : len(v)] - v @ b - h @ c


# %% wrong energy: the sum runs over the batch
def energy(v, h, W, b, c):
    return -((v @ W) * h).sum(axis=0)[: len(v)].sum() - v @ b - h @ c


# %% wrong energy: the hidden units summed away, the free energy
def energy(v, h, W, b, c):
    return -v @ b - np.logaddexp(0, v @ W + c).sum(axis=-1)


# %% right energy: einsum
def energy(v, h, W, b, c):
    return -(
        np.einsum("...i,ij,...j->...", v, W, h)
        + np.einsum("...i,i->...", v, b)
        + np.einsum("...j,j->...", h, c)
    )


# %% right energy: the field on each visible unit, in 32 bits
def energy(v, h, W, b, c):
    v, h, W, b, c = (np.asarray(part, "float32") for part in (v, h, W, b, c))
    return -np.sum(v * (h @ W.T + b), axis=-1) - np.sum(h * c, axis=-1)


# %% wrong likelihood: without log Z
def log_probability(v, W, b, c):
    return v @ b + np.logaddexp(0, v @ W + c).sum(axis=1)


# %% wrong likelihood: the free energy itself
def log_probability(v, W, b, c):
    H = binary(len(c))
    log_z = logsumexp(H @ c + np.logaddexp(0, H @ W.T + b).sum(axis=1))
    return -v @ b - np.logaddexp(0, v @ W + c).sum(axis=1) - log_z


# %% wrong likelihood: log Z added
def log_probability(v, W, b, c):
    H = binary(len(c))
    log_z = logsumexp(H @ c + np.logaddexp(0, H @ W.T + b).sum(axis=1))
    return v @ b + np.logaddexp(0, v @ W + c).sum(axis=1) + log_z


# %% wrong likelihood: Z of the batch alone
def log_probability(v, W, b, c):
    minus_f = v @ b + np.logaddexp(0, v @ W + c).sum(axis=1)
    return minus_f - logsumexp(minus_f)


# %% wrong likelihood: the bias c is left out of Z
def log_probability(v, W, b, c):
    minus_f = v @ b + np.logaddexp(0, v @ W + c).sum(axis=1)
    H = binary(len(c))
    return minus_f - logsumexp(np.logaddexp(0, H @ W.T + b).sum(axis=1))


# %% wrong likelihood: the mean over the hidden states
def log_probability(v, W, b, c):
    minus_f = v @ b + np.logaddexp(0, v @ W + c).sum(axis=1)
    H = binary(len(c))
    log_z = np.logaddexp(0, H @ W.T + b).sum(axis=1) + H @ c
    return minus_f - logsumexp(log_z) + np.log(len(H))


# %% wrong likelihood: the best hidden state in place of the sum
def log_probability(v, W, b, c):
    H = binary(len(c))
    minus_f = v @ b + np.maximum(0, v @ W + c).sum(axis=1)
    return minus_f - (H @ c + np.maximum(0, H @ W.T + b).sum(axis=1)).max()


# %% wrong likelihood: exponentials that overflow
def log_probability(v, W, b, c):
    H = binary(len(c))
    with np.errstate(all="ignore"):
        minus_f = v @ b + np.log(1 + np.exp(v @ W + c)).sum(axis=1)
        z = np.exp(H @ c + np.log(1 + np.exp(H @ W.T + b)).sum(axis=1)).sum()
        return minus_f - np.log(z)


# %% wrong likelihood: F does not overflow, Z does
def log_probability(v, W, b, c):
    H = binary(len(c))
    with np.errstate(all="ignore"):
        minus_f = v @ b + np.logaddexp(0, v @ W + c).sum(axis=1)
        z = np.exp(H @ c + np.logaddexp(0, H @ W.T + b).sum(axis=1)).sum()
        return minus_f - np.log(z)


# %% wrong likelihood: clipped exponentials
def log_probability(v, W, b, c):
    H = binary(len(c))

    def soft(a):
        return np.log(1 + np.exp(np.clip(a, -500, 500)))

    minus_f = v @ b + soft(v @ W + c).sum(axis=1)
    return minus_f - logsumexp(H @ c + soft(H @ W.T + b).sum(axis=1))


# %% wrong likelihood: a probability
def log_probability(v, W, b, c):
    H = binary(len(c))
    minus_f = v @ b + np.logaddexp(0, v @ W + c).sum(axis=1)
    log_z = logsumexp(H @ c + np.logaddexp(0, H @ W.T + b).sum(axis=1))
    return np.exp(minus_f - log_z)


# %% wrong likelihood: every person by fair coins
def log_probability(v, W, b, c):
    return np.full(len(v), -np.log(2) * len(b))


# %% right likelihood: the visible states listed
def log_probability(v, W, b, c):
    def minus_f(v):
        return np.array([x @ b + sum(np.logaddexp(0, x @ W + c)) for x in v])

    return minus_f(v) - np.logaddexp.reduce(minus_f(binary(len(b))))


# %% right likelihood: in 32 bits
def log_probability(v, W, b, c):
    v, W, b, c = (np.asarray(part, "float32") for part in (v, W, b, c))
    H = binary(len(c)).astype("float32")
    table = H @ c + np.logaddexp(0, H @ W.T + b).sum(axis=1)
    top = table.max()
    log_z = top + np.log(np.exp(table - top).sum())
    return v @ b - log_z + np.logaddexp(0, v @ W + c).sum(axis=1)


# %% wrong gibbs: hidden probabilities are sent down
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(sigmoid(v @ W + c) @ W.T + b)
        v = (rng.random(p.shape) < p).astype(float)
    return v


# %% wrong gibbs: probabilities are returned
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (rng.random(p.shape) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.random(p.shape) < p).astype(float)
    return p


# %% wrong gibbs: rounded, not tossed
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        h = (sigmoid(v @ W + c) > 0.5).astype(float)
        v = (sigmoid(h @ W.T + b) > 0.5).astype(float)
    return v


# %% wrong gibbs: the toss the wrong way round
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (rng.random(p.shape) > p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.random(p.shape) > p).astype(float)
    return v


# %% wrong gibbs: one toss for all chains
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (rng.random(p.shape[1]) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.random(p.shape[1]) < p).astype(float)
    return v


# %% wrong gibbs: one toss for all units of a side
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (rng.random((len(p), 1)) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.random((len(p), 1)) < p).astype(float)
    return v


# %% wrong gibbs: one toss for all hidden units of a chain, the visible ones apart
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (rng.random((len(p), 1)) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.random(p.shape) < p).astype(float)
    return v


# %% wrong gibbs: always one step
def gibbs(v, W, b, c, steps, rng):
    p = sigmoid(v @ W + c)
    h = (rng.random(p.shape) < p).astype(float)
    p = sigmoid(h @ W.T + b)
    return (rng.random(p.shape) < p).astype(float)


# %% wrong gibbs: a step too many
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps + 1):
        p = sigmoid(v @ W + c)
        h = (rng.random(p.shape) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.random(p.shape) < p).astype(float)
    return v


# %% wrong gibbs: the hidden units are tossed once, from the start
def gibbs(v, W, b, c, steps, rng):
    p = sigmoid(v @ W + c)
    for _ in range(steps):
        h = (rng.random(p.shape) < p).astype(float)
        q = sigmoid(h @ W.T + b)
        v = (rng.random(q.shape) < q).astype(float)
    return v


# %% wrong gibbs: without the biases
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W)
        h = (rng.random(p.shape) < p).astype(float)
        p = sigmoid(h @ W.T)
        v = (rng.random(p.shape) < p).astype(float)
    return v


# %% wrong gibbs: the bias of the hidden units is forgotten
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W)
        h = (rng.random(p.shape) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.random(p.shape) < p).astype(float)
    return v


# %% wrong gibbs: a generator of its own, always the same
def gibbs(v, W, b, c, steps, rng):
    rng = np.random.default_rng(0)
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (rng.random(p.shape) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.random(p.shape) < p).astype(float)
    return v


# %% wrong gibbs: NumPy's common generator
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (np.random.random(p.shape) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (np.random.random(p.shape) < p).astype(float)
    return v


# %% wrong gibbs: the start is overwritten
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (rng.random(p.shape) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v[...] = rng.random(p.shape) < p
    return v


# %% wrong gibbs: normal noise in place of even numbers
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        p = sigmoid(v @ W + c)
        h = (rng.normal(size=p.shape) < p).astype(float)
        p = sigmoid(h @ W.T + b)
        v = (rng.normal(size=p.shape) < p).astype(float)
    return v


# %% right gibbs: binomial draws
def gibbs(v, W, b, c, steps, rng):
    for _ in range(steps):
        h = rng.binomial(1, sigmoid(v @ W + c))
        v = rng.binomial(1, sigmoid(h @ W.T + b))
    return v


# %% right gibbs: the logistic noise that a sigmoid is made of, in 32 bits
def gibbs(v, W, b, c, steps, rng):
    v, W, b, c = (np.asarray(part, "float32") for part in (v, W, b, c))
    for _ in range(steps):
        h = np.float32(v @ W + c > rng.logistic(size=(len(v), len(c))))
        v = np.float32(h @ W.T + b > rng.logistic(size=v.shape))
    return v


# %% wrong slopes: the sign
def slopes(x, v, p, W, c):
    h_x, h_v = sigmoid(x @ W + c), sigmoid(v @ W + c)
    by_W = (v * p[:, None]).T @ h_v - x.T @ h_x / len(x)
    return by_W, p @ v - x.mean(axis=0), p @ h_v - h_x.mean(axis=0)


# %% wrong slopes: the data is summed
def slopes(x, v, p, W, c):
    h_x, h_v = sigmoid(x @ W + c), sigmoid(v @ W + c)
    by_W = x.T @ h_x - (v * p[:, None]).T @ h_v
    return by_W, x.sum(axis=0) - p @ v, h_x.sum(axis=0) - p @ h_v


# %% wrong slopes: the data is summed for W alone
def slopes(x, v, p, W, c):
    h_x, h_v = sigmoid(x @ W + c), sigmoid(v @ W + c)
    by_W = x.T @ h_x - (v * p[:, None]).T @ h_v
    return by_W, x.mean(axis=0) - p @ v, h_x.mean(axis=0) - p @ h_v


# %% wrong slopes: the weights are not used
def slopes(x, v, p, W, c):
    h_x, h_v = sigmoid(x @ W + c), sigmoid(v @ W + c)
    by_W = x.T @ h_x / len(x) - v.T @ h_v / len(v)
    return by_W, x.mean(axis=0) - v.mean(axis=0), h_x.mean(axis=0) - h_v.mean(axis=0)


# %% wrong slopes: weighted, and averaged once more
def slopes(x, v, p, W, c):
    h_x, h_v = sigmoid(x @ W + c), sigmoid(v @ W + c)
    by_W = x.T @ h_x / len(x) - (v * p[:, None]).T @ h_v / len(v)
    return by_W, x.mean(axis=0) - p @ v / len(v), h_x.mean(axis=0) - p @ h_v / len(v)


# %% wrong slopes: the product of the averages
def slopes(x, v, p, W, c):
    h_x, h_v = sigmoid(x @ W + c), sigmoid(v @ W + c)
    by_W = np.outer(x.mean(axis=0), h_x.mean(axis=0)) - np.outer(p @ v, p @ h_v)
    return by_W, x.mean(axis=0) - p @ v, h_x.mean(axis=0) - p @ h_v


# %% wrong slopes: hidden units rounded
def slopes(x, v, p, W, c):
    h_x, h_v = np.round(sigmoid(x @ W + c)), np.round(sigmoid(v @ W + c))
    by_W = x.T @ h_x / len(x) - (v * p[:, None]).T @ h_v
    return by_W, x.mean(axis=0) - p @ v, h_x.mean(axis=0) - p @ h_v


# %% wrong slopes: the model's average alone
def slopes(x, v, p, W, c):
    h_v = sigmoid(v @ W + c)
    return (v * p[:, None]).T @ h_v, p @ v, p @ h_v


# %% wrong slopes: the bias c is forgotten
def slopes(x, v, p, W, c):
    h_x, h_v = sigmoid(x @ W), sigmoid(v @ W)
    by_W = x.T @ h_x / len(x) - (v * p[:, None]).T @ h_v
    return by_W, x.mean(axis=0) - p @ v, h_x.mean(axis=0) - p @ h_v


# %% wrong slopes: no sigmoid
def slopes(x, v, p, W, c):
    h_x, h_v = x @ W + c, v @ W + c
    by_W = x.T @ h_x / len(x) - (v * p[:, None]).T @ h_v
    return by_W, x.mean(axis=0) - p @ v, h_x.mean(axis=0) - p @ h_v


# %% wrong slopes: the hidden units of the data in the place of the model's
def slopes(x, v, p, W, c):
    h_x, h_v = sigmoid(x @ W + c), sigmoid(v @ W + c)
    by_c = h_x.mean(axis=0)
    by_W = x.T @ h_x / len(x) - np.outer(p @ v, by_c)
    return by_W, x.mean(axis=0) - p @ v, by_c - p @ h_v


# %% right slopes: state by state
def slopes(x, v, p, W, c):
    by_W, by_b, by_c = 0 * W, np.zeros(len(W)), 0 * c
    states = [(row, 1 / len(x)) for row in x]
    states += [(row, -weight) for row, weight in zip(v, p, strict=True)]
    for row, weight in states:
        h = 1 / (1 + np.exp(-(row @ W) - c))
        by_W = by_W + weight * np.outer(row, h)
        by_b = by_b + weight * row
        by_c = by_c + weight * h
    return by_W, by_b, by_c


# %% right slopes: one signed weight for all rows, in 32 bits
def slopes(x, v, p, W, c):
    rows = np.concatenate([x, v]).astype("float32")
    signed = np.concatenate([np.full(len(x), 1 / len(x)), -p]).astype("float32")
    h = sigmoid(rows @ W.astype("float32") + c.astype("float32"))
    return np.einsum("r,ri,rj->ij", signed, rows, h), signed @ rows, signed @ h


# %% wrong energy: reshaped to two axes
def energy(v, h, W, b, c):
    v, h = np.reshape(v, (-1, v.shape[-1])), np.reshape(h, (-1, h.shape[-1]))
    return -np.sum(v @ W * h, axis=-1) - v @ b - h @ c
