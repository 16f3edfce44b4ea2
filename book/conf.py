"""How Sphinx makes the book. tools/make_book.py gathers the pages and calls it.

Everything is built from stored outputs, and no page asks for anything on the network.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

project = "Autoencoders, step by step"
author = "the authors of the course"
extensions = [
    "autoapi.extension",  # aelib's docstrings, read and not imported
    "myst_nb",
    "sphinx.ext.napoleon",
    "sphinx-mathjax-offline",
    "sphinx_copybutton",
]
nb_code_prompt_hide = "Hide the answer"
nb_code_prompt_show = "Show the answer"
nb_execution_mode = "off"
myst_disable_syntax = ["html_inline"]  # <lambda> in a table is text
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
autoapi_add_toctree_entry = False
autoapi_dirs = ["aelib"]
autoapi_options = ["members", "show-module-summary"]
autoapi_root = "api"
autoapi_template_dir = "book/autoapi"
default_role = "code"
exclude_patterns = ["book/autoapi", "tests/broken_notebooks"]
suppress_warnings = ["autoapi.python_import_resolution"]  # names made by unpacking
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["book/book.css"]
html_css_files = ["book.css"]
html_theme_options = {
    "home_page_in_toc": True,
    "max_navbar_depth": 1,
    "navbar_persistent": [],
    "show_toc_level": 2,
    "toc_title": "On this page",
    "use_fullscreen_button": False,
    "use_source_button": False,
}
html_show_copyright = False
html_show_search_summary = False  # a page on a disk may not fetch another
GLOSSARY = "book/glossary"
OTHER_SENSES = re.compile(r"Python code|without loss")  # of the glossary's words


def fold(title, inside, shown=False):
    """Return nodes that a reader can fold, under a title of their own."""
    start = f"<details{' open' * shown}><summary>{title}</summary>"
    raw = (nodes.raw("", text, format="html") for text in (start, "</details>"))
    return [next(raw), *inside, next(raw)]


def fold_code_and_extras(app, doctree):
    """Let the code of each cell be folded away, and fold checks and what goes deeper.

    An answer has a `hide_mode`: myst_nb folds it, with its outputs.
    """
    for cell in list(doctree.findall(nodes.container)):
        if "cell_input" in cell["classes"] and not cell.parent.get("hide_mode"):
            tags = " ".join(cell.parent["classes"])
            check = re.search(r"tag_points-(\d+)", tags)
            name = f"check (points: {check[1]})" if check else "code"
            cell.parent.replace(cell, fold(name, [cell.deepcopy()], shown=not check))
    for section in list(doctree.findall(nodes.section)):
        title, *inside = section.children
        if title.astext() == "Going deeper":
            section.children = [title]
            section.extend(fold("Show what goes deeper", inside))


def glossary_terms(app):
    """Return the terms of the glossary, the longest first."""
    text = (Path(app.srcdir) / f"{GLOSSARY}.md").read_text(encoding="utf-8")
    return sorted(re.findall(r"^(\w.*)\n  \S", text, re.MULTILINE), key=len)[::-1]


def is_prose(text):
    """Return whether a text node stands in a sentence that may hold a link."""
    fixed = (nodes.title, nodes.literal, nodes.raw, nodes.math)
    fixed += (nodes.reference, addnodes.pending_xref, addnodes.download_reference)
    in_a_paragraph, node = False, text.parent
    while node is not None:
        section = node[0].astext() if isinstance(node, nodes.section) else ""
        if isinstance(node, fixed) or section == "References":
            return False
        in_a_paragraph |= isinstance(node, nodes.paragraph)
        node = node.parent
    return in_a_paragraph


def first_term(text, terms):
    """Return the match of the first of these terms in a text, or None."""
    words = "|".join(map(re.escape, terms))
    plain = OTHER_SENSES.sub(lambda other: " " * len(other[0]), text)
    return re.search(rf"(?<![\w-])({words})s?(?![\w-])", plain, re.IGNORECASE)


def link_terms(app, doctree):
    """Link a term of the glossary where a lesson uses it for the first time."""
    lesson = app.env.docname
    if not re.match(r"notebooks/\d", lesson):
        return
    left = {term.lower(): term for term in glossary_terms(app)}
    for text in filter(is_prose, list(doctree.findall(nodes.Text))):
        if left and (found := first_term(text, left)):
            link = addnodes.pending_xref(
                refdomain="std",
                reftype="term",
                reftarget=left.pop(found[1].lower()),
                refdoc=lesson,
            )
            link += nodes.inline(found[0], found[0])
            before, after = text[: found.start()], text[found.end() :]
            text.parent.replace(text, [nodes.Text(before), link, nodes.Text(after)])


def keep_lines(app, what, name, obj, options, lines):
    """Keep the lines of what a module's docstring indents, a table or a layout."""
    if what not in ("module", "package"):
        return
    for i in range(len(lines) - 1, 1, -1):
        indented, blank_above = lines[i].startswith(" "), not lines[i - 1]
        if indented and blank_above and not lines[i - 2].startswith(" "):
            lines[i:i] = [".. code-block:: text", ""]


def setup(app):
    """Register what changes pages on their way."""
    app.connect("autodoc-process-docstring", keep_lines)
    app.connect("doctree-read", link_terms)
    app.connect("doctree-read", fold_code_and_extras)
