"""One sentence as code: an encoder, a decoder, and one constraint against copying."""

import keras
from keras import ops

# Activations whose values lie from 0 to 1, as a code of rates must.
_FROM_0_TO_1 = ("sigmoid", "hard_sigmoid", "softmax")


@keras.saving.register_keras_serializable(package="aelib")
class Autoencoder(keras.Model):
    """An encoder, a decoder, and what stops them from copying.

    The input runs through corruption, encoder, constraint and decoder. It is a
    functional Keras model: `compile`, `fit`, `save` and `keras.saving.load_model` work
    as ever. The parts are used as they are, not copied: two autoencoders that are made
    of the same encoder share its weights.

    `keras.models.clone_model` makes a plain functional model without the attributes,
    and so was a file saved by aelib 0.1: `Autoencoder(old.get_layer("encoder"),
    old.get_layer("decoder"))` is an autoencoder again (a constraint stands between
    the two, or is the encoder's last layer).

    Args:
        encoder: a functional model from the input to the code. Further inputs, such as
            the class of an image, are handed to the decoder, too.
        decoder: a functional model from the code (and the further inputs) back to the
            input's shape.
        constraint: a layer put on the code, such as `layers.KeepLargest(25)`; of an
            encoder with two outputs, mean and log-variance, `layers.GaussianSampling`.
        corruption: a layer that changes the input in training, such as
            `keras.layers.GaussianNoise(0.4)`. Train with the clean input as target.
        name: of the model.

    Attributes:
        encoder, decoder, constraint, corruption: the parts; None where there is none.

    Raises:
        TypeError: a part that is no functional model, or no layer.
        ValueError: parts that do not fit each other, or a code out of the range that
            the constraint is defined for.

    Example:
        >>> encoder = models.dense_encoder(784, (256,), 32)
        >>> decoder = models.dense_decoder(32, (256,), 784)
        >>> sparse = Autoencoder(encoder, decoder, constraint=layers.KeepLargest(8))
        >>> codes = sparse.encoder(digits.x_test)

    Introduced in lesson 03.
    """

    def __init__(
        self, encoder, decoder, constraint=None, corruption=None, name="autoencoder"
    ):
        for part, model in (("encoder", encoder), ("decoder", decoder)):
            _check_model(part, model)
        for part, layer in (("constraint", constraint), ("corruption", corruption)):
            if layer is not None and not isinstance(layer, keras.layers.Layer):
                raise TypeError(
                    f"{part} takes a Keras layer or None, and got {layer!r}"
                )
        _check_code(encoder, constraint)
        inputs = [_like(tensor) for tensor in encoder.inputs]
        clean, further = inputs[0], inputs[1:]
        noisy = (
            clean if corruption is None else _put_on("corruption", corruption, clean)
        )
        code = encoder(_one_or_all(noisy, *further))
        if constraint is not None:
            code = _put_on("constraint", constraint, code)
        _check_fit(decoder, [code, *further])
        outputs = decoder(_one_or_all(code, *further))
        super().__init__(_one_or_all(*inputs), outputs, name=name)
        self.encoder, self.decoder = encoder, decoder
        self.constraint, self.corruption = constraint, corruption
        names = _apart([layer.reported_as for layer in self._paying()])
        self.reports = [_Report(name=name) for name in names]

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Return the loss of a batch; keep what its penalties are for the history."""
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        for layer, report in zip(self._paying(), self.reports, strict=True):
            report.update_state(layer.latest, sample_weight=ops.shape(y_pred)[0])
        return loss

    def _paying(self):
        """Return the layers that add a penalty to the loss, each of them once."""
        parts = (self.encoder, self.constraint, self.decoder)
        return list(dict.fromkeys(layer for part in parts for layer in _paying(part)))

    def get_config(self):
        """Return the parts, from which `from_config` makes the model again."""
        parts = ("encoder", "decoder", "constraint", "corruption")
        saved = {
            part: keras.saving.serialize_keras_object(getattr(self, part))
            for part in parts
        }
        return {"name": self.name, **saved}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return the model that `get_config` described."""
        parts = {
            part: keras.saving.deserialize_keras_object(saved, custom_objects)
            if isinstance(saved, dict)
            else saved
            for part, saved in config.items()
        }
        return cls(**parts)


