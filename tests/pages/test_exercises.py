"""Exercises: what they must look like, and what their checks refuse and accept.

The answer cell `softmax` and the check cells `softmax-check`, `softmax-check-2` are one
exercise. Its cells run here beside the plain cells of its notebook alone, so that an
exercise cannot lean on the answer to another.
"""

import ast
import contextlib
import re
from collections import Counter
from functools import cache
from pathlib import Path

import lessons
import make_exercises
import matplotlib.pyplot as plt
import pytest
import run_notebooks
import test_notebook_hygiene as hygiene

from aelib import _start
from aelib.exercises import WrongAnswer

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
ANSWERS = Path(__file__).resolve().parents[1] / "answers"
KINDS = ("By hand", "Code", "Investigate")
HEADING = re.compile(r"(\d+)\. (By hand|Code|Investigate): \S")
BLOCK = re.compile(r"^# %% (wrong|right) ([\w-]+): (.+)\n", re.MULTILINE)
# These are the lessons' own: exercises have neighbours of another kind.
LESSON_RULES = {"starts_with_aelib", "ends_with_its_neighbours"}


def role(cell):
    """Return the name of a cell and what it is: "answer", "check" or "plain"."""
    data = cell.metadata.get("nbgrader")
    if data is None:
        return None, "plain"
    return data["grade_id"], "answer" if data["solution"] else "check"


def exercises(solution):
    """Return {name: (its answer cell, its check cells)}, in the notebook's order."""
    found = {}
    for cell in solution.notebook.cells:
        name, kind = role(cell)
        if kind == "answer" and cell.cell_type == "code":
            found[name] = (cell, [])
        elif kind == "check":
            found[re.sub(r"-check(-\d+)?$", "", name)][1].append(cell)
    return found


def answers(solution):
    """Return (wrong or right, exercise, remark, source) of each answer of the tests."""
    path = ANSWERS / f"{solution.path.stem}.py"
    if not path.exists():
        return []
    _, *parts = BLOCK.split(path.read_text(encoding="utf-8"))
    return list(zip(*(parts[i::4] for i in range(4)), strict=True))


# What an exercise notebook looks like on the page.


def sections_are_exercises(solution):
    headings = [text for _, level, text in solution.headings() if level == 2]
    for number, text in enumerate(headings, start=1):
        match = HEADING.match(text)
        if not match or int(match[1]) != number:
            yield f'"{text}" is to read "{number}. By hand/Code/Investigate: ..."'
    kinds = [match[2] for match in map(HEADING.match, headings) if match]
    for kind in KINDS:
        if kind not in kinds:
            yield f'there is no exercise "{kind}"'
    if kinds != sorted(kinds, key=KINDS.index):
        yield f"the exercises are to rise from {KINDS[0]} to {KINDS[-1]}: {kinds}"


def every_exercise_is_checked_or_marked(solution):
    headings = sum(level == 2 for _, level, _ in solution.headings())
    by_hand = [
        cell
        for cell in solution.notebook.cells
        if role(cell)[1] == "answer" and cell.cell_type == "markdown"
    ]
    checked = [name for name, (_, checks) in exercises(solution).items() if checks]
    if len(checked) + len(by_hand) != headings:
        yield f"{headings} headings, {len(checked)} checked, {len(by_hand)} written"
    for name, (answer, checks) in exercises(solution).items():
        if not checks and "aelib.claim(" not in answer.source:
            yield f"the answer {name} has neither a check nor a claim"


def stubs_name_what_to_write(solution):
    for name, (answer, checks) in exercises(solution).items():
        stub = make_exercises.exercise({"cells": [answer]}).cells[0].source
        for check in checks:
            wanted = _assigned(answer.source) & set(re.findall(r"\w+", check.source))
            for word in wanted - set(re.findall(r"\w+", stub)):
                yield f"the stub of {name} does not name {word}: write `# {word} = ?`"


