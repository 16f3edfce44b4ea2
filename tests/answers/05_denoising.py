# %% wrong cost: sums over the pixels
squared_errors = [0.625, 1.25, 0.95, 0.9]
decibels = [20, 13]

# %% wrong cost: Dropout taken for masking
squared_errors = [0.0625, 0.0625, 0.095, 0.09]
decibels = [20, 13]

# %% wrong cost: salt and pepper with 0.2 each
squared_errors = [0.0625, 0.125, 0.19, 0.09]
decibels = [20, 13]

# %% wrong cost: salt and pepper of the pixels with ink only
squared_errors = [0.0625, 0.125, 0.015, 0.09]
decibels = [20, 13]

# %% wrong cost: the deviation of the noise in place of its square
squared_errors = [0.0625, 0.125, 0.095, 0.3]
decibels = [20, 13]

# %% wrong cost: mean pixels in place of mean squares
squared_errors = [0.075, 0.15, 0.095, 0.09]
decibels = [20, 13]

# %% wrong cost: both ways are taken to be the same
squared_errors = [0.0625, 0.125, 0.095, 0.09]
decibels = [20, 20]

# %% wrong cost: 6 dB for half of a squared error
squared_errors = [0.0625, 0.125, 0.095, 0.09]
decibels = [20, 16]

# %% wrong cost: the sign of the decibels
squared_errors = [0.0625, 0.125, 0.095, 0.09]
decibels = [-20, -13]

# %% right cost: computed, and not rounded
squared_errors = np.array([0.5 * 1.25, 1.25, 0.1 * 1.25 + 0.1 * 8.25, 0.9]) / 10
decibels = (20.0, -10 * np.log10(0.0505))

# %% wrong beneath: as if white and black were equally frequent
after_masking = [1 / 3, 1]
after_salt_and_pepper = [0.2, 0.8]

# %% wrong beneath: the likelier one
after_masking = [0, 1]
after_salt_and_pepper = [0, 1]

# %% wrong beneath: masking as if nothing were seen
after_masking = [0.2, 0.2]
after_salt_and_pepper = [1 / 17, 1 / 2]

# %% wrong beneath: how often it happens, not how often of those
after_masking = [0.1, 0.1]
after_salt_and_pepper = [0.04, 0.16]

# %% wrong beneath: salt and pepper with 0.4 each
after_masking = [1 / 9, 1]
after_salt_and_pepper = [1 / 7, 0.2 * 0.6 / (0.2 * 0.6 + 0.8 * 0.4)]

# %% wrong beneath: the probability of black
after_masking = [8 / 9, 0]
after_salt_and_pepper = [16 / 17, 1 / 2]

# %% right beneath: three decimals
after_masking = (0.111, 1.0)
after_salt_and_pepper = np.array([0.059, 0.5], dtype="float32")


# %% wrong replace: salt and pepper exchanged
def replace_pixels(x, rate, salt, rng):
    u = rng.random(x.shape)
    return np.where(u < rate * salt, 0, np.where(u < rate, 1, x))


# %% wrong replace: always half of each
def replace_pixels(x, rate, salt, rng):
    u = rng.random(x.shape)
    return np.where(u < rate / 2, 0, np.where(u < rate, 1, x))


# %% wrong replace: salt is taken as a share of all pixels
def replace_pixels(x, rate, salt, rng):
    u = rng.random(x.shape)
    return np.where(u < rate, 0, np.where(u < rate + salt, 1, x))


# %% wrong replace: changed in place
def replace_pixels(x, rate, salt, rng):
    u = rng.random(x.shape)
    x[u < rate] = 0
    x[u < rate * salt] = 1
    return x


# %% wrong replace: what is left is scaled up, as by Dropout
def replace_pixels(x, rate, salt, rng):
    u = rng.random(x.shape)
    left = x / (1 - rate) if rate < 1 else x
    return np.where(u < rate * (1 - salt), 0, np.where(u < rate, 1, left))


