"""benchmarks/mutants.py and faults.py: each fault can be planted; some are."""

import ast

import pytest

from benchmarks import faults, mutants, record

AELIB = record.ROOT / "aelib"


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.name)
def test_fault(fault):
    sound = (AELIB / fault.file).read_text(encoding="utf-8")
    assert sound.count(fault.old) == 1
    planted = ast.dump(ast.parse(sound.replace(fault.old, fault.new)))
    assert planted != ast.dump(ast.parse(sound)), "a change of words alone"
    names = {node.name for node in ast.walk(ast.parse(sound)) if hasattr(node, "name")}
    assert fault.part in names


def test_enough_faults():
    assert len(faults.FAULTS) >= 40
    assert len({fault.name for fault in faults.FAULTS}) == len(faults.FAULTS)
    modules = {path.name for path in AELIB.glob("*.py")} - {"__init__.py"}
    assert {fault.file for fault in faults.FAULTS} == modules


def test_rounds():
    fault = faults.Fault("a", "losses.py", "gaussian_kl", "", "")
    (_, own), (_, every), (_, lessons) = mutants.rounds(fault, record.ROOT)
    assert "tests/test_losses.py" in own
    assert "tests/test_layers.py" in every
    assert "tests/test_exercises.py" not in every
    assert not set(own) & set(every)
    assert "notebooks/07_variational.ipynb" in lessons


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a project of one function, with two files of tests and no lesson."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # half of pytest's time
    for name, text in {
        "pyproject.toml": "[tool.pytest.ini_options]\n",
        "aelib/__init__.py": "",
        "aelib/sums.py": "def add(a, b):\n    return a + b + 0\n",
        "tests/test_sums.py": "from aelib import sums\n\n\n"
        "def test_add():\n    assert sums.add(1, 2) == 3\n",
        "tests/test_more.py": "from aelib import sums\n\n\n"
        "def test_zeros():\n    assert sums.add(2, 2) == 4\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "caught"),
    [
        ("a + b", "a - b", "its own tests"),
        ("+ 0", "+ (a == b)", "all tests of aelib"),
        ("+ 0", "- 0", ""),
    ],
)
def test_try_fault(root, old, new, caught):
    before = (root / "aelib" / "sums.py").read_text(encoding="utf-8")
    fault = faults.Fault("f", "sums.py", "add", old, new)
    found = mutants.try_fault(fault, root, set())
    assert found["caught"] == caught
    assert ("test_" in found["by"]) == bool(caught)
    assert (root / "aelib" / "sums.py").read_text(encoding="utf-8") == before


def test_a_fault_without_its_place(root):
    fault = faults.Fault("f", "sums.py", "add", "a * b", "a + b")
    with pytest.raises(ValueError, match="0 times"):
        mutants.try_fault(fault, root, set())


def test_a_round_that_fails_without_a_fault_proves_nothing(root):
    (root / "tests" / "test_sums.py").write_text("def test():\n    assert False\n")
    fault = faults.Fault("f", "sums.py", "add", "a + b", "a - b")
    with pytest.raises(RuntimeError, match=r"fails without a fault: .*test_sums"):
        mutants.try_fault(fault, root, set())


def test_table_and_exit_code(monkeypatch, tmp_path):
    results = {fault.name: {"file": fault.file} for fault in faults.FAULTS}
    for number, row in enumerate(results.values()):
        row |= {"caught": "" if number == 0 else "its own tests", "by": "a::b"}
    found = [(fault, results[fault.name]) for fault in reversed(faults.FAULTS)]
    monkeypatch.setattr(mutants, "try_all", lambda chosen, jobs: found)
    path = tmp_path / "mutants.json"
    assert mutants.main(["--out", str(path)]) == 0
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    count = len(faults.FAULTS)
    assert f"{count} faults, planted in aelib one at a time; {count - 1} caught" in text
    assert f"| {faults.FAULTS[0].name} | {faults.FAULTS[0].file} | **slipped" in text
    for row in results.values():
        row["caught"] = ""
    assert mutants.main(["--out", str(path)]) == 1
