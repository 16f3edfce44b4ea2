# %% wrong step: the nearest point in place of the mean
repair = 4
stepped = 4 + (2 + np.log(3) - 4) / 2
score = (4 - (2 + np.log(3))) / 4

# %% wrong step: the weights exchanged
repair = 1
stepped = 1 + (2 + np.log(3) - 1) / 2
score = (1 - (2 + np.log(3))) / 4

# %% wrong step: the step goes all the way
repair = 3
stepped = 3
score = (3 - (2 + np.log(3))) / 4

# %% wrong step: the sign of the score
repair = 3
stepped = 3.0493
score = 0.0247

# %% wrong step: the arrow in place of the score
repair = 3
stepped = 3.0493
score = -0.0986

# %% wrong step: a weight in place of the mean
repair = 0.75
stepped = 3.0493
score = -0.0247

# %% wrong step: the noise is scaled twice
repair = 3
stepped = 3.0247
score = -0.0247

# %% right step: rounded
repair = 3.0
stepped = 3.05
score = -0.025

# %% wrong least: cross-entropy as if it asked for the likeliest
best = [0.55, 1, 0.5]
guided = [0.8, 1.1, 2.0]

# %% wrong least: the absolute error's answer is the mean as well
best = [0.55, 0.55, 0.55]
guided = [0.8, 1.1, 2.0]

# %% wrong least: the median everywhere
best = [0.5, 0.5, 0.5]
guided = [0.8, 1.1, 2.0]

# %% wrong least: guidance from the answer without the label
best = [0.55, 0.55, 0.5]
guided = [0.5, 0.8, 1.7]

# %% wrong least: guidance cut off at 1
best = [0.55, 0.55, 0.5]
guided = [0.8, 1.0, 1.0]

# %% wrong least: the likeliest for the absolute error
best = [0.55, 0.55, 1]
guided = [0.8, 1.1, 2.0]

# %% wrong least: guidance in place of the answer with the label
best = [0.55, 0.55, 0.5]
guided = [0.3, 0.6, 1.5]

# %% right least: computed
best = np.array([0.3 * 0.5 + 0.4, 0.15 + 0.4, 0.5])
guided = tuple(0.8 + w * (0.8 - 0.5) for w in (0, 1, 4))


# %% wrong exact: σ is not squared
def best_denoiser(x, sigma, c):
    e = -((x[:, None] - c) ** 2).sum(axis=2) / (2 * sigma[:, None])
    w = np.exp(e - e.max(axis=1, keepdims=True))
    return w @ c / w.sum(axis=1, keepdims=True)


# %% wrong exact: no 2 in the exponent
def best_denoiser(x, sigma, c):
    e = -((x[:, None] - c) ** 2).sum(axis=2) / sigma[:, None] ** 2
    w = np.exp(e - e.max(axis=1, keepdims=True))
    return w @ c / w.sum(axis=1, keepdims=True)


# %% wrong exact: the nearest clean point
def best_denoiser(x, sigma, c):
    return c[((x[:, None] - c) ** 2).sum(axis=2).argmin(axis=1)]


# %% wrong exact: one strength for all
def best_denoiser(x, sigma, c):
    e = -((x[:, None] - c) ** 2).sum(axis=2) / (2 * sigma[0] ** 2)
    w = np.exp(e - e.max(axis=1, keepdims=True))
    return w @ c / w.sum(axis=1, keepdims=True)


# %% wrong exact: no care for points far away
def best_denoiser(x, sigma, c):
    w = np.exp(-((x[:, None] - c) ** 2).sum(axis=2) / (2 * sigma[:, None] ** 2))
    with np.errstate(all="ignore"):
        return w @ c / w.sum(axis=1, keepdims=True)


# %% wrong exact: weights that add up to 1 over the noisy points
def best_denoiser(x, sigma, c):
    e = -((x[:, None] - c) ** 2).sum(axis=2) / (2 * sigma[:, None] ** 2)
    w = np.exp(e - e.max(axis=0, keepdims=True))
    return w / w.sum(axis=0, keepdims=True) @ c


# %% wrong exact: one largest exponent for all points
def best_denoiser(x, sigma, c):
    e = -((x[:, None] - c) ** 2).sum(axis=2) / (2 * sigma[:, None] ** 2)
    w = np.exp(e - e.max())
    with np.errstate(all="ignore"):
        return w @ c / w.sum(axis=1, keepdims=True)


# %% wrong exact: σ² multiplies
def best_denoiser(x, sigma, c):
    e = -((x[:, None] - c) ** 2).sum(axis=2) / 2 * sigma[:, None] ** 2
    w = np.exp(e - e.max(axis=1, keepdims=True))
    return w @ c / w.sum(axis=1, keepdims=True)