# %% wrong replace: two draws, and the second one overwrites grains of the first
def replace_pixels(x, rate, salt, rng):
    x = np.where(rng.random(x.shape) < rate * salt, 1, x)
    return np.where(rng.random(x.shape) < rate * (1 - salt), 0, x)


# %% wrong replace: the same pixels in all images
def replace_pixels(x, rate, salt, rng):
    u = rng.random(x.shape[1:])
    return np.where(u < rate * (1 - salt), 0, np.where(u < rate, 1, x))


# %% wrong replace: whole images at once
def replace_pixels(x, rate, salt, rng):
    u = rng.random((len(x),) + (1,) * (x.ndim - 1))
    return np.where(u < rate * (1 - salt), 0, np.where(u < rate, 1, x))


# %% wrong replace: whole rows at once
def replace_pixels(x, rate, salt, rng):
    u = rng.random((*x.shape[:-1], 1))
    return np.where(u < rate * (1 - salt), 0, np.where(u < rate, 1, x))


# %% wrong replace: a generator of its own, the same in each call
def replace_pixels(x, rate, salt, rng):
    u = np.random.default_rng(0).random(x.shape)
    return np.where(u < rate * (1 - salt), 0, np.where(u < rate, 1, x))


# %% wrong replace: draws of NumPy's own, not of rng
def replace_pixels(x, rate, salt, rng):
    u = np.random.random(x.shape)
    return np.where(u < rate * (1 - salt), 0, np.where(u < rate, 1, x))


# %% wrong replace: which pixels is random, salt is decided once for all
def replace_pixels(x, rate, salt, rng):
    grain = float(rng.random() < salt)
    return np.where(rng.random(x.shape) < rate, grain, x)


# %% wrong replace: the rate is what is kept
def replace_pixels(x, rate, salt, rng):
    u = rng.random(x.shape)
    return np.where(u < rate, x, np.where(rng.random(x.shape) < salt, 1, 0))


# %% wrong replace: nothing happens
def replace_pixels(x, rate, salt, rng):
    return x.copy()


# %% right replace: two draws, which pixels and which grain
def replace_pixels(x, rate, salt, rng):
    hit = rng.random(x.shape) < rate
    damaged = x.astype("float32")
    damaged[hit] = rng.random(hit.sum()) < salt
    return damaged


# %% right replace: pixel by pixel
def replace_pixels(x, rate, salt, rng):
    draws = zip(x.ravel(), rng.random(x.size), rng.random(x.size), strict=True)
    new = [(v < salt if u < rate else value) for value, u, v in draws]
    return np.array(new, dtype=float).reshape(x.shape)


# %% wrong cover: one place for all images
def cover(images, height, width, rng):
    damaged = images.copy()
    i = rng.integers(images.shape[1] - height + 1)
    j = rng.integers(images.shape[2] - width + 1)
    damaged[:, i : i + height, j : j + width] = 0
    return damaged


# %% wrong cover: the last places are never reached
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    damaged = images.copy()
    top = rng.integers(max(rows - height, 1), size=n)
    left = rng.integers(max(columns - width, 1), size=n)
    for image, i, j in zip(damaged, top, left, strict=True):
        image[i : i + height, j : j + width] = 0
    return damaged


# %% wrong cover: the block may hang over the edge
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    damaged = images.copy()
    top, left = rng.integers(rows, size=n), rng.integers(columns, size=n)
    for image, i, j in zip(damaged, top, left, strict=True):
        image[i : i + height, j : j + width] = 0
    return damaged


# %% wrong cover: height and width exchanged
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    damaged = images.copy()
    top = rng.integers(max(rows - width, 0) + 1, size=n)
    left = rng.integers(max(columns - height, 0) + 1, size=n)
    for image, i, j in zip(damaged, top, left, strict=True):
        image[i : i + width, j : j + height] = 0
    return damaged


# %% wrong cover: in place
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    top = rng.integers(rows - height + 1, size=n)
    left = rng.integers(columns - width + 1, size=n)
    for image, i, j in zip(images, top, left, strict=True):
        image[i : i + height, j : j + width] = 0
    return images


