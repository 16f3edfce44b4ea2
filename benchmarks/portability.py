"""Run all lessons on other set-ups: other arithmetic, threads, Pythons, versions.

    python -m benchmarks.portability                   (a few minutes for each set-up)
    python -m benchmarks.portability --only "no network" --out portability.json
    python -m benchmarks.portability --python /opt/python3.13/bin/python3.13

Each set-up is one `make lessons`: every lesson under nbval, with the rules for lessons
(on JAX those that do without TensorFlow).
A set-up is stored when it is done. Where a lesson, aelib, the data or pinned versions
changed since, the lessons that depend on it run again, and the rules. All lessons do
after a failure, with other versions, and with --again.

JAX, other Pythons, and the newest versions of everything, where there are any, get
environments of their own in .venv-portability; they report and do not decide the exit
code, which is 1 where another set-up failed.

Beside the JSON it writes the table as Markdown.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import record

ENVIRONMENTS = record.ROOT / ".venv-portability"
REQUIREMENTS = ("requirements.txt", "tools/requirements.txt", "tests/requirements.txt")
JAX = ("tests/requirements-jax.txt",)
VERSIONS = ("python", "tensorflow", "keras")  # that the table shows
PYTHONS = ("python3.11", "python3.12", "python3.13")
# A network of its own in which only the machine itself can be reached.
WITHOUT_NETWORK = ("unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


class CannotRunError(RuntimeError):
    """There is no such set-up here; the message says why."""


@dataclass(frozen=True)
class Setup:
    """One way to run the lessons."""

    name: str
    environment: dict = field(default_factory=dict)  # variables
    prefix: tuple = ()  # what the command begins with
    arguments: tuple = ()  # of make
    python: str = ""  # makes an environment of its own; empty: the running one
    requirements: tuple = REQUIREMENTS  # of that environment
    newest: bool = False  # of all versions; otherwise the pinned ones
    blocks: bool = True  # whether a failure decides the exit code


def setups(pythons):
    """Return all set-ups, with an environment for each of `pythons` but this one."""
    found = [
        Setup("one thread", arguments=("THREADS=1",)),
        Setup("two threads", arguments=("THREADS=2",)),
        Setup("oneDNN off", {"TF_ENABLE_ONEDNN_OPTS": "0"}),
        Setup("no network", prefix=WITHOUT_NETWORK),
    ]
    own = {"python": sys.executable, "blocks": False}
    found.append(Setup("JAX", arguments=("BACKEND=jax",), requirements=JAX, **own))
    for python in pythons:
        version = re.search(r"3\.\d+", Path(python).name)
        name = f"Python {version[0]}" if version else python
        if name != f"Python 3.{sys.version_info.minor}":
            found.append(Setup(name, python=python, blocks=False))
    return [*found, Setup("newest versions", newest=True, **own)]


def ready(setup):
    """Return the Python of a set-up, installing its environment where needed."""
    if setup.prefix:  # not every system lets everybody have such a network
        _call([*setup.prefix, "true"])
    if not setup.python:
        return sys.executable
    if not shutil.which(setup.python):
        raise CannotRunError(f"there is no {setup.python}")
    folder = ENVIRONMENTS / re.sub(r"[^\w.]+", "-", setup.name).strip("-.")
    shutil.rmtree(folder, ignore_errors=True)
    _call([setup.python, "-m", "venv", folder])
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    if setup.newest:
        _call([*pip, "--upgrade", "--upgrade-strategy=eager", *newest_requirements()])
        if not unpinned(python):
            raise CannotRunError("the pinned versions are the newest")
    else:
        files = [part for name in setup.requirements for part in ("-r", name)]
        _call([*pip, "-c", "constraints.txt", *files])
    return str(python)


def newest_requirements():
    """Return what pip installs for the newest versions: requirements without pins."""
    names = [name for file in REQUIREMENTS for name, _ in record.pins(file)]
    return [*names, "-e", "."]


def _call(command):
    """Run a command of the installation; an error shows what it wrote."""
    command = list(map(str, command))
    try:
        done = subprocess.run(command, cwd=record.ROOT, capture_output=True, text=True)
    except OSError as error:
        raise CannotRunError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise CannotRunError(f"{' '.join(command)}: {done.stderr[-500:]}")
    return done.stdout


def run(setup, stored, now):
    """Run the lessons on a set-up; return its row of the table.

    Args:
        setup: a `Setup`.
        stored: its row as it was stored, or an empty dict.
        now: what `digests` returns: a lesson runs if that is not what `stored` says.
    """
    try:
        python = ready(setup)
        used = {"versions": versions(python)}
        used |= {"unpinned": unpinned(python)} if setup.newest else {}
    except CannotRunError as problem:
        return {"outcome": "not run", "why": str(problem), "blocks": setup.blocks}
    counts = stored.get("outcome") == "passed" and used.items() <= stored.items()
    known = stored["digests"] if counts else {}
    names = [name for name in now if known.get(name) != now[name]]
    done, tests = _lessons(setup, python, names)
    if counts:
        kept = stored["tests"].keys() & now.keys() - set(names)
        tests |= {name: stored["tests"][name] for name in sorted(kept)}
    passed = sum(found["passed"] for found in tests.values())
    failed = [test for found in tests.values() for test in found["failed"]]
    good = done.returncode == 0 and passed and not failed
    return {
        "outcome": "passed" if good else "failed",
        "passed": passed,
        "failed": failed,
        "log": "" if good else (done.stdout + done.stderr)[-3000:],
        "blocks": setup.blocks,
        **used,
        "digests": now,
        "tests": tests,
    }


def _lessons(setup, python, names):
    """Run some lessons on a set-up; return the process, and its `outcomes`."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [*setup.prefix, "make", "lessons", f"WITH={python}"]
        command += [f"ONLY={' '.join(names)}", f"REPORT=--junit-xml={report}"]
        done = subprocess.run(
            [*command, *setup.arguments],
            cwd=record.ROOT,
            env=record.environment(**setup.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        return done, outcomes(report)


def unpinned(python):
    """Return the packages of another Python that are not at the pinned version."""
    pins = set(record.pins())
    names = {name for name, _ in pins}
    found = _installed(python).items()
    return [" ".join(pair) for pair in found if pair[0] in names and pair not in pins]


def _installed(python):
    """Return {package: its version} of another Python."""
    listed = json.loads(_call([python, "-m", "pip", "list", "--format=json"]))
    return {package["name"].lower(): package["version"] for package in listed}


def outcomes(report):
    """Return {lesson, or "rules": how many tests passed, and which failed}."""
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))
    except (OSError, ElementTree.ParseError):  # there is none, or it was cut off
        return {}
    found = {}
    for case in cases:
        place, name = case.get("classname"), case.get("name")
        lesson = re.search(r"(\w+)\.ipynb$", place)
        of = lesson[1] if lesson else "rules"
        row = found.setdefault(of, {"passed": 0, "failed": []})
        if case.find("failure") is not None or case.find("error") is not None:
            row["failed"].append(f"{place} {name}")
        else:
            row["passed"] += case.find("skipped") is None
    return found


