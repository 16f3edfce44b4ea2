"""benchmarks/published/: the recipes, the bounds and the clocks, on little data."""

import time

import keras
import numpy as np
import pytest
from keras import ops

from aelib import data, losses, metrics, models
from benchmarks import curve, splits
from benchmarks.published import (
    deep_autoencoder,
    denoising_example,
    forest,
    k_sparse,
    likelihood,
    vae_example,
)


@pytest.fixture(scope="module")
def split():
    digits = data.load_mnist()
    return splits.Split(
        digits.x_train[:300],
        digits.y_train[:300],
        digits.x_test[:100],
        digits.y_test[:100],
    )


# --- the clock --------------------------------------------------------------------


def test_the_clock_stops_while_the_model_is_measured(split):
    def measure(model):
        time.sleep(0.5)
        return 1.0

    started = time.perf_counter()
    model = models.dense_autoencoder(784, (), 4)
    found = curve.fit(
        model, split.x_train, measure, "", epochs=3, batch_size=300, rate=0.01,
        loss=losses.squared_error,
    )  # fmt: skip
    passed = time.perf_counter() - started
    assert found.epochs == [1, 2, 3]
    assert 0 < found.seconds[0] <= found.seconds[1] <= found.seconds[2] <= passed - 1.5


def test_a_curve_tells_when_a_value_was_first_reached():
    found = curve.Curve(None, "")
    found.seconds, found.values = [1.0, 2.0, 3.0], [5.0, 3.0, 4.0]
    assert found.seconds_until(3.5) == 2.0
    assert found.seconds_until(5.0) == 1.0
    assert found.seconds_until(2.9) is None


def test_every_second_epoch_is_measured_and_the_last(split):
    seen = []
    found = curve.fit(
        models.dense_autoencoder(784, (), 4), split.x_train, lambda _: len(seen), "",
        epochs=5, batch_size=100, rate=0.01, loss=losses.squared_error, every=2,
    )  # fmt: skip
    assert found.epochs == [2, 4, 5]


def test_changed_compares_with_what_the_layer_made(split):
    class Half(keras.layers.Layer):
        def call(self, x):
            return x / 2

    class Copy(keras.Model):
        input_shape = (None, 784)

        def call(self, x):
            return x

    changed = curve.Changed(Half(), Copy(), losses.squared_error)
    changed(split.x_test)
    assert float(changed.losses[-1]) == 0.0
    np.testing.assert_array_equal(changed(split.x_test), split.x_test / 2)


def test_the_pair_table_tells_times_and_what_is_not_reached():
    found = {
        "recipe": {"epochs": [1, 2, 3], "seconds": [10, 20, 30], "values": [9, 8, 7]},
        "recipe without XLA": {"epochs": [1, 2], "seconds": [8, 14], "values": [9, 8]},
        "ours": [
            {"epochs": [1, 2], "seconds": [2, 3], "values": [8, 6]},
            {"epochs": [1, 2], "seconds": [2, 3], "values": [9, 8]},
        ],
        "seconds until": {"recipe": 30, "ours": [3, None]},
    }
    text = curve.pair_table(found, 2)
    assert "seconds until 7" in text
    assert "| 3 | 10.0 | 10.0 | 6.7 |" in text  # 30 / 3, and (8 + 2 · 6) / 3
    assert "not reached" in text
    found["recipe"]["values"] = [9, 7, 7]  # there an epoch before its end
    found["seconds until"]["recipe"] = 20
    assert "| 3 | 10.0 | 6.7 | 4.7 |" in curve.pair_table(found, 2)


# --- the recipes ------------------------------------------------------------------


def test_the_recipes_have_as_many_numbers_as_on_the_page():
    vae = vae_example.recipe()
    # What the summaries on keras.io say.
    assert vae.encoder.count_params() == 69_076
    assert vae.decoder.count_params() == 65_089
    assert denoising_example.recipe().count_params() == 28_353
    # Of a sigmoid at the end Keras takes the logits, as it does there.
    for model in (vae.decoder, denoising_example.recipe()):
        assert model.layers[-1].activation is keras.activations.sigmoid


def test_the_negative_elbo_is_what_training_minimises(split):
    model = vae_example.ours((16,))
    model.compile(loss=losses.cross_entropy)
    draws = [
        model.evaluate(split.x_test, split.x_test, verbose=0)[0] for _ in range(20)
    ]
    found = vae_example.negative_elbo(model, split.x_test)
    assert found == vae_example.negative_elbo(model, split.x_test)  # a fixed draw
    assert abs(found - np.mean(draws)) < 5 * np.std(draws) + 1e-3


