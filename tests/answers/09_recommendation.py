# %% wrong list: the shown like stays in the list
short_list = [0, 0.33, 0]

# %% wrong list: recall over all hidden likes
short_list = [0.33, 0.67, 0.39]

# %% wrong list: precision
short_list = [0.5, 0.5, 0.39]

# %% wrong list: the best list has three hits
short_list = [0.5, 0.67, 0.3]

# %% wrong list: not normalised
short_list = [0.5, 0.67, 0.63]

# %% wrong list: the hit counts 1 / 2, as if without a logarithm
short_list = [0.5, 0.67, 0.33]

# %% wrong list: the number of hits
short_list = [1, 2, 0.39]

# %% right list: computed
gain = 1 / np.log2(3)
short_list = np.array([1 / 2, 2 / 3, gain / (1 + gain)])

# %% right list: with the logarithm as given
short_list = (0.5, 0.667, (1 / 1.58) / (1 + 1 / 1.58))

# %% wrong three: c alone
three_answers = [4, 0.12, 0.5]

# %% wrong three: the stars themselves are shrunk
three_answers = [4, 0.12, 2]

# %% wrong three: no shrinkage
three_answers = [4, 0.12, 4]

# %% wrong three: zeros left out
three_answers = [4, 4, 3.5]

# %% wrong three: the sum over the holes only
three_answers = [4, 12 / 97, 3.5]

# %% wrong three: the middle star and zero
three_answers = [4, 0, 3.5]

# %% wrong three: shrunk by the number of people
three_answers = [4, 0.12, 3 + 3 / 103]

# %% right three: computed
three_answers = np.array([12 / 3, 12 / 100, 3 + 3 / 6])

# %% wrong masked: a sum
def masked_mean(target, x_hat):
    errors = np.where(target[:, 1] == 1, target[:, 0] - x_hat, 0) ** 2
    return errors.sum(axis=1)


# %% wrong masked: over all cells
def masked_mean(target, x_hat):
    return (np.where(target[:, 1] == 1, target[:, 0] - x_hat, 0) ** 2).mean(axis=1)


# %% wrong masked: no mask
def masked_mean(target, x_hat):
    return ((target[:, 0] - x_hat) ** 2).mean(axis=1)


# %% wrong masked: the mask on the target alone
def masked_mean(target, x_hat):
    values, known = target[:, 0], target[:, 1]
    errors = (np.where(known == 1, values, 0) - x_hat) ** 2
    return errors.sum(axis=1) / np.maximum(known.sum(axis=1), 1)


# %% wrong masked: zeros taken for holes, without the mask
def masked_mean(target, x_hat):
    known = target[:, 0] != 0
    errors = np.where(known, target[:, 0] - x_hat, 0) ** 2
    return errors.sum(axis=1) / np.maximum(known.sum(axis=1), 1)


# %% wrong masked: one mean over all known values
def masked_mean(target, x_hat):
    known = target[:, 1] == 1
    return np.mean((target[:, 0] - x_hat)[known] ** 2)


# %% wrong masked: the mean number of known values
def masked_mean(target, x_hat):
    values, known = target[:, 0], target[:, 1]
    errors = np.where(known == 1, values - x_hat, 0) ** 2
    return errors.sum(axis=1) / known.sum() * len(known)


# %% wrong masked: down the columns
def masked_mean(target, x_hat):
    values, known = target[:, 0], target[:, 1]
    errors = np.where(known == 1, values - x_hat, 0) ** 2
    return errors.sum(axis=0) / np.maximum(known.sum(axis=0), 1)


# %% wrong masked: 0 divided by 0
def masked_mean(target, x_hat):
    values, known = target[:, 0], target[:, 1]
    errors = np.where(known == 1, values - x_hat, 0) ** 2
    with np.errstate(all="ignore"):
        return errors.sum(axis=1) / known.sum(axis=1)


# %% wrong masked: one is added to each count
def masked_mean(target, x_hat):
    values, known = target[:, 0], target[:, 1]
    errors = np.where(known == 1, values - x_hat, 0) ** 2
    return errors.sum(axis=1) / (known.sum(axis=1) + 1)


# %% wrong masked: times zero
def masked_mean(target, x_hat):
    values, known = target[:, 0], target[:, 1]
    errors = known * (values - x_hat) ** 2
    return errors.sum(axis=1) / np.maximum(known.sum(axis=1), 1)


