"""The book in a real browser: make book-test.

It needs Chromium; CHROMIUM names it where it is not on the path. Every page is opened
from its file, as a reader does who has unpacked the book.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

SITE = Path(__file__).resolve().parents[2] / "site"
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if "_static" not in path.parts
    and path.name not in {"genindex.html", "py-modindex.html", "search.html"}
)
TYPICAL = [
    "index.html",
    "notebooks/03_the_bottleneck.html",
    "notebooks/solutions/03_the_bottleneck.html",
    "book/glossary.html",
    "book/claims.html",
    "api/aelib/index.html",
    "api/aelib/models/index.html",
    "docs/teaching.html",
]
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a network of its own."""
    assert PAGES, "there is no site/: run `make book`"
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert found, "there is no Chromium: name it in CHROMIUM"
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        with chromium.launch(executable_path=found, args=["--no-sandbox"]) as browser:
            yield browser


@pytest.fixture
def page(browser):
    """A page that remembers what it asked for elsewhere, and its errors."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.asked, page.errors = [], []

    def note(request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            page.asked.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    assert page.asked == []
    assert page.errors == []
    page.close()


def show(page, name, query=""):
    page.goto(f"{(SITE / name).as_uri()}{query}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens(page, name):
    show(page, name)
    assert page.locator("h1").count() >= 1
    if page.locator(".math").count():
        page.wait_for_selector("mjx-container")
    assert page.locator("mjx-merror").count() == 0
    for width in (1400, 800, 400):
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate(OVERFLOW) <= 0, f"too wide for {width} pixels"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", TYPICAL)
def test_nothing_serious_stands_in_anybody_s_way(page, name, scheme):
    page.add_init_script(f"localStorage.setItem('mode', '{scheme}')")
    show(page, name)
    page.wait_for_timeout(1000)  # colours fade in
    assert page.locator("html").get_attribute("data-theme") == scheme
    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    said = [
        f"{one['id']}: {one['help']}: {[n['html'][:90] for n in one['nodes']][:3]}"
        for one in serious
    ]
    assert said == []


def test_search_finds(page):
    show(page, "search.html", "?q=straight-through")
    page.wait_for_selector("#search-results li")
    show(page, "search.html", "?q=bottleneck")
    page.wait_for_selector("#search-results li")
    assert "bottleneck" in page.locator("#search-results").inner_text().lower()


def test_answers_and_extras_are_folded_and_open_with_the_keyboard(page):
    show(page, "notebooks/solutions/03_the_bottleneck.html")
    answer = page.locator("details", has_text="Model answer").first
    assert answer.get_attribute("open") is None
    answer.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert answer.get_attribute("open") is not None
    answers = page.locator(".tag_hide-cell")
    assert answers.count() > 1
    assert not any(one.is_visible() for one in answers.locator("pre").all())
    assert not any(one.is_visible() for one in page.locator(".tag_check pre .k").all())
    assert page.locator(".tag_check .cell_output pre").first.is_visible()
    assert page.get_by_text("check (points: 1)").first.is_visible()

    show(page, "notebooks/03_the_bottleneck.html")
    extras = page.locator("#going-deeper > details")
    assert extras.get_attribute("open") is None
    code = page.locator(".cell > details").first
    assert code.get_attribute("open") is not None  # shown, and can be folded away


def test_a_reader_gets_from_page_to_page_by_keyboard(page):
    show(page, "notebooks/03_the_bottleneck.html")
    links = page.locator(".prev-next-footer a, .prev-next-area a")
    assert links.count() == 2
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('a.right-next')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/04_overcomplete.html")


def test_glossary_links_stand_in_no_other_link_and_in_no_title_of_a_paper():
    linked = re.compile(r"<a ((?!</a>).)*<a ", re.DOTALL)
    for name in PAGES:
        if re.match(r"notebooks/\d", name):
            text = (SITE / name).read_text(encoding="utf-8")
            assert "glossary.html#term" in text
            assert not linked.search(text), name
            assert "glossary.html#term" not in text.partition('id="references"')[2]


def test_tables_in_docstrings_keep_their_lines(page):
    show(page, "api/aelib/index.html")
    table = page.locator(".highlight-text pre").first.inner_text()
    assert "\nmodels     encoders" in table


def test_the_page_of_aelib_names_what_is_in_it(page):
    show(page, "api/aelib/index.html")
    contents = page.locator("#pst-page-toc-nav").inner_text()
    assert "aelib.baselines" in contents
    row = page.locator("#aelib-baselines tr", has_text="fit_pca(x_train, code_size)")
    row.get_by_role("link").click()
    page.wait_for_url("**/baselines/index.html#aelib.baselines.fit_pca")


def test_downloads_are_there(page):
    show(page, "index.html")
    link = page.get_by_role("link", name="download the whole course")
    assert (SITE / link.get_attribute("href")).stat().st_size > 1_000_000
    original = SITE.parent / "notebooks" / "03_the_bottleneck.ipynb"
    offered = SITE / "_sources" / "notebooks" / "03_the_bottleneck.ipynb"
    assert offered.read_bytes() == original.read_bytes()
    show(page, "notebooks/03_the_bottleneck.html")
    assert page.locator("a[href$='03_the_bottleneck.ipynb']").count() >= 1
