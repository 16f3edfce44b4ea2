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


class Paying:
    """What a layer that adds a penalty to the loss has besides: it keeps the penalty.

    An `Autoencoder` reads it after every batch, and reports the mean. (A metric of the
    layer's own would do so on TensorFlow alone: JAX hands a layer no metrics.)
    """

    reported_as = None  # name of the penalty in the history

    def build(self, input_shape):
        super().build(input_shape)
        # The last batch's penalty, a mean over its images without its weight. Each of
        # several devices keeps its own: to wait for each other within a call would mix
        # up their losses.
        self.latest = keras.Variable(
            "zeros",
            (),
            "float32",
            trainable=False,
            autocast=False,
            aggregation="mean",
            synchronization="on_read",
            name=self.reported_as,
        )

    def charge(self, penalty, price):
        """Add a price to the loss, and keep the penalty that it was made from.

        Args:
            penalty: mean over the images, a number in float32.
            price: what is added to the loss.
        """
        regularized = sum(v.regularizer is not None for v in self.trainable_weights)
        again = len(self.losses) > regularized
        self.add_loss(price)
        # Used twice in one model it is paid for twice: the sum is kept.
        self.latest.assign(self.latest + penalty if again else penalty)


def code_axes(h):
    """Return all axes of a tensor but the first, which counts the images."""
    return tuple(range(1, len(h.shape)))
