# %% wrong rank: the rule of n, not of n + 1
rank_threshold_chance = [8, 9, 1 / 9]
least = 100

# %% wrong rank: the scores are not sorted
rank_threshold_chance = [8, 6, 0.2]
least = 99

# %% wrong rank: the share above taken for the share below
rank_threshold_chance = [2, 2, 0.8]
least = 99

# %% wrong rank: enough for 5 %
rank_threshold_chance = [8, 9, 0.2]
least = 19

# %% wrong rank: ranks counted from 0
rank_threshold_chance = [8, 12, 0.1]
least = 99

# %% right rank: computed
rank_threshold_chance = np.array([8.0, 9.0, 2 / 10])
least = int(1 / 0.01) - 1

# %% wrong scores: the mean over the numbers
of_first_and_second = [2, 0.16, 0.125, 1]
order = [5 / 6, 5 / 6]

# %% wrong scores: roots
of_first_and_second = [2, 0.4, 0.5, 1]
order = [5 / 6, 5 / 6]

# %% wrong scores: squaring changes the order
of_first_and_second = [4, 0.16, 0.25, 1]
order = [5 / 6, 25 / 36]

# %% wrong scores: strange inputs above all normal ones
of_first_and_second = [4, 0.16, 0.25, 1]
order = [0.5, 0.5]

# %% wrong scores: divided by the root of the energy
of_first_and_second = [4, 0.8, 0.25, 0.5]
order = [5 / 6, 5 / 6]

# %% wrong scores: both errors before both relative errors
of_first_and_second = [4, 0.25, 0.16, 1]
order = [5 / 6, 5 / 6]

# %% wrong scores: pairs in which the normal one is larger
of_first_and_second = [4, 0.16, 0.25, 1]
order = [1 / 6, 1 / 6]

# %% right scores: computed
of_first_and_second = (4.0, 4 / 25, 0.25, 1.0)
order = np.array([0.8333, 0.8333])


# %% wrong auc: normal and strange exchanged
def auc(normal, strange):
    return np.mean(normal[:, None] > strange)


# %% wrong auc: ties are lost
def auc(normal, strange):
    return np.mean(normal[:, None] < strange)


# %% wrong auc: ties are won
def auc(normal, strange):
    return np.mean(normal[:, None] <= strange)


# %% wrong auc: pairs of the same number only
def auc(normal, strange):
    n = min(len(normal), len(strange))
    return np.mean(normal[:n] < strange[:n])


# %% wrong auc: the number of pairs
def auc(normal, strange):
    return np.sum(normal[:, None] < strange) + np.sum(normal[:, None] == strange) / 2


# %% right auc: a loop, and signs
def auc(normal, strange):
    total = 0.0
    for score in strange:
        total += np.sum(np.sign(score - normal) + 1) / 2
    return total / (len(normal) * len(strange))


# %% wrong threshold: n in place of n + 1
def threshold(scores, alpha):
    n = len(scores)
    k = int(np.ceil(n * (1 - alpha) - 1e-9))
    return np.sort(scores)[k - 1]


# %% wrong threshold: counts from 1
def threshold(scores, alpha):
    n = len(scores)
    k = int(np.ceil((n + 1) * (1 - alpha) - 1e-9))
    return np.sort(scores)[k] if k < n else np.inf


# %% wrong threshold: not sorted
def threshold(scores, alpha):
    n = len(scores)
    k = int(np.ceil((n + 1) * (1 - alpha) - 1e-9))
    return scores[k - 1] if k <= n else np.inf


# %% wrong threshold: the largest where there are too few
def threshold(scores, alpha):
    n = len(scores)
    k = min(int(np.ceil((n + 1) * (1 - alpha) - 1e-9)), n)
    return np.sort(scores)[k - 1]


# %% wrong threshold: sorts in place
def threshold(scores, alpha):
    n = len(scores)
    scores.sort()
    k = int(np.ceil((n + 1) * (1 - alpha) - 1e-9))
    return scores[k - 1] if k <= n else np.inf


# %% wrong threshold: no care for rounding
def threshold(scores, alpha):
    n = len(scores)
    k = int(np.ceil((n + 1) * (1 - alpha)))
    return np.sort(scores)[k - 1] if k <= n else np.inf


# %% wrong threshold: alpha taken for the share below
def threshold(scores, alpha):
    k = int(np.ceil((len(scores) + 1) * alpha - 1e-9))
    return np.sort(scores)[k - 1]


# %% wrong threshold: the rank in place of the score
def threshold(scores, alpha):
    k = int(np.ceil((len(scores) + 1) * (1 - alpha) - 1e-9))
    return k if k <= len(scores) else np.inf


# %% wrong threshold: rounded to the nearest rank
def threshold(scores, alpha):
    k = round((len(scores) + 1) * (1 - alpha))
    return np.sort(scores)[k - 1] if k <= len(scores) else np.inf


