"""The hub of `make hub`, tried with accounts of this machine: `make hub-test`.

They are made for it and removed afterwards. The tests share one class, and those that
stop something come last.
"""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests
from nbgrader.api import Gradebook

from benchmarks import classroom

ROOT = Path(__file__).resolve().parents[2]
ANNA, BEN = classroom.student(1), classroom.student(2)
NOTEBOOK = "01_four_movies.ipynb"
WORK = f"{classroom.ASSIGNMENT}/{NOTEBOOK}"
GREEDY = "x = []\nwhile True: x.append(bytearray(100_000_000))"

if classroom.why_not():
    pytest.skip(classroom.why_not(), allow_module_level=True)


@pytest.fixture(scope="module")
def room():
    """Return a class of two students, with an assignment handed out."""
    with classroom.Classroom(2, NOTEBOOK, HUB_MEMORY="2G") as room:
        room.release()
        yield room


@pytest.fixture(scope="module")
def anna(room):
    """Return a student who solves everything and hands in."""
    anna = classroom.Student(room, ANNA).login()
    anna.assignments("fetch")
    content = anna.call("GET", f"api/contents/{WORK}")["content"]
    body = {"type": "notebook", "content": classroom.solved(content, NOTEBOOK)}
    anna.call("PUT", f"api/contents/{WORK}", json=body)
    anna.assignments("submit")
    return anna


@pytest.fixture(scope="module")
def ben(room):
    """Return a student who hands in what was handed out."""
    ben = classroom.Student(room, BEN).login()
    ben.assignments("fetch")
    ben.assignments("submit")
    return ben


def runs(student, kernel, source):
    """Return what one cell prints, and the name of its error."""
    return next(student.run(kernel, source))


def cullers(hub):
    """Return the hub's idle culler: of its children, that program."""
    children = psutil.Process(hub).children()
    return [child for child in children if "idle_culler" in str(child.cmdline())]


@pytest.fixture(scope="module")
def graded(room, anna, ben):
    """Return the class after a whole cycle."""
    for step in ("collect", "autograde", "generate_feedback", "release_feedback"):
        room.nbgrader(step, *(["--create"] if step == "autograde" else []))
    return room


def points(room, name):
    """Return (points, of how many) of the check cells of a student."""
    with Gradebook(f"sqlite:///{room.checkout / 'gradebook.db'}") as gradebook:
        stem = NOTEBOOK.removesuffix(".ipynb")
        found = gradebook.find_submission_notebook(stem, classroom.ASSIGNMENT, name)
        checks = [grade for grade in found.grades if grade.auto_score is not None]
        return (
            sum(grade.auto_score for grade in checks),
            sum(grade.max_score for grade in checks),
        )


def test_what_is_handed_in_is_graded(graded):
    scored, most = points(graded, ANNA)
    assert scored == most > 0
    assert points(graded, BEN)[0] == 0


def test_each_student_gets_the_own_feedback(graded, anna):
    anna.assignments("fetch_feedback")
    pages = list((graded.home(ANNA) / classroom.ASSIGNMENT).rglob("*.html"))
    assert [page.name for page in pages] == [NOTEBOOK.replace(".ipynb", ".html")]
    assert not list((graded.home(BEN) / classroom.ASSIGNMENT).rglob("*.html"))


def test_a_wrong_password_does_not_enter(room):
    with pytest.raises(requests.HTTPError, match="403"):
        classroom.Student(room, ANNA).login("not this one")


@pytest.mark.parametrize(
    "place",
    [
        "home/{anna}",
        "home/{anna}/week-1/" + NOTEBOOK,
        "home/{teacher}/course",
        "home/{teacher}/course/notebooks/solutions",
        "home/{teacher}/course/grading/submitted",
        "home/{teacher}/course/gradebook.db",
        "hub/exchange/autoencoders/inbound",
        "hub/exchange/autoencoders/feedback",
        "hub/state",
    ],
)
def test_a_student_cannot_look_into(graded, place):
    path = graded.folder / place.format(anna=ANNA, teacher=classroom.TEACHER)
    assert path.exists()
    command = ["ls", path] if path.is_dir() else ["cat", path]
    refused = graded.as_user(BEN, *command, cwd="/")
    assert "Permission denied" in refused.stderr, refused


