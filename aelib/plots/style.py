"""The one style of the course's figures.

Blue is what a network has learned or what stands in the foreground, orange the code or
what is to be seen first, grey a baseline and the data. Further lines take the palette
in its order, each with a marker of its own.
"""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from aelib import checks

# Okabe and Ito's palette, made to be told apart with any colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
PINK, SKY, AMBER, BLACK = "#CC79A7", "#56B4E9", "#E69F00", "#222222"
GREY = "#8C8C8C"
COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY, AMBER, BLACK)
# For ten kinds: Paul Tol's scheme "muted", and black. Ten colours are hard to tell
# apart for everybody, so each kind needs its own mark, too.
TEN_COLOURS = (
    "#332288",
    "#CC6677",
    "#117733",
    "#88CCEE",
    "#AA4499",
    "#000000",
    "#DDCC77",
    "#882255",
    "#44AA99",
    "#999933",
)
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


def on_axis(axis, **options):
    """Return `axis`, or the axis of a new figure where it is None."""
    if axis is None:
        return plt.subplots(**options)[1]
    if not isinstance(axis, Axes):
        raise TypeError(f"axis takes a matplotlib axis, and got {axis!r}")
    return axis


def bare(axis):
    """Take the frame, ticks and grid off an axis."""
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
    for spine in axis.spines.values():
        spine.set_visible(False)


def checked_title(title):
    """Return `title` if it is a text; it may be empty."""
    return checks.text("title", title, empty=True)


def checked_dict(argument, value, kind):
    """Return `value` if it is a dict from labels that are texts, not an empty one."""
    if not isinstance(value, dict):
        raise TypeError(f"{argument} takes a dict from label to {kind}, got {value!r}")
    if not value:
        raise ValueError(f"{argument} takes one label or more, and got none")
    for label in value:
        checks.text(f"a label of {argument}", label)
    return value
