"""The plots: what is drawn and where, how it is labelled, and what is refused."""

import keras
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color, to_hex

import aelib
from aelib import layers, models, plots

mpl.use("Agg")

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
    fig.canvas.draw()
    return fig.axes


def texts(axis):
    return [text.get_text() for text in axis.texts if text.get_text()]


def mosaic_of(axis):
    """Return the one picture of an axis, NaN where nothing is drawn."""
    (image,) = axis.images
    assert image.get_clim()[1] == 1  # white is the same in every picture
    assert image.cmap.name == "gray"
    return np.ma.filled(image.get_array(), NAN)


# --- images ----------------------------------------------------------------------


def drawn_rows(axis, columns, side=4, gap=1):
    """Return {label: the images of a row}, found beside the label."""
    mosaic = mosaic_of(axis)
    assert mosaic.shape[1] == columns * (side + gap) - gap
    rows = []
    for middle, label in zip(axis.get_yticks(), axis.get_yticklabels(), strict=True):
        top = round(middle - (side - 1) / 2)
        strip = mosaic[top : top + side]
        tiles = [strip[:, (side + gap) * i :][:, :side] for i in range(columns)]
        rows.append((label.get_text(), np.array(tiles).reshape(columns, -1)))
        mosaic[top : top + side] = NAN
    assert np.isnan(mosaic).all()  # nothing between the rows
    return rows


