"""tools/make_book.py: what it makes of the course's pages. Sphinx is not run here."""

import json
import subprocess
import sys
import zipfile

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
    run, failing = subprocess.run, [sys.executable, "-c", "raise SystemExit(1)"]
    monkeypatch.setattr(make_book, "gather", lambda root, source: None)
    monkeypatch.setattr(
        make_book.subprocess, "run", lambda _, **options: run(failing, **options)
    )
    with pytest.raises(make_book.BookError, match="Sphinx"):
        make_book.make(tmp_path, site)
    assert (site / "index.html").read_text() == "the one before"


def test_a_picture_without_words_is_found(tmp_path):
    (tmp_path / "good.html").write_text('<img src="a.png" alt="Ten digits">')
    (tmp_path / "bad.html").write_text('<p><img src="a.png" alt=""></p>')
    (tmp_path / "none.html").write_text('<img src="a.png">')
    found = make_book.pictures_without_words(tmp_path)
    assert [path.name for path in found] == ["bad.html", "none.html"]


@pytest.fixture
def course(tmp_path):
    """Return the folder of a course with one lesson, which git does not know."""
    lesson = {"cells": [cell("markdown", "# A\n\n[me](../README.md#Two-words,-so)")]}
    texts = {
        "README.md": "# T\n\nOne.\n\n![p](p.png)\n\n[03](notebooks/03_a.ipynb#B,-c)\n",
        "book/conf.py": "project = 'a'\n",
        "book/contents.md": "To read.\n\n```{toctree}\nnotebooks/*\n```\n",
        "docs/teaching.md": "[03](../notebooks/03_a.ipynb#B,-c)\n",
        "notebooks/03_a.ipynb": json.dumps(lesson),
        "benchmarks/results/claims.csv": "notebook,claim,seed 0\n"
        "notebooks/03_a.ipynb,lead ≥ 1,0.5\n",
        "benchmarks/results/stale.json": "{}",
    }
    for name, text in texts.items():
        path = tmp_path / "course" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "course"


def test_the_pages_of_a_book_are_gathered(course, tmp_path):
    def text(name):
        return (tmp_path / "source" / name).read_text(encoding="utf-8")

    make_book.gather(course, tmp_path / "source")
    assert text("index.md") == (
        "# T\n\nOne.\n\nTo read.\n\n![p](p.png)\n\n"
        "[03](notebooks/03_a.ipynb#B,-c)\n```{toctree}\nnotebooks/*\n```\n"
    )
    assert text("docs/teaching.md") == "[03](../notebooks/03_a.ipynb#b-c)\n"
    (title,) = json.loads(text("notebooks/03_a.ipynb"))["cells"]
    assert title["source"].startswith("# 03 A\n")
    assert "../index.md#" in title["source"]
    assert text("conf.py") == "project = 'a'\n"
    assert "| lead ≥ 1 | 0.5 | 0.5 |" in text("book/claims.md")
    assert not (tmp_path / "source" / "README.md").exists()
    assert not (tmp_path / "source" / "book" / "contents.md").exists()


@pytest.fixture
def sphinx(monkeypatch):
    """Put a Sphinx in its place that makes one page; return what it was told."""
    told, run = [], subprocess.run

    def build(command, **options):
        if command[0] == "git":
            return run(command, **options)
        told.extend(command)
        source, built = command[-2:]
        (built / ".doctrees").mkdir(parents=True)
        (built / "index.html").write_text(picture, encoding="utf-8")
        copies = built / "_sources" / "notebooks"
        copies.mkdir(parents=True)
        (copies / "03_a.ipynb").write_bytes(
            (source / "notebooks" / "03_a.ipynb").read_bytes()
        )
        return subprocess.CompletedProcess(command, 0)

    picture = '<img src="a.png" alt="Ten digits">'
    monkeypatch.setattr(make_book.subprocess, "run", build)
    return told


def test_a_book_takes_the_place_of_the_one_before(course, tmp_path, sphinx):
    site = tmp_path / "site"
    site.mkdir()
    (site / "old.html").touch()
    make_book.make(course, site)
    assert {"-W", "--keep-going"} < set(
        sphinx
    )  # warnings are errors, and all are shown
    names = sorted(p.relative_to(site).as_posix() for p in site.rglob("*.*"))
    assert names == ["_sources/notebooks/03_a.ipynb", "autoencoders.zip", "index.html"]
    downloaded = (site / "_sources" / "notebooks" / "03_a.ipynb").read_bytes()
    assert downloaded == (course / "notebooks" / "03_a.ipynb").read_bytes()
    with zipfile.ZipFile(site / "autoencoders.zip") as made:
        held = {f"autoencoders/{name}" for name in make_book.files_of(course)}
        assert set(made.namelist()) == held
        assert made.getinfo("autoencoders/README.md").compress_type


def test_the_first_book_needs_no_folder(course, tmp_path, sphinx):
    make_book.make(course, tmp_path / "site")
    assert (tmp_path / "site" / "index.html").exists()


def test_a_picture_without_words_makes_no_book(course, tmp_path, sphinx, monkeypatch):
    def silent(site):
        return [site / "index.html"]

    monkeypatch.setattr(make_book, "pictures_without_words", silent)
    with pytest.raises(make_book.BookError, match=r"a picture on index\.html"):
        make_book.make(course, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_main_makes_the_book_of_this_course(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(make_book, "make", lambda *arguments: asked.append(arguments))
    assert make_book.main([]) == 0
    ((root, site),) = asked
    assert (root / "book" / "conf.py").exists()
    assert site == root / "site"
    assert capsys.readouterr().out == f"✓ {site / 'index.html'}\n"

    def fail(root, site):
        raise make_book.BookError("no words")

    monkeypatch.setattr(make_book, "make", fail)
    assert make_book.main(["--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "✗ no words\n"
