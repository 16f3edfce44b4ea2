"""List the stored results that are older than what they depend on, and mark them.

    python -m benchmarks.stale

A result is stored with a digest of what it depends on (`record.digest`). Where that has
changed since, the result is marked in `results/stale.json` and on the pages that show
it. It is still there, and still what was measured; it may not be what would be measured
today.
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
    no_training,
    portability,
    record,
    scale,
    sparsity,
)

# One digest a file.
WHOLE = (features, hub, inputs, mutants, scale, sparsity)
MARK = "\nOlder than today's code.\n"


def results():
    """Yield (file, what in it, its digest, the digest of today) of every result."""
    for name in bench.BENCHMARKS:
        stored = record.read(bench.path_of(name))
        for kind, runs in stored.items():
            module = bench.load(name)
            for label, run in runs.items():
                known = label in getattr(module, kind.upper(), ())
                now = bench.digest(module, kind, label) if known else None
                yield name, f"{kind}: {label}", run.get("digest"), now
    for path, question in claims.stores().items():
        for notebook, found in claims.stored(path).items():
            now = claims.digest(notebook, question)
            yield path.stem, notebook, found["digest"], now
    for notebook, found in no_training.stored().items():
        yield "no_training", notebook, found["digest"], no_training.digest(notebook)
    rows = record.read(record.RESULTS / "portability.json").get("setups", {})
    for name, row in rows.items():
        yield "portability", name, row.get("digests"), portability.digests()
    for module in WHOLE:
        name = module.__name__.rpartition(".")[2]
        stored = record.read(record.RESULTS / f"{name}.json")
        if stored:
            yield name, "all", stored.get("digest"), module.digest()


def find(found):
    """Return {file: what in it is older than what it depends on} of some results."""
    older = {}
    for file, what, stored, now in found:
        if stored != now:
            older.setdefault(file, []).append(what)
    return older


def pages(found):
    """Yield (path, text) of every page that shows some results, with the marks."""
    older = find(found)
    counts = collections.Counter(file for file, *_ in found)
    rows = [[file, n, len(older.get(file, []))] for file, n in counts.items()]
    table = record.table(["in `results/`", "results", "older than today's code"], rows)
    text = bench.tables(bench.README.read_text(encoding="utf-8"), older)
    yield bench.README, bench.with_table(text, "stale", table)
    for path in sorted(record.RESULTS.glob("*.md")):
        text = path.read_text(encoding="utf-8").removesuffix(MARK)
        yield path, text + MARK * (path.stem in older)


def main():
    """Mark what is older, renew the pages and print the list; return the exit code."""
    found = list(results())
    record.write(record.STALE, older := find(found))
    for path, text in pages(found):
        record.write(path, text)
    for file, what in older.items():
        print(f"{file}: {len(what)} older than today's code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
