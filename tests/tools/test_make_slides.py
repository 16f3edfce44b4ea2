"""tools/make_slides.py: what becomes a slide, and what it refuses."""

import base64

import make_slides
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

GUIDE = """
## One day: the core path

| when | minutes | what |
|---|---|---|
| 9:00 | 55 | 01, "Look first" to "Then"; exercises 01, by hand |
| 9:55 | | break |
| 10:00 | 50 | 01, "Last" |

## Another part
"""


def figure(alt):
    picture = base64.b64encode(b"a picture").decode()
    printed = "training ████ done\n✓ error   1   ≤ 2\n"
    outputs = [
        new_output("stream", name="stdout", text=printed),
        new_output("display_data", data={"image/png": picture}),
    ]
    metadata = {"mystnb": {"image": {"alt": alt}}}
    return new_code_cell("draw()", outputs=outputs, metadata=metadata)


@pytest.fixture
def folder(tmp_path):
    cells = [
        new_markdown_cell("# A lesson\n\nTwo sentences."),
        new_markdown_cell("## Look first\n\nText. **Before you run: why** is $x$ 1?"),
        figure("A line that rises."),
        new_markdown_cell("*It rises.*\n\nMore.\n\n## Between\n\n## Then\n\nText"),
        new_markdown_cell("## Last\n\nText"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbformat.write(notebook, tmp_path / "01_a.ipynb")
    return tmp_path


def texts(folder, guide=GUIDE):
    return [cell.source for cell in make_slides.deck(guide, folder).cells]


def test_the_sections_of_the_day_in_their_order(folder):
    shown = [text for text in texts(folder) if text.startswith("#")]
    lesson = ["# A lesson", "## Look first", "## Between", "## Then"]
    assert shown == [*lesson, "## Exercises 01", "# A lesson", "## Last"]


def test_questions_captions_and_results_are_shown_and_other_text_is_not(folder):
    shown = texts(folder)
    (question,) = (text for text in shown if "Before you run" in text)
    assert "<math" in question
    assert "$" not in question
    assert "*It rises.*" in shown
    assert "```\n✓ error   1   ≤ 2\n```" in shown
    assert not any("More." in text or "done" in text for text in shown)


def test_a_caption_stands_right_below_its_figure():
    cells = [figure("one"), figure("two"), new_markdown_cell("*The second.*")]
    shown = [cell.source for cell in make_slides.slides("A", cells)]
    assert shown.count("*The second.*") == 1


def test_what_is_not_there_is_named(folder):
    with pytest.raises(make_slides.GuideError, match='no section "Las"'):
        texts(folder, GUIDE.replace('"Last"', '"Las"'))
    with pytest.raises(make_slides.GuideError, match="no lesson 02"):
        texts(folder, GUIDE.replace('01, "Last"', '02, "Last"'))


def test_main_writes_the_slides_of_the_guide_or_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_slides, "page", lambda notebook: len(notebook.cells) * "a")
    file = tmp_path / "slides.html"
    assert make_slides.main([str(file)]) == 0
    assert len(file.read_text(encoding="utf-8")) > 50

    def deck(guide, notebooks):
        raise make_slides.GuideError("no such section")

    monkeypatch.setattr(make_slides, "deck", deck)
    assert make_slides.main([str(tmp_path / "other.html")]) == 1
    assert capsys.readouterr().err == "✗ no such section\n"
    assert list(tmp_path.iterdir()) == [file]


def test_the_page_holds_all_that_it_needs(folder, tmp_path, monkeypatch):
    reveal = tmp_path / "_static" / "revealjs" / "dist"
    (reveal / "theme").mkdir(parents=True)
    for name in ("reset", "reveal", "theme/white"):
        style = f"@import url({name}.woff);\n.{name[-5:]} {{}}"
        (reveal / f"{name}.css").write_text(style, encoding="utf-8")
    (reveal / "reveal.js").write_text("the_script()", encoding="utf-8")
    monkeypatch.setattr(make_slides, "files", lambda package: tmp_path)
    page = make_slides.page(make_slides.deck(GUIDE, folder))
    for part in (".reset {}", ".eveal {}", ".white {}", "the_script()", "It rises."):
        assert part in page
    assert 'alt="A line that rises."' in page
    assert ".woff" not in page  # another file
    figure = page.partition("jp-CodeCell")[2].partition("<img")[0]
    assert "In [" not in figure
    assert "Prompt" not in figure
