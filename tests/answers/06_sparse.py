# %% wrong awake: the largest in size
keep_2 = [0, -3, 2, 0, 0, 0]
keep_5 = [0.5, -3, 2, 1, 0, 1.5]
threshold_1 = [0, 0, 2, 0, 0, 1.5]
bias_1 = [0, 0, 1, 0, 0, 0.5]

# %% wrong awake: winners have to be positive
keep_2 = [0, 0, 2, 0, 0, 1.5]
keep_5 = [0.5, 0, 2, 1, 0, 1.5]
threshold_1 = [0, 0, 2, 0, 0, 1.5]
bias_1 = [0, 0, 1, 0, 0, 0.5]

# %% wrong awake: 1 is taken to be above the threshold 1
keep_2 = [0, 0, 2, 0, 0, 1.5]
keep_5 = [0.5, 0, 2, 1, -0.2, 1.5]
threshold_1 = [0, 0, 2, 1, 0, 1.5]
bias_1 = [0, 0, 1, 0, 0, 0.5]

# %% wrong awake: the threshold is taken off, as a bias would
keep_2 = [0, 0, 2, 0, 0, 1.5]
keep_5 = [0.5, 0, 2, 1, -0.2, 1.5]
threshold_1 = [0, 0, 1, 0, 0, 0.5]
bias_1 = [0, 0, 1, 0, 0, 0.5]

# %% wrong awake: the bias is taken off and nothing put to sleep
keep_2 = [0, 0, 2, 0, 0, 1.5]
keep_5 = [0.5, 0, 2, 1, -0.2, 1.5]
threshold_1 = [0, 0, 2, 0, 0, 1.5]
bias_1 = [-0.5, -4, 1, 0, -1.2, 0.5]

# %% wrong awake: the two winners alone, without the zeros
keep_2 = [2, 1.5]
keep_5 = [0.5, 2, 1, -0.2, 1.5]
threshold_1 = [2, 1.5]
bias_1 = [1, 0.5]

# %% right awake: arrays, worked out with NumPy
keep_2 = np.array([0, 0, 2, 0, 0, 1.5], dtype="float32")
keep_5 = np.array([0.5, 0, 2, 1, -0.2, 1.5], dtype="float32")
threshold_1 = keep_2
bias_1 = np.maximum(0, keep_2 - 1)

# %% wrong charge: L1 summed over the batch
l1_by_hand = 2.4
kl_by_hand = [0.37, 0]

# %% wrong charge: L1 averaged over the units too
l1_by_hand = 0.3
kl_by_hand = [0.37, 0]

# %% wrong charge: L1 averaged over the units, summed over the images
l1_by_hand = 1.2
kl_by_hand = [0.37, 0]

# %% wrong charge: target and mean exchanged
l1_by_hand = 0.6
kl_by_hand = [0.51, 0]

# %% wrong charge: the first term of KL alone
l1_by_hand = 0.6
kl_by_hand = [-0.16, 0]

# %% wrong charge: the sum over the units, where each was asked for
l1_by_hand = 0.6
kl_by_hand = 0.37

# %% wrong charge: bits
l1_by_hand = 0.6
kl_by_hand = [0.53, 0]

# %% right charge: with more digits than asked for
l1_by_hand = 1.5 / 4 + 0.9 / 4
kl_by_hand = (0.1 * -1.61 + 0.9 * 0.59, 0.0)


# %% wrong largest: all that equal the k-th largest value
def keep_largest(a, k):
    if k == 0:
        return np.zeros_like(a)
    smallest = np.sort(a, axis=-1)[..., -k, None]
    return np.where(a >= smallest, a, 0)


# %% wrong largest: only what is above the (k+1)-th largest value
def keep_largest(a, k):
    if k == a.shape[-1]:
        return a.copy()
    next_one = np.sort(a, axis=-1)[..., -k - 1, None]
    return np.where(a > next_one, a, 0)


# %% wrong largest: the largest in size
def keep_largest(a, k):
    order = np.argsort(np.argsort(-abs(a), axis=-1), axis=-1)
    return np.where(order < k, a, 0)


# %% wrong largest: the smallest
def keep_largest(a, k):
    order = np.argsort(np.argsort(a, axis=-1), axis=-1)
    return np.where(order < k, a, 0)


# %% wrong largest: winners have to be positive
def keep_largest(a, k):
    order = np.argsort(np.argsort(-a, axis=-1), axis=-1)
    return np.where(order < k, np.maximum(a, 0), 0)


# %% wrong largest: written into the input
def keep_largest(a, k):
    losers = np.argsort(a, axis=-1)[..., : a.shape[-1] - k]
    np.put_along_axis(a, losers, 0, axis=-1)
    return a


