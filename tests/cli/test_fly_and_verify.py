"""`malapert fly` and `malapert verify` on flights made for the purpose, and on nonsense."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from malapert.cli import app
from malapert.data.oem import read_oem
from malapert.errors import InputError, ProgrammeError
from malapert.flight.phases import fly_file
from malapert.programme import flight_schema
from malapert.programme.flight_file import flights_of_record, load_flight
from malapert.report.record import elapsed
from malapert.report.record_pictures import stretches

ORBIT = """
format = 1
title = "Made orbit"
note = "Nobody flew it."
[[phase]]
name = "parking"
type = "orbit"
epoch = 2024-01-01T00:00:00Z
center = "moon"
periapsis_km = 100.0
apoapsis_km = 120.0
inclination_deg = 80.0
mass_kg = 1750.0
source = { periapsis_km = "made", apoapsis_km = "made", inclination_deg = "made", mass_kg = "unsourced", epoch = "made" }
"""
COAST = """
[[phase]]
name = "round"
type = "coast"
duration_s = 7000.0
source = { duration_s = "made" }
"""
BURN = """
[[phase]]
name = "retro"
type = "burn"
thrust_n = 400.0
isp_s = 310.0
duration_s = 84.0
along = "against_velocity"
propellant_kg = 300.0
source = { thrust_n = "made", isp_s = "made", duration_s = "made", propellant_kg = "made" }
"""
# 2 pi sqrt(a^3 / GM) of a = 1847.4 km, GM = 4902.8 km3/s2; 400 N for 84 s at 310 s burn 11.052 kg, 19.26 m/s.
RECORD = """
[[record]]
quantity = "parking.period_min"
value = 118.75
tolerance = 0.05
reason = "two bodies"
source = "arithmetic"
[[record]]
quantity = "retro.delta_v_m_s"
value = 25.0
tolerance = 1.0
reason = "made"
source = "made"
note = "The record is wrong on purpose."
[[record]]
quantity = "retro.burnt_kg"
value = 11.5
source = "unsourced, recalled"
[[record]]
quantity = "retro.end_utc"
value = 2024-01-01T01:58:05Z
tolerance = 2.0
reason = "a clock of whole seconds"
source = "made"
[[record]]
quantity = "round.end_height_km"
value = 99.0
source = "made"
role = "context"
"""
WHOLE = ORBIT + COAST + BURN + RECORD
MARKS = ["pass", "miss", "unsourced", "pass", "context"]


def written(folder: Path, text: str, name: str = "made.toml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def said(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], Path]:
    folder = tmp_path_factory.mktemp("flown")
    code, text = said("fly", written(folder, WHOLE), "--out", str(folder / "out"), "--json")
    assert code == 0
    return json.loads(text), folder / "out"


def test_fly_gives_the_timeline_and_the_record(flown: tuple[dict, Path]) -> None:
    answer, _ = flown
    parking, around, retro = answer["phases"]
    assert (parking["begin_utc"], around["begin_elapsed_s"]) == ("2024-01-01T00:00:00.000Z", 0.0)
    assert around["end_utc"] == retro["begin_utc"] == "2024-01-01T01:56:40.000Z"
    assert [mark["mark"] for mark in retro["marks"]] == ["ignition", "cutoff"]
    assert retro["marks"][1]["at_elapsed_s"] == pytest.approx(7084.0, abs=1e-3)
    assert [row["mark"] for row in answer["record"]] == MARKS
    assert [row["within"] for row in answer["record"]] == [True, False, None, True, None]
    # The rocket equation by hand.
    used_kg = 400.0 / (310.0 * 9.80665) * 84.0
    by_hand = 310.0 * 9.80665 * np.log(1750.0 / (1750.0 - used_kg))
    assert answer["record"][1]["predicted"] == pytest.approx(by_hand, rel=1e-9)
    assert answer["unsourced_inputs"] == ["parking.mass_kg"]


def test_fly_writes_plots_oem_and_czml(flown: tuple[dict, Path]) -> None:
    answer, out = flown
    assert sorted(answer["files"]) == sorted(str(path) for path in out.iterdir())
    names = {path.name for path in out.iterdir()}
    assert names == {
        "altitude.png",
        "speed.png",
        "ground-track.png",
        "path.png",
        "space.png",
        "made.oem",
        "made-moon.czml",
    }
    segments = read_oem(out / "made.oem").segments
    # The orbit it begins in takes no time and has no segment.
    assert [segment.center_name for segment in segments] == ["MOON", "MOON"]
    assert any("round (coast)" in comment for comment in segments[0].comments)
    np.testing.assert_allclose(segments[0].states[-1], segments[1].states[0], atol=1e-9)
    craft = json.loads((out / "made-moon.czml").read_text())[1]
    assert [part["referenceFrame"] for part in craft["position"]] == ["FIXED", "FIXED"]
    first = np.array(craft["position"][0]["cartesian"]).reshape(-1, 4)
    assert np.linalg.norm(first[0, 1:]) == pytest.approx(1.8374e6, abs=1.0)


def test_fly_for_reading(tmp_path: Path) -> None:
    code, text = said("fly", written(tmp_path, WHOLE))
    assert code == 0
    assert "Made orbit" in text and "T+01:56:40" in text and "2024-01-01 01:56:40" in text
    assert "MISS  made retro: delta v: off by 5.74 m/s" in text and "wrong on purpose" in text
    assert "1 unsourced figure: parking.mass_kg" in text


def test_verify_shows_misses_as_findings(tmp_path: Path) -> None:
    code, text = said("verify", written(tmp_path, WHOLE))
    assert code == 0
    header = next(line for line in text.splitlines() if line.startswith("flight"))
    assert header.split() == ["flight", "quantity", "predicted", "recorded", "unit", "tolerance", "within", "source"]
    assert "not graded: unsourced" in text and "not graded: context" in text
    assert "1 flight: 2 of 3 graded figures within their tolerance, 1 miss" in text.splitlines()[-1]
    assert "wrong on purpose" in text


def test_verify_goes_on_past_a_flight_that_cannot_be_flown(tmp_path: Path) -> None:
    good = written(tmp_path, WHOLE)
    dry = written(tmp_path, WHOLE.replace("propellant_kg = 300.0", "propellant_kg = 3.0"), "dry.toml")
    code, text = said("verify", good, dry, "nobody", "--json")
    assert code == 1
    answer = json.loads(text)
    assert [row["mark"] for row in answer["rows"]] == MARKS
    assert {"flights": 1, "not_flown": 2, "graded": 3, "within": 2, "missed": 1}.items() <= answer["counts"].items()
    errors = [flight["error"] for flight in answer["flights"]]
    assert not errors[0]
    assert f"{dry}: phase retro (burn)" in errors[1] and "the tanks hold" in errors[1]
    assert "no flight of record 'nobody'" in errors[2]


def test_a_failure_inside_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from malapert.flight import phases

    def broken(row: object, craft: object) -> None:
        raise ZeroDivisionError("made")

    monkeypatch.setitem(phases.FLYERS, "coast", broken)
    code, text = said("verify", written(tmp_path, WHOLE))
    assert code == 3
    assert "failed inside (ZeroDivisionError: made)" in text and "made.toml" in text


def test_a_programmes_flight_is_still_flown_and_mistakes_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no flight 'nobody': programme ilrs-2035 has .*; flights of record are"):
        said("fly", "nobody")
    with pytest.raises(InputError, match="leave --programme"):
        said("fly", written(tmp_path, WHOLE), "--programme", "hello")
    with pytest.raises(InputError, match="--out is for flights of record"):
        said("fly", "first", "--programme", "hello", "--out", str(tmp_path / "x"))
    with pytest.raises(InputError, match="cannot be made"):
        said("fly", written(tmp_path, WHOLE), "--out", str(tmp_path / "made.toml"))


def test_a_shipped_name_wins_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from malapert import programme
    from malapert.programme import flight_file

    clash = next(iter(programme.load("ilrs-2035").flight))
    monkeypatch.setattr(flight_file, "flights_of_record", lambda: {clash: tmp_path / f"{clash}.toml"})
    written(tmp_path, ORBIT + COAST, f"{clash}.toml")
    done = CliRunner().invoke(app, ["fly", clash])
    assert done.exit_code == 0 and "Made orbit" in done.stdout
    assert f"{clash} is a flight of record" in done.stderr


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("type = \"coast\"", "type = \"cost\""), "did you mean 'coast'"),
        (("retro.delta_v_m_s", "retro.delta_w_m_s"), "burn gives no 'delta_w_m_s'"),
        (("retro.delta_v_m_s", "retro.isp_s"), "isp_s is an input of phase retro"),
        (("retro.delta_v_m_s", "rétro.delta_v_m_s"), "no phase 'rétro'"),
        (("value = 25.0", "value = 2024-01-01T00:00:00Z"), "an epoch belongs to"),
        (("tolerance = 1.0\nreason = \"made\"", "tolerance = 1.0"), "needs a tolerance and its reason"),
        (("value = 25.0", "value = inf"), "finite"),
        (("[[record]]", "[[recard]]"), "unknown key"),
        (("name = \"round\"", "name = \"parking\""), "two phases are called 'parking'"),
        (("format = 1", "format = 2"), "this version reads format = 1"),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_name_line_and_key(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    path = written(tmp_path, WHOLE.replace(*change))
    with pytest.raises(ProgrammeError) as caught:
        load_flight(path)
    assert complaint in str(caught.value) and path in str(caught.value)


def test_phases_that_cannot_follow(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match=r"coast begins flight, and it is the first phase"):
        load_flight(written(tmp_path, "format = 1\n" + COAST))
    with pytest.raises(ProgrammeError, match=r"orbit begins nowhere, and after round the craft is flight"):
        load_flight(
            written(tmp_path, ORBIT + COAST + ORBIT.partition("[[phase]]")[1] + ORBIT.partition("[[phase]]")[2])
        )


figures = st.floats(1.01, 9.99).map(lambda x: round(x, 4)).filter(lambda x: len(f"{x:g}".replace(".", "")) >= 3)
UNITS = {"thrust_n": 1.0, "duration_s": 1.0, "isp_s": 1.0, "propellant_kg": 1.0}


@settings(max_examples=60, deadline=None)
@given(figure=figures, power=st.integers(0, 2), in_minutes=st.booleans())
def test_a_figure_flown_with_is_never_graded(
    tmp_path_factory: pytest.TempPathFactory, figure: float, power: int, in_minutes: bool
) -> None:
    seconds = figure * 10.0**power
    burn = BURN.replace("duration_s = 84.0", f"duration_s = {seconds!r}")
    quantity, value = ("retro.end_period_min", seconds / 60.0) if in_minutes else ("round.duration_s", seconds)
    coast = COAST.replace("duration_s = 7000.0", "event = 'apoapsis'").replace("duration_s =", "event =")
    coast = coast.replace('source = { event = "made" }', "")
    row = f'[[record]]\nquantity = "{quantity}"\nvalue = {value!r}\ntolerance = 1.0\nreason = "r"\nsource = "s"\n'
    folder = tmp_path_factory.mktemp("figures")
    with pytest.raises(ProgrammeError, match=r"is the input retro\.duration_s; a figure flown with is not graded"):
        load_flight(written(folder, ORBIT + coast + burn + row))
    # Context is shown and graded nowhere, and a figure that differs may be graded.
    load_flight(written(folder, ORBIT + coast + burn + row + 'role = "context"\n'))
    load_flight(written(folder, ORBIT + coast + burn + row.replace(f"value = {value!r}", f"value = {value * 1.01!r}")))


def test_an_epoch_flown_with_is_never_graded(tmp_path: Path) -> None:
    until = COAST.replace("duration_s = 7000.0", "until = 2024-01-01T02:00:00Z").replace("{ duration_s", "{ until")
    row = '[[record]]\nquantity = "round.end_utc"\nvalue = 2024-01-01T02:00:00Z\n'
    row += 'tolerance = 1.0\nreason = "r"\nsource = "s"\n'
    with pytest.raises(ProgrammeError, match=r"is the input round\.until"):
        load_flight(written(tmp_path, ORBIT + until + row))


def test_the_flight_reference_is_the_one_the_rows_make() -> None:
    written_down = Path(__file__).parents[2] / "docs" / "flights.md"
    again = "run: malapert schema --flights --markdown > docs/flights.md"
    assert written_down.read_text() == flight_schema.reference(), again


def test_the_flight_schema_accepts_what_the_loader_accepts() -> None:
    schema = json.loads(said("schema", "--flights")[1])
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    texts = [WHOLE, *(path.read_text() for path in flights_of_record().values())]
    for text in texts:
        tree = json.loads(json.dumps(tomllib.loads(text), default=lambda epoch: epoch.isoformat()))
        assert not list(validator.iter_errors(tree))
        tree["phase"][0]["nonsense_km"] = 1.0
        assert list(validator.iter_errors(tree))


def test_every_quantity_promised_by_a_phase_is_given(tmp_path: Path) -> None:
    """What the reference says a phase gives, it gives."""
    flown = fly_file(load_flight(written(tmp_path, ORBIT + COAST + BURN)))
    for row, piece in zip(flown.file.phases, flown.pieces, strict=True):
        assert set(row.gives()) <= set(piece.values), piece.name


def test_phases_that_last_alike_share_a_panel(tmp_path: Path) -> None:
    long = ORBIT + COAST + BURN + COAST.replace("round", "on").replace("7000.0", "3000000.0")
    pieces = [piece for piece in fly_file(load_flight(written(tmp_path, long))).pieces if piece.has_path]
    assert [[piece.name for piece in group] for group in stretches(pieces)] == [["round", "retro"], ["on"]]


def test_elapsed_time() -> None:
    assert [elapsed(t) for t in (0.0, 3661.4, 93784.6, -60.0)] == ["T+00:00:00", "T+01:01:01", "T+1 d 02:03:05", "T-00:01:00"]  # fmt: skip


def test_what_verify_found_is_kept_for_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from malapert.programme import flight_file
    from malapert.report import sources
    from malapert.run import record

    made = {"made": Path(written(tmp_path, WHOLE))}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in (flight_file, record, sources):
        monkeypatch.setattr(module, "flights_of_record", lambda: made)
    record._key.cache_clear()
    try:
        assert not record.verified()[1]
        assert [cell.text for cell in sources._trust().rows[0]][2:] == ["3", "–", "2"]
        assert "which is not this page's" in sources._trust().note
        assert said("verify")[0] == 0
        table = sources._trust()
        assert [cell.text for cell in table.rows[0]][2:] == ["3", "2", "2"]
        assert "made this page" in table.note and "2 of 3 graded figures within their tolerance" in table.note
        # Another file is another flight, and what was found of the old one is not said of it.
        made["made"].write_text(WHOLE.replace("84.0", "85.0"))
        record._key.cache_clear()
        assert not record.verified()[1]
    finally:
        record._key.cache_clear()


def test_the_readmes_table_has_every_flight_and_what_is_graded_of_it() -> None:
    """How many are within stands in the truth tests; here that no flight and no graded row is left out."""
    text = (Path(__file__).parents[2] / "README.md").read_text()
    rows = re.findall(r"^\| (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*) \|[^|]*\| (\d+) of (\d+) \|", text, re.MULTILINE)
    said_of = {tuple(re.findall(r"`([^`]+)`", names)): int(graded) for names, _, graded in rows}
    assert sorted(name for names in said_of for name in names) == sorted(flights_of_record())
    for names, graded in said_of.items():
        assert graded == sum(record.graded for name in names for record in load_flight(name).records), names
    total = re.search(r"(\d+) of (\d+) graded figures are within tolerance", text)
    assert total is not None
    assert [int(one) for one in total.groups()] == [sum(int(row[k]) for row in rows) for k in (1, 2)]


def test_one_mistake_is_said_once(tmp_path: Path) -> None:
    """A phase that is wrong does not make its records, and the phases after it, look wrong."""
    path = written(tmp_path, WHOLE.replace('type = "burn"', 'type = "bern"'))
    with pytest.raises(ProgrammeError) as caught:
        load_flight(path)
    assert str(caught.value).count("\n") == 0 and "did you mean 'burn'" in str(caught.value)
    with pytest.raises(InputError, match="did you mean 'freedom-7'"):
        said("fly", "fredom-7")


def test_what_is_shipped_of_verify_is_of_the_shipped_flights() -> None:
    """Made by builders/verified.py; run it when a flight's record has changed."""
    from malapert.run import record

    shipped = json.loads(record.SHIPPED.read_text())["flights"]
    graded = {name: sum(one.graded for one in load_flight(name).records) for name in flights_of_record()}
    assert {name: counts["graded"] for name, counts in shipped.items()} == graded
    assert sum(counts["not_flown"] for counts in shipped.values()) == 0