def test_noisy_images_stay_images(split):
    broken = denoising_example.noisy(split.x_test, seed=1)
    assert broken.min() == 0
    assert broken.max() == 1
    paper = broken[split.x_test == 0]
    assert abs(np.mean(paper == 0) - 0.5) < 0.01  # half the noise is below 0
    # The mean of what is left of a Gaussian of deviation 0.4 above 0, cut off at 1.
    assert abs(paper.mean() - 0.4 * 0.3989) < 0.01


def test_noise_is_drawn_in_training_only(split):
    layer = denoising_example.corruption()
    np.testing.assert_array_equal(layer(split.x_test, training=False), split.x_test)
    broken = layer(split.x_test, training=True).numpy()
    assert 0.1 < np.abs(broken - split.x_test).mean() < 0.3
    assert 0 <= broken.min() <= broken.max() <= 1


@pytest.mark.parametrize(
    ("network", "sizes"), [("dense", (10,)), ("convolutional", (2, 3, 10))]
)
def test_ours_draws_its_own_noise(network, sizes, split):
    model = denoising_example.NETWORKS[network](*sizes)
    repaired = model(split.x_test, training=False)
    assert repaired.shape == split.x_test.shape
    np.testing.assert_array_equal(model(split.x_test, training=False), repaired)
    drawn = [model(split.x_test, training=True) for _ in range(2)]
    assert np.abs(drawn[0] - drawn[1]).max() > 0.01


@pytest.mark.parametrize("module", [vae_example, denoising_example])
def test_a_pair_runs(module, split, monkeypatch):
    monkeypatch.setattr(module, "SEEDS", 1)
    monkeypatch.setattr(module, "EPOCHS", 1)
    monkeypatch.setitem(module.OURS, "epochs", 2)
    monkeypatch.setattr(module, "train_recipe", _quick(module.train_recipe))
    found = module.pair(lambda: split)
    assert len(found["ours"]) == len(found["seconds until"]["ours"]) == 1
    assert "ours, seed 0" in module.table({"pair": found})


def _quick(train):
    """Return a training function that stops after two epochs."""
    return lambda split, epochs=2, **options: train(split, epochs, **options)


# --- Hinton and Salakhutdinov -----------------------------------------------------


def test_the_deep_autoencoder_has_the_published_widths(split):
    found = deep_autoencoder.train(lambda: split, 0, 1)
    assert found["seconds"] > 0
    assert found["error"] > 0
    model = models.dense_autoencoder(
        784, deep_autoencoder.WIDTHS, deep_autoencoder.CODE_SIZE, "silu"
    )
    widths = [layer.units for layer in model.get_layer("encoder").layers[1:]]
    assert widths == [1000, 500, 250, 30]


def test_the_deep_table_tells_when_the_paper_was_passed():
    def row(values):
        curve = {"epochs": [10, 20], "seconds": [60, 120], "values": values}
        run = {"error": values[-1], "seconds": 120, "curve": curve}
        return deep_autoencoder.table({"one": run}).splitlines()[-1]

    assert row([3.0, 2.9]) == "| ours: one | 2.90 | 2.0 | 2.0 |"
    assert row([2.9, 2.8]).endswith("| 2.0 | 1.0 |")
    assert row([4.0, 3.5]).endswith("| not reached |")


def test_shifts_move_images_by_whole_pixels_and_lose_no_ink_inside():
    image = np.zeros((1, 28, 28), "float32")
    image[0, 10:14, 12:16] = np.arange(16).reshape(4, 4) / 16
    layer = deep_autoencoder.shifted(1)
    x = image.reshape(1, 784)
    np.testing.assert_array_equal(layer(x, training=False), x)
    moved = [layer(x, training=True).numpy() for _ in range(200)]
    ways = [
        next(
            (down, right)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if np.array_equal(np.roll(image, (down, right), (1, 2)).ravel(), one[0])
        )
        for one in moved
    ]
    assert len(set(ways)) == 9
    assert 60 < sum(down == 0 for down, _ in ways) < 140  # half of them


