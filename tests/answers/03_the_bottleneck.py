# %% wrong size: the weights alone
numbers_of_layers = [2000, 100, 100, 2000]
times_fewer = 20

# %% wrong size: a bias for each number that comes in
numbers_of_layers = [2100, 120, 105, 2020]
times_fewer = 20

# %% wrong size: one bias a layer
numbers_of_layers = [2001, 101, 101, 2001]
times_fewer = 20

# %% wrong size: the decoder is taken to share the encoder's numbers
numbers_of_layers = [2020, 105, 105, 2020]
times_fewer = 20

# %% wrong size: the size of the code
numbers_of_layers = [2020, 105, 120, 2100]
times_fewer = 5

# %% right size: a sum a layer
numbers_of_layers = (100 * 20 + 20, 20 * 5 + 5, 5 * 20 + 20, 20 * 100 + 100)
times_fewer = 100 / 5

# %% wrong left: what is kept
errors = [0, 13, 15.6]
axes_needed = 3

# %% wrong left: shares in place of errors
errors = [1, 3 / 16, 0.4 / 16]
axes_needed = 3

# %% wrong left: the variance of the next axis only
errors = [9, 2, 0.3]
axes_needed = 3

# %% wrong left: an error of 0.1 or less, not a share
errors = [16, 3, 0.4]
axes_needed = 5

# %% wrong left: the axes that are left out
errors = [16, 3, 0.4]
axes_needed = 2

# %% wrong left: a mean over the six pixels
errors = [16 / 6, 0.5, 0.4 / 6]
axes_needed = 3

# %% right left: sums
errors = np.array([9 + 4 + 2 + 1, 2 + 1, 0.3 + 0.1])
axes_needed = 3.0

# %% wrong pca: the mean is never taken off
def reconstruct(x_train, x_new, k):
    _, _, axes = np.linalg.svd(x_train, full_matrices=False)
    return x_new @ axes[:k].T @ axes[:k]


# %% wrong pca: the mean is not put back
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    _, _, axes = np.linalg.svd(x_train - mean, full_matrices=False)
    return (x_new - mean) @ axes[:k].T @ axes[:k]


# %% wrong pca: the new images' own mean
def reconstruct(x_train, x_new, k):
    mean = x_new.mean(axis=0)
    _, _, axes = np.linalg.svd(x_train - x_train.mean(axis=0), full_matrices=False)
    return mean + (x_new - mean) @ axes[:k].T @ axes[:k]


# %% wrong pca: the training mean is put back, another was taken off
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    _, _, axes = np.linalg.svd(x_train - mean, full_matrices=False)
    return mean + (x_new - x_new.mean(axis=0)) @ axes[:k].T @ axes[:k]


# %% wrong pca: axes of the new images
def reconstruct(x_train, x_new, k):
    mean = x_new.mean(axis=0)
    _, _, axes = np.linalg.svd(x_new - mean, full_matrices=False)
    return mean + (x_new - mean) @ axes[:k].T @ axes[:k]


# %% wrong pca: columns of the third matrix, not rows
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    _, _, axes = np.linalg.svd(x_train - mean, full_matrices=True)
    return mean + (x_new - mean) @ axes[:, :k] @ axes[:, :k].T


# %% wrong pca: the last axes
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    _, _, axes = np.linalg.svd(x_train - mean, full_matrices=False)
    axes = axes[::-1][:k]
    return mean + (x_new - mean) @ axes.T @ axes


# %% wrong pca: one mean over all pixels
def reconstruct(x_train, x_new, k):
    mean = x_train.mean()
    _, _, axes = np.linalg.svd(x_train - mean, full_matrices=False)
    return mean + (x_new - mean) @ axes[:k].T @ axes[:k]


# %% wrong pca: the codes are scaled by the singular values
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    _, S, axes = np.linalg.svd(x_train - mean, full_matrices=False)
    codes = (x_new - mean) @ axes[:k].T
    return mean + codes * S[:k] @ axes[:k]


