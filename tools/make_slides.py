"""Make slides for the day in docs/teaching.md out of the lessons' own figures.

    python tools/make_slides.py

Writes slides.html: nbconvert's slides in one file that needs no network. For each
section that the day names there are its questions, its figures with their captions,
and its tables of results, in the order of the lesson.
"""

import argparse
import re
import sys
from importlib.resources import files
from pathlib import Path

import nbformat
from latex2mathml.converter import convert
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parents[1]
QUESTION = re.compile(r"^.*\*\*Before you run.*$", re.MULTILINE)
FORMULA = re.compile(r"\$([^$\n]+)\$")


class GuideError(Exception):
    """The guide names a lesson or a section that is not there."""


def day(guide):
    """Yield (what, titles, to) of a guide's day: "05", ["Look first"], False."""
    table = guide.split("\n## One day")[1].split("\n## ")[0]
    for row in re.findall(r"^\| *\d+:\d+ *\| *\d+ *\|(.*)\|$", table, re.MULTILINE):
        for entry in re.split(r"; (?=\d\d,|exercises )", row.strip()):
            what, _, text = entry.partition(",")
            yield what, re.findall(r'"([^"]+)"', text), '" to "' in text


def sections(cells):
    """Return {heading: its cells, of which the first begins with it}, in order."""
    found, current = {}, []
    for cell in cells:
        parts = [cell.source]
        if cell.cell_type == "markdown":
            parts = re.split(r"^(?=##+ )", cell.source, flags=re.MULTILINE)
        for part in parts:
            if re.match("##+ ", part):
                current = found.setdefault(part.split("\n")[0].lstrip("# "), [])
            current.append(nbformat.from_dict({**cell, "source": part}))
    return found


def named(found, titles, to, lesson):
    """Return the titles of a lesson's sections, and with `to` those between two."""
    for title in titles:
        if title not in found:
            raise GuideError(f'docs/teaching.md: {lesson} has no section "{title}"')
    order = list(found)
    return order[order.index(titles[0]) : order.index(titles[-1]) + 1] if to else titles


def slide(source, kind="slide"):
    """Return a slide of Markdown, its formulas as MathML."""
    source = FORMULA.sub(lambda match: convert(match[1]), source)
    cell = nbformat.v4.new_markdown_cell(source)
    cell.metadata.slideshow = {"slide_type": kind}
    return cell


def figure(cell, caption):
    """Yield a cell's figure with its caption, and its table of results."""
    pictures = [o for o in cell.outputs if "image/png" in o.get("data", {})]
    for output in pictures:
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        output.metadata["image/png"] = {"alt": alt}
        drawn = nbformat.v4.new_code_cell(outputs=[output])
        drawn.metadata.slideshow = {"slide_type": "subslide"}
        yield drawn
        yield slide(caption, "-")
    printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
    table = [line for line in printed.splitlines() if "█" not in line]
    if "✓" in printed:
        yield slide("```\n" + "\n".join(table) + "\n```", "subslide")


def slides(title, cells):
    """Yield the slides of a section."""
    yield slide(f"## {title}")
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type == "markdown":
            for question in QUESTION.findall(cell.source):
                yield slide(question, "subslide")
        else:
            text = following.source.split("\n\n")[0] if following else ""
            yield from figure(cell, text if re.match(r"\*[^*]", text) else "")


def deck(guide, folder):
    """Return the notebook of slides for a guide's day."""
    cells = []
    for what, titles, to in day(guide):
        if what.startswith("exercises"):
            cells.append(slide(f"## {what.capitalize()}"))
            continue
        try:
            (path,) = folder.glob(f"{what}_*.ipynb")
        except ValueError:
            raise GuideError(f"docs/teaching.md: there is no lesson {what}") from None
        lesson = nbformat.read(path, as_version=4).cells
        found = sections(lesson)
        cells.append(slide(lesson[0].source.split("\n\n")[0]))
        for title in named(found, titles, to, path.name):
            cells.extend(slides(title, found[title]))
    return nbformat.v4.new_notebook(cells=cells)


def page(notebook):
    """Return the slides as HTML that holds all that it needs."""
    reveal = files("sphinx_revealjs") / "_static" / "revealjs" / "dist"
    styles = ["reset.css", "reveal.css", "theme/white.css"]
    resources = {
        "styles": "\n".join(
            re.sub(r"@import[^;]*;", "", (reveal / name).read_text(encoding="utf-8"))
            for name in styles
        ),
        "script": (reveal / "reveal.js").read_text(encoding="utf-8"),
    }
    exporter = HTMLExporter(
        template_name="slides",
        extra_template_basedirs=[str(ROOT / "tools")],
        exclude_input=True,
        exclude_output_prompt=True,
    )
    return exporter.from_notebook_node(notebook, resources)[0]


def main(arguments=None):
    """Write the slides; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=Path("slides.html"))
    file = parser.parse_args(arguments).file
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    try:
        notebook = deck(guide, ROOT / "notebooks")
    except GuideError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    file.write_text(page(notebook), encoding="utf-8")
    print(f"✓ {len(notebook.cells)} cells of slides in {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
