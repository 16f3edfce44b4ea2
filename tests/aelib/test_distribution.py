"""Training on two devices at once: the CPU, told that it is two."""

import json
import math

import numpy as np
import pytest
from processes import run

pytest.importorskip("tensorflow")

# One process for all of it: most of its time goes into starting TensorFlow.
TWO_DEVICES = """
import json, sys
import aelib
import keras, numpy as np, tensorflow as tf

cpus = tf.config.list_physical_devices("CPU")
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpus[0], two)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

x = np.random.default_rng(0).random((32, 9), dtype="float32").round()
metrics = [aelib.losses.cross_entropy]


def trained(make, epochs, eagerly=False):
    keras.utils.set_random_seed(0)
    model = make()
    model.compile(
        keras.optimizers.Adam(0.03), metrics[0], metrics=metrics, jit_compile=False,
        run_eagerly=eagerly,
    )
    options = {"batch_size": 16, "shuffle": False, "verbose": 0}
    return model, model.fit(x, x, epochs=epochs, **options).history


def saved(model, name):
    model.save(f"{sys.argv[1]}/{name}.keras")
    return keras.models.load_model(f"{sys.argv[1]}/{name}.keras")


def dense():
    return aelib.models.dense_autoencoder(9, (), 4)


def variational():
    return aelib.models.variational_autoencoder(9, (), 3)


found = {"devices": strategy.num_replicas_in_sync}
_, found["dense on one"] = trained(dense, 3, eagerly=True)
with strategy.scope():
    model, found["dense"] = trained(dense, 3)
    vae, found["variational"] = trained(variational, 20)
    found["train"] = aelib.train(dense(), x, epochs=2, batch_size=16)
    found["constraints"] = {}
    for make in (
        lambda: aelib.layers.L1Penalty(0.1),
        lambda: aelib.layers.KLRatePenalty(0.1),
        lambda: aelib.layers.KeepLargest(2),
        lambda: aelib.layers.VectorQuantizer(3),
    ):
        model_ = aelib.models.dense_autoencoder(
            9, (), 4, code_activation="sigmoid", constraint=make(),
            corruption=aelib.layers.MaskingNoise(0.1),
        )
        history = aelib.train(model_, x, epochs=1, batch_size=16)
        name = type(model_.constraint).__name__
        apart = abs(saved(model_, name)(x) - model_(x)).numpy().max()
        found["constraints"][name] = [history, float(apart)]
found["difference"] = float(abs(saved(model, "dense")(x) - model(x)).numpy().max())
loaded = saved(vae, "variational")
codes = [m.encoder(x)[0] for m in (vae, loaded)]
found["difference of codes"] = float(abs(codes[0] - codes[1]).numpy().max())
found["loaded"] = loaded.test_on_batch(x, x, return_dict=True)
print("\\n" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    done = run(TWO_DEVICES, tmp_path_factory.mktemp("two"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_two_devices_learn_what_one_learns(found):
    assert found["devices"] == 2
    assert set(found["dense"]) == {"loss", "cross_entropy"}
    for name, values in found["dense on one"].items():
        np.testing.assert_allclose(found["dense"][name], values, rtol=1e-4)
    assert found["dense"]["loss"][-1] < found["dense"]["loss"][0]


def test_two_devices_train_a_variational_autoencoder(found):
    history = {name: np.array(values) for name, values in found["variational"].items()}
    assert set(history) == {"loss", "cross_entropy", "kl"}
    assert np.isfinite(history["kl"]).all()
    assert (history["kl"] > 0).all()
    total = history["cross_entropy"] + history["kl"]
    np.testing.assert_allclose(history["loss"], total, rtol=1e-5)
    assert history["loss"][-3:].mean() < history["loss"][:3].mean()


def test_two_devices_train_and_save_every_constraint(found):
    weights = {"l1": 0.1, "kl_rate": 0.1}
    for history, apart in found["constraints"].values():
        assert apart < 1e-6
        (loss,), (entropy,) = history["loss"], history["cross_entropy"]
        for name in weights.keys() & history.keys():
            paid = weights[name] * history[name][0]
            assert paid > 0
            assert math.isclose(loss, entropy + paid, rel_tol=1e-5)


def test_what_two_devices_learned_is_saved(found):
    assert found["difference"] < 1e-6
    assert found["difference of codes"] < 1e-6
    held = found["loaded"]
    assert math.isclose(held["loss"], held["cross_entropy"] + held["kl"], rel_tol=1e-5)
    # The draws differ; what was learned does not.
    last = found["variational"]["loss"][-1]
    assert math.isclose(held["loss"], last, rel_tol=0.15)


def test_train_takes_a_model_on_two_devices(found):
    assert set(found["train"]) == {"loss", "cross_entropy"}
    assert found["train"]["loss"][1] < found["train"]["loss"][0]