def test_sums_of_every_layer_vary_by_one(split):
    model = models.dense_autoencoder(784, deep_autoencoder.WIDTHS, 30, "silu")

    def deviations():
        x, found = split.x_train, []
        for part in (model.encoder, model.decoder):
            for layer in part.layers[1:]:
                found.append(float(np.std(x @ layer.kernel)))
                x = layer(x)
        return found

    assert min(deviations()) < 0.3
    deep_autoencoder.scale_to_unit_variance(model, split.x_train)
    np.testing.assert_allclose(deviations(), 1, rtol=1e-3)


# --- k-sparse ---------------------------------------------------------------------


@pytest.mark.parametrize("tied", [False, True])
def test_k_sparse_codes_are_the_encoders(split, tied):
    model = k_sparse.build(25, tied)
    codes = k_sparse.encode(model, split.x_test, soft=False, kept=25)
    assert codes.shape == (100, 1000)
    assert set(np.diff(codes.indptr)) == {25}
    expected = model.constraint(model.encoder(split.x_test), training=False)
    np.testing.assert_allclose(codes.toarray(), expected, atol=1e-5)
    wide = k_sparse.encode(model, split.x_test, soft=False, kept=75)
    assert set(np.diff(wide.indptr)) == {75}


def test_a_soft_threshold_leaves_what_exceeds_the_largest_other(split):
    model = k_sparse.build(25, tied=True)
    hard, soft = (
        k_sparse.encode(model, split.x_test, soft, kept=25).toarray()
        for soft in (False, True)
    )
    one_more = k_sparse.encode(model, split.x_test, soft=False, kept=26).toarray()
    threshold = (one_more - hard).sum(axis=1, keepdims=True)
    expected = np.where(hard > 0, hard - threshold, 0)
    np.testing.assert_allclose(soft, expected, atol=1e-5)
    assert set((soft > 0).sum(axis=1)) == {25}


def test_tied_weights_lead_back_and_are_trained_once(split):
    model = k_sparse.build(25, tied=True)
    assert model.count_params() == 784 * 1000 + 1000 + 1000 + 784 + 2 * 1000
    assert len(model.trainable_variables) == 4  # W, b, the scale, and the way back's b
    back = model.decoder.layers[-1]
    back.scale.assign(np.linspace(0.5, 2, 1000))
    kernel = model.encoder.get_layer("encoder_1").kernel.numpy()
    code = model.constraint(model.encoder(split.x_test)).numpy()
    expected = (code * np.linspace(0.5, 2, 1000)) @ kernel.T
    np.testing.assert_allclose(model(split.x_test), expected, rtol=1e-3, atol=1e-4)


def test_the_table_of_k_sparse_attempts_holds_the_best_classifiers():
    def classifiers(copies, *wrong):
        ways = [(soft, value) for soft, values in enumerate(wrong) for value in values]
        return [
            {"copies": copies, "soft": bool(soft), "percent wrong": value}
            for soft, value in ways
        ]

    tried = {
        "moved images, k 100": {
            "classifiers": classifiers(0, [3.0, 2.0], [1.5])
            + classifiers(4, [1.25], [1.0])
        },
        "nothing": {"classifiers": classifiers(0, [4.0], [3.0, 3.5])},
    }
    assert k_sparse.table_of_tried(tried).splitlines()[2:] == [
        "| nothing | 4.00 | 3.00 |",
        "| moved images, k 100 | 2.00 | 1.50 |",
        "| moved images, k 100, moved copies | 1.25 | 1.00 |",
    ]


def test_k_sparse_runs_and_beats_guessing(split):
    found = k_sparse.train(lambda: split, 0, epochs=10)
    assert found["percent wrong"] < 60  # guessing: 90
    assert "ours: seed 0" in k_sparse.table({"seed 0": found})


def test_copies_are_moved_by_whole_pixels(split):
    x = split.x_train
    images = x.reshape(-1, 28, 28)
    down = k_sparse.moved(x, 1, 0).reshape(-1, 28, 28)
    np.testing.assert_array_equal(down[:, 1:], images[:, :-1])
    assert down[:, 0].max() == 0  # what comes in
    right = k_sparse.moved(images[:1].reshape(1, 784), 0, 1).reshape(28, 28)
    np.testing.assert_array_equal(right[:, 1:], images[0, :, :-1])
    assert len(set(k_sparse.MOVES) - {(0, 0)}) == 4


