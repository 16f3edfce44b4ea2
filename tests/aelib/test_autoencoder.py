"""The class: its parts in order, saved and loaded, alone and put together."""

import keras
import numpy as np
import pytest

import aelib
from aelib import layers, models

RNG = np.random.default_rng(0)
ROWS = RNG.random((6, 12), dtype="float32")
IMAGES = RNG.random((6, 9, 7, 2), dtype="float32")
CLASSES = np.eye(3, dtype="float32")[np.arange(6) % 3]


def dense(**options):
    encoder = models.dense_encoder(12, (10,), 4, code_activation="sigmoid", **options)
    return encoder, models.dense_decoder(4, (10,), 12, **options), ROWS


def convolutional(flat, upsampling="transposed"):
    encoder = models.conv_encoder((9, 7, 2), (3, 5), 4, flat, code_activation="sigmoid")
    return encoder, models.conv_decoder(4, (5, 3), (9, 7, 2), flat, upsampling), IMAGES


PARTS = {
    "dense": dense,
    "image code": lambda: convolutional(flat=False),
    "flat code, resized": lambda: convolutional(True, "resized"),
}
CONSTRAINTS = {
    "none": lambda: None,
    "largest": lambda: layers.KeepLargest(3),
    "l1": lambda: layers.L1Penalty(0.1),
    "kl rate": lambda: layers.KLRatePenalty(0.1),
    "sampling": lambda: layers.GaussianSampling(0.5),
    "words": lambda: layers.VectorQuantizer(5),
    "threshold": lambda: keras.layers.ReLU(threshold=0.1),
}
CORRUPTIONS = {
    "none": lambda: None,
    "mask": lambda: layers.MaskingNoise(0.3),
    "salt": lambda: layers.SaltAndPepper(0.3),
    "block": lambda: layers.BlockOcclusion(2),
}
# Every constraint with every part, and every corruption with every part.
COMBINATIONS = [(part, name, "none") for part in PARTS for name in CONSTRAINTS]
COMBINATIONS += [
    (part, name, noise)
    for part, name in zip(PARTS, ("largest", "sampling", "words"), strict=True)
    for noise in list(CORRUPTIONS)[1:]
]
# The block takes images, and twelve numbers are no square.
COMBINATIONS.remove(("dense", "largest", "block"))


