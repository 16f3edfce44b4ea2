"""Which arguments are right and wrong for each public name.

`WRONG` says what is wrong for an argument of some name, whoever takes it. A case adds
strategies of right arguments, and what is wrong for its own.
"""

import atexit
import functools
import inspect
import shutil
import string
import tempfile
from pathlib import Path
from typing import NamedTuple

import aelib

# isort: split
import keras
import numpy as np
from attempts import FAR, broken, find, tables
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from aelib import codec, data, layers, losses, models

few = st.sampled_from
SIDES = st.integers(1, 5)
SIZES = st.integers(1, 9) | st.integers(1, 9).map(np.uint8)
WEIGHTS = few([0, 1, np.int64(2), np.float32(0.5)]) | st.floats(0, 1e3)
SEEDS = st.none() | st.integers(0, 2**32 - 1)
LETTERS = string.ascii_letters
TEXT = st.text(LETTERS + " ,²é_", min_size=1, max_size=9).filter(str.strip)
TITLE = TEXT | st.just("")


def bent(*outside, axes=(0, 1)):
    """Return what is wrong with an array: see `attempts.broken`."""
    return lambda right, name: broken(right[name], outside or FAR, axes)


def other(*values):
    """Return a strategy of some wrong values."""
    return st.sampled_from(values)


NOT_TEXT = other(None, 3, b"bytes", ["a"], 1.5)
NOT_NUMBER = other("3", True, [1.0], {}, 1j, np.nan, np.inf, -np.inf)
NOT_WHOLE = other("3", True, [1], 2.5, np.nan, np.float32(2), 1j)
NO_ARRAY = other(3, "x", [[1], [1, 2]], [[np.nan] * 9] * 4, np.ones((4, 9), complex))
ACTIVATIONS = few(["linear", "relu", "sigmoid", "gelu", keras.ops.tanh])


def each(names, wrong):
    """Return the same wrong values for several arguments."""
    return dict.fromkeys(names.split(), wrong)


WRONG = {
    **each(
        "batch_size code_size codebook_size columns epochs input_size k latent_size "
        "neighbours output_size samples size units",
        NOT_WHOLE | st.integers(max_value=0) | st.none(),
    ),
    **each("beta threshold tolerance weight", NOT_NUMBER | other(-1e-9, -1, 10**400)),
    **each("hint label lesson x_label y_label", NOT_TEXT | other("", " \n", "\ud800")),
    **each("title unit", NOT_TEXT | st.just("\ud800")),
    **each(
        "centred flat log_x markers residuals reveal vertical",
        other(None, 0, 1, "no", [True]),
    ),
    **each(
        "activation code_activation output_activation", other(3, "rellu", [], b"relu")
    ),
    **each("hidden filters", other(None, 3, "64", 2.5, ["3"], [[2]], [0], np.ones(2))),
    **each("x x_hat mean log_variance means", bent()),
    **each("scores new_codes x_new", bent(axes=(1,))),
    **each("labels new_labels", bent(0.5, axes=(0,))),
    **each(
        "constraint corruption",
        other(3, "noise", keras.layers.Dropout, keras.layers.Dense(99)),
    ),
    "axis": other(3, "axis", [], plt),
    "classes": NOT_WHOLE | st.just(-1),
    "codes": bent(axes=(0,)),
    "image_shape": other(None, 3, (4, 4), (4, 4, 0), (4, None, 1), "abc"),
    "name": NOT_TEXT | other("", "a/b", "two words", "_a", "a\n"),
    "path": other(None, 3, b"a", ["a"], "", ".", "/", "a\0b", "\ud800", Path()),
    "rate": NOT_NUMBER | other(-0.1, 1.1),
    "relation": NOT_TEXT | other("", "=", "!=", "≤", "< "),
    "seed": NOT_WHOLE | other(-1, -(10**400)),
    "series": other(None, {}, [], {"": [1] * 3}, {3: [1] * 3}, {"a": 3}, {"a": "b"}),
    "upsampling": NOT_TEXT | st.just("bilinear"),
    "widths": other(None, (), 3, "34", (0,), (2.0, 3), ("3",), [[1]]),
}


