"""Numbers as lines, bars and points."""

import itertools

import numpy as np

from aelib import checks
from aelib.plots import style


def curves(series, x_label, y_label, x=None, markers=True, log_x=False, axis=None):
    """Draw lines that share their axes, each with a colour and a marker of its own.

    Args:
        series: dict from a line's label to its values; or to a pair `(x, values)`, a
            tuple, for lines of different places. They may differ in length.
        x_label: label of the x axis, with its unit.
        y_label: label of the y axis, with its unit.
        x: the places of all lines that bring none, shape (n,); 1, 2, … where left out.
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

    Introduced in lesson 06.
    """
    style.checked_dict("series", series, "values")
    checks.text("x_label", x_label)
    checks.text("y_label", y_label)
    checks.yes_or_no("markers", markers)
    checks.yes_or_no("log_x", log_x)
    lines = [(label, *_line(label, values, x)) for label, values in series.items()]
    places = np.unique(np.concatenate([line_x for _, line_x, _ in lines]))
    if log_x and places[0] <= 0:
        raise ValueError(
            f"x takes numbers above 0 on a logarithmic axis, and got {places[0]}"
        )
    axis = style.on_axis(axis)
    looks = itertools.cycle(zip(style.COLOURS, style.MARKERS, strict=True))
    for (label, line_x, y), (colour, marker) in zip(lines, looks, strict=False):
        marker = marker if markers else ""
        axis.plot(line_x, y, color=colour, marker=marker, label=label)
    if log_x:
        axis.set_xscale("log", base=2)
        axis.set_xticks(places, [f"{place:g}" for place in places])
        axis.minorticks_off()
    axis.set(xlabel=x_label, ylabel=y_label)
    axis.legend()
    return axis.figure


def _line(label, values, x):
    """Return the checked places and values of one line."""
    name = f"series[{label!r}]"
    if isinstance(values, tuple) and len(values) == 2 and np.ndim(values[0]) == 1:
        x_name, (x, values) = f"x of {name}", values
    else:
        x_name = "x"
    values = checks.array(name, values, ndim=1)
    x = np.arange(1, len(values) + 1) if x is None else checks.array(x_name, x, ndim=1)
    checks.same_length(name, values, x_name, x)
    return x, values


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
        >>> fig = learning_curves({"training": [210.5, 180.2]}, "loss (nats)")

    Introduced in lesson 02.
    """
    return curves(series, "epoch", y_label, markers=False, axis=axis)


def bars(values, x_label, grey=(), axis=None):
    """Draw horizontal bars, each with its label before it and its value behind it.

    Args:
        values: dict from a bar's label to a number; or, for several bars at each label,
            dict from a series' label to such a dict, with the same labels in each.
        x_label: label of the x axis, with its unit.
        grey: labels of bars that are baselines, and grey.
        axis: matplotlib axis to draw on; a new figure where left out.

    Returns:
        The figure. To zoom in, set the limits: `fig.axes[0].set_xlim(0.8, 0.95)`.

    Raises:
        TypeError: `values` is no dict, or a value or label of the wrong type.
        ValueError: no bar, series whose labels differ, or a `grey` label without a bar.

    Example:
        >>> fig = bars({"network": 0.917, "PCA": 0.942}, "share named right", ["PCA"])

    Introduced in lesson 02.
    """
    style.checked_dict("values", values, "number")
    checks.text("x_label", x_label)
    several = isinstance(next(iter(values.values())), dict)
    series = values if several else {"": values}
    labels = list(next(iter(series.values())))
    table = [_numbers_of(name, row, labels) for name, row in series.items()]
    if not isinstance(grey, (list, tuple)):
        raise TypeError(f"grey takes a list of labels, and got {grey!r}")
    for label in grey:
        if label not in labels:
            raise ValueError(f"grey names {label!r}, and the bars are {labels}")
    height = 0.36 * len(labels) * (1 + 0.6 * (len(table) - 1)) + 0.7
    axis = style.on_axis(axis, figsize=(style.WIDTH, height))
    decimals = int(np.clip(2 - np.floor(np.log10(np.abs(table).max() or 1)), 0, 6))
    thick = 0.7 / len(table)
    for i, (name, numbers) in enumerate(zip(series, table, strict=True)):
        places = np.arange(len(labels)) + thick * (i - (len(table) - 1) / 2)
        colour = style.COLOURS[i % len(style.COLOURS)]
        colours = [style.GREY if label in grey else colour for label in labels]
        drawn = axis.barh(places, numbers, thick * 0.92, color=colours, label=name)
        texts = [f"{number:.{decimals}f}".replace("-", "−") for number in numbers]
        axis.bar_label(drawn, texts, padding=3, fontsize=9.5)
    axis.set_yticks(range(len(labels)), labels)
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    axis.margins(x=0.1)
    axis.set_xlabel(x_label)
    if several:
        axis.legend()
    return axis.figure


def _numbers_of(name, row, labels):
    """Return the numbers of one series of bars in the order of the labels."""
    style.checked_dict(f"values[{name!r}]" if name else "values", row, "number")
    if list(row) != labels:
        raise ValueError(
            f"values[{name!r}] takes the labels {labels}, and got {list(row)}"
        )
    return [
        checks.number(f"values[{label!r}]", number) for label, number in row.items()
    ]


def baseline(axis, value, label, vertical=False):
    """Draw a grey dashed line at what a simple method reaches, with its label on it.

    Args:
        axis: matplotlib axis to draw on, after everything else.
        value: where the line crosses the y axis (the x axis if vertical).
        label: what is written on the line, such as "mean image".
        vertical: whether the line is vertical, as across horizontal bars.

    Returns:
        The figure.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a value that is not finite, or an empty label.

    Example:
        >>> fig = curves({"network": [22, 12]}, "code size", "error", x=[8, 32])
        >>> fig = baseline(fig.axes[0], 52.8, "mean image")

    Introduced in lesson 03.
    """
    if not isinstance(axis, style.Axes):
        raise TypeError(f"axis takes a matplotlib axis, and got {axis!r}")
    checks.number("value", value)
    checks.text("label", label)
    line = {"color": style.GREY, "linestyle": "--", "linewidth": 1.2, "marker": ""}
    text = {"color": "#666666", "textcoords": "offset points", "fontsize": 9.5}
    if checks.yes_or_no("vertical", vertical):
        axis.axvline(value, **line)
        place, offset = (value, 1), (0, 2)
        where = axis.get_xaxis_transform()
        text |= {"ha": "center", "va": "bottom"}
    else:
        axis.axhline(value, **line)
        place, offset = (1, value), (0, 2)
        where = axis.get_yaxis_transform()
        text |= {"ha": "right", "va": "bottom"}
    axis.annotate(label, place, offset, xycoords=where, **text)
    return axis.figure


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
        >>> fig = code_plane(model.encoder.predict(x_test, verbose=0), y_test)

    Introduced in lesson 03.
    """
    codes = checks.array("codes", codes, ndim=2, columns=2)
    labels = checks.labels("labels", labels, low=0, high=9)
    checks.same_length("codes", codes, "labels", labels)
    style.checked_title(title)
    axis = style.on_axis(axis, figsize=(5, 5))
    for digit, colour in enumerate(style.TEN_COLOURS):
        axis.scatter(
            *codes[labels == digit].T,
            marker=f"${digit}$",
            color=colour,
            s=36,
            linewidths=0.3,
        )
    axis.set(xlabel="first number of the code", ylabel="second number", title=title)
    return axis.figure