def versions(python):
    """Return the versions of another Python and of its packages."""
    found = _installed(python)
    # On JAX there is no TensorFlow.
    used = {name: found[name] for name in record.PACKAGES if name in found}
    code = "import platform; print(platform.python_version())"
    return {"python": _call([python, "-c", code]).strip(), **used}


def digests():
    """Return {lesson: a text that changes with what its outcome depends on}."""
    fixed = (__file__, "constraints.txt")
    lessons = {Path(lesson).stem: lesson for lesson in record.lessons()}
    return {name: record.digest([*fixed, x], "table") for name, x in lessons.items()}


def as_table(found):
    """Return what was found as Markdown."""
    rows = []
    for name, row in found.items():
        if "why" in row:
            continue
        rows.append(
            [
                name,
                row["outcome"] + ("" if row["blocks"] else " (reported only)"),
                row["passed"],
                len(row["failed"]),
                *(row["versions"].get(key, "") for key in VERSIONS),
            ]
        )
    header = ["set-up", "outcome", "tests passed", "failed", "Python", "TensorFlow"]
    whys = [
        f"Not run: {name}: {row['why']}.\n"
        for name, row in found.items()
        if "why" in row
    ]
    newer = [
        f"{name}, other than the pinned ones: {', '.join(row['unpinned'])}.\n"
        for name, row in found.items()
        if "unpinned" in row
    ]
    failed = [
        f"- {name}: {test}"
        for name, row in found.items()
        for test in row.get("failed", [])
    ]
    parts = [
        "# The lessons on other set-ups\n",
        "Every lesson under nbval, cell by cell against the stored outputs, and the "
        "rules for lessons. Made by `make portability`.\n",
        record.table([*header, "Keras"], rows),
        *whys,
        *newer,
    ]
    if failed:
        parts += ["## Failed\n", "\n".join(failed) + "\n"]
    return "\n".join(parts)


def store(out, found):
    """Write the rows, and the table."""
    record.write(out, {"setups": found, "machine": record.machine()}, indent=None)
    record.write(out.with_suffix(".md"), as_table(found))


def main(arguments=None):
    """Run the set-ups that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", help="names of set-ups")
    parser.add_argument("--python", nargs="+", default=PYTHONS, help="other Pythons")
    parser.add_argument("--again", action="store_true", help="run what is stored, too")
    parser.add_argument("--out", type=Path, default=record.RESULTS / "portability.json")
    chosen = parser.parse_args(arguments)
    known = {setup.name: setup for setup in setups(chosen.python)}
    unknown = set(chosen.only or ()) - set(known)
    if unknown:
        parser.error(f"--only: takes names among {list(known)}, and got {unknown}")
    found, now = record.read(chosen.out).get("setups", {}), digests()
    for name in chosen.only or known:
        row = {} if chosen.again else found.get(name, {})
        if row.get("outcome") == "passed" and row["digests"] == now:
            continue
        print(f"{name} …", flush=True)
        found[name] = run(known[name], row, now)
        found = {name: found[name] for name in known if name in found}
        store(chosen.out, found)
        print(f"  {found[name]['outcome']}", flush=True)
    store(chosen.out, found)
    print(as_table(found))
    return int(
        any(row["blocks"] and row["outcome"] != "passed" for row in found.values())
    )


if __name__ == "__main__":
    sys.exit(main())
