"""Parts and builders: plain functions that return uncompiled functional models.

    parts       dense_encoder, dense_decoder, conv_encoder, conv_decoder, gaussian_head
    builders    dense_autoencoder, conv_autoencoder, variational_autoencoder

A part is an ordinary `keras.Model`; two of them make an `aelib.Autoencoder`. A builder
does that for the usual shapes. What stops the network from copying is handed over as
`constraint=` and `corruption=`: a layer of `aelib.layers` or of Keras.
"""

import re

import keras
from keras import layers

from aelib import checks
from aelib.autoencoder import Autoencoder
from aelib.layers import GaussianSampling

_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.-]*")


def dense_encoder(
    input_size,
    hidden,
    code_size,
    activation="relu",
    code_activation="linear",
    classes=0,
    kernel_regularizer=None,
    dtype=None,
):
    """Build the dense half that makes a code: layers named encoder_1, encoder_2, ….

    Args:
        input_size: numbers per input, such as 784 pixels.
        hidden: widths of the hidden layers, in order; `()` for none.
        code_size: numbers per code.
        activation: of the hidden layers: any that Keras takes, a name or a function.
        code_activation: of the code; "linear" leaves it unbounded.
        classes: number of classes that the encoder is told as a second input, a
            one-hot row; 0 for none.
        kernel_regularizer: of every layer's weights, such as `keras.regularizers.L2`.
        dtype: of the layers, such as "mixed_float16"; None follows
            `keras.config.set_dtype_policy`.

    Input shape:
        `(batch_size, input_size)`; with classes a list of two, the second
        `(batch_size, classes)`

    Output shape:
        `(batch_size, code_size)`

    Returns:
        A `keras.Model` named "encoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, or an activation that Keras does not know.

    Example:
        >>> encoder = dense_encoder(784, (256,), 32)

    Introduced in lesson 03.
    """
    widths = (*checks.widths("hidden", hidden), _width("code_size", code_size))
    return _dense_stack(
        "encoder",
        _width("input_size", input_size),
        widths,
        _activation("activation", activation),
        _activation("code_activation", code_activation),
        classes,
        {"kernel_regularizer": kernel_regularizer, "dtype": dtype},
    )


def dense_decoder(
    code_size,
    hidden,
    output_size,
    activation="relu",
    output_activation="sigmoid",
    classes=0,
    kernel_regularizer=None,
    dtype=None,
):
    """Build the dense half that draws: layers named decoder_1, decoder_2, ….

    Args:
        code_size: numbers per code.
        hidden: widths of the hidden layers, in the order in which a code meets them:
            `(64, 256)` behind an encoder with `(256, 64)`.
        output_size: numbers per output.
        activation: of the hidden layers: any that Keras takes, a name or a function.
        output_activation: "sigmoid" keeps the output in (0, 1), "linear" does not.
        classes: see `dense_encoder`.
        kernel_regularizer: see `dense_encoder`.
        dtype: see `dense_encoder`; with a "mixed" one the last layer stays in float32,
            because a loss of half precision would be too coarse.

    Input shape:
        `(batch_size, code_size)`; with classes a list of two, the second
        `(batch_size, classes)`

    Output shape:
        `(batch_size, output_size)`

    Returns:
        A `keras.Model` named "decoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, or an activation that Keras does not know.

    Example:
        >>> decoder = dense_decoder(32, (256,), 784)

    Introduced in lesson 03.
    """
    widths = (*checks.widths("hidden", hidden), _width("output_size", output_size))
    return _dense_stack(
        "decoder",
        _width("code_size", code_size),
        widths,
        _activation("activation", activation),
        _activation("output_activation", output_activation),
        classes,
        {"kernel_regularizer": kernel_regularizer, "dtype": dtype},
        last_dtype=_full(dtype),
    )


