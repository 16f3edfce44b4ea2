"""Any input of the plots: a figure that shows it, or an error that names it."""

import inspect
import itertools
import string

import attempts
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from attempts import NOT_TEXT, NOT_WHOLE, accept, broken, refuse, refuse_one
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from matplotlib.figure import Figure

from aelib import plots

mpl.use("Agg")
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

# Matplotlib would read a text between two dollars as a formula.
TEXT = st.text(string.ascii_letters + " ,²é_", min_size=1, max_size=9).filter(str.strip)
LABEL = st.text(string.ascii_letters, min_size=1, max_size=5)
TITLE = st.just("") | TEXT
KINDS = ("float16", "float32", "float64", "int8", "uint8", "int16", "int32")
BAD_COUNT = NOT_WHOLE | st.integers(max_value=0)
BAD_TEXT = NOT_TEXT | st.sampled_from(["", " ", "\ud800"])
BAD_WIDTHS = st.sampled_from(
    [None, (), 3, "34", (0,), (2.0, 3), (True,), ("3",), [[1]]]
)
COMMON = {
    "axis": st.sampled_from([3, "axis", [], Figure(), plt, True]),
    "title": NOT_TEXT,
    "columns": BAD_COUNT,
    "x_label": BAD_TEXT,
    "y_label": BAD_TEXT,
    "widths": BAD_WIDTHS,
    **dict.fromkeys(
        ("centred", "markers", "log_x"), st.sampled_from([None, 0, 1, "no", [True]])
    ),
}


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        accept(plots.use_style)
        yield


def numbers(shape):
    """Return a strategy of arrays of numbers of any kind, up to a million in size."""

    def arrays(kind):
        limits = {"min_value": -1e6, "max_value": 1e6}
        if kind == "float16":
            limits = {"min_value": -65504, "max_value": 65504}
        if "int" in kind:
            limits = {}
        elements = npst.from_dtype(np.dtype(kind), **limits)
        return npst.arrays(kind, shape, elements=elements)

    return st.sampled_from(KINDS).flatmap(arrays)


def images(least=1):
    sides = st.sampled_from([1, 4, 9, 16])
    return st.tuples(st.integers(least, 6), sides).flatmap(numbers)


def series(length):
    return st.dictionaries(LABEL, numbers(length), min_size=1, max_size=9)


def bad_images(x):
    wrong = [x[0], x[None], np.ones((2, 5)), np.ones((2, 0)), [[1], [1, 2]]]
    return broken(x) | st.sampled_from(wrong)


def bad_series(x):
    """Return wrong values for series whose places are `x`."""
    wrong = [None, {}, [], x, {"": x}, {3: x}, {"a": x[None]}, {"a": 3}]
    wrong += [{"a": x, "b": np.append(x, x)}]
    return st.sampled_from(wrong) | broken(x).map(lambda line: {"a": line})


def wrong_values(function, **own):
    """Return wrong values for every argument of a function."""
    names = inspect.signature(function).parameters
    return {name: own.get(name, COMMON.get(name)) for name in names}


def drawn(figure):
    """Return the axes of a figure, after it was drawn as a notebook draws it."""
    assert isinstance(figure, Figure)
    accept(figure.canvas.draw)
    return figure.axes


def shown(axis):
    """Return the numbers of an axis' image that are no gap, in order of size."""
    (image,) = axis.images
    return np.sort(np.ma.masked_invalid(image.get_array()).compressed())


def in_order(x):
    return np.sort(np.asarray(x, dtype="float64").ravel())


