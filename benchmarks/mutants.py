"""Change the code in one place at a time, and see whether the tests notice.

    python -m benchmarks.mutants                 (every change)
    python -m benchmarks.mutants --sample 600    (a random sample of them)
    python -m benchmarks.mutants --only losses --out mutants.json

cosmic-ray knows the changes: another operator, a comparison that is off by the equals
sign, a number more or less by one, a condition turned, a loop left out. Each is made in
a copy of the project, and the tests of the module run there until one fails, then (of
aelib) those of training. A process that has Keras loaded forks for each change: loading
it takes longer than most tests.

What is done is stored: a run that was ended goes on where it stopped, and what changed
since, in aelib or in the tests of a module, runs again. A change that no test notices
is a missing test, or it stands in `equivalent.toml` with the reason why nobody could
see it. The exit code is 1 where one is neither.
"""

import argparse
import ast
import difflib
import functools
import hashlib
import importlib
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import pytest

from benchmarks import record
from benchmarks.claims import ALONE

MODULES = ("layers", "metrics", "models", "codec", "exercises", "losses")
# Of the operators of cosmic-ray, those that a hurried edit could mistake: it has eleven
# for every `+`, most of which stop the first line that is run.
OPERATORS = re.compile(
    r"core/(AddNot|NumberReplacer|RemoveDecorator|ZeroIteration\w*"
    r"|Replace(AndWithOr|OrWithAnd|FalseWithTrue|TrueWithFalse"
    r"|UnaryOperator_Delete_\w+"
    r"|BinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Div|Mod_Mul|Pow_Mul)"
    r"|ComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Is_IsNot"
    r"|IsNot_Is|In_NotIn|NotIn_In)))"
)
# aelib itself must not be loaded before the change is made.
LOADED = "tensorflow keras scipy.linalg sklearn.decomposition sklearn.linear_model"
LOADED += " matplotlib.pyplot IPython.display hypothesis.extra.numpy"
NO_MATTER = ("if __name__ ", "sys.exit(main(", "parser = argparse.ArgumentParser(")
NO_TEST = (4, 5)  # pytest's exit codes where it found nothing to run
SECONDS = 120  # of computing; a change may make a loop endless
WAIT = 900  # seconds by the clock; or start a server
EQUIVALENT = Path(__file__).with_name("equivalent.toml")


def files(only=""):
    """Return the files that are changed, relative to the project's folder.

    Of aelib those of MODULES, of tools those that have tests of their own, but for
    build_data.py: aelib.data holds to a hash each file that it makes.
    """
    aelib, tools = record.ROOT / "aelib", record.ROOT / "tools"
    found = [
        path
        for module in MODULES
        for path in [aelib / f"{module}.py", *sorted((aelib / module).glob("*.py"))]
        if path.exists()
    ]
    scripts = sorted(set(tools.glob("*.py")) - {tools / "build_data.py"})
    found += [path for path in scripts if own_test(path).exists()]
    found = [path.relative_to(record.ROOT) for path in found]
    return [path for path in found if only in path.as_posix()]


def own_test(path):
    """Return the path of the tests of a tool."""
    return record.ROOT / "tests" / "tools" / f"test_{Path(path).name}"


def changes(paths):
    """Return {name: what cosmic-ray calls it} of every change of some files."""
    from cosmic_ray.commands import init
    from cosmic_ray.work_db import WorkDB, use_db

    with (
        tempfile.TemporaryDirectory() as folder,
        use_db(Path(folder) / "all.sqlite", WorkDB.Mode.create) as database,
    ):
        init([record.ROOT / path for path in paths], database, {})
        specs = [item.mutations[0] for item in database.work_items]
    found = {}
    for spec in specs:
        if OPERATORS.fullmatch(spec.operator_name) and (name := name_of(spec)):
            found.setdefault(name, spec)
    return found


def name_of(spec):
    """Return what a change does, as "aelib/losses.py f: old → new", or nothing.

    It is nothing where only an error's words change, or those of a script's help, or
    what starts a script, which no test reaches, or nothing at all.
    """
    from cosmic_ray.mutating import mutate_code

    source = Path(spec.module_path).read_text(encoding="utf-8")
    changed = mutate_code(source, operator(spec), spec.occurrence)
    before, after = source.splitlines(), (changed or source).splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    edits = [edit for edit in matcher.get_opcodes() if edit[0] != "equal"]
    if not edits:
        return ""
    _, first, last, start, end = edits[0]
    old = " ".join(map(str.strip, before[first:last]))
    new = " ".join(map(str.strip, after[start:end]))
    if old.startswith(NO_MATTER) or _is_raised(source, first + 1):
        return ""
    path = Path(spec.module_path).relative_to(record.ROOT).as_posix()
    return f"{path} {first + 1} {spec.definition_name}: {old} → {new}"


