"""One way to train, the same for every network that is compared."""

import keras

from aelib import checks, losses
from aelib.progress import Progress


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
            or a `target` that is left out where `x` is a list.

    Example:
        >>> history = aelib.train(model, digits.x_train, epochs=15)

    Written out in lesson 03.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"model takes a keras.Model, and got {model!r}")
    epochs = checks.whole_number("epochs", epochs, low=1)
    batch_size = checks.whole_number("batch_size", batch_size, low=1)
    if checks.number("rate", rate, low=0) == 0:
        raise ValueError("rate takes a number above 0, and got 0")
    target = _checked_target(x, target)
    if validation_data is not None:
        _check_validation(validation_data)
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


def _metric(loss):
    """Return the mean of a loss as a metric, under the name that Keras gives it."""
    if isinstance(loss, str):
        return keras.metrics.MeanMetricWrapper(keras.losses.get(loss), name=loss)
    name = getattr(loss, "name", None) or loss.__name__
    return keras.metrics.MeanMetricWrapper(loss, name=name)


def _checked_target(x, target):
    """Return the target, or `x` where there is none, or raise."""
    if target is None and isinstance(x, (list, tuple)):
        raise ValueError("target cannot be left out where x is a list of arrays")
    name = "x" if target is None else "target"
    target = _rows(name, x if target is None else target)
    _check_inputs("x", x, name, target)
    return target


def _check_validation(pair):
    """Raise where `pair` is no pair of inputs and targets that belong together."""
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise TypeError(
            "validation_data takes a pair, inputs and targets, and got "
            f"{type(pair).__name__}"
        )
    target = _rows("validation_data[1]", pair[1])
    _check_inputs("validation_data[0]", pair[0], "validation_data[1]", target)


def _check_inputs(name, x, target_name, target):
    """Raise where an input is no array of numbers with a row for each target."""
    several = isinstance(x, (list, tuple))
    for i, array in enumerate(x if several else [x]):
        one = f"{name}[{i}]" if several else name
        checks.same_length(one, _rows(one, array), target_name, target)


def _rows(name, value):
    """Return `value` as an array of numbers that has rows."""
    result = checks.array(name, value)
    if result.ndim == 0:
        raise ValueError(f"{name} takes an array with rows, and got {value!r}")
    return result