# %% wrong cover: a list of images that are changed in place
def cover(images, height, width, rng):
    damaged = []
    for image in images:
        i = rng.integers(image.shape[0] - height + 1)
        j = rng.integers(image.shape[1] - width + 1)
        image[i : i + height, j : j + width] = 0
        damaged.append(image)
    return np.array(damaged)


# %% wrong cover: one draw for row and column
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    damaged = images.copy()
    places = rng.random(n)
    for image, u in zip(damaged, places, strict=True):
        i, j = int(u * (rows - height + 1)), int(u * (columns - width + 1))
        image[i : i + height, j : j + width] = 0
    return damaged


# %% wrong cover: drawn as a mean of two, so the middle is likelier
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    damaged = images.copy()
    top = (rng.random((2, n)).mean(axis=0) * (rows - height + 1)).astype(int)
    left = (rng.random((2, n)).mean(axis=0) * (columns - width + 1)).astype(int)
    for image, i, j in zip(damaged, top, left, strict=True):
        image[i : i + height, j : j + width] = 0
    return damaged


# %% wrong cover: draws of NumPy's own, not of rng
def cover(images, height, width, rng):
    damaged = images.copy()
    for image in damaged:
        i = np.random.randint(image.shape[0] - height + 1)
        j = np.random.randint(image.shape[1] - width + 1)
        image[i : i + height, j : j + width] = 0
    return damaged


# %% wrong cover: everything but the block is covered
def cover(images, height, width, rng):
    damaged = np.zeros_like(images)
    for new, old in zip(damaged, images, strict=True):
        i = rng.integers(old.shape[0] - height + 1)
        j = rng.integers(old.shape[1] - width + 1)
        new[i : i + height, j : j + width] = old[i : i + height, j : j + width]
    return damaged


# %% right cover: comparisons in place of a loop
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    top = rng.integers(rows - height, size=(n, 1, 1), endpoint=True)
    left = rng.integers(columns - width, size=(n, 1, 1), endpoint=True)
    i, j = np.arange(rows)[:, None], np.arange(columns)
    inside = (i >= top) & (i < top + height) & (j >= left) & (j < left + width)
    return np.where(inside, 0, images)


# %% right cover: a list of images in float32
def cover(images, height, width, rng):
    damaged = []
    for image in images:
        image = image.astype("float32")
        i = rng.choice(image.shape[0] - height + 1)
        j = rng.choice(image.shape[1] - width + 1)
        image[i : i + height, j : j + width] = 0
        damaged.append(image)
    return np.array(damaged)


# %% wrong pairs: clean and damaged exchanged
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            clean = x[order[start : start + size]]
            yield clean, corrupt(clean, rng)


# %% wrong pairs: damaged once, before the epochs
def make_pairs(x, corrupt, epochs, size, rng):
    damaged = corrupt(x, rng)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            rows = order[start : start + size]
            yield damaged[rows], x[rows]


# %% wrong pairs: the target is the damaged batch itself
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            damaged = corrupt(x[order[start : start + size]], rng)
            yield damaged, damaged


# %% wrong pairs: the target is damaged apart
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            clean = x[order[start : start + size]]
            yield corrupt(clean, rng), corrupt(clean, rng)


# %% wrong pairs: the images are shuffled apart
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        clean, damaged = rng.permutation(x), rng.permutation(corrupt(x, rng))
        for start in range(0, len(x), size):
            yield damaged[start : start + size], clean[start : start + size]


# %% wrong pairs: the last batch is left out
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x) - size + 1, size):
            clean = x[order[start : start + size]]
            yield corrupt(clean, rng), clean


# %% wrong pairs: the order is drawn once
def make_pairs(x, corrupt, epochs, size, rng):
    order = rng.permutation(len(x))
    for _ in range(epochs):
        for start in range(0, len(x), size):
            clean = x[order[start : start + size]]
            yield corrupt(clean, rng), clean


# %% wrong pairs: no new order
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        for start in range(0, len(x), size):
            clean = x[start : start + size]
            yield corrupt(clean, rng), clean


