"""Make the book: the course as a site that is read in a browser, without Python.

    python tools/make_book.py              (make book; writes site/)

The pages are the course's own: README.md, the notebooks with their stored outputs, the
guides, the evidence, aelib's docstrings. Here they are gathered, and what only a page
of a book needs is added: folded answers, a page of all claims, a zip of the course.
book/conf.py says how Sphinx sets them. A warning of Sphinx is an error, and so is a
picture without words.
"""

import argparse
import csv
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SKIPPED = re.compile(r"(\.|site/|my_notebooks/|wheels/|.*(__pycache__|\.egg-info)/)")
COURSE_ZIP = "autoencoders.zip"
NOTES = {  # what a page has to say under its title, and a notebook has not
    "notebooks/00": "Nothing runs in this book: each result stands under its cell. To "
    "run the cells yourself, [get the course](#get-the-course).",
    "notebooks/exercises": "Nothing runs in this book: do the exercises in Jupyter. "
    "[Get the course](#get-the-course) first. What checks an answer is folded.",
    "notebooks/solutions": "Try the [exercises](../exercises/exercises_{stem}.ipynb) "
    "first. The answers are folded, and so is what checks them.",
}


class BookError(Exception):
    """The book cannot be made; the message says why."""


def files_of(root):
    """Return the course's files, relative to its folder: those git knows, or all."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False
    ).stdout.decode()
    names = [name for name in listed.split("\0") if name]
    if not names:
        paths = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
        names = [path for path in paths if not SKIPPED.match(path)]
    return sorted(name for name in names if (root / name).is_file())


def as_page(notebook, name):
    """Return a notebook as a page: a note, and answers that a reader has to open."""
    solved = name.startswith("notebooks/solutions")
    first = notebook["cells"][0]
    title, _, text = "".join(first["source"]).partition("\n")
    if lesson := re.match(r"notebooks/(\d\d)", name):
        title = title.replace("# ", f"# {lesson[1]} ")  # search shows no file names
    title = title.replace("Exercises", "Solutions") if solved else title
    first["source"] = f"{title}\n{text}"
    for start, note in NOTES.items():
        if name.startswith(start):
            note = note.format(stem=Path(name).stem)
            first["source"] = f"{title}\n\n```{{note}}\n{note}\n```\n{text}"
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "text" in output:  # blanks that a bar left would make the output scroll
                output["text"] = re.sub(r"(?m) +$", "", "".join(output["text"]))
        grading, metadata = cell["metadata"].get("nbgrader", {}), cell["metadata"]
        if grading.get("grade") and not grading.get("solution"):
            metadata["tags"] = ["check", f"points-{grading['points']}"]
        elif grading.get("solution") and solved and cell["cell_type"] == "code":
            metadata["tags"] = ["hide-cell"]
            marks = r"(?m)^ *### (BEGIN|END) SOLUTION.*\n?"
            cell["source"] = re.sub(marks, "", "".join(cell["source"]))
        elif grading.get("solution") and solved:
            text = "".join(cell["source"])
            title = f"Model answer (points: {grading['points']})"
            answer = f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"
            cell["source"] = answer
    return notebook


def claims_page(table, old, notebooks):
    """Return a page of all claims, of the rows of benchmarks/results/claims.csv.

    Args:
        table: the text of that file.
        old: whether it is older than what it depends on.
        notebooks: paths of what makes claims now, as the table has them.
    """
    names, *rows = csv.reader(table.splitlines())
    seeds = len(names) - 2
    old_text = "The text of a claim may have changed since it was measured.\n"
    shown = {path for path, *_ in rows}
    newer = sorted({Path(path).stem[:2] for path in notebooks if path not in shown})
    missing = (
        f"Newer than that, and so not on this page: {', '.join(newer)}. There each "
        "claim stands in its notebook, measured on one seed.\n"
    )
    lines = [
        "# All claims\n",
        f"What each lesson and solution claims, and how far the measured number lay on "
        f"the right side of its bound on {seeds} seeds: at the least, and at the most.",
        old_text if old else "",
        missing if newer else "",
    ]
    lesson = None
    for path, claim, *measured in rows:
        if path != lesson:
            lesson = path
            name = Path(path).stem.replace("_", " ")
            name = f"Solutions {name}" if "solutions" in path else name
            head = f"\n## [{name}](../{path})\n"
            lines += [head, "| claim | at the least | at the most |", "|---|---|---|"]
        numbers = sorted(map(float, filter(None, measured)))
        span = f"{numbers[0]:.4g} | {numbers[-1]:.4g}" if numbers else " | "
        lines.append(f"| {claim.replace('|', '&#124;')} | {span} |")
    return "\n".join(lines) + "\n"


def relinked(text):
    """Return a page whose links lead where the book has README.md, and its sections.

    Jupyter's name of a section keeps capitals and commas; Sphinx' does not.
    """

    def section(link):
        return ".ipynb#" + re.sub(r"[^\w-]", "", link[1]).lower()

    text = text.replace("../README.md", "../index.md")
    return re.sub(r"\.ipynb#([^)\s\"]+)", section, text)


def gather(root, source):
    """Copy the course's pages into a folder, and add what only the book needs."""
    for name in files_of(root):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    shutil.copyfile(root / "book" / "conf.py", source / "conf.py")
    for path in (source / "notebooks").rglob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        page = as_page(notebook, path.relative_to(source).as_posix())
        path.write_text(json.dumps(page, ensure_ascii=False), encoding="utf-8")

    results = source / "benchmarks" / "results"
    table = (results / "claims.csv").read_text(encoding="utf-8")
    old = json.loads((results / "stale.json").read_text(encoding="utf-8"))
    made = (source / "notebooks").glob("**/[0-9]*.ipynb")
    made = [path.relative_to(source).as_posix() for path in made]
    page = claims_page(table, old.get("claims"), made)
    (source / "book" / "claims.md").write_text(page, encoding="utf-8")

    front = (source / "README.md").read_text(encoding="utf-8")
    added = (source / "book" / "contents.md").read_text(encoding="utf-8")
    words, fence, lists = added.partition("```{toctree}")
    head, picture, rest = front.partition("![")  # what a reader needs stands above it
    front = head + words + picture + rest + fence + lists
    (source / "index.md").write_text(front, encoding="utf-8")
    for used in ("README.md", "book/contents.md"):
        (source / used).unlink()
    for page in (*source.rglob("*.ipynb"), source / "docs" / "teaching.md"):
        page.write_text(relinked(page.read_text(encoding="utf-8")), encoding="utf-8")


