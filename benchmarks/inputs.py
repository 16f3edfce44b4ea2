"""Try many made-up inputs on everything public in aelib, and count them.

    python -m benchmarks.inputs             (up to 300 inputs a test: some minutes)
    python -m benchmarks.inputs --inputs 20 --out inputs.json

The tests in tests/properties/ draw right arguments, which must be accepted and give
finite numbers, and wrong ones, which must be refused by an error that names them. `make
test` tries up to 20 inputs a test, the same ones on every run; here they are more, and
others every time. Slow tests try fewer.

Beside the JSON it writes the table as Markdown. The exit code is 1 where a test failed.
"""

import argparse
import collections
import json
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import record


def run(inputs, jobs, seed):
    """Run the property tests; return the exit code, the log and the counts."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml"]
        command += ["--rootdir=.", "-q", "-p", "no:cacheprovider", "-n", str(jobs)]
        command += [f"--inputs={inputs}", f"--hypothesis-seed={seed}"]
        command += ["tests/properties"]
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


def digest():
    """Return a text that changes with what is tried."""
    return record.digest([__file__, "tests/properties"])


def as_table(found):
    """Return what was found as Markdown."""
    rows = [[name, *row.values()] for name, row in found.items()]
    accepted, refused = (sum(row[i] for row in rows) for i in (1, 2))
    return "\n".join(
        [
            "# Inputs tried\n",
            f"{accepted + refused:,} inputs of {len(rows)} public names: "
            f"{accepted:,} accepted, no number that came back was NaN or infinite, "
            "and no array of the caller's was changed; "
            f"{refused:,} refused, by an error that names an argument. "
            "Made by `make inputs`.\n",
            record.table(["name", "accepted", "refused"], rows),
        ]
    )


def main(arguments=None):
    """Try the inputs that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=300, help="of each test, at most")
    parser.add_argument("--jobs", type=int, default=2, help="tests at a time")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**32), help="of the inputs"
    )
    parser.add_argument("--out", type=Path, default=record.RESULTS / "inputs.json")
    chosen = parser.parse_args(arguments)
    if chosen.inputs < 1 or chosen.jobs < 1:
        parser.error("--inputs and --jobs take whole numbers of 1 or more")
    started = time.monotonic()
    print(f"seed {chosen.seed}: --seed={chosen.seed} tries the same inputs again")
    code, log, counts = run(chosen.inputs, chosen.jobs, chosen.seed)
    print(log)
    if code:
        print(f"✗ the tests ended with {code}")
        return 1
    found = {
        name: {outcome: counts[name, outcome] for outcome in ("accepted", "refused")}
        for name in sorted({name for name, _ in counts})
    }
    made_by = record.made_by() | {"digest": digest(), "seed": chosen.seed}
    seconds = round(time.monotonic() - started)
    content = {"names": found, "inputs": chosen.inputs, "seconds": seconds, **made_by}
    record.write(chosen.out, content)
    record.write(chosen.out.with_suffix(".md"), as_table(found))
    print(as_table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
