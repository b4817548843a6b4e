"""The summary, two of them held against each other, and what the terminal shows of it."""

import copy
import json

import pytest

from malapert import report
from malapert.run import Run


def test_summary_is_json_and_agrees_with_the_results(hostile_run: Run) -> None:
    found = report.summary(hostile_run)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    closure, plan = hostile_run.results["closure"], hostile_run.results["plan"].plan
    assert found["closes"] is closure.closes is False
    assert found["landed"]["total_kg"] == pytest.approx(sum(d.mass_kg for d in plan.deliveries))
    assert sum(found["landed"]["by_year_kg"].values()) == pytest.approx(found["landed"]["total_kg"])
    assert sum(found["landed"]["by_partner_kg"].values()) == pytest.approx(found["landed"]["total_kg"])
    assert found["margins"][0]["value"] == closure.margins[0].value
    assert sum(partner["contribution_share"] for partner in found["partners"]) == pytest.approx(1.0)


def test_a_run_does_not_differ_from_itself(hostile_run: Run) -> None:
    found = report.summary(hostile_run)
    assert report.compared(found, copy.deepcopy(found)) == []


def test_differences_are_named_with_their_change(hostile_run: Run) -> None:
    one = report.summary(hostile_run)
    other = copy.deepcopy(one)
    other["landed"]["total_kg"] += 5.0
    other["flights"][0]["departs"] = "2031-02-01T00:00:00Z"
    other["closes"] = True
    rows = {row["figure"]: row for row in report.compared(one, other)}
    assert set(rows) == {"closes", "landed.total_kg", "flights.first.departs"}
    assert rows["landed.total_kg"]["change"] == pytest.approx(5.0)
    assert rows["closes"]["change"] is None
    assert rows["flights.first.departs"]["other"] == "2031-02-01T00:00:00Z"


def test_what_only_one_run_has_is_a_difference() -> None:
    rows = report.compared({"a": [{"name": "x", "v": 1}]}, {"a": [{"name": "y", "v": 1}]})
    assert [row["figure"] for row in rows] == ["a.x.name", "a.x.v", "a.y.name", "a.y.v"]
    assert rows[1] == {"figure": "a.x.v", "one": 1, "other": None, "change": None}


def test_terminal_shows_the_answers_and_no_markup(hostile_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    report.print_summary(report.summary(hostile_run), hostile_run.folder)
    said = capsys.readouterr().out
    assert "it does not close" in " ".join(said.split())
    for words in ("NOT MET", "Tightest margins", "single losses", "elements", "Who gives and gets", "report.html"):
        assert words in said
    assert "<u>power</u>" in said


def test_terminal_keeps_brackets_and_drops_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    report.print_rows("Rows [bold]", [{"name": "[red]x[/red]", "title": "\x1b[31mred\x07"}])
    said = capsys.readouterr().out
    assert "[red]x[/red]" in said
    assert "Rows [bold]" in said
    assert "\x1b" not in said
    assert "\x07" not in said


def test_contents_count_what_is_declared(hostile_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    counts = report.contents(hostile_run.programme)
    assert counts["rows"]["flight"] == 1
    assert sum(counts["mass_kg"].values()) == pytest.approx(
        sum(row.mass_kg for row in hostile_run.programme.elements.values())
    )
    report.print_contents(counts)
    assert "no mistakes found" in capsys.readouterr().out


def test_a_flight_is_printed_with_its_burns(hostile_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    flown = hostile_run.results["flights"].flown[0]
    report.print_flight(flown)
    said = capsys.readouterr().out
    assert "insertion" in said
    own = sum(burn.delta_v_m_s for burn in flown.manoeuvres if burn.craft != "launcher")
    assert f"{own:,.1f}".replace(",", "\u202f") in said


def test_comparison_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    report.print_comparison([], "a", "b")
    report.print_comparison([{"figure": "landed.total_kg", "one": 1.0, "other": 3.0, "change": 2.0}], "a", "b")
    said = capsys.readouterr().out
    assert "found the same" in said
    assert "+2" in said
