"""The data files, their loaders, and the tool that builds them."""

import csv
import dataclasses
import doctest
import hashlib
import io
import os
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from aelib import data

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("train", "validation", "test")

needs_full_mnist = pytest.mark.skipif(
    not os.environ.get("AELIB_DATA"),
    reason="full MNIST: set AELIB_DATA to a folder that holds mnist.npz",
)


@pytest.fixture(scope="module")
def digits():
    return data.load_mnist()


@pytest.fixture(scope="module")
def ratings():
    return data.load_movielens()


@pytest.fixture
def data_copy(tmp_path, monkeypatch):
    """A copy of the data folder that the loaders read and a test may damage."""
    folder = tmp_path / "data"
    shutil.copytree(data.DATA_DIR, folder)
    monkeypatch.setattr(data, "DATA_DIR", folder)
    return folder


def as_set(images):
    return {image.tobytes() for image in images}


# --- the loaders -----------------------------------------------------------------


def test_docstring_examples_run():
    result = doctest.testmod(data)
    assert result.attempted >= 4
    assert result.failed == 0


def test_movies():
    movies = data.load_movies()
    assert movies.people == ("Ann", "Ben", "Cem", "Dia")
    assert movies.movies == ("movie_1", "movie_2", "movie_3", "movie_4")
    assert movies.likes.dtype == np.float32
    np.testing.assert_array_equal(movies.likes, np.eye(4))


