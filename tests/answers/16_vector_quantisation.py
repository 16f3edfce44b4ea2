# %% wrong bits: logarithms without the minus
of_each = [-1, -2, -3, -3]
on_average, all_equal, wrong_order = 1.75, 2, 2.375

# %% wrong bits: nats
of_each = -np.log([1 / 2, 1 / 4, 1 / 8, 1 / 8])
on_average, all_equal, wrong_order = 1.75, 2, 2.375

# %% wrong bits: a plain mean of the four lengths
of_each = [1, 2, 3, 3]
on_average, all_equal, wrong_order = 2.25, 2, 2.375

# %% wrong bits: the wrong order costs what the right one does
of_each = [1, 2, 3, 3]
on_average, all_equal, wrong_order = 1.75, 2, 1.75

# %% wrong bits: equal words are taken for free
of_each = [1, 2, 3, 3]
on_average, all_equal, wrong_order = 1.75, 0, 2.375

# %% wrong bits: a text
of_each = [1, 2, 3, 3]
on_average, all_equal, wrong_order = "7/4", 2, 2.375

# %% wrong bits: lengths and weights exchanged
p, q = np.array([4, 2, 1, 1]) / 8, np.array([1, 4, 2, 1]) / 8
of_each = -np.log2(p)
on_average, all_equal, wrong_order = 1.75, 2, -q @ np.log2(p)

# %% wrong bits: a mean of four lengths where all are equally likely
of_each = [1, 2, 3, 3]
on_average, all_equal, wrong_order = 1.75, 2.25, 2.375

# %% right bits: arrays and fractions
of_each = np.array([1.0, 2.0, 3.0, 3.0])
on_average, all_equal, wrong_order = 7 / 4, np.log2(4), 19 / 8

# %% wrong past: the word by its largest product with z
word, true_gradient, through = 3, [0, 0], [-2, 0]
on_word, on_code = [1.6, -1], [-0.4, 0.25]

# %% wrong past: counted from 0
word, true_gradient, through = 1, [0, 0], [-2, 0]
on_word, on_code = [1.6, -1], [-0.4, 0.25]

# %% wrong past: the derivative at z
word, true_gradient, through = 2, [0, 0], [-3.6, 1]
on_word, on_code = [1.6, -1], [-0.4, 0.25]

# %% wrong past: straight-through is taken for the truth
word, true_gradient, through = 2, [-2, 0], [-2, 0]
on_word, on_code = [1.6, -1], [-0.4, 0.25]

# %% wrong past: the sign on the word
word, true_gradient, through = 2, [0, 0], [-2, 0]
on_word, on_code = [-1.6, 1], [-0.4, 0.25]

# %% wrong past: no factor 2
word, true_gradient, through = 2, [0, 0], [-2, 0]
on_word, on_code = [1.6, -1], [-0.2, 0.125]

# %% wrong past: beta is forgotten
word, true_gradient, through = 2, [0, 0], [-2, 0]
on_word, on_code = [1.6, -1], [-1.6, 1]

# %% right past: arrays and tuples
word, true_gradient, through = 2.0, np.zeros(2), (-2, 0)
on_word, on_code = np.array([1.6, -1.0]), (-0.4, 1 / 4)

# %% wrong choose: the largest product
def choose(z, codebook):
    indices = (z @ codebook.T).argmax(axis=-1)
    return indices, codebook[indices]

# %% wrong choose: the farthest word
def choose(z, codebook):
    distances = np.sum((z[..., None, :] - codebook) ** 2, axis=-1)
    indices = distances.argmax(axis=-1)
    return indices, codebook[indices]

# %% wrong choose: counts from 1
def choose(z, codebook):
    distances = np.sum((z[..., None, :] - codebook) ** 2, axis=-1)
    indices = distances.argmin(axis=-1)
    return indices + 1, codebook[indices]

# %% wrong choose: two axes only
def choose(z, codebook):
    distances = np.sum((z[:, None] - codebook[None]) ** 2, axis=2)
    indices = distances.argmin(axis=1)
    return indices, codebook[indices]

# %% wrong choose: gives back the codes
def choose(z, codebook):
    distances = np.sum((z[..., None, :] - codebook) ** 2, axis=-1)
    return distances.argmin(axis=-1), z

