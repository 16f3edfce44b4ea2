"""The plots: what is drawn, how it is labelled, and what is refused."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from aelib import plots

mpl.use("Agg")
pytestmark = pytest.mark.filterwarnings("error")

IMAGES = np.random.default_rng(0).random((12, 16))
W = np.array([[1, 0.5], [0, -2], [0, 0]])  # 3 units to 2: two positive, one negative
NAN = float("nan")


@pytest.fixture(autouse=True)
def style():
    """The course's style, and afterwards whatever was set before."""
    with plt.rc_context():
        plots.use_style()
        yield
        plt.close("all")


def draw(fig):
    """Return the figure's axes after a rendering, which may warn too."""
    assert isinstance(fig, Figure)
    fig.canvas.draw()
    return fig.axes


def texts(axis):
    return [text.get_text() for text in axis.texts if text.get_text()]


def arrows(axis):
    return [t.arrow_patch for t in axis.texts if getattr(t, "arrow_patch", None)]


# --- images ----------------------------------------------------------------------


def test_image_rows():
    rows = {"original": IMAGES, "copy": IMAGES * 3 - 1}
    axes = draw(plots.image_rows(rows, columns=4))
    for axis, (label, images) in zip(axes, rows.items(), strict=True):
        (image,) = axis.images
        mosaic = np.ma.filled(image.get_array(), NAN)
        assert mosaic.shape == (4, 4 * 4 + 3)  # a gap of one pixel between two
        for i in range(4):
            tile = mosaic[:, 5 * i : 5 * i + 4]
            np.testing.assert_array_equal(tile, images[i].reshape(4, 4))
        assert np.isnan(mosaic[:, 4::5]).all()
        assert image.get_clim() == (0, 1)  # the same grey in every picture
        assert image.cmap.name == "gray"
        assert list(axis.get_xticks()) == list(axis.get_yticks()) == []
        assert axis.get_ylabel() == label


def test_image_rows_draws_ten_where_left_out():
    (axis,) = draw(plots.image_rows({"a": IMAGES}))
    assert axis.images[0].get_array().shape == (4, 10 * 4 + 9)


def test_gaps_of_image_rows_grow_with_the_images():
    (axis,) = draw(plots.image_rows({"a": np.ones((2, 784))}, columns=2))
    assert axis.images[0].get_array().shape == (28, 28 + 3 + 28)


@pytest.mark.parametrize(
    ("rows", "columns", "kind", "message"),
    [
        ([IMAGES], 4, TypeError, "rows takes a dict"),
        ({}, 4, ValueError, "rows takes one row of images or more"),
        ({"a": IMAGES[:, :15]}, 4, ValueError, r"rows\['a'\] takes square images"),
        ({"a": IMAGES[:3]}, 4, ValueError, r"rows\['a'\] has 3 images for 4 columns"),
        ({"a": IMAGES.reshape(12, 4, 4)}, 4, ValueError, r"rows\['a'\] takes 2 axes"),
        ({"a": IMAGES * NAN}, 4, ValueError, r"rows\['a'\] holds NaN"),
        ({"a": IMAGES, "b": "x"}, 4, TypeError, r"rows\['b'\] takes an array"),
        ({3: IMAGES}, 4, TypeError, "a label of rows takes a text"),
        ({"a": IMAGES}, 0, ValueError, "columns takes a number of 1 or more"),
        ({"a": IMAGES}, 2.0, TypeError, "columns takes a whole number"),
        ({"a": IMAGES}, True, TypeError, "columns takes a whole number"),
    ],
)
def test_image_rows_refuses(rows, columns, kind, message):
    with pytest.raises(kind, match=message):
        plots.image_rows(rows, columns)
    assert plt.get_fignums() == []


# --- tiles -----------------------------------------------------------------------