def pictures_without_words(site):
    """Return the pages that show a picture without an alternative text."""
    silent = re.compile(r"<img(?![^>]*\balt=\"[^\"]+\")[^>]*>")
    pages = sorted(site.rglob("*.html"))
    return [page for page in pages if silent.search(page.read_text(encoding="utf-8"))]


def make(root, site):
    """Build the book of a course into a folder, whole or not at all."""
    with tempfile.TemporaryDirectory() as folder:
        source, built = Path(folder) / "source", Path(folder) / "site"
        gather(root, source)
        command = ["-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
        done = subprocess.run([sys.executable, *command, source, built], check=False)
        if done.returncode:
            raise BookError("Sphinx found what is named above")
        silent = [page.relative_to(built) for page in pictures_without_words(built)]
        if silent:
            raise BookError(f"no words for a picture on {', '.join(map(str, silent))}")

        for path in (built / "_sources" / "notebooks").rglob("*.ipynb"):
            original = root / path.relative_to(built / "_sources")
            shutil.copyfile(original, path)  # what is downloaded is not folded
        with zipfile.ZipFile(built / COURSE_ZIP, "w", zipfile.ZIP_DEFLATED) as course:
            for name in files_of(root):
                course.write(root / name, f"autoencoders/{name}")
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(built, site, ignore=shutil.ignore_patterns(".doctrees"))


def main(arguments=None):
    """Make the book; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="a folder")
    chosen = parser.parse_args(arguments)
    try:
        make(ROOT, chosen.out)
    except BookError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    print(f"✓ {chosen.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
