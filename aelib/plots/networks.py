"""Pictures of networks: every unit with its weights, or a box for each layer."""

import itertools
import re
from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle

from aelib import checks
from aelib.plots import style
from aelib.plots.style import BLACK, BLUE, GREY, ORANGE, WIDTH

_SHAPERS = ("InputLayer", "Flatten", "Reshape", "Concatenate")  # they compute nothing


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

    Introduced in lesson 01.
    """
    widths = _checked_widths(widths)
    weights = _arrays("weights", weights, list(itertools.pairwise(widths)))
    values = _arrays("values", values, [(width,) for width in widths])
    layer_names = _names("layer_names", layer_names, len(widths))
    unit_names = [
        _names(f"unit_names[{i}]", names, widths[i])
        for i, names in enumerate(_listed("unit_names", unit_names, len(widths)))
    ]
    style.checked_title(title)
    places = [
        [(2.2 * i, (width - 1) / 2 - unit) for unit in range(width)]
        for i, width in enumerate(widths)
    ]
    figsize = (min(WIDTH, 1.2 + 1.9 * len(widths)), 0.75 * max(widths) + 0.7)
    axis = style.on_axis(axis, figsize=figsize)
    for i, matrix in enumerate(weights):
        _draw_weights(axis, places[i], places[i + 1], matrix)
    for layer, numbers in zip(places, values, strict=True):
        _draw_units(axis, layer, numbers)
    for i, (layer, names) in enumerate(zip(places, unit_names, strict=True)):
        _name_units(axis, layer, names, first=i == 0, last=i == len(widths) - 1)
    for i, name in enumerate(layer_names):
        axis.text(2.2 * i, max(widths) / 2 + 0.15, name, ha="center", va="bottom")
    style.bare(axis)
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


def _listed(argument, value, count):
    """Return `value` as a list of `count` entries; of None where it is left out."""
    if value is None:
        return [None] * count
    if not isinstance(value, (list, tuple, np.ndarray)):
        raise TypeError(f"{argument} takes a list, and got {value!r}")
    if len(value) != count:
        raise ValueError(f"{argument} takes {count} entries, and got {len(value)}")
    return list(value)


def _names(argument, value, count):
    """Return `count` names, which may be empty; no name where they are left out."""
    if value is None:
        return []
    return [
        checks.text(f"{argument}[{i}]", name, empty=True)
        for i, name in enumerate(_listed(argument, value, count))
    ]


def _arrays(argument, value, shapes):
    """Return an array of each shape, or None for it."""
    found = _listed(argument, value, len(shapes))
    for i, array in enumerate(found):
        if array is not None:
            array = checks.array(f"{argument}[{i}]", array)
            if array.shape != shapes[i]:
                raise ValueError(
                    f"{argument}[{i}] takes shape {shapes[i]}, and got {array.shape}"
                )
            # float32 or more: int8 has no 128 for its -128.
            found[i] = array.astype(np.promote_types(array.dtype, "float32"))
    return found


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


def architecture(model, axis=None):
    """Draw the layers of an autoencoder from left to right, each with what it gives.

    A box stands for what a layer gives: the higher, the more numbers (or pixels), the
    wider, the more channels. Below it stand its shape, the layer's kind, its activation
    (none where it is linear) and its name where somebody gave it one. Grey is data,
    blue a layer, orange the code and the constraint on it; dashed is what changes the
    input, in training only.

    Args:
        model: an `aelib.Autoencoder`, or a pair (encoder, decoder) of functional or
            sequential models.
        axis: matplotlib axis to draw on; a new figure where left out.

    Returns:
        The figure.

    Raises:
        TypeError: `model` is no autoencoder and no such pair.

    Example:
        >>> fig = architecture(models.dense_autoencoder(784, (256,), 32))

    Introduced in lesson 03.
    """
    columns = _columns(model)
    axis = style.on_axis(axis, figsize=(WIDTH, 3.1))
    largest = np.max([_size(shape) for c in columns for shape in c.shapes], axis=0)
    letters = min(9, 72 / len(columns))  # a column has so much room
    label = {"ha": "center", "va": "top", "linespacing": 1.35}
    for x, column in enumerate(columns):
        _draw_boxes(axis, x, column, *largest)
        shape = "×".join(map(str, column.shapes[0]))
        axis.text(x, -0.58, shape, **label, fontsize=letters + 0.5, weight="bold")
        axis.text(x, -0.73, column.text, **label, fontsize=letters)
        if x:
            joint = "+" if column.joins else "→"
            axis.text(x - 0.5, 0, joint, ha="center", va="center", color=BLACK)
    for part in ("encoder", "code", "decoder"):
        places = [x for x, column in enumerate(columns) if column.part == part]
        if places:
            ends = places[0] - 0.4, places[-1] + 0.4
            colour = ORANGE if part == "code" else BLUE
            axis.plot(ends, [0.6, 0.6], color=colour, lw=1.4, marker="")
            axis.text(np.mean(ends), 0.64, part, ha="center", va="bottom", color=colour)
    style.bare(axis)
    axis.set(xlim=(-0.6, len(columns) - 0.4), ylim=(-1.3, 0.8))
    return axis.figure


def _draw_boxes(axis, x, column, tallest, widest):
    """Draw the box of a step, or the boxes of mean and log-variance."""
    count = len(column.shapes)
    for i, shape in enumerate(column.shapes):
        height, width = _size(shape)
        height = max(0.07, height / tallest / count**2)
        width = 0.16 + 0.5 * np.log2(width) / max(np.log2(widest), 4)
        middle = (count - 1) * (0.17 - 0.34 * i)
        box = Rectangle((x - width / 2, middle - height / 2), width, height, lw=1.4)
        box.set(
            edgecolor=column.colour,
            facecolor="white" if column.dashed else f"{column.colour}55",
            linestyle="--" if column.dashed else "-",
        )
        axis.add_patch(box)


class _Column(NamedTuple):
    """One step of a model: what it gives, and what is written below."""

    shapes: list  # without the batch; two for mean and log-variance
    text: str
    colour: str
    part: str = ""
    dashed: bool = False
    joins: bool = False  # a further input


def _columns(model):
    """Return the steps of an autoencoder in the order in which they are taken."""
    pair = isinstance(model, (tuple, list))
    parts = model if pair else [getattr(model, p, None) for p in ("encoder", "decoder")]
    if len(parts) != 2 or not all(getattr(part, "inputs", None) for part in parts):
        raise TypeError(
            "model takes an aelib.Autoencoder, or a pair of built models, and got "
            f"{model!r}"
        )
    encoder, decoder = parts
    first, *others = (tensor.shape[1:] for tensor in encoder.inputs)
    further = [_Column([shape], "second input", GREY, joins=True) for shape in others]
    columns = [_Column([first], "input", GREY), *further]
    if getattr(model, "corruption", None):
        text = _described(model.corruption)
        columns.insert(1, _Column([first], text, GREY, dashed=True))
    columns += _layers(encoder, "encoder")
    code = [tensor.shape[1:] for tensor in encoder.outputs]
    columns[-1] = columns[-1]._replace(shapes=code, colour=ORANGE, part="code")
    if getattr(model, "constraint", None):
        text = _described(model.constraint)
        columns.append(_Column(code[:1], text, ORANGE, part="code"))
    return columns + further + _layers(decoder, "decoder")


def _layers(part, name):
    """Return the steps of an encoder or a decoder; its outputs' layers are one step."""
    layers = [layer for layer in part.layers if type(layer).__name__ not in _SHAPERS]
    ends = [tensor._keras_history.operation for tensor in part.outputs]
    if len(ends) == 1 or not all(end in layers for end in ends):
        ends = layers[-1:]
    steps = [[layer] for layer in layers if layer not in ends] + [ends]
    return [
        _Column(
            [layer.output.shape[1:] for layer in step],
            "\n".join([_kind(step[0]), *filter(None, map(_own_name, step))]),
            BLUE,
            name,
        )
        for step in steps
    ]


