# %% wrong undo: the transpose of the encoder
decoder = [[1, 0], [0, 1], [1, 1]]
w_and_c = [20, -9.5]

# %% wrong undo: a decoder with another last row
decoder = [[1, 0], [0, 1], [0, 0]]
w_and_c = [20, -9.5]

# %% wrong undo: the pseudo-inverse
decoder = np.linalg.pinv(W := np.array([[1, 0, 1], [0, 1, 1]]))
w_and_c = [20, -9.5]

# %% wrong undo: rows for columns
decoder = [[0, -1, 1], [-1, 0, 1]]
w_and_c = [20, -9.5]

# %% wrong undo: the first two rows exchanged
decoder = [[-1, 0], [0, -1], [1, 1]]
w_and_c = [20, -9.5]

# %% wrong undo: the bias is forgotten
decoder = [[0, -1], [-1, 0], [1, 1]]
w_and_c = [20, -10]

# %% wrong undo: the quarter is forgotten
decoder = [[0, -1], [-1, 0], [1, 1]]
w_and_c = [5, -2]

# %% wrong undo: the way there, not the way back
decoder = [[0, -1], [-1, 0], [1, 1]]
w_and_c = [0.05, 0.475]

# %% wrong undo: the sign of c
decoder = [[0, -1], [-1, 0], [1, 1]]
w_and_c = [20, 9.5]

# %% right undo: arrays, and the exact line
decoder = np.array([[0.0, -1], [-1, 0], [1, 1]], dtype="float32")
w_and_c = (1 / 0.05, -0.475 / 0.05)

# %% wrong noise: lengths, not squares
passed = [1 / 2, 1 / 4, 1, 1]
copied = [1 / 4, 1 / 8, -1, 0]
distance = [3 / 4, 13 / 16, 4, 2]

# %% wrong noise: halving halves what passes
passed = [1 / 4, 1 / 8, 1, 1]
copied = [1 / 4, 1 / 8, -1, 0]
distance = [3 / 4, 13 / 16, 4, 2]

# %% wrong noise: the negative passes less than nothing
passed = [1 / 4, 1 / 16, -1, 1]
copied = [1 / 4, 1 / 8, -1, 0]
distance = [3 / 4, 13 / 16, 4, 2]

# %% wrong noise: the negative is taken to copy
passed = [1 / 4, 1 / 16, 1, 1]
copied = [1 / 4, 1 / 8, 1, 0]
distance = [3 / 4, 13 / 16, 0, 2]

# %% wrong noise: upside down is taken to copy
passed = [1 / 4, 1 / 16, 1, 1]
copied = [1 / 4, 1 / 8, -1, 1]
distance = [3 / 4, 13 / 16, 4, 0]

# %% wrong noise: copied is squared too
passed = [1 / 4, 1 / 16, 1, 1]
copied = [1 / 4, 1 / 16, -1, 0]
distance = [3 / 4, 13 / 16, 4, 2]

# %% wrong noise: the sign in the distance
passed = [1 / 4, 1 / 16, 1, 1]
copied = [1 / 4, 1 / 8, -1, 0]
distance = [3 / 4, 13 / 16, 0, 2]

# %% right noise: the distance from the other two
passed = np.array([0.25, 0.0625, 1, 1])
copied = np.array([0.25, 0.125, -1, 0])
distance = passed - 2 * copied + 1


# %% wrong response: lengths, not squares
def response(f, x, e):
    d = np.array([f(x + noise) - f(x) for noise in e])
    size = np.sqrt(np.sum(e * e, axis=(0, 2)))
    passed = np.sqrt(np.sum(d * d, axis=(0, 2))) / size
    return passed, np.sum(d * e, axis=(0, 2)) / size**2


# %% wrong response: x is taken off, not f(x)
def response(f, x, e):
    d = np.array([f(x + noise) - x for noise in e])
    size = np.sum(e * e, axis=(0, 2))
    return np.sum(d * d, axis=(0, 2)) / size, np.sum(d * e, axis=(0, 2)) / size


