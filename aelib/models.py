"""Builders: plain functions that return a named, uncompiled functional model.

Each autoencoder is composed of two sub-models named "encoder" and "decoder", so the
encoder can be kept alone: `model.get_layer("encoder")`. What stands between or around
them, a corruption or a constraint, is a layer of `aelib.layers` or of Keras.
"""

import re

import keras
from keras import layers, regularizers

from aelib import checks
from aelib.layers import ContractiveDense, GaussianSampling

_ACTIVATIONS = ("linear", "relu", "sigmoid", "silu", "softmax", "tanh")
_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.-]*")


def dense_autoencoder(
    input_size=784,
    hidden=(128,),
    code_size=32,
    activation="relu",
    code_activation="linear",
    output_activation="sigmoid",
    name="autoencoder",
):
    """Build a dense autoencoder: layers shrink to the code and widen again.

    Args:
        input_size: numbers per input, such as 784 pixels.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
            With `()` the model has one layer each way.
        code_size: numbers per code.
        activation: of the hidden layers.
        code_activation: of the code; "linear" leaves it unbounded.
        output_activation: "sigmoid" keeps the output in (0, 1), "linear" does not.
        name: name of the model, which takes letters, digits, "_", "." and "-".

    Input shape:
        `(batch_size, input_size)`

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `keras.Model` with sub-models "encoder" and "decoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, an activation that is not known here, or a name
            that TensorFlow does not take.

    Example:
        >>> model = dense_autoencoder(784, hidden=(256, 64), code_size=2)
        >>> model.compile("adam", "mse", jit_compile=False)

    Introduced in lesson 03.
    """
    # Keras refuses NumPy's whole numbers, which the checks turn into Python's.
    input_size = checks.whole_number("input_size", input_size, low=1)
    hidden = checks.widths("hidden", hidden)
    code_size = checks.whole_number("code_size", code_size, low=1)
    _check_activations(
        activation=activation,
        code_activation=code_activation,
        output_activation=output_activation,
    )
    _check_name(name)

    encoder = _dense_stack(
        "encoder", input_size, (*hidden, code_size), activation, code_activation
    )
    decoder = _dense_stack(
        "decoder", code_size, (*hidden[::-1], input_size), activation, output_activation
    )
    inputs = keras.Input((input_size,), name="input")
    return keras.Model(inputs, decoder(encoder(inputs)), name=name)


def overcomplete_autoencoder(
    input_size=784,
    code_size=1024,
    code_activation="sigmoid",
    output_activation="sigmoid",
    weight_decay=0.0,
    contraction=0.0,
    name="overcomplete",
):
    """Build an autoencoder of one layer each way whose code is no bottleneck.

    Nothing in its shape stops it from copying. The two penalties, both off unless
    asked for, may: `weight_decay` adds `weight_decay` · Σw² over all weights (biases
    apart) to the loss; `contraction` makes the code a `layers.ContractiveDense`.

    Args:
        input_size: numbers per input.
        code_size: numbers per code, at least `input_size`.
        code_activation: of the code.
        output_activation: "sigmoid" keeps the output in (0, 1), "linear" does not.
        weight_decay: weight of the sum of the squared weights, 0 or more.
        contraction: weight of the contractive penalty, 0 or more; it needs a
            "sigmoid" code.
        name: name of the model.

    Input shape:
        `(batch_size, input_size)`

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `keras.Model` with sub-models "encoder" and "decoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a code smaller than the input, a number out of range, an unknown
            activation, `contraction` with another code than a sigmoid, or a name that
            TensorFlow does not take.

    Example:
        >>> model = overcomplete_autoencoder(784, 1024, contraction=0.1)

    Introduced in lesson 04.
    """
    input_size = checks.whole_number("input_size", input_size, low=1)
    code_size = checks.whole_number("code_size", code_size, low=input_size)
    _check_activations(
        code_activation=code_activation, output_activation=output_activation
    )
    weight_decay = checks.number("weight_decay", weight_decay, low=0)
    contraction = checks.number("contraction", contraction, low=0)
    if contraction and code_activation != "sigmoid":
        raise ValueError(
            f"contraction needs code_activation='sigmoid', and got {code_activation!r}"
        )
    _check_name(name)

    regularizer = regularizers.L2(weight_decay) if weight_decay else None
    if contraction:
        encode = ContractiveDense(
            code_size, contraction, kernel_regularizer=regularizer, name="encoder_1"
        )
    else:
        encode = layers.Dense(
            code_size, code_activation, kernel_regularizer=regularizer, name="encoder_1"
        )
    decode = layers.Dense(
        input_size, output_activation, kernel_regularizer=regularizer, name="decoder_1"
    )
    x = keras.Input((input_size,), name="encoder_input")
    encoder = keras.Model(x, encode(x), name="encoder")
    h = keras.Input((code_size,), name="decoder_input")
    decoder = keras.Model(h, decode(h), name="decoder")
    inputs = keras.Input((input_size,), name="input")
    return keras.Model(inputs, decoder(encoder(inputs)), name=name)


