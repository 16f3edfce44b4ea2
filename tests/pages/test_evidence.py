"""The README's sums are those of the stored results, and the results are complete.

After a new `make claims`, `make portability`, `make mutants`, `make inputs` or `make
bench` this test says which line of the README to renew; `make bench` renews its tables
itself. The results are those of the last release. What changed since then is not run
again here; `make stale` marks what it makes old.
"""

import statistics
from functools import partial

import pytest

from benchmarks import bench, claims, mutants, no_training, portability, record, stale

FILES = sorted({path.stem for path in record.RESULTS.glob("*.json")} - {"stale"})
AGE = "; measured before the latest changes"
README = (record.ROOT / "README.md").read_text(encoding="utf-8")
EVIDENCE = (record.ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")


def stored(name):
    """Return a stored result; its table stands beside it."""
    path = record.RESULTS / f"{name}.json"
    assert path.with_suffix(".md").exists()
    return record.read(path)


def age(*names):
    """Return what the README says where a result is older than what it depends on."""
    return AGE if any(name in record.stale() for name in names) else ""


def seeds_of(found):
    """Return the seeds that every notebook ran with: a sweep may have been ended."""
    ran = [set(map(int, entry["runs"])) for entry in found.values()]
    return sorted(set.intersection(*ran))


def claims_line():
    found = stored("claims")["notebooks"]
    seeds = seeds_of(found)
    total = claims.sums(found, seeds)
    assert (total["failed"], total["runs failed"]) == (0, 0)
    assert len(seeds) >= 20 or f"So far {len(seeds)} of the 20 seeds" in EVIDENCE
    assert seeds == list(range(claims.FIRST, claims.FIRST + len(seeds)))
    assert set(found) <= set(claims.notebooks())
    # Only a sweep that says it is old may lack a lesson, one that is newer.
    assert set(found) == set(claims.notebooks()) or age("claims")
    return (
        f"{total['varying']} claims that vary with the seed × {len(seeds)} seeds = "
        f"{total['checks']:,} checks, {total['failed']} failed, [after "
        f"mending](benchmarks/README.md#evidence) ({total['same']} more claims come "
        f"out the same on every seed){age('claims')}"
    )


def changed_line(question):
    """Return the line of the claims in changed copies; their page is what is stored."""
    name = f"claims_{question}"
    found = stored(name)["notebooks"]
    page = (record.RESULTS / f"{name}.md").read_text(encoding="utf-8")
    assert page.removesuffix(stale.MARK) == claims.comparison(found, question)
    compared, missed = claims.turns(found)
    outcomes = [row[-1] for row in compared]
    turned, held, same = map(outcomes.count, ("turns", "holds", "same"))
    lessons = f"{len(found)} of {len(claims.notebooks(question=question))} lessons"
    gone = f", {len(missed)} were not reached" if missed else ""
    does = "does" if turned == 1 else "do"
    return (
        f"{turned + held} claims of {lessons} gave another number than in the lesson: "
        f"{held} still hold, {turned} {does} not ({same} more gave the same number"
        f"{gone}){age(name)}"
    )


def no_training_line():
    assert stored("no_training")
    page = (record.RESULTS / "no_training.md").read_text(encoding="utf-8")
    found = no_training.stored()
    assert page.removesuffix(stale.MARK) == no_training.as_table(found)
    trained, noticed = (
        sum(row[what] for row in found.values()) for what in ("trained", "noticed")
    )
    return (
        f"in {noticed} of {trained} sections that train, of {len(found)} lessons, some "
        f"claim fails, as it must{age('no_training')}"
    )


def portability_line():
    rows = stored("portability")["setups"]
    run = [name for name, row in rows.items() if row["outcome"] != "not run"]
    every = {setup.name for setup in portability.setups(portability.PYTHONS)}
    assert set(rows) == every or age("portability")
    assert all(r["outcome"] == "passed" for r in rows.values() if r["blocks"])
    passed = [name for name in run if rows[name]["outcome"] == "passed"]
    names = ", ".join(passed)
    return f"{len(passed)} of {len(run)} set-ups passed: {names}{age('portability')}"


def mutants_line():
    found = stored("mutants")
    rows, left = found["changes"], mutants.unexplained(found["changes"])
    slipped = [name for name, row in rows.items() if row["outcome"] == "slipped"]
    assert len(left) <= 0.05 * len(rows)
    # No reason stands for a change that a test has caught since.
    missed, caught = (
        set(map(mutants.place_free, names))
        for names in (slipped, set(rows) - set(slipped))
    )
    assert not set(mutants.equivalent()) & (caught - missed)
    for change in mutants.equivalent():  # nor for a line that is gone
        file, _, edit = change.partition(" ")
        source = (record.ROOT / file).read_text(encoding="utf-8").splitlines()
        old = edit.partition(": ")[2].partition(" → ")[0]
        assert old in " ".join(map(str.strip, source)), change
    files = {name.split()[0] for name in rows}
    return (
        f"{len(rows):,} of {found['of']:,} tried, in {len(files)} files: "
        f"{len(rows) - len(slipped):,} caught, {len(slipped) - len(left)} that nobody "
        f"could see, {len(left)} slipped, [after mending]"
        f"(benchmarks/README.md#evidence){age('mutants')}"
    )


def inputs_line():
    names = stored("inputs")["names"].values()
    assert stored("inputs")["inputs"] >= 300
    accepted, refused = (
        sum(row[outcome] for row in names) for outcome in ("accepted", "refused")
    )
    return (
        f"{accepted + refused:,} tried: {accepted:,} accepted, no NaN or infinity came "
        f"back, no array was changed; {refused:,} refused by an error that names the "
        f"argument{age('inputs')}"
    )


def bench_line():
    runs = {
        name: record.read(bench.path_of(name))["runs"]
        for name in bench.BENCHMARKS
        if bench.path_of(name).exists()
    }

    def sooner(name):
        until = runs[name]["pair"]["seconds until"]
        return int(min(until["recipe"] / seconds for seconds in until["ours"]))

    def values(name, label, key):
        return [run[key] for what, run in runs[name].items() if what.startswith(label)]

    def told(results):
        return ", ".join(
            f"{what} {' to '.join(dict.fromkeys(f'{f(ours):.2f}' for f in (min, max)))}"
            f"{unit} ({theirs:.2f})"
            for what, ours, theirs, unit in results
        )

    deep, sparse, nats, code = (
        bench.load(name).PUBLISHED
        for name in ("deep_autoencoder", "k_sparse", "likelihood", "forest")
    )
    first, better = max(deep.values()), min(deep.values())
    unmoved, moved, long = (
        values("deep_autoencoder", label, "error")
        for label in ("images not moved", "45", "180")
    )
    codes, helped = (
        values("k_sparse", label, "percent wrong") for label in ("seed", "moved")
    )
    right = [run["autoencoder"]["percent right"] for run in runs["forest"].values()]
    wrong = [100 - share for share in right], 100 - code["autoencoder"]
    alone = [
        ("deep autoencoder of 2006", unmoved, first, ""),
        ("deep autoencoder of 2010", unmoved, better, ""),
        ("k-sparse codes", codes, min(sparse.values()), " % wrong"),
        *((name, values("likelihood", name, "nats"), nats[name], "") for name in nats),
        ("forest on a code", *wrong, " % wrong"),
    ]
    with_help = [
        ("deep autoencoder of 2006", moved, first, ""),
        ("deep autoencoder of 2010", long, better, ""),
        ("k-sparse codes", helped, min(sparse.values()), " % wrong"),
    ]
    reached = [row for row in alone if max(row[1]) <= row[2]]
    missed = [row for row in alone if row not in reached]
    assert all(max(row[1]) <= row[2] for row in with_help)
    return (
        f"ours (published): reached: {told(reached)}, keras.io's variational and "
        f"denoising examples {sooner('vae_example')} and {sooner('denoising_example')} "
        f"times sooner; not reached: {told(missed)}; with moved images, which the "
        f"papers did not have: {told(with_help)}{age(*runs)}"
    )


LINES = {
    "claims": claims_line,
    "claims_longer": partial(changed_line, "longer"),
    "claims_fresh": partial(changed_line, "fresh"),
    "no_training": no_training_line,
    "portability": portability_line,
    "mutants": mutants_line,
    "inputs": inputs_line,
    **dict.fromkeys(bench.BENCHMARKS, bench_line),
}


@pytest.mark.parametrize("line", sorted(set(LINES.values()), key=str))
def test_the_readme_tells_what_is_stored(line):
    assert f"| {line()} |" in README


def test_the_table_of_claims_is_made_of_what_is_stored():
    found = stored("claims")["notebooks"]
    seeds = seeds_of(found)
    table = (record.RESULTS / "claims.csv").read_text(encoding="utf-8")
    assert table == claims.as_csv(found, seeds)


@pytest.fixture(scope="module")
def results():
    return list(stale.results())


def test_the_pages_show_what_is_stored_and_mark_what_is_older(results):
    assert record.stale() == stale.find(results), "run `make stale`"
    for path, text in stale.pages(results):
        assert path.read_text(encoding="utf-8") == text, f"{path}: run `make stale`"


@pytest.mark.parametrize("file", FILES)
def test_a_result_that_gets_older_is_marked_on_every_page(results, file, monkeypatch):
    """Of fresh results, the first of one file gets older."""
    place = [name for name, *_ in results].index(file)
    aged = [
        (name, what, now, now if i != place else "other")
        for i, (name, what, _, now) in enumerate(results)
    ]
    older = stale.find(aged)
    assert older == {file: [results[place][1]]}
    pages = {path.stem: text for path, text in stale.pages(aged)}
    readme = pages.pop("README")
    total = sum(name == file for name, *_ in results)
    assert f"| {file} | {total} | 1 |" in readme
    assert readme.count("Older than today's code:") == (file in bench.BENCHMARKS)
    marked = {name for name, text in pages.items() if text.endswith(stale.MARK)}
    assert marked == {file} & set(pages)
    monkeypatch.setattr(record, "stale", lambda: older)
    assert file not in LINES or LINES[file]().endswith(AGE)


def test_a_lesson_that_shows_stored_results_links_to_their_age(lesson):
    source = "\n".join(cell.source for _, cell in lesson.code())
    words = "\n".join(cell.source for _, cell in lesson.markdown())
    link = "](../benchmarks/README.md)"
    assert not record.named(source) or link in words


def test_the_page_on_a_class_tells_what_is_stored():
    page = (record.ROOT / "docs" / "classroom.md").read_text(encoding="utf-8")
    students = list(stored("hub")["students"].values())
    waited = [student["running"] for student in students]
    median = statistics.median(waited)
    assert f"{median:.0f} seconds ({max(waited):.0f} at worst)" in page
    held = statistics.median(student["MB"] for student in students) / 1000
    computed = round(statistics.median(s["computed"] for s in students))
    assert f"{held:.1f} GB, server and one notebook together" in page
    longest = max(student["done"] for student in students)
    sums = f"{len(students)} × {computed} ÷ 2 = {len(students) * computed // 2}"
    assert f"{sums} (measured: {longest:.0f}" in page
    lessons = record.read(bench.path_of("course"))["runs"]["lessons"]["lessons"]
    largest = round(max(lesson["peak MB"] for lesson in lessons.values()) / 1000, 1)
    beside = round(largest + 0.2, 1)  # the student's server
    assert f"{beside} GB where a lesson, of the largest {largest} GB, is open" in page
    for gigabytes in (8, 16, 32, 64):
        one, large = (int((gigabytes - 2) / each) for each in (round(held, 1), beside))
        assert f"| {gigabytes} GB | {one} | {large} |" in page
