"""What corruptions and constraints share: settings, random numbers, penalties."""

import keras
import numpy as np
from keras import ops

from aelib import checks

register = keras.saving.register_keras_serializable(package="aelib")


class Setting:
    """A number of a layer that may be changed while the layer is in use.

    A plain attribute would be frozen into the step that Keras traces once, so that a
    callback that anneals it would change nothing. Behind this one stands a variable.
    """

    def __init__(self, low=0, high=None, between=False):
        self.limits = {"low": low, "high": high}
        self.between = between

    def __set_name__(self, owner, name):
        self.name, self.variable = name, f"_{name}"

    def __get__(self, layer, owner=None):
        if layer is None:
            return self
        value = ops.convert_to_tensor(getattr(layer, self.variable))
        return float(str(np.float32(value)))  # 0.1, not 0.10000000149

    def __set__(self, layer, value):
        number = checks.number(self.name, value, **self.limits)
        if self.between and number in self.limits.values():
            low, high = self.limits.values()
            raise ValueError(
                f"{self.name} takes a number between {low} and {high}, and got {value}"
            )
        if hasattr(layer, self.variable):
            getattr(layer, self.variable).assign(number)
            return
        # float32 in half precision, too: 1e-6 is 0 in float16.
        initializer = keras.initializers.Constant(number)
        variable = layer.add_weight(
            (), initializer, "float32", trainable=False, autocast=False, name=self.name
        )
        setattr(layer, self.variable, variable)


class Fixed:
    """A setting that shapes a layer's computation: set once, when the layer is made."""

    def __set_name__(self, owner, name):
        self.name, self.place = name, f"_{name}"

    def __get__(self, layer, owner=None):
        return self if layer is None else getattr(layer, self.place)

    def __set__(self, layer, value):
        if hasattr(layer, self.place):
            raise AttributeError(
                f"{self.name} of {type(layer).__name__} cannot be changed: make a new "
                "layer, and a new model with it"
            )
        setattr(layer, self.place, value)


class Layer(keras.layers.Layer):
    """A layer that keeps the shape of its input, with or without random numbers.

    Its settings are part of its configuration and not of its weights, so weights can
    be loaded into a model with another constraint. (`load_model` restores both.)
    """

    def __init__(self, **kwargs):
        # What comes in float32, such as a log-variance, is not rounded by the policy.
        super().__init__(autocast=False, **kwargs)

    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass

    def compute_output_shape(self, input_shape):
        return input_shape


class RandomLayer(Layer):
    """A layer that draws random numbers, and is saved with the state of its source.

    On several devices each draws the same numbers for its own share of the batch,
    because Keras keeps one state for all.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        if seed is not None:
            seed = checks.whole_number("seed", seed, low=0, high=2**32 - 1)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    # Keras saves no state of random numbers; a model that is loaded would draw its
    # noise from the beginning again.
    def save_own_variables(self, store):
        store["seed_state"] = ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store):
        # Where none is stored, as with another kind of noise, the own state is kept.
        if "seed_state" in store.keys():  # noqa: SIM118 -- an HDF5 group is no dict
            self.seed_generator.state.assign(store["seed_state"])

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


class Tracker(keras.metrics.Mean):
    """The mean of a penalty over the images, under a name that a model may change."""

    def add_variable(
        self, shape, initializer, dtype=None, aggregation="sum", name=None
    ):
        """Return a variable that stays float32 within a layer of half precision."""
        return keras.Variable(
            initializer,
            shape,
            "float32",
            trainable=False,
            autocast=False,
            aggregation=aggregation,
            synchronization="on_read",
            name=name,
        )

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, name):
        self._name = name

    # What was reported last is no part of a model: its file may come from another one.
    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass


def name_apart(metrics):
    """Give trackers of the same name different ones: "l1", "l1_2", "l1_3"."""
    taken = set()
    for metric in metrics:
        if isinstance(metric, Tracker):
            first, count = metric.name, 1
            while metric.name in taken:
                count += 1
                metric.name = f"{first}_{count}"
        taken.add(metric.name)


def charge(layer, penalty, price, rows):
    """Add a penalty to the loss of a layer, and report it without its price.

    Args:
        layer: the layer, with a `tracker`.
        penalty: mean over the images, a number in float32.
        price: what is added to the loss.
        rows: images in the batch: a last batch may be small, and then counts less, as
            Keras does it for the loss.
    """
    regularized = sum(v.regularizer is not None for v in layer.trainable_weights)
    again = len(layer.losses) > regularized
    layer.add_loss(price)
    if again:  # used twice in one model, it is paid for twice: report the sum
        total, rows = layer.tracker.total, ops.cast(rows, "float32")
        total.assign(total + penalty * rows)
    else:
        layer.tracker.update_state(penalty, sample_weight=rows)


def code_axes(h):
    """Return all axes of a tensor but the first, which counts the images."""
    return tuple(range(1, len(h.shape)))
