"""What a lesson must look like on the page, beside running: one rule a function.

A rule yields a message for each fault, which names the notebook, the cell and the
way out. nbval alone is not enough: it passes a cell that was never run.
"""

import ast
import io
import itertools
import json
import re
import tokenize
from urllib.parse import unquote, urlsplit

import lessons
import nbformat
import pytest
import run_notebooks

MAX_BYTES = 1_500_000
MAX_LINES = 25
MAX_COLUMNS = 88
NEEDS_REASON = {"nbval-ignore-output", "raises-exception"}
DIGITS = 8  # that a printed number has, at most
RERUN = "run `make notebooks ONLY={}`"

NBVAL_COMMENT = re.compile(
    r"^\s*#+\s*(NBVAL_\w+|PYTEST_VALIDATE_IGNORE_OUTPUT)\s*$", re.MULTILINE
)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HTML_LINK = re.compile(
    r"<(?:a|img)\b[^>]*?\b(?:href|src)=[\"']([^\"']+)", re.IGNORECASE
)
LINK_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)", re.MULTILINE)
MATH = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
# Two folders or more, such as /home/ada/x, or a drive letter, and an object's address.
MACHINE_TEXT = re.compile(
    r"(?:^|(?<=[\s'\"(=\[:,]))/(?:[\w.+-]+/)+[\w.+-]+"
    r"|(?<![A-Za-z])[A-Za-z]:\\\w|~/\w|\bat 0x[0-9a-f]{6,}"
)
NUMBER = re.compile(r"(?<![\w.])\d*\.\d+")
TEST_DATA = re.compile(r"(^|_)test(_|$)")
LEARNS = {"fit", "fit_transform", "partial_fit", "train"}
CHOOSES_ON_TEST_DATA = {
    "06_sparse": "np.argmin(errors)",  # where the least error lies is what is asked
}


def is_valid(lesson):
    raw = json.loads(lesson.path.read_text(encoding="utf-8"))
    try:
        nbformat.validate(raw)
    except nbformat.ValidationError as error:
        yield f"{lesson.path.name}: no valid notebook: {error}"


def cell_ids_are_unique(lesson):
    raw = json.loads(lesson.path.read_text(encoding="utf-8"))
    seen = set()
    for index, cell in enumerate(raw["cells"]):
        if cell.get("id") in seen | {None}:
            yield (
                f"{lesson.where(index)} has no id of its own: delete it from the file, "
                f"then {_rerun(lesson)}"
            )
        seen.add(cell.get("id"))


def counts_run_from_1(lesson):
    for expected, (index, cell) in enumerate(lesson.code(), start=1):
        if cell.execution_count != expected:
            yield (
                f"{lesson.where(index)} has the count {cell.execution_count}, not "
                f"{expected}: {_rerun(lesson)}"
            )


def no_stderr(lesson):
    for index, output in _outputs(lesson):
        if output.output_type == "stream" and output.name == "stderr":
            yield (
                f"{lesson.where(index)} wrote to stderr: {output.text[:80]!r}; repair "
                f"what it warns of, then {_rerun(lesson)}"
            )


def no_value_at_the_end(lesson):
    for index, output in _outputs(lesson):
        if output.output_type == "execute_result":
            yield (
                f"{lesson.where(index)} ends in a value, which is shown to the last "
                "digit: write `_ = ...`, print its shape, or make a claim of it"
            )


def no_number_to_the_last_digit(lesson):
    for index, output in _outputs(lesson):
        for number in NUMBER.findall(output.get("text", "")):
            if len(number.replace(".", "").lstrip("0")) > DIGITS:
                yield (
                    f"{lesson.where(index)} prints {number}, whose last digits differ "
                    "between machines: round it"
                )


def nothing_is_chosen_by_test_data(lesson):
    for index, cell in lesson.code():
        tree = lessons.parse(cell.source) or ast.Module([], [])
        measured = _made_of_test_data(tree)
        for node in ast.walk(tree):
            accepted = CHOOSES_ON_TEST_DATA.get(lesson.path.stem)
            chosen = _learns_from(node) + _chosen_by(node)
            if any(map(measured, chosen)) and ast.unparse(node) != accepted:
                line = ast.unparse(node).splitlines()[0]
                yield (
                    f"{lesson.where(index)} learns from test data or chooses by them: "
                    f"{line[:60]}; take the validation data"
                )


def no_untagged_error(lesson):
    for index, output in _outputs(lesson):
        expected = "raises-exception" in lessons.tags(lesson.notebook.cells[index])
        if output.output_type == "error" and not expected:
            yield (
                f"{lesson.where(index)} ended in {output.ename}: repair it, or tag it "
                "raises-exception with a reason"
            )


def one_title_in_the_first_cell(lesson):
    titles = [index for index, level, _ in lesson.headings() if level == 1]
    if titles[:1] != [0]:
        yield f"{lesson.path.name}: the first cell must hold the title (# ...)"
    for index in titles[1:]:
        yield f"{lesson.where(index)} holds a second title: make it a ## section"


