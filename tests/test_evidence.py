"""The README's sums are those of the stored results, and the results are complete.

After a new `make portability` or `make mutants` this test says which
line of the README to renew. The results are those of the last release: what changed
since then is not run again here.
"""

import faults
import mutants
import portability
import pytest
import record

README = (record.ROOT / "README.md").read_text(encoding="utf-8")


def stored(name):
    """Return a stored result; its table stands beside it."""
    path = record.RESULTS / f"{name}.json"
    assert path.with_suffix(".md").exists()
    return record.read(path)


def portability_line():
    rows = stored("portability")["setups"]
    for setup in portability.setups(portability.PYTHONS):
        assert rows[setup.name]["outcome"] == "passed" or not setup.blocks
    passed = [name for name, row in rows.items() if row["outcome"] == "passed"]
    return f"{len(passed)} of {len(rows)} set-ups passed: {', '.join(passed)}"


def mutants_line():
    rows = stored("mutants")["faults"]
    caught = sum(bool(row["caught"]) for row in rows.values())
    assert set(rows) == {fault.name for fault in faults.FAULTS}
    assert caught >= mutants.LEAST * len(rows)
    return f"{caught} of {len(rows)} caught"


@pytest.mark.parametrize("line", [portability_line, mutants_line])
def test_the_readme_tells_what_is_stored(line):
    assert f"| {line()} |" in README
