"""Open the course in JupyterLab: one start for every system.

    python tools/lab.py                 (what follows is passed on to JupyterLab)

You work on copies, in my_notebooks/: opening or running a lesson changes nothing of
the course. Delete a copy, start again, and the original is back. A copy in which no
cell was changed is renewed when the course has a newer one; a copy that you changed is
kept.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS, MINE = ROOT / "notebooks", ROOT / "my_notebooks"
RECORD = ".copied.json"  # in my_notebooks: which originals the copies were made of

# JupyterLab asks nobody on the internet for news, updates or extensions.
OPTIONS = [
    f"--ServerApp.root_dir={ROOT}",
    f"--LabApp.default_url=/lab/tree/{MINE.name}/00_start_here.ipynb",
    f"--LabApp.app_settings_dir={ROOT / 'tools' / 'jupyterlab'}",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--Application.log_level=ERROR",  # the address is shown all the same
    # Without it each kernel warns that the machine's other users could listen.
    "--MappingKernelManager.transport_encryption=auto",
]


def cells_of(path):
    """Return a digest of what stands in a notebook's cells, outputs apart.

    A file that is no notebook any more counts as changed: its digest is its own.
    """
    text = path.read_bytes()
    try:
        cells = json.loads(text)["cells"]
        text = json.dumps([(c["cell_type"], "".join(c["source"])) for c in cells])
    except (ValueError, KeyError, TypeError):
        return hashlib.sha256(text).hexdigest()
    return hashlib.sha256(text.encode()).hexdigest()


def opened(content):
    """Return a notebook as JupyterLab stores it once it has a kernel.

    JupyterLab adds what it learns of the kernel's language. Where that stands there
    already, a lesson that is only read is not modified.
    """
    from ipykernel.ipkernel import IPythonKernel

    notebook = json.loads(content)
    notebook["metadata"]["language_info"] = IPythonKernel.language_info
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def write(path, content):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def renew(originals, copies):
    """Copy what is missing or unchanged; return the names of copies that fell behind.

    Args:
        originals: folder of the course's notebooks.
        copies: folder of the reader's; made if it is not there.
    """
    record, behind = copies / RECORD, []
    known = json.loads(record.read_text("utf-8")) if record.exists() else {}
    for original in sorted(originals.rglob("*.ipynb")):
        name = original.relative_to(originals).as_posix()
        if ".ipynb_checkpoints" in name:
            continue
        newest, copy = cells_of(original), copies / name
        own = cells_of(copy) if copy.exists() else None
        if own is None or own == known.get(name) != newest:
            write(copy, opened(original.read_bytes()))
            own = newest
        if own == newest:
            known[name] = newest
        elif known.get(name) != newest:
            behind.append(name)
    write(record, json.dumps(known, indent=1).encode())
    return behind


def main(arguments):
    """Renew the copies, and open JupyterLab on lesson 00 until it is shut down."""
    for name in renew(NOTEBOOKS, MINE):
        print(f"There is a newer {name}. Yours is changed, so it is kept: to get the")
        print(f"newer one, rename or delete {MINE.name}/{name}, and start again.")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        print("You are root, which Jupyter refuses by default: adding --allow-root.")
        arguments = ["--allow-root", *arguments]
    print("The course opens in your browser. Ctrl-C, twice, ends it.", flush=True)
    from jupyterlab.labapp import main as open_lab

    return open_lab([*OPTIONS, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