def test_image_rows():
    rows = {"original": IMAGES, "copy": (IMAGES / 2).reshape(12, 4, 4, 1)}
    above = {"copy": [0.1234, 2, 3, 14.56, 5], "original": list("abcd")}
    (axis,) = draw(plots.image_rows(rows, columns=4, above=above))
    (one, original), (two, copy) = drawn_rows(axis, columns=4)
    assert (one, two) == ("original", "copy")
    np.testing.assert_array_equal(original, IMAGES[:4])
    np.testing.assert_array_equal(copy, IMAGES[:4] / 2)
    assert texts(axis) == ["a", "b", "c", "d", "0.123", "2", "3", "14.6"]
    # Each text stands above the middle of its image.
    for i, text in enumerate(axis.texts):
        row = axis.get_yticks()[i // 4]
        assert text.get_position() == (1.5 + 5 * i - 20 * (i // 4), row - 1.5 - 1)


def test_image_rows_draws_ten_where_left_out():
    (axis,) = draw(plots.image_rows({"a": np.ones((12, 784))}))
    assert mosaic_of(axis).shape[1] == 10 * 28 + 9 * 3  # gaps grow with the images


def test_reconstructions():
    x, half, none = IMAGES, IMAGES / 2, np.zeros_like(IMAGES)
    (axis,) = draw(plots.reconstructions(x, {"half": half, "none": none}, columns=3))
    rows = drawn_rows(axis, columns=3)
    labels = ["original", "half", "x − x̂", "none", "x − x̂"]
    assert [label for label, _ in rows] == labels
    for (_, found), expected in zip(
        rows, [x, half, 0.5 + x / 4, none, 0.5 + x / 2], strict=True
    ):
        np.testing.assert_allclose(found, expected[:3])
    squares = np.concatenate([(x / 2) ** 2, x**2]).reshape(2, 12, 16).sum(axis=2)
    assert texts(axis) == [f"{error:.1f}" for error in squares[:, :3].ravel()]


def test_reconstructions_without_residuals():
    fig = plots.reconstructions(IMAGES, {"a": 1 - IMAGES}, columns=2, residuals=False)
    assert [label for label, _ in drawn_rows(draw(fig)[0], 2)] == ["original", "a"]


def test_the_error_of_a_reconstruction_counts_values_as_they_are():
    # They are clipped where they are drawn alone.
    fig = plots.reconstructions(IMAGES, {"a": IMAGES + 2, "b": IMAGES - 1}, columns=2)
    assert texts(draw(fig)[0]) == ["64.0", "64.0", "16.0", "16.0"]


def drawn_tiles(axis, columns, side=4):
    """Return the tiles of the one drawn picture, row by row."""
    mosaic = mosaic_of(axis)
    rows = (mosaic.shape[0] + 1) // (side + 1)
    assert mosaic.shape == (rows * (side + 1) - 1, columns * (side + 1) - 1)
    found = []
    for i in range(rows * columns):
        top, left = (side + 1) * (i // columns), (side + 1) * (i % columns)
        part = mosaic[top : top + side, left : left + side]
        found.append(part.copy().ravel())
        part[:] = NAN
    assert np.isnan(mosaic).all()  # the gaps
    return np.array(found)


def test_tiles():
    (axis,) = draw(plots.tiles(IMAGES, columns=5, title="twelve"))
    found = drawn_tiles(axis, columns=5)
    np.testing.assert_array_equal(found[:12], IMAGES)
    assert np.isnan(found[12:]).all()  # the last row's blanks
    assert len(found) == 15
    assert axis.images[0].get_clim() == (0, 1)
    assert axis.get_title() == "twelve"


def test_gaps_of_tiles_are_light():
    fig = plots.tiles(IMAGES[:3] * 0, columns=2)
    (axis,) = draw(fig)
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3]

    def colour(row, column):
        x, y = axis.transData.transform((column, row))
        return tuple(picture[len(picture) - 1 - int(y), int(x)])

    assert colour(1, 1) == colour(1, 6) == colour(6, 1) == (0, 0, 0)
    assert colour(1, 4) == colour(4, 1) == colour(6, 6) == (255, 255, 255)


def test_every_centred_tile_has_its_own_scale():
    weights = np.stack(
        [IMAGES[0] - 0.5, 9 * IMAGES[0] - 4.5, -IMAGES[1], 0 * IMAGES[0]]
    )
    (axis,) = draw(plots.tiles(weights.reshape(4, 4, 4), 2, centred=True))
    found = drawn_tiles(axis, columns=2)
    assert axis.images[0].get_clim() == (-1, 1)  # 0 is mid-grey
    np.testing.assert_allclose(found[0], found[1])
    np.testing.assert_allclose(np.abs(found).max(axis=1), [1, 1, 1, 0])
    np.testing.assert_allclose(found[2], -IMAGES[1] / IMAGES[1].max())


# --- lines, bars and points ------------------------------------------------------


def test_curves():
    series = {f"line {i}": [i, i + 1, i] for i in range(7)}
    (axis,) = draw(plots.curves(series, "time (s)", "error", x=[2, 4, 8]))
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("time (s)", "error")
    for line, (label, values) in zip(axis.lines, series.items(), strict=True):
        assert line.get_label() == label
        np.testing.assert_array_equal(line.get_data(), [[2, 4, 8], values])
    assert len({to_hex(line.get_color()) for line in axis.lines}) == 7
    assert len({line.get_marker() for line in axis.lines}) == 7
    shown = [text.get_text() for text in axis.get_legend().get_texts()]
    assert shown == list(series)


def test_curves_of_unequal_length():
    series = {"own": ([1, 4], [7, 8]), "counted": [5, 6, 7], "pair": (3, 2)}
    (axis,) = draw(plots.curves(series, "x", "y"))
    found = [np.transpose(line.get_data()).tolist() for line in axis.lines]
    assert found == [[[1, 7], [4, 8]], [[1, 5], [2, 6], [3, 7]], [[1, 3], [2, 2]]]


def test_a_logarithmic_axis_has_a_tick_at_each_place():
    series = {"a": [3, 4], "b": ([8, 32, 120], [1, 2, 3])}
    (axis,) = draw(plots.curves(series, "x", "y", x=[2, 8], log_x=True))
    assert axis.get_xscale() == "log"
    assert [t.get_text() for t in axis.get_xticklabels()] == ["2", "8", "32", "120"]
    np.testing.assert_array_equal(axis.get_xticks(), [2, 8, 32, 120])


def test_learning_curves():
    series = {"training": [3, 2, 1], "held-out": [4, 3]}
    (axis,) = draw(plots.learning_curves(series, "loss (nats)"))
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("epoch", "loss (nats)")
    assert [line.get_marker() for line in axis.lines] == ["", ""]
    np.testing.assert_array_equal(axis.lines[0].get_data(), [[1, 2, 3], [3, 2, 1]])


def drawn_bars(axis):
    """Return [(label, value, written, colour)] from the top to the bottom."""
    ticks = dict(zip(axis.get_yticks(), axis.get_yticklabels(), strict=True))
    found = []
    for bar, text in zip(axis.patches, axis.texts, strict=True):
        middle = bar.get_y() + bar.get_height() / 2
        nearest = ticks[min(ticks, key=lambda tick: abs(tick - middle))]
        assert bar.get_x() == 0
        assert text.xy[1] == pytest.approx(middle)
        width, written = bar.get_width(), text.get_text()
        found.append((middle, nearest.get_text(), width, written, bar.get_facecolor()))
    down = 1 if axis.yaxis_inverted() else -1
    return [entry[1:] for entry in sorted(found, key=lambda entry: down * entry[0])]


def test_bars():
    values = {"network": 0.91749, "PCA": 0.9, "below": -0.05}
    (axis,) = draw(plots.bars(values, "share right", grey=["PCA"]))
    found = drawn_bars(axis)
    assert {label: value for label, value, *_ in found} == values
    assert [label for label, *_ in found] == list(values)
    assert [text for *_, text, _ in found] == ["0.917", "0.900", "−0.050"]
    colours = [plots.BLUE, plots.GREY, plots.BLUE]
    for (*_, colour), expected in zip(found, colours, strict=True):
        assert same_color(colour, expected)
    assert axis.get_xlabel() == "share right"


def test_bars_of_several_series():
    values = {"held-out": {"PCA": 18.2, "deep": 10}, "training": {"PCA": 17, "deep": 7}}
    (axis,) = draw(plots.bars(values, "error"))
    found = [(label, value, text) for label, value, text, _ in drawn_bars(axis)]
    assert found == [
        ("PCA", 18.2, "18.2"),
        ("PCA", 17, "17.0"),
        ("deep", 10, "10.0"),
        ("deep", 7, "7.0"),
    ]
    shown = [text.get_text() for text in axis.get_legend().get_texts()]
    assert shown == ["held-out", "training"]


@pytest.mark.parametrize("vertical", [False, True])
def test_baseline(vertical):
    fig = plots.curves({"a": [1, 2]}, "x", "y")
    assert plots.baseline(fig.axes[0], 1.5, "mean image", vertical) is fig
    (axis,) = draw(fig)
    x, y = axis.lines[1].get_data()
    np.testing.assert_array_equal(x if vertical else y, [1.5, 1.5])
    np.testing.assert_array_equal(y if vertical else x, [0, 1])  # from side to side
    assert same_color(axis.lines[1].get_color(), plots.GREY)
    assert texts(axis) == ["mean image"]
    assert axis.texts[0].xy[0 if vertical else 1] == 1.5
    assert len(axis.get_legend().get_texts()) == 1  # the label stands on the line


def test_code_plane():
    codes, labels = np.arange(24.0).reshape(12, 2), np.arange(12) % 9
    (axis,) = draw(plots.code_plane(codes, labels, title="PCA"))
    assert axis.get_title() == "PCA"
    for digit, points in enumerate(axis.collections):
        np.testing.assert_array_equal(points.get_offsets(), codes[labels == digit])
    shapes = {points.get_paths()[0].vertices.tobytes() for points in axis.collections}
    assert len(shapes) == 10  # each digit is its own marker


# --- networks --------------------------------------------------------------------


def arrows(axis):
    """Return {(unit, next unit): arrow} of a drawn network of two layers."""
    left, right = (units.get_offsets() for units in axis.collections)
    return {
        (
            np.flatnonzero((left == text.xyann).all(axis=1)).item(),
            np.flatnonzero((right == text.xy).all(axis=1)).item(),
        ): text.arrow_patch
        for text in axis.texts
        if getattr(text, "arrow_patch", None)
    }


def test_weights_of_a_network():
    (axis,) = draw(plots.network((3, 2), weights=[W]))
    drawn = arrows(axis)
    assert set(drawn) == {(0, 0), (0, 1), (1, 1)}  # a weight of zero is not drawn
    for place, arrow in drawn.items():
        colour = plots.BLUE if W[place] > 0 else plots.ORANGE
        assert same_color(arrow.get_edgecolor(), colour)
        assert (arrow.get_linestyle() in ("-", "solid")) == (W[place] > 0)
    widths = {abs(W[place]): arrow.get_linewidth() for place, arrow in drawn.items()}
    assert widths[0.5] < widths[1] < widths[2]


def test_network_without_weights():
    names = {"layer_names": ("x", "h"), "unit_names": (["a", "b"], None)}
    (axis,) = draw(plots.network((2, 3), title="small", **names))
    drawn = arrows(axis)
    assert len(drawn) == 6
    assert {to_hex(a.get_edgecolor()) for a in drawn.values()} == {plots.GREY.lower()}
    assert [text for text in texts(axis) if text in "abxh"] == ["a", "b", "x", "h"]
    assert axis.get_title() == "small"
    above, below = axis.collections[0].get_offsets()[:, 1]
    assert above > below  # unit 0 is the first from above


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-2, "−2"),
        (1.5232, "1.52"),
        (0.7761, "0.776"),
        (0.9999, "1"),
        (100, "100"),
        (-0.0001, "0"),
    ],
)
def test_values_of_a_network(value, text):
    (axis,) = draw(plots.network((1, 1), values=[[value], None]))
    assert texts(axis) == [text]