# %% wrong largest: two axes only
def keep_largest(a, k):
    winners = np.argsort(a, axis=1)[:, -k:]
    kept = np.zeros_like(a)
    np.put_along_axis(kept, winners, 1, axis=1)
    return a * kept


# %% wrong largest: the last axis, but k = 0 keeps all
def keep_largest(a, k):
    winners = np.argsort(a, axis=-1)[..., -k:]
    kept = np.zeros_like(a)
    np.put_along_axis(kept, winners, 1, axis=-1)
    return a * kept


# %% wrong largest: the winners of the whole array
def keep_largest(a, k):
    order = np.argsort(np.argsort(-a.ravel())).reshape(a.shape)
    return np.where(order < k, a, 0)


# %% wrong largest: down the images, not along the units
def keep_largest(a, k):
    order = np.argsort(np.argsort(-a, axis=0), axis=0)
    return np.where(order < k, a, 0)


# %% wrong largest: where the winners are, not what they are
def keep_largest(a, k):
    order = np.argsort(np.argsort(-a, axis=-1), axis=-1)
    return (order < k).astype(float)


# %% right largest: places by two sorts
def keep_largest(a, k):
    order = np.argsort(np.argsort(-a, axis=-1), axis=-1)
    return np.where(order < k, a, 0)


# %% right largest: the losers of a copy, by partition
def keep_largest(a, k):
    kept = a.copy()
    if k < a.shape[-1]:
        places = np.argpartition(a, a.shape[-1] - k - 1, axis=-1)
        np.put_along_axis(kept, places[..., : a.shape[-1] - k], 0, axis=-1)
    return kept


# %% right largest: row by row, in float32
def keep_largest(a, k):
    rows = np.asarray(a, dtype="float32").reshape(-1, a.shape[-1])
    kept = np.zeros_like(rows)
    for row, new in zip(rows, kept):
        left = list(range(len(row)))
        for _ in range(k):
            best = max(left, key=lambda j: row[j])
            new[best] = row[best]
            left.remove(best)
    return kept.reshape(a.shape)


# %% right largest: Keras' top_k
def keep_largest(a, k):
    if k == 0:
        return np.zeros_like(a)
    _, places = keras.ops.top_k(a, k)
    kept = keras.ops.sum(keras.ops.one_hot(places, a.shape[-1]), axis=-2)
    return np.asarray(kept) * a


# %% wrong layer: nothing joins the loss
class L1(Penalty):
    def call(self, h):
        penalty = keras.ops.mean(keras.ops.sum(keras.ops.abs(h), axis=1))
        return h


# %% wrong layer: the penalty is handed on in place of the code
class L1(Penalty):
    def call(self, h):
        penalty = keras.ops.mean(keras.ops.sum(keras.ops.abs(h), axis=1))
        self.add_loss(self.weight * penalty)
        return penalty


# %% wrong layer: the code is handed on without its signs
class L1(Penalty):
    def call(self, h):
        h = keras.ops.abs(h)
        self.add_loss(self.weight * keras.ops.mean(keras.ops.sum(h, axis=1)))
        return h


# %% wrong layer: the sum over the batch
class L1(Penalty):
    def call(self, h):
        self.add_loss(self.weight * keras.ops.sum(keras.ops.abs(h)))
        return h


# %% wrong layer: the mean over units too
class L1(Penalty):
    def call(self, h):
        self.add_loss(self.weight * keras.ops.mean(keras.ops.abs(h)))
        return h


# %% wrong layer: sum over images, mean over units
class L1(Penalty):
    def call(self, h):
        penalty = keras.ops.mean(keras.ops.sum(keras.ops.abs(h), axis=0))
        self.add_loss(self.weight * penalty)
        return h


# %% wrong layer: no sizes
class L1(Penalty):
    def call(self, h):
        self.add_loss(self.weight * keras.ops.mean(keras.ops.sum(h, axis=1)))
        return h


# %% wrong layer: the size of the sum, not the sum of the sizes
class L1(Penalty):
    def call(self, h):
        sizes = keras.ops.abs(keras.ops.sum(h, axis=1))
        self.add_loss(self.weight * keras.ops.mean(sizes))
        return h


# %% wrong layer: squares
class L1(Penalty):
    def call(self, h):
        penalty = keras.ops.mean(keras.ops.sum(keras.ops.square(h), axis=1))
        self.add_loss(self.weight * penalty)
        return h


# %% wrong layer: the weight is forgotten
class L1(Penalty):
    def call(self, h):
        self.add_loss(keras.ops.mean(keras.ops.sum(keras.ops.abs(h), axis=1)))
        return h


# %% wrong layer: one number for each image
class L1(Penalty):
    def call(self, h):
        self.add_loss(self.weight * keras.ops.sum(keras.ops.abs(h), axis=1))
        return h