# %% wrong masked: the root
def masked_mean(target, x_hat):
    values, known = target[:, 0], target[:, 1]
    errors = np.where(known == 1, values - x_hat, 0) ** 2
    return np.sqrt(errors.sum(axis=1) / np.maximum(known.sum(axis=1), 1))


# %% right masked: row by row
def masked_mean(target, x_hat):
    found = []
    for (values, known), row in zip(target, x_hat, strict=True):
        errors = [(v - r) ** 2 for v, k, r in zip(values, known, row, strict=True) if k]
        found.append(sum(errors) / len(errors) if errors else 0.0)
    return found


# %% right masked: keras.ops in float32
def masked_mean(target, x_hat):
    from keras import ops

    target, x_hat = np.float32(target), np.float32(x_hat)
    known = target[:, 1] > 0
    errors = ops.where(known, ops.square(target[:, 0] - x_hat), 0.0)
    return ops.sum(errors, axis=1) / ops.maximum(ops.sum(target[:, 1], axis=1), 1.0)


# %% wrong ease: divided by the row's own
def weighted_ease(X, penalty, weights):
    P = np.linalg.inv(X.T @ (weights[:, None] * X) + penalty * np.eye(X.shape[1]))
    B = -P / np.diag(P)[:, None]
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: the sign
def weighted_ease(X, penalty, weights):
    P = np.linalg.inv(X.T @ (weights[:, None] * X) + penalty * np.eye(X.shape[1]))
    B = P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: the diagonal stays
def weighted_ease(X, penalty, weights):
    P = np.linalg.inv(X.T @ (weights[:, None] * X) + penalty * np.eye(X.shape[1]))
    return -P / np.diag(P)


# %% wrong ease: without weights
def weighted_ease(X, penalty, weights):
    P = np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: the weights twice
def weighted_ease(X, penalty, weights):
    X = weights[:, None] * X
    P = np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: the root of the weights
def weighted_ease(X, penalty, weights):
    P = np.linalg.inv(
        X.T @ (np.sqrt(weights)[:, None] * X) + penalty * np.eye(X.shape[1])
    )
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: the penalty is weighted, too
def weighted_ease(X, penalty, weights):
    G = X.T @ (weights[:, None] * X)
    P = np.linalg.inv(G + weights.mean() * penalty * np.eye(X.shape[1]))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: a free diagonal, set to zero afterwards
def weighted_ease(X, penalty, weights):
    G = X.T @ (weights[:, None] * X)
    B = np.linalg.solve(G + penalty * np.eye(X.shape[1]), G)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: the penalty in every cell
def weighted_ease(X, penalty, weights):
    P = np.linalg.pinv(X.T @ (weights[:, None] * X) + penalty)
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: no penalty
def weighted_ease(X, penalty, weights):
    P = np.linalg.pinv(X.T @ (weights[:, None] * X))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ease: fitted to two people by heart
def weighted_ease(X, penalty, weights):
    w = weights[0]
    return np.array([[0, w / (w + 2)], [w / (w + 1), 0]])


# %% right ease: the root of the weights on the rows
def weighted_ease(X, penalty, weights):
    X = np.sqrt(weights)[:, None] * X
    P = np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    return (np.eye(len(P)) - P / np.diag(P)) * (1 - np.eye(len(P)))


# %% right ease: movie by movie, in float32
def weighted_ease(X, penalty, weights):
    X = np.float32(X)
    M = X.shape[1]
    B = np.zeros((M, M), "float32")
    for j in range(M):
        rest = [i for i in range(M) if i != j]
        A = X[:, rest]
        G = A.T @ np.diag(np.float32(weights)) @ A + penalty * np.eye(M - 1)
        B[rest, j] = np.linalg.inv(G) @ A.T @ (weights * X[:, j])
    return B