def _is_raised(source, line):
    """Return whether a line of a source is a part of a `raise`."""
    raised = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Raise))
    return any(node.lineno <= line <= node.end_lineno for node in raised)


def operator(spec):
    """Return the operator of a change."""
    from cosmic_ray.plugins import get_operator

    return get_operator(spec.operator_name)(**spec.operator_args)


def rounds(path):
    """Return what pytest is given for a file, round by round."""
    if Path(path).parts[0] == "tools":
        return [(own_test(path).relative_to(record.ROOT).as_posix(),)]
    module = Path(path).parts[1].removesuffix(".py")
    return [
        (f"tests/aelib/test_{module}.py",),
        ("tests/properties", "-k", module),  # those that name the module
        ("tests/aelib/test_autoencoder.py", "tests/aelib/test_training.py"),
    ]


def prepare(folder):
    """Make this process one that forks for each change, in a copy of the project."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "wheels")
    copy = Path(folder) / str(os.getpid())
    shutil.copytree(record.ROOT, copy, ignore=left_out)
    os.chdir(copy)
    os.environ.update(ALONE)
    sys.path.insert(0, str(copy))  # before the project itself
    for name in LOADED.split():
        importlib.import_module(name)


@functools.cache
def check_sound(arguments):
    """Raise a RuntimeError where tests fail without a change: they prove nothing."""
    outcome, output = forked(arguments)
    if outcome != "slipped":
        raise RuntimeError(f"the tests fail without a change:\n{output}")


def attempt(spec, first=""):
    """Make a change in the copy; return whether the tests noticed, and which.

    `first` names the test that noticed last time: mostly no other has to run.
    """
    from cosmic_ray.mutating import use_mutation

    path = Path(spec.module_path).relative_to(record.ROOT)
    for arguments in rounds(path):
        check_sound(arguments)
    started = time.monotonic()
    with use_mutation(path, operator(spec), spec.occurrence):
        outcome, output = forked((first,)) if first else ("no test", "")
        left = rounds(path)
        while left and outcome in ("slipped", "no test"):
            outcome, output = forked(left.pop(0))
            if outcome == "no test":  # there are some, until the change is made
                outcome = "caught"
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", output, re.MULTILINE)
    by = failed[1] if failed and outcome == "caught" else ""
    seconds = round(time.monotonic() - started, 1)
    return {"outcome": outcome, "by": by, "seconds": seconds}


def forked(arguments):
    """Run tests in a fork of this process; return the outcome, and the output.

    The outcome is "caught", "slipped", "endless" or "no test".
    """
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if not child:
            _run(arguments, output)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        text = output.read()[-3000:]
    if code in NO_TEST:
        return "no test", text
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        return "endless", text
    return "caught" if code else "slipped", text


def _run(arguments, output):
    """Run tests, and end this process with pytest's exit code."""
    import resource  # not on Windows, which cannot fork, either

    code = NO_TEST[0]
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        signal.alarm(WAIT)  # it rings in a program that takes this one's place, too
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        sys.stdout = sys.stderr = output
        options = ["-c", "pyproject.toml", "--rootdir=.", "-qx", "--tb=line"]
        code = int(pytest.main([*options, "-p", "no:cacheprovider", *arguments]))
        output.flush()
    finally:
        os._exit(code)


def digest(path="*"):
    """Return a text that changes with what the outcomes of a file's changes hang on."""
    paths = files() if path == "*" else [path]
    words = [word for one in paths for part in rounds(one) for word in part]
    tests = {word for word in words if word.startswith("tests/")}
    shared = sorted((record.ROOT / "tests").glob("*.py"))  # what tests import
    tools = ["tools"] if any(test.startswith("tests/tools") for test in tests) else []
    # What tells of the outcomes does not count.
    without = (
        "main|write|as_table|unexplained|equivalent|EQUIV|place_free|in_random|digest"
    )
    return record.digest([__file__, *tests, *tools, *shared], without)