class Case(NamedTuple):
    """What is right and wrong for one public name.

    Attributes:
        call: the function or class, or one that calls it.
        right: strategy of dicts from an argument to a value; they fit together.
        wrong: dict from an argument to a strategy of wrong values, or to a function
            that makes one of the right arguments and the name.
        use: function of the result and the right arguments; what it returns is finite.
        make: function of what was drawn; returns the arguments. Models and layers are
            made here, because they draw numbers of their own.
        slow: by how many times fewer inputs are tried.
    """

    call: object
    right: st.SearchStrategy
    wrong: dict
    use: object
    make: object
    slow: int


CASES = {}


def add(name, right, /, *, call=None, use=None, make=None, slow=1, **wrong):
    """Add a case; the arguments of a dict are drawn each by itself."""
    call = call or find(name)
    known = {
        name: WRONG[name] for name in inspect.signature(call).parameters & WRONG.keys()
    }
    CASES[name] = Case(
        call,
        st.fixed_dictionaries(right) if isinstance(right, dict) else right,
        {
            name: value
            for name, value in {**known, **wrong}.items()
            if value is not None
        },
        use or (lambda result, right: None),
        make or (lambda drawn: drawn),
        slow,
    )


def shaped(*sizes, **limits):
    """Return a strategy of dicts: for each name an array of one drawn shape."""
    return st.tuples(*sizes or (SIDES, SIDES)).flatmap(
        lambda shape: st.fixed_dictionaries(
            {name: tables(shape, *limits[name]) for name in limits}
        )
    )


# --- losses and pictures ----------------------------------------------------------

SHARE, WIDE = (0, 1), (-64, 64)


def summing_to_1(right):
    p = np.asarray(right["p"], "float64") + 0.01
    return right | {"p": p / p.sum(axis=1, keepdims=True)}


def beside_mask(right):
    both = [np.asarray(right["values"]), np.round(right["known"])]
    return {"target": np.stack(both, axis=1), "x_hat": right["x_hat"]}


share = bent(-0.1, 1.1, *FAR)
add("losses.squared_error", shaped(x=WIDE, x_hat=WIDE))
add("losses.cross_entropy", shaped(x=SHARE, x_hat=SHARE), x=share, x_hat=share)
add("losses.gaussian_kl", shaped(mean=WIDE, log_variance=WIDE))
add(
    "losses.multinomial_nll", shaped(x=(0, 64), p=SHARE), make=summing_to_1, p=share,
    x=bent(-0.1, *FAR),
)  # fmt: skip
add(
    "losses.masked_squared_error", shaped(values=WIDE, known=SHARE, x_hat=WIDE),
    make=beside_mask,
    target=lambda right, _: other(right["target"][:, :1], right["target"] + 0.5, None),
)  # fmt: skip
right = {"name": "target", "target": [[0.5]], "loss": losses.cross_entropy}
add("losses.check_target", st.just(right), name=None)
add("metrics.squared_error_per_image", shaped(x=WIDE, x_hat=WIDE))
add("metrics.psnr", shaped(x=SHARE, x_hat=(2, 8)))
add("metrics.ssim", shaped(SIDES, few([11, 13]), few([11, 17]), x=SHARE, x_hat=SHARE))

# --- baselines, codes and samples -------------------------------------------------


@st.composite
def training(draw, *names):
    """Draw training images that differ, new ones, and the size of a code."""
    n, width = draw(st.integers(2, 8)), draw(st.integers(1, 6))
    x_train = np.asarray(draw(tables((n, width))), "float64")
    x_train[:2, 0] = 0, 1
    code_size = draw(st.integers(1, min(n, width)))
    x_new = draw(tables((draw(SIDES), width), -60, 60))
    right = {"x_train": x_train, "x_new": x_new, "code_size": code_size}
    return {name: right[name] for name in names}


def alike(right, name):
    x = right[name]
    return broken(x, FAR, ()) | other(x[[0] * len(x)], 1e-200 * x)


add("baselines.mean_image", training("x_train", "x_new"), x_train=bent(axes=()))
add("baselines.fit_pca", training("x_train", "code_size"), x_train=alike)
add(
    "baselines.pca_reconstruction", training("x_train", "x_new", "code_size"),
    x_train=alike,
)  # fmt: skip


