"""Offers tried against a small station: what fits, what does not and what would, all by running it in."""

import json
from pathlib import Path

import pytest

from malapert.programme.offer import read_offer, with_offer
from malapert.report import fit as shown
from malapert.run.offers import Fit, fit

PROGRAMME = """
format = 1
name = "camp"
start = 2031-01-01T00:00:00Z
end = 2031-08-01T00:00:00Z
station = "ridge"
site.ridge.like = "connecting_ridge"
ground_station.kashi.like = "kashi"
solar_array.wing.like = "wing_20kw"
battery.pack.like = "li_ion_100kwh"
experiment.camera = { partner = "sansa", mass_kg = 60, load_kw = 0.1, keep_alive_kw = 0.02, data_mbit_s = 1 }
port.bus = { on = "station", interface = "power_120", role = "active" }
entitlement.sansa = { partner = "sansa", rule = "agreement", share = 0.1 }
entitlement.cnsa = { partner = "cnsa" }
[flight.first]
launcher = "lm10"
spacecraft = "cargo_lander_27t"
depart = 2031-01-10T00:00:00Z
[requirement.power]
quantity = "vital_unserved_kwh"
at_most = 1  # an hour before the array is out, in the dark it landed in
"""
OFFER = """
format = 1
[offer]
name = "lidar"
partner = "senegal"
{offer}
[experiment.lidar]
mass_kg = {mass}
load_kw = 0.1
keep_alive_kw = {keep}
data_mbit_s = {data}
wanted_h = 1000
{experiment}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offers")
    (folder / "camp.toml").write_text(PROGRAMME, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tried(place: Path):
    """A function that tries an offer once; the run without it is made once for all."""

    def attempt(name: str, mass=60, keep=0.02, data=0.1, offer="", experiment="", more="") -> Fit:
        file = place / f"{name}.toml"
        text = OFFER.format(mass=mass, keep=keep, data=data, offer=offer, experiment=experiment) + more
        file.write_text(text, encoding="utf-8")
        return fit(place / "camp.toml", file, base=place / "base", out=place / name)[0]

    return attempt


def answers(found: Fit) -> dict[str, str]:
    return {f"{check.topic}: {check.what}": check.answer for check in found.checks}


def test_a_small_instrument_fits_and_moves_the_shares(tried, place: Path) -> None:
    told = 'rule = "agreement"\nshare = 0.05\nend_of_life = "stays"\nplanetary_protection = "1 kg of epoxy"'
    port = '[port.plug]\non = "lidar"\ninterface = "power_120"\nrole = "passive"\n'
    found = tried("small", offer=told, more=port)
    assert found.fits and found.changes == ()
    said = answers(found)
    assert said["flight: lidar finds a flight"] == "yes"
    assert said["interfaces: power port plug to station"] == "yes"
    assert said["mass: volume on first"] == "unknown"
    assert found.verdict == "fits, 1 open question"
    (room,) = found.rooms
    assert room.takes and room.before_kg - room.after_kg == pytest.approx(60.0)
    moved = {line.partner: line for line in found.moved}
    assert moved["senegal"].entitled == (0.0, 0.05)
    assert moved["senegal"].contribution[1] == pytest.approx(60 / (2 * (1047 + 60)))
    assert moved["sansa"].use[1] < moved["sansa"].use[0]
    # The sky and the flights are not made again for it.
    kept = [place / run / stage / "result.json" for run in ("base", "small") for stage in ("light", "traffic")]
    assert kept[0].read_bytes() == kept[2].read_bytes() and kept[1].read_bytes() == kept[3].read_bytes()


def test_too_heavy_and_the_mass_that_would_do(tried) -> None:
    found = tried("heavy", mass=9000)
    assert not found.fits
    assert answers(found)["flight: lidar finds a flight"] == "no"
    (change,) = found.changes
    assert (change.element, change.key) == ("lidar", "mass_kg")
    room_kg = found.rooms[0].before_kg
    fits_kg = 9000 * (1.0 - change.cost)
    assert 0.93 * room_kg < fits_kg <= room_kg  # five halvings of the span leave 3 %


def test_too_hungry_at_night_and_the_power_that_would_do(tried) -> None:
    found = tried("hungry", keep=3.0)
    said = answers(found)
    assert said["requirements: power"] == "no" and said["power: lidar through the worst dark"] == "no"
    keys = {change.key for change in found.changes}
    assert "keep_alive_kw" in keys and "mass_kg" not in keys
    assert found.changes[0].cost == min(change.cost for change in found.changes)


def test_a_plug_that_cannot_fit_is_not_mended_by_figures(tried) -> None:
    found = tried("plug", more='[port.plug]\non = "lidar"\ninterface = "power_28"\n')
    assert not found.fits and found.changes == () and found.tried == 0
    assert answers(found)["interfaces: power port plug to station"] == "no"


def test_the_page_the_json_and_hostile_words(tried, place: Path) -> None:
    found = tried("hostile", offer='title = "<script>alert(1)</script>"\nend_of_life = "<img src=x>"')
    page, data = shown.write(found, place / "hostile")
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text and "<img" not in text and "&lt;script&gt;" in text
    plain = json.loads(data.read_text(encoding="utf-8"))
    assert plain["title"].startswith("<script>") and plain["rooms"][0]["lands"].startswith("2031-01")


def test_shipped_offers_go_with_the_shipped_programme() -> None:
    shipped = sorted((Path(__file__).parents[2] / "examples" / "offers").glob("*.toml"))
    assert shipped
    for path in shipped:
        file = read_offer(path)
        joined, _ = with_offer("ilrs-2035", file)
        assert set(file.elements) <= set(joined.elements)