def drawn_columns(axis):
    """Return [(boxes, shape, text)] of a drawn architecture from left to right."""
    middles = {
        text.get_position()[0]: [] for text in axis.texts if text.get_weight() == "bold"
    }
    for box in axis.patches:
        x = box.get_x() + box.get_width() / 2
        nearest = min(middles, key=lambda middle: abs(middle - x))
        assert nearest == pytest.approx(x)
        middles[nearest].append(box)
    found = []
    for x, boxes in sorted(middles.items()):
        below = [
            t for t in axis.texts if t.get_position()[0] == x and t.get_va() == "top"
        ]
        shape, text = (t.get_text() for t in below)
        found.append((boxes, shape, text.split("\n")))
    return found


def test_architecture_of_a_dense_autoencoder():
    model = models.dense_autoencoder(
        64,
        (16,),
        4,
        constraint=layers.KeepLargest(2),
        corruption=keras.layers.GaussianNoise(0.4),
    )
    (axis,) = draw(plots.architecture(model))
    columns = drawn_columns(axis)
    assert [shape for _, shape, _ in columns] == [
        "64",
        "64",
        "16",
        "4",
        "4",
        "16",
        "64",
    ]
    assert [text for *_, text in columns] == [
        ["input"],
        ["Gaussian", "Noise", "stddev = 0.4"],
        ["Dense", "relu", "encoder_1"],
        ["Dense", "encoder_2"],
        ["KeepLargest", "k = 2"],
        ["Dense", "relu", "decoder_1"],
        ["Dense", "sigmoid", "decoder_2"],
    ]
    boxes = [box for (box,), *_ in columns]
    heights = [box.get_height() for box in boxes]
    np.testing.assert_allclose(heights, [1, 1, 0.5, 0.25, 0.25, 0.5, 1])
    grey, blue, orange = plots.GREY, plots.BLUE, plots.ORANGE
    for box, colour in zip(
        boxes, [grey, grey, blue, orange, orange, blue, blue], strict=True
    ):
        assert same_color(box.get_edgecolor(), colour)
    assert [box.get_linestyle() for box in boxes] == ["-", "--", *["-"] * 5]
    # A line above each part, from its first box to its last.
    spans = {
        text.get_text(): line.get_xdata()
        for text, line in zip(
            [t for t in axis.texts if t.get_text() in ("encoder", "code", "decoder")],
            axis.lines,
            strict=True,
        )
    }
    for part, places in {"encoder": [2], "code": [3, 4], "decoder": [5, 6]}.items():
        left, right = spans[part]
        assert [x for x in range(7) if left < x < right] == places


