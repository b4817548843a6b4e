"""The one page: sections in order, through the templates, with Plotly's script, in one file that needs no network."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from malapert.errors import MalapertError
from malapert.partners.shares import Shares
from malapert.report import (
    against_time,
    answers,
    closure,
    crew,
    data,
    experiments,
    flights,
    life,
    manifest,
    power,
    risk,
    rovers,
    shares,
    sky,
    sources,
    spares,
    theme,
)
from malapert.report.answers import Card
from malapert.report.blocks import Block, Figure, Fold, Section
from malapert.report.templates import TEMPLATES, laid
from malapert.report.wording import counted
from malapert.risk.histories import Risk
from malapert.run.against_time import against_time as traffic
from malapert.run.agreement import Agreement
from malapert.run.closure import Closure
from malapert.run.flights import Flights
from malapert.run.folder import Run
from malapert.run.light import Light
from malapert.run.manifest import Manifest
from malapert.station import Operations


@dataclass(frozen=True)
class Drawing:
    """A plot's place on the page and its specification as JSON no HTML parser can trip over."""

    name: str
    json: str


@dataclass(frozen=True)
class Page:
    """Everything the template prints."""

    title: str
    variant: str
    meta: tuple[tuple[str, str], ...]
    verdict: str
    verdict_words: str
    cards: tuple[Card, ...]
    sections: tuple[Section, ...]
    figures: tuple[Drawing, ...]
    version: str
    closing: str
    style: str
    script: str
    plotly: str

    @property
    def script_sha256(self) -> tuple[str, ...]:
        """What the page's policy lets run: these two scripts and nothing else."""
        return tuple(_sha256(text) for text in (self.plotly, self.script))


def html(run: Run) -> str:
    """The report of a run."""
    return rendered(page(run))


def rendered(whole: Page) -> str:
    """A page as one HTML file."""
    return laid(
        "page.html",
        page=whole,
        title=whole.title,
        meta=whole.meta,
        tone=whole.cards[0].tone,
        unclear="–",
        version=whole.version,
        style=whole.style,
        closing=whole.closing,
    )


def page(run: Run) -> Page:
    """The page of a run, section by section."""
    programme, found = run.programme, run.result("closure", Closure)
    light, flown, plan = run.result("light", Light), run.result("flights", Flights), run.result("plan", Manifest)
    lives, doubts, split = run.result("operations", Operations), run.result("risk", Risk), run.result("shares", Shares)
    colours = theme.partner_colours(shares.ranked(split))
    sections = (
        closure.section(found),
        sky.section(programme, light),
        flights.section(programme, flown, plan),
        manifest.section(programme, flown, plan, run.result("dates", Agreement), colours),
        against_time.section(programme, flown, *traffic(programme, flown, plan, lives), colours),
        power.section(programme, lives),
        life.section(programme, lives),
        crew.section(programme, lives),
        spares.section(programme, lives),
        experiments.section(programme, lives, colours),
        data.section(programme, lives),
        *((rovers.section(programme, light, lives),) if programme.trips else ()),
        risk.section(programme, doubts, _further(run)),
        shares.section(programme, split, colours),
        sources.section(run, flown.models | sky.models(light)),
    )
    meta = [("variant", programme.variant or "as declared")]
    meta += [("as of", programme.as_of)] if programme.as_of else []
    meta += [
        ("span", f"{programme.start:%Y-%m-%d} to {programme.end:%Y-%m-%d}"),
        ("station", programme.home.title or programme.station),
    ]
    return laid_out(
        title=programme.title or programme.name,
        variant=programme.variant,
        meta=tuple(meta),
        verdict=("Closes" if found.closes else "Does not close") if found.verdicts else "Nothing is required",
        verdict_words=verdict(found),
        cards=answers.cards(programme, found, plan, split, colours),
        sections=sections,
    )


def laid_out(
    *,
    title: str,
    variant: str,
    meta: tuple[tuple[str, str], ...],
    verdict: str,
    verdict_words: str,
    cards: tuple[Card, ...],
    sections: tuple[Section, ...],
) -> Page:
    """Cards and sections with the style and scripts every page has."""
    return Page(
        title=title,
        variant=variant,
        meta=meta,
        verdict=verdict,
        verdict_words=verdict_words,
        cards=cards,
        sections=sections,
        figures=tuple(
            Drawing(figure.name, script_json(figure.spec))
            for section in sections
            for figure in _figures(section.blocks)
        ),
        version=metadata.version("malapert"),
        closing="Every figure on this page was worked out by this run; nothing is loaded from anywhere.",
        style=_text("style.css"),
        script=_text("page.js"),
        plotly=plotly_js(),
    )


def verdict(found: Closure) -> str:
    """The verdict in a line."""
    missed = sum(not one.met for one in found.verdicts)
    if not found.verdicts:
        return "no requirement is declared"
    asked = counted(len(found.verdicts), "requirement")
    return f"{missed} of {asked} not met" if missed else f"{asked} met"


def _figures(blocks: tuple[Block, ...]) -> list[Figure]:
    found = []
    for block in blocks:
        if isinstance(block, Figure):
            found.append(block)
        elif isinstance(block, Fold):
            found += _figures(block.blocks)
    return found


def script_json(value: Any) -> str:
    """JSON for a script element: the signs an HTML parser looks for are written as escapes."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


@cache
def plotly_js() -> str:
    """Plotly's script out of the installed package, found without importing it, which takes seconds."""
    found = find_spec("plotly")
    places = list(found.submodule_search_locations or ()) if found else []
    for place in places:
        path = Path(place) / "package_data" / "plotly.min.js"
        if path.is_file():
            text = path.read_text(encoding="utf-8").replace("\r\n", "\n").strip()
            if "</script" in text or "<!--" in text:
                raise MalapertError(f"{path}: holds a tag that would end the script; install plotly 6 or 7 as released")
            return text
    raise MalapertError("plotly.min.js is not there; reinstall plotly")


def _further(run: Run) -> str:
    """Where to ask for what a run leaves out of its doubts because it costs as much as the run."""
    words = [run.programme.name, *(("--variant", run.programme.variant) if run.programme.variant else ())]
    asked = f"malapert risk {' '.join(words)}"
    return f"Morris's screening of the levers, more histories, and the loss of each partner and vehicle: {asked}"
