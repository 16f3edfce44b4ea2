"""One way to train, the same for every network that is compared."""

import contextlib
import math

import keras
import numpy as np

from aelib import checks, losses
from aelib.progress import Progress

RATE = 0.003
_PROBE = 64  # images that a loss is tried on before the first step
# Losses of Keras whose target has another shape than the output.
_OF_OTHER_SHAPES = ("sparsecategorical", "ctc")


def train(
    model,
    x,
    target=None,
    epochs=15,
    loss=losses.cross_entropy,
    rate=None,
    batch_size=64,
    validation_data=None,
    callbacks=(),
    metrics=(),
    optimizer=None,
):
    """Compile and fit a model, with a learning rate that falls to zero.

    Adam starts at `rate`, which falls to zero along half a cosine, so that training
    ends calmly. Every epoch shows the examples in a new order. Every call starts the
    optimiser afresh from the weights of the last.
    Afterwards the model is compiled with Adam at `rate`, so that `fit` goes on.

    Args:
        model: a `keras.Model`, such as a builder of `aelib.models` returns.
        x: inputs, shape (n, ...), or a list of arrays for several inputs.
        target: what the output is compared with, shape (n, ...); `x` itself where left
            out.
        epochs: passes over the data, 1 or more.
        loss: one of `aelib.losses`, or any loss of Keras. It is reported apart as
            well, under its own name, because `loss` holds the penalties too.
        rate: learning rate at the start, above 0; 0.003 where left out.
        batch_size: images per step, 1 or more.
        validation_data: pair of inputs and targets whose losses are reported after
            every epoch.
        callbacks: of Keras. One that looks at single batches makes training slower.
        metrics: of Keras, reported beside the loss.
        optimizer: of Keras, used as it is in place of Adam; then `rate` is its own.

    Returns:
        The history: a dict from a name to a list with one number an epoch.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a number out of range, arrays without rows or of different lengths,
            inputs that the model does not take, a target or an output that the loss is
            not defined for, a model that is not built, a loss that Keras does not
            know, or a setting that would be ignored.
        FloatingPointError: the loss is no longer a finite number. The model has its
            weights from before the call.

    Example:
        >>> history = aelib.train(model, digits.x_train, epochs=15)

    Written out in lesson 03.
    """
    _check_model(model)
    epochs = checks.whole_number("epochs", epochs, low=1)
    batch_size = checks.whole_number("batch_size", batch_size, low=1)
    rate = _checked_rate(rate, optimizer)
    _check_loss(loss)
    x, target = _checked_pair(model, loss, ("x", "target"), x, target)
    if validation_data is not None:
        validation_data = _checked_validation(model, loss, validation_data)
    _check_outputs(model, loss, x, target)
    steps = -(-len(target) // batch_size)  # rounded up
    schedule = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    recipe = {"loss": loss, "metrics": [*_loss_alone(loss), *metrics]}
    # One call into the backend for a whole epoch: half the time for small networks.
    # Keras can do that on one device, and callbacks then see no single batches.
    apart = _devices(model) > 1 or any(map(_sees_batches, callbacks))
    before = model.get_weights()
    _compile(
        model,
        optimizer or keras.optimizers.Adam(schedule),
        steps_per_execution=1 if apart else steps,
        **recipe,
    )
    try:
        history = model.fit(
            **_in_new_orders(x, target, batch_size),
            epochs=epochs,
            verbose=0,
            validation_data=validation_data,
            validation_batch_size=batch_size,
            callbacks=[Progress(model.name), _StopAtNaN(before), *callbacks],
        )
    finally:
        if optimizer is None:  # the schedule has ended at 0: no `fit` could go on
            _compile(model, keras.optimizers.Adam(rate), **recipe)
    return history.history


def _in_new_orders(x, target, batch_size):
    """Return what `fit` takes to show the examples in a new order in every epoch.

    On JAX it does so by itself. On TensorFlow, once a seed is set, Keras' order comes
    back in every epoch: its random numbers begin anew with each pass over the data.
    """
    if keras.backend.backend() != "tensorflow":
        return {"x": x, "y": target, "batch_size": batch_size}
    import tensorflow as tf

    several = tuple(x) if isinstance(x, list) else x  # a list would be one array
    pair = keras.tree.map_structure(tf.constant, (several, target))
    orders = tf.data.Dataset.range(len(target)).shuffle(len(target))
    batches = orders.batch(batch_size).map(
        lambda rows: keras.tree.map_structure(lambda part: tf.gather(part, rows), pair),
        num_parallel_calls=tf.data.AUTOTUNE,
    )
    return {"x": batches.prefetch(tf.data.AUTOTUNE), "shuffle": False}  # it is already


def _devices(model):
    """Return on how many devices a model computes (TensorFlow's strategies)."""
    strategy = getattr(model, "distribute_strategy", None)
    return getattr(strategy, "num_replicas_in_sync", 1)


def _compile(model, optimizer, **options):
    """Compile a model on its devices, ready for the first step."""
    scope = contextlib.nullcontext()
    if _devices(model) > 1:
        scope = model.distribute_strategy.scope()
    # For networks this small TensorFlow's XLA costs more than it gains; JAX needs it.
    jit = keras.backend.backend() == "jax"
    with scope:
        model.compile(optimizer, jit_compile=jit, **options)
        # Variables that appear within the first step make Keras trace it twice, which
        # takes longer than an epoch.
        optimizer.build(model.trainable_variables)


class _StopAtNaN(keras.callbacks.Callback):
    """Raise where the loss is no number any more; restore the weights from before."""

    def __init__(self, weights):
        super().__init__()
        self.weights = weights

    def on_epoch_end(self, epoch, logs=None):
        bad = [name for name, value in (logs or {}).items() if not math.isfinite(value)]
        if bad:
            self.model.set_weights(self.weights)
            raise FloatingPointError(
                f"training stopped: in epoch {epoch + 1} {bad[0]} became "
                f"{logs[bad[0]]}. The likely cause is a learning rate that is too high "
                "for these inputs: bring x to a range such as 0 to 1, or take a "
                "smaller rate. The model has its weights from before."
            )


def _check_model(model):
    """Raise where a model cannot be trained."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"model takes a keras.Model, and got {model!r}")
    if not model.built:
        raise ValueError("model takes a model that knows the shape of its input")


def _checked_rate(rate, optimizer):
    """Return the learning rate, or raise where it would be ignored."""
    if rate is not None and optimizer is not None:
        raise ValueError("rate takes nothing where an optimizer is given: set it there")
    rate = checks.number("rate", RATE if rate is None else rate, low=0)
    if rate == 0:
        raise ValueError("rate takes a number above 0, and got 0")
    return rate


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


def _function(loss):
    """Return a loss as a function from (target, output) to a value for each image."""
    loss = keras.losses.get(loss)
    return loss.call if isinstance(loss, keras.losses.Loss) else loss


def _name(loss):
    """Return the name of a loss."""
    if isinstance(loss, str):
        return loss
    return getattr(loss, "name", None) or getattr(loss, "__name__", "metric")


def _loss_alone(loss):
    """Return the loss without penalties as a metric, the mean over the images.

    A loss object that does not average over the batch is reported within `loss` only.
    """
    averages = ("sum_over_batch_size", "mean", "mean_with_sample_weight")
    if getattr(loss, "reduction", "mean") not in averages:
        return []
    # By its function: the object would hand over one mean a batch, and the last, small
    # batch would count as much as the others.
    return [keras.metrics.MeanMetricWrapper(_function(loss), name=_name(loss))]


def _sees_batches(callback):
    """Tell whether a callback does anything at a batch of training."""
    hooks = ("batch_begin", "batch_end", "train_batch_begin", "train_batch_end")
    return any(
        getattr(getattr(callback, f"on_{hook}"), "__func__", None)
        is not getattr(keras.callbacks.Callback, f"on_{hook}")
        for hook in hooks
    )


def _checked_pair(model, loss, names, x, target):
    """Return the inputs and the target, which is `x` where there is none, or raise."""
    x_name, target_name = names
    if target is None:
        if _several(x_name, x):
            raise ValueError("target cannot be left out where x is a list of arrays")
        target, target_name = x, x_name
    if _several(target_name, target):
        raise ValueError(
            f"{target_name} takes one array, and got a {type(target).__name__} of "
            f"{len(target)}: a model with one output has one target"
        )
    target = losses.check_target(target_name, _rows(target_name, target), loss)
    x = _checked_inputs(model, x_name, x, target_name, target)
    _check_target(model, loss, target_name, target)
    return x, target


def _checked_validation(model, loss, pair):
    """Return a pair of inputs and targets that belong together, or raise."""
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise TypeError(
            "validation_data takes a pair, inputs and targets, and got "
            f"{type(pair).__name__}"
        )
    names = "validation_data[0]", "validation_data[1]"
    return _checked_pair(model, loss, names, *pair)


def _check_target(model, loss, name, target):
    """Raise where Keras would broadcast a target against an output of another shape."""
    called = f"{_name(loss)} {type(loss).__name__}".lower().replace("_", "")
    other_shape = any(part in called for part in _OF_OTHER_SHAPES)
    if loss is losses.masked_squared_error or other_shape:
        return
    shapes = _shapes(model, "outputs")
    if shapes and not _fit([target.shape], shapes):
        raise ValueError(
            f"{name} takes shape {_listed(shapes)} for this model and loss, and got "
            f"{target.shape}"
        )


def _check_outputs(model, loss, x, target):
    """Raise where the loss is not defined for what the model gives."""
    few = [array[:_PROBE] for array in x] if isinstance(x, list) else x[:_PROBE]
    output = keras.ops.convert_to_numpy(model(few, training=False))
    if not np.all(np.isfinite(output)):
        raise ValueError(
            "model gives NaN or infinity for these inputs before training: bring x to "
            "a range such as 0 to 1"
        )
    if loss in (losses.cross_entropy, losses.multinomial_nll):
        try:
            loss(target[:_PROBE], output)
        except ValueError as error:
            wanted = "a softmax" if loss is losses.multinomial_nll else "a sigmoid"
            raise ValueError(
                f"model: its output is nothing that {loss.__name__} is defined for "
                f"({error}): end it in {wanted}, or take another loss"
            ) from error


def _checked_inputs(model, name, x, target_name, target):
    """Return the inputs if the model takes them, with a row for each target."""
    several = _several(name, x)
    arrays = []
    for i, value in enumerate(x if several else [x]):
        one = f"{name}[{i}]" if several else name
        arrays.append(checks.array(one, _rows(one, value)))
        checks.same_length(one, arrays[-1], target_name, target)
    shapes = _shapes(model, "inputs")
    found = [array.shape for array in arrays]
    if shapes and not _fit(found, shapes):
        raise ValueError(
            f"{name} takes shape {_listed(shapes)} for this model, and got "
            f"{_listed(found)}"
        )
    return arrays if several else arrays[0]


def _several(name, value):
    """Tell whether a value is a list of arrays, and not one array written as a list."""
    return isinstance(value, (list, tuple)) and any(
        checks.as_array(name, part).ndim > 1 for part in value
    )


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
    """Return `value` as an array with rows, or raise."""
    array = checks.as_array(name, value)
    if array.ndim == 0:
        raise ValueError(f"{name} takes an array with rows, and got {value!r}")
    return array