def test_every_plot_is_tried():
    public = {
        name
        for name, value in vars(plots).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    tests = {name.removeprefix("test_") for name in globals() if "test_" in name}
    assert public <= tests


def test_use_style():
    before = dict(mpl.rcParams)
    accept(plots.use_style)
    assert dict(mpl.rcParams) == before
    assert mpl.rcParams["image.cmap"] == "gray"


@given(st.data(), st.dictionaries(LABEL, images(4), min_size=1, max_size=3))
def test_image_rows(data, rows):
    columns = data.draw(st.integers(1, 4))
    axes = accept(plots.image_rows, rows, columns).axes
    assert [axis.get_ylabel() for axis in axes] == list(rows)
    for axis, row in zip(axes, rows.values(), strict=True):
        np.testing.assert_array_equal(shown(axis), in_order(row[:columns]))
    x = next(iter(rows.values()))
    wrong = [None, {}, [], x, {"": x}, {3: x}, {"a": 3}]
    wrong = st.sampled_from(wrong) | bad_images(x).map(lambda row: {"a": row})
    right = {"rows": rows, "columns": columns}
    refuse_one(
        data, plots.image_rows, right, wrong_values(plots.image_rows, rows=wrong)
    )
    refuse(plots.image_rows, "columns", rows, 7)


@given(st.data(), images(), st.integers(1, 8), st.booleans(), TITLE)
def test_tiles(data, x, columns, centred, title):
    right = {"images": x, "columns": columns, "centred": centred, "title": title}
    right["axis"] = data.draw(st.none() | st.just(plt.figure().subplots()))
    figure = accept(plots.tiles, **right)
    (axis,) = figure.axes
    assert axis.get_title() == title
    assert right["axis"] in (None, axis)
    side = round(x.shape[1] ** 0.5)
    rows = -(-len(x) // columns)
    mosaic = (rows * (side + 1) - 1, columns * (side + 1) - 1)
    assert axis.images[0].get_array().shape == mosaic
    if centred:
        found = np.abs(shown(axis))
        assert found.max() == (1 if np.any(x) else 0)
        assert np.count_nonzero(found == 1) >= np.count_nonzero(np.any(x, axis=1))
    else:
        np.testing.assert_array_equal(shown(axis), in_order(x))
    wrong = wrong_values(plots.tiles, images=bad_images(x))
    refuse_one(data, plots.tiles, right, wrong)


@given(st.data(), st.integers(1, 5), TEXT, TEXT, st.booleans(), st.booleans())
def test_curves(data, length, x_label, y_label, markers, log_x):
    lines = data.draw(series(length))
    places = npst.arrays("float64", length, elements=st.floats(0.1, 1e3))
    x = data.draw(places | st.none())
    right = {"series": lines, "x_label": x_label, "y_label": y_label, "x": x}
    right |= {"markers": markers, "log_x": log_x, "axis": None}
    (axis,) = accept(plots.curves, **right).axes
    assert (axis.get_xlabel(), axis.get_ylabel()) == (x_label, y_label)
    assert axis.get_xscale() == ("log" if log_x else "linear")
    x = np.arange(1, length + 1) if x is None else x
    for line, (label, values) in zip(axis.lines, lines.items(), strict=True):
        assert line.get_label() == label
        np.testing.assert_array_equal(line.get_xdata(), x)
        np.testing.assert_array_equal(line.get_ydata(), values)
        assert bool(line.get_marker()) == markers
    short = broken(x).filter(lambda value: value is not None)
    wrong = wrong_values(
        plots.curves,
        series=bad_series(x),
        x=short | st.sampled_from([np.append(x, x), x[None], 3, "x", {}]),
    )
    refuse_one(data, plots.curves, right, wrong)
    below = {"log_x": True, "x": np.append(x[1:], data.draw(st.floats(-9, 0)))}
    refuse(plots.curves, "x", **right | below)


@given(st.data(), st.integers(1, 5), TEXT)
def test_learning_curves(data, length, y_label):
    lines = data.draw(series(length))
    right = {"series": lines, "y_label": y_label, "axis": None}
    (axis,) = accept(plots.learning_curves, **right).axes
    assert axis.get_xlabel() == "epoch"
    for line in axis.lines:
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, length + 1))
    wrong = bad_series(np.arange(1.0, length + 1))
    refuse_one(
        data,
        plots.learning_curves,
        right,
        wrong_values(plots.learning_curves, series=wrong),
    )


@given(st.data(), st.integers(1, 5), TEXT)
def test_error_against_code_size(data, length, y_label):
    sizes = data.draw(npst.arrays("int64", length, elements=st.integers(1, 999)))
    errors = npst.arrays("float64", length, elements=st.floats(0.5, 1e3))
    lines = data.draw(st.dictionaries(LABEL, errors, min_size=1, max_size=3))
    right = {"sizes": sizes, "series": lines, "y_label": y_label}
    (axis,) = accept(plots.error_against_code_size, **right).axes
    assert axis.get_ylim()[0] == 0
    assert axis.get_xscale() == "log"
    assert {text.get_text() for text in axis.get_xticklabels()} == set(map(str, sizes))
    wrong = wrong_values(
        plots.error_against_code_size,
        series=bad_series(sizes.astype("float64")),
        sizes=broken(sizes) | st.sampled_from([sizes - sizes.max(), sizes[None], 3]),
    )
    refuse_one(data, plots.error_against_code_size, right, wrong)