def build(part, constraint="none", corruption="none"):
    encoder, decoder, x = PARTS[part]()
    if constraint == "sampling":
        encoder = models.gaussian_head(encoder, 4)
    constraint, corruption = CONSTRAINTS[constraint](), CORRUPTIONS[corruption]()
    return aelib.Autoencoder(encoder, decoder, constraint, corruption), x


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize(("part", "constraint", "corruption"), COMBINATIONS)
@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_save_and_load_is_the_identity(part, constraint, corruption, policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    try:
        model, x = build(part, constraint, corruption)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    finally:
        keras.config.set_dtype_policy("float32")
    assert type(loaded) is aelib.Autoencoder
    for name in ("constraint", "corruption"):
        assert type(getattr(loaded, name)) is type(getattr(model, name))
    # In training too: the noise goes on where it was.
    for training in (False, True, True):
        before, after = (array(m(x, training=training)) for m in (model, loaded))
        assert before.dtype == np.float32
        np.testing.assert_array_equal(before, after)


def test_the_parts_run_in_order():
    encoder, decoder, x = dense()
    constraint, corruption = layers.KeepLargest(2), layers.MaskingNoise(0.5)
    model = aelib.Autoencoder(encoder, decoder, constraint, corruption)
    assert model.encoder is encoder
    assert model.decoder is decoder
    found = array(model(x))
    np.testing.assert_array_equal(found, array(decoder(constraint(encoder(x)))))
    state = array(corruption.seed_generator.state)
    found = array(model(x, training=True))
    corruption.seed_generator.state.assign(state)  # the same noise once more
    noisy = corruption(x, training=True)
    assert (array(noisy) != x).any()
    np.testing.assert_array_equal(found, array(decoder(constraint(encoder(noisy)))))


def test_the_input_keeps_its_type():
    words = keras.Input((3,), dtype="int32")
    code = keras.layers.Flatten()(keras.layers.Embedding(5, 2)(words))
    decoder = models.dense_decoder(6, (), 3)
    model = aelib.Autoencoder(keras.Model(words, code), decoder)
    assert model.input.dtype == "int32"


def test_autoencoders_of_the_same_parts_share_their_weights():
    encoder, decoder, x = dense()
    plain = aelib.Autoencoder(encoder, decoder)
    sparse = aelib.Autoencoder(encoder, decoder, layers.KeepLargest(1))
    before = array(sparse(x))
    aelib.train(plain, x, epochs=2, rate=0.1)
    assert np.abs(array(sparse(x)) - before).max() > 0.01


@pytest.mark.parametrize("flat", [True, False])
def test_classes_reach_encoder_and_decoder(flat, tmp_path):
    if flat:
        encoder = models.conv_encoder((9, 7, 2), (3,), 4, classes=3)
        decoder = models.conv_decoder(4, (3,), (9, 7, 2), classes=3)
        model, x = aelib.Autoencoder(encoder, decoder), IMAGES
    else:
        model, x = models.variational_autoencoder(12, (10,), 2, classes=3), ROWS
    others = np.roll(CLASSES, 1, axis=1)
    codes = [model.encoder([x, label]) for label in (CLASSES, others)]
    if not flat:
        codes = [mean for mean, _ in codes]
    code, changed = map(array, codes)
    assert (code != changed).any()
    drawn = [array(model.decoder([code, label])) for label in (CLASSES, others)]
    assert (drawn[0] != drawn[1]).any()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(*(array(m([x, CLASSES])) for m in (model, loaded)))


def test_a_clone_is_a_plain_functional_model():
    model, x = build("dense", "largest")
    clone = keras.models.clone_model(model)
    assert not hasattr(clone, "encoder")
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(array(clone(x)), array(model(x)))


def test_a_model_of_the_first_edition_becomes_an_autoencoder(tmp_path):
    encoder, decoder, x = dense()
    inputs = keras.Input((12,))
    keras.Model(inputs, decoder(encoder(inputs))).save(tmp_path / "old.keras")
    old = keras.saving.load_model(tmp_path / "old.keras")
    new = aelib.Autoencoder(old.get_layer("encoder"), old.get_layer("decoder"))
    np.testing.assert_array_equal(array(new(x)), array(old(x)))


@pytest.mark.parametrize(
    ("target", "source"),
    [
        (("dense", "none", "mask"), ("dense", "none", "none")),
        (("dense", "l1", "none"), ("dense", "none", "salt")),
        (("dense", "largest", "salt"), ("dense", "kl rate", "mask")),
    ],
)
def test_weights_are_loaded_across_constraints_and_noise(target, source, tmp_path):
    target, source = build(*target)[0], build(*source)[0]
    source.save_weights(tmp_path / "some.weights.h5")
    target.load_weights(tmp_path / "some.weights.h5")
    for part in ("encoder", "decoder"):
        weights = (getattr(model, part).get_weights() for model in (target, source))
        for one, other in zip(*weights, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["l1", "kl rate", "sampling", "words"])
def test_reported_is_the_mean_over_all_images_without_the_weight(name):
    model, x = build("dense", name)
    model.compile("sgd", aelib.losses.cross_entropy)
    reported = []
    for rows in (slice(4), slice(4, None)):
        model(x[rows], training=True)
        reported.append(float(model.constraint.latest))
    found = model.evaluate(x, x, batch_size=4, verbose=0, return_dict=True)
    assert found[model.constraint.reported_as] == pytest.approx(
        np.average(reported, weights=[4, 2]), rel=1e-5
    )


def test_penalties_of_a_kind_have_names_of_their_own_and_a_sum():
    x = keras.Input((12,))
    h = keras.layers.Dense(8)(x)
    for _ in range(2):
        h = layers.L1Penalty(1.0)(h)
    encoder = keras.Model(x, layers.L1Penalty(1.0)(h))
    code = keras.Input((8,))
    twice = layers.L1Penalty(0.5)
    outputs = keras.layers.Dense(12, "sigmoid")(twice(twice(code)))
    model = aelib.Autoencoder(encoder, keras.Model(code, outputs))
    model.compile("sgd", aelib.losses.cross_entropy)
    found = model.evaluate(ROWS, ROWS, batch_size=4, verbose=0, return_dict=True)
    size = np.abs(array(encoder(ROWS))).sum(axis=1).mean()
    values = [found[name] for name in ("l1", "l1_2", "l1_3", "l1_4")]
    np.testing.assert_allclose(values, [size, size, size, 2 * size], rtol=1e-5)
    entropy = array(aelib.losses.cross_entropy(ROWS, model(ROWS))).mean()
    assert found["loss"] == pytest.approx(entropy + 4 * size, rel=1e-5)


def gaussian_encoder():
    return models.gaussian_head(models.dense_encoder(12, (), 5), 4)


def relu_encoder():
    return models.dense_encoder(12, (), 4, code_activation="relu")


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"encoder": None}, TypeError, "encoder takes a keras.Model, and got None"),
        (
            {"decoder": keras.Sequential([keras.layers.Dense(12)])},
            TypeError,
            "decoder takes a functional model, .* begin it with keras.Input",
        ),
        ({"constraint": "l1"}, TypeError, "constraint takes a Keras layer or None"),
        (
            {"encoder": models.dense_encoder(12, (), 5)},
            ValueError,
            r"decoder takes \(None, 4\), and the encoder gives it \(None, 5\)",
        ),
        ({"encoder": gaussian_encoder()}, ValueError, "gives it several arrays"),
        (
            {"constraint": layers.GaussianSampling()},
            ValueError,
            "constraint does not fit shape .* takes a list of two",
        ),
        ({"constraint": layers.KeepLargest(9)}, ValueError, "k takes a number from 1"),
        (
            {"corruption": keras.layers.Dense(3)},
            ValueError,
            r"corruption takes a layer that keeps shape \(None, 12\)",
        ),
        (
            {"encoder": relu_encoder(), "constraint": layers.KLRatePenalty(1.0)},
            ValueError,
            "codes from 0 to 1, and the encoder ends in 'relu'",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, kind, message):
    encoder, decoder, _ = dense()
    with pytest.raises(kind, match=message):
        aelib.Autoencoder(**{"encoder": encoder, "decoder": decoder} | change)