# %% wrong layer: the code is not handed on
class L1(Penalty):
    def call(self, h):
        penalty = keras.ops.mean(keras.ops.sum(keras.ops.abs(h), axis=1))
        self.add_loss(self.weight * penalty)


# %% wrong layer: the batch size of the first check
class L1(Penalty):
    def call(self, h):
        self.add_loss(self.weight * keras.ops.sum(keras.ops.abs(h)) / 2)
        return h


# %% right layer: the sum divided by the number of images
class L1(Penalty):
    def call(self, h):
        sizes = keras.ops.maximum(h, -h)
        self.add_loss(self.weight * keras.ops.sum(sizes) / keras.ops.shape(h)[0])
        return h


# %% right layer: the norm of each image
class L1(Penalty):
    def call(self, h):
        each = keras.ops.norm(h, ord=1, axis=-1)
        self.add_loss(keras.ops.mean(self.weight * each))
        return h


# %% wrong rate: KL for each activation, averaged over the batch
def kl_to_rate(H, rate):
    H = np.clip(H, 1e-7, 1 - 1e-7)
    on = rate * np.log(rate / H)
    off = (1 - rate) * np.log((1 - rate) / (1 - H))
    return np.sum(on + off, axis=1).mean()


# %% wrong rate: a mean for each image
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(axis=1), 1e-7)
    on = np.mean(rate) * np.log(np.mean(rate) / m)
    off = (1 - np.mean(rate)) * np.log((1 - np.mean(rate)) / (1 - m))
    return np.sum(on + off)


# %% wrong rate: one mean for all
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(), 1e-7)
    on = rate * np.log(rate / m)
    off = (1 - rate) * np.log((1 - rate) / (1 - m))
    return np.sum(on + off) * (H.shape[1] if np.ndim(rate) == 0 else 1)


# %% wrong rate: the mean over the units
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(axis=0), 1e-7)
    on = rate * np.log(rate / m)
    off = (1 - rate) * np.log((1 - rate) / (1 - m))
    return np.mean(on + off)


# %% wrong rate: one number for each unit
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(axis=0), 1e-7)
    return rate * np.log(rate / m) + (1 - rate) * np.log((1 - rate) / (1 - m))


# %% wrong rate: target and mean exchanged
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(axis=0), 1e-7)
    return np.sum(m * np.log(m / rate) + (1 - m) * np.log((1 - m) / (1 - rate)))


# %% wrong rate: the first term alone
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(axis=0), 1e-7)
    return np.sum(rate * np.log(rate / m))


# %% wrong rate: the cross-entropy, without the entropy of the target
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(axis=0), 1e-7)
    return -np.sum(rate * np.log(m) + (1 - rate) * np.log(1 - m))


# %% wrong rate: bits
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(axis=0), 1e-7)
    on = rate * np.log2(rate / m)
    return np.sum(on + (1 - rate) * np.log2((1 - rate) / (1 - m)))


# %% wrong rate: no care for a unit that sleeps
def kl_to_rate(H, rate):
    m = H.mean(axis=0)
    with np.errstate(all="ignore"):
        on = rate * np.log(rate / m)
        return np.sum(on + (1 - rate) * np.log((1 - rate) / (1 - m)))


# %% wrong rate: a unit that sleeps is left out
def kl_to_rate(H, rate):
    m = H.mean(axis=0)
    rate = np.broadcast_to(rate, m.shape)[m > 0]
    m = m[m > 0]
    return np.sum(rate * np.log(rate / m) + (1 - rate) * np.log((1 - rate) / (1 - m)))


# %% wrong rate: the activations are raised, not the mean, and by adding
def kl_to_rate(H, rate):
    m = H.mean(axis=0) + 1e-3
    on = rate * np.log(rate / m)
    return np.sum(on + (1 - rate) * np.log((1 - rate) / (1 - m)))


# %% wrong rate: the lesson's penalty layer, which takes one target
def kl_to_rate(H, rate):
    return layers.KLRatePenalty(1.0, rate=float(np.mean(rate))).penalty(H)


# %% wrong rate: an average over the batch of a sum that is divided once more
def kl_to_rate(H, rate):
    m = np.maximum(H.mean(axis=0), 1e-7)
    on = rate * np.log(rate / m)
    off = (1 - rate) * np.log((1 - rate) / (1 - m))
    return np.sum(on + off) / len(H)


# %% right rate: unit by unit
def kl_to_rate(H, rate):
    total = 0.0
    for unit, r in zip(H.T, np.broadcast_to(rate, H.shape[1])):
        m = max(float(unit.mean()), 1e-7)
        total += r * (np.log(r) - np.log(m))
        total += (1 - r) * (np.log(1 - r) - np.log(1 - m))
    return total


