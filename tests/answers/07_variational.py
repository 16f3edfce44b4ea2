# %% wrong prices: the longer code as a mean
prices = [4.5, 0.81, 2.65]

# %% wrong prices: the half is forgotten
prices = [9, 1.61, 10.61]

# %% wrong prices: the deviation taken for the variance
prices = [4.5, 0.15, 4.65]

# %% wrong prices: the logarithm of the deviation
prices = [4.5, 1.15, 5.65]

# %% wrong prices: the mean not squared
prices = [1.5, 0.81, 2.31]

# %% wrong prices: the width costs nothing
prices = [4.5, 0, 4.5]

# %% wrong prices: one number in place of three
prices = 5.31

# %% right prices: computed
prices = np.array([9, 3 - np.log(4), 12 - np.log(4)]) / 2


# %% wrong draw: the variance in place of the deviation
def draw(mean, log_variance, epsilon):
    return mean + ops.exp(log_variance) * epsilon


# %% wrong draw: the log-variance as it is
def draw(mean, log_variance, epsilon):
    return mean + log_variance * epsilon


# %% wrong draw: half of the variance
def draw(mean, log_variance, epsilon):
    return mean + ops.exp(log_variance) / 2 * epsilon


# %% wrong draw: through NumPy, which the gradient does not pass
def draw(mean, log_variance, epsilon):
    return np.asarray(mean) + np.exp(np.asarray(log_variance) / 2) * np.asarray(epsilon)


# %% wrong draw: only the deviation through NumPy
def draw(mean, log_variance, epsilon):
    return mean + np.exp(np.asarray(log_variance) / 2) * epsilon


# %% wrong draw: only the mean through NumPy
def draw(mean, log_variance, epsilon):
    return np.asarray(mean) + ops.exp(log_variance / 2) * epsilon


# %% wrong draw: the deviation is held fixed
def draw(mean, log_variance, epsilon):
    return mean + ops.stop_gradient(ops.exp(log_variance / 2)) * epsilon


# %% wrong draw: noise of its own
def draw(mean, log_variance, epsilon):
    return mean + ops.exp(log_variance / 2) * np.random.normal(size=epsilon.shape)


# %% wrong draw: averaged over the draws
def draw(mean, log_variance, epsilon):
    return ops.mean(mean + ops.exp(log_variance / 2) * epsilon, axis=0)


# %% wrong draw: the first draw only
def draw(mean, log_variance, epsilon):
    return mean + ops.exp(log_variance / 2) * epsilon[:1]


# %% wrong draw: the mean is scaled, too
def draw(mean, log_variance, epsilon):
    return ops.exp(log_variance / 2) * (mean + epsilon)


# %% right draw: the root of the variance, draw by draw
def draw(mean, log_variance, epsilon):
    deviation = ops.sqrt(ops.exp(log_variance))
    return ops.stack([mean + deviation * e for e in epsilon])


# %% right draw: TensorFlow
def draw(mean, log_variance, epsilon):
    return tf.add(mean, tf.exp(0.5 * log_variance) * epsilon)


# %% wrong kl: averaged over the code
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(log_variance)) / s**2
    return 0.5 * (squares - 1 - log_variance + 2 * np.log(s)).mean(axis=-1)


# %% wrong kl: summed over the wrong axis
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(log_variance)) / s**2
    return 0.5 * (squares - 1 - log_variance + 2 * np.log(s)).sum(axis=0)


# %% wrong kl: a single number for all images
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(log_variance)) / s**2
    return 0.5 * (squares - 1 - log_variance + 2 * np.log(s)).sum(axis=-1).mean()


# %% wrong kl: a log-deviation
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(2 * log_variance)) / s**2
    return 0.5 * (squares - 1 - 2 * log_variance + 2 * np.log(s)).sum(axis=-1)


# %% wrong kl: the half is forgotten
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(log_variance)) / s**2
    return (squares - 1 - log_variance + 2 * np.log(s)).sum(axis=-1)


# %% wrong kl: the sign
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(log_variance)) / s**2
    return -0.5 * (squares - 1 - log_variance + 2 * np.log(s)).sum(axis=-1)


# %% wrong kl: always the lesson's prior
def kl(mean, log_variance, s=1.0):
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=-1)


# %% wrong kl: log s² is missing
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(log_variance)) / s**2
    return 0.5 * (squares - 1 - log_variance).sum(axis=-1)


# %% wrong kl: log s² is added once, not for each number
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(log_variance)) / s**2
    return 0.5 * (squares - 1 - log_variance).sum(axis=-1) + np.log(s)


# %% wrong kl: s is taken for a variance
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + np.exp(log_variance)) / s
    return 0.5 * (squares - 1 - log_variance + np.log(s)).sum(axis=-1)


# %% wrong kl: only the mean is divided by the prior's width
def kl(mean, log_variance, s=1.0):
    squares = (mean / s) ** 2 + np.exp(log_variance)
    return 0.5 * (squares - 1 - log_variance + 2 * np.log(s)).sum(axis=-1)


# %% wrong kl: the two distributions exchanged
def kl(mean, log_variance, s=1.0):
    squares = (mean**2 + s**2) / np.exp(np.maximum(log_variance, -500))
    return 0.5 * (squares - 1 + log_variance - 2 * np.log(s)).sum(axis=-1)