# %% wrong response: nothing is taken off
def response(f, x, e):
    d = np.array([f(x + noise) for noise in e])
    size = np.sum(e * e, axis=(0, 2))
    return np.sum(d * d, axis=(0, 2)) / size, np.sum(d * e, axis=(0, 2)) / size


# %% wrong response: what becomes of the noise alone
def response(f, x, e):
    d = np.array([f(noise) - f(0 * noise) for noise in e])
    size = np.sum(e * e, axis=(0, 2))
    return np.sum(d * d, axis=(0, 2)) / size, np.sum(d * e, axis=(0, 2)) / size


# %% wrong response: the sign of d
def response(f, x, e):
    d = np.array([f(x) - f(x + noise) for noise in e])
    size = np.sum(e * e, axis=(0, 2))
    return np.sum(d * d, axis=(0, 2)) / size, np.sum(d * e, axis=(0, 2)) / size


# %% wrong response: one number for all images
def response(f, x, e):
    d = np.array([f(x + noise) - f(x) for noise in e])
    return np.sum(d * d) / np.sum(e * e), np.sum(d * e) / np.sum(e * e)


# %% wrong response: one number for each draw
def response(f, x, e):
    d = np.array([f(x + noise) - f(x) for noise in e])
    size = np.sum(e * e, axis=(1, 2))
    return np.sum(d * d, axis=(1, 2)) / size, np.sum(d * e, axis=(1, 2)) / size


# %% wrong response: a ratio for each draw, then the mean
def response(f, x, e):
    d = np.array([f(x + noise) - f(x) for noise in e])
    size = np.sum(e * e, axis=2)
    passed = np.sum(d * d, axis=2) / size
    return passed.mean(axis=0), (np.sum(d * e, axis=2) / size).mean(axis=0)


# %% wrong response: the first draw alone
def response(f, x, e):
    d = f(x + e[0]) - f(x)
    size = np.sum(e[0] ** 2, axis=1)
    return np.sum(d * d, axis=1) / size, np.sum(d * e[0], axis=1) / size


# %% wrong response: the mean noise, one difference
def response(f, x, e):
    noise = e.mean(axis=0)
    d = f(x + noise) - f(x)
    size = np.sum(noise**2, axis=1)
    return np.sum(d * d, axis=1) / size, np.sum(d * noise, axis=1) / size


# %% wrong response: noise is piled up in the image
def response(f, x, e):
    clean, x = f(x), x.copy()
    d = []
    for noise in e:
        x += noise
        d.append(f(x) - clean)
    size = np.sum(e * e, axis=(0, 2))
    return np.sum(np.square(d), axis=(0, 2)) / size, np.sum(d * e, axis=(0, 2)) / size


# %% wrong response: ratios pixel by pixel
def response(f, x, e):
    d = np.array([f(x + noise) - f(x) for noise in e])
    with np.errstate(all="ignore"):
        return np.nanmean((d / e) ** 2, axis=(0, 2)), np.nanmean(d / e, axis=(0, 2))


# %% wrong response: copied before passed
def response(f, x, e):
    d = np.array([f(x + noise) - f(x) for noise in e])
    size = np.sum(e * e, axis=(0, 2))
    return np.sum(d * e, axis=(0, 2)) / size, np.sum(d * d, axis=(0, 2)) / size


# %% right response: all draws in one call, float32
def response(f, x, e):
    draws, n, m = e.shape
    both = (x + e).reshape(-1, m)
    d = (f(both) - np.tile(f(x), (draws, 1))).reshape(e.shape).astype("float32")
    e = e.astype("float32")
    size = np.einsum("kim,kim->i", e, e)
    return np.einsum("kim,kim->i", d, d) / size, np.einsum("kim,kim->i", d, e) / size


# %% right response: image by image, draw by draw
def response(f, x, e):
    pairs = []
    for i in range(len(x)):
        size = passed = copied = 0
        for k in range(len(e)):
            d = f(x[i : i + 1] + e[k, i])[0] - f(x[i : i + 1])[0]
            size += e[k, i] @ e[k, i]
            passed += d @ d
            copied += d @ e[k, i]
        pairs.append([passed / size, copied / size])
    return np.array(pairs).T


