"""Any damage to a data file, and any title that somebody types: data, or an error.

The files that are damaged here are copies.
"""

import contextlib
import dataclasses
import io
import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

import attempts
import numpy as np
import pytest
from attempts import NOT_TEXT, accept, numbers_in, refuse, refuse_one
from hypothesis import given
from hypothesis import strategies as st

from aelib import data as loaders

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

LOADERS = {
    "four_movies.csv": loaders.load_movies,
    "mnist_5k.npz": loaders.load_mnist,
    "movielens_small/LICENSE.txt": loaders.check_files,
    "movielens_small/movies.csv": loaders.load_movielens,
    "movielens_small/ratings.csv": loaders.load_movielens,
}
CONTENTS = {name: (loaders.DATA_DIR / name).read_bytes() for name in LOADERS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the data folder that the loaders read instead."""
    copy = tmp_path_factory.mktemp("copy") / "data"
    shutil.copytree(loaders.DATA_DIR, copy)
    with mock.patch.object(loaders, "DATA_DIR", copy):
        yield copy


def test_every_file_is_damaged():
    assert set(LOADERS) == set(loaders.SHA256)


@pytest.mark.parametrize("load", list(dict.fromkeys(LOADERS.values())))
def test_whole_files_are_accepted(folder, load):
    found = accept(load)
    if load is loaders.check_files:
        assert found == tuple(LOADERS)
        return
    for field in dataclasses.fields(found):
        value = getattr(found, field.name)
        for array in numbers_in(value):
            assert np.all(np.isfinite(array))
        assert f"{field.name}=" in repr(found)
    assert len(repr(found)) < 400
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(found, field.name, None)


@st.composite
def damages(draw, name):
    """Draw what stands in the place of a file: other bytes, a folder, or nothing."""
    content = CONTENTS[name]
    place = draw(st.integers(0, len(content) - 1))
    flipped = bytes([content[place] ^ draw(st.integers(1, 255))])
    return draw(
        st.sampled_from(
            [
                None,
                "folder",
                b"",
                content[:place],
                content[place + 1 :],
                content[:place] + flipped + content[place + 1 :],
                content + b"\n",
                content.replace(b"\n", b"\r\n") + b"\r\n",
                *(CONTENTS[other] for other in CONTENTS if other != name),
            ]
        )
    )


def put(path, content):
    """Put bytes, a folder or nothing in the place of a file or a folder."""
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)


@given(st.sampled_from(sorted(LOADERS)), st.data())
def test_a_damaged_file_is_refused(folder, name, data):
    put(folder / name, data.draw(damages(name)))
    try:
        for load in (LOADERS[name], loaders.check_files):
            with pytest.raises(loaders.DataFileError, match="git checkout") as error:
                load()
            assert str(folder / name) in str(error.value)
        if name != "four_movies.csv":
            accept(loaders.load_movies)  # the damage is to one file
    finally:
        put(folder / name, CONTENTS[name])


@given(NOT_TEXT | st.text() | st.sampled_from(["Small", "full ", "small\0", "\ud800"]))
def test_load_mnist_refuses(which):
    refuse(loaders.load_mnist, "which", which)


@contextlib.contextmanager
def named_folder(path):
    with mock.patch.dict(os.environ, {"AELIB_DATA": str(path)}):
        yield


def archive():
    """Return the bytes of a mnist.npz that is whole, but too small."""
    file = io.BytesIO()
    arrays = {name: np.zeros((3, 28, 28), "uint8") for name in loaders.FULL_MNIST}
    np.savez(file, **arrays)
    return file.getvalue()


ARCHIVE = archive()


@st.composite
def archives(draw):
    """Draw bytes that are no MNIST: junk, or an archive with some bytes altered."""
    content = bytearray(ARCHIVE)
    for _ in range(draw(st.integers(0, 5))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.sampled_from([None, None, draw(st.integers(0, len(content)))]))
    return draw(st.sampled_from([bytes(content[:cut]), draw(st.binary(max_size=80))]))


@given(archives())
def test_full_mnist_that_is_none(content):
    with tempfile.TemporaryDirectory() as folder, named_folder(folder):
        path = Path(folder) / "mnist.npz"
        path.write_bytes(content)
        with pytest.raises(loaders.DataFileError, match="altered") as error:
            loaders.load_mnist("full")
        assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "name", ["nowhere", "a" * 300, "\udcff", " ", "ä/b", "file", "file/x", "~"]
)
def test_full_mnist_from_a_folder_that_is_none(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    missing = pytest.raises(loaders.DataFileError, match="is missing")
    with named_folder(tmp_path / name), missing:
        loaders.load_mnist("full")


# --- titles that somebody types --------------------------------------------------

MOVIES = loaders.MovieTable(
    movie_ids=np.arange(1, 8, dtype="int32"),
    titles=("Toy Story", "Matrix, The", "Carrie", "Carrie", "", "Seven (Se7en)", "É"),
    years=np.array([1995, 1999, 1976, 2013, 2000, 1995, 0], "int32"),
    genres=((),) * 7,
)
TABLE = loaders.load_movielens().movies
TYPED = {
    0: ["Toy Story", "toy  STORY", "Toy Story (1995)", " toy story "],
    1: ["Matrix, The", "the matrix", "THE MATRIX (1999)", "Matrix, the (1999)"],
    2: ["Carrie (1976)", "carrie (1976)"],
    3: ["Carrie (2013)"],
    5: ["Seven", "Seven (Se7en)", "seven (1995)"],
    6: ["É", "é"],
}
STARS = st.floats(0.5, 5) | st.sampled_from([1, 5, 0.5, np.float32(3.5), np.int8(2)])


@given(st.dictionaries(st.sampled_from(sorted(TYPED)), STARS, min_size=1), st.data())
def test_ratings_by_title(by_row, data):
    typed = {data.draw(st.sampled_from(TYPED[row])): s for row, s in by_row.items()}
    rows, stars = accept(loaders.ratings_by_title, MOVIES, typed)
    assert (rows.dtype, stars.dtype) == ("int64", "float32")
    assert rows.tolist() == list(by_row)
    np.testing.assert_array_equal(stars, np.array([*by_row.values()], "float32"))


UNKNOWN = st.text(min_size=1).map("no such title {}".format)
NOT_TITLE = st.sampled_from([None, 3, b"Toy Story", "", " ", "\ud800", "Carrie"])
NOT_TITLE |= st.sampled_from(["Toy Story (1996)", "(1995)", "Matrix", "((", "\\"])
NOT_TITLE |= st.sampled_from(["Carrie (١٩٧٧)", "a" * 10**5])
NOT_STARS = st.sampled_from([None, "5", True, np.nan, np.inf, 0, 0.49, 5.01, -1])
NOT_MOVIES = st.sampled_from([None, [], "movies", MOVIES.titles, loaders.MovieTable])


@given(st.data())
def test_ratings_by_title_refuses(data):
    one = {"Toy Story": 4}
    twice = st.sampled_from([{"the Matrix": 1, "Matrix, The": 1}])
    ratings = st.sampled_from([None, [], "Toy Story", {}, [("Toy Story", 5)]]) | twice
    ratings |= (NOT_TITLE | UNKNOWN).map(lambda title: one | {title: 3})
    ratings |= NOT_STARS.map(lambda stars: {"Carrie (1976)": 1, "toy story": stars})
    wrong = {"movies": NOT_MOVIES, "ratings": ratings}
    refuse_one(
        data, loaders.ratings_by_title, {"movies": MOVIES, "ratings": one}, wrong
    )


@given(st.data())
@attempts.few()
def test_every_title_of_the_table_can_be_typed(data):
    title = data.draw(st.sampled_from(TABLE.titles))
    found = attempts.attempt(loaders.ratings_by_title, TABLE, {title: 2})
    if isinstance(found, attempts.Refused):
        words = [sorted(t.casefold().replace(",", "").split()) for t in TABLE.titles]
        assert words.count(words[TABLE.titles.index(title)]) > 1 or not title
    else:
        assert TABLE.titles[int(found[0][0])].casefold() == title.casefold()
