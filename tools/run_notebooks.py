"""Execute notebooks from their first cell to their last and store the outputs.

    python tools/run_notebooks.py notebooks/01_four_movies.ipynb ...

Each notebook runs in a kernel of its own, in its own folder, and is written back in
one fixed form, so that a second run on the same machine changes no file. A notebook
that fails is left as it was.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import time
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

# Metadata that says something about the lesson (such as its figure in words, "mystnb"),
# or what a cell is to nbgrader; all else is an editor's state.
KEPT_CELL_METADATA = {"mystnb", "nbgrader", "tags", "reason"}
NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"

# What a terminal would have overwritten. These are nbval's own two rules, so that the
# stored text and nbval's text of a later run agree.
OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)
RUBBED_OUT = re.compile(r"[^\n]\x08")


def read(path):
    """Return the notebook at `path`, with an id for every cell.

    The ids are given before nbformat sees the file, since nbformat would draw
    random ones.
    """
    raw = json.loads(Path(path).read_text(encoding="utf-8"))
    raw["nbformat_minor"] = 5
    _give_ids(raw["cells"], Path(path).stem)
    return nbformat.reads(json.dumps(raw), as_version=nbformat.NO_CONVERT)


def _give_ids(cells, stem):
    """Give each cell without an id of its own one that is made from its content."""
    seen = set()
    for number, cell in enumerate(cells):
        source = "".join(cell["source"])
        attempt = 0
        while cell.get("id") in seen | {None, ""}:
            text = f"{stem}/{number}/{source}/{attempt}"
            cell["id"] = hashlib.sha256(text.encode()).hexdigest()[:8]
            attempt += 1
        seen.add(cell["id"])


def execute(notebook, folder, timeout=600, allow_errors=False):
    """Run the cells of `notebook` in place, in a fresh kernel of this Python.

    Args:
        notebook: an nbformat notebook.
        folder: the working directory of the kernel.
        timeout: seconds that one cell may take.
        allow_errors: whether to go on after a cell that raised.
    """
    # No kernel folders: what remains is the ipykernel of the running Python, whatever
    # kernel is installed on this machine under the name python3.
    specs = KernelSpecManager(kernel_dirs=[])
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)
    NotebookClient(
        notebook,
        km=manager,
        resources={"metadata": {"path": str(folder)}},
        timeout=timeout,
        allow_errors=allow_errors,
        record_timing=False,
        shutdown_kernel="immediate",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        # A manager of our own is not shut down unless asked: a kernel takes 1 GB.
    ).execute(cleanup_kc=True)


def normalise(notebook):
    """Return the text of the file that holds `notebook`, free of volatile parts.

    Kept are sources, ids, tags with their reasons, nbgrader's metadata, outputs and
    execution counts.
    """
    notebook = nbformat.from_dict(notebook)
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        kept = KEPT_CELL_METADATA & set(cell.metadata)
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in kept})
        if cell.cell_type == "code":
            cell.outputs = _normal_outputs(cell.outputs)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def _normal_outputs(outputs):
    """Return the outputs with streams merged and collapsed, and without widgets.

    A widget is dead without its kernel, and its text form holds what it shows, byte by
    byte.
    """
    normal = []
    for output in outputs:
        if output.output_type == "stream":
            last = normal[-1] if normal else {}
            if last.get("name") == output.name:
                last.text += output.text
            else:
                normal.append(nbformat.from_dict(output))
        elif WIDGET not in output.get("data", {}):
            normal.append(output)
    for output in normal:
        if output.output_type == "stream":
            output.text = _collapse(output.text)
    return normal


def _collapse(text):
    """Return what a terminal would show after printing `text`."""
    shorter = RUBBED_OUT.sub("", text)
    while shorter != text:
        text, shorter = shorter, RUBBED_OUT.sub("", shorter)
    return OVERWRITTEN.sub("", text)


def write(path, text):
    """Replace the file at `path` in one step, so that it is never half written."""
    path = Path(path)
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def run(path):
    """Execute the notebook at `path` and store it; return None, or what went wrong."""
    try:
        notebook = read(path)
        execute(notebook, Path(path).resolve().parent)
    except (CellTimeoutError, DeadKernelError) as error:
        return f"{path}: {error}"
    except CellExecutionError:
        return f"{path}, {_failed_cell(notebook)}"
    except (OSError, KeyError, json.JSONDecodeError) as error:
        return f"{path}: not a readable notebook ({type(error).__name__}: {error})"
    write(path, normalise(notebook))
    return None


def _failed_cell(notebook):
    """Say which cell raised what; a failed claim's message names the claim."""
    for number, cell in enumerate(notebook.cells, start=1):
        if "raises-exception" in cell.metadata.get("tags", []):
            continue
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                traceback = "\n".join(output.traceback)
                error = f"{output.ename}: {output.evalue}"
                return f"cell {number}: {error}\n{cell.source}\n\n{traceback}"
    return "a cell failed without an error output"


def main(arguments=None):
    """Run the notebooks that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="files to execute")
    paths = parser.parse_args(arguments).notebooks
    if not paths:
        print("There is no notebook to execute.", file=sys.stderr)
        return 1
    # What is stored comes from the lesson's own seed, and is no record of claims.
    for variable in ("AELIB_SEED", "AELIB_CLAIMS"):
        os.environ.pop(variable, None)
    failed = 0
    for path in paths:
        started = time.monotonic()
        problem = run(path)
        seconds = time.monotonic() - started
        if problem:
            failed += 1
            print(f"✗ {problem}\n{path} is left as it was.", file=sys.stderr)
        else:
            print(f"✓ {path} ({seconds:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