# %% wrong pairs: each batch is drawn from all images
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        for start in range(0, len(x), size):
            clean = x[rng.integers(len(x), size=min(size, len(x) - start))]
            yield corrupt(clean, rng), clean


# %% wrong pairs: the same seed for every batch
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            clean = x[order[start : start + size]]
            yield corrupt(clean, np.random.default_rng(0)), clean


# %% wrong pairs: the same seed for every epoch
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        rng = np.random.default_rng(0)
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            clean = x[order[start : start + size]]
            yield corrupt(clean, rng), clean


# %% wrong pairs: one epoch only
def make_pairs(x, corrupt, epochs, size, rng):
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        clean = x[order[start : start + size]]
        yield corrupt(clean, rng), clean


# %% wrong pairs: shuffles x itself
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        rng.shuffle(x)
        for start in range(0, len(x), size):
            clean = x[start : start + size].copy()
            yield corrupt(clean, rng), clean


# %% right pairs: a list, the whole epoch damaged at once
def make_pairs(x, corrupt, epochs, size, rng):
    found = []
    for _ in range(epochs):
        clean = rng.permutation(x)
        damaged = corrupt(clean, rng)
        for start in range(0, len(x), size):
            rows = slice(start, start + size)
            found.append((damaged[rows], clean[rows]))
    return found


# %% right pairs: shuffled indices, cut beforehand
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        order = np.arange(len(x))
        rng.shuffle(order)
        for rows in np.split(order, range(size, len(x), size)):
            yield corrupt(x[rows], rng), x[rows]


# %% wrong repair: σ is not squared
def best_repair(noisy, clean, p, sigma):
    exponent = -((noisy[:, None] - clean) ** 2) / (2 * sigma)
    w = p * np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return w @ clean / w.sum(axis=1)


# %% wrong repair: the 2 is missing
def best_repair(noisy, clean, p, sigma):
    exponent = -((noisy[:, None] - clean) ** 2) / sigma**2
    w = p * np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return w @ clean / w.sum(axis=1)


# %% wrong repair: distances that are not squared
def best_repair(noisy, clean, p, sigma):
    exponent = -abs(noisy[:, None] - clean) / (2 * sigma**2)
    w = p * np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return w @ clean / w.sum(axis=1)


# %% wrong repair: the minus sign is missing
def best_repair(noisy, clean, p, sigma):
    exponent = (noisy[:, None] - clean) ** 2 / (2 * sigma**2)
    w = p * np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return w @ clean / w.sum(axis=1)


# %% wrong repair: the nearest clean number
def best_repair(noisy, clean, p, sigma):
    return clean[abs(noisy[:, None] - clean).argmin(axis=1)]


# %% wrong repair: p is left out
def best_repair(noisy, clean, p, sigma):
    exponent = -((noisy[:, None] - clean) ** 2) / (2 * sigma**2)
    w = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return w @ clean / w.sum(axis=1)


# %% wrong repair: p only in the numerator
def best_repair(noisy, clean, p, sigma):
    exponent = -((noisy[:, None] - clean) ** 2) / (2 * sigma**2)
    w = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return (p * w) @ clean / w.sum(axis=1) * len(p)


# %% wrong repair: not divided by the sum
def best_repair(noisy, clean, p, sigma):
    w = p * np.exp(-((noisy[:, None] - clean) ** 2) / (2 * sigma**2))
    return w @ clean


# %% wrong repair: the sum runs over the noisy numbers
def best_repair(noisy, clean, p, sigma):
    w = p * np.exp(-((noisy[:, None] - clean) ** 2) / (2 * sigma**2))
    with np.errstate(all="ignore"):
        return (w / w.sum(axis=0)) @ clean


# %% wrong repair: no care for numbers far away
def best_repair(noisy, clean, p, sigma):
    w = p * np.exp(-((noisy[:, None] - clean) ** 2) / (2 * sigma**2))
    with np.errstate(all="ignore"):
        return w @ clean / w.sum(axis=1)