def drawn_tiles(fig, columns, side=4):
    """Return the tiles of the one drawn picture, row by row, and all the rest."""
    (axis,) = draw(fig)
    (image,) = axis.images
    mosaic = np.ma.filled(image.get_array(), NAN)
    rows = (mosaic.shape[0] + 1) // (side + 1)
    assert mosaic.shape == (rows * (side + 1) - 1, columns * (side + 1) - 1)
    found = []
    for i in range(rows * columns):
        top, left = (side + 1) * (i // columns), (side + 1) * (i % columns)
        part = mosaic[top : top + side, left : left + side]
        found.append(part.copy().ravel())
        part[:] = NAN
    return np.array(found), mosaic, image


def test_tiles():
    fig = plots.tiles(IMAGES, columns=5, title="twelve")
    found, rest, image = drawn_tiles(fig, columns=5)
    np.testing.assert_array_equal(found[:12], IMAGES)
    assert len(found) == 15
    assert np.isnan(found[12:]).all()  # the last row's blanks
    assert np.isnan(rest).all()  # the gaps
    assert image.get_clim() == (0, 1)
    assert image.cmap.name == "gray"
    (axis,) = fig.axes
    assert axis.get_title() == "twelve"
    assert list(axis.get_xticks()) == list(axis.get_yticks()) == []


def test_gaps_and_blanks_of_tiles_are_light():
    fig = plots.tiles(IMAGES[:3] * 0, columns=2)
    (axis,) = draw(fig)
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3]

    def colour(row, column):
        x, y = axis.transData.transform((column, row))
        return tuple(picture[len(picture) - 1 - int(y), int(x)])

    assert colour(1, 1) == colour(1, 6) == colour(6, 1) == (0, 0, 0)
    for place in [(1, 4), (4, 1), (6, 6)]:
        assert colour(*place) == (255, 255, 255)


def test_every_centred_tile_has_its_own_scale():
    weights = np.stack([IMAGES[0] - 0.5, 100 * (IMAGES[0] - 0.5), -IMAGES[1]])
    found, _, image = drawn_tiles(plots.tiles(weights, 3, centred=True), columns=3)
    assert image.get_clim() == (-1, 1)  # 0 is mid-grey
    np.testing.assert_allclose(found[0], found[1])
    np.testing.assert_allclose(np.abs(found).max(axis=1), 1)
    np.testing.assert_allclose(found[2], -IMAGES[1] / IMAGES[1].max())


def test_a_centred_tile_of_zeros():
    found, *_ = drawn_tiles(plots.tiles(IMAGES[:2] * 0, 2, centred=True), columns=2)
    np.testing.assert_array_equal(found, np.zeros((2, 16)))


@pytest.mark.parametrize(("n", "rows"), [(1, 1), (20, 1), (21, 2), (100, 5)])
def test_size_of_tiles(n, rows):
    fig = plots.tiles(np.zeros((n, 784)))
    (axis,) = draw(fig)
    assert axis.images[0].get_array().shape == (rows * 29 - 1, 20 * 29 - 1)
    width, height = fig.get_size_inches()
    assert width == plots.WIDTH
    assert rows * 0.4 <= height <= rows * 0.4 + 0.1
    drawn = axis.get_window_extent()
    assert drawn.width > 0.95 * width * fig.dpi  # no wide margins


@pytest.mark.parametrize(
    ("images", "options", "kind", "message"),
    [
        (IMAGES[:, :15], {}, ValueError, "images takes square images such as"),
        (IMAGES.reshape(12, 4, 4), {}, ValueError, "images takes 2 axes"),
        (IMAGES * NAN, {}, ValueError, "images holds NaN"),
        (IMAGES[:0], {}, ValueError, "images is empty"),
        ("x", {}, TypeError, "images takes an array of numbers"),
        (IMAGES, {"columns": 0}, ValueError, "columns takes a number of 1 or more"),
        (IMAGES, {"columns": 2.0}, TypeError, "columns takes a whole number"),
        (IMAGES, {"centred": 1}, TypeError, "centred takes True or False"),
        (IMAGES, {"axis": 3}, TypeError, "axis takes a matplotlib axis"),
    ],
)
def test_tiles_refuse(images, options, kind, message):
    with pytest.raises(kind, match=message):
        plots.tiles(images, **options)
    assert plt.get_fignums() == []


# --- lines -----------------------------------------------------------------------


def test_curves():
    series = {f"line {i}": [i, i + 1, i] for i in range(7)}
    (axis,) = draw(plots.curves(series, "time (s)", "error", x=[2, 4, 8]))
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("time (s)", "error")
    assert [line.get_label() for line in axis.lines] == list(series)
    for line, values in zip(axis.lines, series.values(), strict=True):
        np.testing.assert_array_equal(line.get_data(), [[2, 4, 8], values])
    assert len({to_hex(line.get_color()) for line in axis.lines}) == 7
    assert len({line.get_marker() for line in axis.lines}) == 7
    shown = [text.get_text() for text in axis.get_legend().get_texts()]
    assert shown == list(series)
    assert axis.get_xscale() == "linear"


def test_curves_count_from_one():
    (axis,) = draw(plots.curves({"a": [5, 6, 7]}, "x", "y"))
    np.testing.assert_array_equal(axis.lines[0].get_xdata(), [1, 2, 3])


