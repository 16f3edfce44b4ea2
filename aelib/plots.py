"""Arrays in, figure out: the pictures that two lessons or more draw.

Every function returns a `matplotlib.figure.Figure`; the cell ends with `plt.show()`.
Images are grey, lines carry a colour that colour-blind readers can tell apart *and* a
marker of their own.
"""

import itertools

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from aelib import checks

# Okabe and Ito's palette, made to be told apart with any colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
PINK, SKY, AMBER, BLACK = "#CC79A7", "#56B4E9", "#E69F00", "#222222"
GREY = "#8C8C8C"
COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY, AMBER, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

WIDTH = 8.0  # inches: a notebook's column at the style's resolution


def use_style():
    """Set the one plot style of the course; `aelib.setup` calls this."""
    plt.rcParams.update(
        {
            "figure.figsize": (WIDTH, 3.6),
            "figure.dpi": 100,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.prop_cycle": plt.cycler(color=COLOURS, marker=MARKERS),
            "grid.color": "#E6E6E6",
            "image.cmap": "gray",
            "image.interpolation": "nearest",
            "lines.linewidth": 1.8,
            "lines.markersize": 5,
            "legend.frameon": False,
        }
    )


def _axis(axis, **options):
    """Return `axis`, or the axis of a new figure where it is None."""
    if axis is None:
        return plt.subplots(**options)[1]
    if not isinstance(axis, Axes):
        raise TypeError(f"axis takes a matplotlib axis, and got {axis!r}")
    return axis


def _check_title(title):
    """Raise where `title` is no text; it may be empty."""
    if not isinstance(title, str):
        raise TypeError(f"title takes a text, and got {title!r}")


def _bare(axis):
    """Take the frame, ticks and grid off an axis."""
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
    for spine in axis.spines.values():
        spine.set_visible(False)


