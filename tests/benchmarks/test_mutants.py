"""benchmarks/mutants.py: what it changes, and which round notices."""

import pytest

from benchmarks import mutants

SOURCE = '''"""Words: 1 + 1."""


def add(a, b):
    check(a)
    if not a < b:
        raise ValueError(f"{a + b}")
    return norm(a * 2, axis=-1)
'''
CHANGES = {
    "sums.py 5:4: without check()",
    "sums.py 6:7: no Not",
    "sums.py 6:11: Lt → LtE",
    "sums.py 8:11: without axis",
    "sums.py 8:16: Mult → Div",
    "sums.py 8:20: 2 → 5",
    "sums.py 8:28: no USub",
    "sums.py 8:29: 1 → 3",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a function that writes a project of one function with two tests."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # half of pytest's time

    def write(source, first="sums.add(1, 2) == 3", second="sums.add(2, 2) == 4"):
        test = "from aelib import sums\n\n\ndef test():\n    assert {}\n"
        for name, text in {
            "pyproject.toml": "[tool.pytest.ini_options]\n",
            "aelib/__init__.py": "",
            "aelib/sums.py": source,
            "tests/aelib/test_sums.py": test.format(first),
            "tests/aelib/test_more.py": test.format(second),
        }.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_what_is_changed(project):
    root = project(SOURCE)
    found = mutants.sample(root, 100)
    assert {mutant.name for mutant in found} == CHANGES
    assert set(mutants.sample(root, 3)) < set(found)
    changed = set()
    for mutant in found:
        source = SOURCE.encode()
        new = source[: mutant.start] + mutant.new.encode() + source[mutant.end :]
        compile(new, "sums.py", "exec")
        changed.add(new)
    assert len(changed) == len(CHANGES)
    assert b"    return norm((a / 2), axis=-1)" in b"".join(changed)


@pytest.mark.parametrize(
    ("source", "caught"),
    [
        ("a + b", "its own tests"),  # 1 - 2
        ("a + b if a == b else 3", "all tests of aelib"),  # 2 - 2
        ("max(a, 4) if a > b else a + b", ""),  # a >= b, and there it is 4, too
    ],
)
def test_which_round_notices(project, source, caught):
    root = project(f"def add(a, b):\n    return {source}\n")
    words = "Gt → GtE" if "max" in source else "Add → Sub"
    (mutant,) = [m for m in mutants.sample(root, 100) if m.name.endswith(words)]
    before = (root / "aelib" / "sums.py").read_bytes()
    found = mutants.try_mutant(mutant, root, set())
    assert found["caught"] == caught
    assert ("test_" in found["by"]) == bool(caught)
    assert (root / "aelib" / "sums.py").read_bytes() == before


def test_a_round_that_fails_without_a_change_proves_nothing(project):
    root = project("def add(a, b):\n    return a + b\n", first="False")
    (mutant,) = mutants.sample(root, 1)
    with pytest.raises(RuntimeError, match=r"fails without a change: .*test_sums"):
        mutants.try_mutant(mutant, root, set())


def test_table_and_exit_code(monkeypatch, tmp_path):
    chosen = mutants.sample(mutants.record.ROOT, 40)
    row = {"file": "losses.py", "by": "a::b", "seconds": 1}
    slipped = 1

    def try_all(chosen, jobs):
        for number, mutant in enumerate(reversed(chosen)):
            yield mutant, {**row, "caught": "" if number < slipped else "its own tests"}

    monkeypatch.setattr(mutants, "try_all", try_all)
    path = tmp_path / "mutants.json"
    arguments = ["--out", str(path), "--count", "40"]
    assert mutants.main(arguments) == 0
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "40 changes, made one at a time; 39 caught" in text
    assert text.endswith(f"## Slipped through\n\n- {chosen[-1].name}\n")
    slipped = 4
    assert mutants.main(arguments) == 1
