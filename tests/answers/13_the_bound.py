# %% wrong equation: the evidence without the prior
equation = [-0.47, -1.39, 0.22, -1.27]

# %% wrong equation: the divergence the other way round
equation = [-1.16, -1.39, 0.19, -1.27]

# %% wrong equation: three cases of two draws, not four
equation = [-1.16, -1.39, 0.22, -1.31]

# %% wrong equation: two draws, the average of logarithms
equation = [-1.16, -1.39, 0.22, -1.39]

# %% wrong equation: the gap as a difference with the wrong sign
equation = [-1.16, -1.39, -0.22, -1.27]

# %% wrong equation: powers of two in place of nats
equation = [-1.68, -2, 0.32, -1.84]

# %% right equation: computed
truth = np.log(5 / 16)
equation = np.array([truth, -2 * np.log(2), np.log(5 / 4), truth / 2 - np.log(2)])

# %% wrong recipes: the inverse
betas = [5, 0.01, 0.05, 1]

# %% wrong recipes: two means cancel
betas = [0.2, 100, 1, 1]

# %% wrong recipes: the factor alone
betas = [0.2, 100, 20, 0.01]

# %% wrong recipes: only the second is inverted
betas = [0.2, 0.01, 20, 1]

# %% wrong recipes: 500 in the third, the product
betas = [0.2, 100, 500, 1]

# %% right recipes: an array
betas = np.array([0.2, 1e2, 1e2 / 5, 1e-2 * 1e2])

# %% wrong awake: the noise is forgotten
awake = [4, 0, 0, 0]

# %% wrong awake: the deviation in place of the variance
awake = [4, 1, 0, 0]

# %% wrong awake: those that sleep
awake = [0, 2, 3, 4]

# %% wrong awake: the noise is multiplied on the other side
awake = [3, 0, 0, 0]

# %% wrong awake: nothing ever sleeps
awake = [4, 4, 4, 4]

# %% right awake: counted
awake = [sum(v > b / 2 for v in (9, 5, 4, 2)) for b in (1, 9, 15, 20)]


# %% wrong weighted: the average of the logarithms
def weighted_bound(log_weights):
    return log_weights.mean(axis=0)


# %% wrong weighted: no 1/k
def weighted_bound(log_weights):
    return np.logaddexp.reduce(log_weights, axis=0)


# %% wrong weighted: log k is added
def weighted_bound(log_weights):
    return np.logaddexp.reduce(log_weights, axis=0) + np.log(len(log_weights))


# %% wrong weighted: over the images
def weighted_bound(log_weights):
    return np.logaddexp.reduce(log_weights, axis=1) - np.log(log_weights.shape[1])


# %% wrong weighted: divided by the number of images
def weighted_bound(log_weights):
    return np.logaddexp.reduce(log_weights, axis=0) - np.log(log_weights.shape[1])


# %% wrong weighted: the logarithm is divided by k
def weighted_bound(log_weights):
    return np.logaddexp.reduce(log_weights, axis=0) / len(log_weights)


# %% wrong weighted: no care for small weights
def weighted_bound(log_weights):
    with np.errstate(all="ignore"):
        return np.log(np.exp(log_weights).mean(axis=0))


# %% wrong weighted: the largest of all images
def weighted_bound(log_weights):
    top = log_weights.max()
    with np.errstate(all="ignore"):
        return top + np.log(np.exp(log_weights - top).mean(axis=0))


# %% wrong weighted: the largest is not put back
def weighted_bound(log_weights):
    return np.log(np.exp(log_weights - log_weights.max(axis=0)).mean(axis=0))


# %% wrong weighted: a small number against the infinite logarithm
def weighted_bound(log_weights):
    with np.errstate(all="ignore"):
        return np.log(np.exp(log_weights).mean(axis=0) + 1e-300)


# %% wrong weighted: the best draw alone
def weighted_bound(log_weights):
    return log_weights.max(axis=0)


# %% wrong weighted: the smallest logarithm is taken out
def weighted_bound(log_weights):
    low = log_weights.min(axis=0)
    with np.errstate(all="ignore"):
        return low + np.log(np.exp(log_weights - low).mean(axis=0))


# %% wrong weighted: one number for all images
def weighted_bound(log_weights):
    return (np.logaddexp.reduce(log_weights, axis=0) - np.log(len(log_weights))).mean()


