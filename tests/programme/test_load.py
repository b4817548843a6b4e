"""Files become programmes in the order catalogue < parent < file < variant < --set, and mistakes are told all at once."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from malapert import programme
from malapert.errors import InputError, ProgrammeError
from malapert.programme.elements import ELEMENT_TABLES
from malapert.programme.merge import catalogue
from malapert.programme.model import SETTINGS, TABLES

HELLO = programme.shipped()["hello"].read_text()
VARIANTS = ("no_reactor", "one_launcher_grounded", "without_russia", "with_orbital_station")


def written(tmp_path: Path, text: str, name: str = "p.toml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def complaints(path: Path, *sets: str) -> list[str]:
    with pytest.raises(ProgrammeError) as caught:
        programme.load(path, sets=sets)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("name", programme.shipped())
def test_shipped_programmes_load(name: str) -> None:
    loaded = programme.load(name)
    assert loaded.name == name
    assert loaded.flight


def test_hello_is_what_a_newcomer_can_read() -> None:
    assert len([line for line in HELLO.splitlines() if line.strip()]) == 12


def test_order_of_layers(tmp_path: Path) -> None:
    parent = 'format = 1\nname = "p"\nstart = 2030-01-01T00:00:00Z\nend = 2031-01-01T00:00:00Z\nstation = "s"\nsite.s.like = "connecting_ridge"\nsolar_array.w = { like = "wing_20kw", power_kw = 10 }\n'
    written(tmp_path, parent, "parent.toml")
    child = written(
        tmp_path,
        'extends = "parent.toml"\nname = "c"\n[solar_array.w]\npower_kw = 11\n[variants.big.solar_array.w]\npower_kw = 12\n',
    )
    assert programme.load(tmp_path / "parent.toml").solar_array["w"].mass_kg == 320
    assert programme.load(tmp_path / "parent.toml").solar_array["w"].power_kw == 10
    assert programme.load(child).solar_array["w"].power_kw == 11
    assert programme.load(child, "big").solar_array["w"].power_kw == 12
    assert programme.load(child, "big", ("solar_array.w.power_kw=13",)).solar_array["w"].power_kw == 13


def test_a_changed_figure_loses_the_source_of_the_old_one(tmp_path: Path) -> None:
    path = written(tmp_path, HELLO + "\n[solar_array.wing]\n", "x.toml")
    path.write_text(
        HELLO.replace('solar_array.wing.like = "wing_20kw"', 'solar_array.wing = { like = "wing_20kw", mass_kg = 400 }')
    )
    wing = programme.load(path).solar_array["wing"]
    assert wing.source_of("mass_kg") == "unsourced"
    assert wing.source_of("power_kw") == "design"


def test_the_merged_file_loads_to_the_same_programme(tmp_path: Path) -> None:
    for name in programme.shipped():
        merged = written(tmp_path, programme.merged_toml(name))
        assert programme.load(merged) == programme.load(name)


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_of_the_ilrs(variant: str) -> None:
    base, changed = programme.load("ilrs-2035"), programme.load("ilrs-2035", variant)
    assert changed.variant == variant
    assert changed.model_copy(update={"variant": "", "dropped": base.dropped}) != base


def test_a_partner_who_leaves_takes_along_what_is_its_own() -> None:
    left = programme.load("ilrs-2035", "without_russia")
    assert "reactor" not in left.reactor
    assert "luna_26" not in left.flight
    assert left.crew["first"].members == ("cnsa",)
    rows = {entry.row: entry.because for entry in left.dropped}
    assert rows["reactor.reactor"] == "needs partner.roscosmos"
    assert rows["flight.relay_3"] in ("needs launcher.soyuz_fregat", "needs relay.queqiao_3")
    for table in TABLES:
        for row in getattr(left, table).values():
            assert getattr(row, "partner", "") != "roscosmos"


def test_all_mistakes_at_once_with_line_and_advice(tmp_path: Path) -> None:
    text = (
        HELLO
        + '[battery.spare]\nlike = "li_ion_100kw"\nmass_t = 0.5\n[flight.second]\nlauncher = "lm11"\nspacecraft = "change_lander"\ndepart = 2020-01-01T00:00:00\nmass_kgg = 3\n'
    )
    lines = complaints(written(tmp_path, text))
    joined = "\n".join(lines)
    assert (
        "p.toml:14: battery.spare.like: no battery 'li_ion_100kw' in this file or the catalogue (did you mean 'li_ion_100kwh'?)"
        in joined
    )
    assert "p.toml:15: battery.spare.mass_t: is kept in kg (got mass_t = 0.5); write mass_kg = 500" in joined
    assert "flight.second.launcher: no launcher 'lm11' (did you mean 'lm10'?)" in joined
    assert "write it in UTC with a Z" in joined
    assert "flight.second.mass_kgg: unknown key" in joined


BAD = {
    "nan": ("battery.b = { like = 'li_ion_100kwh', mass_kg = nan }", "finite number"),
    "infinite": ("battery.b = { like = 'li_ion_100kwh', mass_kg = inf }", "finite number"),
    "negative mass": ("battery.b = { like = 'li_ion_100kwh', mass_kg = -5 }", "greater than 0"),
    "text for a number": ("battery.b = { like = 'li_ion_100kwh', mass_kg = 'much' }", "valid number"),
    "wrong unit": ("battery.b = { like = 'li_ion_100kwh', capacity_kw = 5 }", "is kept in kWh"),
    "unknown table": ("batery.b.mass_kg = 5", "did you mean 'battery'?"),
    "missing like": ("rover.r.like = 'nothing'", "no rover 'nothing'"),
    "like in a circle": ("rover.r.like = 'q'\nrover.q.like = 'r'", "like in a circle"),
    "two of one name": ("battery.wing = { like = 'li_ion_100kwh' }", "has this name too"),
    "two partners of one name": ("partner.a.title = 'Same'\npartner.b.title = 'same'", "has the same title"),
    "before its vehicle": ("launcher.lm10.available = 2040-01-01T00:00:00Z", "before launcher lm10 exists"),
    "waits for itself": (
        "rover.r = { like = 'pressurised', after = ['q'] }\nrover.q = { like = 'pressurised', after = ['r'] }",
        "waits for itself",
    ),
    "light and dark": ("experiment.e = { partner = 'sansa', mass_kg = 1, needs = ['light', 'dark'] }", "can never be"),
    "no such need": ("experiment.e = { partner = 'sansa', mass_kg = 1, needs = ['lite'] }", "did you mean 'light'?"),
    "element on two flights": (
        "flight.a = { launcher = 'lm10', spacecraft = 'cargo_lander_27t', depart = 2031-05-01T00:00:00Z, cargo = ['wing'] }\nflight.b = { launcher = 'lm10', spacecraft = 'cargo_lander_27t', depart = 2031-05-01T00:00:00Z, cargo = ['wing'] }",
        "is on flight a already",
    ),
    "variant of nothing": ("variants.v.batery.b.mass_kg = 5", "did you mean 'battery'?"),
    "row of no keys": ("rover = 5", "must hold rows"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_rows_are_told_with_file_and_line(tmp_path: Path, case: str) -> None:
    extra, expected = BAD[case]
    lines = complaints(written(tmp_path, extra + "\n" + HELLO if "=" in extra else extra))
    assert any(expected in line for line in lines), lines
    assert all(line.split(":")[1].isdigit() for line in lines if "p.toml" in line)


def test_bad_settings(tmp_path: Path) -> None:
    assert "outside the ephemeris" in "".join(complaints(written(tmp_path, HELLO.replace("end = 2032", "end = 2090"))))
    assert "not after start" in complaints(written(tmp_path, HELLO.replace("end = 2032", "end = 2030")))[0]
    assert "no terrain at 10 deg" in complaints(written(tmp_path, HELLO), "site.ridge.lat_deg=10")[0]
    assert "did you mean 'ridge'" in complaints(written(tmp_path, HELLO), "station=ridg")[0]


def test_files_that_are_no_programme(tmp_path: Path) -> None:
    assert "not TOML" in complaints(written(tmp_path, "format = = 1"))[0]
    assert "nested too deeply" in complaints(written(tmp_path, "a = " + "[" * 100_000))[0]
    big = tmp_path / "big.toml"
    big.write_bytes(b"\xff\x00x" * 3_500_000)
    assert "is no programme" in complaints(big)[0]
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"name = '\xff'")
    assert "not UTF-8" in complaints(binary)[0]
    with pytest.raises(InputError, match="did you mean 'hello'"):
        programme.load("helo")


def test_extends_in_a_circle(tmp_path: Path) -> None:
    written(tmp_path, 'extends = "b.toml"\n', "a.toml")
    path = written(tmp_path, 'extends = "a.toml"\n', "b.toml")
    assert "extends in a circle" in complaints(path)[0]
    assert "no such file" in complaints(written(tmp_path, 'extends = "c.toml"\n', "d.toml"))[0]


def test_set_that_cannot_be_read() -> None:
    with pytest.raises(InputError, match=r"table\.name\.key=value"):
        programme.load("hello", sets=("nonsense",))
    with pytest.raises(InputError, match="did you mean 'no_reactor'"):
        programme.load("ilrs-2035", "no_reacto")


def test_schema_accepts_the_shipped_files_and_refuses_what_the_loader_refuses() -> None:
    schema = programme.json_schema()
    validator = jsonschema.Draft202012Validator(schema)
    for path in programme.shipped().values():
        tree = json.loads(json.dumps(tomllib.loads(path.read_text()), default=lambda epoch: epoch.isoformat()))
        assert not list(validator.iter_errors(tree))
    assert list(validator.iter_errors({"batery": {}}))
    assert list(validator.iter_errors({"battery": {"b": {"mass_kg": -1}}}))
    assert set(schema["properties"]) == {*SETTINGS, *TABLES, "extends", "variants"}


@pytest.mark.parametrize("name", programme.shipped())
def test_every_figure_of_a_shipped_programme_is_sourced_or_marked(name: str) -> None:
    loaded = programme.load(name)
    for table in (*ELEMENT_TABLES, "site", "ground_station", "relay", "launcher", "spacecraft", "flight", "crew_rates"):
        for row_name, row in getattr(loaded, table).items():
            for key in row.model_fields_set - {"source", "priority", "load_priority", "data_priority", "mast_m"}:
                if isinstance(getattr(row, key), float | int) and not isinstance(getattr(row, key), bool):
                    assert key in row.source, f"{table}.{row_name}.{key}"


def test_every_catalogue_figure_is_sourced_or_marked() -> None:
    for table, rows in catalogue().tree.items():
        for name, row in rows.items():
            for key, value in row.items():
                if isinstance(value, float | int) and not isinstance(value, bool) and "priority" not in key:
                    assert key in row.get("source", {}), f"{table}.{name}.{key}"


def test_the_written_reference_is_the_one_the_rows_make() -> None:
    written_down = Path(__file__).parents[2] / "docs" / "programme.md"
    assert written_down.read_text() == programme.reference(), "run: malapert schema --markdown > docs/programme.md"