def denoising_autoencoder(
    corruption,
    input_size=784,
    hidden=(),
    code_size=1024,
    activation="relu",
    code_activation="relu",
    output_activation="sigmoid",
    name="denoising",
):
    """Build an autoencoder that learns to repair: in training its input is corrupted.

    The corruption stands before the encoder, not in it. So train with the clean
    images as input *and* as target; the network repairs what the layer breaks. To
    repair an image that is already noisy, hand it to the trained model as it is.

    Args:
        corruption: a layer that changes its input in training only, such as
            `aelib.layers.MaskingNoise(0.5)` or `keras.layers.GaussianNoise(0.4)`. The
            model gets a copy of its own, named "corruption".
        input_size: numbers per input.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        code_size: numbers per code, more or fewer than `input_size`.
        activation: of the hidden layers.
        code_activation: of the code.
        output_activation: "sigmoid" keeps the output in (0, 1), "linear" does not.
        name: name of the model.

    Input shape:
        `(batch_size, input_size)`

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `keras.Model` with a layer "corruption" and sub-models "encoder"
        and "decoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, an activation that is not known here, a corruption
            that does not keep the shape of its input, or a name that TensorFlow does
            not take.

    Example:
        >>> model = denoising_autoencoder(keras.layers.GaussianNoise(0.4))

    Source: Vincent et al. 2010. Introduced in lesson 05.
    """
    corruption = _own_copy("corruption", corruption)
    parts = dense_autoencoder(
        input_size, hidden, code_size, activation, code_activation, output_activation,
        name,
    )  # fmt: skip
    inputs = keras.Input(parts.input_shape[1:], name="input")
    code = parts.get_layer("encoder")(_put_on(inputs, corruption))
    return keras.Model(inputs, parts.get_layer("decoder")(code), name=name)


def sparse_autoencoder(
    constraint,
    input_size=784,
    code_size=1024,
    code_activation="relu",
    output_activation="sigmoid",
    name="sparse",
):
    """Build an autoencoder of one layer each way, with a constraint on its code.

    Args:
        constraint: a layer put on the code: `aelib.layers.KeepLargest`, `L1Penalty`
            or `KLRatePenalty`, or `keras.layers.ReLU(threshold=...)`. The encoder gets
            a copy of its own, named "constraint".
        input_size: numbers per input.
        code_size: numbers per code.
        code_activation: of the code, before the constraint.
        output_activation: "sigmoid" keeps the output in (0, 1), "linear" does not.
        name: name of the model.

    Input shape:
        `(batch_size, input_size)`

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `keras.Model` with sub-models "encoder" and "decoder"; the
        constraint is the encoder's last layer.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, an activation that is not known here, a
            constraint that does not keep the shape of the code, or a name that
            TensorFlow does not take.

    Example:
        >>> model = sparse_autoencoder(KeepLargest(25), code_activation="linear")

    Introduced in lesson 06.
    """
    constraint = _own_copy("constraint", constraint)
    parts = dense_autoencoder(
        input_size, (), code_size, "linear", code_activation, output_activation, name
    )
    unconstrained = parts.get_layer("encoder")
    code = _put_on(unconstrained.output, constraint)
    encoder = keras.Model(unconstrained.input, code, name="encoder")
    inputs = keras.Input(parts.input_shape[1:], name="input")
    return keras.Model(inputs, parts.get_layer("decoder")(encoder(inputs)), name=name)