def headings_do_not_jump(lesson):
    for (_, above, _), (index, level, text) in itertools.pairwise(lesson.headings()):
        if level > above + 1:
            yield (
                f"{lesson.where(index)}: the heading {text!r} of level {level} stands "
                f"under level {above}: use {'#' * (above + 1)}"
            )


def links_resolve(lesson):
    for index, target in links(lesson):
        problem = _broken(lesson, lesson.notebook.cells[index], target)
        if problem:
            yield f"{lesson.where(index)} links to {target}: {problem}"


def file_is_small(lesson):
    size = lesson.path.stat().st_size
    if size > MAX_BYTES:
        yield (
            f"{lesson.path.name} has {size / 1e6:.2f} MB, more than "
            f"{MAX_BYTES / 1e6} MB: draw fewer or smaller figures"
        )


def no_trailing_semicolon(lesson):
    for index, cell in lesson.code():
        if _last_token(cell.source) == ";":
            yield (
                f"{lesson.where(index)} ends with a semicolon, which nbval cannot "
                "compare: write `_ = ...`, or end with plt.show()"
            )


def cells_are_short(lesson):
    for index, cell in lesson.code():
        lines = cell.source.splitlines()
        if len(lines) > MAX_LINES:
            yield (
                f"{lesson.where(index)} has {len(lines)} lines, more than {MAX_LINES}: "
                "split it"
            )
        for line in lines:
            if len(line) > MAX_COLUMNS:
                yield (
                    f"{lesson.where(index)} has a line of {len(line)} characters, more "
                    f"than {MAX_COLUMNS}: break it: {line[:40]}..."
                )


def code_is_plain_python(lesson):
    for index, cell in lesson.code():
        if lessons.parse(cell.source) is None or "get_ipython" in cell.source:
            yield (
                f"{lesson.where(index)} is no plain Python: no %magic, no !shell line, "
                "no syntax error"
            )


def starts_with_aelib(lesson):
    index, cell = lesson.code()[0] if lesson.code() else (0, None)
    tree = lessons.parse(cell.source) if cell else None
    first = tree.body[0] if tree and tree.body else None
    if first is None or ast.unparse(first) != "import aelib":
        yield (
            f"{lesson.where(index)}: the first statement of the first code cell must "
            "be `import aelib`, which silences TensorFlow's start"
        )
    named = [_setup_lesson(call) for i, call in lesson.calls() if i == index]
    if lesson.path.stem not in named:
        yield (
            f"{lesson.where(index)}: the first code cell must call "
            f'aelib.setup(lesson="{lesson.path.stem}")'
        )


def makes_a_claim(lesson):
    if not any(lessons.called_name(call) == "claim" for _, call in lesson.calls()):
        yield f"{lesson.path.name}: nothing is claimed: add an aelib.claim(...)"


def figures_are_told_in_words(lesson):
    for index, cell in lesson.code():
        drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
        words = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if drawn and len(words.split()) < 8:
            yield f"{lesson.where(index)} draws, and has no words for it (CONTRIBUTING)"


def tags_are_known_and_explained(lesson):
    for index, cell in lesson.code():
        for tag in set(lessons.tags(cell)) - NEEDS_REASON:
            if "nbval" in tag or tag.startswith("pytest"):
                yield f"{lesson.where(index)} has the tag {tag}: remove it"
        reason = cell.metadata.get("reason", "")
        if NEEDS_REASON & set(lessons.tags(cell)) and not str(reason).strip():
            yield (
                f"{lesson.where(index)} has the tags {lessons.tags(cell)} and no "
                'reason: add "reason": "..." to the metadata of the cell'
            )
        for comment in NBVAL_COMMENT.findall(cell.source):
            yield (
                f"{lesson.where(index)} has the comment {comment}: use a tag with a "
                "reason instead"
            )


def outputs_name_no_machine(lesson):
    for index, output in _outputs(lesson):
        for text in lessons.texts(output):
            for found in MACHINE_TEXT.findall(text):
                yield (
                    f"{lesson.where(index)} shows {found!r}, which is true of one "
                    "machine only: print something else"
                )


def no_widget_state(lesson):
    raw = json.loads(lesson.path.read_text(encoding="utf-8"))
    if "widgets" in raw["metadata"]:
        yield f"{lesson.path.name} stores widget state: {_rerun(lesson)}"
    for index, output in _outputs(lesson):
        if run_notebooks.WIDGET in output.get("data", {}):
            yield f"{lesson.where(index)} stores a widget: {_rerun(lesson)}"


def ends_with_its_neighbours(lesson):
    paths = lessons.find(lesson.path.parent)
    place = paths.index(lesson.path)
    expected = [path.name for path in paths[max(place - 1, 0) : place + 2]]
    expected.remove(lesson.path.name)
    last = len(lesson.notebook.cells) - 1
    found = [target for index, target in links(lesson) if index == last]
    if [
        target for target in found if re.fullmatch(r"[^/#]+\.ipynb", target)
    ] != expected:
        yield (
            f"{lesson.where(last)}: the last cell must link to the lessons before and "
            f"after, {' and '.join(expected) or 'of which there are none'}, and to no "
            f"other lesson; it links to {found}"
        )