# %% wrong exact: distances, no squares
def best_denoiser(x, sigma, c):
    e = -np.linalg.norm(x[:, None] - c, axis=2) / (2 * sigma[:, None] ** 2)
    w = np.exp(e - e.max(axis=1, keepdims=True))
    return w @ c / w.sum(axis=1, keepdims=True)


# %% wrong exact: weights that do not add up to 1
def best_denoiser(x, sigma, c):
    e = -((x[:, None] - c) ** 2).sum(axis=2) / (2 * sigma[:, None] ** 2)
    return np.exp(e - e.max(axis=1, keepdims=True)) @ c


# %% wrong exact: a small number under the fraction line
def best_denoiser(x, sigma, c):
    w = np.exp(-((x[:, None] - c) ** 2).sum(axis=2) / (2 * sigma[:, None] ** 2))
    return w @ c / (w.sum(axis=1, keepdims=True) + 1e-12)


# %% right exact: by scipy's softmax, point by point
def best_denoiser(x, sigma, c):
    from scipy.special import softmax

    rows = []
    for one, s in zip(x, sigma):
        rows.append(softmax(-np.square(one - c).sum(axis=1) / 2 / s**2) @ c)
    return np.array(rows)


# %% wrong heun: the lesson's step
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        answer = repair(x, now)
        x = answer + (x - answer) * then / now
    return x


# %% wrong heun: the second slope at the old strength
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        slope = (x - repair(x, now)) / now
        ahead = x + (then - now) * slope
        if then > 0:
            slope = (slope + (ahead - repair(ahead, now)) / now) / 2
        x = x + (then - now) * slope
    return x


# %% wrong heun: the slope at the end alone
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        slope = (x - repair(x, now)) / now
        ahead = x + (then - now) * slope
        if then > 0:
            slope = (ahead - repair(ahead, then)) / then
        x = x + (then - now) * slope
    return x


# %% wrong heun: the second slope at the old place
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        slope = (x - repair(x, now)) / now
        if then > 0:
            slope = (slope + (x - repair(x, then)) / then) / 2
        x = x + (then - now) * slope
    return x


# %% wrong heun: the last step is missing
def draw(repair, x, sigmas):
    for now, then in zip(sigmas[:-1], sigmas[1:]):
        slope = (x - repair(x, now)) / now
        ahead = x + (then - now) * slope
        slope = (slope + (ahead - repair(ahead, then)) / then) / 2
        x = x + (then - now) * slope
    return x


# %% wrong heun: changed in place
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        slope = (x - repair(x, now)) / now
        ahead = x + (then - now) * slope
        if then > 0:
            slope = (slope + (ahead - repair(ahead, then)) / then) / 2
        x += (then - now) * slope
    return x


# %% wrong heun: the sum of the slopes
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        slope = (x - repair(x, now)) / now
        ahead = x + (then - now) * slope
        if then > 0:
            slope = slope + (ahead - repair(ahead, then)) / then
        x = x + (then - now) * slope
    return x


# %% wrong heun: goes on from the point ahead
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        slope = (x - repair(x, now)) / now
        ahead = x + (then - now) * slope
        x = ahead
        if then > 0:
            slope = (slope + (ahead - repair(ahead, then)) / then) / 2
            x = ahead + (then - now) * slope
    return x


# %% wrong heun: up, not down
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        slope = (x - repair(x, now)) / now
        ahead = x + (now - then) * slope
        if then > 0:
            slope = (slope + (ahead - repair(ahead, then)) / then) / 2
        x = x + (now - then) * slope
    return x


# %% wrong heun: no return
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        x = x + (then - now) * (x - repair(x, now)) / now


# %% right heun: by repairs in place of slopes
def draw(repair, x, sigmas):
    for i in range(len(sigmas) - 1):
        first = repair(x, sigmas[i])
        ratio = sigmas[i + 1] / sigmas[i]
        ahead = first + ratio * (x - first)
        second = repair(ahead, sigmas[i + 1])
        mean = ((x - first) / sigmas[i] + (ahead - second) / sigmas[i + 1]) / 2
        x = x - (sigmas[i] - sigmas[i + 1]) * mean
    return repair(x, sigmas[-1])


# %% wrong noise: even in σ
def add_noise(x, low, high, rng):
    sigma = rng.uniform(low, high, size=(len(x), 1))
    return x + sigma * rng.standard_normal(x.shape), sigma


# %% wrong noise: one strength for all images
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high)))
    return x + sigma * rng.standard_normal(x.shape), np.full((len(x), 1), sigma)


# %% wrong noise: a strength for each pixel
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=x.shape))
    return x + sigma * rng.standard_normal(x.shape), sigma


# %% wrong noise: one number for all pixels of an image
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=(len(x), 1)))
    return x + sigma * rng.standard_normal((len(x), 1)), sigma


# %% wrong noise: the same noise on all images
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=(len(x), 1)))
    return x + sigma * rng.standard_normal(x.shape[1]), sigma