def test_architecture_of_a_convolutional_autoencoder():
    model = models.conv_autoencoder((28, 28, 1), (16, 32), 5)
    columns = drawn_columns(draw(plots.architecture(model))[0])
    shapes = [shape for _, shape, _ in columns]
    assert shapes[:4] == ["28×28×1", "14×14×16", "7×7×32", "5"]
    assert shapes[-2:] == ["14×14×16", "28×28×1"]
    first, second = (box for (box,), *_ in columns[1:3])
    assert first.get_height() == pytest.approx(2 * second.get_height())  # pixels
    assert first.get_width() < second.get_width()  # channels
    assert columns[1][2][0] == "Conv2D"


def test_architecture_of_a_conditional_variational_autoencoder():
    model = models.variational_autoencoder(16, (9,), 2, classes=10)
    (axis,) = draw(plots.architecture(model))
    columns = drawn_columns(axis)
    shapes = [shape for _, shape, _ in columns]
    assert shapes == ["16", "10", "9", "2", "2", "10", "9", "16"]
    assert [len(boxes) for boxes, *_ in columns] == [1, 1, 1, 2, 1, 1, 1, 1]
    assert columns[3][2] == ["Dense", "mean", "log_variance"]
    assert columns[4][2][:2] == ["Gaussian", "Sampling"]
    joints = [text for text in texts(axis) if text in "+→"]
    assert "".join(joints) == "+→→→+→→"


def test_architecture_of_a_pair():
    encoder = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, name="code")])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(6, name="copy")])
    (axis,) = draw(plots.architecture((encoder, decoder)))
    assert [shape for _, shape, _ in drawn_columns(axis)] == ["6", "2", "6"]
    whole = aelib.Autoencoder(encoder, decoder)
    assert texts(draw(plots.architecture(whole))[0]) == texts(axis)


