"""tools/make_book.py: what it makes of the course's pages. Sphinx is not run here."""

import json
import subprocess

import make_book
import pytest


def cell(kind, text, **grading):
    """Return a cell as a notebook's file has it."""
    metadata = {"nbgrader": grading} if grading else {}
    return {"cell_type": kind, "metadata": metadata, "source": [text]}


def notebook():
    """Return an exercise with its answers, in code and in words."""
    begin, end = "### BEGIN SOLUTION: the short way", "### END SOLUTION "
    return {
        "cells": [
            cell("markdown", "# Exercises 03: a\n\nWhy?"),
            cell("code", f"def f():\n    {begin}\n    h = 1\n    {end}", solution=True),
            cell("code", "check(h)", solution=False, grade=True, points=2),
            cell("markdown", "So.", solution=True, grade=True, points=3),
        ]
    }


def test_a_solution_folds_its_answers_and_checks():
    page = make_book.as_page(notebook(), "notebooks/solutions/03_a.ipynb")
    title, code, check, why = page["cells"]
    assert title["source"].startswith("# Solutions 03: a\n\n```{note}\n")
    assert "(../exercises/exercises_03_a.ipynb)" in title["source"]
    assert title["source"].endswith("\n```\n\nWhy?")
    assert code["metadata"]["tags"] == ["hide-cell"]
    assert code["source"] == "def f():\n    h = 1\n"
    assert check["metadata"]["tags"] == ["check", "points-2"]
    assert why["source"].startswith(
        "<details><summary>Model answer (points: 3)</summary>\n\nSo."
    )


def test_an_exercise_folds_its_checks_alone():
    page = make_book.as_page(notebook(), "notebooks/exercises/exercises_03_a.ipynb")
    title, code, check, why = page["cells"]
    assert title["source"].startswith("# Exercises 03: a\n\n```{note}\nNothing runs")
    assert check["metadata"]["tags"] == ["check", "points-2"]
    assert [code, why] == [notebook()["cells"][1], notebook()["cells"][3]]


def test_a_lesson_gets_its_number_and_loses_blanks_at_the_end_of_an_output():
    lesson = {"cells": [cell("markdown", "# A"), cell("code", "train()")]}
    lesson["cells"][1]["outputs"] = [
        {"text": ["bar done   \n", "✓ a  1"]},
        {"data": {}},
    ]
    page = make_book.as_page(json.loads(json.dumps(lesson)), "notebooks/03_a.ipynb")
    assert page["cells"][1].pop("outputs")[0] == {"text": "bar done\n✓ a  1"}
    del lesson["cells"][1]["outputs"]
    lesson["cells"][0]["source"] = "# 03 A\n"
    assert page == lesson


def test_claims_stand_under_their_lesson():
    table = (
        "notebook,claim,seed 0,seed 1,seed 2\n"
        "notebooks/01_a.ipynb,error over PCA's ≤ 0.9,0.1,0.3,0.2\n"
        'notebooks/01_a.ipynb,"|h|, all ≥ 0",0,0,\n'
        "notebooks/01_a.ipynb,bits ≤ 9,10.5,9.25,-1\n"
        "notebooks/solutions/01_a.ipynb,mean ≤ 1,0.5,0.25,1\n"
    )
    measured = ["notebooks/01_a.ipynb", "notebooks/solutions/01_a.ipynb"]
    newer = ["notebooks/02_b.ipynb", "notebooks/solutions/02_b.ipynb"]
    page = make_book.claims_page(table, ["all"], measured + newer)
    assert "on 3 seeds" in page
    assert "may have changed" in page
    assert "not on this page: 02. " in page
    assert "## [01 a](../notebooks/01_a.ipynb)" in page
    assert "| error over PCA's ≤ 0.9 | 0.1 | 0.3 |" in page
    assert "| &#124;h&#124;, all ≥ 0 | 0 | 0 |" in page
    assert "| bits ≤ 9 | -1 | 10.5 |" in page
    assert page.index("Solutions 01 a") < page.index("| mean ≤ 1 | 0.25 | 1 |")
    page = make_book.claims_page(table, None, measured)
    assert "may have changed" not in page
    assert "not on this page" not in page


@pytest.mark.parametrize(
    ("link", "in_the_book"),
    [
        ("(../README.md)", "(../index.md)"),
        ("(05.ipynb#See-less,-know-more)", "(05.ipynb#see-less-know-more)"),
        ("(05.ipynb)", "(05.ipynb)"),
        ("(../docs/teaching.md#Times)", "(../docs/teaching.md#Times)"),
    ],
)
def test_links_lead_where_the_book_has_it(link, in_the_book):
    assert make_book.relinked(f"see [this]{link}.") == f"see [this]{in_the_book}."


def test_the_course_without_git_is_all_but_what_is_made(tmp_path):
    for name in (
        "README.md",
        "aelib/data.py",
        "aelib/__pycache__/data.pyc",
        ".venv/bin/python",
        "site/index.html",
        "my_notebooks/00.ipynb",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert make_book.files_of(tmp_path) == ["README.md", "aelib/data.py"]


def test_a_book_that_cannot_be_made_leaves_the_one_before(tmp_path, monkeypatch):
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("the one before")
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(make_book, "gather", lambda root, source: None)
    monkeypatch.setattr(make_book.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(make_book.BookError, match="Sphinx"):
        make_book.make(tmp_path, site)
    assert (site / "index.html").read_text() == "the one before"


def test_a_picture_without_words_is_found(tmp_path):
    (tmp_path / "good.html").write_text('<img src="a.png" alt="Ten digits">')
    (tmp_path / "bad.html").write_text('<p><img src="a.png" alt=""></p>')
    (tmp_path / "none.html").write_text('<img src="a.png">')
    found = make_book.pictures_without_words(tmp_path)
    assert [path.name for path in found] == ["bad.html", "none.html"]