@given(st.data(), st.integers(1, 9), TITLE)
def test_code_plane(data, length, title):
    codes = data.draw(numbers((length, 2)))
    kinds = st.sampled_from(["int64", "uint8", "float32"])
    labels = data.draw(npst.arrays(kinds, length, elements=st.integers(0, 9)))
    right = {"codes": codes, "labels": labels, "title": title, "axis": None}
    (axis,) = accept(plots.code_plane, **right).axes
    assert axis.get_title() == title
    for digit, points in enumerate(axis.collections):
        np.testing.assert_array_equal(points.get_offsets(), codes[labels == digit])
    more = np.append(labels, labels)
    unfit = [codes[0], codes[:, :1], codes[None], np.ones((length + 1, 2))]
    wrong = wrong_values(
        plots.code_plane,
        codes=broken(codes) | st.sampled_from(unfit),
        labels=broken(labels) | st.sampled_from([labels - 10, labels + 0.5, more, 3]),
    )
    refuse_one(data, plots.code_plane, right, wrong)


@given(st.data(), st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_network(data, widths):
    pairs = list(itertools.pairwise(widths))
    texts = [st.lists(TITLE, min_size=width, max_size=width) for width in widths]
    optional = {
        "weights": st.tuples(*map(numbers, pairs)),
        "values": st.tuples(*(st.none() | numbers(width) for width in widths)),
        "layer_names": st.lists(TITLE, min_size=len(widths), max_size=len(widths)),
        "unit_names": st.tuples(*(st.none() | names for names in texts)),
    }
    right = {name: data.draw(st.none() | value) for name, value in optional.items()}
    right |= {"widths": widths, "title": data.draw(TITLE), "axis": None}
    (axis,) = accept(plots.network, **right).axes
    arrows = [text for text in axis.texts if getattr(text, "arrow_patch", None)]
    matrices = right["weights"] or [np.ones(pair) for pair in pairs]
    assert len(arrows) == sum(np.count_nonzero(matrix) for matrix in matrices)
    assert all(0.4 <= text.arrow_patch.get_linewidth() <= 1.81 for text in arrows)
    assert [len(units.get_offsets()) for units in axis.collections] == widths

    count, first = len(widths), widths[0]
    one_more = np.ones(first + 1)
    lists = [3, "ab", {}, [None] * (count + 1), [one_more] * count, ["a"] * count]
    wrong = wrong_values(
        plots.network,
        weights=st.sampled_from([3, "ab", {}, *pairs[:1], [one_more] * (count + 1)]),
        values=st.sampled_from(lists)
        | broken(np.ones(first))
        .filter(lambda value: value is not None)
        .map(lambda value: [value, *[None] * (count - 1)]),
        layer_names=st.sampled_from([3, "ab", {}, [3] * count, ["a"] * (count + 1)]),
        unit_names=st.sampled_from(
            [*lists[:4], [["a"] * (first + 1)] * count, [3] * count]
        ),
    )
    refuse_one(data, plots.network, right, wrong)


@given(st.data(), st.lists(st.integers(1, 10**30), min_size=1, max_size=6))
def test_layer_widths(data, widths):
    count = len(widths)
    names = st.lists(TITLE, min_size=count, max_size=count)
    code = data.draw(st.none() | st.integers(0, count - 1))
    right = {"widths": widths, "names": data.draw(st.none() | names), "code": code}
    right["axis"] = None
    (axis,) = accept(plots.layer_widths, **right).axes
    bars = axis.patches[:count]
    heights = [bar.get_height() for bar in bars]
    np.testing.assert_allclose(heights, np.sqrt(np.array(widths, float) / max(widths)))
    orange = [
        i
        for i in range(count)
        if mpl.colors.same_color(bars[i].get_facecolor(), plots.ORANGE)
    ]
    assert orange == [int(np.argmin(widths)) if code is None else code]
    wrong = wrong_values(
        plots.layer_widths,
        names=st.sampled_from([3, "ab", {}, [3] * count, ["a"] * (count + 1)]),
        code=NOT_WHOLE.filter(lambda value: value is not None)
        | st.integers(max_value=-1)
        | st.integers(min_value=count),
    )
    refuse_one(data, plots.layer_widths, right, wrong)


@given(st.data())
@attempts.few(5)
def test_figures_can_be_drawn(data):
    x, codes = data.draw(images(3)), data.draw(numbers((4, 2)))
    line = data.draw(numbers(3))
    figures = [
        lambda: plots.image_rows({"a": x}, 3),
        lambda: plots.tiles(x, 2, centred=data.draw(st.booleans())),
        lambda: plots.curves({"a": line, "b": -line.astype(float)}, "x", "y"),
        lambda: plots.curves({"a": line}, "x", "y", [1, 2, 4], log_x=True),
        lambda: plots.code_plane(codes, [0, 3, 3, 9]),
        lambda: plots.network((2, 4), [codes.T], [codes[0], codes[:, 1]]),
        lambda: plots.layer_widths((784, 1, 3), ["a", "", "c"], 2),
    ]
    (axis,) = drawn(accept(data.draw(st.sampled_from(figures))))
    assert np.all(np.isfinite([axis.get_xlim(), axis.get_ylim()]))
