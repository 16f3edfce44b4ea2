"""List the stored results that are older than what they depend on, and mark them.

    python -m benchmarks.stale

A result is stored with a digest of what it depends on (`record.digest`). Where that has
changed since, the result is marked in `results/stale.json`, and the tables of README.md
say so. It is still there, and still what was measured; it may not be what would be
measured today.
"""

import collections
import sys

from benchmarks import (
    bench,
    claims,
    features,
    hub,
    inputs,
    mutants,
    portability,
    record,
    scale,
    sparsity,
)

WHOLE = (
    features,
    hub,
    inputs,
    mutants,
    portability,
    scale,
    sparsity,
)  # one digest a file


def results():
    """Yield (file, what in it, its digest, the digest of today) of every result."""
    for name in bench.BENCHMARKS:
        stored = record.read(bench.path_of(name))
        for kind, runs in stored.items():
            now = bench.digest(bench.load(name), kind)
            for label, run in runs.items():
                yield name, f"{kind}: {label}", run.get("digest"), now
    for path in claims.stores():
        for notebook, found in claims.stored(path).items():
            yield path.stem, notebook, found["digest"], claims.digest(notebook)
    for module in WHOLE:
        name = module.__name__.rpartition(".")[2]
        stored = record.read(record.RESULTS / f"{name}.json")
        if stored:
            yield name, "all", stored.get("digest"), module.digest()


def find():
    """Return {file: what in it is older than what it depends on}."""
    found = {}
    for file, what, stored, now in results():
        if stored != now:
            found.setdefault(file, []).append(what)
    return found


def main():
    """Mark what is older, renew the tables and print the list; return the exit code."""
    record.write(record.STALE, find())
    bench.renew_tables()
    counts = collections.Counter(file for file, *_ in results())
    older = record.stale()
    rows = [[file, n, len(older.get(file, []))] for file, n in counts.items()]
    print(record.table(["file", "results", "older than what they depend on"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
