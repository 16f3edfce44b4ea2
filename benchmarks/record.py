"""What every benchmark writes beside its numbers, and how it writes a file."""

import ast
import hashlib
import json
import os
import platform
from importlib import metadata
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn")


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


def digest(notebooks, *others):
    """Return a text that changes with anything that a run's outcome depends on.

    That is the code of the notebooks with its tags and stored texts, the stored results
    that they name, aelib without its comments and docstrings, the data, and the texts
    in `others`.
    """
    parts = [_workbench(), *others]
    for notebook in notebooks:
        cells = nbformat.read(ROOT / notebook, as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        parts += [json.dumps([_compared(cell) for cell in code])]
        text = "".join(cell.source for cell in code)
        named = [path for path in RESULTS.glob("*.json") if path.name in text]
        parts += map(_file_digest, sorted(named))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _compared(cell):
    """Return what nbval runs and compares of a cell: pictures it does not."""
    outputs = [
        output.get("text") or output.get("data", {}).get("text/plain")
        for output in cell.outputs
    ]
    return [cell.source, cell.metadata.get("tags", []), outputs]


def _workbench():
    """Return a text that changes with aelib or the data."""
    parts = []
    for path in sorted((ROOT / "aelib").glob("*.py")):
        parts += [path.name, without_words(path.read_text(encoding="utf-8"))]
    for path in sorted((ROOT / "data").rglob("*")):
        if path.is_file() and path.suffix != ".md":
            parts += [path.name, _file_digest(path)]
    return "\0".join(parts)


def without_words(source):
    """Return Python code in a form without comments and docstrings."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def _file_digest(path):
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path):
    """Return the JSON of the file at `path`, or an empty dict where there is none."""
    if not path.exists():
        return {}
    return json.loads(path.read_text(encoding="utf-8"))


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
