"""Reading notebooks: what tests and benchmarks ask of them."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import run_notebooks

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$", re.MULTILINE)


def find(folder):
    """Return the paths of the notebooks in `folder`, in the order of their names."""
    return sorted(Path(folder).glob("*.ipynb"))


def functions(source, names):
    """Return the functions of `source` that have one of the names, as syntax."""
    return {
        node.name: ast.dump(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name in names
    }


def assert_alike(script, lesson, names):
    """Assert that a lesson and a script hold the same functions of these names."""
    cells = Lesson(ROOT / "notebooks" / lesson).code()
    shown = functions("\n".join(cell.source for _, cell in cells), names)
    assert shown == functions(Path(script).read_text(encoding="utf-8"), names)
    assert set(shown) == names


@dataclass(frozen=True)
class Lesson:
    """A notebook and the questions that tests ask about it."""

    path: Path

    @cached_property
    def notebook(self):
        """The notebook as `make notebooks` reads it."""
        return run_notebooks.read(self.path)

    def where(self, index):
        """Return the file and the cell, counted from 1, for a message."""
        lines = self.notebook.cells[index].source.strip().splitlines() or [""]
        return f'{self.path.name}, cell {index + 1} ("{lines[0][:40]}")'

    def code(self):
        """Return (index, cell) of every code cell that is not empty."""
        return [
            (index, cell)
            for index, cell in enumerate(self.notebook.cells)
            if cell.cell_type == "code" and cell.source.strip()
        ]

    def markdown(self):
        """Return (index, cell) of every markdown cell."""
        return [
            (index, cell)
            for index, cell in enumerate(self.notebook.cells)
            if cell.cell_type == "markdown"
        ]

    def headings(self):
        """Return (index of the cell, level, text) of every heading."""
        return [
            (index, len(marks), text)
            for index, cell in self.markdown()
            for marks, text in HEADING.findall(FENCE.sub("", cell.source))
        ]

    def calls(self):
        """Return (index of the cell, ast.Call) of every call in plain Python cells."""
        return [
            (index, node)
            for index, cell in self.code()
            for node in ast.walk(parse(cell.source) or ast.Module([], []))
            if isinstance(node, ast.Call)
        ]


def parse(source):
    """Return the syntax tree of `source`, or None where it is no plain Python."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def called_name(call):
    """Return "fit" for the calls `model.fit(...)` and `fit(...)`."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def tags(cell):
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def prose(source):
    """Return markdown without fenced code and code spans, which hold no links."""
    return CODE_SPAN.sub("", FENCE.sub("", source))


def texts(output):
    """Return every text that an output shows, pictures left out."""
    shown = [output.get("text", ""), *output.get("traceback", [])]
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/") or kind == "image/svg+xml":
            shown.append(content)
    return [text for text in shown if text]


def write(path, *cells):
    """Write a notebook of nbformat cells to `path`; return the path."""
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    Path(path).write_text(run_notebooks.normalise(notebook), encoding="utf-8")
    return Path(path)
