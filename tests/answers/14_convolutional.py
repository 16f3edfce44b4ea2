# %% wrong sizes: rounded down
sizes = [15, 22, 5, 7]
weights = [608, 876]

# %% wrong sizes: no padding
sizes = [13, 21, 4, 7]
weights = [608, 876]

# %% wrong sizes: the second layer starts from the picture
sizes = [15, 23, 10, 15]
weights = [608, 876]

# %% wrong sizes: no biases
sizes = [15, 23, 5, 8]
weights = [600, 864]

# %% wrong sizes: one channel comes into the second layer
sizes = [15, 23, 5, 8]
weights = [608, 3 * 3 * 12 + 12]

# %% wrong sizes: one colour
sizes = [15, 23, 5, 8]
weights = [5 * 5 * 8 + 8, 876]

# %% wrong sizes: weights of their own at every place
sizes = [15, 23, 5, 8]
weights = [608 * 15 * 23, 876 * 5 * 8]

# %% wrong sizes: one bias for a layer
sizes = [15, 23, 5, 8]
weights = [601, 865]

# %% wrong sizes: 3 channels come into the second layer
sizes = [15, 23, 5, 8]
weights = [608, 3 * 3 * 3 * 12 + 12]

# %% wrong sizes: the width first
sizes = [23, 15, 8, 5]
weights = [608, 876]