class _Report(keras.metrics.Mean):
    """The mean of a layer's penalty over the images: a last batch may be small."""

    # What was reported last is no part of a model: its file may come from another one.
    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass


def _paying(part):
    """Yield the layers of a part that add a penalty to the loss."""
    if hasattr(part, "reported_as"):
        yield part
    for layer in getattr(part, "layers", ()):
        yield from _paying(layer)


def _apart(kinds):
    """Return names that differ: "l1", and of a second penalty of the kind "l1_2"."""
    counts = [kinds[: i + 1].count(kind) for i, kind in enumerate(kinds)]
    return [
        kind if count == 1 else f"{kind}_{count}"
        for kind, count in zip(kinds, counts, strict=True)
    ]


def _check_model(part, model):
    """Raise where a part is no functional model (or a sequential one, once built)."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"{part} takes a keras.Model, and got {model!r}")
    if not getattr(model, "inputs", None):
        raise TypeError(
            f"{part} takes a functional model, which knows the shape of its input, and "
            f"got the {type(model).__name__} {model.name!r}: begin it with keras.Input"
        )


def _check_code(encoder, constraint):
    """Raise where a constraint is not defined for the codes of an encoder."""
    wanted = getattr(constraint, "code_range", None)
    if wanted is None:
        return
    layer = encoder.outputs[0]._keras_history.operation
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", None)
    if activation is not None and name not in _FROM_0_TO_1:
        raise ValueError(
            f"constraint: {type(constraint).__name__} takes codes from {wanted[0]} to "
            f"{wanted[1]}, and the encoder ends in {name!r}: take "
            "code_activation='sigmoid'"
        )


def _like(tensor):
    """Return a new input of the shape, type and name of one of the encoder's."""
    name = tensor.name.removeprefix("encoder_")
    return keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)


def _put_on(part, layer, tensors):
    """Return what a layer makes of the input or the code, or raise."""
    kept = tensors[0] if isinstance(tensors, (list, tuple)) else tensors
    try:
        result = layer(tensors)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ValueError(f"{part} does not fit shape {kept.shape}: {error}") from error
    shape = getattr(result, "shape", None)
    if shape is None or not _may_be_equal(shape, kept.shape):
        raise ValueError(
            f"{part} takes a layer that keeps shape {kept.shape}, and got one that "
            f"makes it {shape or 'several arrays'}"
        )
    return result


def _check_fit(decoder, found):
    """Raise where a decoder does not take the code and the further inputs."""
    shapes = [tuple(tensor.shape) for tensor in decoder.inputs]
    # An encoder with two outputs and no constraint hands over a list.
    got = [
        "several arrays" if isinstance(tensor, (list, tuple)) else tuple(tensor.shape)
        for tensor in found
    ]
    fits = len(shapes) == len(got) and all(
        not isinstance(shape, str) and _may_be_equal(shape, other)
        for shape, other in zip(got, shapes, strict=True)
    )
    if not fits:
        wanted, came = (" and ".join(map(str, side)) for side in (shapes, got))
        raise ValueError(f"decoder takes {wanted}, and the encoder gives it {came}")


def _may_be_equal(shape, other):
    """Tell whether two shapes are equal where both are known."""
    return len(shape) == len(other) and all(
        None in pair or pair[0] == pair[1] for pair in zip(shape, other, strict=True)
    )


def _one_or_all(*tensors):
    """Return the only tensor as it is, and several as a list."""
    return tensors[0] if len(tensors) == 1 else list(tensors)
