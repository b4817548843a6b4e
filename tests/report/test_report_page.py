"""The page of a real run: whole, the same every time, asking nothing of a network, and deaf to what programmes say."""

import json
import re
from html.parser import HTMLParser

import pytest

from malapert import report
from malapert.report.page import Page, html, page, script_json
from malapert.run import STAGES, Run, reopen

ANSWERS = ("closes", "margin", "breaks", "landed", "shares")
SECTIONS = (
    "closure",
    "sky",
    "flights",
    "manifest",
    "logistics",
    "power",
    "life",
    "crew",
    "spares",
    "science",
    "data",
    "risk",
    "shares",
    "sources",
)


class Reader(HTMLParser):
    """Collects what a browser would act on, and the text it would show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.script = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.script = False

    def handle_data(self, data: str) -> None:
        if not self.script:
            self.text.append(data)


@pytest.fixture(scope="module")
def made(hostile_run: Run) -> Page:
    return page(hostile_run)


@pytest.fixture(scope="module")
def read(hostile_run: Run) -> Reader:
    reader = Reader()
    reader.feed(html(hostile_run))
    return reader


def test_a_run_read_back_from_disk_gives_the_same_bytes(hostile_run: Run) -> None:
    report.write(hostile_run)
    first = [(hostile_run.folder / name).read_bytes() for name in ("report.html", "summary.json")]
    report.write(reopen(hostile_run.folder, STAGES))
    assert [(hostile_run.folder / name).read_bytes() for name in ("report.html", "summary.json")] == first


def test_what_the_turning_earth_rests_on_is_said(read: Reader) -> None:
    text = " ".join(read.text)
    assert "Earth orientation" in text and "IAU 2006/2000A" in text and "ephemeris of the light" in text


def test_five_answers_and_every_section_are_there(made: Page) -> None:
    assert tuple(card.name for card in made.cards) == ANSWERS
    assert all(card.answer for card in made.cards)
    assert tuple(section.name for section in made.sections) == SECTIONS
    assert all(section.lead for section in made.sections)


def test_the_file_stays_under_eight_megabytes(hostile_run: Run) -> None:
    assert len(html(hostile_run).encode()) < 8_000_000


def test_nothing_is_loaded_from_anywhere(read: Reader) -> None:
    for tag, attributes in read.tags:
        assert "src" not in attributes, tag
        assert (attributes.get("href") or "#")[0] == "#" or attributes["href"] == "data:,", attributes
    policy = next(a["content"] for tag, a in read.tags if tag == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_text_of_the_programme_is_shown_and_not_obeyed(read: Reader, hostile_run: Run) -> None:
    shown = " ".join(read.text)
    assert hostile_run.programme.title in shown
    assert hostile_run.programme.partner["sansa"].title in shown
    assert not [tag for tag, _ in read.tags if tag in ("img", "u", "iframe", "object", "embed")]
    scripts = [attributes for tag, attributes in read.tags if tag == "script"]
    assert sum(a.get("type") != "application/json" for a in scripts) == 2
    assert not [a for _, a in read.tags if any(name.startswith("on") for name in a)]


def test_plots_get_no_tags_templates_or_formulae_from_the_programme(made: Page) -> None:
    for drawing in made.figures:
        assert not re.search("[<>&]", drawing.json), drawing.name
        spec = json.loads(drawing.json)
        for text in _texts(spec):
            without_templates = text.replace("<extra></extra>", "")
            assert "<" not in without_templates, (drawing.name, text)
            assert "$" not in text, (drawing.name, text)


def test_every_plot_has_a_place_and_every_place_a_plot(made: Page, read: Reader) -> None:
    names = [drawing.name for drawing in made.figures]
    assert len(names) == len(set(names)) >= 10
    assert [a["id"] for _, a in read.tags if a.get("class") == "draw"] == names


def test_unsourced_figures_are_marked(made: Page) -> None:
    tables = [b for section in made.sections for b in section.blocks if hasattr(b, "rows")]
    power = next(table for table in tables if table.title.startswith("Energy by element"))
    camera = next(row for row in power.rows if "camera" in row[0].text)
    assert camera[5].unsourced
    assert power.marked


def test_a_run_without_crew_or_relay_says_so(made: Page) -> None:
    sections = {section.name: section for section in made.sections}
    assert "Nobody lives at the station" in sections["life"].lead
    words = [block.text for block in sections["sky"].blocks if hasattr(block, "text")]
    assert any("No relay is declared" in text for text in words)


def test_json_in_a_script_cannot_end_it() -> None:
    text = script_json({"title": "</script><!--\u2028&"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"title": "</script><!--\u2028&"}


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
