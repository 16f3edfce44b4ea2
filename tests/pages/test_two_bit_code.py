"""Lesson 01's network finds a two-bit code from every one of twenty seeds."""

import ast
from pathlib import Path

import keras
import lessons
import numpy as np

import aelib

ROOT = Path(__file__).resolve().parents[2]
LESSON = lessons.Lesson(ROOT / "notebooks" / "01_four_movies.ipynb")
SEEDS = range(20)


def cell_with(text):
    """Return the source of the only code cell that holds `text`."""
    (source,) = [cell.source for _, cell in LESSON.code() if text in cell.source]
    return source


def definition(name):
    """Return the source of a function that the lesson defines."""
    source = cell_with(f"def {name}(")
    (node,) = [n for n in ast.parse(source).body if getattr(n, "name", "") == name]
    return ast.get_source_segment(source, node)


def test_every_seed_finds_a_two_bit_code():
    # All that builds and trains is the lesson's own source: first its one network, then
    # its twenty, side by side in one `fit`. Those are twenty separate trainings, for
    # they share no weight, the loss is the sum of their losses, and Adam scales each
    # weight by itself. Seed 0, trained in both ways, shows it.
    names = {"aelib": aelib, "keras": keras, "np": np}
    names["people"] = people = aelib.data.load_movies().likes
    exec(definition("build_movie_network"), names)
    build, seeds = names["build_movie_network"], iter(SEEDS)

    keras.utils.set_random_seed(0)
    exec(cell_with("learner = "), names)
    exec(cell_with("learner.fit("), names)

    def build_from_next_seed(activation):
        keras.utils.set_random_seed(next(seeds))
        return build(activation)

    names["build_movie_network"] = build_from_next_seed
    exec(cell_with("side_by_side.fit("), names)
    assert list(seeds) == []

    encoders = [network.get_weights()[0] for network in names["networks"]]
    alone = names["learner"].get_weights()[0]
    np.testing.assert_allclose(encoders[0], alone, atol=1e-3)
    corners = [
        len({tuple(row) for row in np.sign(np.tanh(people @ encoder))})
        for encoder in encoders
    ]
    assert corners == [4] * len(SEEDS)
