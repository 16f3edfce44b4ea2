"""Run every lesson and solution under many seeds, and collect the claims.

    python -m benchmarks.claims                     (seeds 0 to 19: about two hours)
    python -m benchmarks.claims --seeds 3 --only 01 --out claims.json

Each notebook runs under nbval, so a cell that prints anything else than what is stored
fails, too. What is done is stored after every run: a sweep that was ended goes on
where it stopped. Only runs that came to their end count, and only those of the present
notebooks, aelib, data and versions; whatever changed runs again.

The runs go to processes of this machine, or to the workers of a Dask cluster:

    python -m benchmarks.claims --scheduler tcp://10.0.0.1:8786

Each worker starts in a checkout of the same files, with an environment of its own:

    .venv/bin/python -m distributed.cli.dask_worker --nthreads 1 tcp://10.0.0.1:8786

Beside the JSON it writes a table of claims and seeds (.csv) and a summary (.md). The
exit code is 1 where a claim or a cell failed.
"""

import argparse
import contextlib
import csv
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from distributed import Client, LocalCluster, as_completed

from benchmarks import record

THINNEST = 20  # claims that the summary lists
ALONE = {
    # Two notebooks at a time, with two threads each, would wait for each other.
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Half of pytest's start goes into plugins; nbval is named below.
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}


def notebooks(only=""):
    """Return the paths of lessons and solutions, relative to the project's folder."""
    folder = record.ROOT / "notebooks"
    found = [*folder.glob("*.ipynb"), *folder.glob("solutions/*.ipynb")]
    return sorted(
        path.relative_to(record.ROOT).as_posix()
        for path in found
        if path.name.startswith(only)
    )


