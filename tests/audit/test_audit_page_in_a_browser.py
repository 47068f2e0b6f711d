import shutil

import pytest

from agentforge.audit import page
from agentforge.knowledge import Problem
from audit.paged import finding, part, report
from audit.test_audit_page import HOSTILE
from audit.test_audit_page_usage import usage

pytestmark = pytest.mark.slow

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDE = {"width": 1280, "height": 900}
ACTIVE = "document.activeElement"


@pytest.fixture(scope="module")
def browser():
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is on the PATH")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program)
        yield chromium
        chromium.close()


@pytest.fixture
def shown(browser, tmp_path):
    """Opens a page, and makes sure in the end that it was quiet and stayed in the file."""
    said, asked, contexts = [], [], []

    def show(whole, **how):
        file = tmp_path / f"{len(contexts)}.html"
        file.write_text(whole, encoding="utf-8")
        contexts.append(browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **how}))
        opened = contexts[-1].new_page()
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(file.as_uri())
        return opened

    yield show
    for context in contexts:
        context.close()
    assert said == []
    assert all(url.startswith(("file:", "data:")) for url in asked)


def some():
    """A page with two set-ups, and what was used."""
    told = report(
        part("explorer", 100, source="/p/b.md:1", bytes=300),
        part("writer", 60, source="/p/a.md:1", bytes=500),
        part("CLAUDE.md", 150, category="memory"),
        part("Read", 700, category="built-in tools", source="built in"),
        part("Edit", 300, category="built-in tools", source="built in"),
        findings=(finding(remedy='in settings.json, add "deny": ["Agent(writer)"]'),),
        problems=(Problem("not JSON", "/p/x.json:3"),),
    )
    return page([told, report(part(), client="codex")], usage())


def names(opened, panel="#c0"):
    return opened.locator(f"{panel} .parts tbody tr:visible th").all_inner_texts()


def chosen(opened):
    """The name in the treemap's box that has the focus."""
    return opened.evaluate(f"{ACTIVE}.classList.contains('cell') ? {ACTIVE}.firstChild.textContent : null")


def test_a_column_sorts_by_click_and_by_key_and_says_so(shown):
    opened = shown(some())
    assert names(opened) == ["Read", "Edit", "CLAUDE.md", "explorer", "writer"]
    heads = opened.locator("#c0 .parts thead th")
    heads.get_by_role("button", name="part").click()
    assert names(opened) == ["CLAUDE.md", "Edit", "explorer", "Read", "writer"]
    assert heads.nth(0).get_attribute("aria-sort") == "ascending"
    assert heads.nth(2).get_attribute("aria-sort") is None
    heads.get_by_role("button", name="bytes").focus()
    opened.keyboard.press("Enter")
    assert names(opened) == ["Read", "Edit", "CLAUDE.md", "writer", "explorer"]
    opened.keyboard.press("Space")
    assert heads.nth(4).get_attribute("aria-sort") == "ascending"
    assert names(opened)[0] == "explorer"


def test_the_filter_narrows_and_says_what_is_left(shown):
    opened = shown(some())
    search = opened.locator("#c0").get_by_role("searchbox")
    search.fill("personas")
    assert names(opened) == ["explorer", "writer"]
    assert opened.locator("#c0 output").inner_text() == "2 of 5 parts, 160 tokens"
    search.fill("WRIT /p/a")
    assert names(opened) == ["writer"]
    search.fill("")
    opened.locator("#c0").get_by_label("only yours").check()
    assert names(opened) == ["CLAUDE.md", "explorer", "writer"]


def test_the_treemap_is_walked_and_zoomed_by_keys_alone(shown):
    opened = shown(some())
    for _ in range(30):
        opened.keyboard.press("Tab")
        if chosen(opened):
            break
    first = chosen(opened)
    assert first
    assert opened.locator('#c0 .cell[tabindex="0"]').count() == 1
    opened.keyboard.press("ArrowRight")
    assert chosen(opened) in {"Read", "Edit"}
    opened.keyboard.press("ArrowLeft")
    opened.locator("#c0 .cell", has_text="explorer").focus()
    assert "/p/b.md:1" in opened.locator("#c0 .detail").inner_text()
    assert "100 tokens (estimated, ±10%)" in opened.locator("#c0 .detail").inner_text()
    opened.keyboard.press("Enter")
    assert sorted(opened.locator("#c0 .cell:visible b").all_inner_texts()) == ["explorer", "writer"]
    assert chosen(opened) == "explorer"
    whole, boxes = opened.locator("#c0 .map").bounding_box(), opened.locator("#c0 .cell:visible")
    filled = sum(box["width"] * box["height"] for box in (each.bounding_box() for each in boxes.all()))
    assert filled > 0.98 * whole["width"] * whole["height"]
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowDown")
    assert chosen(opened) == "writer"
    opened.keyboard.press("Enter")
    assert opened.evaluate(f"{ACTIVE}.id") == opened.locator("#c0 tr", has_text="writer").get_attribute("id")
    opened.locator("#c0 .cell", has_text="writer").focus()
    opened.keyboard.press("Escape")
    assert opened.locator("#c0 .cell:visible").count() == 5
    assert chosen(opened) == "writer"


