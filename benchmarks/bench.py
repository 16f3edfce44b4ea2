"""Run the benchmarks, store what they measure, and renew the tables of README.md.

    python -m benchmarks.bench                    (all of them: hours)
    python -m benchmarks.bench k_sparse forest    (some of them)
    python -m benchmarks.bench k_sparse --tried   (what was tried on validation images)
    python -m benchmarks.bench --tables           (nothing but the tables)

Each run is stored in `results/` as it ends: a benchmark that was ended goes on where it
stopped. A stored run counts while its script, aelib, the versions and the machine are
what they were. Those on digits take all of MNIST, from the folder that AELIB_DATA
names.
"""

import argparse
import ast
import functools
import importlib
import json
import sys
import time
import traceback
from pathlib import Path
from typing import NamedTuple

import aelib  # noqa: F401 -- before TensorFlow, which it quiets

# isort: split
import numpy as np

from aelib import data
from benchmarks import record

README = record.ROOT / "benchmarks" / "README.md"
BENCHMARKS = {
    "vae_example": "published.vae_example",
    "denoising_example": "published.denoising_example",
    "deep_autoencoder": "published.deep_autoencoder",
    "k_sparse": "published.k_sparse",
    "likelihood": "published.likelihood",
    "forest": "published.forest",
    "speed": "speed",
    "course": "course",
}


class Split(NamedTuple):
    """Digits to train on, and others to measure with: x (n, 784), y (n,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@functools.cache
def final():
    """Return all 60,000 images of MNIST's training part, and its 10,000 test images."""
    digits = data.load_mnist("full")
    x = np.concatenate([digits.x_train, digits.x_validation])
    y = np.concatenate([digits.y_train, digits.y_validation])
    return Split(x, y, digits.x_test, digits.y_test)


@functools.cache
def validation():
    """Return 55,000 images to train on, and 5,000 others to choose settings with."""
    digits = data.load_mnist("full")
    return Split(
        digits.x_train, digits.y_train, digits.x_validation, digits.y_validation
    )


def load(name):
    """Return the module of a benchmark."""
    return importlib.import_module(BENCHMARKS[name])


def path_of(name):
    """Return where the results of a benchmark are stored."""
    return record.RESULTS / f"{name}.json"


def digest(module, kind="runs"):
    """Return a text that changes with what the runs of a benchmark depend on.

    That is its script, the two that it shares with others, what else it names
    (`DEPENDS_ON`), aelib, the data, the versions and the machine. What makes tables of
    the results does not count. And what else was tried counts for the attempts alone:
    one attempt more does not make the results old.
    """
    folder = record.ROOT / "benchmarks"
    scripts = [Path(module.__file__), folder / "curve.py", folder / "bench.py"]
    parts = [_measuring(path.read_text(encoding="utf-8"), kind) for path in scripts]
    for path in getattr(module, "DEPENDS_ON", ()):
        parts.append((record.ROOT / path).read_text(encoding="utf-8"))
    parts.append(json.dumps([versions(module), record.machine()]))
    return record.digest(getattr(module, "NOTEBOOKS", ()), *parts)


def _measuring(source, kind):
    """Return Python code in a form without words, and without what does not count."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if _counts(node, kind)]
    return record.without_words(ast.unparse(tree))


def _counts(node, kind):
    """Return whether results of a kind depend on a function or an assignment."""
    targets = getattr(node, "targets", ())
    names = [getattr(name, "id", "") for name in targets] + [getattr(node, "name", "")]
    if kind == "runs" and {"CHANGES", "TRIED"} & set(names):
        return False
    return not any("table" in name for name in names)


def versions(module):
    """Return the versions of Python and of what a benchmark uses."""
    packages = (*record.PACKAGES, "scipy", *getattr(module, "PEERS", ()))
    return record.versions(packages)


def run(name, kind, again, part=""):
    """Make the runs of a benchmark that are not stored, and store each as it ends.

    Args:
        name: one of `BENCHMARKS`.
        kind: "runs" for what is reported, measured on test images; "tried" for what was
            tried to choose the settings, measured on validation images.
        again: whether to repeat what is stored.
        part: only runs whose labels hold this text.

    Returns:
        The number of runs that failed.
    """
    module, failed = load(name), 0
    labels = [label for label in getattr(module, kind.upper(), {}) if part in label]
    for label in labels:
        known = record.read(path_of(name)).get(kind, {}).get(label, {})
        if not again and known.get("digest") == digest(module, kind):
            print(f"· {name}, {label}: is stored")
            continue
        print(f"… {name}, {label}", flush=True)
        try:
            seconds = _make(name, module, kind, label)
        except Exception:  # the others may take hours, and need not wait for a mend
            failed += 1
            print(f"✗ {name}, {label}:\n{traceback.format_exc()}", flush=True)
        else:
            print(f"✓ {name}, {label}: {seconds} s", flush=True)
    return failed


def _make(name, module, kind, label):
    """Make one run and store it; return how many seconds it took."""
    split = {"runs": final, "tried": validation}[kind]
    began, started = digest(module, kind), time.perf_counter()
    found = getattr(module, kind.upper())[label](split)
    if digest(module, kind) != began:
        raise RuntimeError(f"{name} or aelib changed while it ran: begin anew")
    seconds = round(time.perf_counter() - started)
    made = {"digest": began, "wall seconds": seconds, "machine": record.machine()}
    made |= {"versions": versions(module), "threads": record.threads()}
    stored = record.read(path_of(name))  # just now: another run may have ended
    stored.setdefault(kind, {})[label] = {**made, **found}
    record.write(path_of(name), stored, indent=None)
    return seconds


def with_table(text, name, table):
    """Return a text whose part between the marks of a benchmark is a table."""
    marks = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    if any(text.count(mark) != 1 for mark in marks):
        raise ValueError(f"README.md takes these two lines once each: {marks}")
    before, rest = text.split(marks[0])
    return f"{before}{marks[0]}{table}{marks[1]}{rest.split(marks[1])[1]}"


def machines(runs):
    """Return a sentence that says on what the runs were made."""
    places = {
        f"{run['machine']['processor']} ({run['threads']['cores']} cores)"
        for run in runs.values()
    }
    packages = {
        " ".join(f"{name} {number}" for name, number in run["versions"].items())
        for run in runs.values()
    }
    return f"On {' and '.join(sorted(places))}; {', or '.join(sorted(packages))}."


def tables(text):
    """Return README.md's text with the tables of all results that are stored."""
    for name in BENCHMARKS:
        stored = record.read(path_of(name)).get("runs", {})
        module = load(name)
        runs = {label: stored[label] for label in module.RUNS if label in stored}
        table = "Not measured yet.\n"
        if runs:
            table = f"{module.table(runs)}\n{machines(runs)}\n"
        text = with_table(text, name, table)
    return text


def main(arguments=None):
    """Run the benchmarks that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--tried", action="store_true", help="run what was tried")
    parser.add_argument("--part", default="", help="only runs with this in their label")
    parser.add_argument("--again", action="store_true", help="repeat what is stored")
    parser.add_argument("--tables", action="store_true", help="renew the tables alone")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}: {', '.join(BENCHMARKS)}")
    failed, kind = 0, "tried" if chosen.tried else "runs"
    for name in [] if chosen.tables else chosen.names or BENCHMARKS:
        failed += run(name, kind, chosen.again, chosen.part)
        record.write(README, tables(README.read_text(encoding="utf-8")))
    record.write(README, tables(README.read_text(encoding="utf-8")))
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
