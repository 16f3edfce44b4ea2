"""Run every lesson and solution again, other than it is stored, and collect the claims.

    python -m benchmarks.claims                     (seeds 100 to 119: some hours)
    python -m benchmarks.claims --seeds 3 --first 0 --only 01 --out claims.json
    python -m benchmarks.claims longer              (every number of epochs times ten)
    python -m benchmarks.claims fresh               (test images that no lesson saw)

Under other seeds a cell that prints anything else than what is stored fails, too. The
last two change a copy of the notebook; each claim is then shown beside what the lesson
has stored, and one that fails stops nothing.

What is done is stored after every run: a sweep that was ended goes on where it stopped.
Only runs that came to their end count, and only those of the present notebooks, aelib,
data and versions; whatever changed runs again.

The runs go to processes of this machine, or to the workers of a Dask cluster:

    python -m benchmarks.claims --scheduler tcp://10.0.0.1:8786

Each worker starts in a checkout of the same files, with an environment of its own:

    .venv/bin/python -m distributed.cli.dask_worker --nthreads 1 tcp://10.0.0.1:8786

Beside the JSON it writes a summary (.md), and of seeds a table with all margins (.csv).
The exit code is 1 where a claim or a cell failed under some seed, or where one was not
reached in a changed copy.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
from distributed import Client, LocalCluster, as_completed

from benchmarks import copies, record

THINNEST = 20  # claims that the summary lists
FIRST = 100  # most bounds were set with seeds below
QUESTIONS = {
    "seeds": "",
    "longer": "every number of epochs multiplied by ten",
    "fresh": "1,000 test images of MNIST that no lesson saw",
}
ALONE = {
    # Two notebooks at a time, with two threads each, would wait for each other.
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Half of pytest's start goes into plugins; nbval is named below.
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}


def notebooks(only="", question="seeds"):
    """Return the paths that a question is about, relative to the project's folder.

    Of seeds those are the lessons and solutions, of `longer` the lessons, and of
    `fresh` those that load MNIST.
    """
    folder = record.ROOT / "notebooks"
    found = [*folder.glob("*.ipynb")]
    if question == "seeds":
        found += folder.glob("solutions/*.ipynb")
    return sorted(
        path.relative_to(record.ROOT).as_posix()
        for path in found
        if path.name.startswith(only)
        and (question != "fresh" or "load_mnist" in path.read_text(encoding="utf-8"))
    )


def run(notebook, seed, question="seeds"):
    """Run a notebook under nbval; return what happened, with its claims."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.jsonl"
        extra = {"AELIB_SEED": str(seed), "AELIB_CLAIMS": str(path), **ALONE}
        if question == "fresh" and "AELIB_DATA" in os.environ:
            extra["AELIB_DATA"] = os.environ["AELIB_DATA"]
        place, compare = notebook, "--nbval"
        if question != "seeds":
            place, compare = str(Path(folder) / Path(notebook).name), "--nbval-lax"
            nbformat.write(copies.changed(notebook, question), place)
        started = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml"]
        command += ["--rootdir=.", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "nbval.plugin", compare]
        command += ["--nbval-current-env", "--nbval-cell-timeout=3600"]
        # The measured numbers are another seed's, and differ.
        command += ["--nbval-sanitize-with=tests/nbval_sanitize.cfg", place]
        done = subprocess.run(
            command,
            cwd=record.ROOT,
            env=record.environment(**extra),
            capture_output=True,
            text=True,
            check=False,
        )
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if done.returncode not in (0, 1):  # pytest was ended, or could not begin
        raise RuntimeError(f"{notebook}, seed {seed}: {done.stdout}{done.stderr}")
    result = {
        "passed": done.returncode == 0,
        "seconds": round(time.monotonic() - started),
        "digest": digest(notebook, question),  # of the files on the worker
        "claims": [json.loads(line) for line in lines],
        "log": "" if done.returncode == 0 else done.stdout[-3000:],
    }
    return result if question == "seeds" else beside(result, notebook)


def beside(result, notebook):
    """Add to a result what the lesson has stored of each claim, and what was missed."""
    left = told(notebook)
    for claim in result["claims"]:
        claim["measured"] = _measured(claim["value"])
        for i, (before, claimed) in enumerate(left):
            label = claim["statement"].removesuffix(f" {claimed}")
            number = re.fullmatch(rf"{re.escape(label)} +([-\d[].*)", before)
            if number and label != claim["statement"]:
                claim["stored"] = number[1]
                del left[i]
                break
    return result | {"missed": [" ".join(words).strip() for words in left]}