# %% wrong kl: the logarithm of the variance anew
def kl(mean, log_variance, s=1.0):
    variance = np.exp(log_variance)
    with np.errstate(all="ignore"):
        terms = (mean**2 + variance) / s**2 - 1 - np.log(variance / s**2)
    return 0.5 * terms.sum(axis=-1)


# %% wrong kl: the logarithm of the variance anew, kept from zero
def kl(mean, log_variance, s=1.0):
    variance = np.exp(log_variance)
    terms = (mean**2 + variance) / s**2 - 1 - np.log(variance / s**2 + 1e-12)
    return 0.5 * terms.sum(axis=-1)


# %% right kl: scaled, then aelib's
def kl(mean, log_variance, s=1.0):
    return losses.gaussian_kl(mean / s, log_variance - np.log(s**2))


# %% right kl: float32, number by number
def kl(mean, log_variance, s=1.0):
    mean, log_variance = np.float32(mean), np.float32(log_variance)
    total = 0
    for j in range(mean.shape[-1]):
        m, v = mean[..., j], log_variance[..., j]
        total = total + ops.log(s) - v / 2 - 0.5 + (m**2 + ops.exp(v)) / (2 * s**2)
    return total


# %% wrong elbo: the mean over the pixels
def elbo(x, logits, mean, log_variance):
    log_p = (x * logits - np.logaddexp(0, logits)).mean(axis=-1)
    return log_p.mean(axis=0) - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: the sum over the draws
def elbo(x, logits, mean, log_variance):
    log_p = (x * logits - np.logaddexp(0, logits)).sum(axis=-1)
    return log_p.sum(axis=0) - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: the price is taken off for each draw
def elbo(x, logits, mean, log_variance):
    log_p = (x * logits - np.logaddexp(0, logits)).sum(axis=-1)
    price = len(logits) * np.asarray(losses.gaussian_kl(mean, log_variance))
    return log_p.mean(axis=0) - price


# %% wrong elbo: the price is added
def elbo(x, logits, mean, log_variance):
    log_p = (x * logits - np.logaddexp(0, logits)).sum(axis=-1)
    return log_p.mean(axis=0) + np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: the price is forgotten
def elbo(x, logits, mean, log_variance):
    return (x * logits - np.logaddexp(0, logits)).sum(axis=-1).mean(axis=0)


# %% wrong elbo: the loss
def elbo(x, logits, mean, log_variance):
    log_p = (x * logits - np.logaddexp(0, logits)).sum(axis=-1)
    return np.asarray(losses.gaussian_kl(mean, log_variance)) - log_p.mean(axis=0)


# %% wrong elbo: the mean over all images
def elbo(x, logits, mean, log_variance):
    log_p = (x * logits - np.logaddexp(0, logits)).sum(axis=-1)
    return np.mean(
        log_p.mean(axis=0) - np.asarray(losses.gaussian_kl(mean, log_variance))
    )


# %% wrong elbo: only the first draw
def elbo(x, logits, mean, log_variance):
    log_p = (x * logits[0] - np.logaddexp(0, logits[0])).sum(axis=-1)
    return log_p - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: the draws' average before the logarithm
def elbo(x, logits, mean, log_variance):
    log_p = (x * logits - np.logaddexp(0, logits)).sum(axis=-1)
    together = np.logaddexp.reduce(log_p, axis=0) - np.log(len(logits))
    return together - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: the logits averaged over the draws
def elbo(x, logits, mean, log_variance):
    a = logits.mean(axis=0)
    log_p = (x * a - np.logaddexp(0, a)).sum(axis=-1)
    return log_p - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: logits taken for probabilities
def elbo(x, logits, mean, log_variance):
    p = np.clip(logits, 1e-7, 1 - 1e-7)
    log_p = (x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=-1)
    return log_p.mean(axis=0) - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: only the white pixels
def elbo(x, logits, mean, log_variance):
    log_p = (x * (logits - np.logaddexp(0, logits))).sum(axis=-1)
    return log_p.mean(axis=0) - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: through clipped probabilities
def elbo(x, logits, mean, log_variance):
    with np.errstate(all="ignore"):
        p = np.clip(1 / (1 + np.exp(-logits)), 1e-7, 1 - 1e-7)
    log_p = (x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=-1)
    return log_p.mean(axis=0) - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% wrong elbo: no care for large logits
def elbo(x, logits, mean, log_variance):
    with np.errstate(all="ignore"):
        log_p = (x * logits - np.log(1 + np.exp(logits))).sum(axis=-1)
    return log_p.mean(axis=0) - np.asarray(losses.gaussian_kl(mean, log_variance))


# %% right elbo: draw by draw, with Keras' cross-entropy
def elbo(x, logits, mean, log_variance):
    import keras

    total = 0
    for a in logits:
        loss = keras.losses.binary_crossentropy(
            np.float32(x)[..., None], np.float32(a)[..., None], from_logits=True
        )
        total = total - ops.sum(loss, axis=-1)
    terms = mean**2 + np.exp(log_variance) - 1 - log_variance
    return np.asarray(total) / len(logits) - 0.5 * terms.sum(axis=1)


# %% right elbo: with signs
def elbo(x, logits, mean, log_variance):
    log_p = -np.logaddexp(0, (1 - 2 * x) * logits)
    price = np.asarray(losses.gaussian_kl(mean, log_variance))
    return np.mean(np.sum(log_p, axis=2) - price, axis=0)


# %% wrong draw: NumPy cuts the gradient
def draw(mean, log_variance, epsilon):
    return mean + np.exp(np.asarray(log_variance) / 2) * epsilon