# %% wrong repair: a small number in the denominator against a division by zero
def best_repair(noisy, clean, p, sigma):
    w = p * np.exp(-((noisy[:, None] - clean) ** 2) / (2 * sigma**2))
    return w @ clean / (w.sum(axis=1) + 1e-12)


# %% wrong repair: one largest exponent for all noisy numbers
def best_repair(noisy, clean, p, sigma):
    exponent = -((noisy[:, None] - clean) ** 2) / (2 * sigma**2)
    w = p * np.exp(exponent - exponent.max())
    with np.errstate(all="ignore"):
        return w @ clean / w.sum(axis=1)


# %% wrong repair: the arrow, not the place it leads to
def best_repair(noisy, clean, p, sigma):
    exponent = -((noisy[:, None] - clean) ** 2) / (2 * sigma**2)
    w = p * np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return w @ clean / w.sum(axis=1) - noisy


# %% wrong repair: tanh, which is right for −1 and 1 only
def best_repair(noisy, clean, p, sigma):
    return np.tanh(noisy / sigma**2)


# %% right repair: a loop, and logarithms of p
def best_repair(noisy, clean, p, sigma):
    found = []
    for u in noisy:
        log_w = np.log(p) - (u - clean) ** 2 / (2 * sigma**2)
        w = np.exp(log_w - np.logaddexp.reduce(log_w))
        found.append((w * clean).sum())
    return np.array(found)


# %% right repair: softmax of Keras, in float32
def best_repair(noisy, clean, p, sigma):
    import keras

    noisy, clean = np.float32(noisy), np.float32(clean)
    log_w = np.log(np.float32(p)) - (noisy[:, None] - clean) ** 2 / (2 * sigma**2)
    return np.asarray(keras.ops.softmax(log_w, axis=1)) @ clean


# %% wrong pairs: the order comes from NumPy's own generator, not from rng
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        order = np.random.permutation(len(x))
        for start in range(0, len(x), size):
            clean = x[order[start : start + size]]
            yield corrupt(clean, rng), clean


# %% wrong pairs: return in place of yield
def make_pairs(x, corrupt, epochs, size, rng):
    order = rng.permutation(len(x))
    clean = x[order]
    return [corrupt(clean, rng), clean]


# %% wrong replace: one coin for all grains of an image
def replace_pixels(x, rate, salt, rng):
    coins = rng.random((len(x), *[1] * (x.ndim - 1))) < salt
    return np.where(rng.random(x.shape) < rate, coins, x)


# %% wrong cover: the return is forgotten
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    damaged = images.copy()
    top = rng.integers(rows - height + 1, size=n)
    left = rng.integers(columns - width + 1, size=n)
    for image, i, j in zip(damaged, top, left, strict=True):
        image[i : i + height, j : j + width] = 0


# %% wrong pairs: the return is forgotten
def make_pairs(x, corrupt, epochs, size, rng):
    found = []
    for _ in range(epochs):
        clean = rng.permutation(x)
        for start in range(0, len(x), size):
            rows = clean[start : start + size]
            found.append((corrupt(rows, rng), rows))


# %% wrong pairs: the same batches in every epoch, each in a new order
def make_pairs(x, corrupt, epochs, size, rng):
    for _ in range(epochs):
        for start in range(0, len(x), size):
            clean = rng.permutation(x[start : start + size])
            yield corrupt(clean, rng), clean


# %% wrong convolve: the window is turned around
def convolve(image, weights, bias):
    rows, columns, _ = image.shape
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    answer = np.zeros((rows, columns, len(bias))) + bias
    for a in range(3):
        for b in range(3):
            answer += padded[a : a + rows, b : b + columns] @ weights[2 - a, 2 - b]
    return answer


# %% wrong convolve: the border is left out
def convolve(image, weights, bias):
    rows, columns, _ = image.shape
    answer = np.zeros((rows - 2, columns - 2, len(bias))) + bias
    for a in range(3):
        for b in range(3):
            answer += image[a : a + rows - 2, b : b + columns - 2] @ weights[a, b]
    return answer


