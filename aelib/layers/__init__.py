"""What stops an autoencoder from copying, each a small Keras layer.

    corruptions    change the input, in training only: MaskingNoise, SaltAndPepper,
                   BlockOcclusion (and Keras' own GaussianNoise)
    constraints    act on the code: KeepLargest, L1Penalty, KLRatePenalty,
                   ContractiveDense, GaussianSampling, VectorQuantizer

What a layer's settings weigh, `weight`, `beta` and `rate`, can be set at any time, also
by a callback in the middle of a `fit`. What shapes its computation, `k`, `size` or
`codebook_size`, is fixed when the layer is made.
"""

from aelib.layers.constraints import (
    ContractiveDense,
    GaussianSampling,
    KeepLargest,
    KLRatePenalty,
    L1Penalty,
    VectorQuantizer,
)
from aelib.layers.corruptions import BlockOcclusion, MaskingNoise, SaltAndPepper

__all__ = [
    "BlockOcclusion",
    "ContractiveDense",
    "GaussianSampling",
    "KLRatePenalty",
    "KeepLargest",
    "L1Penalty",
    "MaskingNoise",
    "SaltAndPepper",
    "VectorQuantizer",
]