# %% wrong contraction: the sigmoid's slope of a tanh
def contraction(x, W, b):
    h = np.tanh(x @ W + b)
    return np.mean((h * (1 - h)) ** 2 @ np.sum(W**2, axis=0))


# %% wrong contraction: sigmoid units
def contraction(x, W, b):
    with np.errstate(all="ignore"):
        h = 1 / (1 + np.exp(-(x @ W + b)))
    return np.mean((h * (1 - h)) ** 2 @ np.sum(W**2, axis=0))


# %% wrong contraction: the slope is not squared
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W + b) ** 2
    return np.mean(slope @ np.sum(W**2, axis=0))


# %% wrong contraction: the sum of the weights is squared
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W + b) ** 2
    return np.mean(slope**2 @ np.sum(W, axis=0) ** 2)


# %% wrong contraction: weights not squared
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W + b) ** 2
    return np.mean(slope**2 @ np.sum(abs(W), axis=0))


# %% wrong contraction: no bias
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W) ** 2
    return np.mean(slope**2 @ np.sum(W**2, axis=0))


# %% wrong contraction: sum over the batch
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W + b) ** 2
    return np.sum(slope**2 @ np.sum(W**2, axis=0))


# %% wrong contraction: mean over the units too
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W + b) ** 2
    return np.mean(slope**2 * np.sum(W**2, axis=0))


# %% wrong contraction: one number for each image
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W + b) ** 2
    return slope**2 @ np.sum(W**2, axis=0)


# %% wrong contraction: the norm, not its square
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W + b) ** 2
    return np.mean(np.sqrt(slope**2 @ np.sum(W**2, axis=0)))


# %% wrong contraction: weight decay, without the slopes
def contraction(x, W, b):
    return np.sum(W**2)


# %% wrong contraction: the slope of the mean image
def contraction(x, W, b):
    slope = 1 - np.tanh(x.mean(axis=0) @ W + b) ** 2
    return slope**2 @ np.sum(W**2, axis=0)


# %% wrong contraction: slope taken of a, not of h
def contraction(x, W, b):
    slope = 1 - (x @ W + b) ** 2
    return np.mean(slope**2 @ np.sum(W**2, axis=0))


# %% right contraction: the whole Jacobian
def contraction(x, W, b):
    slope = 1 / np.cosh(np.clip(x @ W + b, -50, 50)) ** 2
    J = slope[:, :, None] * W.T
    return np.sum(J**2) / len(x)


# %% right contraction: Keras, float32
def contraction(x, W, b):
    x, W, b = (keras.ops.cast(a, "float32") for a in (x, W, b))
    h = keras.ops.tanh(keras.ops.matmul(x, W) + b)
    each = keras.ops.square(1 - keras.ops.square(h)) * keras.ops.sum(W * W, axis=0)
    return keras.ops.mean(keras.ops.sum(each, axis=1))


# %% wrong decay: no factor 2
def decay_step(weights, gradients, rate, decay):
    return [
        w - rate * (g + decay * w * (w.ndim == 2)) for w, g in zip(weights, gradients)
    ]


# %% wrong decay: biases decay too
def decay_step(weights, gradients, rate, decay):
    return [w - rate * (g + 2 * decay * w) for w, g in zip(weights, gradients)]


# %% wrong decay: the sign
def decay_step(weights, gradients, rate, decay):
    return [
        w - rate * (g - 2 * decay * w * (w.ndim == 2))
        for w, g in zip(weights, gradients)
    ]


# %% wrong decay: uphill
def decay_step(weights, gradients, rate, decay):
    return [
        w + rate * (g + 2 * decay * w * (w.ndim == 2))
        for w, g in zip(weights, gradients)
    ]


# %% wrong decay: the learning rate for the gradient alone
def decay_step(weights, gradients, rate, decay):
    return [
        w - rate * g - 2 * decay * w * (w.ndim == 2) for w, g in zip(weights, gradients)
    ]