# %% wrong convolve: what leaves on one side comes in on the other
def convolve(image, weights, bias):
    answer = np.zeros((*image.shape[:2], len(bias))) + bias
    for a in range(3):
        for b in range(3):
            answer += np.roll(image, (1 - a, 1 - b), axis=(0, 1)) @ weights[a, b]
    return answer


# %% wrong convolve: the bias is missing
def convolve(image, weights, bias):
    rows, columns, _ = image.shape
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    return sum(
        padded[a : a + rows, b : b + columns] @ weights[a, b]
        for a in range(3)
        for b in range(3)
    )


# %% wrong convolve: the first channel alone
def convolve(image, weights, bias):
    rows, columns, _ = image.shape
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    answer = np.zeros((rows, columns, len(bias))) + bias
    for a in range(3):
        for b in range(3):
            window = padded[a : a + rows, b : b + columns, :1]
            answer += window * weights[a, b, 0]
    return answer


# %% wrong convolve: rows and columns exchanged
def convolve(image, weights, bias):
    rows, columns, _ = image.shape
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    answer = np.zeros((rows, columns, len(bias))) + bias
    for a in range(3):
        for b in range(3):
            answer += padded[a : a + rows, b : b + columns] @ weights[b, a]
    return answer


# %% wrong convolve: the return is forgotten
def convolve(image, weights, bias):
    rows, columns, _ = image.shape
    answer = np.zeros((rows, columns, len(bias))) + bias


# %% right convolve: windows in one sum
def convolve(image, weights, bias):
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, weights) + bias


# %% right convolve: pixel by pixel, as a list
def convolve(image, weights, bias):
    rows, columns, channels = image.shape
    padded = np.zeros((rows + 2, columns + 2, channels))
    padded[1:-1, 1:-1] = image
    return [
        [
            np.tensordot(padded[i : i + 3, j : j + 3], weights, axes=3) + bias
            for j in range(columns)
        ]
        for i in range(rows)
    ]


# %% wrong replace: a seed of its own
def replace_pixels(x, rate, salt, rng):
    rng = np.random.default_rng(0)
    return np.where(rng.random(x.shape) < rate, rng.random(x.shape) < salt, x)


# %% wrong cover: never at the last row
def cover(images, height, width, rng):
    result = images.copy()
    for image in result:
        i = rng.integers(max(1, image.shape[0] - height))
        j = rng.integers(max(1, image.shape[1] - width))
        image[i : i + height, j : j + width] = 0
    return result


# %% right cover: a mask by comparison
def cover(images, height, width, rng):
    n, rows, columns = images.shape
    i = rng.integers(0, rows - height, n, endpoint=True)[:, None]
    j = rng.integers(0, columns - width, n, endpoint=True)[:, None]
    r, c = np.arange(rows), np.arange(columns)
    down = (i <= r) & (r < i + height)
    across = (j <= c) & (c < j + width)
    return np.where(np.logical_and(down[:, :, None], across[:, None]), 0, images)


# %% right convolve: windows of NumPy and einsum
def convolve(image, weights, bias):
    page = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(page, (3, 3), axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, weights) + bias


# %% wrong repair: far away it answers with the nearest, whatever p says of two equally near
def best_repair(noisy, clean, p, sigma):
    d = (noisy[:, None] - clean) ** 2
    w = p * np.exp(-d / (2 * sigma**2))
    total = w.sum(axis=1)
    with np.errstate(all="ignore"):
        mixed = (w @ clean) / total
    return np.where(total > 0, mixed, clean[d.argmin(axis=1)])


# %% wrong replace: exactly a share of the numbers is replaced, not each by itself
def replace_pixels(x, rate, salt, rng):
    y = x.copy()
    count = int(round(rate * x.size))
    places = rng.choice(x.size, count, replace=False)
    y.reshape(-1)[places] = rng.random(count) < salt
    return y


# %% wrong replace: black pixels stay black
def replace_pixels(x, rate, salt, rng):
    grain = np.where(rng.random(x.shape) < salt, 1.0, 0.0)
    return np.where((rng.random(x.shape) < rate) & (x != 0), grain, x)
