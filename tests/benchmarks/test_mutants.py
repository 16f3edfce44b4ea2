"""benchmarks/mutants.py: which tests a change meets, what is stored, what is listed."""

import contextlib
import os
import subprocess
import sys
import types

import pytest

from benchmarks import mutants, record

NAMES = [
    "aelib/losses.py 7 f: a + b → a - b",
    "aelib/losses.py 9 f: a < b → a <= b",
    "aelib/codec.py 3 g: 1 → 2",
]


def test_every_module_has_tests_of_its_own():
    for path in mutants.files():
        for tests in mutants.rounds(path):
            assert (record.ROOT / tests[0]).exists(), path


def test_what_an_outcome_hangs_on(monkeypatch):
    monkeypatch.setattr(record, "digest", lambda paths, without: paths[1:])
    tool = mutants.digest("tools/lab.py")
    assert tool[:2] == ["tests/tools/test_lab.py", "tools"]
    assert record.ROOT / "tests" / "gradients.py" in tool
    module = set(mutants.digest("aelib/losses.py"))
    assert module > {"tests/aelib/test_losses.py", "tests/properties"}
    assert "tools" not in module
    assert set(mutants.digest()) > {*tool, *module}
    for path in mutants.files():
        texts = map(record._content, record._files(mutants.digest(path)))
        assert path.parts[0] == "tools" or record.ROOT / path in record._of_aelib(texts)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("def test_it(): assert True", "slipped"),
        ("def test_it(): assert False", "caught"),
        ("def test_it():\n    while True: pass", "endless"),
        ("import os\ndef test_it(): os.execlp('sleep', 'sleep', '99')", "endless"),
        ("", "no test"),
    ],
)
def test_what_a_fork_finds(tmp_path, test, outcome):
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "test_it.py").write_text(test + "\n")
    code = (
        f"import sys; sys.path.insert(0, {str(record.ROOT)!r})\n"
        "from benchmarks import mutants\n"
        f"mutants.SECONDS, mutants.WAIT = 8, {8 if 'sleep' in test else 900}\n"
        "print(mutants.forked(['test_it.py'])[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=record.environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == (outcome, 0), done.stderr


def test_a_test_that_is_gone_notices_nothing(monkeypatch):
    spec = types.SimpleNamespace(module_path=record.ROOT / "aelib/losses.py")
    spec.occurrence, tried = 0, []

    def forked(arguments):
        tried.append(arguments)
        found = {("gone",): ("no test", ""), ("tests", "-k", "a"): ("slipped", "")}
        return found.get(arguments, ("caught", "FAILED t.py::test[a b] - 1 is not 2"))

    module = types.SimpleNamespace(use_mutation=lambda *_: contextlib.nullcontext())
    monkeypatch.setitem(sys.modules, "cosmic_ray.mutating", module)
    monkeypatch.setattr(mutants, "operator", lambda _: None)
    monkeypatch.setattr(mutants, "check_sound", lambda _: None)
    monkeypatch.setattr(mutants, "forked", forked)
    monkeypatch.setattr(mutants, "rounds", lambda _: [("tests", "-k", "a"), ("more",)])
    found = mutants.attempt(spec, "gone")
    assert (found["outcome"], found["by"]) == ("caught", "t.py::test[a b]")
    assert tried == [("gone",), ("tests", "-k", "a"), ("more",)]
    # Tests that are no more found after a change have noticed it.
    monkeypatch.setattr(mutants, "rounds", lambda _: [("gone",), ("more",)])
    assert mutants.attempt(spec)["outcome"] == "caught"
    assert tried[3:] == [("gone",)]


def test_tests_that_fail_without_a_change_prove_nothing(monkeypatch):
    monkeypatch.setattr(mutants, "forked", lambda arguments: ("caught", "FAILED a"))
    with pytest.raises(RuntimeError, match="without a change:\nFAILED a"):
        mutants.check_sound(("tests",))


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    """Return a function that runs `main` with made-up outcomes of what is left."""
    out, tried = tmp_path / "mutants.json", []

    def run(*outcomes, digests="same", arguments=()):
        def try_all(left, jobs):
            tried[:] = left
            for name in left:
                outcome = outcomes[NAMES.index(name)]
                if isinstance(outcome, BaseException):
                    raise outcome
                yield name, {"outcome": outcome, "by": "", "seconds": 1.0}

        def digest_of(path="*"):
            return digests if path == "aelib/losses.py" else "same"

        monkeypatch.setattr(mutants, "changes", lambda _: dict.fromkeys(NAMES))
        monkeypatch.setattr(mutants, "in_random_order", list)
        monkeypatch.setattr(mutants, "try_all", try_all)
        monkeypatch.setattr(mutants, "digest", digest_of)
        code = None
        with contextlib.suppress(KeyboardInterrupt):
            code = mutants.main(["--out", str(out), *arguments])
        return types.SimpleNamespace(
            code=code, tried=list(tried), page=out.with_suffix(".md").read_text()
        )

    return run


def test_what_slips_is_listed_unless_nobody_could_see_it(sweep, tmp_path, monkeypatch):
    assert sweep("caught", "caught", "endless").code == 0
    slipped = sweep("caught", "slipped", "caught", digests="other")
    assert slipped.code == 1
    assert "3 of 3 changes tried; 2 caught by a" in slipped.page
    assert f"| {NAMES[1]} | **slipped** |" in slipped.page

    reasons = tmp_path / "equivalent.toml"
    change = mutants.place_free(NAMES[1])
    assert change == "aelib/losses.py f: a < b → a <= b"
    reasons.write_text(
        f"[[equivalent]]\nbecause = 'never equal'\nchanges = ['{change}']\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(mutants, "EQUIVALENT", reasons)
    known = sweep("caught", "slipped", "caught", digests="other")
    assert (known.code, known.tried) == (0, [])
    assert f"| {NAMES[1]} | never equal |" in known.page


def test_only_what_changed_runs_again(sweep):
    outcomes = ["caught"] * 3
    assert sweep(*outcomes).tried == NAMES
    assert sweep(*outcomes).tried == []
    assert sweep(*outcomes, digests="later").tried == NAMES[:2]


def test_a_run_that_was_ended_goes_on(sweep):
    ended = sweep("caught", KeyboardInterrupt(), "caught")
    assert ended.tried == NAMES
    assert "1 of 3 changes tried, drawn at random; 1 caught" in ended.page
    assert sweep("caught", "caught", "caught").tried == NAMES[1:]


def test_a_sample_is_drawn_at_random_and_kept(sweep):
    names = [f"aelib/losses.py {i} f: {i} → {i + 1}" for i in range(99)]
    order = mutants.in_random_order(dict.fromkeys(names))
    assert sorted(order) == sorted(names)
    assert order != names
    assert mutants.in_random_order(names[10:]) == [n for n in order if n in names[10:]]
    moved = [name.replace("py ", "py 1") for name in order]  # to later lines
    assert mutants.in_random_order(sorted(moved)) == moved

    assert (
        sweep("caught", "caught", "caught", arguments=["--sample", "2"]).tried
        == (NAMES[:2])
    )
    assert sweep("caught", "caught", "caught").tried == NAMES[2:]
    last = sweep(*["caught"] * 3, arguments=["--sample", "0"], digests="later")
    assert last.tried == NAMES[:2]


def test_a_part_has_a_store_of_its_own(capsys):
    with pytest.raises(SystemExit):
        mutants.main(["--only", "losses"])
    assert "--only needs --out" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        mutants.main(["--only", "nothing", "--out", "x.json"])
    assert "no file's name holds 'nothing'" in capsys.readouterr().err