@st.composite
def labelled(draw, **more):
    """Draw codes with labels, two different ones or more, and new ones."""
    n, m, width = draw(st.integers(2, 8)), draw(SIDES), draw(st.integers(1, 3))
    label = st.integers(-3, 3) | few([10**12, -7.0])
    labels = draw(st.lists(label, min_size=n, max_size=n))
    labels[:2] = 4, 5
    right = {"codes": draw(tables((n, width), *WIDE)), "labels": labels}
    new = {"new_codes": tables((m, width), *WIDE)}
    new["new_labels"] = st.lists(label, min_size=m, max_size=m)
    new = {} if more.pop("known", False) else new
    return right | {name: draw(value) for name, value in (new | more).items()}


add("metrics.neighbour_accuracy", labelled(neighbours=few([1, 2, np.uint8(2)])))
add("metrics.linear_probe", labelled(), slow=4)
add("metrics.fit_linear_probe", labelled(known=True), slow=4)
units = tables((4, 3), -60000, 60000)
threshold = st.floats(0, 1e299) | few([0, 3, np.float32(2)])
add("metrics.dead_units", {"codes": units}, codes=bent(axes=()))
add(
    "metrics.active_fraction", {"codes": units, "threshold": threshold},
    codes=bent(axes=()),
)  # fmt: skip
add(
    "metrics.active_latent_units", {"means": units, "threshold": threshold},
    means=bent(axes=()),
)  # fmt: skip
add(
    "metrics.frechet_distance", {"x": units, "y": tables((5, 3), *WIDE)},
    x=bent(axes=()), y=bent(axes=(1,)),
)  # fmt: skip

# --- likelihood and ranking -------------------------------------------------------

VARIATIONAL = {n: models.variational_autoencoder(4, (3,), 2, classes=n) for n in (0, 3)}


@st.composite
def questions(draw):
    """Draw what a bound takes."""
    classes, n = draw(few([0, 3])), draw(SIDES)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    model, scale = VARIATIONAL[classes], draw(few([0, 0.1, 1]))
    for part in (model.encoder, model.decoder):
        part.set_weights([rng.normal(size=w.shape) * scale for w in part.get_weights()])
    return {
        "model": model,
        "x": rng.integers(2, size=(n, 4)).astype(draw(few(["int64", "float32"]))),
        "condition": np.eye(3)[rng.integers(3, size=n)] if classes else None,
        "samples": draw(st.integers(1, 3) | st.just(np.int8(2))),
        "seed": draw(st.integers(0, 2**70) | st.just(np.uint8(3))),
    }


def wrong_condition(right, name):
    needless = np.eye(3)[[0] * len(right["x"])]
    return st.just(needless) if right[name] is None else broken(right[name])


for name in ("metrics.elbo", "metrics.importance_weighted_bound"):
    add(
        name, questions(), slow=2, condition=wrong_condition,
        x=bent(0.5, 2, *FAR, axes=(1,)),
        model=other(None, "model", models.dense_autoencoder(4, (), 2)),
    )  # fmt: skip


@st.composite
def rankings(draw):
    people, movies = draw(SIDES), draw(st.integers(2, 30))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    hidden = rng.random((people, movies)) < draw(few([0, 0.2, 1]))
    hidden[range(people), rng.integers(movies, size=people)] = True
    shown = ~hidden & (rng.random(hidden.shape) < draw(few([0, 0.5, 1])))
    scores = rng.normal(size=hidden.shape) * draw(few([0, 1, 1e14]))
    return {
        "scores": scores.astype(draw(few(["float32", "float64"]))),
        "hidden": hidden.astype(draw(few(["bool", "uint8", "float32"]))),
        "shown": shown.astype(draw(few(["bool", "int8", "float64"]))),
        "k": draw(st.integers(1, movies) | st.just(np.int8(1))),
    }


for name in ("metrics.recall_at_k", "metrics.ndcg_at_k"):
    add(name, rankings(), scores=bent(), hidden=bent(2), shown=bent(0.5))


