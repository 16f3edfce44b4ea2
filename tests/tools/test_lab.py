"""tools/lab.py: the copies that a reader works on."""

import io
import json
import platform
import re

import lab
import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
from jupyterlab.labapp import LabApp
from traitlets.config import Application


def notebook(*sources, outputs=()):
    """Return the bytes of a small notebook of code cells."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": list(outputs)}
    cells = [{**cell, "source": [one]} for one in sources]
    return json.dumps({"cells": cells, "metadata": {}}).encode()


def worded(content, text):
    """Return a notebook with a text cell more."""
    book = json.loads(content)
    book["cells"].append({"cell_type": "markdown", "metadata": {}, "source": [text]})
    return json.dumps(book).encode()


def same_cells(path, content):
    """Return whether a file holds the cells of a notebook, outputs too."""
    return json.loads(path.read_bytes())["cells"] == json.loads(content)["cells"]


@pytest.fixture
def folders(tmp_path):
    """A course of a lesson and an exercise, and where the copies go."""
    course, mine = tmp_path / "notebooks", tmp_path / "mine"
    lab.write(course / "exercises" / "exercises_00.ipynb", notebook("raise"))
    lab.write(course / "00_one.ipynb", notebook("x = 1"))
    lab.write(course / ".ipynb_checkpoints" / "00_one.ipynb", notebook("old"))
    assert lab.renew(course, mine) == []
    return course, mine


def test_everything_is_copied_once(folders):
    course, mine = folders
    copied = {p.relative_to(mine).as_posix() for p in mine.rglob("*.ipynb")}
    assert copied == {"00_one.ipynb", "exercises/exercises_00.ipynb"}
    for name in copied:
        assert same_cells(mine / name, (course / name).read_bytes())
        # What JupyterLab would add when it opens the page, so that it stays as it is.
        language = json.loads((mine / name).read_bytes())["metadata"]["language_info"]
        assert language["version"] == platform.python_version()


def test_letters_and_lines_stay_as_jupyterlab_writes_them():
    text = lab.opened(notebook("'café'")).decode()
    assert "café" in text
    assert text.startswith('{\n "cells": [\n  {')
    assert text.endswith("\n}\n")


def test_what_was_run_is_left_alone(folders):
    course, mine = folders
    run = notebook("x = 1", outputs=["measured"])
    lab.write(mine / "00_one.ipynb", run)
    assert lab.renew(course, mine) == []
    assert (mine / "00_one.ipynb").read_bytes() == run


def test_a_newer_lesson_replaces_a_copy_that_was_only_run(folders):
    course, mine = folders
    lab.write(mine / "00_one.ipynb", notebook("x = 1", outputs=["measured"]))
    lab.write(course / "00_one.ipynb", newer := notebook("x = 2"))
    assert lab.renew(course, mine) == []
    assert same_cells(mine / "00_one.ipynb", newer)


@pytest.mark.parametrize(
    "own",
    [
        notebook("x = 1", "mine"),
        worded(notebook("x = 1"), "an answer"),
        b"no notebook",
        b"[]",
    ],
)
def test_what_a_reader_changed_is_kept(folders, own):
    course, mine = folders
    lab.write(mine / "00_one.ipynb", own)
    assert lab.renew(course, mine) == []
    lab.write(course / "00_one.ipynb", notebook("x = 2"))
    assert lab.renew(course, mine) == ["00_one.ipynb"]
    assert (mine / "00_one.ipynb").read_bytes() == own
    # The same again at the next start, until the reader takes the newer one.
    assert lab.renew(course, mine) == ["00_one.ipynb"]
    lab.write(mine / "00_one.ipynb", notebook("x = 2"))
    assert lab.renew(course, mine) == []


def test_copies_of_a_start_that_broke_off_are_renewed_too(folders):
    course, mine = folders
    (mine / lab.RECORD).unlink()  # it is written last
    assert lab.renew(course, mine) == []
    lab.write(course / "00_one.ipynb", newer := notebook("x = 2"))
    assert lab.renew(course, mine) == []
    assert same_cells(mine / "00_one.ipynb", newer)


def test_a_deleted_copy_comes_back(folders):
    course, mine = folders
    lab.write(mine / "00_one.ipynb", notebook("spoilt"))
    (mine / "00_one.ipynb").unlink()
    assert lab.renew(course, mine) == []
    assert same_cells(mine / "00_one.ipynb", notebook("x = 1"))


def test_the_course_itself_stays_as_it_is(folders):
    course, mine = folders
    before = {p: p.read_bytes() for p in course.rglob("*.ipynb")}
    lab.write(mine / "00_one.ipynb", notebook("mine"))
    lab.renew(course, mine)
    assert {p: p.read_bytes() for p in course.rglob("*.ipynb")} == before


def test_the_course_lies_where_lab_looks_for_it():
    assert (lab.NOTEBOOKS / "00_start_here.ipynb").exists()
    assert lab.MINE.parent == lab.NOTEBOOKS.parent


def test_jupyter_knows_the_options():
    # It overlooks one that it does not know.
    parts = (Application, LabApp, MappingKernelManager, ServerApp)
    named = {part.__name__: part for part in parts}
    for option in lab.OPTIONS:
        part, name, value = re.match(r"--(\w+)\.(\w+)=(.+)", option).groups()
        trait = named[part].class_traits(config=True)[name]
        setattr(named[part](), name, trait.from_string(value))


@pytest.mark.parametrize("user", [0, 1000, None])
def test_jupyter_is_told_of_root_and_of_nobody_else(folders, monkeypatch, user):
    seen = []
    monkeypatch.setattr(lab, "NOTEBOOKS", folders[0])
    monkeypatch.setattr(lab, "MINE", folders[1])
    monkeypatch.setattr("jupyterlab.labapp.main", seen.append)
    if user is None:  # as on Windows
        monkeypatch.delattr(lab.os, "geteuid", raising=False)
    else:
        monkeypatch.setattr(lab.os, "geteuid", lambda: user, raising=False)
    lab.main(["--port=1"])
    root = ["--allow-root"] if user == 0 else []
    assert seen == [[*lab.OPTIONS, *root, "--port=1"]]


def test_a_lesson_that_is_kept_is_named(folders, monkeypatch, capsys):
    course, mine = folders
    monkeypatch.setattr(lab, "NOTEBOOKS", course)
    monkeypatch.setattr(lab, "MINE", mine)
    monkeypatch.setattr("jupyterlab.labapp.main", lambda _: None)
    lab.main([])
    assert "newer" not in capsys.readouterr().out
    lab.write(mine / "00_one.ipynb", notebook("mine"))
    lab.write(course / "00_one.ipynb", notebook("x = 2"))
    lab.main([])
    assert "rename or delete mine/00_one.ipynb" in capsys.readouterr().out


def test_a_log_shows_what_is_said_before_jupyterlab_runs(folders, monkeypatch):
    log, seen = io.BytesIO(), []
    monkeypatch.setattr(lab, "NOTEBOOKS", folders[0])
    monkeypatch.setattr(lab, "MINE", folders[1])
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(log))  # it keeps lines back
    monkeypatch.setattr("jupyterlab.labapp.main", lambda _: seen.append(log.getvalue()))
    lab.main([])
    assert b"Ctrl-C" in seen[0]
