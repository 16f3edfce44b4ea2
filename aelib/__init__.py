"""The workbench of the autoencoder course: import it first in every notebook.

The import starts Keras without the start-up messages of its backend. The names below
are all that a lesson needs at its top; everything else lives in a module that is named
after what it holds:

    data       the data sets in data/
    models     encoders, decoders, and builders that put them together
    layers     what stops an autoencoder from copying
    training   `train`, the same for every network that is compared
    losses     what training minimises
    metrics    what a lesson reports
    baselines  what a result is compared with
    plots      arrays in, figure out
    codec      whole numbers to a file, and back
    exercises  checks of a reader's answers
"""

from aelib import _start as _start  # first: a quiet start
from aelib import (
    baselines,
    codec,
    data,
    exercises,
    layers,
    losses,
    metrics,
    models,
    plots,
)
from aelib._start import setup
from aelib.autoencoder import Autoencoder
from aelib.claims import ClaimError, claim, claims
from aelib.progress import Progress
from aelib.training import train

__version__ = "0.1.0"

__all__ = [
    "Autoencoder",
    "ClaimError",
    "Progress",
    "baselines",
    "claim",
    "claims",
    "codec",
    "data",
    "exercises",
    "layers",
    "losses",
    "metrics",
    "models",
    "plots",
    "setup",
    "train",
]