# %% wrong noise: σ taken for the variance
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=(len(x), 1)))
    return x + np.sqrt(sigma) * rng.standard_normal(x.shape), sigma


# %% wrong noise: x is changed
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=(len(x), 1)))
    x += sigma * rng.standard_normal(x.shape)
    return x, sigma


# %% wrong noise: a generator of its own
def add_noise(x, low, high, rng):
    rng = np.random.default_rng()
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=(len(x), 1)))
    return x + sigma * rng.standard_normal(x.shape), sigma


# %% wrong noise: the same seed whatever the generator
def add_noise(x, low, high, rng):
    rng = np.random.default_rng(0)
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=(len(x), 1)))
    return x + sigma * rng.standard_normal(x.shape), sigma


# %% wrong noise: no return
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=(len(x), 1)))
    x + sigma * rng.standard_normal(x.shape)


# %% wrong noise: the images alone
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=(len(x), 1)))
    return x + sigma * rng.standard_normal(x.shape)


# %% wrong noise: strengths of shape (n,)
def add_noise(x, low, high, rng):
    sigma = np.exp(rng.uniform(np.log(low), np.log(high), size=len(x)))
    return x + sigma[:, None] * rng.standard_normal(x.shape), sigma


# %% wrong noise: the logarithm in place of the strength
def add_noise(x, low, high, rng):
    log_sigma = rng.uniform(np.log(low), np.log(high), size=(len(x), 1))
    return x + np.exp(log_sigma) * rng.standard_normal(x.shape), log_sigma


# %% right noise: powers of the ratio
def add_noise(x, low, high, rng):
    noise = rng.normal(size=x.shape)
    sigma = low * (high / low) ** rng.random((len(x), 1))
    return x + noise * sigma, sigma


# %% right exact: a loop and logsumexp
def best_denoiser(x, sigma, c):
    from scipy.special import logsumexp

    rows = []
    for point, s in zip(np.asarray(x, "float64"), np.asarray(sigma, "float64")):
        a = np.array([-np.dot(point - q, point - q) / 2 / s**2 for q in c])
        rows.append(np.exp(a - logsumexp(a)) @ c)
    return np.stack(rows)


# %% wrong heun: moves the caller's points
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        f = (x - repair(x, now)) / now
        if then == 0:
            x += (then - now) * f
        else:
            end = x + (then - now) * f
            x += (then - now) * (f + (end - repair(end, then)) / then) / 2
    return x


# %% wrong noise: 0.2 and 5 are wired in
def add_noise(x, low, high, rng):
    sigma = 0.2 * 25 ** rng.random((len(x), 1))
    return x + sigma * rng.standard_normal(x.shape), sigma


# %% wrong noise: uniform noise of the right deviation
def add_noise(x, low, high, rng):
    sigma = low * (high / low) ** rng.random((len(x), 1))
    return x + sigma * rng.uniform(-(3**0.5), 3**0.5, x.shape), sigma


# %% wrong exact: far away the nearest point is answered, though two may be as near
def best_denoiser(x, sigma, c):
    d = ((x[:, None] - c) ** 2).sum(axis=2)
    w = np.exp(-d / (2 * sigma[:, None] ** 2))
    lost = w.sum(axis=1) == 0
    w[lost] = np.eye(len(c))[d[lost].argmin(axis=1)]
    return w @ c / w.sum(axis=1, keepdims=True)


# %% wrong noise: a log-normal strength around the middle
def add_noise(x, low, high, rng):
    middle, half = np.log(low * high) / 2, np.log(high / low) / 2
    sigma = np.exp(middle + half / np.sqrt(3) * rng.standard_normal((len(x), 1)))
    sigma = np.clip(sigma, low, high)
    return x + sigma * rng.standard_normal(x.shape), sigma


# %% wrong noise: one of twenty strengths
def add_noise(x, low, high, rng):
    sigma = rng.choice(np.geomspace(low, high, 20), size=(len(x), 1))
    return x + sigma * rng.standard_normal(x.shape), sigma


# %% wrong noise: the strengths rise evenly from image to image
def add_noise(x, low, high, rng):
    sigma = np.geomspace(low, high, len(x))[:, None]
    return x + sigma * rng.standard_normal(x.shape), sigma


# %% wrong noise: evenly spaced strengths, shuffled
def add_noise(x, low, high, rng):
    sigma = rng.permutation(np.geomspace(low, high, len(x)))[:, None]
    return x + sigma * rng.standard_normal(x.shape), sigma

# %% wrong heun: repair gets an array of strengths in place of one number
def draw(repair, x, sigmas):
    for now, then in zip(sigmas, [*sigmas[1:], 0]):
        slope = (x - repair(x, np.full((len(x), 1), now))) / now
        ahead = x + (then - now) * slope
        if then > 0:
            there = repair(ahead, np.full((len(x), 1), then))
            slope = (slope + (ahead - there) / then) / 2
        x = x + (then - now) * slope
    return x