def is_stored_as_make_notebooks_stores_it(lesson):
    stored = lesson.path.read_text(encoding="utf-8")
    if run_notebooks.normalise(lesson.notebook) != stored:
        yield (
            f"{lesson.path.name} holds an editor's state or another formatting: "
            f"{_rerun(lesson)}"
        )


RULES = [
    is_valid,
    cell_ids_are_unique,
    counts_run_from_1,
    no_stderr,
    no_value_at_the_end,
    no_number_to_the_last_digit,
    nothing_is_chosen_by_test_data,
    no_untagged_error,
    one_title_in_the_first_cell,
    headings_do_not_jump,
    links_resolve,
    file_is_small,
    no_trailing_semicolon,
    cells_are_short,
    code_is_plain_python,
    starts_with_aelib,
    makes_a_claim,
    figures_are_told_in_words,
    tags_are_known_and_explained,
    outputs_name_no_machine,
    no_widget_state,
    ends_with_its_neighbours,
    is_stored_as_make_notebooks_stores_it,
]


def rule_name(rule):
    return rule.__name__


@pytest.mark.parametrize("rule", RULES, ids=rule_name)
def test_lesson(lesson, rule):
    faults = list(rule(lesson))
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def _rerun(lesson):
    """Return the command that repairs a stored notebook."""
    return RERUN.format(lesson.path.stem)


def _outputs(lesson):
    """Return (index of the cell, output) of every stored output."""
    return [(index, output) for index, cell in lesson.code() for output in cell.outputs]


def _made_of_test_data(tree):
    """Return a function: whether syntax names test data, or a score on them."""
    known = set()

    def measured(node):
        names = {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(node)}
        return bool(names & known) or any(map(TEST_DATA.search, names))

    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    for _ in assigned:  # a score may be made of another
        targets = [t for node in assigned if measured(node.value) for t in node.targets]
        targets = [getattr(target, "value", target) for target in targets]
        known |= {target.id for target in targets if isinstance(target, ast.Name)}
    return measured


def _learns_from(node):
    """Return the syntax of what a call trains on, or stops training by."""
    if not isinstance(node, ast.Call):
        return []
    words = {word.arg: word.value for word in node.keywords}
    learns = lessons.called_name(node) in LEARNS
    held_out = [words["validation_data"]] if "validation_data" in words else []
    return [*node.args, *words.values()] if learns else held_out


def _chosen_by(node):
    """Return the syntax of what a call, or an `if` that keeps the best, chooses by."""
    if isinstance(node, ast.If):
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        compared = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
        return [node.test] if stored & compared else []
    name = lessons.called_name(node) if isinstance(node, ast.Call) else ""
    words = {word.arg for word in getattr(node, "keywords", ())}
    # With an axis it names the class of each row, and with no key it is a number.
    place = name in {"argmin", "argmax"} and "axis" not in words
    best = name in {"min", "max", "sorted"} and "key" in words
    return [node] if place or best else []


def links(lesson):
    """Return (index of the cell, target) of every link and every picture."""
    found = []
    for index, cell in lesson.markdown():
        source = MATH.sub("", lessons.prose(cell.source))
        for pattern in (LINK, HTML_LINK, LINK_DEFINITION):
            found += [(index, target) for target in pattern.findall(source)]
    return found


def _broken(lesson, cell, target):
    """Return what is wrong with a link, or None. The internet is not asked."""
    parts = urlsplit(target)
    if parts.scheme in {"https", "mailto"}:
        return None
    if parts.scheme == "attachment":
        known = parts.path in cell.get("attachments", {})
        return None if known else "the cell has no such attachment"
    if parts.scheme or parts.path.startswith("/"):
        return "use a relative path, or https"
    path = lesson.path.parent / unquote(parts.path) if parts.path else lesson.path
    if not path.exists():
        return "there is no such file"
    anchors = _anchors(path)
    if parts.fragment and unquote(parts.fragment) not in anchors:
        return f"there is no such heading; {path.name} has {sorted(anchors)}"
    return None


def _anchors(path):
    """Return the anchors of a file in JupyterLab's form, such as "What-you-see"."""
    if path.suffix == ".ipynb":
        headings = [text for _, _, text in lessons.Lesson(path).headings()]
    elif path.suffix == ".md":
        source = lessons.FENCE.sub("", path.read_text(encoding="utf-8"))
        headings = [text for _, text in lessons.HEADING.findall(source)]
    else:
        headings = []
    return {_plain(heading).replace(" ", "-") for heading in headings}


def _plain(heading):
    """Return a heading as it is shown, without the marks of links, bold and code."""
    shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[*`]", "", shown)


def _setup_lesson(call):
    """Return the lesson that a call of aelib.setup names, or None."""
    if ast.unparse(call.func) != "aelib.setup":
        return None
    named = [word.value for word in call.keywords if word.arg == "lesson"]
    return getattr((call.args + named + [None])[0], "value", None)


def _last_token(source):
    """Return the last token of a cell, comments and line ends left out."""
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in silent | {tokenize.DEDENT}:
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return source.rstrip()[-1:]
    return last