def conv_encoder(
    image_shape,
    filters,
    code_size,
    flat=True,
    activation="silu",
    code_activation="linear",
    classes=0,
    dtype=None,
):
    """Build a convolutional encoder: every layer halves height and width.

    Args:
        image_shape: height, width and channels; odd sizes are rounded up when they are
            halved. With `flat=False`, None for height and width takes images of any
            size that halves without a rest.
        filters: filters of each 3 × 3 convolution of stride 2, such as (16, 32).
        code_size: numbers per code; with `flat=False` numbers at each place.
        flat: True for a code that is a row of numbers, behind a dense layer; False for
            one that is a small image, behind a 1 × 1 convolution.
        activation: of the convolutions: any that Keras takes, a name or a function.
        code_activation: of the code.
        classes: see `dense_encoder`; for flat codes only.
        dtype: see `dense_encoder`.

    Input shape:
        `(batch_size, *image_shape)`; with classes a list of two

    Output shape:
        `(batch_size, code_size)`, or with `flat=False`
        `(batch_size, height / 2 ** n, width / 2 ** n, code_size)` for n convolutions

    Returns:
        A `keras.Model` named "encoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a size below 1, no filters, classes with an image code, or an
            activation that Keras does not know.

    Example:
        >>> encoder = conv_encoder((28, 28, 1), (16, 32), 2, flat=False)

    Introduced in lesson 14.
    """
    image_shape = _image_shape(image_shape, flat)
    filters, code_size = _filters(filters), _width("code_size", code_size)
    activation = _activation("activation", activation)
    code_activation = _activation("code_activation", code_activation)
    classes = _classes(classes, flat)

    inputs = keras.Input(image_shape, name="encoder_input")
    x = inputs
    for i, count in enumerate(filters, start=1):
        x = layers.Conv2D(
            count, 3, strides=2, padding="same", activation=activation, dtype=dtype,
            name=f"encoder_{i}",
        )(x)  # fmt: skip
    name = f"encoder_{len(filters) + 1}"
    if not flat:
        code = layers.Conv2D(code_size, 1, activation=code_activation, dtype=dtype,
                             name=name)  # fmt: skip
        return keras.Model(inputs, code(x), name="encoder")
    x = layers.Flatten(dtype=dtype, name="flat")(x)
    inputs, x = _join_class("encoder", inputs, x, classes, dtype)
    code = layers.Dense(code_size, code_activation, dtype=dtype, name=name)
    return keras.Model(inputs, code(x), name="encoder")


def conv_decoder(
    code_size,
    filters,
    image_shape,
    flat=True,
    upsampling="transposed",
    activation="silu",
    output_activation="sigmoid",
    classes=0,
    dtype=None,
):
    """Build a convolutional decoder: every layer doubles height and width.

    Args:
        code_size: see `conv_encoder`.
        filters: filters at each size, smallest image first: `(32, 16)` behind an
            encoder with `(16, 32)`. Each is followed by a doubling.
        image_shape: height, width and channels of the output; see `conv_encoder`.
        flat: see `conv_encoder`.
        upsampling: "transposed" for transposed convolutions with 4 × 4 kernels of
            stride 2; "resized" to repeat every pixel and convolve then. On validation
            digits the first had the smaller error for image codes, and rather the
            larger one for flat ones; the second leaves no trace of a grid.
        activation: of all layers but the last.
        output_activation: "sigmoid" keeps the output in (0, 1), "linear" does not.
        classes: see `conv_encoder`.
        dtype: see `dense_decoder`.

    Input shape:
        The output shape of `conv_encoder`; with classes a list of two

    Output shape:
        `(batch_size, *image_shape)`

    Returns:
        A `keras.Model` named "decoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a size below 1, no filters, classes with an image code, an
            unknown kind of `upsampling`, or an activation that Keras does not know.

    Example:
        >>> decoder = conv_decoder(2, (32, 16), (28, 28, 1), flat=False)

    Source: resizing: Odena, Dumoulin and Olah 2016. Introduced in lesson 14.
    """
    image_shape = _image_shape(image_shape, flat)
    filters, code_size = _filters(filters), _width("code_size", code_size)
    checks.one_of("upsampling", upsampling, ("transposed", "resized"))
    activation = _activation("activation", activation)
    output_activation = _activation("output_activation", output_activation)
    classes = _classes(classes, flat)

    sizes = _halved(image_shape[:2], len(filters))
    if flat:
        inputs = keras.Input((code_size,), name="decoder_input")
        inputs, x = _join_class("decoder", inputs, inputs, classes, dtype)
        x = layers.Dense(
            sizes[-1][0] * sizes[-1][1] * filters[0], activation, dtype=dtype,
            name="decoder_1",
        )(x)  # fmt: skip
        x = layers.Reshape((*sizes[-1], filters[0]), dtype=dtype, name="unflat")(x)
    else:
        inputs = keras.Input((*sizes[-1], code_size), name="decoder_input")
        x = layers.Conv2D(
            filters[0], 3, padding="same", activation=activation, dtype=dtype,
            name="decoder_1",
        )(inputs)  # fmt: skip
    counts = (*filters[1:], image_shape[2])
    for i, (count, size) in enumerate(zip(counts, sizes[-2::-1], strict=True), start=2):
        last = i == len(counts) + 1
        x = _doubled(
            x, count, size, upsampling, output_activation if last else activation,
            _full(dtype) if last else dtype, f"decoder_{i}",
        )  # fmt: skip
    return keras.Model(inputs, x, name="decoder")


