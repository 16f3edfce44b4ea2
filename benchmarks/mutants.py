"""Change aelib in one place at a time, and see whether the tests notice.

    python -m benchmarks.mutants                       (200 changes: half an hour)
    python -m benchmarks.mutants --only losses --count 20 --out mutants.json

A change is small and the kind that a hurried edit makes: another operator, a comparison
that is off by the equals sign, a number more by one, a condition turned, an argument or
a call left out. Of all places a sample is drawn, the same on every run. Each change is
made in a copy of the project, and two rounds of tests run until one fails: the tests of
the module, then all tests of aelib. A round that fails is run without the change, too,
and must pass: else it would prove nothing.

A change that slips through is listed. It is a missing test, or it changes nothing that
anybody could see. Beside the JSON it writes the table as Markdown. The exit code is 1
where fewer than 95 of 100 changes are caught.
"""

import argparse
import ast
import copy
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from benchmarks import record
from benchmarks.claims import ALONE

LEAST = 0.95  # share of changes that must be caught
SECONDS = 900  # of a round; a change may make a loop endless
OTHER = {  # operator: what it becomes
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
# What is not changed: words, types, and what only an error says.
LEFT_ALONE = (ast.JoinedStr, ast.Raise, ast.Import, ast.ImportFrom, ast.arg)


class Mutant(NamedTuple):
    """One change: in a file of aelib, the bytes `start` to `end` become `new`."""

    file: str
    start: int
    end: int
    new: str
    name: str  # such as "losses.py 81:14: Add → Sub"


def mutants_of(root, file):
    """Yield every change of a file of aelib."""
    source = (root / "aelib" / file).read_bytes()
    begins = [0]
    for line in source.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for node in _inside(ast.parse(source)):
        for words, new in _changes(node):
            start = begins[node.lineno - 1] + node.col_offset
            end = begins[node.end_lineno - 1] + node.end_col_offset
            text = ast.unparse(ast.fix_missing_locations(new))
            # Brackets keep the order of what stands around; a statement has none.
            text = text if isinstance(node, ast.Expr) else f"({text})"
            name = f"{file} {node.lineno}:{node.col_offset}: {words}"
            yield Mutant(file, start, end, text, name)


def _inside(node):
    """Yield the nodes of a tree that may be changed."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, LEFT_ALONE):
            yield child
            yield from _inside(child)


def _changes(node):
    """Yield what a node of the tree could become: in words, and as a node."""
    if isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in OTHER:
        other = OTHER[type(node.op)]
        yield _words(type(node.op), other), _with(node, op=other())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
        other = OTHER[type(node.ops[0])]
        changed = _with(node, ops=[other(), *node.ops[1:]])
        yield _words(type(node.ops[0]), other), changed
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield f"no {type(node.op).__name__}", node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float)):
        old = node.value
        new = not old if isinstance(old, bool) else 2 * old + 1
        yield f"{old} → {new}", ast.Constant(new)
    if isinstance(node, ast.IfExp):
        yield "if ↔ else", _with(node, body=node.orelse, orelse=node.body)
    if isinstance(node, ast.Call):
        for word in node.keywords:
            if word.arg:
                others = [other for other in node.keywords if other is not word]
                yield f"without {word.arg}", _with(node, keywords=others)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield f"without {ast.unparse(node.value.func)}()", ast.Pass()


def _words(old, new):
    """Return in words that an operator becomes another."""
    return f"{old.__name__} → {new.__name__}"


def _with(node, **fields):
    """Return a copy of a node with other fields."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def sample(root, count, only=""):
    """Return so many changes at most, equally many of each file as far as they go."""
    folder = root / "aelib"
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    rng, turns = random.Random(0), []
    for file in files:
        mutants = mutants_of(root, file) if only in file else ()
        every = list({mutant.name: mutant for mutant in mutants}.values())
        rng.shuffle(every)
        turns += [(turn, mutant) for turn, mutant in enumerate(every)]
    return sorted(mutant for _, mutant in sorted(turns)[:count])


def rounds(mutant, root):
    """Return the rounds of a change: for each its name and what pytest is given."""
    words = set(re.findall(r"[a-z]+", mutant.file.removesuffix(".py")))
    every = sorted((root / "tests").glob("aelib/**/test_*.py"))
    every += sorted((root / "tests").glob("properties/test_*.py"))
    own = [path for path in every if words & set(path.stem.split("_"))]
    every = [path for path in every if path not in own]
    return [("its own tests", own), ("all tests of aelib", every)]


def copy_project(folder):
    """Copy what the tests need into an empty folder; return the folder."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "wheels")
    shutil.copytree(record.ROOT, folder, ignore=left_out, dirs_exist_ok=True)
    return folder


def test(root, paths):
    """Run tests in a copy; return pytest's exit code and the first failure."""
    # The copy's aelib comes before the installed one, in the kernels too. Compiled
    # files are told apart by seconds and size, which two changes may share.
    ours = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", **ALONE}
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "--rootdir=."]
    try:
        done = subprocess.run(
            [*command, "-q", "-x", "-p", "no:cacheprovider", *paths],
            cwd=root,
            env=record.environment(**ours),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, f"still ran after {SECONDS} seconds"
    ending = done.stdout.rpartition("short test summary info")[2]
    failed = re.search(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", ending, re.MULTILINE)
    return done.returncode, failed[1] if failed else done.stdout[-500:]


def try_mutant(mutant, root, sound):
    """Make a change in the copy at `root`; return which round caught it, and how.

    `sound` holds the rounds that are known to pass without a change; it is added to.
    """
    path = root / "aelib" / mutant.file
    source = path.read_bytes()
    started = time.monotonic()
    path.write_bytes(
        source[: mutant.start] + mutant.new.encode() + source[mutant.end :]
    )
    caught = by = ""
    try:
        for name, paths in rounds(mutant, root):
            code, failure = test(root, paths) if paths else (0, "")
            if code not in (0, 1, 2, 4):  # 2 and 4: what cannot be imported
                raise RuntimeError(
                    f"{mutant.name}: pytest ended with {code}: {failure}"
                )
            if code:
                caught, by = name, failure
                break
    finally:
        path.write_bytes(source)
    if caught and tuple(paths) not in sound:
        code, failure = test(root, paths)
        if code:
            raise RuntimeError(f"a test fails without a change: {failure}")
        sound.add(tuple(paths))
    seconds = round(time.monotonic() - started)
    return {"file": mutant.file, "caught": caught, "by": by, "seconds": seconds}


def try_all(chosen, jobs):
    """Yield (mutant, result) of each change, `jobs` at a time, each in its own copy."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies = queue.SimpleQueue()
        for number in range(jobs):
            copies.put(copy_project(Path(folder) / str(number)))
        sound = set()

        def work(mutant):
            root = copies.get()
            try:
                return try_mutant(mutant, root, sound)
            finally:
                copies.put(root)

        futures = {pool.submit(work, mutant): mutant for mutant in chosen}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)  # do not begin what is left
            raise


def digest():
    """Return a text that changes with what an outcome depends on."""
    return record.digest([__file__, "tests/aelib", "tests/properties"])


def as_table(found):
    """Return what was found as Markdown."""
    caught = [row for row in found.values() if row["caught"]]
    files = sorted({row["file"] for row in found.values()})
    per_file = []
    for file in files:
        rows = [row for row in found.values() if row["file"] == file]
        per_file.append([file, len(rows), sum(bool(row["caught"]) for row in rows)])
    parts = [
        "# Changes planted in aelib\n",
        f"{len(found)} changes, made one at a time; {len(caught)} caught by a test. "
        "Made by `make mutants`.\n",
        record.table(["file", "changes", "caught"], per_file),
    ]
    slipped = [f"- {name}" for name, row in found.items() if not row["caught"]]
    if slipped:
        parts += ["## Slipped through\n", "\n".join(slipped) + "\n"]
    return "\n".join(parts)


def main(arguments=None):
    """Try the changes that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="part of the files' names")
    parser.add_argument("--count", type=int, default=200, help="changes at most")
    parser.add_argument("--jobs", type=int, default=2, help="changes at a time")
    parser.add_argument("--out", type=Path, default=record.RESULTS / "mutants.json")
    asked = parser.parse_args(arguments)
    chosen = sample(record.ROOT, asked.count, asked.only)
    if asked.only and asked.out == parser.get_default("out"):
        parser.error("--only needs --out: the stored table is of all files")
    if not chosen:
        parser.error(f"--only: no file's name holds {asked.only!r}")
    found = {}
    for count, (mutant, result) in enumerate(try_all(chosen, asked.jobs), 1):
        found[mutant.name] = result
        what = result["caught"] or "SLIPPED THROUGH"
        print(f"{count} of {len(chosen)}: {mutant.name}: {what}", flush=True)
    found = {mutant.name: found[mutant.name] for mutant in chosen}
    made_by = {"versions": record.versions(), "machine": record.machine()}
    made_by["digest"] = digest()
    record.write(asked.out, {"faults": found, **made_by})
    record.write(asked.out.with_suffix(".md"), as_table(found))
    caught = sum(bool(row["caught"]) for row in found.values())
    print(f"{caught} of {len(found)} caught")
    return int(caught < LEAST * len(found))


if __name__ == "__main__":
    sys.exit(main())