# %% wrong choose: the length of z alone counts
def choose(z, codebook):
    lengths = np.linalg.norm(codebook, axis=1)
    distances = abs(np.linalg.norm(z, axis=-1)[..., None] - lengths)
    indices = distances.argmin(axis=-1)
    return indices, codebook[indices]

# %% wrong choose: differences without a square
def choose(z, codebook):
    indices = abs(z[..., None, :] - codebook).sum(axis=-1).argmin(axis=-1)
    return indices, codebook[indices]

# %% wrong choose: the last of two
def choose(z, codebook):
    distances = np.sum((z[..., None, :] - codebook) ** 2, axis=-1)
    indices = len(codebook) - 1 - distances[..., ::-1].argmin(axis=-1)
    return indices, codebook[indices]

# %% wrong choose: no return
def choose(z, codebook):
    distances = np.sum((z[..., None, :] - codebook) ** 2, axis=-1)
    codebook[distances.argmin(axis=-1)]

# %% right choose: the square multiplied out
def choose(z, codebook):
    half = (codebook**2).sum(axis=1) / 2
    indices = np.argmin(half - z @ codebook.T, axis=-1)
    return indices, np.take(codebook, indices, axis=0)

# %% wrong wake: fresh rows by the place of the dead word
def wake(codebook, z, fresh):
    nearest = ((z[:, None] - codebook) ** 2).sum(axis=-1).argmin(axis=1)
    dead = ~np.isin(np.arange(len(codebook)), nearest)
    return np.where(dead[:, None], fresh, codebook)

# %% wrong wake: replaces what is alive
def wake(codebook, z, fresh):
    nearest = ((z[:, None] - codebook) ** 2).sum(axis=-1).argmin(axis=1)
    alive = np.isin(np.arange(len(codebook)), nearest)
    woken = codebook.copy()
    woken[alive] = fresh[: alive.sum()]
    return woken

# %% wrong wake: changes the old codebook
def wake(codebook, z, fresh):
    nearest = ((z[:, None] - codebook) ** 2).sum(axis=-1).argmin(axis=1)
    dead = ~np.isin(np.arange(len(codebook)), nearest)
    codebook[dead] = fresh[: dead.sum()]
    return codebook

# %% wrong wake: all dead words become the same
def wake(codebook, z, fresh):
    nearest = ((z[:, None] - codebook) ** 2).sum(axis=-1).argmin(axis=1)
    dead = ~np.isin(np.arange(len(codebook)), nearest)
    return np.where(dead[:, None], fresh[0], codebook)

# %% wrong wake: wakes nobody
def wake(codebook, z, fresh):
    return codebook.copy()

# %% wrong wake: each word asks for its nearest code
def wake(codebook, z, fresh):
    nearest = ((z[:, None] - codebook) ** 2).sum(axis=-1).argmin(axis=0)
    dead = ~np.isin(np.arange(len(codebook)), nearest)
    woken = codebook.copy()
    woken[dead] = fresh[: dead.sum()]
    return woken

# %% wrong wake: uses up fresh
def wake(codebook, z, fresh):
    nearest = ((z[:, None] - codebook) ** 2).sum(axis=-1).argmin(axis=1)
    dead = ~np.isin(np.arange(len(codebook)), nearest)
    woken = codebook.copy()
    woken[dead] = fresh[: dead.sum()]
    fresh[: dead.sum()] = 0
    return woken

# %% wrong wake: one code is too few to keep a word
def wake(codebook, z, fresh):
    nearest = ((z[:, None] - codebook) ** 2).sum(axis=-1).argmin(axis=1)
    dead = np.bincount(nearest, minlength=len(codebook)) < 2
    woken = codebook.copy()
    woken[dead] = fresh[: dead.sum()]
    return woken

# %% right wake: a loop and a set
def wake(codebook, z, fresh):
    used = {int(((code - codebook) ** 2).sum(axis=1).argmin()) for code in z}
    dead = [k for k in range(len(codebook)) if k not in used]
    woken = np.array(codebook)
    for row, k in enumerate(dead):
        woken[k] = fresh[row]
    return woken

# %% wrong speak: the word alone, which stops the gradient and moves the words
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    to_words = ops.sum((ops.stop_gradient(z) - e) ** 2, axis=(1, 2, 3))
    to_codes = ops.sum((z - ops.stop_gradient(e)) ** 2, axis=(1, 2, 3))
    return e, ops.mean(to_words + beta * to_codes)