def _assigned(source):
    """Return the names that the statements of a cell give."""
    return {
        node.id
        for statement in lessons.parse(source).body
        if isinstance(statement, ast.Assign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def cells_are_named_once(solution):
    names = [role(cell)[0] for cell in solution.notebook.cells]
    for name, count in Counter(name for name in names if name).items():
        if count > 1:
            yield f"{count} cells have the name {name}"
    for cell in solution.notebook.cells:
        data = cell.metadata.get("nbgrader")
        if data and (data["grade"] != ("points" in data) or data["task"]):
            yield f"{data['grade_id']}: only what is graded has points"


def starts_with_aelib(solution):
    index, cell = solution.code()[0]
    expected = f'aelib.setup(lesson="exercises/{solution.path.stem}")'
    if not cell.source.startswith("import aelib\n") or expected not in cell.source:
        yield f"{solution.where(index)} must import aelib first, and call {expected}"


def links_to_its_lesson(solution):
    targets = {target for _, target in hygiene.links(solution)}
    if f"../{solution.path.name}" not in targets:
        yield f"there is no link to ../{solution.path.name}"


def the_lesson_links_back(solution):
    lesson = lessons.Lesson(NOTEBOOKS / solution.path.name)
    last = len(lesson.notebook.cells) - 1
    if (last, f"exercises/exercises_{solution.path.name}") not in hygiene.links(lesson):
        yield f"{lesson.path.name}: the last cell does not link to the exercises"


def there_are_answers_to_try(solution):
    tried = Counter((verdict, name) for verdict, name, _, _ in answers(solution))
    graded = {name for name, (_, checks) in exercises(solution).items() if checks}
    for verdict, name in tried:
        if name not in graded:
            yield f"tests/answers: there is no graded exercise {name} ({verdict})"
    for name in graded:
        if tried["wrong", name] < 3 or tried["right", name] < 1:
            yield f"tests/answers: {name} needs 3 wrong answers and 1 right one"


RULES = [
    *(rule for rule in hygiene.RULES if rule.__name__ not in LESSON_RULES),
    sections_are_exercises,
    every_exercise_is_checked_or_marked,
    stubs_name_what_to_write,
    cells_are_named_once,
    starts_with_aelib,
    links_to_its_lesson,
    the_lesson_links_back,
    there_are_answers_to_try,
]


@pytest.mark.parametrize("rule", RULES, ids=hygiene.rule_name)
def test_page(solution, rule):
    faults = list(rule(solution))
    if faults:
        pytest.fail(f"{solution.path.name}:\n" + "\n".join(faults), pytrace=False)


def test_every_lesson_has_exercises():
    names = {path.name for path in lessons.find(NOTEBOOKS)}
    with_exercises = {path.name for path in lessons.find(NOTEBOOKS / "solutions")}
    assert with_exercises == {
        name for name in names if not name.startswith(("00", "12"))
    }


def test_exercises_are_what_the_tool_makes():
    made = lessons.find(NOTEBOOKS / "exercises")
    sources = lessons.find(NOTEBOOKS / "solutions")
    assert [path.name for path in made] == [
        f"exercises_{path.name}" for path in sources
    ]
    for path, source in zip(made, sources, strict=True):
        same = path.read_text(encoding="utf-8") == make_exercises.text(source)
        assert same, f"{path.name} is not what `make exercises` makes"


# What the checks refuse and accept.


@pytest.fixture(scope="module", autouse=True)
def leave_no_trace():
    """Undo what aelib.setup and the figures of the notebooks leave behind."""
    before = _start.current_lesson, _start.current_seed
    with plt.rc_context():
        yield
    _start.current_lesson, _start.current_seed = before
    plt.close("all")


@cache
def plain_names(path):
    """Return the names that exist after the plain cells of a notebook have run."""
    names = {"__name__": "exercise"}
    for cell in run_notebooks.read(path).cells:
        if cell.cell_type == "code" and role(cell)[1] == "plain":
            exec(compile(cell.source, str(path), "exec"), names)
    return names


def grade(solution, name, answer):
    """Run an answer in the place of an exercise's own, and the checks after it."""
    names = dict(plain_names(solution.path))
    for source in (answer, *(cell.source for cell in exercises(solution)[name][1])):
        exec(compile(source, f"{solution.path.stem}/{name}", "exec"), names)


def test_the_checks_refuse_an_untouched_stub(solution):
    for name, (answer, checks) in exercises(solution).items():
        stub = make_exercises.exercise({"cells": [answer]}).cells[0].source
        names = dict(plain_names(solution.path))
        with contextlib.suppress(NotImplementedError):
            exec(stub, names)
        for check in checks:
            with pytest.raises((NotImplementedError, NameError, WrongAnswer)):
                exec(check.source, dict(names))
            if "def " in stub:
                # A check cell that does not call the function would pass.
                assert re.search(r"def (\w+)", stub)[1] in check.source, name


def test_the_checks_accept_the_solution_alone(solution):
    for name, (answer, checks) in exercises(solution).items():
        if checks:
            grade(solution, name, answer.source)


def test_the_checks_refuse_wrong_answers(solution):
    for verdict, name, remark, source in answers(solution):
        if verdict == "wrong":
            outcome = "is accepted"
            try:
                grade(solution, name, source)
            except WrongAnswer as refusal:
                outcome = "is refused" * ("think about: " in str(refusal))
            except Exception as error:
                outcome = f"crashes the check: {error!r}"
            assert outcome == "is refused", f"{name} ({remark}) {outcome}"


def test_the_checks_accept_other_right_answers(solution):
    for verdict, name, remark, source in answers(solution):
        if verdict == "right":
            outcome = "is accepted"
            try:
                grade(solution, name, source)
            except Exception as error:
                outcome = f"is refused: {error!r}"
            assert outcome == "is accepted", f"{name} ({remark}) {outcome}"