def ratings(right):
    known = np.round(right["known"])
    known[0, 0] = 1
    return right | {"known": known}


add(
    "metrics.masked_rmse", shaped(values=WIDE, x_hat=WIDE, known=SHARE), make=ratings,
    known=bent(0.5), x_hat=lambda right, _: st.just(np.ones((9, 9))),
)  # fmt: skip

# --- layers -----------------------------------------------------------------------


def applied(low=0, shapes=((3, 9), (2, 4, 4, 1))):
    """Return a use of a layer: what it makes of arrays in training and after."""

    def use(layer, right):
        found = []
        for shape in shapes:
            x = np.linspace(low, 1, np.prod(shape)).reshape(shape).astype("float32")
            new = type(layer)(**right)  # a layer keeps to the rank that it saw first
            found += [new(x, training=True), new(x, training=False), *new.losses]
        return found

    return use


def sampled(layer, right):
    mean = np.linspace(-9, 9, 8).reshape(2, 4).astype("float32")
    return [layer([mean, mean / 3], training=True), *layer.losses]


random = {"rate": st.floats(0, 1), "seed": SEEDS}
seed = NOT_WHOLE | other(-1, 2**32)
add("layers.MaskingNoise", random, use=applied(), seed=seed, slow=2)
add("layers.SaltAndPepper", random, use=applied(), seed=seed, slow=2)
right = {"size": st.integers(1, 3), "seed": SEEDS}
add("layers.BlockOcclusion", right, use=applied(), seed=seed, slow=2)
add("layers.GaussianSampling", {"beta": WEIGHTS, "seed": SEEDS}, use=sampled, seed=seed)
right = {"codebook_size": SIZES, "beta": WEIGHTS, "seed": SEEDS}
add("layers.VectorQuantizer", right, use=applied(-9), seed=seed, slow=2)
add("layers.KeepLargest", {"k": SIZES}, use=applied(-9), slow=2)
add("layers.L1Penalty", {"weight": WEIGHTS}, use=applied(-9), slow=2)
right = {"weight": WEIGHTS, "rate": st.floats(0.01, 0.99)}
add("layers.KLRatePenalty", right, use=applied(), slow=2)
right = {"units": SIZES, "weight": WEIGHTS}
add("layers.ContractiveDense", right, use=applied(-9, [(3, 9)]), slow=2)

# --- models -----------------------------------------------------------------------

WIDTHS = st.lists(st.integers(1, 6), max_size=3)
RIGHT = {
    **each("input_size code_size output_size latent_size", SIZES),
    **each("activation code_activation output_activation", ACTIVATIONS),
    "image_shape": st.tuples(st.integers(4, 9), st.integers(4, 9), st.integers(1, 3)),
    "filters": st.lists(st.integers(1, 4), min_size=1, max_size=2),
    "hidden": WIDTHS | WIDTHS.map(tuple),
    "classes": st.integers(0, 3),
    "flat": st.just(True),
    "upsampling": few(["transposed", "resized"]),
    "beta": WEIGHTS,
    "name": st.from_regex(r"[A-Za-z0-9.][A-Za-z0-9_.-]{0,8}", fullmatch=True),
    "corruption": few([None, 0.0, 0.3]),
    "constraint": st.none(),
    "kernel_regularizer": few([None, "l2"]),
    "dtype": few([None, "float32", "mixed_bfloat16"]),
}


def with_noise(right):
    """Return arguments with a layer in place of the amount of its noise."""
    amount = right.get("corruption")
    noise = {} if amount is None else {"corruption": keras.layers.GaussianNoise(amount)}
    return right | noise


def predicted(model, right):
    """Return what a model makes of zeros and of ones."""
    found = []
    for value in (0.0, 1.0):
        x = [np.full((2, *t.shape[1:]), value, "float32") for t in model.inputs]
        found.append(model(x if len(x) > 1 else x[0], training=True))
    return found


for name, function in inspect.getmembers(models, inspect.isfunction):
    names = inspect.signature(function).parameters
    if name.startswith("_") or name == "gaussian_head":
        continue
    right = {argument: RIGHT[argument] for argument in names}
    add(f"models.{name}", right, use=predicted, make=with_noise, slow=4)
