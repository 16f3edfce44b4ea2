"""What the course takes: seconds of each lesson, of its tests, and until it opens.

Each lesson runs as a reader runs it, from its first cell to its last in a fresh kernel
with both cores. `make test` is run as it is, once its environment is there. `make lab`
is started in a fresh clone: the first time it installs all packages from the network,
the second time it only starts; the clock stops when the page answers.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat

from benchmarks import record

STARTS = {
    "python": "pass",
    "import tensorflow": "import tensorflow",
    "import aelib": "import aelib",
}
# What its numbers depend on, beside aelib and the data.
DEPENDS_ON = ("Makefile", "constraints.txt", *record.lessons())
# What a kernel answers last: the most bytes of memory that it ever held. Linux counts
# what the parent of a process held into its `ru_maxrss`, but not into its own status.
_PEAK = """
import resource, sys
from pathlib import Path

status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peaks = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
unit = 1 if sys.platform == "darwin" else 1024
print(*peaks or [unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])
"""


def lesson(path):
    """Run a notebook; return its seconds and the kernel's peak memory in MB."""
    sys.path.insert(0, str(record.ROOT / "tools"))
    import run_notebooks

    notebook = run_notebooks.read(path)
    notebook.cells.append(nbformat.v4.new_code_cell(_PEAK))
    started = time.perf_counter()
    run_notebooks.execute(notebook, path.parent)
    seconds = time.perf_counter() - started
    peak = int(notebook.cells[-1].outputs[0].text)
    return {"seconds": round(seconds, 1), "peak MB": round(peak / 1e6)}


def environment(**more):
    """Return this process's variables without what a reader does not have set."""
    # What `make bench X=...` was told must not reach the makes in here.
    ours = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
    return {k: v for k, v in record.environment(**more).items() if k not in ours}


def lessons(load):
    """Run every lesson in a process of its own, so that each has its own peak."""
    found = {}
    for path in map(record.ROOT.joinpath, record.lessons()):
        command = [sys.executable, "-m", "benchmarks.course", "--lesson", str(path)]
        done = subprocess.run(
            command,
            cwd=record.ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{path.name} failed: {done.stderr[-2000:]}")
        found[path.stem] = json.loads(done.stdout.splitlines()[-1])
        print(f"{path.stem}: {found[path.stem]}", flush=True)
    return {"lessons": found}


def starts(load, times=5):
    """Start Python in turns with nothing, TensorFlow and aelib; return the medians."""
    found = {name: [] for name in STARTS}
    for _ in range(times):
        for name, code in STARTS.items():
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, check=True
            )
            found[name].append(time.perf_counter() - started)
    return {"seconds": {k: round(statistics.median(v), 2) for k, v in found.items()}}


def tests(load):
    """Run `make test`; return its seconds, and pytest's last line."""
    command = ["make", f"PYTHON={sys.executable}"]
    subprocess.run(
        [*command, ".venv/tests"], cwd=record.ROOT, env=environment(), check=True
    )
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "test"],
        cwd=record.ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"make test failed: {done.stdout[-3000:]}")
    return {"seconds": round(seconds), "outcome": done.stdout.splitlines()[-1]}


def lab(load):
    """Start `make lab` twice in a fresh clone; return the seconds until it answers."""
    # Results and their tables may have been written by the benchmarks before.
    changed = ["git", "diff", "--quiet", "HEAD", "--", ".", ":!benchmarks"]
    if subprocess.run(changed, cwd=record.ROOT, check=False).returncode:
        raise RuntimeError("commit first: what is cloned is the last commit")
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "course"
        subprocess.run(["git", "clone", "-q", record.ROOT, clone], check=True)
        first, second = (_until_it_answers(clone) for _ in range(2))
    return {
        "seconds": {
            "make lab, the first time": round(first, 1),
            "make lab, the second time": round(second, 1),
        }
    }


def _until_it_answers(folder, limit=1800):
    """Start `make lab` in a folder; return the seconds until its page answers."""
    port = _free_port()
    options = f"--no-browser --port={port} --ServerApp.port_retries=0"
    options += " --IdentityProvider.token=''"
    command = ["make", "lab", f"PYTHON={sys.executable}", f"LAB_ARGS={options}"]
    started = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(PIP_NO_CACHE_DIR="1"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            while not _answers(f"http://127.0.0.1:{port}/lab"):
                if server.poll() is not None:
                    log.seek(0)
                    raise RuntimeError(f"make lab ended: {log.read()[-2000:]!r}")
                if time.perf_counter() - started > limit:
                    raise RuntimeError(f"make lab did not answer within {limit} s")
                time.sleep(0.1)
            return time.perf_counter() - started
        finally:
            _end(server)


def _free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _end(server):
    """End a process and its children."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            os.killpg(server.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(30)
            return


def _answers(address):
    """Return whether a page is there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=5) as page:
            return page.status == 200
    except OSError:
        return False


RUNS = {
    "lessons": lessons,
    "starts": starts,
    "make test": tests,
    "make lab": lab,
}


def table(runs):
    """Return the tables of the README."""
    parts = []
    if "lessons" in runs:
        rows = [
            [name, row["seconds"], row["peak MB"]]
            for name, row in runs["lessons"]["lessons"].items()
        ]
        parts.append(record.table(["lesson", "seconds", "peak memory, MB"], rows))
    rows = [
        [name, seconds]
        for kind in ("starts", "make lab")
        for name, seconds in runs.get(kind, {}).get("seconds", {}).items()
    ]
    if "make test" in runs:
        rows.append(["make test", runs["make test"]["seconds"]])
    parts.append(record.table(["start", "seconds"], rows))
    return "\n".join(parts)


def main(arguments=None):
    """Measure one lesson, for `lessons`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesson", type=Path, required=True)
    print(json.dumps(lesson(parser.parse_args(arguments).lesson)))


if __name__ == "__main__":
    main()