def test_the_classifier_sees_copies_with_their_own_labels(split, monkeypatch):
    def look(codes, labels, new_codes, new_labels, strength):
        return codes.shape[0], labels, len(new_labels), strength

    monkeypatch.setattr(k_sparse, "errors", look)
    [(rows, labels, new, strength)] = k_sparse.classify(
        k_sparse.build(25, tied=True),
        split,
        copies=2,
        soft=True,
        kept=25,
        strengths=[0.3],
    )
    assert (rows, new) == (3 * 300, 100)  # the images that are measured have no copies
    np.testing.assert_array_equal(labels, np.tile(split.y_train, 3))
    assert strength == pytest.approx(0.1)


def test_a_search_trains_once_and_tries_each_classifier(split, monkeypatch):
    monkeypatch.setattr(k_sparse, "COPIES", (0, 1))
    monkeypatch.setattr(k_sparse, "SOFT", (True,))
    monkeypatch.setattr(k_sparse, "KEPT", (25, 75))
    monkeypatch.setattr(k_sparse, "STRENGTHS", (0.1, 1.0))
    settings = {**k_sparse.TRAINING, "epochs": 5, "shift": 1}
    found = k_sparse.search(lambda: split, **settings)["classifiers"]
    assert [(one["copies"], one["kept"], one["C"]) for one in found] == [
        (0, 25, 0.1), (0, 25, 1.0), (0, 75, 0.1), (0, 75, 1.0),
        (1, 25, 0.1), (1, 25, 1.0), (1, 75, 0.1), (1, 75, 1.0),
    ]  # fmt: skip
    chosen = {"copies": 1, "soft": True, "kept": 75, "C": 1.0}
    again = k_sparse.train(lambda: split, 0, **settings, **chosen)
    assert again["percent wrong"] == found[-1]["percent wrong"]
    alone = k_sparse.search(lambda: split, **{**settings, "epochs": 1, "shift": 0})
    assert [one["copies"] for one in alone["classifiers"]] == [0] * 4


# --- log p(x) ---------------------------------------------------------------------


def test_binarise_draws_with_the_grey_as_probability(split):
    layer = likelihood.Binarise()
    x = np.full((1, 100_000), 0.3, "float32")
    drawn = layer(x).numpy()
    assert set(np.unique(drawn)) == {0, 1}
    assert abs(drawn.mean() - 0.3) < 0.01
    assert np.abs(drawn - layer(x).numpy()).max() == 1  # drawn anew
    whole = likelihood.binary(split.x_test)
    np.testing.assert_array_equal(layer(whole), whole)


def test_the_estimate_is_aelibs(split):
    x = likelihood.binary(split.x_test)
    model = likelihood.build()
    ours = likelihood.negative_log_likelihood(model, x, samples=1000)
    theirs = -metrics.importance_weighted_bound(model, x, samples=1000)
    one = -metrics.importance_weighted_bound(model, x, samples=1)
    assert abs(ours - theirs) < 0.1 * abs(one - theirs)
    assert ours == likelihood.negative_log_likelihood(model, x, samples=1000)


def test_images_are_estimated_in_batches_without_losing_one(split, monkeypatch):
    def ink(model, x, posterior, samples, seed):
        return -ops.sum(x, axis=-1)[None]  # of the image alone: nothing is drawn

    monkeypatch.setattr(likelihood, "log_weights", ink)
    x = likelihood.binary(split.x_test)[:30]
    for batch_size in (1000, 16, 1):
        found = likelihood.negative_log_likelihood(
            likelihood.build(), x, 3, batch_size=batch_size
        )
        np.testing.assert_allclose(found, x.sum(axis=1).mean(), rtol=1e-5)