add(
    "models.gaussian_head", {"body": SIZES, "latent_size": SIZES}, use=predicted,
    slow=4, body=other(None, "encoder", keras.layers.Dense(3), models.dense_encoder),
    make=lambda right: right | {"body": models.dense_encoder(5, (3,), right["body"])},
)  # fmt: skip


def parts(right):
    """Return the parts of an autoencoder."""
    made = {name: make and make() for name, make in right.items()}
    encoder, decoder = models.dense_encoder(5, (), 3), models.dense_decoder(3, (), 5)
    return {"encoder": encoder, "decoder": decoder, **made}


CONSTRAINTS = [
    None,
    functools.partial(layers.KeepLargest, 2),
    functools.partial(layers.L1Penalty, 0.1),
    keras.layers.BatchNormalization,
]
CORRUPTIONS = [None, functools.partial(layers.MaskingNoise, 0.3)]
add(
    "Autoencoder", {"constraint": few(CONSTRAINTS), "corruption": few(CORRUPTIONS)},
    use=predicted, make=parts, slow=4, name=None,
    encoder=other(None, 3, "encoder", keras.layers.Dense(3)),
    decoder=other(None, 3, models.dense_decoder(4, (), 3)),
)  # fmt: skip

# --- training, start and data -----------------------------------------------------


@st.composite
def trainings(draw):
    """Draw what `train` takes, with the number of features in place of the model."""
    rows, features = draw(st.integers(1, 7)), draw(st.integers(2, 4))
    pixels = tables((rows, features), kinds=("float32", "float64", "uint8"))
    x = np.asarray(draw(pixels))
    return {
        "model": features,
        "x": x,
        "target": draw(st.none() | pixels),
        "epochs": draw(st.integers(1, 3) | st.just(np.int64(2))),
        "loss": draw(few([losses.cross_entropy, losses.squared_error, "mse"])),
        "rate": draw(st.floats(1e-6, 0.1)),
        "batch_size": draw(st.integers(1, 9)),
        "validation_data": draw(st.none() | st.just((x, x))),
    }


def untrained(right):
    model = models.dense_autoencoder(right["model"], (3,), 2, name="tried")
    return right | {"model": model}


def wrong_x(right, name):
    # Where x is the target, too, it may have any number of rows.
    return bent(axes=(1,) if right["target"] is None else (0, 1))(right, name)


def wrong_pairs(right, _):
    x, wider = right["x"], np.repeat(right["x"], 2, axis=1)
    return other(x, (x,), [x, x, x], "ab", 3, (wider, x), (x, wider), (None, x))


add(
    "train", trainings(), make=untrained, slow=10, x=wrong_x,
    model=other(None, "vae", keras.layers.Dense(3), models.dense_autoencoder),
    target=other(3.0, "x", [[1], [1, 2]]), rate=NOT_NUMBER | other(0, -1, 10**400),
    loss=other(None, 3, "", "no such loss", keras.losses.MeanSquaredError),
    validation_data=wrong_pairs,
)  # fmt: skip
add("Progress", {"label": TEXT})
add("setup", {"lesson": TEXT, "seed": st.integers(0, 2**32 - 1)}, seed=seed | st.none())
add("data.check_files", {})
add("data.load_movies", {})
add("data.load_movielens", {})
add("data.load_electricity", {})
add(
    "data.load_watch", {"window": st.integers(1, 250)}, window=NOT_WHOLE | other(0, 251)
)
add("data.load_mnist", {"which": st.just("small")}, which=NOT_TEXT | other("", "tiny"))
STARS = st.floats(0.5, 5)
add(
    "data.ratings_by_title",
    {
        "movies": st.just(data.load_movielens().movies),
        "ratings": st.fixed_dictionaries({"the matrix": STARS, " Toy  Story ": STARS}),
    },
    movies=other(None, [], {}),
    ratings=other(None, {}, [], {"no such movie": 3}, {"Heat": 9}, {3: 4})
    | st.dictionaries(TEXT.map("zz{}".format), STARS, min_size=1),
)

# --- files of codes ---------------------------------------------------------------