# %% right rate: keras.ops in float32
def kl_to_rate(H, rate):
    H, rate = keras.ops.cast(H, "float32"), keras.ops.cast(rate, "float32")
    m = keras.ops.clip(keras.ops.mean(H, axis=0), 1e-7, 1 - 1e-7)
    on = rate * keras.ops.log(rate / m)
    return keras.ops.sum(on + (1 - rate) * keras.ops.log((1 - rate) / (1 - m)))


# %% wrong count: signs
def count(codes, threshold=0.0):
    awake = codes > threshold
    return awake.mean(), np.mean(codes == 0), np.sum(~awake.any(axis=0))


# %% wrong count: the zeros are the rest of the awake
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return awake.mean(), 1 - awake.mean(), np.sum(~awake.any(axis=0))


# %% wrong count: images on which nothing is awake
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return awake.mean(), np.mean(codes == 0), np.sum(~awake.any(axis=1))


# %% wrong count: dead is exactly zero on every image
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return awake.mean(), np.mean(codes == 0), np.sum(~codes.any(axis=0))


# %% wrong count: dead by the mean activation
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    dead = np.sum(abs(codes.mean(axis=0)) <= threshold)
    return awake.mean(), np.mean(codes == 0), dead


# %% wrong count: dead by the mean size
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    dead = np.sum(abs(codes).mean(axis=0) <= threshold)
    return awake.mean(), np.mean(codes == 0), dead


# %% wrong count: dead is the same on every image
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return awake.mean(), np.mean(codes == 0), np.sum(metrics.dead_units(codes))


# %% wrong count: units that sleep on some image
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return awake.mean(), np.mean(codes == 0), np.sum(~awake.all(axis=0))


# %% wrong count: numbers, not shares
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return awake.sum(), np.sum(codes == 0), np.sum(~awake.any(axis=0))


# %% wrong count: a share of dead units
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return awake.mean(), np.mean(codes == 0), np.mean(~awake.any(axis=0))


# %% wrong count: how many a unit, not over all
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return awake.sum(axis=1).mean(), np.mean(codes == 0), np.sum(~awake.any(axis=0))


# %% wrong count: the threshold is ignored
def count(codes, threshold=0.0):
    awake = codes != 0
    return awake.mean(), np.mean(codes == 0), np.sum(~awake.any(axis=0))


# %% wrong count: at the threshold or above it
def count(codes, threshold=0.0):
    awake = abs(codes) >= threshold
    return awake.mean(), np.mean(codes == 0), np.sum(~awake.any(axis=0))


# %% wrong count: mean activation for the active fraction
def count(codes, threshold=0.0):
    awake = abs(codes) > threshold
    return abs(codes).mean(), np.mean(codes == 0), np.sum(~awake.any(axis=0))


# %% right count: loops
def count(codes, threshold=0.0):
    awake = zeros = 0
    alive = set()
    for image in codes:
        for j, h in enumerate(image):
            zeros += h == 0
            if h > threshold or h < -threshold:
                awake += 1
                alive.add(j)
    return [awake / codes.size, zeros / codes.size, codes.shape[1] - len(alive)]


# %% right count: Keras, float32
def count(codes, threshold=0.0):
    size = keras.ops.abs(keras.ops.cast(codes, "float32"))
    fraction = keras.ops.mean(keras.ops.cast(size > threshold, "float32"))
    zeros = keras.ops.mean(keras.ops.cast(size == 0, "float32"))
    dead = keras.ops.sum(keras.ops.cast(keras.ops.max(size, axis=0) <= threshold, "int32"))
    return float(fraction), float(zeros), int(dead)


# %% wrong largest: -0: slices break for k = 0
def keep_largest(a, k):
    result = np.zeros_like(a)
    places = np.argsort(a, axis=-1)[..., -k:]
    np.put_along_axis(result, places, np.take_along_axis(a, places, -1), -1)
    return result


# %% right largest: ranks
def keep_largest(a, k):
    rank = (-np.asarray(a)).argsort(axis=-1, kind="stable").argsort(axis=-1)
    return np.where(rank < k, a, 0)


# %% wrong count: nearly zero counts as zero
def count(codes, threshold=0.0):
    awake = np.abs(codes) > threshold
    return awake.mean(), np.isclose(codes, 0).mean(), (awake.sum(axis=0) == 0).sum()


# %% wrong count: awake at the threshold itself
def count(codes, threshold=0.0):
    awake = (np.abs(codes) >= threshold) & (codes != 0)
    return awake.mean(), (codes == 0).mean(), int((~awake.any(axis=0)).sum())


# %% wrong rate: only a mean of 0 is raised
def kl_to_rate(H, rate):
    m = np.mean(H, axis=0)
    m = np.where(m == 0, 1e-7, m)
    return np.sum(rate * np.log(rate / m) + (1 - rate) * np.log((1 - rate) / (1 - m)))