# %% wrong pca: the codes in place of the images
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    _, _, axes = np.linalg.svd(x_train - mean, full_matrices=False)
    return (x_new - mean) @ axes[:k].T


# %% wrong pca: the arguments are changed in place
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    x_new -= mean
    _, _, axes = np.linalg.svd(x_train - mean, full_matrices=False)
    return mean + x_new @ axes[:k].T @ axes[:k]


# %% wrong pca: the training images are changed in place
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    x_train -= mean
    _, _, axes = np.linalg.svd(x_train, full_matrices=False)
    return mean + (x_new - mean) @ axes[:k].T @ axes[:k]


# %% right pca: eigenvectors of the covariance
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    centred = x_train - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1][:, :k]
    return mean + (x_new - mean) @ axes @ axes.T


# %% right pca: image by image, in float32
def reconstruct(x_train, x_new, k):
    x_train, x_new = x_train.astype("float32"), x_new.astype("float32")
    mean = x_train.mean(axis=0)
    axes = np.linalg.svd(x_train - mean)[2][:k]
    images = []
    for x in x_new:
        image = mean.copy()
        for axis in axes:
            image += axis * np.dot(axis, x - mean)
        images.append(image)
    return np.array(images)


# %% right pca: the library's
def reconstruct(x_train, x_new, k):
    if k == 0:
        return baselines.mean_image(x_train, x_new)
    return baselines.pca_reconstruction(x_train, x_new, k)


# %% wrong hourglass: a ReLU on the code
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:]:
        encoder.add(keras.layers.Dense(width, "relu"))
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    for width in widths[-2:0:-1]:
        decoder.add(keras.layers.Dense(width, "relu"))
    decoder.add(keras.layers.Dense(widths[0], "sigmoid"))
    return encoder, decoder


# %% wrong hourglass: no sigmoid
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:-1]:
        encoder.add(keras.layers.Dense(width, "relu"))
    encoder.add(keras.layers.Dense(widths[-1]))
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    for width in widths[-2:0:-1]:
        decoder.add(keras.layers.Dense(width, "relu"))
    decoder.add(keras.layers.Dense(widths[0]))
    return encoder, decoder


# %% wrong hourglass: sigmoid after a ReLU
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:-1]:
        encoder.add(keras.layers.Dense(width, "relu"))
    encoder.add(keras.layers.Dense(widths[-1]))
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    for width in widths[-2::-1]:
        decoder.add(keras.layers.Dense(width, "relu"))
    decoder.add(keras.layers.Activation("sigmoid"))
    return encoder, decoder


# %% wrong hourglass: no bend on the hidden layers
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:]:
        encoder.add(keras.layers.Dense(width))
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    for width in widths[-2:0:-1]:
        decoder.add(keras.layers.Dense(width))
    decoder.add(keras.layers.Dense(widths[0], "sigmoid"))
    return encoder, decoder


# %% wrong hourglass: only the encoder's hidden layers have a ReLU
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:-1]:
        encoder.add(keras.layers.Dense(width, "relu"))
    encoder.add(keras.layers.Dense(widths[-1]))
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    for width in widths[-2:0:-1]:
        decoder.add(keras.layers.Dense(width))
    decoder.add(keras.layers.Dense(widths[0], "sigmoid"))
    return encoder, decoder


# %% wrong hourglass: no biases
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:-1]:
        encoder.add(keras.layers.Dense(width, "relu", use_bias=False))
    encoder.add(keras.layers.Dense(widths[-1], use_bias=False))
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    for width in widths[-2:0:-1]:
        decoder.add(keras.layers.Dense(width, "relu", use_bias=False))
    decoder.add(keras.layers.Dense(widths[0], "sigmoid", use_bias=False))
    return encoder, decoder