CODES = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda n: tables(n, -(2**31), 2**31 - 1, ("int8", "uint8", "int16", "int64"))
)
beyond = other([[2**31]], [[0.5]], [[-(2**31) - 1]], [[10**400]], [], [1], "a", None)
FOLDER = Path(tempfile.mkdtemp())
atexit.register(shutil.rmtree, FOLDER)


def written(content):
    """Return the path of a file with some content."""
    (FOLDER / "written").write_bytes(content)
    return FOLDER / "written"


PACKED = CODES.map(codec.pack_codes)
add(
    "codec.pack_codes", {"codes": CODES}, codes=beyond,
    use=lambda content, right: codec.unpack_codes(content),
)  # fmt: skip
add(
    "codec.unpack_codes", {"content": PACKED},
    content=other(None, "aecodes1", 3, [97], np.zeros(3, "uint8")),
)  # fmt: skip
add(
    "codec.write_codes",
    {"path": few([FOLDER / "a", f"{FOLDER}/ä b"]), "codes": CODES}, codes=beyond,
    use=lambda result, right: codec.read_codes(right["path"]),
)  # fmt: skip
add("codec.read_codes", {"path": PACKED.map(written)})

# --- exercises and claims ---------------------------------------------------------

NUMBERS = st.integers(-6, 6).map(lambda number: number / 2) | st.floats(-1e9, 1e9)
not_finite = other(None, np.nan, [1, np.inf], {"a": 1}, [[1], [1, 2]], 1j, np.mean)


def about_a_number(**makers):
    """Return a strategy of dicts, made of functions of one number."""
    return NUMBERS.flatmap(
        lambda x: st.fixed_dictionaries(
            {name: make(x) for name, make in makers.items()}
        )
    )


def text(_):
    return TEXT


below = few(["<", "<="])
units = few(["", "dB"])
add(
    "exercises.check",
    about_a_number(
        label=text, hint=text, expected=st.just,
        answer=lambda x: few([x, np.float64(x), np.array(x)]),
        slips=lambda x: st.none() | st.dictionaries(TEXT, NUMBERS, max_size=2),
        tolerance=lambda x: few([1e-5, 0, 1]), reveal=lambda x: st.booleans(),
    ),
    expected=not_finite,
    slips=other([1.0], "2", 3, {3: 1.0}, {"": 1.0}, {"a": np.nan}),
)  # fmt: skip
NOT_FUNCTION = other(None, 3, "x", [np.mean])
add(
    "exercises.check_function",
    about_a_number(
        label=text, hint=text, function=lambda x: few([np.sum, lambda a: a.sum()]),
        reference=lambda x: st.just(np.sum), tolerance=lambda x: few([1e-3, 1]),
        draw=lambda x: st.just(lambda rng, size: (rng.random(size),)),
        slips=lambda x: st.none() | st.dictionaries(TEXT, st.just(np.mean), max_size=2),
    ),
    **each("function reference draw", NOT_FUNCTION),
    slips=other([np.sum], "2", 3, {3: np.sum}, {"": np.sum}, {"a": 1.0}),
)  # fmt: skip
add(
    "exercises.check_bound",
    about_a_number(
        label=text, hint=text, answer=st.just, relation=lambda x: below,
        bound=lambda x: few([x + 1, np.float64(x + 1)]), unit=lambda x: units,
    ),
    bound=NOT_NUMBER | other(None, 10**400), relation=NOT_TEXT | other("", "==", "≤"),
)  # fmt: skip
add(
    "claim",
    about_a_number(
        label=text, value=lambda x: few([x, [x, x - 1], np.float64(x)]),
        relation=lambda x: below, bound=lambda x: st.just(x + 1), unit=lambda x: units,
    ),
    value=not_finite | other("1", True, 10**400, [1e301]),
    bound=not_finite | other("1", True, 10**400, [[1.0, 2.0, 3.0]]),
    tolerance=WRONG["tolerance"] | st.just(0.1),  # of "==" alone
)  # fmt: skip


def in_a_block(title):
    """Make a claim in a block of claims."""
    with aelib.claims(title):
        aelib.claim("one", 1, "<", 2)