def told(notebook):
    """Return (label and measured, claimed) of each claim in a notebook's outputs."""
    cells = nbformat.read(record.ROOT / notebook, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    lines = "\n".join(output.get("text", "") for output in outputs).splitlines()
    return [
        line.removeprefix("✓ ").rpartition("   ")[::2]
        for line in lines
        if line.startswith("✓ ") and "   " in line  # a check shows no number
    ]


def _measured(value):
    """Return a measured number as a text; of many the least and the greatest."""
    numbers = np.ravel(value)
    ends = [numbers.min(), numbers.max()] if len(numbers) > 6 else numbers
    texts = [f"{n:,.0f}" if abs(n) >= 1000 else f"{n:.3g}" for n in ends]
    if len(numbers) > 6:
        return " … ".join(texts)
    return f"[{', '.join(texts)}]" if isinstance(value, list) else texts[0]


def add(found, seed, result):
    """Add the result of a run to what was `found` out about its notebook."""
    found["runs"][str(seed)] = {
        key: result[key]
        for key in ("passed", "seconds", "log", "missed")
        if key in result
    }
    made = {}
    for claim in result["claims"]:
        label = claim["statement"]
        made[label] = made.get(label, 0) + 1
        if made[label] > 1:  # the same words twice in a notebook
            label = f"{label} ({made[label]})"
        row = found["claims"].setdefault(label, {"margins": {}, "failed": []})
        row["margins"][str(seed)] = float(f"{claim['margin']:.4g}")
        row |= {key: claim[key] for key in ("stored", "measured") if key in claim}
        if not claim["holds"]:
            row["failed"].append(seed)


def digest(notebook, question="seeds"):
    """Return a text that changes with anything that a run depends on."""
    return record.digest([notebook, *[copies.__file__] * (question != "seeds")])


def store_of(question="seeds"):
    """Return the path of the store of a question."""
    name = "claims" if question == "seeds" else f"claims_{question}"
    return record.RESULTS / f"{name}.json"


def stores():
    """Return {path: its question} of all stores that there are."""
    paths = {store_of(question): question for question in QUESTIONS}
    return {path: question for path, question in paths.items() if path.exists()}


def stored(path=record.RESULTS / "claims.json"):
    """Return what is stored about the notebooks that there are."""
    found = record.read(path).get("notebooks", {})
    return {name: found[name] for name in notebooks() if name in found}


def missing(found, names, seeds, again, question="seeds"):
    """Return (seed, notebook) of every run that is not stored, seed by seed.

    Notebooks that changed since they ran lose what is stored about them.
    """
    for name in names:
        now = digest(name, question)
        if found.get(name, {}).get("digest") != now:
            found[name] = {"digest": now, "runs": {}, "claims": {}}
            found[name] |= {"repeated": 0, "machine": record.machine()}
            found[name] |= {"versions": record.versions()}
        runs = found[name]["runs"]
        for seed in [seed for seed in runs if again and not runs[seed]["passed"]]:
            forget(found[name], seed)
            found[name]["repeated"] += 1
    return [
        (seed, name)
        for seed in seeds
        for name in names
        if str(seed) not in found[name]["runs"]
    ]


def forget(found, seed):
    """Take the run of one seed out of what was found about a notebook."""
    del found["runs"][seed]
    for row in found["claims"].values():
        row["margins"].pop(seed, None)
        row["failed"] = [failed for failed in row["failed"] if str(failed) != seed]
    made = {label: row for label, row in found["claims"].items() if row["margins"]}
    found["claims"] = made


@contextlib.contextmanager
def workers(scheduler, jobs):
    """Yield a client of the Dask scheduler, or of so many processes of this machine."""
    if scheduler:
        with Client(scheduler) as client:
            yield client
        return
    options = {"n_workers": jobs, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        yield client


def sweep(found, work, client, out, question="seeds"):
    """Hand `work` to the workers of a Dask client, and store each run as it ends.

    The runs of a worker that died are begun again on another.
    """
    started = time.monotonic()
    futures = {
        client.submit(run, name, seed, question, pure=False): (seed, name)
        for seed, name in work
    }
    for count, (future, result) in enumerate(
        as_completed(futures, with_results=True), 1
    ):
        seed, name = futures[future]
        keep(found, name, seed, result, out, question)
        left = (time.monotonic() - started) / count * (len(work) - count)
        print(
            f"{'✓' if result['passed'] else '✗'} {name}, seed {seed}: "
            f"{len(result['claims'])} claims, {result['seconds']} s "
            f"({count} of {len(work)}, {left / 60:.0f} minutes left)",
            flush=True,
        )


def keep(found, name, seed, result, out, question="seeds"):
    """Add a result to what was found, and store it."""
    if {digest(name, question), result["digest"]} != {found[name]["digest"]}:
        raise RuntimeError(
            f"{name}, aelib or the data changed while it ran, or a worker has others: "
            "give all the same files, and begin anew"
        )
    add(found[name], seed, result)
    store(out, found)


def store(out, found):
    """Write what was found."""
    record.write(out, {"notebooks": dict(sorted(found.items()))}, indent=None)


def rows(found, seeds):
    """Yield (notebook, claim, margins, faults) of every claim."""
    for name in sorted(found):
        for label, row in found[name]["claims"].items():
            margins = [row["margins"].get(str(seed)) for seed in seeds]
            known = zip(seeds, margins, strict=True)
            faults = sorted(
                {seed for seed, margin in known if margin is None}
                | {seed for seed in row["failed"] if seed in seeds}
            )
            yield name, label, margins, faults


def spread(margins):
    """Return the least margin in standard deviations of the margins over seeds."""
    margins = [margin for margin in margins if margin is not None]
    deviation = statistics.stdev(margins) if len(margins) > 1 else 0
    return min(margins) / deviation if deviation else float("inf")


def as_csv(found, seeds):
    """Return the table of claims and seeds: the margin of each claim."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["notebook", "claim", *(f"seed {seed}" for seed in seeds)])
    for name, label, margins, _ in rows(found, seeds):
        writer.writerow([name, label, *margins])
    return file.getvalue()


def sums(found, seeds):
    """Return the numbers of notebooks, claims, checks made, and those that failed."""
    claims = list(rows(found, seeds))
    runs = [entry["runs"].get(str(seed)) for entry in found.values() for seed in seeds]
    varying = sum(spread(margins) < float("inf") for *_, margins, _ in claims)
    return {
        "notebooks": len(found),
        "claims": len(claims),
        "varying": varying,
        "checks": varying * len(seeds),
        "same": len(claims) - varying,
        "failed": sum(len(faults) for *_, faults in claims),
        "runs": len(runs),
        "runs failed": sum(not run or not run["passed"] for run in runs),
        "repeated": sum(entry["repeated"] for entry in found.values()),
    }


def summary(found, seeds):
    """Return the summary as Markdown."""
    total = sums(found, seeds)
    claims = list(rows(found, seeds))
    each = []
    for name in sorted(found):
        own = [claim for claim in claims if claim[0] == name]
        runs = [found[name]["runs"].get(str(seed)) for seed in seeds]
        passed = sum(bool(run and run["passed"]) for run in runs)
        failed = sum(len(faults) for *_, faults in own)
        each.append([name.removeprefix("notebooks/"), len(own), passed, failed])
    varying = [claim for claim in claims if spread(claim[2]) < float("inf")]
    thin = sorted(varying, key=lambda claim: spread(claim[2]))[:THINNEST]
    listed = [
        [name.removeprefix("notebooks/"), label, min(_known(m)), round(spread(m), 1)]
        for name, label, m, _ in thin
    ]
    broken = [
        [name.removeprefix("notebooks/"), label, ", ".join(map(str, faults))]
        for name, label, _, faults in claims
        if faults
    ]
    parts = [
        f"# Claims under seeds {seeds[0]} to {seeds[-1]}\n",
        f"{total['varying']} claims of {total['notebooks']} notebooks vary with the "
        f"seed; each under {len(seeds)} seeds: {total['checks']:,} checks. "
        f"{total['same']} more claims come out the same on every seed. "
        f"{total['failed']} failed, of all. "
        f"Of {total['runs']} runs under nbval, {total['runs failed']} failed; "
        f"{total['repeated']} were run again after a failure.\n",
        "The margin of each claim under each seed is in the `.csv` of the same name. "
        "Made by `make claims`.\n",
        record.table(["notebook", "claims", "seeds passed", "claims failed"], each),
        "## The thinnest margins\n",
        "How far the worst seed is from the bound, in the claim's own unit and in "
        "standard deviations of its margin over the seeds. Claims that come out the "
        "same on every seed are left out.\n",
        record.table(["notebook", "claim", "least margin", "deviations"], listed),
    ]
    if broken:
        parts += ["## Failed\n", record.table(["notebook", "claim", "seeds"], broken)]
    return "\n".join(parts)


def turns(found):
    """Return what became of each claim, and the claims that were not reached.

    Returns:
        Rows of notebook, claim, what the lesson has stored, what was measured, and
        "turns", "holds", or "same" where the number is; rows of notebook and what the
        lesson shows.
    """
    compared, missed = [], []
    for name in sorted(found):
        short = name.removeprefix("notebooks/")
        for label, row in found[name]["claims"].items():
            texts = row.get("stored", ""), row["measured"]
            outcome = "same" if _same(*map(_numbers, texts)) else "holds"
            if row["failed"]:
                outcome = "turns"
            compared.append([short, label, *texts, outcome])
        for one in found[name]["runs"].values():
            missed += [[short, line] for line in one["missed"]]
    return compared, missed


def _numbers(text):
    """Return the numbers in a text, in three digits."""
    found = re.findall(r"-?\d[\d,.]*(?:e[-+]\d+)?", text)
    return [float(f"{float(number.replace(',', '')):.3g}") for number in found]


def _same(before, now):
    """Tell whether numbers are the same, up to the last digits of the arithmetic."""
    return len(before) == len(now) and np.allclose(before, now, rtol=0, atol=1e-6)


def comparison(found, question):
    """Return the table of claims under changed training or images as Markdown."""
    compared, missed = turns(found)
    turned = [row for row in compared if row[-1] == "turns"]
    same = sum(row[-1] == "same" for row in compared)
    header = ["notebook", "claim", "in the lesson", question, "holds?"]
    parts = [
        f"# The claims with {QUESTIONS[question]}\n",
        f"{len(compared) - same} claims of {len(found)} lessons came out other than in "
        f"the lesson: {len(turned)} turn, {len(compared) - same - len(turned)} hold. "
        f"{same} more gave the same number, and {len(missed)} were not reached. "
        f"One seed, 0. Made by `make {question}`.\n",
        "## Turn\n",
        record.table(header, turned),
    ]
    if missed:
        parts += ["## Not reached\n", record.table(["notebook", "claim"], missed)]
    parts += ["## All\n", record.table(header, compared)]
    return "\n".join(parts)


def _known(margins):
    """Return the margins without the gaps of runs that did not make the claim."""
    return [margin for margin in margins if margin is not None]


def main(arguments=None):
    """Run the sweep that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("question", nargs="?", default="seeds", choices=QUESTIONS)
    parser.add_argument("--seeds", type=int, help="how many; 20 where left out")
    parser.add_argument("--first", type=int, help="the first; 100 where left out")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time, here")
    parser.add_argument("--scheduler", help="address of a Dask scheduler")
    parser.add_argument("--only", default="", help="begin of the notebooks' names")
    parser.add_argument("--again", action="store_true", help="run again what failed")
    parser.add_argument("--out", type=Path, help="a file of JSON")
    chosen = parser.parse_args(arguments)
    question = chosen.question
    given = [n for n in (chosen.seeds, chosen.first) if n is not None]
    if given and question != "seeds":
        parser.error(f"{question} runs with seed 0: leave out --seeds and --first")
    asked = chosen.first, chosen.seeds
    usual = (FIRST, 20) if question == "seeds" else (0, 1)
    first, count = (u if a is None else a for a, u in zip(asked, usual, strict=True))
    if count < 1 or chosen.jobs < 1 or first < 0:
        parser.error("--seeds and --jobs take 1 or more, --first 0 or more")
    names = notebooks(chosen.only, question)
    if not names:
        parser.error(f"--only: no notebook's name begins with {chosen.only!r}")
    seeds = range(first, first + count)
    out = chosen.out or store_of(question)
    found = stored(out)
    work = missing(found, names, seeds, chosen.again, question)
    print(f"{len(work)} runs to do; {len(names) * len(seeds) - len(work)} are stored")
    with workers(chosen.scheduler, chosen.jobs) as client:
        sweep(found, work, client, out, question)
    store(out, found)
    found = {name: found[name] for name in names}
    by_seed = question == "seeds"
    text = summary(found, seeds) if by_seed else comparison(found, question)
    print(text)
    if not chosen.only:  # the tables are of all notebooks or not at all
        record.write(out.with_suffix(".md"), text)
        if by_seed:
            record.write(out.with_suffix(".csv"), as_csv(found, seeds))
    if not by_seed:
        return int(bool(turns(found)[1]))
    total = sums(found, seeds)
    return int(total["failed"] > 0 or total["runs failed"] > 0)


if __name__ == "__main__":
    sys.exit(main())