# %% wrong decay: the decay is added, not its gradient
def decay_step(weights, gradients, rate, decay):
    penalty = decay * sum(np.sum(w**2) for w in weights if w.ndim == 2)
    return [
        w - rate * (g + penalty * (w.ndim == 2)) for w, g in zip(weights, gradients)
    ]


# %% wrong decay: squares, not their derivative
def decay_step(weights, gradients, rate, decay):
    return [
        w - rate * (g + decay * w**2 * (w.ndim == 2))
        for w, g in zip(weights, gradients)
    ]


# %% wrong decay: the sign of the weight (L1)
def decay_step(weights, gradients, rate, decay):
    return [
        w - rate * (g + decay * np.sign(w) * (w.ndim == 2))
        for w, g in zip(weights, gradients)
    ]


# %% wrong decay: the first array alone is a kernel
def decay_step(weights, gradients, rate, decay):
    return [
        w - rate * (g + 2 * decay * w * (i == 0))
        for i, (w, g) in enumerate(zip(weights, gradients))
    ]


# %% wrong decay: the kernels alone are moved
def decay_step(weights, gradients, rate, decay):
    return [
        w - rate * (g + 2 * decay * w) if w.ndim == 2 else w
        for w, g in zip(weights, gradients)
    ]


# %% wrong decay: no decay
def decay_step(weights, gradients, rate, decay):
    return [w - rate * g for w, g in zip(weights, gradients)]


# %% wrong decay: in place
def decay_step(weights, gradients, rate, decay):
    for w, g in zip(weights, gradients):
        w -= rate * (g + 2 * decay * w * (w.ndim == 2))
    return weights


# %% wrong decay: the decay after the step, on the new weights
def decay_step(weights, gradients, rate, decay):
    new = [w - rate * g for w, g in zip(weights, gradients)]
    return [w - rate * 2 * decay * w if w.ndim == 2 else w for w in new]


# %% right decay: shrink first, then step
def decay_step(weights, gradients, rate, decay):
    new = []
    for w, g in zip(weights, gradients):
        keep = 1 - 2 * rate * decay if np.ndim(w) == 2 else 1
        new.append(keep * w - rate * g)
    return new


# %% right decay: float32
def decay_step(weights, gradients, rate, decay):
    new = []
    for w, g in zip(weights, gradients):
        w, g = np.asarray(w, dtype="float32"), np.asarray(g, dtype="float32")
        new.append(w - rate * g - (2 * rate * decay * w if len(w.shape) > 1 else 0))
    return tuple(new)


# %% wrong build: the decoder gets h
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    x = keras.Input((pixels,))
    h = keras.layers.Dense(units, "sigmoid", kernel_regularizer=price)(x)
    return keras.Model(x, keras.layers.Dense(pixels, kernel_regularizer=price)(h))


# %% wrong build: a sigmoid at the output
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    x = keras.Input((pixels,))
    h = keras.layers.Dense(units, "sigmoid", kernel_regularizer=price)(x)
    out = keras.layers.Dense(pixels, "sigmoid", kernel_regularizer=price)
    return keras.Model(x, out(keras.layers.Rescaling(4, -2)(h)))


# %% wrong build: a linear code
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    x = keras.Input((pixels,))
    h = keras.layers.Rescaling(4, -2)(
        keras.layers.Dense(units, kernel_regularizer=price)(x)
    )
    return keras.Model(x, keras.layers.Dense(pixels, kernel_regularizer=price)(h))


# %% wrong build: offset before scale
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    x = keras.Input((pixels,))
    h = keras.layers.Dense(units, "sigmoid", kernel_regularizer=price)(x)
    h = keras.layers.Rescaling(4)(keras.layers.Rescaling(1, -2)(h))
    return keras.Model(x, keras.layers.Dense(pixels, kernel_regularizer=price)(h))


# %% wrong build: no biases
def build(pixels, units, decay):
    options = {"kernel_regularizer": keras.regularizers.L2(decay), "use_bias": False}
    x = keras.Input((pixels,))
    h = keras.layers.Dense(units, "sigmoid", **options)(x)
    h = keras.layers.Rescaling(4, -2)(h)
    return keras.Model(x, keras.layers.Dense(pixels, **options)(h))