def equivalent():
    """Return {change: why nobody could see it}; a change goes without its line."""
    text = EQUIVALENT.read_text(encoding="utf-8")
    rows = tomllib.loads(text).get("equivalent", [])
    return {change: row["because"] for row in rows for change in row["changes"]}


def place_free(name):
    """Return the name of a change without the number of its line."""
    return re.sub(r"^(\S+) \d+ ", r"\1 ", name)


def unexplained(found):
    """Return the changes that slipped and stand in no list."""
    known = equivalent()
    return [
        name
        for name, row in found.items()
        if row["outcome"] == "slipped" and place_free(name) not in known
    ]


def write(path, found, every):
    """Store what was found out of every change, and the table beside it."""
    made_by = {"versions": record.versions(), "machine": record.machine()}
    content = {"changes": found, "of": len(every), **made_by, "digest": digest()}
    record.write(path, content)
    record.write(path.with_suffix(".md"), as_table(found, len(every)))


def as_table(found, of):
    """Return what was found, of so many changes, as Markdown."""
    known, rows = equivalent(), []
    for file in sorted({name.split()[0] for name in found}):
        outcomes = [found[name]["outcome"] for name in found if name.split()[0] == file]
        slipped = outcomes.count("slipped")
        rows.append([file, len(outcomes), len(outcomes) - slipped, slipped])
    slipped = [name for name, row in found.items() if row["outcome"] == "slipped"]
    caught, left = len(found) - len(slipped), unexplained(found)
    parts = [
        "# Small changes of aelib's core and of the tools, one at a time\n",
        f"{len(found):,} of {of:,} changes tried"
        f"{', drawn at random' * (len(found) < of)}; "
        f"{caught:,} caught by a test, "
        f"{len(slipped) - len(left)} that nobody could see, {len(left)} slipped. "
        "Made by `make mutants`.\n",
        record.table(["file", "changes", "caught", "not caught"], rows),
    ]
    if slipped:
        said = [[n, known.get(place_free(n), "**slipped**")] for n in slipped]
        parts += ["## Not caught\n", record.table(["change", "because"], said)]
    return "\n".join(parts)


def in_random_order(names):
    """Return names so that the first of them are a fair sample.

    A name keeps its place when others come or go, and when lines are added above it.
    """

    def place(name):
        return hashlib.sha256(place_free(name).encode()).digest(), name

    return sorted(names, key=place)


def try_all(left, jobs):
    """Yield (name, result) of each change, `jobs` at a time.

    Args:
        left: {name: what cosmic-ray calls it, and the test that noticed last time}.
        jobs: how many.
    """
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(jobs, context, prepare, (folder,)) as pool,
    ):
        futures = {pool.submit(attempt, *row): name for name, row in left.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)  # do not begin what is left
            raise


def main(arguments=None):
    """Try the changes that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="part of the files' names")
    parser.add_argument("--sample", type=int, default=0, help="how many; 0: all")
    parser.add_argument("--jobs", type=int, default=2, help="changes at a time")
    parser.add_argument("--out", type=Path, default=record.RESULTS / "mutants.json")
    asked = parser.parse_args(arguments)
    if asked.only and asked.out == parser.get_default("out"):
        parser.error("--only needs --out: the stored table is of all files")
    if not (paths := files(asked.only)):
        parser.error(f"--only: no file's name holds {asked.only!r}")
    every, before = changes(paths), record.read(asked.out).get("changes", {})
    sample = in_random_order(every)[: asked.sample or None]
    now = {path.as_posix(): digest(path.as_posix()) for path in paths}
    found = {
        name: row
        for name, row in before.items()
        if name in every and row["digest"] == now[name.split()[0]]
    }
    left = {
        name: (every[name], before.get(name, {}).get("by", ""))
        for name in sample
        if name not in found
    }
    try:
        for count, (name, result) in enumerate(try_all(left, asked.jobs), 1):
            found[name] = result | {"digest": now[name.split()[0]]}
            print(f"{count} of {len(left)}: {result['outcome']}: {name}", flush=True)
            record.write(asked.out, {"changes": before | found})
    finally:
        write(asked.out, {name: found[name] for name in every if name in found}, every)
    slipped = unexplained(found)
    print(f"{len(found)} changes, {len(slipped)} slipped")
    return int(bool(slipped))


if __name__ == "__main__":
    sys.exit(main())
