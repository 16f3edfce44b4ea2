"""docs/teaching.md: the sections it names exist, and its tables cover every lesson."""

import re
import subprocess
import sys
from pathlib import Path

import lessons
import make_slides
import pytest
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
STEMS = [path.stem for path in lessons.find(ROOT / "notebooks")]


def headings(number):
    """Return the headings of the lesson whose file name begins with `number`."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return {text for _, _, text in lessons.Lesson(path).headings()}


def part(title):
    """Return the text under a ## heading of the guide."""
    return re.split(r"^## ", GUIDE.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]


def rows(title):
    """Return the cells of each row of the table under a heading, its head left out."""
    lines = [line for line in part(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("stem", STEMS)
def test_each_lesson_has_its_times(stem):
    (row,) = [row for row in rows("Times") if row[0].startswith(f"[{stem[:2]}")]
    assert f"(../notebooks/{stem}.ipynb)" in row[0]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (same,) = [line for line in readme.splitlines() if f"/{stem}.ipynb) |" in line]
    assert [cell.strip() for cell in same.split("|")][3:5] == row[1:3]
    exercises = ROOT / "notebooks" / "solutions" / f"{stem}.ipynb"
    if not exercises.exists():
        assert row[3] == "–"
    else:
        first = lessons.Lesson(exercises).notebook.cells[0].source
        assert f"about {row[3]} minutes" in first


@pytest.mark.parametrize("stem", STEMS)
def test_each_lesson_has_aims_and_mistakes_with_their_cure(stem):
    about = part("Aims, and mistakes that students bring along")
    _, _, text = about.partition(f"### [{stem[:2]}](../notebooks/{stem}.ipynb)")
    text = text.split("\n### ")[0]
    assert "Aims: " in text
    cures = re.findall(r'^- ".+" → "(.+)"$', text, re.MULTILINE)
    assert len(cures) == text.count("\n- ") >= 1
    assert [cure for cure in cures if cure not in headings(stem[:2])] == []


def test_the_day_names_sections_that_exist():
    day = list(make_slides.day(GUIDE))
    named = [(what, title) for what, titles, _ in day for title in titles]
    assert [(n, title) for n, title in named if title not in headings(n)] == []
    what = [row[2] for row in rows("One day: the core path")]
    assert len(named) == sum(entry.count('"') for entry in what) / 2 > 15


def test_the_minutes_of_the_day_add_up():
    minutes = [int(row[1]) for row in rows("One day: the core path") if row[1]]
    assert sum(minutes) == 7 * 60
    assert "Seven hours" in part("One day: the core path")


def test_the_files_it_links_to_exist():
    for target in re.findall(r"\]\((?!https:|#)([^)#]+)", GUIDE):
        assert (ROOT / "docs" / target).exists(), target


def test_the_times_of_the_day_follow_each_other():
    day = rows("One day: the core path")
    starts = [int(row[0].split(":")[0]) * 60 + int(row[0].split(":")[1]) for row in day]
    for row, start, following in zip(day, starts, starts[1:], strict=False):
        if row[1]:
            assert start + int(row[1]) == following, row


def test_no_command_downloads_the_course_itself():
    # The last line of requirements.txt is the folder; pip would pack it into itself.
    assert not re.search(r"pip download.* requirements.txt", GUIDE)


def test_the_commands_it_gives_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^)make ([a-z.][\w./-]*)", GUIDE, re.MULTILINE):
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


def test_the_command_runs_what_was_made_with_another_kernel(tmp_path):
    (command,) = re.findall(r"^\.venv/bin/(jupyter execute .*)\.ipynb$", GUIDE, re.M)
    path = lessons.write(tmp_path / "hand_in.ipynb", new_code_cell("print(1 + 1)"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"python3"', '"conda-env-mine"'), encoding="utf-8")
    program, *options, _ = command.split()
    program = Path(sys.executable).with_name(program)
    subprocess.run([program, *options, path], check=True, capture_output=True)
    assert lessons.Lesson(path).notebook.cells[0].outputs[0].text == "2\n"