# %% right weighted: Keras' logsumexp
import keras


def weighted_bound(log_weights):
    return keras.ops.logsumexp(np.float32(log_weights), axis=0) - np.log(len(log_weights))


# %% right weighted: draw by draw
def weighted_bound(log_weights):
    total = np.full(log_weights.shape[1], -np.inf)
    for row in log_weights:
        total = np.logaddexp(total, row)
    return total - np.log(len(log_weights))


# %% wrong truth: the prior is forgotten
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.logaddexp(0, logits).sum(axis=1)[:, None]
    return np.logaddexp.reduce(log_p, axis=0)


# %% wrong truth: an average of logarithms
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.logaddexp(0, logits).sum(axis=1)[:, None]
    return np.exp(log_prior) @ log_p


# %% wrong truth: the best code alone
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.logaddexp(0, logits).sum(axis=1)[:, None]
    return (log_p + log_prior[:, None]).max(axis=0)


# %% wrong truth: the prior is not a logarithm
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.logaddexp(0, logits).sum(axis=1)[:, None]
    return np.logaddexp.reduce(log_p + np.exp(log_prior)[:, None], axis=0)


# %% wrong truth: a mean over the pixels
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.logaddexp(0, logits).sum(axis=1)[:, None]
    return np.logaddexp.reduce(log_p / x.shape[1] + log_prior[:, None], axis=0)


# %% wrong truth: the sum runs over the images
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.logaddexp(0, logits).sum(axis=1)[:, None]
    return np.logaddexp.reduce(log_p + log_prior[:, None], axis=1)


# %% wrong truth: through probabilities
def log_evidence(x, logits, log_prior):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-logits))
        each = np.where(x[None] == 1, p[:, None], 1 - p[:, None]).prod(axis=2)
        return np.log(np.exp(log_prior) @ each)


# %% wrong truth: only the white pixels
def log_evidence(x, logits, log_prior):
    log_p = (logits - np.logaddexp(0, logits)) @ x.T
    return np.logaddexp.reduce(log_p + log_prior[:, None], axis=0)


# %% right truth: image by image, with signs
def log_evidence(x, logits, log_prior):
    rows = []
    for image in x:
        log_p = -np.logaddexp(0, (1 - 2 * image) * logits).sum(axis=1)
        joint = log_p + log_prior
        rows.append(joint.max() + np.log(np.exp(joint - joint.max()).sum()))
    return np.array(rows)


# %% wrong weighted: takes the largest off in place
def weighted_bound(log_weights):
    top = log_weights.max(axis=0)
    log_weights -= top
    return top + np.log(np.exp(log_weights).mean(axis=0))


# %% right weighted: a loop of logaddexp
def weighted_bound(log_weights):
    total = np.full(np.shape(log_weights)[1], -np.inf)
    for row in np.asarray(log_weights):
        total = np.logaddexp(total, row)
    return total - np.log(len(log_weights))


# %% wrong truth: adds the prior into the caller's array
def log_evidence(x, logits, log_prior):
    log_prior -= np.logaddexp(0, logits).sum(axis=1)
    return np.logaddexp.reduce(x @ logits.T + log_prior, axis=1)


# %% wrong truth: the prior is made to add up to one
def log_evidence(x, logits, log_prior):
    prior = log_prior - np.logaddexp.reduce(log_prior)
    log_p = x @ logits.T - np.logaddexp(0, logits).sum(axis=1)
    return np.logaddexp.reduce(log_p + prior, axis=1)


# %% wrong truth: a probability of the prior is computed, and is 0 far out
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.logaddexp(0, logits).sum(axis=1)[:, None]
    top = log_p.max(axis=0)
    return top + np.log((np.exp(log_p - top) * np.exp(log_prior)[:, None]).sum(axis=0))

# %% wrong truth: log(1 + e^a) overflows for large logits
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.log1p(np.exp(logits)).sum(axis=1)[:, None]
    return np.logaddexp.reduce(log_p + log_prior[:, None], axis=0)

# %% wrong truth: the exponentials are taken off a common largest one, so bad images become -inf
def log_evidence(x, logits, log_prior):
    log_p = logits @ x.T - np.logaddexp(0, logits).sum(axis=1)[:, None]
    joint = log_p + log_prior[:, None]
    return joint.max() + np.log(np.exp(joint - joint.max()).sum(axis=0))
