"""Pictures of images: rows with numbers and residuals, and mosaics."""

import matplotlib.pyplot as plt
import numpy as np

from aelib import _images, checks
from aelib.plots import style


def image_rows(rows, columns=10, above=None):
    """Draw rows of grey images, each row with its label.

    Args:
        rows: dict from a row's label to images of shape (n, side * side), or
            (n, height, width), pixels from 0 (black) to 1 (white); values outside are
            clipped.
        columns: how many images of each row are drawn, at most n.
        above: dict from a row's label to what is written above its images: a number or
            a text for each; only for some of the rows, or for none.

    Returns:
        The figure.

    Raises:
        TypeError: `rows` is no dict, or holds no arrays of numbers.
        ValueError: no row, images that are not square, or too few of them.

    Example:
        >>> fig = image_rows({"original": x, "reconstruction": x_hat})

    Introduced in lesson 00.
    """
    checks.whole_number("columns", columns, low=1)
    style.checked_dict("rows", rows, "images")
    pictures = {
        label: _grey(f"rows[{label!r}]", images, columns)
        for label, images in rows.items()
    }
    if len(sizes := {images.shape[1:] for images in pictures.values()}) > 1:
        raise ValueError(f"rows takes images of one size, and got {sorted(sizes)}")
    return _draw_rows(pictures, columns, _checked_texts(above, rows, columns), {})


def reconstructions(x, x_hat, columns=10, residuals=True):
    """Draw images and what became of them: the error above, the residual below.

    The number above a reconstruction is its squared error, summed over the pixels. The
    row below is x - x̂: mid-grey where both agree, white where ink is missing, black
    where there is too much.

    Args:
        x: images, shape (n, side * side) or (n, height, width), pixels from 0 to 1.
        x_hat: dict from a method's name to its reconstructions, same shape as `x` (or
            more of them).
        columns: how many images of each row are drawn, at most n.
        residuals: whether the rows x - x̂ are drawn.

    Returns:
        The figure.

    Raises:
        TypeError: `x_hat` is no dict, or an argument holds no arrays of numbers.
        ValueError: images that do not fit each other, or too few of them.

    Example:
        >>> fig = reconstructions(x, {"network": x_hat})

    Introduced in lesson 03.
    """
    checks.whole_number("columns", columns, low=1)
    checks.yes_or_no("residuals", residuals)
    style.checked_dict("x_hat", x_hat, "reconstructions")
    x = _grey("x", x, columns)[:columns]
    rows, above, residual = {"original": x}, {}, {}
    for label, images in x_hat.items():
        images = _grey(f"x_hat[{label!r}]", images, columns)[:columns]
        checks.same_shape(f"x_hat[{label!r}]", images, "x", x)
        difference = np.subtract(x, images, dtype="float64")
        rows[label] = images
        above[label] = [f"{e:.1f}" for e in (difference**2).sum(axis=(1, 2))]
        if residuals:
            residual[label] = (1 + difference) / 2  # mid-grey where there is none
    return _draw_rows(rows, columns, above, residual)


def tiles(images, columns=20, centred=False, title="", axis=None):
    """Draw many images as one mosaic, row by row, with light gaps between.

    Args:
        images: pixels or weights, shape (n, side * side) or (n, height, width).
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

    Introduced in lesson 05.
    """
    images = _grey("images", images)
    checks.whole_number("columns", columns, low=1)
    style.checked_title(title)
    if checks.yes_or_no("centred", centred):
        # float32 or more: int8 has no 128 for its -128.
        images = images.astype(np.promote_types(images.dtype, "float32"))
        largest = np.abs(images).max(axis=(1, 2), keepdims=True)
        images = images / np.where(largest > 0, largest, 1)
    mosaic = _mosaic(images, columns)
    height, width = mosaic.shape
    # Margin and title come on top, or the mosaic would not fill the width.
    figsize = (style.WIDTH, style.WIDTH * height / width + (0.35 if title else 0.1))
    axis = style.on_axis(axis, figsize=figsize)
    # "auto" smooths where "nearest" would drop pixels and with them some of the gaps.
    axis.imshow(mosaic, vmin=-1 if centred else 0, vmax=1, interpolation="auto")
    style.bare(axis)
    axis.set_title(title)
    return axis.figure


def _grey(name, value, least=1):
    """Return grey images as an array of shape (n, height, width), or raise."""
    images = _images.pictures(name, value)
    if images.shape[-1] != 1:
        raise ValueError(f"{name} takes grey images, and got shape {images.shape}")
    if len(images) < least:
        raise ValueError(f"{name} has {len(images)} images for {least} columns")
    return images[..., 0]


def _checked_texts(above, rows, columns):
    """Return {label: texts}, one text for each drawn image of a row, or raise."""
    if above is None:
        return {}
    found = {}
    for label, values in style.checked_dict("above", above, "numbers").items():
        if label not in rows:
            raise ValueError(f"above names {label!r}, and rows has {list(rows)}")
        values = np.ravel(values).tolist()
        if len(values) < columns:
            raise ValueError(
                f"above[{label!r}] has {len(values)} entries for {columns} columns"
            )
        found[label] = [v if isinstance(v, str) else f"{v:.3g}" for v in values]
    return found


def _draw_rows(rows, columns, above, residuals):
    """Draw rows of images (n, height, width), some with texts or residuals."""
    lines = []  # of the figure: label, images, texts above
    for label, images in rows.items():
        lines.append((label, images[:columns], above.get(label, [])))
        if label in residuals:
            lines.append(("x − x̂", residuals[label], []))
    height, width = lines[0][1].shape[1:]
    gap = -(-width // 10)
    inch = (width + gap) * columns / (0.86 * style.WIDTH)  # in pixels
    fig, axis = plt.subplots(figsize=(style.WIDTH, 1))
    # One picture of all rows: an axis for every image takes several times as long.
    strips, middles, top = [], [], 0
    for _, images, texts in lines:
        room = round(0.24 * inch) if texts else gap
        top += room
        strip = _mosaic(images, columns, gap)
        strips += [np.full((room, strip.shape[1]), np.nan), strip]
        for i, text in enumerate(texts[:columns]):
            middle = (width + gap) * i + (width - 1) / 2
            axis.text(middle, top - 1, text, ha="center", va="bottom", fontsize=9)
        middles.append(top + (height - 1) / 2)
        top += height
    axis.imshow(np.concatenate(strips), vmin=0, vmax=1)
    style.bare(axis)
    axis.set_yticks(middles, [label for label, *_ in lines])
    axis.tick_params(length=0)
    fig.set_figheight(top / inch + 0.1)
    return fig


def _mosaic(images, columns, gap=1):
    """Return one array of all images, with NaN (drawn as paper) in gaps and blanks."""
    count, height, width = images.shape
    rows = -(-count // columns)
    # A gap follows each tile; the last one of a row and of a column is cut off.
    mosaic = np.full((rows, height + gap, columns, width + gap), np.nan)
    for i, image in enumerate(images):
        mosaic[i // columns, :height, i % columns, :width] = image
    return mosaic.reshape(rows * (height + gap), -1)[:-gap, :-gap]
