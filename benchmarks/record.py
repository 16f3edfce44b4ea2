"""What every benchmark writes beside its numbers, and how it writes a file."""

import ast
import functools
import hashlib
import json
import os
import platform
import re
from importlib import metadata
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
STALE = RESULTS / "stale.json"
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn")  # what numbers hang on


def versions(packages=PACKAGES):
    """Return the versions of Python and of installed packages, by name."""
    found = {package: metadata.version(package) for package in packages}
    return {"python": platform.python_version(), **found}


def machine():
    """Return what the time of a computation depends on, without anybody's names."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
    }


def threads():
    """Return how many cores this process may use, and what limits its threads."""
    usable = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    names = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    limits = {name: os.environ[name] for name in names if name in os.environ}
    return {"cores": len(usable(0)) if usable else os.cpu_count(), **limits}


def _processor():
    """Return the processor's name, or at least its kind."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    names = [line for line in text.splitlines() if line.startswith("model name")]
    return names[0].split(":", 1)[1].strip() if names else platform.machine()


def environment(**more):
    """Return this process's variables and `more`, without those that change a run."""
    left_out = {"PYTEST_ADDOPTS", "AELIB_SEED", "AELIB_CLAIMS", "AELIB_TALLY"}
    return {k: v for k, v in os.environ.items() if k not in left_out} | more


def everything(node):
    """Return that a statement counts."""
    return True


def digest(paths=(), counts=everything):
    """Return a text that changes with anything that a result depends on.

    That is aelib, the data, the versions that requirements.txt pins, and some more
    files. On which machine and with which versions a result was measured is stored
    beside it.

    Args:
        paths: files and folders, relative to the project's folder. Of Python the code
            counts, without comments and docstrings, with what it imports of this
            package; of a notebook what nbval runs and compares, with the stored results
            that it names; of other files every byte.
        counts: function of a statement at the outermost level of a script (of `ast`):
            whether the result depends on it. All of aelib counts.
    """
    parts = [" ".join(pin) for pin in pins() if pin[0] in PACKAGES]
    for path in _files(["aelib", "data", *paths]):
        parts.append(path.name)
        if path.suffix == ".py":
            whole = path.is_relative_to(ROOT / "aelib")
            text = path.read_text(encoding="utf-8")
            parts.append(_code(text, everything if whole else counts))
        else:
            parts.append(_cells(path) if path.suffix == ".ipynb" else _bytes(path))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def pins(name="constraints.txt"):
    """Return (package, version) of each line of a requirements file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)


def lessons():
    """Return the paths of the lessons, relative to the project's folder."""
    found = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return [path.relative_to(ROOT).as_posix() for path in found]


def _files(paths):
    """Return the files at paths, in folders and imported by scripts, in order."""
    found = set()
    wanted = [ROOT / path for path in paths]
    while wanted:
        path = wanted.pop()
        if path.is_dir():
            wanted += [file for file in path.rglob("*") if file.is_file()]
        elif path not in found and path.suffix not in {".md", ".pyc"}:
            found.add(path)
            if path.suffix == ".py":
                wanted += _imported(path)
    return sorted(found)


def _imported(path):
    """Return the scripts of this package that a script imports: they measure, too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module)[:10] == "benchmarks":
            folder = ROOT / node.module.replace(".", "/")
            found += [folder / f"{name.name}.py" for name in node.names]
    # This file writes and reads; it measures nothing.
    return [path for path in found if path.exists() and path.name != "record.py"]


def _cells(path):
    """Return what nbval runs and compares of a notebook: pictures it does not."""
    cells = nbformat.read(path, as_version=4).cells
    parts = []
    for cell in cells:
        if cell.cell_type == "code":
            texts = [
                output.get("text") or output.get("data", {}).get("text/plain")
                for output in cell.outputs
            ]
            parts.append([cell.source, cell.metadata.get("tags", []), texts])
    source = "".join(cell.source for cell in cells if cell.cell_type == "code")
    named = [path for path in sorted(RESULTS.glob("*.json")) if path.name in source]
    return json.dumps([parts, list(map(_bytes, named))])


@functools.cache
def _code(text, counts):
    """Return what counts of a script, without comments and docstrings."""
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if counts(node)]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def _bytes(path):
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path):
    """Return the JSON of the file at `path`, or an empty dict where there is none."""
    if not path.exists():
        return {}
    return json.loads(path.read_text(encoding="utf-8"))


def stale():
    """Return {file: what in it is marked as older than what it depends on}."""
    return read(STALE)


def write(path, content, indent=1):
    """Replace the file at `path` in one step, so that it is never half written.

    Args:
        path: where to.
        content: a text, or what JSON can hold.
        indent: of the JSON; None puts it all on one line.
    """
    if not isinstance(content, str):
        content = json.dumps(content, indent=indent, ensure_ascii=False) + "\n"
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_text(content, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def table(header, rows):
    """Return a Markdown table; numbers stand on the right of their column."""
    numeric = [
        all(isinstance(cell, (int, float)) for cell in column)
        for column in zip(*rows, strict=True)
    ] or [False] * len(header)
    line = "|" + "|".join(" ---: " if right else " --- " for right in numeric) + "|"
    lines = [_row(header), line, *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells):
    """Return one line of a Markdown table."""
    texts = [str(cell).replace("|", "\\|") for cell in cells]
    return "| " + " | ".join(texts) + " |"