def _doubled(x, count, size, upsampling, activation, dtype, name):
    """Return an image of twice the height and width, cut to `size` where it is odd."""
    options = {"padding": "same", "activation": activation, "dtype": dtype}
    if upsampling == "resized":
        x = layers.UpSampling2D(2, dtype=dtype, name=f"{name}_doubled")(x)
        x = layers.Conv2D(count, 3, name=name, **options)(x)
    else:
        x = layers.Conv2DTranspose(count, 4, strides=2, name=name, **options)(x)
    rest = [
        0 if side is None else found - side
        for found, side in zip(x.shape[1:3], size, strict=True)
    ]
    if any(rest):
        x = layers.Cropping2D([(0, n) for n in rest], dtype=dtype, name=f"{name}_cut")(
            x
        )
    return x


def gaussian_head(body, latent_size, dtype=None):
    """Make an encoder's output the last hidden layer of a Gaussian code.

    Args:
        body: a functional encoder whose output is a row of features or an image of
            them, such as `dense_encoder(784, (), 256, code_activation="relu")`.
        latent_size: numbers per latent code z (at each place of an image code).
        dtype: of the two layers; float32 where left out and the policy is a mixed one,
            because the variance is an exponential.

    Input shape:
        That of `body`

    Output shape:
        A list of two, mean and log-variance, each `(batch_size, latent_size)`, or
        `(batch_size, height, width, latent_size)` behind an image

    Returns:
        A `keras.Model` named "encoder". It shares its layers with `body`.

    Raises:
        TypeError: `body` is no functional model, or `latent_size` no whole number.
        ValueError: `latent_size` is below 1, or `body` has several outputs.

    Example:
        >>> body = conv_encoder((28, 28, 1), (16, 32), 64, code_activation="silu")
        >>> encoder = gaussian_head(body, 16)

    Source: Kingma and Welling 2014, appendix C.2. Introduced in lesson 07.
    """
    latent_size = _width("latent_size", latent_size)
    if not getattr(body, "outputs", None):
        raise TypeError(f"body takes a functional model, and got {body!r}")
    if len(body.outputs) != 1:
        raise ValueError(f"body takes one output, and got {len(body.outputs)}")
    (features,) = body.outputs
    dtype = _full(dtype)
    mean, log_variance = (
        layers.Dense(latent_size, dtype=dtype, name=name)(features)
        for name in ("mean", "log_variance")
    )
    return keras.Model(body.input, [mean, log_variance], name="encoder")


def dense_autoencoder(
    input_size=784,
    hidden=(128,),
    code_size=32,
    activation="relu",
    code_activation="linear",
    output_activation="sigmoid",
    constraint=None,
    corruption=None,
    kernel_regularizer=None,
    dtype=None,
    name="autoencoder",
):
    """Build a dense autoencoder: an encoder, and a decoder that mirrors it.

    Args:
        input_size: numbers per input, such as 784 pixels.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
            With `()` the model has one layer each way.
        code_size: numbers per code, more or fewer than `input_size`.
        activation: of the hidden layers.
        code_activation: of the code; "linear" leaves it unbounded.
        output_activation: "sigmoid" keeps the output in (0, 1), "linear" does not.
        constraint: see `Autoencoder`.
        corruption: see `Autoencoder`.
        kernel_regularizer: see `dense_encoder`.
        dtype: see `dense_encoder` and `dense_decoder`.
        name: name of the model, which takes letters, digits, "_", "." and "-".

    Input shape:
        `(batch_size, input_size)`

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `aelib.Autoencoder`.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, an activation that Keras does not know, a
            constraint or corruption that does not fit, or an unusable name.

    Example:
        >>> model = dense_autoencoder(784, hidden=(256, 64), code_size=2)

    Introduced in lesson 03.
    """
    hidden = checks.widths("hidden", hidden)
    shared = {"kernel_regularizer": kernel_regularizer, "dtype": dtype}
    encoder = dense_encoder(
        input_size, hidden, code_size, activation, code_activation, **shared
    )
    decoder = dense_decoder(
        code_size, hidden[::-1], input_size, activation, output_activation, **shared
    )
    return Autoencoder(encoder, decoder, constraint, corruption, _name(name))


