"""The project's own promises: pins, links, help, and a safe tools/run_notebooks.py."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import lessons
import pytest
import run_notebooks
import store_picture
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)
REQUIREMENTS = (
    "requirements.txt",
    "tools/requirements.txt",
    "tools/requirements-nbgrader.txt",
    "tools/requirements-slides.txt",
    "tests/requirements.txt",
    "tests/requirements-jax.txt",
    "benchmarks/requirements.txt",
    "benchmarks/requirements-mutants.txt",
    "hub/requirements.txt",
)
CACHES = {".git", ".pytest_cache", ".ruff_cache", "__pycache__", ".ipynb_checkpoints"}


def pins(name):
    """Return {package: set of versions} of a requirements file."""
    found = {}
    for package, version in PIN.findall((ROOT / name).read_text(encoding="utf-8")):
        found.setdefault(package.lower().replace("_", "-"), set()).add(version)
    return found


def own_texts():
    """Return {path: text} of the project's files, environments and caches left out."""
    found = {}
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = [
            name
            for name in subfolders
            if name not in CACHES
            and not name.startswith(".venv")
            and not name.endswith(".egg-info")
        ]
        for path in (Path(folder) / name for name in names):
            try:
                found[path] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # data, not text
    return found


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_and_locked_alike(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
    assert len(pins(name)) == len(wanted) > 0, wanted
    locked = pins("constraints.txt")
    for package, versions in pins(name).items():
        assert locked.get(package) == versions, f"{package}: run `make lock`"


def test_the_lock_is_plain_constraints():
    head, command, *lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert (head[0], command.strip()) == ("#", "#    make lock")
    assert [line for line in lines if not PIN.match(line)] == []


def test_students_need_no_tests():
    assert not {"pytest", "nbval", "ruff", "hypothesis"} & set(pins("requirements.txt"))


def test_no_file_names_a_package_index():
    # In two parts, or this file would find itself.
    words = ["pypi" + ".org", "python" + "hosted", "--" + "index-url", "/opt/" + "pypi"]
    texts = own_texts()
    assert ROOT / "Makefile" in texts
    for path, text in texts.items():
        assert not [word for word in words if word in text], path


def test_readme_links_to_every_lesson(lesson):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"](notebooks/{lesson.path.name})" in text


def test_readme_names_the_notebooks_that_use_tensorflow():
    # Those that `make test BACKEND=jax` leaves out, for the same line in them.
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    said = re.search(r"lessons (.*?) and the solutions (.*?), which use Tensor", text)
    folders = "notebooks", "notebooks/solutions"
    for folder, named in zip(folders, said.groups(), strict=True):
        numbers = [
            path.name[:2]
            for path in sorted((ROOT / folder).glob("*.ipynb"))
            if '"import tensorflow' in path.read_text(encoding="utf-8")
        ]
        assert re.findall(r"\d\d", named) == numbers


def test_git_ignores_environments():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    folders = set(re.findall(r"\.venv[\w-]*", makefile))
    assert {f"{folder}/" for folder in folders} <= set(ignored)


def test_make_alone_helps_with_every_target():
    environment = {k: v for k, v in os.environ.items() if not k.startswith("M")}
    shown = subprocess.run(
        ["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = " ".join(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)).split()
    helped = re.findall(r"^make ([\w-]+)  ", shown, re.MULTILINE)
    assert sorted(helped) == sorted(set(targets) - {"help"})
    assert len(shown.splitlines()) == len(helped)


def store(path, *sources):
    """Write a notebook with these code cells and outputs of no kind."""
    return lessons.write(path, *[new_code_cell(source) for source in sources])


def test_a_failing_notebook_is_left_untouched(tmp_path, capsys):
    failing = store(
        tmp_path / "failing.ipynb",
        "class ClaimError(AssertionError): ...",
        'raise ClaimError("the sum > 5: does not hold")',
    )
    sound = store(tmp_path / "sound.ipynb", "print(1 + 1)")
    before = failing.read_bytes()
    assert run_notebooks.main([str(failing), str(sound)]) == 1
    assert failing.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [failing, sound]
    message = capsys.readouterr().err
    assert "failing.ipynb, cell 2: ClaimError: the sum > 5: does not hold" in message
    assert lessons.Lesson(sound).notebook.cells[0].outputs[0].text == "2\n"


def test_no_notebook_is_a_failure():
    assert run_notebooks.main([]) == 1


def test_a_second_execution_changes_nothing(tmp_path):
    source = (
        "import sys\nimport matplotlib.pyplot as plt\n"
        'sys.stdout.write("\\rhalf"); sys.stdout.flush()\n'
        'sys.stdout.write("\\rdone\\n"); sys.stdout.flush()\n'
        "print(1)\nplt.plot([1, 2])\nplt.show()"
    )
    path = store(tmp_path / "figure.ipynb", source)
    assert run_notebooks.main([str(path)]) == 0
    first = path.read_bytes()
    shutil.copy(path, tmp_path / "kept.ipynb")
    assert run_notebooks.main([str(path)]) == 0
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")
    text, figure = lessons.Lesson(path).notebook.cells[0].outputs
    assert text.text == "done\n1\n"
    assert "image/png" in figure.data


def test_what_is_stored_is_of_the_lessons_own_seed_and_no_record(tmp_path, monkeypatch):
    source = 'import os\nprint({"AELIB_SEED", "AELIB_CLAIMS"} & set(os.environ))'
    path = store(tmp_path / "own.ipynb", source)
    for variable in ("AELIB_SEED", "AELIB_CLAIMS"):
        monkeypatch.setenv(variable, "7")
    assert run_notebooks.main([str(path)]) == 0
    assert lessons.Lesson(path).notebook.cells[0].outputs[0].text == "set()\n"


def test_streams_of_one_name_are_merged(tmp_path):
    source = "import sys\nfor name in 'oeeo':\n    print(name, file="
    source += "sys.stdout if name == 'o' else sys.stderr, flush=True)"
    path = store(tmp_path / "two.ipynb", source)
    assert run_notebooks.main([str(path)]) == 0
    outputs = lessons.Lesson(path).notebook.cells[0].outputs
    assert [(o.name, o.text) for o in outputs] == [
        ("stdout", "o\n"), ("stderr", "e\ne\n"), ("stdout", "o\n")
    ]  # fmt: skip


@pytest.mark.parametrize("instead", ["", '\n "id": "same",'])
def test_ids_are_given_once_and_stay(tmp_path, instead):
    path = store(tmp_path / "ids.ipynb", "1", "1", "2")
    changed = re.sub(r'\n *"id": "\w+",', instead, path.read_text(encoding="utf-8"))
    path.write_text(changed, encoding="utf-8")
    assert changed.count('"id"') == changed.count('"same"') == 3 * bool(instead)
    first = [cell.id for cell in run_notebooks.read(path).cells]
    assert first == [cell.id for cell in run_notebooks.read(path).cells]
    assert len(set(first)) == 3


def test_the_readme_shows_a_figure_of_the_lessons():
    stored = store_picture.PICTURE.read_bytes()
    assert stored == store_picture.tagged_picture(ROOT / "notebooks"), (
        "run `make notebooks`"
    )
    link = store_picture.PICTURE.relative_to(ROOT).as_posix()
    assert f"]({link})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_picture_needs_one_tagged_cell(tmp_path):
    with pytest.raises(ValueError, match="readme-picture"):
        store_picture.tagged_picture(tmp_path)
