"""Run the benchmarks, store what they measure, and renew the tables of README.md.

    python -m benchmarks.bench                    (all of them: hours)
    python -m benchmarks.bench k_sparse forest    (some of them)
    python -m benchmarks.bench k_sparse --tried   (what was tried on validation images)
    python -m benchmarks.bench --tables           (nothing but the tables)

Each run is stored in `results/` as it ends: a benchmark that was ended goes on where it
stopped. A stored run counts while its script, aelib, the pinned versions and the
machine are what they were. What is older is marked in the tables (stale.py).
"""

import argparse
import importlib
import sys
import time
import traceback
from importlib import metadata

from benchmarks import record, splits

README = record.ROOT / "benchmarks" / "README.md"
BENCHMARKS = {
    "vae_example": "benchmarks.published.vae_example",
    "denoising_example": "benchmarks.published.denoising_example",
    "deep_autoencoder": "benchmarks.published.deep_autoencoder",
    "k_sparse": "benchmarks.published.k_sparse",
    "likelihood": "benchmarks.published.likelihood",
    "forest": "benchmarks.published.forest",
    "speed": "benchmarks.speed",
    "course": "benchmarks.course",
}


def load(name):
    """Return the module of a benchmark."""
    return importlib.import_module(BENCHMARKS[name])


def path_of(name):
    """Return where the results of a benchmark are stored."""
    return record.RESULTS / f"{name}.json"


def packages(module):
    """Return the packages whose versions the runs of a benchmark depend on."""
    return (*record.PACKAGES, *getattr(module, "PEERS", ()))


def digest(module, kind, label):
    """Return a text that changes with what one run of a benchmark depends on.

    That is its script with those that it imports, the images, and what else it names
    (`DEPENDS_ON`). What makes tables of the results does not count. Of what was tried
    an attempt's own settings count alone: one attempt more makes nothing old.
    """
    paths = [module.__file__, splits.__file__, *getattr(module, "DEPENDS_ON", ())]
    own = _settings(module.TRIED[label]) if kind == "tried" else ""
    return record.digest(paths, "table|CHANGES|TRIED", packages(module), own)


def _settings(attempt):
    """Return what an attempt, a `functools.partial`, calls with which settings."""
    # The name of a function, because its address is another one every time.
    given = [(name, getattr(x, "__name__", x)) for name, x in attempt.keywords.items()]
    return f"{attempt.func.__name__} {[*attempt.args, *sorted(given)]}"


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
        now = {
            "digest": digest(module, kind, label),
            **record.made_by(packages(module)),
        }
        if not again and now.items() <= known.items():
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
    split = {"runs": splits.final, "tried": splits.validation}[kind]
    began, started = digest(module, kind, label), time.perf_counter()
    found = getattr(module, kind.upper())[label](split)
    if digest(module, kind, label) != began:
        raise RuntimeError(f"{name} or aelib changed while it ran: begin anew")
    seconds = round(time.perf_counter() - started)
    made = {"digest": began, "wall seconds": seconds, "backend": backend()}
    made |= record.made_by(packages(module))
    stored = record.read(path_of(name))  # just now: another run may have ended
    stored.setdefault(kind, {})[label] = {**made, **found}
    record.write(path_of(name), stored, indent=None)
    return seconds


def backend():
    """Return what Keras computes with, and its version."""
    import keras  # here, for aelib has to start it

    name = keras.backend.backend()
    return f"{name} {metadata.version(name)}"


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
        f"{run['machine']['processor']} ({_threads(**run['threads'])})"
        for run in runs.values()
    }
    packages = {
        " ".join(f"{name} {number}" for name, number in run["versions"].items())
        + (f", computed with {run['backend']}" if "backend" in run else "")
        for run in runs.values()
    }
    return f"On {' and '.join(sorted(places))}; {', or '.join(sorted(packages))}."


def _threads(cores, **limits):
    """Return what `record.threads` found, in words."""
    usable = "1 core" if cores == 1 else f"{cores} cores"
    return ", ".join([usable, *(f"{name}={n}" for name, n in limits.items())])


def age(stored, older):
    """Return a paragraph that says how many results are older, or nothing."""
    said = [
        f"{sum(f'{kind}: {label}' in older for label in stored[kind])} of "
        f"{len(stored[kind])} {words}"
        for kind, words in (("runs", "runs"), ("tried", "attempts"))
        if kind in stored
    ]
    return f"\nOlder than today's code: {', '.join(said)}.\n" if older else ""


def renew_tables():
    """Write the tables of README.md anew."""
    record.write(README, tables(README.read_text(encoding="utf-8"), record.stale()))


def tables(text, older):
    """Return README.md's text with the tables of all results that are stored.

    Args:
        text: README.md's.
        older: {benchmark: its results that are to be marked}, as `stale.find` has it.
    """
    for name in BENCHMARKS:
        stored, module = record.read(path_of(name)), load(name)
        known = stored.get("runs", {})
        runs = {label: known[label] for label in module.RUNS if label in known}
        table = "Not measured yet.\n"
        if runs:
            words = f"{machines(runs)}\n{age(stored, older.get(name, ()))}"
            table = f"{module.table(runs)}\n{words}"
        text = with_table(text, name, table)
        if hasattr(module, "table_of_tried"):
            table = module.table_of_tried(stored.get("tried", {}))
            text = with_table(text, f"{name}, tried", table)
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
        renew_tables()
    renew_tables()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