# %% wrong hourglass: the code's layer stands in the decoder, too
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:-1]:
        encoder.add(keras.layers.Dense(width, "relu"))
    encoder.add(keras.layers.Dense(widths[-1]))
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    for width in widths[:0:-1]:
        decoder.add(keras.layers.Dense(width, "relu"))
    decoder.add(keras.layers.Dense(widths[0], "sigmoid"))
    return encoder, decoder


# %% wrong hourglass: the decoder's hidden layers are in the encoder's order
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:-1]:
        encoder.add(keras.layers.Dense(width, "relu"))
    encoder.add(keras.layers.Dense(widths[-1]))
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    for width in widths[1:-1]:
        decoder.add(keras.layers.Dense(width, "relu"))
    decoder.add(keras.layers.Dense(widths[0], "sigmoid"))
    return encoder, decoder


# %% wrong hourglass: one hidden layer each way, always
def hourglass(widths):
    encoder = keras.Sequential(
        [
            keras.Input((widths[0],)),
            keras.layers.Dense(widths[1], "relu"),
            keras.layers.Dense(widths[-1]),
        ]
    )
    decoder = keras.Sequential(
        [
            keras.Input((widths[-1],)),
            keras.layers.Dense(widths[1], "relu"),
            keras.layers.Dense(widths[0], "sigmoid"),
        ]
    )
    return encoder, decoder


# %% wrong hourglass: Keras does not know how many numbers come in
def hourglass(widths):
    encoder = keras.Sequential()
    for width in widths[1:-1]:
        encoder.add(keras.layers.Dense(width, "relu"))
    encoder.add(keras.layers.Dense(widths[-1]))
    decoder = keras.Sequential()
    for width in widths[-2:0:-1]:
        decoder.add(keras.layers.Dense(width, "relu"))
    decoder.add(keras.layers.Dense(widths[0], "sigmoid"))
    return encoder, decoder


# %% wrong hourglass: the whole autoencoder in place of the encoder
def hourglass(widths):
    model = models.dense_autoencoder(widths[0], widths[1:-1], widths[-1])
    return model, model.decoder


# %% wrong hourglass: in the other order
def hourglass(widths):
    model = models.dense_autoencoder(widths[0], widths[1:-1], widths[-1])
    return model.decoder, model.encoder


# %% right hourglass: functional models
def hourglass(widths):
    *hidden, code_size = widths[1:]
    x = h = keras.Input((widths[0],))
    for width in hidden:
        h = keras.layers.Dense(width, activation="relu")(h)
    encoder = keras.Model(x, keras.layers.Dense(code_size)(h))
    code = h = keras.Input((code_size,))
    for width in reversed(hidden):
        h = keras.layers.Dense(width, activation="relu")(h)
    output = keras.layers.Dense(widths[0], activation="sigmoid")(h)
    return encoder, keras.Model(code, output)


# %% right hourglass: ReLU and sigmoid as layers of their own
def hourglass(widths):
    encoder, decoder = [keras.Input((widths[0],))], [keras.Input((widths[-1],))]
    for part, (_, *between, last) in (encoder, widths), (decoder, widths[::-1]):
        for width in between:
            part += [keras.layers.Dense(width), keras.layers.ReLU()]
        part.append(keras.layers.Dense(last))
    decoder.append(keras.layers.Activation("sigmoid"))
    return keras.Sequential(encoder), keras.Sequential(decoder)


# %% right hourglass: parts of the course's own builder
def hourglass(widths):
    model = models.dense_autoencoder(widths[0], widths[1:-1], widths[-1])
    return [model.encoder, model.decoder]


# %% wrong neighbours: each point is its own neighbour
def alike(codes, labels, k):
    distance = ((codes[:, None] - codes[None]) ** 2).sum(axis=2)
    nearest = np.argsort(distance, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).mean()


