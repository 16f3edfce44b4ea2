# %% wrong named: the truth
by_one = [3, 7, 7, 7, 3, 3]
by_three = [3, 7, 7, 7, 3, 3]
accuracies = [1, 1]

# %% wrong named: one and three exchanged
by_one = [3, 7, 7, 7, 7, 7]
by_three = [3, 3, 7, 7, 3, 3]
accuracies = [4 / 6, 5 / 6]

# %% wrong named: numbers, not shares
by_one = [3, 3, 7, 7, 3, 3]
by_three = [3, 7, 7, 7, 7, 7]
accuracies = [5, 4]

# %% wrong named: errors
by_one = [3, 3, 7, 7, 3, 3]
by_three = [3, 7, 7, 7, 7, 7]
accuracies = [1 / 6, 2 / 6]

# %% wrong named: the codes in place of the labels
by_one = [2, 2, 5, 6, 9, 9]
by_three = [3, 7, 7, 7, 7, 7]
accuracies = [5 / 6, 4 / 6]

# %% wrong named: the last code is named by its one neighbour again
by_one = [3, 3, 7, 7, 3, 3]
by_three = [3, 7, 7, 7, 7, 3]
accuracies = [5 / 6, 5 / 6]

# %% right named: rounded shares
by_one = np.array([3, 3, 7, 7, 3, 3])
by_three = (3, 7, 7, 7, 7, 7)
accuracies = [0.833, 0.667]

# %% wrong loud: divided by the variance
with_5 = [5, -1.25]
with_101 = 101

# %% wrong loud: the mean is not taken off
with_5 = [2.5, 0]
with_101 = 10.05

# %% wrong loud: the deviation with n - 1
with_5 = [4 / 5**0.5, -1 / 5**0.5]
with_101 = 9.95

# %% wrong loud: the lesson's ten images
with_5 = [3, -1 / 3]
with_101 = 3

# %% wrong loud: more images are taken to make it fainter
with_5 = [2, -0.5]
with_101 = 0.1

# %% wrong loud: the root of n
with_5 = [2, -0.5]
with_101 = 101**0.5

# %% right loud: the root of n - 1, and one over it
with_5 = (4**0.5, -1 / 4**0.5)
with_101 = np.sqrt(100)

# %% wrong probe: each column has its own scale
def probe_scores(codes, labels, new_codes, price):
    shift, scale = codes.mean(axis=0), codes.std(axis=0)
    scale = np.where(scale > 0, scale, 1)
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return z @ W + T.mean(axis=0)


# %% wrong probe: shift and scale from all codes
def probe_scores(codes, labels, new_codes, price):
    every = np.vstack([codes, new_codes])
    shift = every.mean(axis=0)
    scale = np.sqrt(every.var(axis=0).sum()) or 1.0
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return z @ W + T.mean(axis=0)


# %% wrong probe: new codes get a shift and a scale of their own
def probe_scores(codes, labels, new_codes, price):
    def scaled(a):
        return (a - a.mean(axis=0)) / (np.sqrt(a.var(axis=0).sum()) or 1.0)

    Z, z = scaled(codes), scaled(new_codes)
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return z @ W + T.mean(axis=0)


# %% wrong probe: the mean of the rows is not added
def probe_scores(codes, labels, new_codes, price):
    shift = codes.mean(axis=0)
    scale = np.sqrt(codes.var(axis=0).sum()) or 1.0
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return z @ W


# %% wrong probe: no scale at all
def probe_scores(codes, labels, new_codes, price):
    shift = codes.mean(axis=0)
    Z, z = codes - shift, new_codes - shift
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return z @ W + T.mean(axis=0)


# %% wrong probe: the variance in place of its root
def probe_scores(codes, labels, new_codes, price):
    shift = codes.mean(axis=0)
    scale = codes.var(axis=0).sum() or 1.0
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return z @ W + T.mean(axis=0)


# %% wrong probe: one deviation of all numbers together
def probe_scores(codes, labels, new_codes, price):
    shift, scale = codes.mean(axis=0), codes.std() or 1.0
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return z @ W + T.mean(axis=0)


# %% wrong probe: equal codes become no numbers
def probe_scores(codes, labels, new_codes, price):
    shift, scale = codes.mean(axis=0), np.sqrt(codes.var(axis=0).sum())
    with np.errstate(all="ignore"):
        Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return z @ W + T.mean(axis=0)


# %% wrong probe: the price of the other formula, a mean over the labelled codes
def probe_scores(codes, labels, new_codes, price):
    shift = codes.mean(axis=0)
    scale = np.sqrt(codes.var(axis=0).sum()) or 1.0
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    n, k = Z.shape
    W = np.linalg.solve(Z.T @ Z / n + price * np.eye(k), Z.T @ (T - T.mean(axis=0)) / n)
    return z @ W + T.mean(axis=0)


