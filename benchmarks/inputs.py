"""Try many made-up inputs on everything public in aelib, and count them.

    python -m benchmarks.inputs             (up to 300 inputs a test: some minutes)
    python -m benchmarks.inputs --inputs 20 --out inputs.json

The tests in tests/properties/ draw right arguments, which must be accepted and give
finite numbers, and wrong ones, which must be refused by an error that names them. `make
test` tries up to 20 inputs a test; here it is more. Slow tests try fewer.

Beside the JSON it writes the table as Markdown. The exit code is 1 where a test failed,
or where a public name was never tried.
"""

import argparse
import collections
import dataclasses
import inspect
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aelib

# isort: split
from benchmarks import record


def public():
    """Return the names of all that a reader can call: "metrics.psnr"."""
    found = {"_start.setup"}
    for path in sorted(Path(aelib.__file__).parent.glob("[a-z]*.py")):
        if path.stem == "checks":  # what the others refuse with
            continue
        module = sys.modules[f"aelib.{path.stem}"]
        for name, thing in vars(module).items():
            ours = getattr(thing, "__module__", None) == module.__name__
            if ours and not name.startswith("_") and callable(thing):
                found.add(f"{path.stem}.{thing.__qualname__}")
    return {name for name in found if not _is_record_or_error(name)}


def _is_record_or_error(name):
    """Return whether a public name is a class that a reader does not call."""
    module, name = name.split(".", 1)
    thing = getattr(sys.modules[f"aelib.{module}"], name)
    is_error = inspect.isclass(thing) and issubclass(thing, Exception)
    return is_error or dataclasses.is_dataclass(thing) or hasattr(thing, "_fields")


def run(inputs, jobs):
    """Run the property tests; return the exit code, the log and the counts."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml"]
        command += ["--rootdir=.", "-q", "-p", "no:cacheprovider", "-n", str(jobs)]
        command += [f"--inputs={inputs}", "tests/properties"]
        done = subprocess.run(
            command,
            cwd=record.ROOT,
            env=record.environment(AELIB_TALLY=folder),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        counts = collections.Counter()
        for path in Path(folder).glob("*.json"):
            for name, outcome, count in json.loads(path.read_text(encoding="utf-8")):
                counts[name, outcome] += count
    return done.returncode, done.stdout, counts


def as_table(found):
    """Return what was found as Markdown.

    Layers that were called, models that predicted and figures that were drawn are
    Keras' and Matplotlib's functions by name; they share the last line.
    """
    names = public()
    rows = [[name, *row.values()] for name, row in found.items() if name in names]
    used = [row for name, row in found.items() if name not in names]
    if used:
        sums = [sum(row[key] for row in used) for key in ("accepted", "refused")]
        rows.append(["layers, models and figures in use", *sums])
    accepted, refused = (sum(row[i] for row in rows) for i in (1, 2))
    return "\n".join(
        [
            "# Inputs tried\n",
            f"{accepted + refused:,} inputs of {len(found) - len(used)} public names: "
            f"{accepted:,} accepted, and no number that came back was NaN or "
            f"infinite; {refused:,} refused, by an error that names an argument. "
            "Made by `make inputs`.\n",
            record.table(["name", "accepted", "refused"], rows),
        ]
    )


def main(arguments=None):
    """Try the inputs that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=300, help="of each test, at most")
    parser.add_argument("--jobs", type=int, default=2, help="tests at a time")
    parser.add_argument("--out", type=Path, default=record.RESULTS / "inputs.json")
    chosen = parser.parse_args(arguments)
    if chosen.inputs < 1 or chosen.jobs < 1:
        parser.error("--inputs and --jobs take whole numbers of 1 or more")
    started = time.monotonic()
    code, log, counts = run(chosen.inputs, chosen.jobs)
    print(log)
    untried = public() - {name for name, _ in counts}
    if code or untried:
        print(f"✗ tests ended with {code}; never tried: {sorted(untried)}")
        return 1
    found = {
        name: {outcome: counts[name, outcome] for outcome in ("accepted", "refused")}
        for name in sorted({name for name, _ in counts})
    }
    made_by = {"versions": record.versions(), "machine": record.machine()}
    seconds = round(time.monotonic() - started)
    content = {"names": found, "inputs": chosen.inputs, "seconds": seconds, **made_by}
    record.write(chosen.out, content)
    record.write(chosen.out.with_suffix(".md"), as_table(found))
    print(as_table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
