"""What a recommendation is worth."""

import numpy as np

from aelib import checks


def recall_at_k(scores, hidden, shown, k=20):
    """Return which share of each person's hidden likes is among the first k movies.

    Movies are ranked by score, the shown ones left out; of equal scores the earlier
    column comes first. The number of hits is divided by min(k, number of hidden likes),
    so that 1 can be reached.

    Args:
        scores: one a movie, larger is better, shape (people, movies).
        hidden: 1 where a movie is to be found, else 0, same shape, one 1 or more in
            each row.
        shown: 1 where the like was shown to the recommender, else 0, same shape.
        k: length of the list.

    Returns:
        Array of shape (people,), each from 0 to 1.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: shapes that differ, anything but 0 and 1, a movie that is shown and
            hidden at once, a person with nothing hidden, or `k` out of range.

    Source: Liang, Krishnan, Hoffman and Jebara (2018), "Variational Autoencoders for
    Collaborative Filtering".

    Example:
        >>> recall_at_k([[0.9, 0.5, 0.7]], hidden=[[0, 0, 1]], shown=[[1, 0, 0]], k=1)
        array([1.])

    Introduced in lesson 09.
    """
    hits, hidden = _hits(scores, hidden, shown, k)
    return hits.sum(axis=1) / np.minimum(k, hidden.sum(axis=1))


def ndcg_at_k(scores, hidden, shown, k=100):
    """Return the normalised discounted cumulative gain of each person's first k movies.

    A hidden like at place j of the list counts 1 / log2(j + 1). Their sum is divided
    by the largest that is possible: all hidden likes at the top of the list.

    Args:
        scores: see `recall_at_k`, and so for the other arguments.
        hidden: 1 where a movie is to be found, else 0.
        shown: 1 where the like was shown to the recommender, else 0.
        k: length of the list.

    Returns:
        Array of shape (people,), each from 0 to 1.

    Raises:
        TypeError: see `recall_at_k`.
        ValueError: see `recall_at_k`.

    Source: Liang, Krishnan, Hoffman and Jebara (2018), "Variational Autoencoders for
    Collaborative Filtering".

    Example:
        >>> ndcg_at_k([[0.9, 0.5, 0.7]], hidden=[[0, 0, 1]], shown=[[1, 0, 0]], k=2)
        array([1.])

    Introduced in lesson 09.
    """
    hits, hidden = _hits(scores, hidden, shown, k)
    k = hits.shape[1]  # as Python's whole number: NumPy's small ones overflow
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(discounts)[np.minimum(k, hidden.sum(axis=1)) - 1]
    return hits @ discounts / best


def _hits(scores, hidden, shown, k):
    """Return where the first k movies are hidden likes, (people, k), and `hidden`."""
    scores = checks.array("scores", scores, ndim=2)
    hidden = checks.zeros_and_ones("hidden", hidden)
    shown = checks.zeros_and_ones("shown", shown)
    checks.same_shape("scores", scores, "hidden", hidden)
    checks.same_shape("scores", scores, "shown", shown)
    checks.whole_number("k", k, low=1, high=scores.shape[1])
    if (both := hidden & shown).any():
        raise ValueError(
            f"hidden and shown take no movie in common, and got column "
            f"{both.any(axis=0).argmax()} in both"
        )
    if not (some := hidden.any(axis=1)).all():
        raise ValueError(
            f"hidden takes a 1 in each row, and got none in row {some.argmin()}"
        )
    ranked = np.where(shown, -np.inf, scores)
    first = np.argsort(-ranked, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(hidden, first, axis=1), hidden


def masked_rmse(values, x_hat, known):
    """Return the root of the mean squared error over the known values.

    What stands at unknown places, NaN too, does not count.

    Args:
        values: such as ratings in stars, any shape.
        x_hat: what was predicted, same shape.
        known: 1 (or True) where a value counts, else 0, same shape, one 1 or more.

    Returns:
        A float, in units of the values.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes that differ, anything but 0 and 1, or nothing known.

    Example:
        >>> masked_rmse([[5.0, float("nan")]], [[3.0, 4.0]], known=[[1, 0]])
        2.0

    Introduced in lesson 09.
    """
    known = checks.zeros_and_ones("known", known)
    if not known.any():
        raise ValueError("known takes one 1 or more, and got none")
    values, x_hat = _at(known, "values", values), _at(known, "x_hat", x_hat)
    difference = np.subtract(values, x_hat, dtype=np.float64)
    return float(np.sqrt(np.mean(difference**2)))


def _at(known, name, array):
    """Return the known entries of an array; the others may hold anything."""
    array = checks.as_array(name, array)
    checks.same_shape(name, array, "known", known)
    return checks.array(name, array[known])