# %% wrong probe: the price is forgotten
def probe_scores(codes, labels, new_codes, price):
    shift = codes.mean(axis=0)
    scale = np.sqrt(codes.var(axis=0).sum()) or 1.0
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    return z @ np.linalg.pinv(Z) @ (T - T.mean(axis=0)) + T.mean(axis=0)


# %% wrong probe: the names in place of the scores
def probe_scores(codes, labels, new_codes, price):
    shift = codes.mean(axis=0)
    scale = np.sqrt(codes.var(axis=0).sum()) or 1.0
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10)[labels]
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (T - T.mean(axis=0)))
    return np.eye(10)[(z @ W + T.mean(axis=0)).argmax(axis=1)]


# %% right probe: the library's, with a price for unscaled codes
def probe_scores(codes, labels, new_codes, price):
    spread = codes.var(axis=0).sum() or 1.0
    return Ridge(alpha=price * spread).fit(codes, np.eye(10)[labels]).predict(new_codes)


# %% right probe: through the n × n matrix of scalar products
def probe_scores(codes, labels, new_codes, price):
    shift = codes.mean(axis=0)
    Z, z = codes - shift, new_codes - shift
    scale = np.sqrt(np.mean(np.sum(Z**2, axis=1)))
    if scale > 0:
        Z, z = Z / scale, z / scale
    T = keras.utils.to_categorical(labels, 10).astype("float64")
    kernel = Z @ Z.T + price * np.eye(len(Z))
    return z @ Z.T @ np.linalg.inv(kernel) @ (T - T.mean(axis=0)) + T.mean(axis=0)


# %% right probe: in float32
def probe_scores(codes, labels, new_codes, price):
    codes, new_codes = codes.astype("float32"), new_codes.astype("float32")
    shift = codes.mean(axis=0)
    scale = np.sqrt(codes.var(axis=0).sum())
    if scale == 0:
        scale = np.float32(1)
    Z, z = (codes - shift) / scale, (new_codes - shift) / scale
    T = np.eye(10, dtype="float32")[labels]
    penalty = np.float32(price) * np.eye(Z.shape[1], dtype="float32")
    W = np.linalg.inv(Z.T @ Z + penalty) @ Z.T @ (T - T.mean(axis=0))
    return z @ W + T.mean(axis=0)


# %% wrong selectivity: images at 0 count as well
def selectivity(h, labels, top):
    exciting = labels[np.argsort(-h, axis=0)[:top]]
    return np.max([(exciting == name).mean(axis=0) for name in np.unique(labels)], axis=0)


# %% wrong selectivity: divided by top, whatever counts
def selectivity(h, labels, top):
    shares = []
    for unit in h.T:
        exciting = [i for i in np.argsort(-unit)[:top] if unit[i] > 0]
        _, counts = np.unique(labels[exciting], return_counts=True)
        shares.append(counts.max() / top if exciting else 0)
    return np.array(shares)


# %% wrong selectivity: the least exciting images
def selectivity(h, labels, top):
    shares = []
    for unit in h.T:
        exciting = [i for i in np.argsort(unit)[:top] if unit[i] > 0]
        _, counts = np.unique(labels[exciting], return_counts=True)
        shares.append(counts.max() / len(exciting) if exciting else 0)
    return np.array(shares)


# %% wrong selectivity: the least exciting of those that excite
def selectivity(h, labels, top):
    shares = []
    for unit in h.T:
        exciting = [i for i in np.argsort(unit) if unit[i] > 0][:top]
        _, counts = np.unique(labels[exciting], return_counts=True)
        shares.append(counts.max() / len(exciting) if exciting else 0)
    return np.array(shares)


# %% wrong selectivity: all images that excite, not the top ones
def selectivity(h, labels, top):
    shares = []
    for unit in h.T:
        exciting = unit > 0
        _, counts = np.unique(labels[exciting], return_counts=True)
        shares.append(counts.max() / exciting.sum() if exciting.any() else 0)
    return np.array(shares)


# %% wrong selectivity: the share of the most exciting image's label
def selectivity(h, labels, top):
    shares = []
    for unit in h.T:
        exciting = [i for i in np.argsort(-unit)[:top] if unit[i] > 0]
        named = labels[exciting]
        shares.append(np.mean(named == named[0]) if exciting else 0)
    return np.array(shares)


# %% wrong selectivity: the number of labels in place of the share
def selectivity(h, labels, top):
    counts = []
    for unit in h.T:
        exciting = [i for i in np.argsort(-unit)[:top] if unit[i] > 0]
        found = np.unique(labels[exciting], return_counts=True)[1]
        counts.append(found.max() if exciting else 0)
    return np.array(counts)