def run(notebook, seed):
    """Run a notebook under nbval; return what happened, with its claims."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.jsonl"
        extra = {"AELIB_SEED": str(seed), "AELIB_CLAIMS": str(path), **ALONE}
        started = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml"]
        command += ["--rootdir=.", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "nbval.plugin", "--nbval"]
        command += ["--nbval-current-env", "--nbval-cell-timeout=600", notebook]
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
    return {
        "passed": done.returncode == 0,
        "seconds": round(time.monotonic() - started),
        "digest": digest(notebook),  # of the files on the worker
        "claims": [json.loads(line) for line in lines],
        "log": "" if done.returncode == 0 else done.stdout[-3000:],
    }


def add(found, seed, result):
    """Add the result of a run to what was `found` out about its notebook."""
    found["runs"][str(seed)] = {
        key: result[key] for key in ("passed", "seconds", "log")
    }
    made = {}
    for claim in result["claims"]:
        label = claim["statement"]
        made[label] = made.get(label, 0) + 1
        if made[label] > 1:  # the same words twice in a notebook
            label = f"{label} ({made[label]})"
        row = found["claims"].setdefault(label, {"margins": {}, "failed": []})
        row["margins"][str(seed)] = float(f"{claim['margin']:.4g}")
        if not claim["holds"]:
            row["failed"].append(seed)


def digest(notebook):
    """Return a text that changes with anything that a run depends on."""
    return record.digest([notebook])


def stored(path=record.RESULTS / "claims.json"):
    """Return what is stored about the notebooks that there are."""
    found = record.read(path).get("notebooks", {})
    return {name: found[name] for name in notebooks() if name in found}


def missing(found, names, seeds, again):
    """Return (seed, notebook) of every run that is not stored, seed by seed.

    Notebooks that changed since they ran lose what is stored about them.
    """
    for name in names:
        if found.get(name, {}).get("digest") != digest(name):
            found[name] = {"digest": digest(name), "runs": {}, "claims": {}}
            found[name] |= {"repeated": 0, "machine": record.machine()}
            found[name] |= {"versions": record.versions()}
        runs = found[name]["runs"]
        for seed in [seed for seed in runs if again and not runs[seed]["passed"]]:
            forget(found[name], seed)
            found[name]["repeated"] += 1
    return [
        (seed, name)
        for seed in range(seeds)
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


def sweep(found, work, client, out):
    """Hand `work` to the workers of a Dask client, and store each run as it ends.

    The runs of a worker that died are begun again on another.
    """
    started = time.monotonic()
    futures = {
        client.submit(run, name, seed, pure=False): (seed, name) for seed, name in work
    }
    for count, (future, result) in enumerate(
        as_completed(futures, with_results=True), 1
    ):
        seed, name = futures[future]
        keep(found, name, seed, result, out)
        left = (time.monotonic() - started) / count * (len(work) - count)
        print(
            f"{'✓' if result['passed'] else '✗'} {name}, seed {seed}: "
            f"{len(result['claims'])} claims, {result['seconds']} s "
            f"({count} of {len(work)}, {left / 60:.0f} minutes left)",
            flush=True,
        )


def keep(found, name, seed, result, out):
    """Add a result to what was found, and store it."""
    if {digest(name), result["digest"]} != {found[name]["digest"]}:
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
            margins = [row["margins"].get(str(seed)) for seed in range(seeds)]
            faults = sorted(
                {seed for seed, margin in enumerate(margins) if margin is None}
                | {seed for seed in row["failed"] if seed < seeds}
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
    writer.writerow(["notebook", "claim", *(f"seed {seed}" for seed in range(seeds))])
    for name, label, margins, _ in rows(found, seeds):
        writer.writerow([name, label, *margins])
    return file.getvalue()


def sums(found, seeds):
    """Return the numbers of notebooks, claims, checks made, and those that failed."""
    claims = list(rows(found, seeds))
    runs = [
        entry["runs"].get(str(seed))
        for entry in found.values()
        for seed in range(seeds)
    ]
    return {
        "notebooks": len(found),
        "seeds": seeds,
        "claims": len(claims),
        "varying": sum(spread(margins) < float("inf") for *_, margins, _ in claims),
        "checks": sum(len(margins) for _, _, margins, _ in claims),
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
        runs = [found[name]["runs"].get(str(seed)) for seed in range(seeds)]
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
        f"# Claims under seeds 0 to {seeds - 1}\n",
        f"{total['claims']:,} claims of {total['notebooks']} notebooks, each under "
        f"{seeds} seeds: {total['checks']:,} checks, {total['failed']} failed. "
        f"{total['varying']} of the claims are about numbers that vary with the seed. "
        f"Of {total['runs']} runs under nbval, {total['runs failed']} failed; "
        f"{total['repeated']} were run again after a failure.\n",
        "The margin of each claim under each seed is in `claims.csv`. "
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


def _known(margins):
    """Return the margins without the gaps of runs that did not make the claim."""
    return [margin for margin in margins if margin is not None]


def main(arguments=None):
    """Run the sweep that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many, from 0 on")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time, here")
    parser.add_argument("--scheduler", help="address of a Dask scheduler")
    parser.add_argument("--only", default="", help="begin of the notebooks' names")
    parser.add_argument("--again", action="store_true", help="run again what failed")
    parser.add_argument("--out", type=Path, default=record.RESULTS / "claims.json")
    chosen = parser.parse_args(arguments)
    if chosen.seeds < 1 or chosen.jobs < 1:
        parser.error("--seeds and --jobs take whole numbers of 1 or more")
    names = notebooks(chosen.only)
    if not names:
        parser.error(f"--only: no notebook's name begins with {chosen.only!r}")
    found = stored(chosen.out)
    work = missing(found, names, chosen.seeds, chosen.again)
    print(f"{len(work)} runs to do; {len(names) * chosen.seeds - len(work)} are stored")
    with workers(chosen.scheduler, chosen.jobs) as client:
        sweep(found, work, client, chosen.out)
    store(chosen.out, found)
    found = {name: found[name] for name in names}
    text = summary(found, chosen.seeds)
    print(text)
    if not chosen.only:  # the tables are of all notebooks or not at all
        record.write(chosen.out.with_suffix(".csv"), as_csv(found, chosen.seeds))
        record.write(chosen.out.with_suffix(".md"), text)
    total = sums(found, chosen.seeds)
    return int(total["failed"] > 0 or total["runs failed"] > 0)


if __name__ == "__main__":
    sys.exit(main())
