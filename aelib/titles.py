"""Movie titles that somebody typed: which rows of the movie table are meant."""

import difflib
import re

import numpy as np

from aelib import checks


def ratings_by_title(movies, ratings):
    """Turn ratings that somebody typed into rows of the movie table and stars.

    Case does not matter, and "The Matrix" is as good as "Matrix, The". Where several
    movies share a title, add the year: "Carrie (1976)". (Of two with the same title and
    year, the first counts.)

    Args:
        movies: the `MovieTable` of `data.load_movielens`.
        ratings: dict from a title to stars, 0.5 to 5.

    Returns:
        Two arrays of shape (n,): int64 rows of `movies`, and float32 stars.

    Raises:
        TypeError: `ratings` is no dict, a title no text, or stars that are no number.
        ValueError: no ratings, a title that is not there (with the nearest that are) or
            that needs a year, a movie named twice, or stars out of range.

    Example:
        >>> from aelib.data import load_movielens, ratings_by_title
        >>> movies = load_movielens().movies
        >>> rows, stars = ratings_by_title(movies, {"the matrix": 5, "Toy Story": 4})
        >>> [movies.titles[row] for row in rows], stars
        (['Matrix, The', 'Toy Story'], array([5., 4.], dtype=float32))

    Introduced in lesson 09.
    """
    if not (hasattr(movies, "titles") and hasattr(movies, "years")):
        raise TypeError(f"movies takes a MovieTable, and got {type(movies).__name__}")
    if not isinstance(ratings, dict):
        raise TypeError(
            f'ratings takes a dict such as {{"Toy Story": 5}}, and got {ratings!r}'
        )
    if not ratings:
        raise ValueError('ratings takes one title or more, such as {"Toy Story": 5}')
    known = _rows_by_title(movies)
    found = {}
    for title, stars in ratings.items():
        checks.text("a title of ratings", title)
        stars = checks.number(f"ratings[{title!r}]", stars, low=0.5, high=5)
        row = _row_of_title(movies, known, title)
        if row in found:
            raise ValueError(f"ratings names one movie twice: {_named(movies, row)!r}")
        found[row] = stars
    return np.array(list(found)), np.array(list(found.values()), dtype=np.float32)


def _rows_by_title(movies):
    """Return {title for comparing: rows}, with and without what is in brackets.

    "Seven (a.k.a. Se7en)" is "seven", too, as long as no movie is called just that.
    """
    whole, short = {}, {}
    for row, title in enumerate(movies.titles):
        if title:
            whole.setdefault(_folded(title), []).append(row)
            short.setdefault(_folded(title.split(" (")[0]), []).append(row)
    return short | whole


def _folded(title):
    """Return a title for comparing: "Matrix, The" and "the matrix" become one."""
    title = " ".join(title.casefold().split())
    head, _, article = title.rpartition(", ")
    return f"{article} {head}" if article in {"the", "a", "an"} else title


def _row_of_title(movies, known, title):
    """Return the row of a typed title, or raise an error that helps to find it."""
    name, year = _folded(title), None
    parts = re.fullmatch(r"(.+) \((\d{4})\)", title.strip())
    if parts and name not in known:
        name, year = _folded(parts[1]), int(parts[2])
    rows = [r for r in known.get(name, ()) if year in (None, movies.years[r])]
    named = list(dict.fromkeys(_named(movies, row) for row in rows))
    if len(named) == 1:
        return rows[0]
    if named:
        raise ValueError(
            f"ratings names {title!r}, which several movies are called; take one of "
            + ", ".join(map(repr, named))
        )
    near = [other for other in known if len(name) > 2 and name in other][:3]
    near += difflib.get_close_matches(name, known)
    near = dict.fromkeys(_named(movies, row) for other in near for row in known[other])
    hint = "; near: " + ", ".join(map(repr, list(near)[:5])) if near else ""
    raise ValueError(f"ratings names {title!r}, which is no title here{hint}")


def _named(movies, row):
    """Return a movie's title with its year."""
    return f"{movies.titles[row]} ({movies.years[row]})"