# %% wrong build: the encoder alone has a price
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    x = keras.Input((pixels,))
    h = keras.layers.Dense(units, "sigmoid", kernel_regularizer=price)(x)
    return keras.Model(x, keras.layers.Dense(pixels)(keras.layers.Rescaling(4, -2)(h)))


# %% wrong build: the biases have a price
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    both = {"kernel_regularizer": price, "bias_regularizer": price}
    x = keras.Input((pixels,))
    h = keras.layers.Dense(units, "sigmoid", **both)(x)
    h = keras.layers.Rescaling(4, -2)(h)
    return keras.Model(x, keras.layers.Dense(pixels, **both)(h))


# %% wrong build: a price on the activations
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    x = keras.Input((pixels,))
    h = keras.layers.Dense(units, "sigmoid", activity_regularizer=price)(x)
    h = keras.layers.Rescaling(4, -2)(h)
    return keras.Model(x, keras.layers.Dense(pixels, activity_regularizer=price)(h))


# %% wrong build: absolute values, not squares
def build(pixels, units, decay):
    price = keras.regularizers.L1(decay)
    x = keras.Input((pixels,))
    h = keras.layers.Dense(units, "sigmoid", kernel_regularizer=price)(x)
    h = keras.layers.Rescaling(4, -2)(h)
    return keras.Model(x, keras.layers.Dense(pixels, kernel_regularizer=price)(h))


# %% wrong build: the sizes exchanged
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    x = keras.Input((units,))
    h = keras.layers.Dense(pixels, "sigmoid", kernel_regularizer=price)(x)
    h = keras.layers.Rescaling(4, -2)(h)
    return keras.Model(x, keras.layers.Dense(units, kernel_regularizer=price)(h))


# %% wrong build: nothing is returned
def build(pixels, units, decay):
    keras.Input((pixels,))


# %% right build: arithmetic in place of a layer
def build(pixels, units, decay):
    def dense(n, x):
        price = keras.regularizers.L2(l2=decay)
        return keras.layers.Dense(n, kernel_regularizer=price)(x)

    x = keras.Input(shape=(pixels,))
    h = keras.ops.sigmoid(dense(units, x))
    return keras.Model(x, dense(pixels, 4 * h - 2))


# %% right build: a tanh, which is the same
def build(pixels, units, decay):
    price = keras.regularizers.L2(decay)
    return keras.Sequential(
        [
            keras.Input((pixels,)),
            keras.layers.Dense(
                units,
                lambda a: 2 * keras.ops.tanh(a / 2),
                kernel_regularizer=price,
            ),
            keras.layers.Dense(pixels, kernel_regularizer=price),
        ]
    )


# %% wrong response: noise is added into the images
def response(f, x, e):
    clean, passed, copied = f(x), 0, 0
    for one in e:
        x += one
        d = f(x) - clean
        x -= one
        passed, copied = passed + (d**2).sum(axis=1), copied + (d * one).sum(axis=1)
    size = (e**2).sum(axis=(0, 2))
    return passed / size, copied / size


# %% right response: all draws at once, put in a row
def response(f, x, e):
    draws, n, m = e.shape
    noisy = np.reshape(x[None] + e, (draws * n, m))
    d = np.reshape(f(noisy), (draws, n, m)) - np.asarray(f(x))[None]
    return (
        np.einsum("knm,knm->n", d, d) / np.einsum("knm,knm->n", e, e),
        np.einsum("knm,knm->n", d, e) / np.einsum("knm,knm->n", e, e),
    )


# %% right contraction: the whole Jacobian, by einsum
def contraction(x, W, b):
    slope = 1 - np.tanh(x @ W + b) ** 2
    J = np.einsum("nu,mu->num", slope, W)
    return (J**2).sum() / len(x)


# %% wrong decay: every second array is taken for a kernel
def decay_step(weights, gradients, rate, decay):
    return [
        w - rate * (g + 2 * decay * w * (i % 2 == 0))
        for i, (w, g) in enumerate(zip(weights, gradients))
    ]
