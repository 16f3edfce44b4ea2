"""The checks of the lessons must bite: `make lessons` is run on broken notebooks.

Each notebook in broken_notebooks/ has one fault, and what must fail is written here;
the first has none.
"""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import lessons
import pytest
import run_notebooks
import test_notebook_hygiene as hygiene
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[2]
BROKEN = ROOT / "tests" / "broken_notebooks"

# For each notebook, every test that must fail, with words of its message. "Cell 2" is
# nbval's run of the third code cell.
EXPECTED = {
    "00_sound": {},
    "01_changed_output": {"Cell 2": "2 ** 3 = 8"},
    "02_false_claim": {"Cell 2": "The claim does not hold"},
    "03_trailing_semicolon": {
        "no_trailing_semicolon": "ends with a semicolon",
        "Cell 2": "Unexpected output fields",
    },
    "04_untagged_error": {
        "no_untagged_error": "ended in ZeroDivisionError",
        "Cell 2": "ZeroDivisionError",
    },
    # Cells 1 and 2 hold other measured numbers, which nbval overlooks.
    "05_other_claims": {f"Cell {cell}": "Cell outputs differ" for cell in range(3, 12)},
}


def make(*arguments):
    """Run make in one process, with the Python of this test; return what it did."""
    # A make or a pytest around this one must not leak its settings into it.
    leaking = ("MAKE", "MFLAGS", "PYTEST_", "AELIB_")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(leaking)
    }
    return subprocess.run(
        ["make", *arguments, f"WITH={sys.executable}", "WORKERS=0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Run `make lessons` on the broken notebooks: its process, and every test's end.

    The ends are {notebook: {test: message, or None where it passed}}.
    """
    path = tmp_path_factory.mktemp("guards") / "report.xml"
    process = make(
        "lessons", f"NOTEBOOKS={BROKEN.relative_to(ROOT)}", f"REPORT=--junitxml={path}"
    )
    assert path.exists(), process.stdout + process.stderr
    ends = {name: {} for name in EXPECTED}
    for case in ElementTree.parse(path).iter("testcase"):
        notebook, test = notebook_and_test(case)
        ends[notebook][test] = message(case)
    return process, ends


def notebook_and_test(case):
    """Return ("00_sound", "counts_run_from_1") or ("00_sound", "Cell 2")."""
    rule = re.fullmatch(r"test_lesson\[(.+)-(\w+)\]", case.get("name"))
    if rule:
        return rule.groups()
    # nbval's cases are classed by the path, with dots for slashes.
    return case.get("classname").removesuffix(".ipynb").split(".")[-1], case.get("name")


def message(case):
    """Return what a case that did not pass says, or None where it passed."""
    faults = [child for child in case if child.tag in {"failure", "error", "skipped"}]
    if not faults:
        return None
    return "\n".join(f"{fault.get('message')}\n{fault.text}" for fault in faults)


def test_every_broken_notebook_is_expected_here():
    assert [path.stem for path in lessons.find(BROKEN)] == sorted(EXPECTED)


def test_make_lessons_fails(report):
    process, _ = report
    assert process.returncode != 0


@pytest.mark.parametrize("name", EXPECTED)
def test_the_intended_check_fails_and_no_other(report, name):
    _, ends = report
    failed = {test: text for test, text in ends[name].items() if text is not None}
    assert set(failed) == set(EXPECTED[name])
    for test, words in EXPECTED[name].items():
        assert words in failed[test]


def test_the_sound_notebook_was_run_and_looked_at(report):
    _, ends = report
    assert {"Cell 0", "Cell 1", "counts_run_from_1"} <= set(ends["00_sound"])


def test_make_lessons_fails_where_there_is_no_notebook(tmp_path):
    process = make("lessons", f"NOTEBOOKS={tmp_path}")
    assert process.returncode != 0
    assert f"There is no notebook in {tmp_path}" in process.stdout + process.stderr


def test_make_test_runs_what_make_lessons_runs():
    """Both print the same pytest command but for the tests that they name."""
    lessons_command = make("lessons", "--dry-run").stdout.splitlines()[-1].split()
    test_command = make("test", "--dry-run").stdout.splitlines()[-1].split()
    lessons_command.remove("tests/pages/test_notebook_hygiene.py")
    test_command.remove("tests")
    for path in lessons.find(ROOT / "notebooks" / "solutions"):
        test_command.remove(f"notebooks/solutions/{path.name}")  # each is there
    assert test_command == lessons_command
    assert "--nbval" in test_command


def show(cell, text, name="stdout"):
    """Store `text` as what the cell printed."""
    cell.outputs = [new_output("stream", name=name, text=text)]


def set_source(cell, source):
    cell.source = source


def set_metadata(cell, **metadata):
    cell.metadata.update(metadata)


# What is done to the sound notebook, for the rules without a broken one on disk.
# Its cells are: 0 title, 1 aelib.setup, 2 a claim, 3 links.
FAULTS = [
    ("is_valid", lambda cells: set_source(cells[0], None)),
    ("cell_ids_are_unique", lambda cells: cells[1].update(id=cells[0].id)),
    (
        "headings_do_not_jump",
        lambda cells: set_source(cells[0], cells[0].source + "\n\n### Too deep"),
    ),
    # nbval compares nothing with a cell that was never run.
    ("counts_run_from_1", lambda cells: cells[2].update(execution_count=None)),
    ("counts_run_from_1", lambda cells: cells[2].update(execution_count=3)),
    ("no_stderr", lambda cells: show(cells[2], "beware\n", name="stderr")),
    ("links_resolve", lambda cells: set_source(cells[0], "# A\n\n[b](no_file.ipynb)")),
    ("links_resolve", lambda cells: set_source(cells[0], "# A\n\n[b](#No-such)")),
    (
        "one_title_in_the_first_cell",
        lambda cells: set_source(cells[0], cells[0].source + "\n\n# Another"),
    ),
    ("file_is_small", lambda cells: show(cells[2], "x" * 1_500_001)),
    ("cells_are_short", lambda cells: set_source(cells[2], "x = 1\n" * 26)),
    ("cells_are_short", lambda cells: set_source(cells[2], "x = " + "1" * 85)),
    ("code_is_plain_python", lambda cells: set_source(cells[2], "%pip install x")),
    ("code_is_plain_python", lambda cells: set_source(cells[2], "!ls")),
    ("code_is_plain_python", lambda cells: set_source(cells[2], "%%time\n1 + 1")),
    (
        "starts_with_aelib",
        lambda cells: set_source(cells[1], "import os\n" + cells[1].source),
    ),
    (
        "starts_with_aelib",
        lambda cells: set_source(cells[1], cells[1].source.replace("00_sound", "00")),
    ),
    ("makes_a_claim", lambda cells: set_source(cells[2], "# aelib.claim(1)")),
    (
        "tags_are_known_and_explained",
        lambda cells: set_metadata(cells[2], tags=["nbval-ignore-output"]),
    ),
    (
        "tags_are_known_and_explained",
        lambda cells: set_metadata(cells[2], tags=["nbval-skip"], reason="slow"),
    ),
    (
        "tags_are_known_and_explained",
        lambda cells: set_source(cells[2], "# NBVAL_SKIP\n" + cells[2].source),
    ),
    ("outputs_name_no_machine", lambda cells: show(cells[2], "in /home/ada/x.py")),
    ("outputs_name_no_machine", lambda cells: show(cells[2], "in C:\\Users\\ada")),
    ("outputs_name_no_machine", lambda cells: show(cells[2], "<f at 0x7fe01fa6cad0>")),
    (
        "figures_are_told_in_words",
        lambda cells: cells[2].outputs.append(
            new_output("display_data", data={"image/png": "aaaa"})
        ),
    ),
    (
        "no_value_at_the_end",
        lambda cells: cells[2].outputs.append(
            new_output("execute_result", data={"text/plain": "{'loss': [0.25]}"})
        ),
    ),
    ("no_number_to_the_last_digit", lambda cells: show(cells[2], "0.123456789")),
    *[
        (
            "nothing_is_chosen_by_test_data",
            lambda cells, s=source: set_source(cells[2], s),
        )
        for source in (
            "best = min(rates, key=lambda rate: error(rate, x_test))",
            "errors = {r: error(r, digits.x_test) for r in rates}\n"
            "scores = errors.values()\nbest = np.argmin(scores)",
            "best = np.argmax(accuracy(x_test))",
            "model.fit(x_train, x_train, validation_data=(x_test, x_test))",
            "GridSearchCV(model, rates).fit(x_test, y_test)",
            "for rate in rates:\n    new = error(rate, x_test)\n"
            "    if new < best:\n        best = new",
        )
    ],
    (
        "no_widget_state",
        lambda cells: cells[2].outputs.append(
            new_output("display_data", data={run_notebooks.WIDGET: {"model_id": "a"}})
        ),
    ),
    ("ends_with_its_neighbours", lambda cells: cells.pop()),
    (
        "ends_with_its_neighbours",
        lambda cells: set_source(cells[3], "[next](02_false_claim.ipynb)"),
    ),
    (
        "is_stored_as_make_notebooks_stores_it",
        lambda cells: set_metadata(cells[2], scrolled=True),
    ),
]


@pytest.mark.parametrize(("rule", "fault"), FAULTS, ids=[rule for rule, _ in FAULTS])
def test_a_rule_finds_its_fault_and_passes_the_sound(tmp_path, rule, fault):
    for path in lessons.find(BROKEN):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "00_sound.ipynb"
    check = getattr(hygiene, rule)
    assert list(check(lessons.Lesson(path))) == []
    notebook = lessons.Lesson(path).notebook
    fault(notebook.cells)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert "00_sound.ipynb" in "\n".join(check(lessons.Lesson(path)))


def test_every_rule_is_seen_to_bite():
    bitten = {rule for rule, _ in FAULTS} | set().union(*EXPECTED.values())
    assert bitten >= {rule.__name__ for rule in hygiene.RULES}


def test_a_stored_notebook_holds_no_widget():
    data = {run_notebooks.WIDGET: {"model_id": "a"}, "text/plain": "FloatSlider()"}
    cell = new_code_cell("slider", outputs=[new_output("display_data", data=data)])
    stored = run_notebooks.normalise(new_notebook(cells=[cell]))
    assert json.loads(stored)["cells"][0]["outputs"] == []