def variational_autoencoder(
    input_size=784,
    hidden=(256,),
    latent_size=2,
    activation="relu",
    output_activation="sigmoid",
    beta=1.0,
    name="variational",
):
    """Build a variational autoencoder: its code is a distribution, not a point.

    The encoder gives the mean and the log-variance of q(z | x), a Gaussian. A layer
    named "sampling" draws z from it and adds beta · KL to the loss. With
    `losses.cross_entropy` and binary images, the loss is the negative ELBO in nats per
    image (beta 1).

    Args:
        input_size: numbers per input.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        latent_size: numbers per latent code z.
        activation: of the hidden layers.
        output_activation: "sigmoid" for the probability of a white pixel, "linear"
            for the mean of a Gaussian.
        beta: weight of the KL divergence, 0 or more.
        name: name of the model.

    Input shape:
        `(batch_size, input_size)`

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `keras.Model` with sub-models "encoder", which returns
        [mean, log_variance], each `(batch_size, latent_size)`, and "decoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, a negative beta, an unknown activation, or a name
            that TensorFlow does not take.

    Example:
        >>> model = variational_autoencoder(784, hidden=(256,), latent_size=2)

    Source: Kingma and Welling 2014. Introduced in lesson 07.
    """
    return _variational(
        input_size, hidden, latent_size, activation, output_activation, beta, name
    )


def conditional_variational_autoencoder(
    input_size=784,
    classes=10,
    hidden=(256,),
    latent_size=2,
    activation="relu",
    output_activation="sigmoid",
    beta=1.0,
    name="conditional",
):
    """Build a variational autoencoder that is told the class, at both ends.

    Encoder and decoder get the class as a second input, so the latent code need not
    say it, and the decoder draws an image of the class that you choose.

    Args:
        input_size: numbers per input.
        classes: number of classes, 1 or more.
        hidden: see `variational_autoencoder`; so are the other arguments.
        latent_size: numbers per latent code z.
        activation: of the hidden layers.
        output_activation: of the output.
        beta: weight of the KL divergence, 0 or more.
        name: name of the model.

    Input shape:
        A list of two: images `(batch_size, input_size)`, and classes as one-hot rows
        `(batch_size, classes)` (`keras.utils.to_categorical`)

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `keras.Model` with sub-models "encoder", which maps [x, class] to
        [mean, log_variance], and "decoder", which maps [z, class] to an image.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, a negative beta, an unknown activation, or a name
            that TensorFlow does not take.

    Example:
        >>> model = conditional_variational_autoencoder(784, classes=10, latent_size=8)

    Source: Sohn, Lee, Yan 2015; Kingma et al. 2014. Introduced in lesson 07.
    """
    classes = checks.whole_number("classes", classes, low=1)
    return _variational(
        input_size, hidden, latent_size, activation, output_activation, beta, name,
        classes,
    )  # fmt: skip


def _variational(
    input_size,
    hidden,
    latent_size,
    activation,
    output_activation,
    beta,
    name,
    classes=0,
):
    """Build a variational autoencoder, with a second input if there are classes."""
    input_size = checks.whole_number("input_size", input_size, low=1)
    hidden = checks.widths("hidden", hidden)
    latent_size = checks.whole_number("latent_size", latent_size, low=1)
    _check_activations(activation=activation, output_activation=output_activation)
    beta = checks.number("beta", beta, low=0)
    _check_name(name)

    encoder = _gaussian_encoder(input_size, hidden, latent_size, activation, classes)
    decoder = _dense_stack(
        "decoder",
        latent_size,
        (*hidden[::-1], input_size),
        activation,
        output_activation,
        classes,
    )
    inputs, label = keras.Input((input_size,), name="input"), []
    if classes:
        label = [keras.Input((classes,), name="class")]
    z = GaussianSampling(beta, name="sampling")(encoder(_one_or_all(inputs, *label)))
    outputs = decoder(_one_or_all(z, *label))
    return keras.Model(_one_or_all(inputs, *label), outputs, name=name)


