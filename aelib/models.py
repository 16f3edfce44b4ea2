"""Builders: plain functions that return a named, uncompiled functional model.

Each autoencoder is composed of two sub-models named "encoder" and "decoder", so the
encoder can be kept alone: `model.get_layer("encoder")`.
"""

import keras
from keras import layers

from aelib import checks

_ACTIVATIONS = ("linear", "relu", "sigmoid", "silu", "softmax", "tanh")


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
        name: name of the model.

    Input shape:
        `(batch_size, input_size)`

    Output shape:
        `(batch_size, input_size)`

    Returns:
        An uncompiled `keras.Model` with sub-models "encoder" and "decoder".

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a width below 1, or an activation that is not known here.

    Example:
        >>> model = dense_autoencoder(784, hidden=(256, 64), code_size=2)
        >>> model.compile("adam", "mse", jit_compile=False)

    Introduced in lesson 03.
    """
    # Keras refuses NumPy's whole numbers, which the checks turn into Python's.
    input_size = checks.whole_number("input_size", input_size, low=1)
    hidden = checks.widths("hidden", hidden)
    code_size = checks.whole_number("code_size", code_size, low=1)
    for argument, value in [
        ("activation", activation),
        ("code_activation", code_activation),
        ("output_activation", output_activation),
    ]:
        checks.one_of(argument, value, _ACTIVATIONS)
    checks.text("name", name)

    encoder = _dense_stack(
        "encoder", input_size, (*hidden, code_size), activation, code_activation
    )
    decoder = _dense_stack(
        "decoder", code_size, (*hidden[::-1], input_size), activation, output_activation
    )
    inputs = keras.Input((input_size,), name="input")
    return keras.Model(inputs, decoder(encoder(inputs)), name=name)


def _dense_stack(name, input_size, widths, activation, last_activation):
    """Return a model of dense layers, named encoder_1, encoder_2, … in order."""
    inputs = keras.Input((input_size,), name=f"{name}_input")
    outputs = inputs
    for i, width in enumerate(widths, start=1):
        last = i == len(widths)
        outputs = layers.Dense(
            width, last_activation if last else activation, name=f"{name}_{i}"
        )(outputs)
    return keras.Model(inputs, outputs, name=name)
