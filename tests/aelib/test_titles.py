"""Titles that people type: the movie that is meant, or an error that helps."""

from types import SimpleNamespace

import numpy as np
import pytest

from aelib import data
from aelib.titles import ratings_by_title


@pytest.fixture(scope="module")
def movies():
    return data.load_movielens().movies


@pytest.mark.parametrize(
    ("typed", "title", "year"),
    [
        ("  toy   STORY ", "Toy Story", 1995),
        ("The Matrix", "Matrix, The", 1999),
        ("Matrix, The (1999)", "Matrix, The", 1999),
        ("a bug's life", "Bug's Life, A", 1998),
        ("An American in Paris", "American in Paris, An", 1951),
        ("Seven", "Seven (a.k.a. Se7en)", 1995),
        ("Carrie (1976)", "Carrie", 1976),
        ("Carrie (2002)", "Carrie", 2002),
        ("Hamlet (2000)", "Hamlet", 2000),  # two of that year: the first
    ],
)
def test_title_is_found(movies, typed, title, year):
    rows, stars = ratings_by_title(movies, {typed: 4})
    assert rows.shape == stars.shape == (1,)
    assert (movies.titles[rows[0]], movies.years[rows[0]]) == (title, year)


@pytest.mark.parametrize("article", ["A", "An", "The"])
def test_articles_may_stand_first_or_last(article):
    titles = ("Apple", f"Apple, {article}", "Apple, Red")
    movies = SimpleNamespace(titles=titles, years=[1, 2, 3])
    for typed in (f"{article} Apple", f"apple, {article.lower()}", titles[1]):
        assert ratings_by_title(movies, {typed: 1})[0] == [1]
    assert ratings_by_title(movies, {"apple": 1})[0] == [0]
    with pytest.raises(ValueError, match="'Red Apple', which is no title here"):
        ratings_by_title(movies, {"Red Apple": 1})


def test_titles_of_the_table_can_be_typed(movies):
    for row in range(0, len(movies.titles), 401):
        title = movies.titles[row]
        if title:
            typed = f"{title} ({movies.years[row]})"
            (found,), _ = ratings_by_title(movies, {typed: 0.5})
            assert movies.titles[found] == title
            assert movies.years[found] == movies.years[row]


def test_order_and_stars_are_kept(movies):
    mine = {"Toy Story": 5, "Heat": 0.5, "The Lion King": np.float64(3.5)}
    rows, stars = ratings_by_title(movies, mine)
    titles = [movies.titles[row] for row in rows]
    assert titles == ["Toy Story", "Heat", "Lion King, The"]
    np.testing.assert_array_equal(stars, np.float32([5, 0.5, 3.5]))


@pytest.mark.parametrize(
    ("ratings", "kind", "message"),
    [
        ({}, ValueError, "ratings takes one title or more"),
        (["Toy Story"], TypeError, "ratings takes a dict such as"),
        ({"Toy Stroy": 5}, ValueError, r"no title here; near: 'Toy Story \(1995\)'"),
        ({"star wars": 5}, ValueError, "near: 'Star Wars: Episode IV"),
        ({"qqqq": 5}, ValueError, "'qqqq', which is no title here$"),
        ({"Carrie": 5}, ValueError, r"several .* 'Carrie \(1976\)', 'Carrie \(1952"),
        ({"Carrie (1900)": 5}, ValueError, r"near: .*'Carrie \(1976"),
        ({7: 5}, TypeError, "a title of ratings takes a text, and got 7"),
        ({"Toy Story": 0}, ValueError, "takes a number from 0.5 to 5, and got 0"),
        ({"Toy Story": 6}, ValueError, "takes a number from 0.5 to 5, and got 6"),
        ({"Toy Story": "5"}, TypeError, r"ratings\['Toy Story'\] takes a number"),
        ({"The Matrix": 5, "Matrix, The": 4}, ValueError, "one movie twice: 'Matrix, "),
    ],
)
def test_refused(movies, ratings, kind, message):
    with pytest.raises(kind, match=message):
        ratings_by_title(movies, ratings)


def test_the_table_must_be_one():
    with pytest.raises(TypeError, match="movies takes a MovieTable, and got list"):
        ratings_by_title([], {"Toy Story": 5})