# --- all of them -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (plots.tiles, [IMAGES]),
        (plots.curves, [{"a": [1, 2]}, "x", "y"]),
        (plots.learning_curves, [{"a": [1, 2]}, "y"]),
        (plots.bars, [{"a": 1}, "x"]),
        (plots.code_plane, [[[1, 2]], [3]]),
        (plots.network, [(3, 2)]),
        (plots.architecture, [models.dense_autoencoder(4, (), 2)]),
    ],
)
def test_a_given_axis_is_drawn_on(function, arguments):
    fig, (left, right) = plt.subplots(1, 2)
    assert function(*arguments, axis=right) is fig
    draw(fig)
    assert right.has_data() or right.patches
    assert not left.has_data()
    assert plt.get_fignums() == [fig.number]
    with pytest.raises(TypeError, match="axis takes a matplotlib axis"):
        function(*arguments, axis="left")


def test_style():
    assert mpl.rcParams["image.cmap"] == "gray"
    cycle = mpl.rcParams["axes.prop_cycle"].by_key()
    assert tuple(cycle["color"]) == plots.COLOURS
    assert tuple(cycle["marker"]) == plots.MARKERS
    assert len(set(plots.COLOURS)) == len(set(plots.MARKERS)) == 7


LINE = {"a": [1, 2]}
TWO = {"s": {"a": 1}, "t": {"b": 1}}
TURNED = {"s": {"a": 1, "b": 2}, "t": {"b": 2, "a": 1}}
UNEQUAL = {"a": IMAGES, "b": IMAGES[:, :9]}
NO_MODEL = keras.Sequential()


@pytest.mark.parametrize(
    ("draw", "kind", "message"),
    [
        (lambda: plots.image_rows([IMAGES]), TypeError, "rows takes a dict"),
        (lambda: plots.image_rows({}), ValueError, "rows takes one label or more"),
        (
            lambda: plots.image_rows({3: IMAGES}),
            TypeError,
            "a label of rows takes a te",
        ),
        (
            lambda: plots.image_rows({"a": IMAGES[:3]}),
            ValueError,
            "3 images for 10 col",
        ),
        (lambda: plots.image_rows({"a": IMAGES * NAN}), ValueError, "holds NaN"),
        (
            lambda: plots.image_rows(UNEQUAL),
            ValueError,
            "rows takes images of one size",
        ),
        (lambda: plots.image_rows(LINE, 0), ValueError, "columns takes a number of 1"),
        (
            lambda: plots.image_rows({"a": IMAGES}, 2, {"b": [1, 2]}),
            ValueError,
            "above names 'b'",
        ),
        (
            lambda: plots.image_rows({"a": IMAGES}, 2, {"a": [1]}),
            ValueError,
            "1 entries for 2",
        ),
        (
            lambda: plots.reconstructions(IMAGES, UNEQUAL),
            ValueError,
            r"x_hat\['b'\] and x take the same shape",
        ),
        (lambda: plots.tiles(IMAGES[:, 1:]), ValueError, "images takes images such as"),
        (lambda: plots.tiles(np.ones((2, 4, 4, 3))), ValueError, "takes grey images"),
        (lambda: plots.curves(LINE, "x", ""), ValueError, "y_label takes a text that"),
        (lambda: plots.curves(LINE, "x", "y", [1]), ValueError, "and x take the same"),
        (
            lambda: plots.curves(LINE, "x", "y", [0, 1], log_x=True),
            ValueError,
            "x takes numbers above 0",
        ),
        (lambda: plots.bars({"a": "1"}, "x"), TypeError, r"values\['a'\] takes a num"),
        (lambda: plots.bars({"a": 1}, "x", ["b"]), ValueError, "grey names 'b'"),
        (lambda: plots.bars(TWO, "x"), ValueError, r"values\['t'\] takes the labels"),
        (lambda: plots.bars(TURNED, "x"), ValueError, r"\['t'\] takes the labels"),
        (lambda: plots.baseline(3, 1, "a"), TypeError, "axis takes a matplotlib axis"),
        (lambda: plots.code_plane([[1, 2]], [10]), ValueError, "labels takes a number"),
        (lambda: plots.network(()), ValueError, "widths takes one layer or more"),
        (lambda: plots.network((3, 2), [W.T]), ValueError, r"weights\[0\] takes shape"),
        (lambda: plots.network((3, 2), values="ab"), TypeError, "values takes a list"),
        (lambda: plots.architecture(NO_MODEL), TypeError, "model takes an aelib.Auto"),
    ],
)
def test_refused(draw, kind, message):
    with pytest.raises(kind, match=message):
        draw()
    assert plt.get_fignums() == []