def _gaussian_encoder(input_size, hidden, latent_size, activation, classes):
    """Return a model from an input to [mean, log_variance], each (batch, latent)."""
    inputs, outputs = _stack_input("encoder", input_size, classes)
    for i, width in enumerate(hidden, start=1):
        outputs = layers.Dense(width, activation, name=f"encoder_{i}")(outputs)
    mean = layers.Dense(latent_size, name="mean")(outputs)
    log_variance = layers.Dense(latent_size, name="log_variance")(outputs)
    return keras.Model(inputs, [mean, log_variance], name="encoder")


def _dense_stack(name, input_size, widths, activation, last_activation, classes=0):
    """Return a model of dense layers, named encoder_1, encoder_2, … in order."""
    inputs, outputs = _stack_input(name, input_size, classes)
    for i, width in enumerate(widths, start=1):
        last = i == len(widths)
        outputs = layers.Dense(
            width, last_activation if last else activation, name=f"{name}_{i}"
        )(outputs)
    return keras.Model(inputs, outputs, name=name)


def _stack_input(name, input_size, classes):
    """Return the input of a stack, and the tensor that its first layer sees."""
    inputs = keras.Input((input_size,), name=f"{name}_input")
    if not classes:
        return inputs, inputs
    label = keras.Input((classes,), name=f"{name}_class")
    joined = layers.Concatenate(name=f"{name}_join")([inputs, label])
    return [inputs, label], joined


def _one_or_all(*tensors):
    """Return the only tensor as it is, and several as a list."""
    return tensors[0] if len(tensors) == 1 else list(tensors)


def _own_copy(name, layer):
    """Return a new layer with the settings of `layer` and this name.

    A layer that two models share would add its penalty to both, and a name that
    Keras made up changes with what was built before.
    """
    if not isinstance(layer, keras.layers.Layer):
        raise TypeError(f"{name} takes a Keras layer, and got {layer!r}")
    try:
        return type(layer).from_config({**layer.get_config(), "name": name})
    except (NotImplementedError, TypeError, ValueError) as error:
        raise TypeError(f"{name} takes a layer that can be copied: {error}") from error


def _put_on(tensor, layer):
    """Return what a layer makes of a tensor, of the same shape, or raise."""
    try:
        result = layer(tensor)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ValueError(
            f"{layer.name} takes a layer that fits shape {tensor.shape}: {error}"
        ) from error
    shape = getattr(result, "shape", None)
    if shape is None or not _may_be_equal(shape, tensor.shape):
        raise ValueError(
            f"{layer.name} takes a layer that keeps shape {tensor.shape}, and got one "
            f"that makes it {shape or 'several arrays'}"
        )
    return result


def _may_be_equal(shape, other):
    """Tell whether two shapes are equal where both are known."""
    return len(shape) == len(other) and all(
        None in pair or pair[0] == pair[1] for pair in zip(shape, other, strict=True)
    )


def _check_name(name):
    """Raise where `name` is no name of a model."""
    # TensorFlow refuses any other in the first `fit` or `predict`, long after.
    if not _NAME.fullmatch(checks.text("name", name)):
        raise ValueError(
            "name takes letters from A to Z, digits, '_', '.' and '-', a letter or "
            f"digit first, and got {name!r}"
        )


def _check_activations(**activations):
    """Raise where an activation is not known here."""
    for argument, value in activations.items():
        checks.one_of(argument, value, _ACTIVATIONS)
