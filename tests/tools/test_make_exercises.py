"""tools/make_exercises.py: what it takes out of a solution, and what it refuses."""

import ast

import make_exercises
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

ANSWER = '''def double(x):
    """Return twice x."""
    # Think of addition.
    ### BEGIN SOLUTION
    y = x + x
    return y
    ### END SOLUTION'''
STUB = '''def double(x):
    """Return twice x."""
    # Think of addition.
    raise NotImplementedError("Write your answer here, in place of this line.")'''


def cell(source, solution=True, grade=False, kind=new_code_cell):
    data = {"grade_id": "x", "solution": solution, "grade": grade}
    return kind(source, metadata={"nbgrader": data})


def made(*cells):
    return make_exercises.exercise(new_notebook(cells=list(cells))).cells


def test_the_solution_becomes_a_line_that_raises():
    assert made(cell(ANSWER))[0].source == STUB
    names = {}
    exec(STUB, names)
    with pytest.raises(NotImplementedError, match="Write your answer here"):
        names["double"](1)


def test_two_solutions_in_one_cell():
    source = "### BEGIN SOLUTION\na = 1\n### END SOLUTION\nb = 2\n"
    stub = made(cell(source + source))[0].source
    assert stub.count("raise NotImplementedError") == 2
    assert stub.count("b = 2") == 2
    assert "a = 1" not in stub
    ast.parse(stub)


@pytest.mark.parametrize("more", ["", " ", ": the short way", " ###"])
def test_a_marker_that_says_more_is_one(more):
    source = f"### BEGIN SOLUTION{more}\na = 1\n### END SOLUTION{more}\nb = 2"
    assert made(cell(source))[0].source == f"{make_exercises.CODE_STUB}\nb = 2"


def test_the_stub_stands_where_the_solution_begins():
    source = "def a():\n    ### BEGIN SOLUTION\n    return 1\n### END SOLUTION"
    assert made(cell(source))[0].source == f"def a():\n    {make_exercises.CODE_STUB}"


def test_a_written_answer_becomes_an_invitation():
    written = cell("Because.", grade=True, kind=new_markdown_cell)
    assert made(written)[0].source == make_exercises.TEXT_STUB


def test_the_rest_stays_and_outputs_go():
    output = new_output("stream", name="stdout", text="✓ a\n")
    check = new_code_cell("check()", outputs=[output], execution_count=3)
    text = new_markdown_cell("A question.")
    left = made(check, text)
    assert left[0].source == "check()"
    assert (left[0].outputs, left[0].execution_count) == ([], None)
    assert left[1].source == "A question."


def test_the_solution_itself_is_left_alone():
    solution = new_notebook(cells=[cell(ANSWER)])
    make_exercises.exercise(solution)
    assert solution.cells[0].source == ANSWER


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (cell("a = 1\nb = 2"), 'cell "a = 1" has no "### BEGIN SOLUTION"'),
        (cell("### BEGIN SOLUTION\na = 1"), 'has no "### END SOLUTION"'),
        (cell("a = 1\n### END SOLUTION"), '"### END SOLUTION" too many'),
        (cell("### BEGIN SOLUTION\n" * 2), '"### BEGIN SOLUTION" too many'),
        (cell(ANSWER, solution=False), "is no answer cell"),
        (new_code_cell(ANSWER), "is no answer cell"),
    ],
)
def test_a_broken_solution_is_refused(bad, words):
    with pytest.raises(make_exercises.SolutionError, match=words):
        made(bad)


def write(folder, *cells):
    folder.mkdir(exist_ok=True)
    text = make_exercises.run_notebooks.normalise(new_notebook(cells=list(cells)))
    (folder / "01_a.ipynb").write_text(text, encoding="utf-8")


def test_main_writes_exercises_and_nothing_else(tmp_path, capsys):
    write(tmp_path / "solutions", cell(ANSWER))
    (tmp_path / "exercises").mkdir()
    copy = tmp_path / "exercises" / "01_a-Copy1.ipynb"
    copy.write_text("somebody's own")
    assert make_exercises.main([str(tmp_path)]) == 0
    assert copy.read_text() == "somebody's own"
    made = (tmp_path / "exercises" / "exercises_01_a.ipynb").read_text(encoding="utf-8")
    assert "NotImplementedError" in made
    assert '"nbgrader"' in made
    assert "1 exercises" in capsys.readouterr().out


def test_main_writes_nothing_where_one_is_broken(tmp_path, capsys):
    write(tmp_path / "solutions", cell("a = 1"))
    assert make_exercises.main([str(tmp_path)]) == 1
    assert not (tmp_path / "exercises").exists()
    assert "has no" in capsys.readouterr().err


def test_main_changes_nothing_where_a_later_one_is_broken(tmp_path):
    write(tmp_path / "solutions", cell("a = 1"))
    path = tmp_path / "solutions" / "01_a.ipynb"
    path.rename(path.with_name("02_b.ipynb"))
    write(tmp_path / "solutions", cell(ANSWER))
    (tmp_path / "exercises").mkdir()
    assert make_exercises.main([str(tmp_path)]) == 1
    assert list((tmp_path / "exercises").iterdir()) == []


def test_main_makes_no_empty_folder(tmp_path):
    assert make_exercises.main([str(tmp_path)]) == 0
    assert list(tmp_path.iterdir()) == []