@pytest.mark.parametrize(
    ("part", "size"), [("train", 3500), ("validation", 500), ("test", 1000)]
)
def test_small_mnist_parts(digits, part, size):
    x, y = getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")
    assert x.shape == (size, 784)
    assert x.dtype == np.float32
    assert x.min() == 0
    assert x.max() == 1
    np.testing.assert_array_equal(x * 255, np.round(x * 255))
    assert y.shape == (size,)
    assert y.dtype == np.int64
    np.testing.assert_array_equal(np.bincount(y), [size // 10] * 10)


def test_small_mnist_labels_take_turns(digits):
    y = np.concatenate([getattr(digits, f"y_{part}") for part in PARTS])
    np.testing.assert_array_equal(y, np.arange(5000) % 10)


def test_small_mnist_labels_belong_to_the_images(digits):
    # The class means of training images must name most test images rightly.
    means = np.stack([digits.x_train[digits.y_train == c].mean(0) for c in range(10)])
    distances = ((digits.x_test[:, None] - means) ** 2).sum(-1)
    assert (distances.argmin(1) == digits.y_test).mean() > 0.75


def test_small_mnist_parts_share_no_image(digits):
    images = [as_set(getattr(digits, f"x_{part}")) for part in PARTS]
    assert len(set.union(*images)) == 5000


def test_loaders_are_reproducible_and_independent(digits, ratings):
    first, again = data.load_mnist(), data.load_movielens()
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(
            getattr(first, field.name), getattr(digits, field.name)
        )
    np.testing.assert_array_equal(again.stars, ratings.stars)
    assert again.movies.titles == ratings.movies.titles
    first.x_train[:] = 0  # a learner's change must not reach the next load
    assert data.load_mnist().x_train.max() == 1


def test_ratings(ratings):
    columns = ratings.user_ids, ratings.movie_ids, ratings.stars, ratings.timestamps
    assert {column.shape for column in columns} == {(100004,)}
    assert [column.dtype for column in columns] == ["int32", "int32", "float32", "i8"]
    assert set(ratings.stars.tolist()) == {half / 2 for half in range(1, 11)}
    np.testing.assert_array_equal(np.unique(ratings.user_ids), np.arange(1, 672))
    assert np.bincount(ratings.user_ids)[1:].min() == 20
    # January 1995 to October 2016
    assert ratings.timestamps.min() == 789652009
    assert ratings.timestamps.max() == 1476640644


def test_ratings_are_sorted_and_unique(ratings):
    pairs = ratings.user_ids.astype(np.int64) * 10**6 + ratings.movie_ids
    assert (np.diff(pairs) > 0).all()


def test_movie_table(ratings):
    movies = ratings.movies
    assert len(movies.titles) == len(movies.genres) == len(movies.years) == 9066
    np.testing.assert_array_equal(movies.movie_ids, np.unique(ratings.movie_ids))
    counts = np.unique(ratings.movie_ids, return_counts=True)[1]
    assert (counts == 1).sum() == 3063
    assert movies.titles[0] == "Toy Story"
    assert movies.years[0] == 1995
    assert movies.genres[0] == (
        "Adventure",
        "Animation",
        "Children",
        "Comedy",
        "Fantasy",
    )


def test_movie_table_missing_and_awkward_values(ratings):
    movies = ratings.movies
    untitled = [i for i, title in enumerate(movies.titles) if not title]
    assert len(untitled) == 5
    np.testing.assert_array_equal(np.flatnonzero(movies.years == 0), untitled)
    assert sum(not genres for genres in movies.genres) == 17
    assert all(title == title.strip() for title in movies.titles)
    for title in ('"Great Performances" Cats', "Alien³ (a.k.a. Alien 3)"):
        assert title in movies.titles
    assert "Birth of a Nation, The" in movies.titles


@pytest.mark.parametrize(
    "load",
    [
        data.load_electricity,
        data.load_movies,
        data.load_mnist,
        data.load_movielens,
        data.load_watch,
    ],
)
def test_data_sets_are_frozen_and_brief(load):
    loaded = load()
    assert len(repr(loaded)) < 400
    name = dataclasses.fields(loaded)[0].name
    assert name in repr(loaded)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(loaded, name, None)


def test_electricity():
    year = data.load_electricity()
    assert year.demand.dtype == np.float32
    assert year.demand.shape == (365, 48)
    assert year.demand.flags.c_contiguous
    # 16 January 2014, in the afternoon, was the peak of the year
    assert year.demand.max() == np.float32(9.345)
    assert str(year.dates[year.demand.max(axis=1).argmax()]) == "2014-01-16"
    np.testing.assert_array_equal(
        year.dates, np.arange("2014-01-01", "2015-01-01", dtype="datetime64[D]")
    )


def test_electricity_kinds_of_days():
    year = data.load_electricity()
    weekend = (year.dates.astype(int) + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    np.testing.assert_array_equal(year.kinds == "weekend", weekend)
    assert (year.kinds == "work day").sum() == 251
    holidays = year.dates[year.kinds == "holiday"].astype(str).tolist()
    assert len(holidays) == 10
    assert {"2014-01-01", "2014-11-04", "2014-12-25"} <= set(holidays)


def test_watch():
    watch = data.load_watch()
    assert watch.x.dtype == np.float32
    assert watch.x.shape == (2369, 50, 6)
    np.testing.assert_array_equal(np.unique(watch.people), np.arange(1, 11))
    assert set(watch.exercises.tolist()) == set(data.EXERCISES)
    # ten people, seven exercises, two arms
    rows = np.stack([watch.recordings, watch.people])
    recorded = {*zip(*rows.tolist(), watch.exercises.tolist(), strict=True)}
    assert len(recorded) == 140
    assert len({(person, exercise) for _, person, exercise in recorded}) == 70
    assert (np.diff(watch.recordings) >= 0).all()
    # the arm turns, but gravity pulls about as hard as ever
    assert np.median(np.linalg.norm(watch.x[..., :3], axis=-1)) == pytest.approx(1, 0.1)


def test_watch_windows_follow_each_other():
    short, long = data.load_watch(10), data.load_watch(30)
    first = long.x[long.recordings == 5]
    parts = short.x[short.recordings == 5][: 3 * len(first)]
    np.testing.assert_array_equal(parts.reshape(first.shape), first)
    assert 0 <= (short.recordings == 5).sum() - 3 * len(first) < 3
    np.testing.assert_allclose(first * 1000, np.rint(first * 1000), atol=0.01)


@pytest.mark.parametrize(
    ("window", "kind"),
    [(None, TypeError), (2.0, TypeError), (True, TypeError), (0, ValueError)],
)
def test_load_watch_refuses(window, kind):
    with pytest.raises(kind, match="window"):
        data.load_watch(window)
    with pytest.raises(ValueError, match="window"):
        data.load_watch(251)


# --- wrong arguments and damaged files -------------------------------------------


@pytest.mark.parametrize(
    ("which", "kind"), [(None, TypeError), (5000, TypeError), ("Small", ValueError)]
)
def test_load_mnist_refuses(which, kind):
    with pytest.raises(kind, match=r"which takes .*small.*full") as error:
        data.load_mnist(which)
    assert repr(which) in str(error.value)


def load_for(name):
    """The loader that reads a file of the data folder."""
    if name.endswith("LICENSE.txt"):
        return data.check_files
    loaders = {
        "electricity": data.load_electricity,
        "four": data.load_movies,
        "mnist": data.load_mnist,
        "movielens": data.load_movielens,
        "watch": data.load_watch,
    }
    return loaders[re.split("[_/]", name)[0]]


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def alter(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def change_line_ends(path):
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("name", data.SHA256)
@pytest.mark.parametrize("damage", [truncate, alter, change_line_ends])
def test_damaged_file_is_refused(data_copy, name, damage):
    load_for(name)()  # the copy is good
    damage(data_copy / name)
    for load in (load_for(name), data.check_files):
        with pytest.raises(data.DataFileError) as error:
            load()
        message = str(error.value)
        assert str(data_copy / name) in message
        assert "truncated or altered" in message
        assert data.SHA256[name] in message
        assert f"git checkout -- data/{name}" in message
        assert "make data" in message


@pytest.mark.parametrize("name", data.SHA256)
def test_missing_file_is_named(data_copy, name):
    (data_copy / name).unlink()
    with pytest.raises(data.DataFileError, match=r"is missing") as error:
        load_for(name)()
    assert str(data_copy / name) in str(error.value)
    assert f"git checkout -- data/{name}" in str(error.value)
    assert "pip install -e" not in str(error.value)


def test_folder_in_place_of_a_file_is_refused(data_copy):
    (data_copy / "four_movies.csv").unlink()
    (data_copy / "four_movies.csv").mkdir()
    with pytest.raises(data.DataFileError, match=r"four_movies.csv cannot be read"):
        data.load_movies()


def test_missing_data_folder_hints_at_the_install(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA_DIR", tmp_path / "nowhere")
    with pytest.raises(data.DataFileError, match=r"pip install -e \."):
        data.load_movies()


# --- README, constants and files agree -------------------------------------------


def readme_table():
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \| ([\d,]+) \| `([0-9a-f]{64})` \|$", text, re.M)
    return {name: (int(size.replace(",", "")), sha) for name, size, sha in rows}


def test_readme_constants_and_files_agree():
    table = readme_table()
    assert {name: sha for name, (_, sha) in table.items()} == data.SHA256
    for name, (size, sha) in table.items():
        content = (ROOT / "data" / name).read_bytes()
        assert (name, len(content)) == (name, size)
        assert (name, hashlib.sha256(content).hexdigest()) == (name, sha)


def test_every_data_file_is_listed():
    folder = ROOT / "data"
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    unlisted = {"README.md", ".gitattributes", ".DS_Store"}
    assert files - unlisted == set(data.SHA256)


def test_check_files_names_all_files():
    assert set(data.check_files()) == set(data.SHA256)


@pytest.mark.parametrize("name", [n for n in data.SHA256 if n.endswith(".csv")])
def test_csv_files_are_plain(name):
    content = (ROOT / "data" / name).read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}


def test_mnist_archive_is_uncompressed_and_dated_1980():
    with zipfile.ZipFile(ROOT / "data" / "mnist_5k.npz") as archive:
        members = archive.infolist()
    assert [member.filename for member in members] == ["images.npy", "labels.npy"]
    assert {member.compress_type for member in members} == {zipfile.ZIP_STORED}
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {member.create_system for member in members} == {3}


def test_watch_archive_is_uncompressed_and_dated_1980():
    with zipfile.ZipFile(ROOT / "data" / "watch" / "recordings.npz") as archive:
        members = archive.infolist()
    assert {member.compress_type for member in members} == {zipfile.ZIP_STORED}
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}


def test_watch_licence_has_its_conditions():
    text = (ROOT / "data/watch/LICENSE.txt").read_text(encoding="utf-8")
    assert text.startswith("Copyright (c) 2018, David M. Burns")
    assert text.count("\n* ") == 3
    assert "Redistributions of source code must retain" in text


def test_movielens_licence_has_its_conditions_and_citation():
    text = (ROOT / "data/movielens_small/LICENSE.txt").read_text(encoding="utf-8")
    assert text.count("\n* The user may") == 3
    assert "so long as it is distributed under these same license conditions" in text
    assert "F. Maxwell Harper and Joseph A. Konstan. 2015." in text


# --- full MNIST ------------------------------------------------------------------


@pytest.fixture
def tiny_full(monkeypatch):
    """Stands in for full MNIST: arrays of its shapes, and their checksums."""
    y_train, y_test = np.arange(60000) % 10, np.arange(10000) % 10
    arrays = {
        "x_train": np.zeros((60000, 28, 28), np.uint8),
        "y_train": y_train.astype(np.uint8),
        "x_test": np.full((10000, 28, 28), 255, np.uint8),
        "y_test": y_test.astype(np.uint8),
    }
    arrays["x_train"][55000:] = 51  # a fifth of 255 marks the validation part
    expected = {
        name: (array.shape, hashlib.sha256(array).hexdigest())
        for name, array in arrays.items()
    }
    monkeypatch.setattr(data, "FULL_MNIST", expected)
    return arrays


@pytest.fixture
def mnist_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("AELIB_DATA", str(tmp_path))
    forbid_download(monkeypatch)
    return tmp_path


def forbid_download(monkeypatch):
    def download(*args, **kwargs):
        raise AssertionError("downloaded although AELIB_DATA is set")

    monkeypatch.setattr("keras.datasets.mnist.load_data", download)


def assert_is_tiny_full(full):
    assert [len(getattr(full, f"x_{p}")) for p in PARTS] == [55000, 5000, 10000]
    values = [(0, 0), (0.2, 0.2), (1, 1)]
    for part, (low, high) in zip(PARTS, values, strict=True):
        x, y = getattr(full, f"x_{part}"), getattr(full, f"y_{part}")
        assert x.dtype == np.float32
        assert x.shape == (len(y), 784)
        assert x.min() == np.float32(low)
        assert x.max() == np.float32(high)
        assert y.dtype == np.int64
        np.testing.assert_array_equal(y, np.arange(len(y)) % 10)


def test_full_mnist_from_the_named_folder(tiny_full, mnist_folder):
    np.savez(mnist_folder / "mnist.npz", **tiny_full)
    assert_is_tiny_full(data.load_mnist("full"))


@pytest.mark.parametrize("unset", [None, ""])
def test_full_mnist_falls_back_to_keras(tiny_full, monkeypatch, unset):
    if unset is None:
        monkeypatch.delenv("AELIB_DATA", raising=False)
    else:
        monkeypatch.setenv("AELIB_DATA", unset)
    train = tiny_full["x_train"], tiny_full["y_train"]
    test = tiny_full["x_test"], tiny_full["y_test"]
    monkeypatch.setattr("keras.datasets.mnist.load_data", lambda: (train, test))
    assert_is_tiny_full(data.load_mnist("full"))


def test_full_mnist_without_folder_or_network(monkeypatch):
    def offline():
        raise Exception("URL fetch failure: no network")  # what Keras raises

    monkeypatch.delenv("AELIB_DATA", raising=False)
    monkeypatch.setattr("keras.datasets.mnist.load_data", offline)
    with pytest.raises(data.DataFileError) as error:
        data.load_mnist("full")
    for part in ("no network", "AELIB_DATA", "mnist.npz", "connect"):
        assert part in str(error.value)


def test_altered_download_is_refused(tiny_full, monkeypatch):
    monkeypatch.delenv("AELIB_DATA", raising=False)
    tiny_full["x_test"][0, 0, 0] ^= 1
    train = tiny_full["x_train"], tiny_full["y_train"]
    test = tiny_full["x_test"], tiny_full["y_test"]
    monkeypatch.setattr("keras.datasets.mnist.load_data", lambda: (train, test))
    with pytest.raises(data.DataFileError, match=r"x_test.*Delete mnist\.npz"):
        data.load_mnist("full")


def test_named_folder_missing(mnist_folder, monkeypatch):
    folder = mnist_folder / "nowhere"
    monkeypatch.setenv("AELIB_DATA", str(folder))
    with pytest.raises(data.DataFileError, match=r"The folder .* is missing") as error:
        data.load_mnist("full")
    assert str(folder) in str(error.value)
    assert "unset AELIB_DATA" in str(error.value)


def test_named_folder_without_the_file(mnist_folder):
    with pytest.raises(data.DataFileError, match=r"is missing") as error:
        data.load_mnist("full")
    assert str(mnist_folder / "mnist.npz") in str(error.value)


def save_truncated(path, arrays):
    np.savez(path, **arrays)
    truncate(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def save_altered_pixel(path, arrays):
    np.savez(path, **{**arrays, "x_train": arrays["x_train"] ^ 1})


def save_without_labels(path, arrays):
    np.savez(path, **{k: v for k, v in arrays.items() if k != "y_test"})


def save_flat(path, arrays):
    # The same bytes in another shape: the checksum alone would not notice.
    np.savez(path, **{**arrays, "x_test": arrays["x_test"].reshape(10000, 784)})


def save_pickled(path, arrays):
    np.savez(path, **{**arrays, "y_test": np.array([{"a": 1}], dtype=object)})


@pytest.mark.parametrize(
    "save",
    [
        save_truncated,
        save_altered_pixel,
        save_without_labels,
        save_flat,
        save_pickled,
    ],
)
def test_damaged_full_mnist_is_refused(tiny_full, mnist_folder, save):
    path = mnist_folder / "mnist.npz"
    save(path, tiny_full)
    with pytest.raises(data.DataFileError, match=r"altered") as error:
        data.load_mnist("full")
    assert str(path) in str(error.value)
    assert "put an intact copy there" in str(error.value)


@pytest.fixture(scope="module")
def full():
    return data.load_mnist("full")


@needs_full_mnist
def test_full_mnist_split(full):
    assert [len(getattr(full, f"x_{p}")) for p in PARTS] == [55000, 5000, 10000]
    assert [len(getattr(full, f"y_{p}")) for p in PARTS] == [55000, 5000, 10000]
    with np.load(Path(os.environ["AELIB_DATA"]) / "mnist.npz") as archive:
        last = archive["x_train"][-5000:].reshape(-1, 784)
        first_labels = archive["y_train"][:55000]
    np.testing.assert_array_equal(np.round(full.x_validation * 255), last)
    np.testing.assert_array_equal(full.y_train, first_labels)
    assert full.x_test.min() == 0
    assert full.x_test.max() == 1


@needs_full_mnist
def test_small_mnist_is_the_first_500_of_each_digit_of_the_training_part(full, digits):
    small = np.concatenate([getattr(digits, f"x_{part}") for part in PARTS])
    for digit in range(10):
        first = np.flatnonzero(full.y_train == digit)[:500]
        assert first[-1] < 5848
        np.testing.assert_array_equal(small[digit::10], full.x_train[first])


@needs_full_mnist
def test_small_mnist_holds_no_image_of_the_test_part(full, digits):
    small = set.union(*(as_set(getattr(digits, f"x_{part}")) for part in PARTS))
    assert len(small) == 5000
    assert small <= as_set(full.x_train)
    assert small.isdisjoint(as_set(full.x_validation))
    assert small.isdisjoint(as_set(full.x_test))