def test_more_lines_than_colours():
    (axis,) = draw(plots.curves({str(i): [i] for i in range(9)}, "x", "y"))
    assert len(axis.lines) == 9


def test_learning_curves():
    series = {"training": [3, 2, 1], "held-out": [4, 3, 3]}
    (axis,) = draw(plots.learning_curves(series, "loss (nats)"))
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("epoch", "loss (nats)")
    assert [line.get_marker() for line in axis.lines] == ["", ""]
    np.testing.assert_array_equal(axis.lines[1].get_data(), [[1, 2, 3], [4, 3, 3]])


def test_error_against_code_size():
    (axis,) = draw(plots.error_against_code_size([2, 8, 32], {"PCA": [43, 29, 14]}))
    assert axis.get_xlabel() == "code size (numbers per image)"
    assert axis.get_ylabel() == "squared error per image"
    assert axis.get_xscale() == "log"
    np.testing.assert_array_equal(axis.get_xticks(), [2, 8, 32])
    assert [t.get_text() for t in axis.get_xticklabels()] == ["2", "8", "32"]
    assert axis.get_ylim()[0] == 0


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"series": [[1, 2]]}, TypeError, "series takes a dict"),
        ({"series": {}}, ValueError, "series takes one line or more"),
        ({"series": {"a": "x"}}, TypeError, r"series\['a'\] takes an array"),
        ({"series": {"a": []}}, ValueError, r"series\['a'\] is empty"),
        ({"series": {"a": [[1]]}}, ValueError, r"series\['a'\] takes 1 axes"),
        ({"series": {"a": [1, NAN]}}, ValueError, r"series\['a'\] holds NaN"),
        ({"series": {"a": [1], "b": [1, 2]}}, ValueError, r"series\['b'\] and x take"),
        ({"series": {"": [1]}}, ValueError, "a label of series takes a text"),
        ({"series": {3: [1]}}, TypeError, "a label of series takes a text"),
        ({"x": [1, 2, 3]}, ValueError, r"series\['a'\] and x take the same length"),
        ({"x": "ab"}, TypeError, "x takes an array"),
        ({"x": [0, 1], "log_x": True}, ValueError, "x takes numbers above 0"),
        ({"x_label": ""}, ValueError, "x_label takes a text that is not empty"),
        ({"y_label": None}, TypeError, "y_label takes a text"),
        ({"axis": "left"}, TypeError, "axis takes a matplotlib axis"),
    ],
)
def test_curves_refuse(changes, kind, message):
    arguments = {"series": {"a": [1, 2]}, "x_label": "x", "y_label": "y"} | changes
    with pytest.raises(kind, match=message):
        plots.curves(**arguments)
    assert plt.get_fignums() == []


# --- codes -----------------------------------------------------------------------


def test_code_plane():
    codes, labels = np.arange(24.0).reshape(12, 2), np.arange(12) % 10
    (axis,) = draw(plots.code_plane(codes, labels, title="PCA"))
    assert axis.get_title() == "PCA"
    assert axis.get_xlabel() == "first number of the code"
    assert axis.get_ylabel() == "second number"
    assert len(axis.collections) == 10
    for digit, points in enumerate(axis.collections):
        np.testing.assert_array_equal(points.get_offsets(), codes[labels == digit])
    shapes = {points.get_paths()[0].vertices.tobytes() for points in axis.collections}
    assert len(shapes) == 10  # each digit is its own marker


def test_code_plane_of_few_digits():
    (axis,) = draw(plots.code_plane([[1, 2]], [7]))
    assert [len(c.get_offsets()) for c in axis.collections] == [0] * 7 + [1, 0, 0]


@pytest.mark.parametrize(
    ("codes", "labels", "options", "kind", "message"),
    [
        ([[1, 2, 3]], [1], {}, ValueError, "codes takes 2 columns"),
        ([1, 2], [1, 2], {}, ValueError, "codes takes 2 axes"),
        ([[1, NAN]], [1], {}, ValueError, "codes holds NaN"),
        ("x", [1], {}, TypeError, "codes takes an array"),
        ([[1, 2]], [1, 2], {}, ValueError, "codes and labels take the same length"),
        ([[1, 2]], [10], {}, ValueError, "labels takes a number from 0 to 9"),
        ([[1, 2]], [-1], {}, ValueError, "labels takes a number from 0 to 9"),
        ([[1, 2]], [0.5], {}, ValueError, "labels takes whole numbers"),
        ([[1, 2]], ["1"], {}, TypeError, "labels takes an array of numbers"),
        ([[1, 2]], [1], {"axis": 3}, TypeError, "axis takes a matplotlib axis"),
    ],
)
def test_code_plane_refuses(codes, labels, options, kind, message):
    with pytest.raises(kind, match=message):
        plots.code_plane(codes, labels, **options)
    assert plt.get_fignums() == []


