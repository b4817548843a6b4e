"""The report in a real browser: it draws, complains of nothing, loads nothing, and runs nothing a programme wrote."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from malapert import report
from malapert.run import Run

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it is in the test extra")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on this machine; Debian's package is called chromium"
)
# Software rendering, so that the view in three dimensions is drawn without a graphics card, and no calls home.
ARGUMENTS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
    "--disable-background-networking", "--disable-component-update", "--no-first-run",
]  # fmt: skip
ANSWERS = ("closes", "margin", "breaks", "landed", "shares")


class Opened:
    """The page and what it complained of."""

    def __init__(self, page: Any, errors: list[str], requests: list[str]) -> None:
        self.page, self.errors, self.requests = page, errors, requests


@pytest.fixture(scope="module")
def opened(hostile_run: Run) -> Iterator[Opened]:
    report.write(hostile_run)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        errors: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(Path(hostile_run.folder / "report.html").resolve().as_uri())
        page.wait_for_selector('html[data-drawn="all"]', state="attached", timeout=120_000)
        yield Opened(page, errors, requests)
        browser.close()


def test_the_five_answers_are_seen_without_scrolling(opened: Opened) -> None:
    for name in ANSWERS:
        box = opened.page.locator(f"#answer-{name}").bounding_box()
        assert box is not None, name
        assert box["width"] > 200
        assert box["height"] > 100
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 1400
        assert box["y"] + box["height"] <= 900, name
        assert opened.page.locator(f"#answer-{name} .answer").inner_text().strip()
    assert opened.page.locator("#verdict").is_visible()


def test_every_plot_is_drawn(opened: Opened) -> None:
    marks = "svg .trace, svg .hm image, svg .heatmaplayer image, .gl-container canvas"
    places = opened.page.locator(".draw").all()
    assert len(places) >= 10
    for place in places:
        name = place.get_attribute("id")
        assert place.locator(marks).count() > 0, f"{name} is empty"


def test_nothing_goes_wrong_and_nothing_is_fetched(opened: Opened) -> None:
    opened.page.locator("#flights").scroll_into_view_if_needed()
    opened.page.locator("details > summary").first.click()
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:", "blob:"))] == []


def test_nothing_of_the_programme_runs(opened: Opened) -> None:
    assert opened.page.evaluate("window.hostile === undefined")
    assert opened.page.locator("img").count() == 0
    assert opened.page.locator("a[href^='javascript']").count() == 0
    assert "<script>" in opened.page.locator("h1").inner_text()
    axis = opened.page.locator("#plot-timeline").inner_text()
    assert "<script>" in axis
    assert "<b onmouseover" in axis


def test_nothing_offers_to_send_the_plot_away(opened: Opened) -> None:
    titles = opened.page.locator(".modebar-btn").evaluate_all("buttons => buttons.map(b => b.dataset.title || '')")
    assert titles
    assert not [title for title in titles if "share" in title.lower() or "cloud" in title.lower()]


@pytest.mark.parametrize("width", [1400, 900])
def test_the_page_is_as_wide_as_the_window(opened: Opened, width: int) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