# %% right sizes: an array
sizes = -(-np.array([30, 45, 30, 45]) // [2, 2, 6, 6])
weights = np.array([600 + 8, 864 + 12])

# %% wrong sees: the last window as if only one stride came before it
sees = 5 + 2 * 3 + 2 * 3
step = 9
covered = [4, 9]

# %% wrong sees: no strides
sees = 5 + 2 + 2
step = 9
covered = [4, 9]

# %% wrong sees: windows side by side
sees = 5 * 3 * 3
step = 9
covered = [4, 9]

# %% wrong sees: in two directions
sees = 29 * 29
step = 9
covered = [4, 9]

# %% wrong sees: the strides added up
sees = 29
step = 3 + 3
covered = [4, 9]

# %% wrong sees: one stride
sees = 29
step = 3
covered = [4, 9]

# %% wrong sees: the step of the lesson
sees = 29
step = 4
covered = [4, 9]

# %% wrong sees: one direction
sees = 29
step = 9
covered = [2, 3]

# %% wrong sees: never twice the smallest
sees = 29
step = 9
covered = [6, 9]

# %% wrong sees: never twice the largest
sees = 29
step = 9
covered = [4, 6]

# %% wrong sees: the size over the stride
sees = 29
step = 9
covered = [6.25, 6.25]

# %% wrong sees: the largest first
sees = 29
step = 9
covered = [9, 4]

# %% right sees: as a float and an array
sees = 29.0
step = 3 * 3
covered = np.array([2, 3]) ** 2


# %% wrong convolve: one pixel early, as Keras pads odd sizes
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    rows, columns = (-(-size // stride) for size in x.shape[1:3])
    x = np.pad(x, ((0, 0), (1, high + stride), (1, wide + stride), (0, 0)))
    result = np.zeros((len(x), rows, columns, W.shape[3])) + b
    for u in range(high):
        for v in range(wide):
            under = x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns]
            result += under @ W[u, v]
    return result


# %% wrong convolve: no bias
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    rows, columns = (-(-size // stride) for size in x.shape[1:3])
    x = np.pad(x, ((0, 0), (0, high), (0, wide), (0, 0)))
    result = np.zeros((len(x), rows, columns, W.shape[3]))
    for u in range(high):
        for v in range(wide):
            under = x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns]
            result += under @ W[u, v]
    return result


# %% wrong convolve: rounded down, nothing beyond the border
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    rows = (x.shape[1] - high) // stride + 1
    columns = (x.shape[2] - wide) // stride + 1
    result = np.zeros((len(x), rows, columns, W.shape[3])) + b
    for u in range(high):
        for v in range(wide):
            under = x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns]
            result += under @ W[u, v]
    return result


# %% wrong convolve: the window upside down
def convolve(x, W, b, stride):
    W = W[::-1, ::-1]
    high, wide = W.shape[:2]
    rows, columns = (-(-size // stride) for size in x.shape[1:3])
    x = np.pad(x, ((0, 0), (0, high), (0, wide), (0, 0)))
    result = np.zeros((len(x), rows, columns, W.shape[3])) + b
    for u in range(high):
        for v in range(wide):
            under = x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns]
            result += under @ W[u, v]
    return result


# %% wrong convolve: rows and columns of the window exchanged
def convolve(x, W, b, stride):
    W = W.swapaxes(0, 1)
    high, wide = W.shape[:2]
    rows, columns = (-(-size // stride) for size in x.shape[1:3])
    x = np.pad(x, ((0, 0), (0, high + 2), (0, wide + 2), (0, 0)))
    result = np.zeros((len(x), rows, columns, W.shape[3])) + b
    for u in range(high):
        for v in range(wide):
            under = x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns]
            result += under @ W[u, v]
    return result


# %% wrong convolve: the stride is always 2
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    rows, columns = (-(-size // 2) for size in x.shape[1:3])
    x = np.pad(x, ((0, 0), (0, high), (0, wide), (0, 0)))
    result = np.zeros((len(x), rows, columns, W.shape[3])) + b
    for u in range(high):
        for v in range(wide):
            result += x[:, u:, v:][:, ::2, ::2][:, :rows, :columns] @ W[u, v]
    return result


# %% wrong convolve: windows of 3 × 3 alone
def convolve(x, W, b, stride):
    rows, columns = (-(-size // stride) for size in x.shape[1:3])
    x = np.pad(x, ((0, 0), (0, 3), (0, 3), (0, 0)))
    result = np.zeros((len(x), rows, columns, W.shape[3])) + b
    for u in range(3):
        for v in range(3):
            under = x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns]
            result += under @ W[u, v]
    return result


# %% wrong convolve: a ReLU behind it
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    rows, columns = (-(-size // stride) for size in x.shape[1:3])
    x = np.pad(x, ((0, 0), (0, high), (0, wide), (0, 0)))
    result = np.zeros((len(x), rows, columns, W.shape[3])) + b
    for u in range(high):
        for v in range(wide):
            under = x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns]
            result += under @ W[u, v]
    return np.maximum(result, 0)


# %% wrong convolve: the edge goes on beyond the border
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    rows, columns = (-(-size // stride) for size in x.shape[1:3])
    x = np.pad(x, ((0, 0), (0, high), (0, wide), (0, 0)), mode="edge")
    result = np.zeros((len(x), rows, columns, W.shape[3])) + b
    for u in range(high):
        for v in range(wide):
            under = x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns]
            result += under @ W[u, v]
    return result


# %% right convolve: place by place
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    rows = int(np.ceil(x.shape[1] / stride))
    columns = int(np.ceil(x.shape[2] / stride))
    x = np.pad(x, ((0, 0), (0, high), (0, wide), (0, 0)))
    result = np.empty((len(x), rows, columns, W.shape[3]))
    for i in range(rows):
        for j in range(columns):
            s, t = i * stride, j * stride
            under = x[:, s : s + high, t : t + wide]
            result[:, i, j] = np.einsum("nuvc,uvck->nk", under, W) + b
    return result


# %% right convolve: windows by NumPy
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    x = np.pad(x, ((0, 0), (0, high - 1), (0, wide - 1), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(x, (high, wide), (1, 2))
    return np.einsum("nijcuv,uvck->nijk", views[:, ::stride, ::stride], W) + b


# %% wrong build: a SiLU on the code
def build(channels):
    same = {"padding": "same", "activation": "silu"}
    x = keras.Input((None, None, 1))
    h = keras.layers.Conv2D(16, 3, strides=2, **same)(x)
    h = keras.layers.Conv2D(32, 3, strides=2, **same)(h)
    z = keras.layers.Conv2D(channels, 1, activation="silu")(h)
    h = keras.layers.Conv2D(32, 3, **same)(z)
    h = keras.layers.Conv2DTranspose(16, 4, strides=2, **same)(h)
    last = keras.layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid")
    return keras.Model(x, last(h))


# %% wrong build: stamps of 3 × 3
def build(channels):
    same = {"padding": "same", "activation": "silu"}
    x = keras.Input((None, None, 1))
    h = keras.layers.Conv2D(16, 3, strides=2, **same)(x)
    h = keras.layers.Conv2D(32, 3, strides=2, **same)(h)
    z = keras.layers.Conv2D(channels, 1)(h)
    h = keras.layers.Conv2D(32, 3, **same)(z)
    h = keras.layers.Conv2DTranspose(16, 3, strides=2, **same)(h)
    last = keras.layers.Conv2DTranspose(1, 3, 2, "same", activation="sigmoid")
    return keras.Model(x, last(h))


# %% wrong build: no strides on the way up
def build(channels):
    same = {"padding": "same", "activation": "silu"}
    x = keras.Input((None, None, 1))
    h = keras.layers.Conv2D(16, 3, strides=2, **same)(x)
    h = keras.layers.Conv2D(32, 3, strides=2, **same)(h)
    z = keras.layers.Conv2D(channels, 1)(h)
    h = keras.layers.Conv2D(32, 3, **same)(z)
    h = keras.layers.Conv2DTranspose(16, 4, **same)(h)
    last = keras.layers.Conv2DTranspose(1, 4, padding="same", activation="sigmoid")
    return keras.Model(x, last(h))


# %% wrong build: always two channels
def build(channels):
    same = {"padding": "same", "activation": "silu"}
    x = keras.Input((None, None, 1))
    h = keras.layers.Conv2D(16, 3, strides=2, **same)(x)
    h = keras.layers.Conv2D(32, 3, strides=2, **same)(h)
    z = keras.layers.Conv2D(2, 1)(h)
    h = keras.layers.Conv2D(32, 3, **same)(z)
    h = keras.layers.Conv2DTranspose(16, 4, strides=2, **same)(h)
    last = keras.layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid")
    return keras.Model(x, last(h))


# %% wrong build: ReLU
def build(channels):
    same = {"padding": "same", "activation": "relu"}
    x = keras.Input((None, None, 1))
    h = keras.layers.Conv2D(16, 3, strides=2, **same)(x)
    h = keras.layers.Conv2D(32, 3, strides=2, **same)(h)
    z = keras.layers.Conv2D(channels, 1)(h)
    h = keras.layers.Conv2D(32, 3, **same)(z)
    h = keras.layers.Conv2DTranspose(16, 4, strides=2, **same)(h)
    last = keras.layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid")
    return keras.Model(x, last(h))


# %% wrong build: one size
def build(channels):
    same = {"padding": "same", "activation": "silu"}
    x = keras.Input((28, 28, 1))
    h = keras.layers.Conv2D(16, 3, strides=2, **same)(x)
    h = keras.layers.Conv2D(32, 3, strides=2, **same)(h)
    z = keras.layers.Conv2D(channels, 1)(h)
    h = keras.layers.Conv2D(32, 3, **same)(z)
    h = keras.layers.Conv2DTranspose(16, 4, strides=2, **same)(h)
    last = keras.layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid")
    return keras.Model(x, last(h))


# %% wrong build: a linear answer
def build(channels):
    same = {"padding": "same", "activation": "silu"}
    x = keras.Input((None, None, 1))
    h = keras.layers.Conv2D(16, 3, strides=2, **same)(x)
    h = keras.layers.Conv2D(32, 3, strides=2, **same)(h)
    z = keras.layers.Conv2D(channels, 1)(h)
    h = keras.layers.Conv2D(32, 3, **same)(z)
    h = keras.layers.Conv2DTranspose(16, 4, strides=2, **same)(h)
    return keras.Model(x, keras.layers.Conv2DTranspose(1, 4, 2, "same")(h))


# %% right build: a sequential model
def build(channels):
    silu = {"padding": "same", "activation": keras.activations.silu}
    return keras.Sequential(
        [
            keras.Input((None, None, 1)),
            keras.layers.Conv2D(16, (3, 3), (2, 2), **silu),
            keras.layers.Conv2D(32, (3, 3), (2, 2), **silu),
            keras.layers.Conv2D(channels, 1, padding="same"),
            keras.layers.Conv2D(32, (3, 3), **silu),
            keras.layers.Conv2DTranspose(16, (4, 4), (2, 2), **silu),
            keras.layers.Conv2DTranspose(1, (4, 4), (2, 2), padding="same"),
            keras.layers.Activation("sigmoid"),
        ]
    )


# %% wrong fit: all zeros at the bottom and at the right
def fit_size(network, x, multiple):
    height, width = x.shape[1:3]
    around = ((0, 0), (0, -height % multiple), (0, -width % multiple), (0, 0))
    return np.asarray(network(np.pad(x, around)))[:, :height, :width]


# %% wrong fit: the extra one at the top and at the left
def fit_size(network, x, multiple):
    height, width = x.shape[1:3]
    down, right = -height % multiple, -width % multiple
    top, left = -(-down // 2), -(-right // 2)
    around = ((0, 0), (top, down - top), (left, right - left), (0, 0))
    answers = np.asarray(network(np.pad(x, around)))
    return answers[:, top : top + height, left : left + width]


# %% wrong fit: not cropped
def fit_size(network, x, multiple):
    height, width = x.shape[1:3]
    down, right = -height % multiple, -width % multiple
    top, left = down // 2, right // 2
    around = ((0, 0), (top, down - top), (left, right - left), (0, 0))
    return np.asarray(network(np.pad(x, around)))


# %% wrong fit: cropped at the corner
def fit_size(network, x, multiple):
    height, width = x.shape[1:3]
    down, right = -height % multiple, -width % multiple
    top, left = down // 2, right // 2
    around = ((0, 0), (top, down - top), (left, right - left), (0, 0))
    return np.asarray(network(np.pad(x, around)))[:, :height, :width]


# %% wrong fit: a whole multiple too many where it fits already
def fit_size(network, x, multiple):
    height, width = x.shape[1:3]
    down, right = multiple - height % multiple, multiple - width % multiple
    top, left = down // 2, right // 2
    around = ((0, 0), (top, down - top), (left, right - left), (0, 0))
    answers = np.asarray(network(np.pad(x, around)))
    return answers[:, top : top + height, left : left + width]


# %% wrong fit: a square
def fit_size(network, x, multiple):
    height, width = x.shape[1:3]
    size = -(-max(height, width) // multiple) * multiple
    down, right = size - height, size - width
    top, left = down // 2, right // 2
    around = ((0, 0), (top, down - top), (left, right - left), (0, 0))
    answers = np.asarray(network(np.pad(x, around)))
    return answers[:, top : top + height, left : left + width]


# %% wrong fit: cut off in place of zeros
def fit_size(network, x, multiple):
    height, width = (size // multiple * multiple for size in x.shape[1:3])
    return np.asarray(network(x[:, :height, :width]))


# %% wrong fit: ones around the picture
def fit_size(network, x, multiple):
    height, width = x.shape[1:3]
    down, right = -height % multiple, -width % multiple
    top, left = down // 2, right // 2
    around = ((0, 0), (top, down - top), (left, right - left), (0, 0))
    answers = np.asarray(network(np.pad(x, around, constant_values=1)))
    return answers[:, top : top + height, left : left + width]


# %% wrong fit: the edge goes on around the picture
def fit_size(network, x, multiple):
    height, width = x.shape[1:3]
    down, right = -height % multiple, -width % multiple
    top, left = down // 2, right // 2
    around = ((0, 0), (top, down - top), (left, right - left), (0, 0))
    answers = np.asarray(network(np.pad(x, around, mode="edge")))
    return answers[:, top : top + height, left : left + width]


# %% wrong fit: cropped by negative indices, which fail at 0
def fit_size(network, x, multiple):
    down, right = -x.shape[1] % multiple, -x.shape[2] % multiple
    top, left = down // 2, right // 2
    around = ((0, 0), (top, down - top), (left, right - left), (0, 0))
    answers = np.asarray(network(np.pad(x, around)))
    return answers[:, top : top - down, left : left - right]


# %% wrong fit: the network is not asked
def fit_size(network, x, multiple):
    return x.copy()


# %% right fit: a page of zeros
def fit_size(network, x, multiple):
    n, height, width, channels = x.shape
    rows, columns = (int(np.ceil(s / multiple)) * multiple for s in (height, width))
    page = np.zeros((n, rows, columns, channels))
    top, left = (rows - height) // 2, (columns - width) // 2
    inside = (slice(None), slice(top, top + height), slice(left, left + width))
    page[inside] = x
    return network(page)[inside]


# %% wrong convolve: the first picture only
def convolve(x, W, b, stride):
    a, d = W.shape[:2]
    _, height, width, _ = x.shape
    page = np.pad(x[0], ((0, a), (0, d), (0, 0)))
    y = [
        [
            np.einsum("abc,abck->k", page[i : i + a, j : j + d], W) + b
            for j in range(0, width, stride)
        ]
        for i in range(0, height, stride)
    ]
    return np.array(y)[None]

# %% wrong convolve: raises where the window is smaller than the stride (negative padding)
def convolve(x, W, b, stride):
    high, wide = W.shape[:2]
    n, height, width, _ = x.shape
    rows, columns = -(-height // stride), -(-width // stride)
    down = (rows - 1) * stride + high - height
    right = (columns - 1) * stride + wide - width
    x = np.pad(x, ((0, 0), (0, down), (0, right), (0, 0)))
    result = np.zeros((n, rows, columns, W.shape[3])) + b
    for u in range(high):
        for v in range(wide):
            result += x[:, u:, v:][:, ::stride, ::stride][:, :rows, :columns] @ W[u, v]
    return result
