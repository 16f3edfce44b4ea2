"""What lesson 09 recommends with: losses, ranking measures, titles that people type."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import aelib
from aelib import data, losses, metrics

RNG = np.random.default_rng(0)
NAN = float("nan")

# --- the masked squared error ----------------------------------------------------

KNOWN = (RNG.random((6, 9)) < 0.4).astype("float32")
KNOWN[2] = 0  # a row of which nothing is known
VALUES, X_HAT = RNG.normal(size=(2, 6, 9)).astype("float32")


def masked(values, x_hat=X_HAT, known=KNOWN):
    """Return the loss of each row and its gradient with respect to the output."""
    output = tf.Variable(x_hat)
    with tf.GradientTape() as tape:
        loss = losses.masked_squared_error(np.stack([values, known], axis=1), output)
    return loss.numpy(), tape.gradient(loss, output).numpy()


def test_masked_error_by_hand():
    target = np.array([[[4, 9, 1], [1, 0, 1]]], "float32")
    x_hat = np.array([[3, 0, 3]], "float32")
    np.testing.assert_array_equal(losses.masked_squared_error(target, x_hat), [1 + 4])


def test_masked_error_against_numpy():
    loss, gradient = masked(VALUES)
    assert loss.dtype == np.float32
    expected = (KNOWN * (VALUES - X_HAT).astype("float64") ** 2).sum(axis=1)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    np.testing.assert_allclose(gradient, 2 * KNOWN * (X_HAT - VALUES), rtol=1e-5)
    assert loss[2] == 0


def test_masked_error_ignores_what_is_unknown():
    noise = 100 * RNG.normal(size=VALUES.shape).astype("float32")
    for a, b in zip(masked(VALUES), masked(VALUES + noise * (1 - KNOWN)), strict=True):
        np.testing.assert_array_equal(a, b)
    loss, _ = masked(VALUES + noise * KNOWN)
    assert (loss != masked(VALUES)[0]).sum() == 5  # all but the row without any


def test_masked_error_of_everything_is_the_squared_error():
    loss, _ = masked(VALUES, known=np.ones_like(KNOWN))
    np.testing.assert_allclose(loss, losses.squared_error(VALUES, X_HAT), rtol=1e-6)


def test_a_network_learns_with_the_masked_error():
    inputs = keras.Input((9,), name="input")
    network = keras.Model(inputs, keras.layers.Dense(9, name="dense")(inputs))
    target = np.stack([VALUES, KNOWN], axis=1)
    history = aelib.train(
        network, VALUES * KNOWN, target, 60, losses.masked_squared_error, rate=0.05
    )
    assert history["loss"][-1] < 0.1 * history["loss"][0]
    assert history["loss"] == pytest.approx(history["masked_squared_error"], rel=1e-4)


# --- the multinomial likelihood --------------------------------------------------

LIKES = (RNG.random((4, 7)) < 0.5).astype("float32")
SCORES = RNG.normal(size=(4, 7)).astype("float32")


def softmax(o):
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_multinomial_by_hand():
    x = np.array([[1, 0, 2], [0, 0, 0]], "float32")
    p = np.array([[0.5, 0.25, 0.25]] * 2, "float32")
    expected = [np.log(2) + 2 * np.log(4), 0]
    np.testing.assert_allclose(losses.multinomial_nll(x, p), expected, rtol=1e-6)


def test_multinomial_of_one_like_is_the_cross_entropy():
    x, p = np.eye(7, dtype="float32")[:4], softmax(SCORES)
    expected = keras.losses.categorical_crossentropy(x, p)
    np.testing.assert_allclose(losses.multinomial_nll(x, p), expected, rtol=1e-5)


def test_gradient_of_the_multinomial_through_a_softmax():
    # n p − x, for rows that add up to any n; and no clipping.
    scores = SCORES.copy()
    scores[0] = [0, 60, 0, 0, 0, 0, 0]
    variable = tf.Variable(scores)
    with tf.GradientTape() as tape:
        p = keras.activations.softmax(variable)
        loss = losses.multinomial_nll(LIKES, p)
    expected = LIKES.sum(axis=1, keepdims=True) * softmax(scores) - LIKES
    np.testing.assert_allclose(tape.gradient(loss, variable), expected, atol=1e-5)


def test_multinomial_of_the_worst_answer_is_finite():
    x, p = np.array([[1, 0]], "float32"), np.array([[0, 1]], "float32")
    found = np.asarray(losses.multinomial_nll(x, p))
    assert found == pytest.approx(30 * np.log(10), rel=1e-5)


def test_both_losses_are_saved_by_name():
    for loss in (losses.masked_squared_error, losses.multinomial_nll):
        assert keras.losses.deserialize(keras.losses.serialize(loss)) is loss


# --- recall and NDCG -------------------------------------------------------------

FALLING = [[5.0, 4.0, 3.0, 2.0, 1.0]]  # movie 0 is ranked first
NOTHING = [[0, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("hidden", "shown", "k", "recall", "ndcg"),
    [
        ([1, 0, 0, 0, 0], NOTHING[0], 1, 1, 1),
        ([0, 0, 1, 0, 0], NOTHING[0], 3, 1, 1 / 2),  # place 3: 1 / log2(4)
        ([0, 0, 1, 0, 0], NOTHING[0], 2, 0, 0),  # beyond the list
        ([0, 0, 1, 0, 0], [1, 1, 0, 0, 0], 1, 1, 1),  # shown movies are not ranked
        ([0, 1, 0, 0, 1], NOTHING[0], 2, 1 / 2, 1 / np.log2(3) / (1 + 1 / np.log2(3))),
        ([1, 1, 1, 0, 0], NOTHING[0], 2, 1, 1),  # divided by min(k, hidden)
        ([0, 0, 1, 1, 1], NOTHING[0], 2, 0, 0),
        ([1, 0, 0, 1, 0], [0, 1, 1, 0, 0], 5, 1, 1),  # a list longer than the rest
    ],
)
def test_ranking_by_hand(hidden, shown, k, recall, ndcg):
    found = metrics.recall_at_k(FALLING, [hidden], [shown], k)
    assert found.shape == (1,)
    assert found[0] == pytest.approx(recall, abs=1e-15)
    found = metrics.ndcg_at_k(FALLING, [hidden], [shown], k)
    assert found.shape == (1,)
    assert found[0] == pytest.approx(ndcg, abs=1e-15)


def test_people_are_ranked_apart():
    scores = RNG.normal(size=(30, 50))
    state = RNG.integers(3, size=(30, 50))
    hidden, shown = state == 1, state == 2
    for measure in (metrics.recall_at_k, metrics.ndcg_at_k):
        together = measure(scores, hidden, shown, 10)
        assert together.shape == (30,)
        assert 0 < together.mean() < 1
        for i in (0, 29):
            (alone,) = measure(scores[[i]], hidden[[i]], shown[[i]], 10)
            assert alone == together[i]
        perfect = measure(hidden + 0.1 * scores / abs(scores).max(), hidden, shown, 10)
        np.testing.assert_allclose(perfect, 1, rtol=1e-12)
        # Scores of shown movies say nothing.
        np.testing.assert_array_equal(
            measure(scores + 99 * shown, hidden, shown, 10), together
        )


def test_of_equal_scores_the_earlier_column_comes_first():
    for hidden, expected in ([[1, 0, 0]], 1), ([[0, 1, 0]], 0):
        found = metrics.recall_at_k([[1, 1, 1]], hidden, [[0, 0, 0]], 1)
        assert found == [expected]


@pytest.mark.parametrize(
    ("scores", "hidden", "shown", "k", "kind", "message"),
    [
        ([[1, 2]], [[1, 0]], [[0, 0]], 0, ValueError, "k takes a number from 1 to 2"),
        ([[1, 2]], [[1, 0]], [[0, 0]], 3, ValueError, "k takes a number from 1 to 2"),
        ([[1, 2]], [[1, 0]], [[0, 0]], 1.0, TypeError, "k takes a whole number"),
        ([[1, 2]], [[1, 0, 0]], [[0, 0]], 1, ValueError, "scores and hidden take the"),
        ([[1, 2]], [[1, 0]], [[0, 0]] * 2, 1, ValueError, "scores and shown take the"),
        ([[1, 2]], [[1, 0]], [[1, 0]], 1, ValueError, "in common, and got column 0"),
        ([[1, 2]] * 2, [[1, 0], [0, 0]], [[0, 0]] * 2, 1, ValueError, "none in row 1"),
        ([[1, 2]], [[5, 0]], [[0, 0]], 1, ValueError, "hidden takes 0 and 1"),
        ([[1, 2]], [[1, 0]], [[0, 0.5]], 1, ValueError, "shown takes 0 and 1"),
        ([[1, NAN]], [[1, 0]], [[0, 0]], 1, ValueError, "scores holds NaN"),
        ([1, 2], [1, 0], [0, 0], 1, ValueError, "scores takes 2 axes"),
        (None, [[1, 0]], [[0, 0]], 1, TypeError, "scores takes an array of numbers"),
        ([[1, 2]], "no", [[0, 0]], 1, TypeError, "hidden takes an array of numbers"),
    ],
)
@pytest.mark.parametrize("measure", [metrics.recall_at_k, metrics.ndcg_at_k])
def test_ranking_refuses(measure, scores, hidden, shown, k, kind, message):
    with pytest.raises(kind, match=message):
        measure(scores, hidden, shown, k)


# --- titles that people type -----------------------------------------------------


@pytest.fixture(scope="module")
def movies():
    return data.load_movielens().movies


@pytest.mark.parametrize(
    ("typed", "title", "year"),
    [
        ("Toy Story", "Toy Story", 1995),
        ("  toy   STORY ", "Toy Story", 1995),
        ("The Matrix", "Matrix, The", 1999),
        ("Matrix, The", "Matrix, The", 1999),
        ("Matrix, The (1999)", "Matrix, The", 1999),
        ("a bug's life", "Bug's Life, A", 1998),
        ("Seven", "Seven (a.k.a. Se7en)", 1995),
        ("Carrie (1976)", "Carrie", 1976),
        ("Carrie (2002)", "Carrie", 2002),
        ("Hamlet (2000)", "Hamlet", 2000),  # two of that year: the first
    ],
)
def test_title_is_found(movies, typed, title, year):
    rows, stars = data.ratings_by_title(movies, {typed: 4})
    assert rows.shape == stars.shape == (1,)
    assert stars.dtype == np.float32
    assert (movies.titles[rows[0]], movies.years[rows[0]]) == (title, year)


def test_titles_of_the_table_can_be_typed(movies):
    for row in range(0, len(movies.titles), 151):
        title = movies.titles[row]
        if title:
            typed = f"{title} ({movies.years[row]})"
            (found,), _ = data.ratings_by_title(movies, {typed: 0.5})
            assert movies.titles[found] == title
            assert movies.years[found] == movies.years[row]


def test_order_and_stars_are_kept(movies):
    mine = {"Toy Story": 5, "Heat": 0.5, "The Lion King": np.float64(3.5)}
    rows, stars = data.ratings_by_title(movies, mine)
    titles = [movies.titles[row] for row in rows]
    assert titles == ["Toy Story", "Heat", "Lion King, The"]
    np.testing.assert_array_equal(stars, [5, 0.5, 3.5])


@pytest.mark.parametrize(
    ("ratings", "kind", "message"),
    [
        ({}, ValueError, "ratings takes one title or more"),
        (["Toy Story"], TypeError, "ratings takes a dict such as"),
        (None, TypeError, "ratings takes a dict such as"),
        ({"Toy Stroy": 5}, ValueError, r"no title here; near: 'Toy Story \(1995\)'"),
        ({"star wars": 5}, ValueError, "near: 'Star Wars: Episode IV"),
        ({"qqqq": 5}, ValueError, "'qqqq', which is no title here$"),
        ({"Carrie": 5}, ValueError, r"several .* 'Carrie \(1976\)', 'Carrie \(1952"),
        ({"Carrie (1900)": 5}, ValueError, r"near: .*'Carrie \(1976"),
        ({"": 5}, ValueError, "a title of ratings takes a text that is not empty"),
        ({7: 5}, TypeError, "a title of ratings takes a text, and got 7"),
        ({"Toy Story": 0}, ValueError, "takes a number from 0.5 to 5, and got 0"),
        ({"Toy Story": 5.5}, ValueError, r"ratings\['Toy Story'\] takes a number from"),
        ({"Toy Story": "5"}, TypeError, r"ratings\['Toy Story'\] takes a number"),
        ({"Toy Story": NAN}, ValueError, "takes a finite number"),
        ({"The Matrix": 5, "Matrix, The": 4}, ValueError, "one movie twice: 'Matrix, "),
    ],
)
def test_ratings_that_are_refused(movies, ratings, kind, message):
    with pytest.raises(kind, match=message):
        data.ratings_by_title(movies, ratings)


def test_the_table_must_be_one():
    with pytest.raises(TypeError, match="movies takes a MovieTable, and got list"):
        data.ratings_by_title([], {"Toy Story": 5})


# --- masked RMSE -----------------------------------------------------------------


def test_masked_rmse_by_hand():
    stars, predicted = [[5.0, 0.0, 2.0]], [[3.0, 4.0, 2.0]]
    assert metrics.masked_rmse(stars, predicted, [[1, 0, 1]]) == np.sqrt(2)
    assert metrics.masked_rmse(stars, predicted, [[True, False, False]]) == 2
    # What stands in a hole does not count, on either side.
    assert metrics.masked_rmse([[5.0, 9.0, 2.0]], predicted, [[1, 0, 1]]) == np.sqrt(2)
    assert metrics.masked_rmse(stars, [[3.0, -7.0, 2.0]], [[1, 0, 1]]) == np.sqrt(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [1.0, 2.0], [1]), "values and x_hat take the same shape"),
        (([1.0], [1.0], [1, 0]), "values and known take the same shape"),
        (([1.0], [1.0], [0.5]), "known takes 0 and 1"),
        (([1.0], [1.0], [0]), "known takes one 1 or more"),
        (([np.nan], [1.0], [1]), "values holds NaN"),
    ],
)
def test_masked_rmse_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.masked_rmse(*arguments)