add("claims", {"title": TITLE}, call=in_a_block)

# --- plots ------------------------------------------------------------------------

LABEL = st.text(LETTERS, min_size=1, max_size=5)
LINE, NINE = tables((3,), -60, 60), tables((4, 9))
PICTURES = NINE | tables((4, 16)) | tables((4, 3, 5))
bad_pictures = other(None, 3, "x", np.ones((2, 5)), np.ones((2, 0)), [[1], [1, 2]])
bad_names = other(3, "ab", {}, ["a"], [3, 3])


def drawn(figure, right):
    """Return the limits of a figure's axes, after it was drawn as a notebook does."""
    figure.canvas.draw()
    return [axis.axis() for axis in figure.axes]


def several(values):
    """Return a strategy of dicts from a label to what a strategy draws."""
    return st.dictionaries(LABEL, values, min_size=1, max_size=3)


plot = functools.partial(add, use=drawn, slow=2)
add("plots.use_style", {})
plot(
    "plots.image_rows", {"rows": several(NINE), "columns": st.integers(1, 4)},
    rows=WRONG["series"] | bad_pictures.map(lambda value: {"a": value}),
)  # fmt: skip
plot(
    "plots.reconstructions",
    {"x": NINE, "x_hat": several(NINE), "columns": st.integers(1, 4)},
    x=bad_pictures, x_hat=WRONG["series"] | st.just({"a": np.ones((4, 16))}),
)  # fmt: skip
plot(
    "plots.tiles",
    {
        "images": PICTURES,
        "columns": st.integers(1, 8),
        "centred": st.booleans(),
        "title": TITLE,
    },
    images=bad_pictures,
)
plot(
    "plots.curves",
    {
        "series": several(LINE),
        "x_label": TEXT,
        "y_label": TEXT,
        "x": few([None, [1, 2, 3], np.array([0.5, 8, 32])]),
        "markers": st.booleans(),
        "log_x": st.booleans(),
    },
    x=other(3, "x", {}, [1, 2, 3, 4], [[1, 2, 3]], [1, 2, np.nan]),
)
plot("plots.learning_curves", {"series": several(LINE), "y_label": TEXT})
plot(
    "plots.bars", {"values": several(st.floats(-1e3, 1e3)), "x_label": TEXT},
    values=other(None, {}, [], {"": 1}, {3: 1}, {"a": "b"}, {"a": np.nan}),
    grey=other(["none such"], 3),
)  # fmt: skip
add(
    "plots.baseline",
    {"value": st.floats(-1e3, 1e3), "label": TEXT, "vertical": st.booleans()},
    make=lambda right: right | {"axis": plt.figure().subplots()},
    value=NOT_NUMBER | st.none(),
)
plot(
    "plots.code_plane",
    {"codes": tables((4, 2), -60, 60), "labels": tables((4,), 0, 9, ["int64"])},
    codes=other(None, 3, np.ones((4, 1)), np.ones((5, 2)), [[1], [1, 2]]),
    labels=other(None, 3, [1, 2, 3, 4, 5], [-1, 2, 3, 4], [0.5, 1, 2, 3]),
)
plot(
    "plots.network",
    {
        "widths": st.just((2, 3)),
        "weights": st.none() | tables((2, 3), -9, 9).map(lambda w: [w]),
        "values": st.none() | tables((2,), -9, 9).map(lambda v: [v, None]),
        "layer_names": few([None, ["a", "b"], ["", "code"]]),
        "unit_names": few([None, [["a", "b"], None]]),
        "title": TITLE,
    },
    weights=other(3, "ab", {}, [np.ones((3, 2))], []), layer_names=bad_names,
    values=other(3, "ab", {}, [None], [[1, 2, 3], None], [[np.nan, 1], None]),
    unit_names=other(3, "ab", {}, [None], [["a"], None], [3, 3]),
)  # fmt: skip
plot(
    "plots.architecture", {"model": few(["dense", "conv", "variational"])},
    model=other(None, 3, "model", keras.layers.Dense(3), ()),
    make=lambda right: {"model": getattr(models, f"{right['model']}_autoencoder")()},
)  # fmt: skip