def _own_name(layer):
    """Return the name that somebody gave a layer; "" for Keras' own "dense_3"."""
    kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(layer).__name__).lower()
    return "" if re.fullmatch(rf"{kind}(_\d+)?", layer.name) else layer.name


def _kind(layer):
    """Return a layer's kind, a long one in two lines, and its activation."""
    kind = type(layer).__name__
    if len(kind) > 11:  # Conv2DTranspose
        kind = re.sub(r"(?<=[a-z0-9D])(?=[A-Z][a-z]+$)", "\n", kind)
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return kind if activation == "linear" else f"{kind}\n{activation}"


def _described(layer):
    """Return a constraint's or a corruption's kind with its numbers."""
    lines = []
    for one in getattr(layer, "layers", None) or [layer]:  # of a keras.Sequential
        lines.append(_kind(one))
        lines += [
            f"{key} = {value:g}".replace(" =", "\n=" if len(key) > 9 else " =")
            for key, value in one.get_config().items()
            if type(value) in (int, float) and key != "seed"
        ]
    return "\n".join(lines)


def _size(shape):
    """Return how high and wide a box is: √numbers and 1, or √pixels and channels.

    (Square roots, as the side of an image: 784 would leave nothing to see of 2.)
    """
    *pixels, last = shape if len(shape) > 1 else (*shape, 1)
    return np.sqrt(np.prod(pixels, dtype=float)), last