# %% wrong neighbours: the first of the sorted is dropped, whoever it is
def alike(codes, labels, k):
    distance = ((codes[:, None] - codes[None]) ** 2).sum(axis=2)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, 1 : k + 1]
    return (labels[nearest] == labels[:, None]).mean()


# %% wrong neighbours: points at distance 0 are left out
def alike(codes, labels, k):
    distance = ((codes[:, None] - codes[None]) ** 2).sum(axis=2)
    distance[distance == 0] = np.inf
    nearest = np.argsort(distance, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).mean()


# %% wrong neighbours: the furthest points
def alike(codes, labels, k):
    distance = ((codes[:, None] - codes[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, -np.inf)
    nearest = np.argsort(-distance, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).mean()


# %% wrong neighbours: a number, not a share
def alike(codes, labels, k):
    distance = ((codes[:, None] - codes[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).sum(axis=1).mean()


# %% wrong neighbours: one of them has the label, or none
def alike(codes, labels, k):
    distance = ((codes[:, None] - codes[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).any(axis=1).mean()


# %% wrong neighbours: numbers of the code added up without squares
def alike(codes, labels, k):
    distance = abs(codes[:, None] - codes[None]).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).mean()


# %% wrong neighbours: only the first number of the code
def alike(codes, labels, k):
    distance = abs(codes[:, :1] - codes[:, 0])
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).mean()


# %% wrong neighbours: the k-th neighbour alone
def alike(codes, labels, k):
    distance = ((codes[:, None] - codes[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1)[:, k - 1]
    return (labels[nearest] == labels).mean()


# %% wrong neighbours: a vote
def alike(codes, labels, k):
    others = ~np.eye(len(codes), dtype=bool)
    return np.mean(
        [
            metrics.neighbour_accuracy(codes[o], labels[o], codes[~o], labels[~o], k)
            for o in others
        ]
    )


# %% right neighbours: point by point
def alike(codes, labels, k):
    shares = []
    for i in range(len(codes)):
        others = [j for j in range(len(codes)) if j != i]
        others.sort(key=lambda j: np.linalg.norm(codes[i] - codes[j]))
        shares.append(np.mean([labels[j] == labels[i] for j in others[:k]]))
    return sum(shares) / len(shares)


# %% right neighbours: through scalar products, in float32
def alike(codes, labels, k):
    codes = codes.astype("float32")
    square = (codes**2).sum(axis=1)
    distance = square[:, None] + square - 2 * codes @ codes.T
    distance += np.diag(np.full(len(codes), 1e9, "float32"))
    nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
    return np.mean(labels[nearest] == labels[:, None])


# %% right neighbours: the library leaves a point itself out
def alike(codes, labels, k):
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=k).fit(codes).kneighbors()[1]
    return float((labels[nearest].T == labels).mean())


# %% wrong angle: the smallest angle
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    cosines = np.linalg.svd(Q_A.T @ Q_B, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines.max(), 0, 1)))


# %% wrong angle: the mean angle
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    cosines = np.linalg.svd(Q_A.T @ Q_B, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines, 0, 1))).mean()


# %% wrong angle: radians
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    cosines = np.linalg.svd(Q_A.T @ Q_B, compute_uv=False)
    return np.arccos(np.clip(cosines.min(), 0, 1))


# %% wrong angle: the cosine
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    return np.linalg.svd(Q_A.T @ Q_B, compute_uv=False).min()


# %% wrong angle: axes of length 1, but not at right angles
def largest_angle(A, B):
    A = A / np.linalg.norm(A, axis=1, keepdims=True)
    B = B / np.linalg.norm(B, axis=1, keepdims=True)
    cosines = np.linalg.svd(A @ B.T, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines.min(), 0, 1)))


# %% wrong angle: the axes as they are
def largest_angle(A, B):
    cosines = np.linalg.svd(A @ B.T, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines.min(), 0, 1)))