# --- networks --------------------------------------------------------------------


def test_network_without_weights():
    fig = plots.network((4, 2, 4), layer_names=("x", "h", "o"), title="small")
    (axis,) = draw(fig)
    assert [len(units.get_offsets()) for units in axis.collections] == [4, 2, 4]
    assert len(arrows(axis)) == 4 * 2 + 2 * 4
    assert {to_hex(a.get_edgecolor()) for a in arrows(axis)} == {plots.GREY.lower()}
    assert texts(axis) == ["x", "h", "o"]
    assert axis.get_title() == "small"


def test_names_of_units():
    (axis,) = draw(plots.network((2, 1, 2), unit_names=(["a", "b"], ["h"], None)))
    names = {text.get_text(): text for text in axis.texts if text.get_text()}
    assert set(names) == {"a", "b", "h"}
    assert names["a"].get_ha() == "right"  # left of the first layer
    assert names["h"].xyann[1] < 0  # below a hidden unit


def test_network_of_one_layer():
    (axis,) = draw(plots.network((3,)))
    assert arrows(axis) == []


def test_weights_of_a_network():
    (axis,) = draw(plots.network((3, 2), weights=[W]))
    left, right = (units.get_offsets() for units in axis.collections)
    drawn = {}
    for text in axis.texts:
        i = np.flatnonzero((left == text.xyann).all(axis=1)).item()
        j = np.flatnonzero((right == text.xy).all(axis=1)).item()
        drawn[i, j] = text.arrow_patch
    assert set(drawn) == {(0, 0), (0, 1), (1, 1)}  # a weight of zero is not drawn
    for place, arrow in drawn.items():
        colour = plots.BLUE if W[place] > 0 else plots.ORANGE
        assert same_color(arrow.get_edgecolor(), colour)
        assert (arrow.get_linestyle() in ("-", "solid")) == (W[place] > 0)
    widths = {abs(W[place]): arrow.get_linewidth() for place, arrow in drawn.items()}
    assert widths[0.5] < widths[1] < widths[2]


def test_a_network_of_zero_weights_has_no_arrows():
    (axis,) = draw(plots.network((3, 2), weights=[W * 0]))
    assert arrows(axis) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (-2, "−2"),
        (1.5232, "1.52"),
        (0.7761, "0.776"),
        (-0.25, "−0.25"),
        (0.9999, "1"),
        (100, "100"),
        (-0.0001, "0"),
        (np.float32(0.5), "0.5"),
    ],
)
def test_values_of_a_network(value, text):
    (axis,) = draw(plots.network((1, 1), values=[[value], None]))
    assert texts(axis) == [text]


@pytest.mark.parametrize(
    ("widths", "options", "kind", "message"),
    [
        ((), {}, ValueError, "widths takes one layer or more"),
        ((3, 0), {}, ValueError, r"widths\[1\] takes a number of 1 or more"),
        ((3, 2.0), {}, TypeError, r"widths\[1\] takes a whole number"),
        ("32", {}, TypeError, "widths takes a sequence of whole numbers"),
        (3, {}, TypeError, "widths takes a sequence of whole numbers"),
        ((3, 2), {"weights": W}, ValueError, "weights takes 1 matrices"),
        ((3, 2), {"weights": 3}, TypeError, "weights takes a list"),
        ((3, 2), {"weights": [W.T]}, ValueError, r"weights\[0\] takes shape \(3, 2\)"),
        ((3, 2), {"weights": [W * NAN]}, ValueError, r"weights\[0\] holds NaN"),
        ((3, 2), {"weights": [[1, 2]]}, ValueError, r"weights\[0\] takes 2 axes"),
        ((3, 2), {"weights": ["x"]}, TypeError, r"weights\[0\] takes an array"),
        ((3, 2), {"values": [None]}, ValueError, "values takes 2 arrays"),
        ((3, 2), {"values": "ab"}, TypeError, "values takes a list"),
        ((3, 2), {"values": [None, [1]]}, ValueError, r"values\[1\] takes shape \(2,"),
        ((3, 2), {"values": [None, "ab"]}, TypeError, r"values\[1\] takes an array"),
        ((3, 2), {"values": [None, [1, NAN]]}, ValueError, r"values\[1\] holds NaN"),
        ((3, 2), {"layer_names": ["x"]}, ValueError, "layer_names takes 2 texts"),
        ((3, 2), {"layer_names": "xh"}, TypeError, "layer_names takes a list"),
        ((3, 2), {"layer_names": ["x", 3]}, TypeError, r"layer_names\[1\] takes a te"),
        ((2, 1), {"unit_names": "ab"}, TypeError, "unit_names takes a list"),
        ((2, 1), {"unit_names": [None]}, ValueError, "unit_names and widths take"),
        ((2, 1), {"unit_names": [["a"], None]}, ValueError, r"unit_names\[0\] takes 2"),
        ((2, 1), {"unit_names": ["ab", None]}, TypeError, r"unit_names\[0\] takes a l"),
        ((2, 1), {"unit_names": [[1, 2], None]}, TypeError, r"unit_names\[0\]\[0\]"),
        ((3, 2), {"axis": 3}, TypeError, "axis takes a matplotlib axis"),
    ],
)
def test_network_refuses(widths, options, kind, message):
    with pytest.raises(kind, match=message):
        plots.network(widths, **options)
    assert plt.get_fignums() == []