# %% wrong selectivity: images and units exchanged
def selectivity(h, labels, top):
    exciting = labels[np.argsort(-h, axis=1)[:, :top]]
    return np.max([(exciting == name).mean(axis=1) for name in np.unique(labels)], axis=0)


# %% wrong selectivity: labels are taken to be 0 to 9
def selectivity(h, labels, top):
    order = np.argsort(-h, axis=0)[:top]
    awake = np.take_along_axis(h, order, axis=0) > 0
    hits = [((labels[order] == name) & awake).sum(axis=0) for name in range(10)]
    return np.max(hits, axis=0) / np.maximum(1, awake.sum(axis=0))


# %% right selectivity: all units at once
def selectivity(h, labels, top):
    order = np.argsort(-h, axis=0)[:top]
    awake = np.take_along_axis(h, order, axis=0) > 0
    hits = [((labels[order] == name) & awake).sum(axis=0) for name in set(labels)]
    return np.max(hits, axis=0) / np.maximum(1, awake.sum(axis=0))


# %% right selectivity: a list, counted by a dictionary
def selectivity(h, labels, top):
    found = []
    for j in range(h.shape[1]):
        pairs = sorted(zip(h[:, j], labels, strict=True), reverse=True)[:top]
        counts = {}
        for value, name in pairs:
            if value > 0:
                counts[name] = counts.get(name, 0) + 1
        found.append(max(counts.values()) / sum(counts.values()) if counts else 0.0)
    return found


# %% wrong leads: divided by the number of draws
def leads(scores, rival):
    lead = scores - scores[rival]
    return lead.mean(axis=2), lead.std(axis=2)


# %% wrong leads: the deviation of the scores
def leads(scores, rival):
    lead = scores - scores[rival]
    return lead.mean(axis=2), scores.std(axis=2, ddof=1)


# %% wrong leads: the difference of the deviations
def leads(scores, rival):
    lead = scores - scores[rival]
    deviation = scores.std(axis=2, ddof=1)
    return lead.mean(axis=2), deviation - deviation[rival]


# %% wrong leads: variances added, as if the draws were different ones
def leads(scores, rival):
    lead = scores - scores[rival]
    variance = scores.var(axis=2, ddof=1)
    return lead.mean(axis=2), np.sqrt(variance + variance[rival])


# %% wrong leads: the variance
def leads(scores, rival):
    lead = scores - scores[rival]
    return lead.mean(axis=2), lead.var(axis=2, ddof=1)


# %% wrong leads: the error of the mean
def leads(scores, rival):
    lead = scores - scores[rival]
    n = scores.shape[2]
    return lead.mean(axis=2), lead.std(axis=2, ddof=1) / np.sqrt(n)


# %% wrong leads: the rival's lead
def leads(scores, rival):
    lead = scores[rival] - scores
    return lead.mean(axis=2), lead.std(axis=2, ddof=1)


# %% wrong leads: over the first row, always
def leads(scores, rival):
    lead = scores - scores[0]
    return lead.mean(axis=2), lead.std(axis=2, ddof=1)


# %% wrong leads: the rival's mean is taken off
def leads(scores, rival):
    lead = scores - scores[rival].mean(axis=-1, keepdims=True)
    return lead.mean(axis=2), lead.std(axis=2, ddof=1)


# %% wrong leads: over the label counts
def leads(scores, rival):
    lead = scores - scores[rival]
    return lead.mean(axis=1), lead.std(axis=1)


# %% right leads: row by row
def leads(scores, rival):
    mean, deviation = np.zeros(scores.shape[:2]), np.zeros(scores.shape[:2])
    for i, row in enumerate(scores):
        for j, draws in enumerate(row):
            lead = [a - b for a, b in zip(draws, scores[rival, j], strict=True)]
            mean[i, j], deviation[i, j] = statistics.mean(lead), statistics.stdev(lead)
    return mean, deviation


# %% right leads: float32, through the squares
def leads(scores, rival):
    lead = scores.astype("float32") - scores[rival].astype("float32")
    mean = lead.mean(axis=-1)
    square = ((lead - mean[..., None]) ** 2).sum(axis=-1)
    return [mean, np.sqrt(square / (lead.shape[-1] - 1))]


# %% wrong classifier: the encoder itself, no copy
def classifier(encoder, classes, frozen):
    encoder.trainable = not frozen
    inputs = keras.Input(encoder.input_shape[1:])
    return keras.Model(inputs, keras.layers.Dense(classes, "softmax")(encoder(inputs)))


# %% wrong classifier: a copy that shares the layers
def classifier(encoder, classes, frozen):
    copy = keras.Model(encoder.input, encoder.output)
    copy.trainable = not frozen
    inputs = keras.Input(encoder.input_shape[1:])
    return keras.Model(inputs, keras.layers.Dense(classes, "softmax")(copy(inputs)))