def test_one_sample_is_the_elbo_and_more_are_tighter(split):
    x = likelihood.binary(split.x_test)
    model = likelihood.build()

    def loss(samples, draws):
        trained = likelihood.ImportanceWeighted(model, samples)
        many, found = np.tile(x, (20, 1)), []
        for _ in range(draws // 20):
            trained(many)
            found.append(float(trained.losses[-1]))
        return np.mean(found)

    # With 600 draws an image the two differ by some 0.03 nats.
    one = loss(1, draws=600)
    bound = metrics.elbo(model, x, samples=600).elbo
    assert abs(one + bound) < 0.2
    assert loss(50, draws=20) < one - 2  # eight, as a rule


def test_without_a_warm_up_a_vae_is_trained_on_the_elbo(split):
    model = likelihood.build("silu")
    trained, x = likelihood.Variational(model), likelihood.binary(split.x_test)
    found = []
    for _ in range(30):
        trained(np.tile(x, (20, 1)))
        found.append(float(sum(trained.losses)))
    bound = metrics.elbo(model, x, samples=600).elbo
    assert abs(np.mean(found) + bound) < 0.2


def test_warm_up_lets_the_divergence_weigh_in_step_by_step(split):
    weights = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            weights.append(float(trained.weight))

    trained = likelihood.Variational(likelihood.build(), warm_up=4)
    trained.compile("adam")
    trained.fit(split.x_train, batch_size=100, epochs=2, verbose=0, callbacks=[Look()])
    assert weights == [0.25, 0.5, 0.75, 1, 1, 1]
    x = likelihood.binary(split.x_test)

    def loss(weight):
        trained.weight.assign(weight)
        trained.model.constraint.seed_generator.state.assign([1, 1])
        trained(x)
        return float(sum(trained.losses))

    kl = np.mean(losses.gaussian_kl(*trained.model.encoder(x)))
    assert kl > 1
    np.testing.assert_allclose(loss(1.0) - loss(0.0), kl, rtol=1e-3)


def test_a_look_at_the_test_images_does_not_change_training(split):
    def losses_of(measure):
        keras.utils.set_random_seed(0)
        trained = likelihood.ImportanceWeighted(likelihood.build(), 2)
        found = curve.fit(
            trained, split.x_train, measure, "", epochs=2, batch_size=100, rate=0.001
        )
        assert len(found.values) == 2
        return [ops.convert_to_numpy(w) for w in trained.model.weights]

    x = likelihood.binary(split.x_test)[:10]
    looked = losses_of(
        lambda trained: likelihood.negative_log_likelihood(trained.model, x, 3)
    )
    for one, other in zip(looked, losses_of(lambda _: 0.0), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_bound_of_several_samples_goes_on_from_the_vae(split, monkeypatch):
    monkeypatch.setattr(likelihood, "SAMPLES", 10)
    monkeypatch.setattr(likelihood, "IMAGES", 200)

    def load():
        return split

    vae = likelihood.train(load, 0, 1, epochs=2)
    assert 80 < vae["nats"] < 784 * np.log(2) - 20  # less than untrained
    still = likelihood.train(load, 0, 5, epochs=1, vae_epochs=2, rate=1e-12)
    np.testing.assert_allclose(still["nats"], vae["nats"], rtol=1e-5)
    own = still["curve of 1,000 images, 50 samples"]["seconds"][-1]
    assert still["seconds"] > own  # with those of the network that it goes on from
    on = likelihood.train(load, 0, 5, epochs=3, vae_epochs=2)
    assert on["nats"] < vae["nats"] - 1
    assert likelihood.images(load).x_train.shape == (200, 784)


def test_rates_are_tried_on_images_that_nothing_is_trained_on(split, monkeypatch):
    monkeypatch.setattr(splits, "final", lambda: split)
    monkeypatch.setattr(likelihood, "IMAGES", 200)
    known = likelihood.images(likelihood.the_rest).x_train
    rest = likelihood.the_rest()
    both = np.concatenate([known, rest.x_test])
    np.testing.assert_array_equal(both, split.x_train)
    np.testing.assert_array_equal(rest.y_test, split.y_train[200:])
    found = likelihood.tried_on_the_rest(None, samples=1, epochs=1, estimate=10)
    assert found["samples of the estimate"] == 10


def test_a_setting_that_a_run_does_not_have_is_refused(split):
    with pytest.raises(TypeError, match="vae_epochs"):
        likelihood.train(lambda: split, 0, 1, epochs=1, vae_epochs=1)
    with pytest.raises(TypeError, match="activation"):
        likelihood.train(lambda: split, 0, 5, 1, vae_epochs=1, activation="tanh")


# --- a random forest --------------------------------------------------------------


def test_the_forest_sees_three_kinds_of_numbers(split, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 10)
    found = forest.compare(lambda: split, 0, epochs=2)
    assert set(found) >= set(forest.PUBLISHED)
    assert all(30 < found[name]["percent right"] < 100 for name in forest.PUBLISHED)
    assert found["settings"]["epochs"] == 2
    assert "ours: seed 0" in forest.table({"seed 0": found})