# %% wrong speak: the code comes out, not the word
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    to_words = ops.sum((ops.stop_gradient(z) - e) ** 2, axis=(1, 2, 3))
    to_codes = ops.sum((z - ops.stop_gradient(e)) ** 2, axis=(1, 2, 3))
    return e + ops.stop_gradient(z - e), ops.mean(to_words + beta * to_codes)

# %% wrong speak: beta at the other term
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    to_words = ops.sum((ops.stop_gradient(z) - e) ** 2, axis=(1, 2, 3))
    to_codes = ops.sum((z - ops.stop_gradient(e)) ** 2, axis=(1, 2, 3))
    return z + ops.stop_gradient(e - z), ops.mean(beta * to_words + to_codes)

# %% wrong speak: nothing is stopped in the price
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    square = ops.sum((z - e) ** 2, axis=(1, 2, 3))
    return z + ops.stop_gradient(e - z), ops.mean(square + beta * square)

# %% wrong speak: a mean over the places
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    to_words = (ops.stop_gradient(z) - e) ** 2
    to_codes = (z - ops.stop_gradient(e)) ** 2
    return z + ops.stop_gradient(e - z), ops.mean(to_words + beta * to_codes)

# %% wrong speak: the whole output is stopped
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    to_words = ops.sum((ops.stop_gradient(z) - e) ** 2, axis=(1, 2, 3))
    to_codes = ops.sum((z - ops.stop_gradient(e)) ** 2, axis=(1, 2, 3))
    return ops.stop_gradient(e), ops.mean(to_words + beta * to_codes)

# %% wrong speak: beta is always 0.25
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    to_words = ops.sum((ops.stop_gradient(z) - e) ** 2, axis=(1, 2, 3))
    to_codes = ops.sum((z - ops.stop_gradient(e)) ** 2, axis=(1, 2, 3))
    return z + ops.stop_gradient(e - z), ops.mean(to_words + 0.25 * to_codes)

# %% wrong speak: divided by a size that no network knows beforehand
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    to_words = ops.sum((ops.stop_gradient(z) - e) ** 2)
    to_codes = ops.sum((z - ops.stop_gradient(e)) ** 2)
    return z + ops.stop_gradient(e - z), (to_words + beta * to_codes) / len(z)

# %% wrong speak: the bracket is not stopped
def speak(z, codebook, beta):
    distances = ops.sum((ops.expand_dims(z, -2) - codebook) ** 2, axis=-1)
    e = ops.take(codebook, ops.argmin(distances, axis=-1), axis=0)
    to_words = ops.sum((ops.stop_gradient(z) - e) ** 2, axis=(1, 2, 3))
    to_codes = ops.sum((z - ops.stop_gradient(e)) ** 2, axis=(1, 2, 3))
    return z + (e - z), ops.mean(to_words + beta * to_codes)

# %% right speak: the square multiplied out, one-hot rows for take
def speak(z, codebook, beta):
    lengths = ops.sum(ops.square(codebook), axis=1)
    nearest = ops.argmin(lengths - 2 * ops.matmul(z, ops.transpose(codebook)), axis=-1)
    e = ops.matmul(ops.one_hot(nearest, codebook.shape[0]), codebook)
    stop = ops.stop_gradient
    squares = ops.square(stop(z) - e) + beta * ops.square(z - stop(e))
    n = ops.cast(ops.shape(z)[0], "float32")
    return stop(e) + z - stop(z), ops.sum(squares) / n


# %% wrong choose: works for two axes only
def choose(z, codebook):
    z = np.atleast_2d(z)
    places = ((z[:, None] - codebook) ** 2).sum(axis=2).argmin(axis=1)
    return places, codebook[places]


# %% right choose: scipy's cdist
def choose(z, codebook):
    from scipy.spatial.distance import cdist

    flat = np.reshape(z, (-1, codebook.shape[1]))
    places = cdist(flat, codebook).argmin(axis=1).reshape(np.shape(z)[:-1])
    return places, np.take(codebook, places, axis=0)


# %% wrong choose: indices are not whole numbers
def choose(z, codebook):
    d = ((z[..., None, :] - codebook) ** 2).sum(axis=-1)
    indices = np.zeros(z.shape[:-1])
    indices[...] = d.argmin(axis=-1)
    return indices, codebook[indices.astype(int)]
