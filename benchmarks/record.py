"""What every benchmark writes beside its numbers, and how it writes a file."""

import ast
import functools
import hashlib
import json
import modulefinder
import os
import platform
import re
from importlib import metadata
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
STALE = RESULTS / "stale.json"
# What numbers hang on.
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "scipy", "pillow")


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
    # The last is of Dask's workers: they hand back freed memory at once, and 100,000
    # page faults a second take as long as the training.
    left_out = {"PYTEST_ADDOPTS", "AELIB_SEED", "AELIB_CLAIMS", "AELIB_TALLY"}
    left_out |= {"AELIB_DATA"}  # with it lesson 12 trains on all of MNIST
    left_out |= {"MALLOC_TRIM_THRESHOLD_"}
    return {k: v for k, v in os.environ.items() if k not in left_out} | more


def made_by(packages=PACKAGES):
    """Return on what a result is measured: versions, machine and threads."""
    found = {"versions": versions(packages), "machine": machine()}
    return found | {"threads": threads()}


def digest(paths=(), without="", packages=PACKAGES, settings=""):
    """Return a text that changes with anything that a result depends on.

    That is what is listed here, and of aelib the modules that it names, with the hashes
    that aelib.data holds all data to. What a result was `made_by` is stored beside it.

    Args:
        paths: files and folders, relative to the project's folder. Of Python the code
            counts, with the scripts of this package that it imports; of a notebook what
            nbval runs and compares, with the stored results that it names; of other
            files every byte.
        without: pattern; definitions at the outermost level of scripts, tests and tools
            left aside, do not count where it is found in their names.
        packages: those whose pinned versions count.
        settings: what else counts, as a text.
    """
    parts = [" ".join(pin) for pin in pins() if pin[0] in packages]
    listed = {path: _content(path, without) for path in _with_imported(_files(paths))}
    ours = {path: _content(path) for path in _of_aelib(listed.values())}
    for path, content in sorted((listed | ours).items()):
        parts += [path.name, content]
    parts += [settings] if settings else []
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _content(path, without=""):
    """Return what counts of a file, as a text."""
    if path.suffix == ".ipynb":
        return _cells(path)
    if path.suffix == ".py":
        whole = any(path.is_relative_to(ROOT / name) for name in ("tests", "tools"))
        return _code(_text(path), "" if whole else without)
    return _bytes(path)


def _of_aelib(texts):
    """Return the files of aelib that code can reach, as far as its words tell.

    Those are its start, and the modules that a word names, or whose function it names,
    with what these import. Too many are better than one too few.
    """
    package = ROOT / "aelib"
    homes = {p.stem: p.stem for p in package.iterdir() if p.stem[:2] != "__"}
    homes |= dict(_imports(_text(package / "__init__.py")))
    text = " ".join(texts).replace("\\n", " ")  # a new line, written as JSON does
    words = set(re.findall(r"\w+", text))
    left, found = {"_start"} | {homes[word] for word in words & homes.keys()}, set()
    while left:
        name = left.pop()
        files = _files([f"aelib/{name}.py", f"aelib/{name}"]) - found
        found |= files
        left |= {home for path in files for _, home in _imports(_text(path))}
    return found | {package / "__init__.py"}


@functools.cache
def _imports(text):
    """Return (name, its module) of all that a file of aelib imports from aelib."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                package, *inside = f"{start}{alias.name}".split(".")
                if package == "aelib" and inside:
                    found.append((inside[-1], inside[0]))
    return found


def _text(path):
    """Return what is in a file of text."""
    return path.read_text(encoding="utf-8")


def pins(name="constraints.txt"):
    """Return (package, version) of each line of a requirements file."""
    text = _text(ROOT / name)
    return re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)


def lessons():
    """Return the paths of the lessons, relative to the project's folder."""
    found = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return [path.relative_to(ROOT).as_posix() for path in found]


def _files(paths):
    """Return the files at paths and in folders."""
    found = {ROOT / path for path in paths}
    found = found.union(*(path.rglob("*") for path in found))
    return {p for p in found if p.is_file() and p.suffix not in {".md", ".pyc"}}


def _with_imported(files):
    """Return files, with what scripts import of this package, in order."""
    # aelib counts anyway. This file writes and reads; it measures nothing.
    known = ["aelib", "benchmarks.record"]
    finder = modulefinder.ModuleFinder([str(ROOT)], excludes=known)
    for path in files:
        if path.suffix == ".py" and not path.is_relative_to(ROOT / "aelib"):
            finder.run_script(str(path))
    imported = {module.__file__ for module in finder.modules.values()} - {None}
    return sorted(files.union(map(Path, imported)))


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
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return json.dumps([parts, list(map(_bytes, named(source)))])


def named(source):
    """Return the paths of the stored results that the code of a notebook names."""
    paths = sorted(RESULTS.glob("*.json")) if "results" in source else ()
    return [p for p in paths if re.search(rf'"{p.stem}(\.json)?"', source)]


@functools.cache
def _code(text, without):
    """Return what counts of a script, without comments, docstrings and layout."""
    tree = ast.parse(text)
    if without:
        skipped = re.compile(rf"(def |class )?\w*({without})")
        tree.body = [node for node in tree.body if not skipped.match(ast.unparse(node))]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            del node.body[0]
        if isinstance(node, ast.JoinedStr):  # Python 3.12.1 has empty parts
            node.values = [x for x in node.values if getattr(x, "value", x) != ""]
    return _plain(tree)


def _plain(node):
    """Return a tree as a text that is the same on every Python: no empty fields."""
    if isinstance(node, list):
        return f"[{' '.join(map(_plain, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = [(name, x) for name, x in ast.iter_fields(node) if x not in (None, [])]
    inside = " ".join(f"{name}={_plain(value)}" for name, value in fields)
    return f"{type(node).__name__}({inside})"


def _bytes(path):
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path):
    """Return the JSON of the file at `path`, or an empty dict where there is none."""
    if not path.exists():
        return {}
    return json.loads(_text(path))


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