def conv_autoencoder(
    image_shape=(28, 28, 1),
    filters=(16, 32),
    code_size=32,
    flat=True,
    activation="silu",
    code_activation="linear",
    output_activation="sigmoid",
    constraint=None,
    corruption=None,
    upsampling="transposed",
    dtype=None,
    name="convolutional",
):
    """Build a convolutional autoencoder: an encoder, and a decoder that mirrors it.

    Args:
        image_shape: see `conv_encoder`.
        filters: of the encoder's convolutions; the decoder has them in reverse.
        code_size: see `conv_encoder`.
        flat: see `conv_encoder`.
        activation: of all layers but the code and the last.
        code_activation: of the code.
        output_activation: "sigmoid" keeps the output in (0, 1), "linear" does not.
        constraint: see `Autoencoder`.
        corruption: see `Autoencoder`.
        upsampling: see `conv_decoder`.
        dtype: see `dense_encoder` and `dense_decoder`.
        name: name of the model.

    Input shape:
        `(batch_size, *image_shape)`

    Output shape:
        `(batch_size, *image_shape)`

    Returns:
        An uncompiled `aelib.Autoencoder`.

    Raises:
        TypeError: see `conv_encoder` and `conv_decoder`.
        ValueError: see `conv_encoder` and `conv_decoder`, and `Autoencoder`.

    Example:
        >>> model = conv_autoencoder((28, 28, 1), code_size=2, flat=False)

    Introduced in lesson 14.
    """
    filters = _filters(filters)
    encoder = conv_encoder(
        image_shape, filters, code_size, flat, activation, code_activation, dtype=dtype
    )
    decoder = conv_decoder(
        code_size, filters[::-1], image_shape, flat, upsampling, activation,
        output_activation, dtype=dtype,
    )  # fmt: skip
    return Autoencoder(encoder, decoder, constraint, corruption, _name(name))


def variational_autoencoder(
    input_size=784,
    hidden=(256,),
    latent_size=2,
    activation="relu",
    output_activation="sigmoid",
    beta=1.0,
    classes=0,
    corruption=None,
    dtype=None,
    name="variational",
):
    """Build a variational autoencoder: its code is a distribution, not a point.

    The encoder gives the mean and the log-variance of q(z | x), a Gaussian. The
    constraint, `layers.GaussianSampling`, draws z from it and adds beta · KL to the
    loss. With `losses.cross_entropy` and binary images, the loss is the negative ELBO
    in nats per image (beta 1).

    With classes, encoder and decoder get the class as a second input. So the latent
    code need not say it, and the decoder draws an image of the class that you choose.

    Args:
        input_size: numbers per input.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        latent_size: numbers per latent code z.
        activation: of the hidden layers.
        output_activation: "sigmoid" for the probability of a white pixel, "linear"
            for the mean of a Gaussian.
        beta: weight of the KL divergence, 0 or more.
        classes: number of classes that the model is told; 0 for none.
        corruption: see `Autoencoder`.
        dtype: see `dense_encoder`, `dense_decoder` and `gaussian_head`.
        name: name of the model.

    Input shape:
        `(batch_size, input_size)`; with classes a list of two: images, and classes as
        one-hot rows `(batch_size, classes)` (`keras.utils.to_categorical`)

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `aelib.Autoencoder`, whose encoder returns [mean, log_variance],
        each `(batch_size, latent_size)`.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, a negative beta, an activation that Keras does not
            know, or an unusable name.

    Example:
        >>> model = variational_autoencoder(784, hidden=(256,), latent_size=2)

    Source: Kingma and Welling 2014; classes: Sohn, Lee and Yan 2015, Kingma et al.
    2014. Introduced in lesson 07.
    """
    hidden = checks.widths("hidden", hidden)
    activation = _activation("activation", activation)
    size = _width("input_size", input_size)
    inputs, x = _stack_input("encoder", size, classes, dtype)
    for i, width in enumerate(hidden, start=1):
        x = layers.Dense(width, activation, dtype=dtype, name=f"encoder_{i}")(x)
    encoder = gaussian_head(keras.Model(inputs, x), latent_size, dtype)
    decoder = dense_decoder(
        latent_size, hidden[::-1], input_size, activation, output_activation, classes,
        dtype=dtype,
    )  # fmt: skip
    sampling = GaussianSampling(beta, name="sampling", dtype=dtype)
    return Autoencoder(encoder, decoder, sampling, corruption, _name(name))


