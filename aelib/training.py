"""One way to train, the same for every network that is compared."""

import keras

from aelib import checks, losses
from aelib.progress import Progress

# Losses whose target has the shape of the output.
_OF_EQUAL_SHAPES = (losses.squared_error, losses.cross_entropy, losses.multinomial_nll)


def train(
    model,
    x,
    target=None,
    epochs=15,
    loss=losses.cross_entropy,
    rate=0.003,
    batch_size=64,
    validation_data=None,
):
    """Compile and fit a model, with a learning rate that falls to zero.

    Adam starts at `rate`, which falls to zero along half a cosine, so that training
    ends calmly. Compiling starts the optimiser afresh: a second call trains on from
    the weights of the first, with the schedule from its beginning.

    Args:
        model: a `keras.Model`, such as a builder of `aelib.models` returns.
        x: inputs, shape (n, features), or a list of arrays for several inputs.
        target: what the output is compared with, shape (n, features); `x` itself
            where left out.
        epochs: passes over the data, 1 or more.
        loss: one of `aelib.losses`, or any loss of Keras. It is reported apart as
            well, under its own name, because `loss` holds the penalties too.
        rate: learning rate at the start, above 0.
        batch_size: images per step, 1 or more.
        validation_data: pair of inputs and targets whose losses are reported after
            every epoch.

    Returns:
        The history: a dict from a name to a list with one number an epoch.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a number out of range, arrays without rows or of different lengths,
            inputs that the model does not take, a target that the loss does not
            compare with its output, a model that is not built, a loss that Keras does
            not know, or a `target` that is left out where `x` is a list.

    Example:
        >>> history = aelib.train(model, digits.x_train, epochs=15)

    Written out in lesson 03.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"model takes a keras.Model, and got {model!r}")
    if not model.built:
        raise ValueError("model takes a model that knows the shape of its input")
    epochs = checks.whole_number("epochs", epochs, low=1)
    batch_size = checks.whole_number("batch_size", batch_size, low=1)
    rate = checks.number("rate", rate, low=0)
    if rate == 0:
        raise ValueError("rate takes a number above 0, and got 0")
    _check_loss(loss)
    x, target = _checked_pair(model, loss, x, target)
    if validation_data is not None:
        validation_data = _checked_validation(model, loss, validation_data)
    steps = -(-len(target) // batch_size)  # rounded up
    devices = model.distribute_strategy.num_replicas_in_sync
    schedule = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    # What training counts with is made before the first step: variables that appear
    # within it make TensorFlow trace the step twice, which takes longer than an epoch.
    with model.distribute_strategy.scope():
        model.compile(
            keras.optimizers.Adam(schedule),
            loss=loss,
            metrics=[_metric(loss)],
            jit_compile=False,
            # One call into TensorFlow for a whole epoch: half the time for small
            # networks. Keras can do that on one device only.
            steps_per_execution=steps if devices == 1 else 1,
        )
        model.optimizer.build(model.trainable_variables)
    history = model.fit(
        x,
        target,
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
        validation_data=validation_data,
        callbacks=[Progress(model.name)],
    )
    return history.history


def _check_loss(loss):
    """Raise where `loss` is no loss."""
    if isinstance(loss, str):
        try:
            keras.losses.get(loss)
        except ValueError as error:
            raise ValueError(
                f"loss takes the name of a loss of Keras, and got {loss!r}"
            ) from error
    elif isinstance(loss, type) or not callable(loss):
        raise TypeError(
            "loss takes a function such as aelib.losses.cross_entropy, an object or a "
            f"name, and got {loss!r}"
        )


def _metric(loss):
    """Return the mean of a loss as a metric, under the name that Keras gives it."""
    if isinstance(loss, str):
        return keras.metrics.MeanMetricWrapper(keras.losses.get(loss), name=loss)
    name = getattr(loss, "name", None) or getattr(loss, "__name__", "metric")
    return keras.metrics.MeanMetricWrapper(loss, name=name)


def _checked_pair(model, loss, x, target):
    """Return the inputs and the target, which is `x` where there is none, or raise."""
    if target is None and isinstance(x, (list, tuple)):
        raise ValueError("target cannot be left out where x is a list of arrays")
    name = "x" if target is None else "target"
    target = _rows(name, x if target is None else target)
    x = _checked_inputs(model, "x", x, name, target)
    _check_target(model, loss, name, target)
    return x, target


def _checked_validation(model, loss, pair):
    """Return a pair of inputs and targets that belong together, or raise."""
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise TypeError(
            "validation_data takes a pair, inputs and targets, and got "
            f"{type(pair).__name__}"
        )
    target_name = "validation_data[1]"
    target = _rows(target_name, pair[1])
    x = _checked_inputs(model, "validation_data[0]", pair[0], target_name, target)
    _check_target(model, loss, target_name, target)
    return x, target


def _check_target(model, loss, name, target):
    """Raise where the loss would compare a target with an output of another shape."""
    shapes = _shapes(model, "outputs")
    if loss in _OF_EQUAL_SHAPES and shapes and not _fit([target.shape], shapes):
        raise ValueError(
            f"{name} takes shape {_listed(shapes)} for this model and loss, and got "
            f"{target.shape}"
        )


def _checked_inputs(model, name, x, target_name, target):
    """Return the inputs if the model takes them, with a row for each target."""
    several = isinstance(x, (list, tuple))
    arrays = []
    for i, value in enumerate(x if several else [x]):
        one = f"{name}[{i}]" if several else name
        arrays.append(_rows(one, value))
        checks.same_length(one, arrays[-1], target_name, target)
    shapes = _shapes(model, "inputs")
    found = [array.shape for array in arrays]
    if shapes and not _fit(found, shapes):
        raise ValueError(
            f"{name} takes shape {_listed(shapes)} for this model, and got "
            f"{_listed(found)}"
        )
    return arrays if several else arrays[0]


def _shapes(model, side):
    """Return the shapes of a model's "inputs" or "outputs", where it knows them."""
    return [tuple(tensor.shape) for tensor in getattr(model, side, None) or ()]


def _fit(found, shapes):
    """Tell whether arrays have the shapes of a model's inputs; None is any length."""
    return len(found) == len(shapes) and all(
        len(one) == len(other)
        and all(b in (None, a) for a, b in zip(one, other, strict=True))
        for one, other in zip(found, shapes, strict=True)
    )


def _listed(shapes):
    """Return shapes as a text such as "(None, 784) and (None, 10)"."""
    return " and ".join(map(str, shapes)) or "of no array"


def _rows(name, value):
    """Return `value` as an array of numbers that has rows."""
    result = checks.array(name, value)
    if result.ndim == 0:
        raise ValueError(f"{name} takes an array with rows, and got {value!r}")
    return result