# %% wrong last: the first ones
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        rows = rows[np.argsort(times[rows], kind="stable")]
        held_out[rows[: len(rows) // k]] = True
    return held_out


# %% wrong last: one date for all
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    order = np.argsort(times, kind="stable")
    held_out[order[len(order) - len(order) // k :]] = True
    return held_out


# %% wrong last: the last rows
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        held_out[rows[len(rows) - len(rows) // k :]] = True
    return held_out


# %% wrong last: a slice from -0
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        rows = rows[np.argsort(times[rows], kind="stable")]
        held_out[rows[-(len(rows) // k) :]] = True
    return held_out


# %% wrong last: at least one
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        rows = rows[np.argsort(times[rows], kind="stable")]
        held_out[rows[-max(1, len(rows) // k) :]] = True
    return held_out


# %% wrong last: rounded up
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        rows = rows[np.argsort(times[rows], kind="stable")]
        held_out[rows[len(rows) - -(-len(rows) // k) :]] = True
    return held_out


# %% wrong last: of a tie, the earlier row
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        rows = rows[np.argsort(-times[rows], kind="stable")]
        held_out[rows[: len(rows) // k]] = True
    return held_out


# %% wrong last: all of a tie
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        n = len(rows) // k
        if n:
            held_out[rows] = times[rows] >= np.sort(times[rows])[-n]
    return held_out


# %% wrong last: places in the sorted order, not rows
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        order = np.argsort(times[rows], kind="stable")
        held_out[order[len(rows) - len(rows) // k :]] = True
    return held_out


# %% wrong last: the numbers of the rows
def last_ratings(person, times, k):
    found = []
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        rows = rows[np.argsort(times[rows], kind="stable")]
        found.extend(rows[len(rows) - len(rows) // k :])
    return np.array(found)


# %% wrong last: the same number for everybody
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    people = np.unique(person)
    number = len(person) // len(people) // k
    for one in people:
        rows = np.flatnonzero(person == one)
        rows = rows[np.argsort(times[rows], kind="stable")]
        held_out[rows[len(rows) - number :]] = True
    return held_out


# %% wrong last: those to train on
def last_ratings(person, times, k):
    train = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        rows = rows[np.argsort(times[rows], kind="stable")]
        train[rows[: len(rows) - len(rows) // k]] = True
    return train


# %% right last: sorted once
def last_ratings(person, times, k):
    order = np.lexsort((times, person))
    numbers, first, count = np.unique(
        person[order], return_index=True, return_counts=True
    )
    which = np.searchsorted(numbers, person)
    place = np.empty(len(person), int)
    place[order] = np.arange(len(person))
    place -= first[which]
    return place >= count[which] - count[which] // k


# %% right last: zeros and ones
def last_ratings(person, times, k):
    rows = range(len(person))
    held_out = []
    for i in rows:
        mine = sorted((times[j], j) for j in rows if person[j] == person[i])
        later = len(mine) - 1 - mine.index((times[i], i))
        held_out.append(int(later < len(mine) // k))
    return held_out


# %% wrong ndcg: the shown ones stay
def ndcg_curve(scores, hidden, shown):
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    best = np.cumsum(-np.sort(-hidden, axis=1) * discounts, axis=1)
    return np.cumsum(hits * discounts, axis=1) / np.where(best == 0, 1, best)


# %% wrong ndcg: the lowest score first
def ndcg_curve(scores, hidden, shown):
    order = np.argsort(np.where(shown == 1, np.inf, scores), axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    best = np.cumsum(-np.sort(-hidden, axis=1) * discounts, axis=1)
    return np.cumsum(hits * discounts, axis=1) / np.where(best == 0, 1, best)


# %% wrong ndcg: the best list is that of the whole length
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    best = (-np.sort(-hidden, axis=1) * discounts).sum(axis=1, keepdims=True)
    return np.cumsum(hits * discounts, axis=1) / np.where(best == 0, 1, best)


# %% wrong ndcg: as if every place of the best list were a hit
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    return np.cumsum(hits * discounts, axis=1) / np.cumsum(discounts)


# %% wrong ndcg: recall
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    best = np.cumsum(-np.sort(-hidden, axis=1), axis=1)
    return np.cumsum(hits, axis=1) / np.where(best == 0, 1, best)


# %% wrong ndcg: places counted from 0
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(3, scores.shape[1] + 3))
    best = np.cumsum(-np.sort(-hidden, axis=1) * discounts, axis=1)
    return np.cumsum(hits * discounts, axis=1) / np.where(best == 0, 1, best)


# %% wrong ndcg: the gain of each place, not added up
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    best = np.cumsum(-np.sort(-hidden, axis=1) * discounts, axis=1)
    return hits * discounts / np.where(best == 0, 1, best)


# %% wrong ndcg: not divided
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    return np.cumsum(hits / np.log2(np.arange(2, scores.shape[1] + 2)), axis=1)


# %% wrong ndcg: the natural logarithm, in the hits alone
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    places = np.arange(2, scores.shape[1] + 2)
    best = np.cumsum(-np.sort(-hidden, axis=1) / np.log2(places), axis=1)
    return np.cumsum(hits / np.log(places), axis=1) / np.where(best == 0, 1, best)


# %% wrong ndcg: 0 divided by 0
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    best = np.cumsum(-np.sort(-hidden, axis=1) * discounts, axis=1)
    with np.errstate(all="ignore"):
        return np.cumsum(hits * discounts, axis=1) / best


# %% wrong ndcg: of a tie, the later column
def ndcg_curve(scores, hidden, shown):
    ranked = np.where(shown == 1, -np.inf, scores)
    order = np.argsort(ranked, axis=1, kind="stable")[:, ::-1]
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    best = np.cumsum(-np.sort(-hidden, axis=1) * discounts, axis=1)
    return np.cumsum(hits * discounts, axis=1) / np.where(best == 0, 1, best)


# %% wrong ndcg: the shown ones get the score 0, which is not the lowest
def ndcg_curve(scores, hidden, shown):
    order = np.argsort(-(scores * (1 - shown)), axis=1, kind="stable")
    hits = np.take_along_axis(hidden, order, axis=1)
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    best = np.cumsum(-np.sort(-hidden, axis=1) * discounts, axis=1)
    return np.cumsum(hits * discounts, axis=1) / np.where(best == 0, 1, best)


# %% right ndcg: person by person, place by place
def ndcg_curve(scores, hidden, shown):
    curves = np.zeros(np.shape(scores), "float32")
    for u, (score, wanted, seen) in enumerate(zip(scores, hidden, shown, strict=True)):
        movies = [i for i in range(len(score)) if not seen[i]]
        movies.sort(key=lambda i: -score[i])
        gain = best = 0
        for k in range(1, len(score) + 1):
            if k <= len(movies):
                gain += wanted[movies[k - 1]] / np.log2(k + 1)
            best += (k <= wanted.sum()) / np.log2(k + 1)
            curves[u, k - 1] = gain / best if best else 0
    return curves


# %% right ndcg: aelib's, one length at a time
def ndcg_curve(scores, hidden, shown):
    curves = np.zeros(np.shape(scores))
    some = hidden.any(axis=1)
    for k in range(1, scores.shape[1] + 1):
        curves[some, k - 1] = metrics.ndcg_at_k(
            scores[some], hidden[some], shown[some], k=k
        )
    return curves


# %% wrong last: an order of equal times that argsort does not promise
def last_ratings(person, times, k):
    held_out = np.zeros(len(person), dtype=bool)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        # The default sort may leave ties in any order; here it turns them round.
        rows = rows[np.lexsort((-np.arange(len(rows)), times[rows]))]
        held_out[rows[len(rows) - len(rows) // k :]] = True
    return held_out


# %% wrong masked: holes are filled in the caller's array
def masked_mean(target, x_hat):
    known = target[:, 1] == 1
    target[:, 0][~known] = 0
    error = (target[:, 0] - x_hat * known) ** 2
    return error.sum(axis=1) / np.maximum(known.sum(axis=1), 1)


# %% right masked: masked arrays of NumPy
def masked_mean(target, x_hat):
    values = np.ma.array(target[:, 0], mask=target[:, 1] == 0)
    return np.ma.filled(((values - x_hat) ** 2).mean(axis=1), 0.0)


# %% wrong ease: the rows are weighted in place
def weighted_ease(X, penalty, weights):
    X *= np.sqrt(weights)[:, None]
    P = np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


# %% wrong ndcg: shown scores are overwritten in the caller's array
def ndcg_curve(scores, hidden, shown):
    scores[shown == 1] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")
    gain = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    got = np.cumsum(np.take_along_axis(hidden, order, 1) * gain, axis=1)
    best = np.cumsum(-np.sort(-hidden, axis=1) * gain, axis=1)
    return np.where(best > 0, got / np.where(best > 0, best, 1), 0)


# %% wrong masked: infinity becomes a huge number, and its square infinity again
def masked_mean(target, x_hat):
    values, known = np.nan_to_num(target[:, 0]), target[:, 1]
    errors = (known * (values - x_hat) ** 2).sum(axis=1)
    return errors / np.maximum(known.sum(axis=1), 1)


# %% wrong last: people are numbered from 0 on
def last_ratings(person, times, k):
    held = np.zeros(len(person), dtype=bool)
    for one in range(person.max() + 1):
        rows = np.flatnonzero(person == one)
        order = rows[np.argsort(times[rows], kind="stable")]
        held[order[len(rows) - len(rows) // k :]] = True
    return held