def image_rows(rows, columns=10):
    """Draw rows of square grey images, each row with its label.

    Args:
        rows: dict from a row's label to images of shape (n, side * side), pixels from
            0 (black) to 1 (white); values outside are clipped.
        columns: how many images of each row are drawn, at most n.

    Returns:
        The figure.

    Raises:
        TypeError: `rows` is no dict, or holds no arrays of numbers.
        ValueError: no row, images that are not square, or too few of them.

    Example:
        >>> fig = image_rows({"original": x, "reconstruction": x_hat})
    """
    rows = _checked_rows(rows, columns)
    size = WIDTH * 0.86 / columns
    fig, grid = plt.subplots(
        len(rows), figsize=(WIDTH, size * len(rows)), squeeze=False
    )
    # One axis a row: an axis for every image takes several times as long to draw.
    for (axis,), (label, images) in zip(grid, rows.items(), strict=True):
        side = round(images.shape[1] ** 0.5)
        mosaic = _mosaic(images[:columns], columns, gap=-(-side // 10))
        axis.imshow(mosaic, vmin=0, vmax=1)
        _bare(axis)
        axis.set_anchor("E")  # what is left of the width goes to the label
        axis.set_ylabel(label, rotation=0, ha="right", va="center")
    return fig


def _checked_rows(rows, columns):
    """Return `rows` with checked arrays, or raise."""
    checks.whole_number("columns", columns, low=1)
    if not isinstance(rows, dict):
        raise TypeError(f"rows takes a dict from label to images, and got {rows!r}")
    if not rows:
        raise ValueError("rows takes one row of images or more, and got none")
    checked = {}
    for label, images in rows.items():
        checks.text("a label of rows", label)
        images = _square_images(f"rows[{label!r}]", images)
        if len(images) < columns:
            raise ValueError(
                f"rows[{label!r}] has {len(images)} images for {columns} columns"
            )
        checked[label] = images
    return checked


def _square_images(name, value):
    """Return images as an array of shape (n, side * side), or raise."""
    images = checks.array(name, value, ndim=2)
    if round(images.shape[1] ** 0.5) ** 2 != images.shape[1]:
        raise ValueError(
            f"{name} takes square images such as (n, 784), and got shape {images.shape}"
        )
    return images


def tiles(images, columns=20, centred=False, title="", axis=None):
    """Draw many square images as one mosaic, row by row, with light gaps between.

    Args:
        images: pixels or weights, shape (n, side * side).
        columns: how many images stand in a row; the last row may be shorter.
        centred: False for pixels from 0 (black) to 1 (white), where values outside are
            clipped. True for weights: each image is divided by its largest absolute
            value, and 0 is mid-grey, so sizes can't be compared between images.
        title: title of the axis.
        axis: matplotlib axis to draw on; a new figure where left out.

    Returns:
        The figure.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: images that are not square, or `columns` below 1.

    Example:
        >>> fig = tiles(x_test, columns=10, title="test images")
    """
    images = _square_images("images", images)
    checks.whole_number("columns", columns, low=1)
    _check_title(title)
    if checks.yes_or_no("centred", centred):
        images = _floats(images)
        largest = np.abs(images).max(axis=1, keepdims=True)
        images = images / np.where(largest > 0, largest, 1)
    mosaic = _mosaic(images, columns)
    height, width = mosaic.shape
    # Margin and title come on top, or the mosaic would not fill the width.
    figsize = (WIDTH, WIDTH * height / width + (0.35 if title else 0.1))
    axis = _axis(axis, figsize=figsize)
    # "auto" smooths where "nearest" would drop pixels and with them some of the gaps.
    axis.imshow(mosaic, vmin=-1 if centred else 0, vmax=1, interpolation="auto")
    _bare(axis)
    axis.set_title(title)
    return axis.figure


def _floats(array):
    """Return an array as floats of 32 bits or more: int8 has no 128 for its -128."""
    return array.astype(np.promote_types(array.dtype, "float32"))


def _mosaic(images, columns, gap=1):
    """Return one array of all images, with NaN (drawn as paper) in gaps and blanks."""
    side = round(images.shape[1] ** 0.5)
    rows, pitch = -(-len(images) // columns), side + gap
    # A gap follows each tile; the last one of a row and of a column is cut off.
    mosaic = np.full((rows, pitch, columns, pitch), np.nan)
    for i, image in enumerate(images):
        mosaic[i // columns, :side, i % columns, :side] = image.reshape(side, side)
    return mosaic.reshape(rows * pitch, columns * pitch)[:-gap, :-gap]


def curves(series, x_label, y_label, x=None, markers=True, log_x=False, axis=None):
    """Draw lines that share their axes, each with a colour and a marker of its own.

    Args:
        series: dict from a line's label to its values, all of the same length.
        x_label: label of the x axis, with its unit.
        y_label: label of the y axis, with its unit.
        x: the values' places, shape (n,); 1, 2, … where left out.
        markers: whether the points are marked; off for long lines.
        log_x: whether the x axis is logarithmic, with a tick at each place.
        axis: matplotlib axis to draw on; a new figure where left out.

    Returns:
        The figure.

    Raises:
        TypeError: `series` is no dict, or a value or label of the wrong type.
        ValueError: no line, lines that do not fit `x`, or an `x` of 0 or less on a
            logarithmic axis.

    Example:
        >>> fig = curves({"PCA": [27, 14], "network": [22, 12]}, "code size", "error",
        ...              x=[8, 32])
    """
    if not isinstance(series, dict):
        raise TypeError(f"series takes a dict from label to values, got {series!r}")
    if not series:
        raise ValueError("series takes one line or more, and got none")
    checks.text("x_label", x_label)
    checks.text("y_label", y_label)
    checks.yes_or_no("markers", markers)
    checks.yes_or_no("log_x", log_x)
    lines = {
        checks.text("a label of series", label): checks.array(
            f"series[{label!r}]", values, ndim=1
        )
        for label, values in series.items()
    }
    if x is None:
        x = np.arange(1, len(next(iter(lines.values()))) + 1)
    x = checks.array("x", x, ndim=1)
    for label, values in lines.items():
        checks.same_length(f"series[{label!r}]", values, "x", x)
    if log_x and x.min() <= 0:
        raise ValueError(f"x takes numbers above 0 on a logarithmic axis, and got {x}")
    axis = _axis(axis)
    styles = itertools.cycle(zip(COLOURS, MARKERS, strict=True))
    for (label, values), (colour, marker) in zip(lines.items(), styles, strict=False):
        axis.plot(
            x, values, color=colour, marker=marker if markers else "", label=label
        )
    if log_x:
        axis.set_xscale("log", base=2)
        axis.set_xticks(x, [f"{place:g}" for place in x])
        axis.minorticks_off()
    axis.set(xlabel=x_label, ylabel=y_label)
    axis.legend()
    return axis.figure


def learning_curves(series, y_label, axis=None):
    """Draw losses against the epoch: training and held-out, or several networks.

    Args:
        series: dict from a line's label to its losses, one an epoch.
        y_label: label of the y axis, with its unit.
        axis: matplotlib axis to draw on; a new figure where left out.

    Returns:
        The figure.

    Raises:
        TypeError: see `curves`.
        ValueError: see `curves`.

    Example:
        >>> fig = learning_curves({"training": history.history["loss"]}, "loss")
    """
    return curves(series, "epoch", y_label, markers=False, axis=axis)


def error_against_code_size(sizes, series, y_label="squared error per image"):
    """Draw held-out error against code size, on an axis that doubles.

    Args:
        sizes: code sizes, shape (n,).
        series: dict from a method's name to its errors, shape (n,).
        y_label: label of the y axis, with its unit.

    Returns:
        The figure.

    Raises:
        TypeError: see `curves`.
        ValueError: see `curves`.

    Example:
        >>> fig = error_against_code_size([2, 8], {"PCA": [43.7, 29.4]})
    """
    sizes = checks.array("sizes", sizes, ndim=1)
    if sizes.min() <= 0:
        raise ValueError(f"sizes takes numbers above 0, and got {sizes}")
    fig = curves(series, "code size (numbers per image)", y_label, sizes, log_x=True)
    fig.axes[0].set_ylim(bottom=0)
    return fig


def code_plane(codes, labels, axis=None, title=""):
    """Draw two-dimensional codes, each point as the digit that it encodes.

    Args:
        codes: shape (n, 2).
        labels: digits from 0 to 9, shape (n,).
        axis: matplotlib axis to draw on; a new figure where left out.
        title: title of the axis.

    Returns:
        The figure.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: codes that are not two-dimensional, or labels that do not fit.

    Example:
        >>> fig = code_plane(encoder.predict(x_test, verbose=0), y_test)
    """
    codes = checks.array("codes", codes, ndim=2, columns=2)
    labels = checks.labels("labels", labels, low=0, high=9)
    checks.same_length("codes", codes, "labels", labels)
    _check_title(title)
    axis = _axis(axis, figsize=(5, 5))
    # The digit itself is the marker: ten colours alone can't be told apart.
    for digit, colour in zip(range(10), itertools.cycle(COLOURS), strict=False):
        axis.scatter(
            *codes[labels == digit].T,
            marker=f"${digit}$",
            color=colour,
            s=24,
            linewidths=0.2,
        )
    axis.set(xlabel="first number of the code", ylabel="second number", title=title)
    return axis.figure


def network(
    widths,
    weights=None,
    values=None,
    layer_names=None,
    unit_names=None,
    title="",
    axis=None,
):
    """Draw a network: circles for units, arrows for weights, from left to right.

    A positive weight is blue and solid, a negative one orange and dashed, and the
    width of the line grows with the weight's size; a weight of zero is not drawn.

    Args:
        widths: units per layer, such as (4, 2, 4).
        weights: one matrix for each pair of layers, shape (units, next units); grey
            arrows without a weight where left out.
        values: one array for each layer, shape (units,), written into the circles;
            None for a layer leaves them empty.
        layer_names: one text for each layer, written above it; "" writes nothing.
        unit_names: for each layer one text for each unit, or None for none; written
            outside the first and the last layer, and below the units of the others.
        title: title of the figure.
        axis: matplotlib axis to draw on; a new figure where left out.

    Returns:
        The figure.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: sizes that do not fit `widths`.

    Example:
        >>> fig = network((4, 2, 4), values=[[1, 0, 0, 0], None, None])
    """
    widths = _checked_widths(widths)
    weights = _checked_weights(widths, weights)
    values = _checked_values(widths, values)
    if layer_names is not None:
        layer_names = _checked_names("layer_names", layer_names, len(widths))
    unit_names = _checked_unit_names(widths, unit_names)
    _check_title(title)
    places = [
        [(2.2 * i, (width - 1) / 2 - unit) for unit in range(width)]
        for i, width in enumerate(widths)
    ]
    figsize = (min(WIDTH, 1.2 + 1.9 * len(widths)), 0.75 * max(widths) + 0.7)
    axis = _axis(axis, figsize=figsize)
    for i, matrix in enumerate(weights):
        _draw_weights(axis, places[i], places[i + 1], matrix)
    for layer, numbers in zip(places, values, strict=True):
        _draw_units(axis, layer, numbers)
    for i, (layer, names) in enumerate(zip(places, unit_names, strict=True)):
        _name_units(axis, layer, names, first=i == 0, last=i == len(widths) - 1)
    for i, name in enumerate(layer_names or ()):
        axis.text(2.2 * i, max(widths) / 2 + 0.15, name, ha="center", va="bottom")
    _bare(axis)
    axis.set(aspect="equal", title=title)
    axis.set_xlim(-0.8, 2.2 * (len(widths) - 1) + 0.8)
    axis.set_ylim(-max(widths) / 2 - 0.1, max(widths) / 2 + 0.6)
    return axis.figure


def _checked_widths(widths):
    """Return the widths of one layer or more, or raise."""
    widths = checks.widths("widths", widths)
    if not widths:
        raise ValueError("widths takes one layer or more, and got none")
    return widths


def _checked_names(argument, names, count):
    """Return `count` names, or raise."""
    _refuse_no_list(argument, names)
    if len(names) != count:
        raise ValueError(f"{argument} takes {count} texts, and got {len(names)}")
    for i, name in enumerate(names):
        if not isinstance(name, str):
            raise TypeError(f"{argument}[{i}] takes a text, and got {name!r}")
    return list(names)


def _checked_unit_names(widths, unit_names):
    """Return for each layer a list of names, one a unit, or an empty list."""
    if unit_names is None:
        return [[]] * len(widths)
    _refuse_no_list("unit_names", unit_names)
    checks.same_length("unit_names", unit_names, "widths", widths)
    return [
        [] if names is None else _checked_names(f"unit_names[{i}]", names, width)
        for i, (width, names) in enumerate(zip(widths, unit_names, strict=True))
    ]


def _refuse_no_list(argument, value):
    """Raise a TypeError where `value` is no list, tuple or array."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        raise TypeError(f"{argument} takes a list, and got {value!r}")


def _checked_weights(widths, weights):
    """Return one weight matrix or None for each pair of layers, or raise."""
    if weights is None:
        return [None] * (len(widths) - 1)
    _refuse_no_list("weights", weights)
    if len(weights) != len(widths) - 1:
        raise ValueError(
            f"weights takes {len(widths) - 1} matrices for widths {widths}, and got "
            f"{len(weights)}"
        )
    checked = [
        _floats(checks.array(f"weights[{i}]", matrix, ndim=2))
        for i, matrix in enumerate(weights)
    ]
    for i, matrix in enumerate(checked):
        if matrix.shape != widths[i : i + 2]:
            raise ValueError(
                f"weights[{i}] takes shape {widths[i : i + 2]}, and got {matrix.shape}"
            )
    return checked


def _checked_values(widths, values):
    """Return one array or None for each layer, or raise."""
    if values is None:
        return [None] * len(widths)
    _refuse_no_list("values", values)
    if len(values) != len(widths):
        raise ValueError(
            f"values takes {len(widths)} arrays (or None) for widths {widths}, and got "
            f"{len(values)}"
        )
    checked = [
        None
        if numbers is None
        else _floats(checks.array(f"values[{i}]", numbers, ndim=1))
        for i, numbers in enumerate(values)
    ]
    for i, (width, numbers) in enumerate(zip(widths, checked, strict=True)):
        if numbers is not None and numbers.shape != (width,):
            raise ValueError(
                f"values[{i}] takes shape ({width},), and got {numbers.shape}"
            )
    return checked


def _draw_weights(axis, starts, ends, matrix):
    """Draw the arrows between two layers, below the units."""
    largest = 1 if matrix is None else np.abs(matrix).max() or 1
    for i, start in enumerate(starts):
        for j, end in enumerate(ends):
            weight = None if matrix is None else matrix[i, j]
            if weight == 0:
                continue
            colour = GREY if weight is None else BLUE if weight > 0 else ORANGE
            axis.annotate(
                "",
                xy=end,
                xytext=start,
                zorder=1,
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": colour,
                    "linestyle": (0, (4, 2)) if weight and weight < 0 else "-",
                    "linewidth": 0.4 + 1.4 * abs(weight or 0.5) / largest,
                    "shrinkA": 19,
                    "shrinkB": 19,
                },
            )


def _draw_units(axis, layer, numbers):
    """Draw the circles of one layer, with their values where given."""
    axis.scatter(
        *zip(*layer, strict=True),
        s=1250,
        color="white",
        edgecolor=BLACK,
        zorder=2,
        marker="o",
    )
    if numbers is None:
        return
    for (x, y), value in zip(layer, numbers, strict=True):
        axis.text(x, y, _short(value), ha="center", va="center", fontsize=9.5, zorder=3)


def _name_units(axis, layer, names, first, last):
    """Write the names of one layer's units: left of the first, right of the last."""
    offset = (-23, 0) if first else (23, 0) if last else (0, -25)
    align = "right" if first else "left" if last else "center"
    for place, name in zip(layer, names, strict=False):
        axis.annotate(
            name,
            place,
            offset,
            textcoords="offset points",
            ha=align,
            va="center",
            fontsize=9.5,
        )


def _short(value):
    """Return a number as a text that fits into a circle, such as "−1.52"."""
    places = 3 if abs(value) < 1 else 2
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return text.replace("-", "−") if float(text) else "0"


def layer_widths(widths, names=None, code=None, axis=None):
    """Draw the layers of a network as bars whose heights are their widths.

    Args:
        widths: units per layer, such as (784, 256, 32, 256, 784).
        names: one text for each layer, written below it.
        code: index of the code layer, drawn in colour; the narrowest where left out.
        axis: matplotlib axis to draw on; a new figure where left out.

    Returns:
        The figure.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: `names` or `code` that does not fit `widths`.

    Example:
        >>> fig = layer_widths((784, 256, 32, 256, 784))
    """
    widths = _checked_widths(widths)
    code = int(np.argmin(widths)) if code is None else code
    checks.whole_number("code", code, low=0, high=len(widths) - 1)
    if names is not None:
        names = _checked_names("names", names, len(widths))
    axis = _axis(axis, figsize=(WIDTH, 3.2))
    # Square roots: 784 beside 2 would leave nothing to see of the 2.
    roots = np.sqrt([float(width) for width in widths])
    heights = roots / roots.max()
    for i, (height, width) in enumerate(zip(heights, widths, strict=True)):
        colour = ORANGE if i == code else BLUE
        axis.bar(i, height, width=0.28, bottom=-height / 2, color=colour, zorder=2)
        label = f"{width}" if names is None else f"{names[i]}\n{width}"
        axis.text(i, -0.56, label, ha="center", va="top")
    for i, (a, b) in enumerate(itertools.pairwise(heights)):
        corners = [(i + 0.14, a / 2), (i + 0.86, b / 2)]
        corners += [(i + 0.86, -b / 2), (i + 0.14, -a / 2)]
        axis.add_patch(Polygon(corners, color="#E9EEF2", zorder=1))
    axis.set(xlim=(-0.6, len(widths) - 0.4), ylim=(-0.85, 0.55))
    _bare(axis)
    return axis.figure