# --- widths ----------------------------------------------------------------------


def bars(axis):
    return [patch for patch in axis.patches if isinstance(patch, Rectangle)]


@pytest.mark.parametrize(("code", "coloured"), [(None, 2), (0, 0), (np.int64(4), 4)])
def test_layer_widths(code, coloured):
    widths = (400, 100, 4, 100, 400)
    (axis,) = draw(plots.layer_widths(widths, code=code))
    assert texts(axis) == ["400", "100", "4", "100", "400"]
    heights = [bar.get_height() for bar in bars(axis)]
    np.testing.assert_allclose(heights, [1, 0.5, 0.1, 0.5, 1])
    orange = [same_color(bar.get_facecolor(), plots.ORANGE) for bar in bars(axis)]
    assert np.flatnonzero(orange).tolist() == [coloured]
    assert sum(isinstance(patch, Polygon) for patch in axis.patches) == 4


def test_names_of_layers():
    (axis,) = draw(plots.layer_widths([8, 2, 8], ("x", "", "x̂")))
    assert texts(axis) == ["x\n8", "\n2", "x̂\n8"]


@pytest.mark.parametrize(
    ("widths", "options", "kind", "message"),
    [
        ((), {}, ValueError, "widths takes one layer or more"),
        ((8, -1), {}, ValueError, r"widths\[1\] takes a number of 1 or more"),
        ("82", {}, TypeError, "widths takes a sequence of whole numbers"),
        ((8, 2), {"names": ["x"]}, ValueError, "names takes 2 texts, and got 1"),
        ((8, 2), {"names": "xh"}, TypeError, "names takes a list"),
        ((8, 2), {"names": [None, "h"]}, TypeError, r"names\[0\] takes a text"),
        ((8, 2), {"code": 2}, ValueError, "code takes a number from 0 to 1"),
        ((8, 2), {"code": -1}, ValueError, "code takes a number from 0 to 1"),
        ((8, 2), {"code": 1.0}, TypeError, "code takes a whole number"),
        ((8, 2), {"axis": 3}, TypeError, "axis takes a matplotlib axis"),
    ],
)
def test_layer_widths_refuse(widths, options, kind, message):
    with pytest.raises(kind, match=message):
        plots.layer_widths(widths, **options)
    assert plt.get_fignums() == []


# --- all of them -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (plots.tiles, [IMAGES]),
        (plots.curves, [{"a": [1, 2]}, "x", "y"]),
        (plots.learning_curves, [{"a": [1, 2]}, "y"]),
        (plots.code_plane, [[[1, 2]], [3]]),
        (plots.network, [(3, 2)]),
        (plots.layer_widths, [(3, 2)]),
    ],
)
def test_a_given_axis_is_drawn_on(function, arguments):
    fig, (left, right) = plt.subplots(1, 2)
    assert function(*arguments, axis=right) is fig
    draw(fig)
    assert right.has_data()
    assert not left.has_data()
    assert plt.get_fignums() == [fig.number]


def test_style():
    assert mpl.rcParams["image.cmap"] == "gray"
    assert mpl.rcParams["figure.figsize"] == [plots.WIDTH, 3.6]
    cycle = mpl.rcParams["axes.prop_cycle"].by_key()
    assert tuple(cycle["color"]) == plots.COLOURS
    assert tuple(cycle["marker"]) == plots.MARKERS
    assert len(set(plots.COLOURS)) == len(set(plots.MARKERS)) == 7
