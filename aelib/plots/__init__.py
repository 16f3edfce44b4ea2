"""Arrays in, figure out: the pictures that lessons draw.

    images      rows of images with numbers and residuals, and mosaics
    lines       curves, bars, points, and what they are compared with
    networks    units with their weights, layers as boxes
    style       colours, and how every figure looks

Every function returns a `matplotlib.figure.Figure`; the cell ends with `plt.show()`.
Images are grey, lines carry a colour that colour-blind readers can tell apart *and* a
marker of their own.
"""

from aelib.plots.images import image_rows, reconstructions, tiles
from aelib.plots.lines import (
    bars,
    baseline,
    code_plane,
    curves,
    learning_curves,
)
from aelib.plots.networks import architecture, network
from aelib.plots.style import (
    AMBER,
    BLACK,
    BLUE,
    COLOURS,
    GREEN,
    GREY,
    MARKERS,
    ORANGE,
    PINK,
    SKY,
    WIDTH,
    use_style,
)

__all__ = [
    "AMBER",
    "BLACK",
    "BLUE",
    "COLOURS",
    "GREEN",
    "GREY",
    "MARKERS",
    "ORANGE",
    "PINK",
    "SKY",
    "WIDTH",
    "architecture",
    "bars",
    "baseline",
    "code_plane",
    "curves",
    "image_rows",
    "learning_curves",
    "network",
    "reconstructions",
    "tiles",
    "use_style",
]