def _dense_stack(
    name, size, widths, activation, last_activation, classes, options, last_dtype=None
):
    """Return a model of dense layers, named encoder_1, encoder_2, … in order."""
    inputs, x = _stack_input(name, size, classes, options["dtype"])
    for i, width in enumerate(widths, start=1):
        last = i == len(widths)
        if last and last_dtype:
            options = {**options, "dtype": last_dtype}
        chosen = last_activation if last else activation
        x = layers.Dense(width, chosen, name=f"{name}_{i}", **options)(x)
    return keras.Model(inputs, x, name=name)


def _stack_input(name, size, classes, dtype):
    """Return the input of a stack, and the tensor that its first layer sees."""
    inputs = keras.Input((size,), name=f"{name}_input")
    return _join_class(name, inputs, inputs, _classes(classes), dtype)


def _join_class(name, inputs, x, classes, dtype):
    """Return a part's inputs, and the tensor that knows the class."""
    if not classes:
        return inputs, x
    label = keras.Input((classes,), name=f"{name}_class")
    join = layers.Concatenate(dtype=dtype, name=f"{name}_join")
    return [inputs, label], join([x, label])


def _halved(size, times):
    """Return (height, width) of an image, halved that often; None stays None."""
    sizes = [tuple(size)]
    for _ in range(times):
        sizes.append(tuple(None if n is None else -(-n // 2) for n in sizes[-1]))
    return sizes


def _full(dtype):
    """Return float32 in place of a mixed policy, and any other as it is."""
    policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
    return "float32" if policy.name.startswith("mixed") else dtype


def _width(name, value):
    """Return a number of units; Keras refuses NumPy's whole numbers."""
    return checks.whole_number(name, value, low=1)


def _classes(value, flat=True):
    """Return a number of classes, or raise."""
    classes = checks.whole_number("classes", value, low=0)
    if classes and not flat:
        raise ValueError(f"classes takes 0 with flat=False, and got {classes}")
    return classes


def _filters(value):
    """Return filters of one layer or more, or raise."""
    filters = checks.widths("filters", value)
    if not filters:
        raise ValueError("filters takes one layer or more, such as (16, 32), got none")
    return filters


def _image_shape(value, flat):
    """Return (height, width, channels), where image codes leave the first two open."""
    checks.yes_or_no("flat", flat)
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        raise ValueError(
            f"image_shape takes height, width and channels, and got {value!r}"
        )
    if not flat and tuple(value[:2]) == (None, None):
        return None, None, _width("image_shape[2]", value[2])
    return tuple(_width(f"image_shape[{i}]", side) for i, side in enumerate(value))


def _activation(argument, value):
    """Return an activation that Keras knows, as a function, or raise."""
    try:
        return keras.activations.get(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{argument} takes an activation of Keras, a name such as 'relu' or a "
            f"function, and got {value!r}"
        ) from error


def _name(name):
    """Return `name` if TensorFlow takes it: it would refuse it in the first `fit`."""
    if not _NAME.fullmatch(checks.text("name", name)):
        raise ValueError(
            "name takes letters from A to Z, digits, '_', '.' and '-', a letter or "
            f"digit first, and got {name!r}"
        )
    return name