# %% wrong classifier: the weights do not come along
def classifier(encoder, classes, frozen):
    copy = keras.models.clone_model(encoder)
    copy.trainable = not frozen
    inputs = keras.Input(encoder.input_shape[1:])
    return keras.Model(inputs, keras.layers.Dense(classes, "softmax")(copy(inputs)))


# %% wrong classifier: frozen and not frozen exchanged
def classifier(encoder, classes, frozen):
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    copy.trainable = frozen
    inputs = keras.Input(encoder.input_shape[1:])
    return keras.Model(inputs, keras.layers.Dense(classes, "softmax")(copy(inputs)))


# %% wrong classifier: never frozen
def classifier(encoder, classes, frozen):
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    inputs = keras.Input(encoder.input_shape[1:])
    return keras.Model(inputs, keras.layers.Dense(classes, "softmax")(copy(inputs)))


# %% wrong classifier: the head is frozen too
def classifier(encoder, classes, frozen):
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    inputs = keras.Input(encoder.input_shape[1:])
    model = keras.Model(inputs, keras.layers.Dense(classes, "softmax")(copy(inputs)))
    model.trainable = not frozen
    return model


# %% wrong classifier: no softmax
def classifier(encoder, classes, frozen):
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    copy.trainable = not frozen
    inputs = keras.Input(encoder.input_shape[1:])
    return keras.Model(inputs, keras.layers.Dense(classes)(copy(inputs)))


# %% wrong classifier: only the first layer is kept
def classifier(encoder, classes, frozen):
    W, b = encoder.get_weights()[:2]
    layer = keras.layers.Dense(W.shape[1], "relu", trainable=not frozen)
    inputs = keras.Input((W.shape[0],))
    model = keras.Model(inputs, keras.layers.Dense(classes, "softmax")(layer(inputs)))
    layer.set_weights([W, b])
    return model


# %% wrong classifier: a head without biases
def classifier(encoder, classes, frozen):
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    copy.trainable = not frozen
    head = keras.layers.Dense(classes, "softmax", use_bias=False)
    return keras.Sequential([copy, head])


# %% wrong classifier: the encoder that came in is frozen, and copied
def classifier(encoder, classes, frozen):
    encoder.trainable = not frozen
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    copy.trainable = not frozen
    return keras.Sequential([copy, keras.layers.Dense(classes, "softmax")])


# %% right classifier: a Sequential, the softmax apart
def classifier(encoder, classes, frozen):
    copy = keras.models.clone_model(encoder)
    for old, new in zip(encoder.layers, copy.layers, strict=True):
        new.set_weights(old.get_weights())
        new.trainable = not frozen
    return keras.Sequential([copy, keras.layers.Dense(classes), keras.layers.Softmax()])


# %% right classifier: from the settings, one model without a sub-model
def classifier(encoder, classes, frozen):
    copy = type(encoder).from_config(encoder.get_config())
    copy.set_weights([weight.copy() for weight in encoder.get_weights()])
    output = keras.layers.Dense(classes, activation="softmax")(copy.output)
    copy.trainable = not frozen
    return keras.Model(copy.input, output)


# %% wrong probe: codes are shifted in place
def probe_scores(codes, labels, new_codes, price):
    mean, s = codes.mean(axis=0), np.sqrt(codes.var(axis=0).sum()) or 1
    codes -= mean
    codes /= s
    T = np.eye(10)[labels]
    t = T.mean(axis=0)
    W = np.linalg.solve(
        codes.T @ codes + price * np.eye(codes.shape[1]), codes.T @ (T - t)
    )
    return (new_codes - mean) / s @ W + t


# %% wrong leads: the rival is subtracted in place
def leads(scores, rival):
    scores -= scores[rival].copy()
    return scores.mean(axis=-1), scores.std(axis=-1, ddof=1)


# %% wrong leads: the rival is always the first row
def leads(scores, rival):
    lead = scores - scores[0]
    return lead.mean(axis=-1), lead.std(axis=-1, ddof=1)


# %% wrong probe: the scale is never below 1
def probe_scores(codes, labels, new_codes, price):
    mean = codes.mean(axis=0)
    scale = max(np.sqrt(codes.var(axis=0).sum()), 1)
    Z, rows = (codes - mean) / scale, np.eye(10)[labels]
    t = rows.mean(axis=0)
    W = np.linalg.solve(Z.T @ Z + price * np.eye(Z.shape[1]), Z.T @ (rows - t))
    return (new_codes - mean) / scale @ W + t

# %% wrong classifier: encoders of two dense layers only
def classifier(encoder, classes, frozen):
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    first, second = copy.layers[-2:]
    first.trainable = second.trainable = not frozen
    inputs = keras.Input(encoder.input_shape[1:])
    h = second(first(inputs))
    return keras.Model(inputs, keras.layers.Dense(classes, "softmax")(h))
