"""Plant faults in aelib, one at a time, and see whether the tests notice.

    python -m benchmarks.mutants                          (some ten seconds for each)
    python -m benchmarks.mutants --only "KL" --out mutants.json

Each fault of `faults.py` is planted in a copy of the project, and three rounds of
tests run until one fails: the tests of the module, all tests of aelib, and the lessons
that use the part. A fault that passes all three has slipped through. A round that fails
is run without the fault, too, and must pass: else it would prove nothing.

Beside the JSON it writes the table as Markdown. The exit code is 1 where fewer than 95
of 100 faults are caught.
"""

import argparse
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat

from benchmarks import faults, record
from benchmarks.claims import ALONE

LEAST = 0.95  # share of faults that must be caught
# These try other things than aelib, or run notebooks.
NOT_OF_AELIB = (
    "test_answer_checks",
    "test_benchmark",
    "test_evidence",
    "test_examples",
    "test_exercises",
    "test_guards",
    "test_make_exercises",
    "test_notebook_hygiene",
    "test_project",
    "test_teaching_guide",
    "test_training_matters",
)
# Where a module's tests have another name.
ALSO = {
    "_start.py": ["tests/test_start.py"],
    "models.py": ["tests/test_linear_vae.py"],
    "training.py": ["tests/test_distribution.py"],
    "losses.py": ["tests/test_recommendation.py"],
    "metrics.py": ["tests/test_recommendation.py"],
    "exercises.py": ["tests/test_answer_checks.py"],
}


def rounds(fault, root):
    """Return the rounds of a fault: for each its name and what pytest is given."""
    module = Path(fault.file).stem
    own = [f"tests/test_{module}.py", *ALSO.get(fault.file, [])]
    own.append(f"tests/properties/test_inputs_{module.strip('_')}.py")
    every = sorted(
        path.relative_to(root).as_posix()
        for path in (root / "tests").rglob("test_*.py")
        if path.parent.name in {"tests", "properties"}
        and not path.name.startswith(NOT_OF_AELIB)
    )
    return [
        ("its own tests", [path for path in own if (root / path).exists()]),
        ("all tests of aelib", [path for path in every if path not in own]),
        ("lessons", using(fault.part, root)),
    ]


def using(part, root):
    """Return the lessons whose code names a part of aelib."""
    named = re.compile(rf"\b{re.escape(part)}\b")
    found = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        if any(
            cell.cell_type == "code" and named.search(cell.source) for cell in cells
        ):
            found.append(path.relative_to(root).as_posix())
    return found


def copy(folder):
    """Copy what the tests need into an empty folder; return the folder."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "wheels")
    shutil.copytree(record.ROOT, folder, ignore=left_out, dirs_exist_ok=True)
    return folder


def test(root, paths):
    """Run tests in a copy; return pytest's exit code and the first failure."""
    # The copy's aelib comes before the installed one, in the kernels too. Compiled
    # files are told apart by seconds and size, which two faults may share.
    ours = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", **ALONE}
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "--rootdir=."]
    command += ["-q", "-x", "-p", "no:cacheprovider"]
    if any(path.endswith(".ipynb") for path in paths):
        command += ["-p", "nbval.plugin", "--nbval", "--nbval-current-env"]
        command += ["--nbval-cell-timeout=600"]
    done = subprocess.run(
        [*command, *paths],
        cwd=root,
        env=record.environment(**ours),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    ending = done.stdout.rpartition("short test summary info")[2]
    failed = re.search(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", ending, re.MULTILINE)
    return done.returncode, failed[1] if failed else done.stdout[-500:]


def try_fault(fault, root, sound):
    """Plant a fault in the copy at `root`; return which round caught it, and how.

    `sound` holds the rounds that are known to pass without a fault; it is added to.
    """
    path = root / "aelib" / fault.file
    source = path.read_text(encoding="utf-8")
    if source.count(fault.old) != 1:
        raise ValueError(
            f"{fault.name}: {fault.old!r} stands {source.count(fault.old)} times in "
            f"{fault.file}, not once"
        )
    started = time.monotonic()
    path.write_text(source.replace(fault.old, fault.new), encoding="utf-8")
    caught = by = ""
    try:
        for name, paths in rounds(fault, root):
            code, failure = test(root, paths) if paths else (0, "")
            if code not in (0, 1, 2):  # 2: a file of tests that cannot be imported
                raise RuntimeError(f"{fault.name}: pytest ended with {code}: {failure}")
            if code:
                caught, by = name, failure
                break
    finally:
        path.write_text(source, encoding="utf-8")
    if caught and tuple(paths) not in sound:
        code, failure = test(root, paths)
        if code:
            raise RuntimeError(f"a test fails without a fault: {failure}")
        sound.add(tuple(paths))
    seconds = round(time.monotonic() - started)
    return {"file": fault.file, "caught": caught, "by": by, "seconds": seconds}


def try_all(chosen, jobs):
    """Yield (fault, result) of each fault, `jobs` at a time, each in its own copy."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies = queue.SimpleQueue()
        for number in range(jobs):
            copies.put(copy(Path(folder) / str(number)))
        sound = set()

        def work(fault):
            root = copies.get()
            try:
                return try_fault(fault, root, sound)
            finally:
                copies.put(root)

        futures = {pool.submit(work, fault): fault for fault in chosen}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)  # do not begin what is left
            raise


def as_table(found):
    """Return what was found as Markdown."""
    caught = [row for row in found.values() if row["caught"]]
    files = sorted({row["file"] for row in found.values()})
    per_file = []
    for file in files:
        rows = [row for row in found.values() if row["file"] == file]
        per_file.append([file, len(rows), sum(bool(row["caught"]) for row in rows)])
    rows = [
        [name, row["file"], row["caught"] or "**slipped through**", _short(row["by"])]
        for name, row in found.items()
    ]
    return "\n".join(
        [
            "# Planted faults\n",
            f"{len(found)} faults, planted in aelib one at a time; {len(caught)} "
            "caught by a test. Made by `make mutants`.\n",
            record.table(["file", "faults", "caught"], per_file),
            record.table(["fault", "file", "caught by", "first test to fail"], rows),
        ]
    )


def _short(test):
    """Return a test's name without its folder."""
    return test.rsplit("/", 1)[-1][:80]


def main(arguments=None):
    """Try the faults that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="part of the faults' names")
    parser.add_argument("--jobs", type=int, default=2, help="faults at a time")
    parser.add_argument("--out", type=Path, default=record.RESULTS / "mutants.json")
    asked = parser.parse_args(arguments)
    chosen = [fault for fault in faults.FAULTS if asked.only in fault.name]
    if asked.only and asked.out == parser.get_default("out"):
        parser.error("--only needs --out: the stored table is of all faults")
    if not chosen:
        parser.error(f"--only: no fault's name holds {asked.only!r}")
    found = {}
    for count, (fault, result) in enumerate(try_all(chosen, asked.jobs), 1):
        found[fault.name] = result
        what = result["caught"] or "SLIPPED THROUGH"
        print(f"{count} of {len(chosen)}: {fault.name}: {what}", flush=True)
    found = {fault.name: found[fault.name] for fault in chosen}
    made_by = {"versions": record.versions(), "machine": record.machine()}
    record.write(asked.out, {"faults": found, **made_by})
    record.write(asked.out.with_suffix(".md"), as_table(found))
    caught = sum(bool(row["caught"]) for row in found.values())
    print(f"{caught} of {len(found)} caught")
    return int(caught < LEAST * len(found))


if __name__ == "__main__":
    sys.exit(main())
