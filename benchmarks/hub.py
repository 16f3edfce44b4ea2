"""How long students wait at a hub that all enter at once, and what memory they take.

    make hub-load STUDENTS=12    (as root: it makes accounts, and removes them)

Each made-up student logs in over HTTP, fetches an exercise, opens it, gets a Python,
saves the answers of the solution, runs every cell, and hands in. All begin together,
which is the worst that a class can do, on this machine alone.
"""

import argparse
import concurrent.futures
import os
import statistics
import sys
import time

from benchmarks import classroom, command, record

RESULT = record.RESULTS / "hub.json"
PACKAGES = (*record.PACKAGES, "jupyterhub", "nbgrader", "jupyterlab")
NOTEBOOK = "03_the_bottleneck.ipynb"
WORK = f"{classroom.ASSIGNMENT}/{NOTEBOOK}"
STEPS = {
    "page": "JupyterLab's page is there",
    "running": "the exercise is open and its Python answers",
    "done": "every cell has run",
    "handed in": "it is handed in",
}


def attend(room, name):
    """Do what a student does; return the seconds from login to each step."""
    started, seconds = time.monotonic(), {}

    def reached(step):
        seconds[step] = round(time.monotonic() - started, 1)

    student = classroom.Student(room, name).login()
    reached("page")
    student.assignments("fetch")
    content, kernel = student.open(WORK)
    list(student.run(kernel, "1"))
    reached("running")
    body = {"type": "notebook", "content": classroom.solved(content, NOTEBOOK)}
    student.call("PUT", f"api/contents/{WORK}", json=body)
    cells = [c["source"] for c in content["cells"] if c["cell_type"] == "code"]
    errors = [error for _, error in student.run(kernel, *cells) if error]
    if errors:
        raise RuntimeError(f"cells ended in {errors}")
    reached("done")
    student.assignments("submit")
    reached("handed in")
    return seconds


def measure(chosen):
    """Return what every student met, with the memory of each while all are there."""
    before = os.getloadavg()[0]
    with classroom.Classroom(chosen.students, NOTEBOOK) as room:
        room.release()
        with concurrent.futures.ThreadPoolExecutor(chosen.students) as pool:
            tasks = {name: pool.submit(attend, room, name) for name in room.names}
        failures = {n: repr(t.exception()) for n, t in tasks.items() if t.exception()}
        found = {n: t.result() for n, t in tasks.items() if n not in failures}
        for name in found:
            found[name]["MB"] = round(classroom.memory(name))
            found[name]["computed"] = round(classroom.computed(name))
        said = room.nbgrader("collect")
    print(as_table(found, failures))
    return {
        "students": found,
        "failures": failures,
        "collected": said.count("Collecting submission"),
        "load of the machine before": round(before, 1),
    }


def as_table(found, failures):
    """Return what was measured as Markdown."""
    rows = []
    for step, what in STEPS.items():
        seconds = [row[step] for row in found.values()]
        rows.append([f"seconds until {what}", *_middle_and_worst(seconds, 1)])
    sizes = [row["MB"] for row in found.values()]
    rows.append(["MB of a student, all processes", *_middle_and_worst(sizes, 0)])
    work = [row["computed"] for row in found.values()]
    rows.append(
        ["seconds that a student's processes compute", *_middle_and_worst(work, 0)]
    )
    head = [f"{len(found) + len(failures)} students at once", "median", "worst"]
    return f"{record.table(head, rows)}\n{len(failures)} failed.\n"


def _middle_and_worst(numbers, digits):
    if not numbers:
        return "–", "–"
    return tuple(f"{f(numbers):.{digits}f}" for f in (statistics.median, max))


def digest():
    """Return a text that changes with what the result depends on."""
    notebook = f"notebooks/solutions/{NOTEBOOK}"
    return record.digest([__file__, "hub", notebook], packages=PACKAGES)


def main(arguments=None):
    """Measure, store, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=command.whole_number(1, 99), default=12)
    parser.set_defaults(seeds=[])  # nothing here is drawn
    if reason := classroom.why_not():
        parser.error(reason)
    command.run(parser, arguments, RESULT, measure, digest(), PACKAGES)
    out = parser.parse_args(arguments).out
    stored = record.read(out)
    text = as_table(stored["students"], stored["failures"])
    place = f"{stored['machine']['processor']} ({stored['machine']['cores']} cores)"
    load = stored["load of the machine before"]
    note = (
        f"On {place}. Other work was a load of {load} on it. Made by `make hub-load`."
    )
    record.write(out.with_suffix(".md"), f"# A class at once\n\n{text}\n{note}\n")
    return int(bool(stored["failures"]))


if __name__ == "__main__":
    sys.exit(main())