# %% wrong threshold: no return
def threshold(scores, alpha):
    n = len(scores)
    k = int(np.ceil((n + 1) * (1 - alpha) - 1e-9))
    np.sort(scores)[k - 1] if k <= n else np.inf


# %% right threshold: counts from above
def threshold(scores, alpha):
    above = int(np.floor((len(scores) + 1) * alpha + 1e-9))
    return sorted(scores.tolist(), reverse=True)[above - 1] if above else np.inf


# %% wrong near: each known row is its own neighbour
def near(known, new=None, count=5):
    rows = known if new is None else new
    distances = np.linalg.norm(rows[:, None] - known, axis=2)
    return np.sort(distances, axis=1)[:, :count].mean(axis=1)


# %% wrong near: leaves the nearest out for new rows, too
def near(known, new=None, count=5):
    rows = known if new is None else new
    distances = np.linalg.norm(rows[:, None] - known, axis=2)
    return np.sort(distances, axis=1)[:, 1 : count + 1].mean(axis=1)


# %% wrong near: leaves all zeros out
def near(known, new=None, count=5):
    rows = known if new is None else new
    distances = np.linalg.norm(rows[:, None] - known, axis=2)
    if new is None:
        distances[distances == 0] = np.inf
    return np.sort(distances, axis=1)[:, :count].mean(axis=1)


# %% wrong near: squared distances
def near(known, new=None, count=5):
    rows = known if new is None else new
    distances = ((rows[:, None] - known) ** 2).sum(axis=2)
    if new is None:
        np.fill_diagonal(distances, np.inf)
    return np.sort(distances, axis=1)[:, :count].mean(axis=1)


# %% wrong near: the farthest of the neighbours
def near(known, new=None, count=5):
    rows = known if new is None else new
    distances = np.linalg.norm(rows[:, None] - known, axis=2)
    if new is None:
        np.fill_diagonal(distances, np.inf)
    return np.sort(distances, axis=1)[:, count - 1]


# %% wrong near: nothing is done for known rows
def near(known, new=None, count=5):
    distances = np.linalg.norm(new[:, None] - known, axis=2)
    return np.sort(distances, axis=1)[:, :count].mean(axis=1)


# %% right near: sorts, and leaves the first of each row out
def near(known, new=None, count=5):
    rows = known if new is None else new
    found = []
    for row in rows:
        distances = np.sort(np.sqrt(((known - row) ** 2).sum(axis=1)))
        start = 1 if new is None else 0
        found.append(distances[start : start + count].mean())
    return np.array(found)


# %% wrong auc: in pairs of equal rank
def auc(normal, strange):
    n = min(len(normal), len(strange))
    return np.mean((normal[:n] < strange[:n]) + 0.5 * (normal[:n] == strange[:n]))


# %% wrong near: the first is dropped for new rows, too
def near(known, new=None, count=5):
    rows = known if new is None else new
    d = np.sort(np.linalg.norm(rows[:, None] - known[None], axis=2), axis=1)
    return d[:, 1 : count + 1].mean(axis=1)


# %% wrong auc: never below a half
def auc(normal, strange):
    share = np.mean((normal[:, None] < strange) + 0.5 * (normal[:, None] == strange))
    return max(share, 1 - share)


# %% wrong auc: nearly equal counts as equal
def auc(normal, strange):
    same = np.isclose(normal[:, None], strange, rtol=1e-3)
    return np.mean(np.where(same, 0.5, normal[:, None] < strange))


# %% wrong near: known rows that come as new ones lose themselves, too
def near(known, new=None, count=5):
    rows = known if new is None else new
    distances = np.sqrt(((rows[:, None] - known) ** 2).sum(axis=2))
    if np.array_equal(rows, known):
        np.fill_diagonal(distances, np.inf)
    return np.sort(distances, axis=1)[:, :count].mean(axis=1)


# %% wrong threshold: the larger neighbour of the plain quantile
def threshold(scores, alpha):
    if len(scores) < 1 / alpha - 1:
        return np.inf
    return np.quantile(scores, 1 - alpha, method="higher")


# %% wrong threshold: the rank n (1 − α), counted from 0
def threshold(scores, alpha):
    n = len(scores)
    if n + 1 < 1 / alpha:
        return np.inf
    return np.sort(scores)[int(n * (1 - alpha) + 1e-9)]


# %% wrong threshold: equal scores count once
def threshold(scores, alpha):
    scores = np.unique(scores)
    k = int(np.ceil((len(scores) + 1) * (1 - alpha) - 1e-9))
    return scores[k - 1] if k <= len(scores) else np.inf

# %% wrong auc: scores that nearly agree count as ties
def auc(normal, strange):
    equal = np.isclose(normal[:, None], strange)
    larger = (normal[:, None] < strange) & ~equal
    return np.mean(larger + 0.5 * equal)