@pytest.mark.parametrize(
    "place", ["course/notebooks", "settings", "exchange/autoencoders"]
)
def test_a_student_cannot_write_to(room, place):
    path = room.folder / "hub" / place
    assert "Permission denied" in room.as_user(BEN, "touch", path / "new").stderr
    assert room.as_user(BEN, "mv", path, f"{path}-gone").returncode != 0


def test_no_solution_lies_where_students_read(room):
    course = room.folder / "hub" / "course"
    assert (course / "notebooks" / NOTEBOOK).exists()
    marked = [
        path for path in course.rglob("*.ipynb") if "BEGIN SOLUTION" in path.read_text()
    ]
    assert marked == []
    assert not list(course.rglob("solutions"))


def test_a_student_cannot_use_the_server_of_another(room, anna, ben):
    answer = ben.web.get(f"{anna.base}/api/contents", timeout=60)
    assert answer.status_code in (403, 404)
    assert stat.S_IMODE(room.home(ANNA).stat().st_mode) == 0o700


def test_a_greedy_kernel_is_stopped_and_others_go_on(room, anna, ben):
    _, greedy = ben.open(WORK)
    _, other = anna.open(WORK)
    assert runs(anna, other, "x = 1") == ("", "")
    assert runs(ben, greedy, GREEDY) == ("", "MemoryError")
    assert classroom.memory(BEN) < 2.5 * 1024
    raised = "import resource as r\nr.setrlimit(r.RLIMIT_DATA, (-1, -1))"
    assert runs(ben, greedy, raised) == ("", "ValueError")  # it cannot be lifted
    assert runs(anna, other, "print(x)") == ("1\n", "")


def test_a_hub_that_dies_takes_nothing_along(room, anna):
    _, kernel = anna.open(WORK)
    runs(anna, kernel, "kept = 42")
    left = cullers(room.running["hub"].pid)
    assert left
    room.stop("hub", signal.SIGKILL)
    for culler in left:  # killed, the hub could not end its own
        culler.kill()
    assert runs(anna, kernel, "print(kept)") == ("42\n", "")  # the proxy goes on
    room.start("hub")
    assert runs(anna, kernel, "print(kept)") == ("42\n", "")
    classroom.Student(room, ANNA).login()
    assert runs(anna, kernel, "print(kept)") == ("42\n", "")


def test_a_proxy_that_dies_takes_nothing_along(room, anna):
    _, kernel = anna.open(WORK)
    runs(anna, kernel, "kept = 43")
    room.stop_proxy()
    room.start("proxy")
    classroom.wait("the route of the server", anna._is_open, 90)
    assert runs(anna, kernel, "print(kept)") == ("43\n", "")


def test_an_idle_server_is_ended(room, anna, ben):
    assert classroom.processes(BEN)
    room.stop("hub")
    room.variables["HUB_IDLE"] = "10"
    room.start("hub")
    classroom.wait("the culler", lambda: not classroom.processes(BEN), 60)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"HUB_PORT": "80"},
            "HUB_PORT takes a whole number from 1024 to 65533, not '80'",
        ),
        ({"HUB_IDLE": "soon"}, "HUB_IDLE takes a whole number"),
        ({"HUB_MEMORY": "much"}, "HUB_MEMORY takes a number of bytes such as 2G"),
        ({"HUB_STUDENTS": "nobody-here"}, "There is no group nobody-here: groupadd"),
    ],
)
def test_bad_settings_are_refused(room, variables, said):
    command = [sys.executable, room.checkout / "hub" / "start.py"]
    environment = os.environ | room.variables | variables
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"hub: {said}" in done.stderr


def test_a_checkout_that_everybody_reads_is_refused(room):
    command = [sys.executable, room.checkout / "hub" / "start.py"]
    room.checkout.chmod(0o755)
    done = subprocess.run(
        command, env=os.environ | room.variables, capture_output=True, text=True
    )
    room.checkout.chmod(0o700)
    assert f"chmod o= {room.checkout}" in done.stderr


def test_the_proxy_is_pinned():
    wanted = json.loads((ROOT / "hub" / "package.json").read_text())["dependencies"]
    lock = json.loads((ROOT / "hub" / "package-lock.json").read_text())["packages"]
    assert wanted == {name: lock[f"node_modules/{name}"]["version"] for name in wanted}