# %% wrong angle: the largest angle between pairs of axes
def largest_angle(A, B):
    A = A / np.linalg.norm(A, axis=1, keepdims=True)
    B = B / np.linalg.norm(B, axis=1, keepdims=True)
    return np.degrees(np.arccos(np.clip(abs(A @ B.T), 0, 1))).max()


# %% wrong angle: the angle of each axis to its best match
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    cosines = abs(Q_A.T @ Q_B).max(axis=1)
    return np.degrees(np.arccos(np.clip(cosines.min(), 0, 1)))


# %% wrong angle: QR of the rows
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A)[0], np.linalg.qr(B)[0]
    cosines = np.linalg.svd(Q_A.T @ Q_B, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines.min(), 0, 1)))


# %% wrong angle: eigenvalues in place of singular values
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    cosines = abs(np.linalg.eigvals(Q_A.T @ Q_B))
    return np.degrees(np.arccos(np.clip(cosines.min(), 0, 1)))


# %% wrong angle: the matrix of all pairs of pixels
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    cosines = np.linalg.svd(Q_A @ Q_B.T, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines.min(), 0, 1)))


# %% right angle: SciPy's
def largest_angle(A, B):
    return np.degrees(subspace_angles(A.T, B.T)).max()


# %% right angle: axes from the SVD, the sine of the angle
def largest_angle(A, B):
    A, B = (np.linalg.svd(M, full_matrices=False)[2] for M in (A, B))
    left_over = B - B @ A.T @ A
    sine = np.linalg.norm(left_over, ord=2)
    return np.degrees(np.arcsin(min(sine, 1.0)))


# %% right angle: float32 and keras.ops
def largest_angle(A, B):
    Q_A, _ = keras.ops.qr(A.T.astype("float32"))
    Q_B, _ = keras.ops.qr(B.T.astype("float32"))
    cosines = keras.ops.svd(keras.ops.transpose(Q_A) @ Q_B, compute_uv=False)
    smallest = keras.ops.clip(keras.ops.min(cosines), 0.0, 1.0)
    return float(keras.ops.arccos(smallest)) * 180 / np.pi


# %% wrong angle: a cosine of 1.0000001 is not expected
def largest_angle(A, B):
    Q_A, Q_B = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    with np.errstate(invalid="ignore"):
        cosines = np.linalg.svd(Q_A.T @ Q_B, compute_uv=False)
        return np.degrees(np.arccos(cosines.min()))


# %% wrong pca: the mean is taken off the caller's arrays
def reconstruct(x_train, x_new, k):
    mean = x_train.mean(axis=0)
    x_train -= mean
    axes = np.linalg.svd(x_train, full_matrices=False)[2][:k]
    return (x_new - mean) @ axes.T @ axes + mean


# %% wrong hourglass: one hidden layer is wired in
def hourglass(widths):
    encoder = keras.Sequential(
        [
            keras.Input((widths[0],)),
            keras.layers.Dense(widths[1], "relu"),
            keras.layers.Dense(widths[-1]),
        ]
    )
    decoder = keras.Sequential(
        [
            keras.Input((widths[-1],)),
            keras.layers.Dense(widths[1], "relu"),
            keras.layers.Dense(widths[0], "sigmoid"),
        ]
    )
    return encoder, decoder

# %% wrong hourglass: needs a hidden layer, raises for (d, k)
def hourglass(widths):
    encoder = keras.Sequential([keras.Input((widths[0],))])
    decoder = keras.Sequential([keras.Input((widths[-1],))])
    hidden = list(widths[1:-1])
    first = hidden[0]
    encoder.add(keras.layers.Dense(first, "relu"))
    for width in hidden[1:]:
        encoder.add(keras.layers.Dense(width, "relu"))
    encoder.add(keras.layers.Dense(widths[-1]))
    for width in hidden[::-1]:
        decoder.add(keras.layers.Dense(width, "relu"))
    decoder.add(keras.layers.Dense(widths[0], "sigmoid"))
    return encoder, decoder