def test_a_category_is_zoomed_into_from_the_list_and_left_again(shown):
    opened = shown(some())
    entry = opened.locator("#c0 .legend").get_by_role("button", name="personas")
    entry.click()
    assert entry.get_attribute("aria-pressed") == "true"
    assert opened.locator("#c0 .cell:visible").count() == 2
    opened.locator("#c0 .detail").get_by_role("button", name="Show all").click()
    assert opened.locator("#c0 .cell:visible").count() == 5
    assert entry.get_attribute("aria-pressed") == "false"


def test_set_ups_are_tabs(shown):
    opened = shown(some())
    assert opened.get_by_role("tab").all_inner_texts() == ["claude-code", "codex", "What was used"]
    assert opened.get_by_role("tabpanel").count() == 1
    opened.get_by_role("tab", name="claude-code").focus()
    opened.keyboard.press("ArrowRight")
    assert opened.get_by_role("tabpanel", name="codex").is_visible()
    assert not opened.locator("#c0").is_visible()
    opened.keyboard.press("End")
    assert opened.get_by_role("tab", selected=True).inner_text() == "What was used"
    assert opened.locator("#usage svg rect").count() == 8
    opened.get_by_role("tab", name="claude-code").click()
    assert opened.locator("#c0").is_visible()
    assert not opened.locator("#usage").is_visible()


def test_a_remedy_is_copied(shown):
    opened = shown(some(), permissions=["clipboard-read", "clipboard-write"])
    opened.get_by_role("button", name="Copy").first.click()
    opened.get_by_role("button", name="Copied").wait_for()
    assert opened.evaluate("navigator.clipboard.readText()") == 'in settings.json, add "deny": ["Agent(writer)"]'


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_or_dark_as_asked(shown, scheme):
    opened = shown(some(), color_scheme=scheme)
    ground = opened.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (int(ground.removeprefix("rgb(").split(",")[0]) > 127) == (scheme == "light")


@pytest.mark.parametrize("tab", [0, 1, 2])
def test_a_phone_shows_it_without_scrolling_sideways(shown, tab):
    opened = shown(some(), viewport={"width": 360, "height": 640})
    opened.get_by_role("tab").nth(tab).click()
    assert opened.evaluate("document.documentElement.scrollWidth") == 360


def test_a_box_is_as_large_as_it_weighs_on_a_screen_and_on_a_phone(shown):
    for viewport in (WIDE, {"width": 360, "height": 640}):
        opened = shown(some(), viewport=viewport)
        boxes = {name: opened.locator("#c0 .cell", has_text=name).bounding_box() for name in ("Read", "Edit")}
        areas = {name: box["width"] * box["height"] for name, box in boxes.items()}
        assert areas["Read"] / areas["Edit"] == pytest.approx(7 / 3, rel=0.03)


def test_without_a_script_everything_is_there_to_read(shown):
    opened = shown(some(), java_script_enabled=False)
    assert opened.locator("#c0 .cell:visible").count() == 5
    assert opened.locator("#c0 .parts tbody tr:visible").count() == 5
    assert opened.locator(".panel:visible").count() == 3
    assert opened.locator("#c0 .remedy code").is_visible()
    assert not opened.locator("#c0 .filter").is_visible()
    opened.get_by_role("link", name="codex").click()
    assert opened.url.endswith("#c1")


def test_two_thousand_parts_sort_filter_and_zoom(shown):
    opened = shown(page([report(*(part(f"persona-{at}", 2_001 - at) for at in range(2_000)))]))
    assert opened.locator(".cell").count() == 2_000
    assert len(names(opened)) == 40
    opened.get_by_role("button", name="Show all 2,000").click()
    assert len(names(opened)) == 2_000
    opened.locator(".parts thead").get_by_role("button", name="tokens").click()
    assert names(opened)[0] == "persona-1999"
    opened.get_by_role("searchbox").fill("persona-7 ")
    assert opened.locator("output").inner_text().startswith("111 of 2,000 parts")


def test_a_hostile_set_up_is_only_shown(shown):
    told = report(
        part(HOSTILE, source=f"/p/{HOSTILE}.md:1"),
        client=HOSTILE,
        findings=(finding(remedy=HOSTILE, where=(HOSTILE,)),),
        problems=(Problem(HOSTILE, HOSTILE),),
    )
    opened = shown(page([told, told]))
    opened.locator("#c0 .cell").hover()
    assert HOSTILE in opened.locator("#c0 .detail").inner_text()
    assert opened.locator("img").count() == 0
    assert opened.title() == "AgentForge audit"


def test_on_paper_every_set_up_is_there(shown):
    opened = shown(some())
    opened.emulate_media(media="print")
    assert opened.locator(".panel:visible").count() == 3
    assert not opened.locator("#c0 .filter").is_visible()
