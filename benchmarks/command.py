"""The command line of a benchmark that stores one result."""

import argparse
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks import record


def whole_number(low, high=2**32 - 1):
    """Return a converter of the command line's texts to whole numbers in a range."""

    def convert(text):
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(
                f"takes a whole number from {low} to {high}, and got {text!r}"
            )
        return int(text)

    return convert


def run(parser, arguments, result, measure, digest, packages=record.PACKAGES):
    """Measure what the command line asks for, store it, and return the exit code.

    Args:
        parser: the benchmark's parser, which knows --seeds; --out is added here.
        arguments: list of texts, or None for those of the process.
        result: path where the result is stored unless --out names another.
        measure: function of the parsed arguments, returns a dict that JSON can hold.
        digest: text that changes with what the result depends on.
        packages: those whose versions are stored.
    """
    parser.add_argument("--out", type=Path, default=result, help="a file of JSON")
    chosen = parser.parse_args(arguments)
    if not chosen.out.parent.is_dir():
        parser.error(f"--out: there is no folder {chosen.out.parent}")
    if len(set(chosen.seeds)) < len(chosen.seeds):
        parser.error(f"--seeds: takes each seed once, and got {chosen.seeds}")
    started = time.monotonic()
    with threadpool_limits(1):  # problems this small are slower in several threads
        found = measure(chosen)
    seconds = round(time.monotonic() - started)
    made_by = record.made_by(packages) | {"seconds": seconds, "digest": digest}
    record.write(chosen.out, {**found, **made_by})
    print(f"✓ {chosen.out} ({seconds} s)")
    return 0
