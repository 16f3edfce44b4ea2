"""nbgrader from end to end: `make grading` runs this, in an environment of its own.

The assignment is generated from notebooks/solutions as it is; four students hand in;
nbgrader grades them; the scores are compared with what each of them deserves.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lessons
import nbformat
import pytest
import run_notebooks
import test_exercises
from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parent.parent.parent
ASSIGNMENT = "solutions"
PATHS = lessons.find(ROOT / "notebooks" / "solutions")
STEMS = [path.stem for path in PATHS]


def solved(solution):
    """Return {grade id: source} with the right answer to everything."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in solution.notebook.cells
        if test_exercises.role(cell)[1] == "answer"
    }


def half_solved(solution):
    """Return the answers to every second exercise, counted from the first."""
    names = list(test_exercises.exercises(solution))[::2]
    return {name: text for name, text in solved(solution).items() if name in names}


def wrong(solution):
    """Return a wrong answer to every checked exercise."""
    return {
        name: source
        for verdict, name, _, source in test_exercises.answers(solution)
        if verdict == "wrong"
    }


def nothing(solution):
    """Return no answer at all."""
    return {}


STUDENTS = {"right": solved, "partly": half_solved, "wrong": wrong, "empty": nothing}


def hand_in(folder, solution, answers):
    """Write the exercise as a student leaves it, with some answers filled in."""
    made = ROOT / "notebooks" / "exercises"
    exercise = run_notebooks.read(made / f"exercises_{solution.path.name}")
    for cell in exercise.cells:
        name, kind = test_exercises.role(cell)
        if kind == "answer" and name in answers:
            cell.source = answers[name]
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(exercise, folder / solution.path.name)


def nbgrader(course, *arguments):
    """Run nbgrader in the folder of the course, as a teacher does."""
    # As in an activated environment: nbgrader calls a second program of it.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "nbgrader", *arguments, ASSIGNMENT]
    subprocess.run(command, cwd=course, env={**os.environ, "PATH": path}, check=True)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return the folder of a course that was handed out, handed in and graded."""
    course = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "notebooks" / "solutions", course / "notebooks/solutions")
    nbgrader(course, "generate_assignment", "--create")
    for student, answers in STUDENTS.items():
        for solution in map(lessons.Lesson, PATHS):
            folder = course / "grading" / "submitted" / student / ASSIGNMENT
            hand_in(folder, solution, answers(solution))
    nbgrader(course, "autograde", "--create")
    return course


@pytest.fixture(scope="module")
def gradebook(course):
    """Return nbgrader's database."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        yield gradebook


def grades(gradebook, stem, student):
    """Return {grade id: grade} of one notebook of one student."""
    submitted = gradebook.find_submission_notebook(stem, ASSIGNMENT, student)
    return {grade.name: grade for grade in submitted.grades}


def checks(stem):
    """Return {exercise: names of its check cells} of a notebook."""
    solution = lessons.Lesson(ROOT / "notebooks" / "solutions" / f"{stem}.ipynb")
    return {
        name: [cell.metadata.nbgrader.grade_id for cell in cells]
        for name, (_, cells) in test_exercises.exercises(solution).items()
    }


def written(stem):
    """Return the names of the written answers of a notebook."""
    notebook = run_notebooks.read(ROOT / "notebooks" / "solutions" / f"{stem}.ipynb")
    return [
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if cell.cell_type == "markdown" and test_exercises.role(cell)[1] == "answer"
    ]


@pytest.mark.parametrize("stem", STEMS)
def test_what_is_handed_out_is_the_exercise_folder(course, stem):
    released = course / "grading" / "release" / ASSIGNMENT / f"{stem}.ipynb"
    ours = ROOT / "notebooks" / "exercises" / f"exercises_{stem}.ipynb"
    sources = [
        [cell.source for cell in nbformat.read(path, as_version=4).cells]
        for path in (released, ours)
    ]
    assert sources[0] == sources[1]


@pytest.mark.parametrize("stem", STEMS)
def test_the_right_student_gets_all_points(gradebook, stem):
    found = grades(gradebook, stem, "right")
    names = [name for group in checks(stem).values() for name in group]
    assert names
    assert {name: found[name].auto_score for name in names} == {
        name: found[name].max_score for name in names
    }
    assert min(found[name].max_score for name in names) > 0
    # A written answer waits for the teacher.
    assert all(found[name].needs_manual_grade for name in written(stem))


@pytest.mark.parametrize("stem", STEMS)
def test_the_partly_right_student_gets_those_points(gradebook, stem):
    found = grades(gradebook, stem, "partly")
    for place, names in enumerate(checks(stem).values()):
        for name in names:
            deserved = found[name].max_score if place % 2 == 0 else 0
            assert found[name].auto_score == deserved, name


@pytest.mark.parametrize("stem", STEMS)
def test_a_wrong_answer_loses_points(gradebook, stem):
    found = grades(gradebook, stem, "wrong")
    for names in checks(stem).values():
        if names:
            assert min(found[name].auto_score for name in names) == 0, names


@pytest.mark.parametrize("stem", STEMS)
def test_the_empty_notebook_gets_nothing(gradebook, stem):
    found = grades(gradebook, stem, "empty")
    assert {name: grade.score for name, grade in found.items()} == dict.fromkeys(
        found, 0
    )
    assert len(found) == sum(map(len, checks(stem).values())) + len(written(stem))
