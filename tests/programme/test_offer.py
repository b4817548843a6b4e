"""Offers as files: every mistake at once, nothing replaced, nothing but rows a partner may add; no text breaks it."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malapert.errors import MalapertError, ProgrammeError
from malapert.programme import load
from malapert.programme.offer import OFFERED, read_offer, with_offer

LIDAR = """
format = 1
[offer]
name = "lidar"
partner = "senegal"
rule = "agreement"
share = 0.01
[experiment.lidar]
mass_kg = 60
load_kw = 0.1
"""


def read(tmp_path: Path, text: str):
    file = tmp_path / "offer.toml"
    file.write_text(text, encoding="utf-8")
    return read_offer(file)


def test_an_offer_adds_its_rows_and_what_it_asks(tmp_path: Path) -> None:
    joined, merged = with_offer("hello", read(tmp_path, LIDAR))
    alone = load("hello")
    assert set(joined.elements) - set(alone.elements) == {"lidar"}
    assert joined.experiment["lidar"].partner == "senegal"
    assert joined.partner["senegal"].joined == "2024-09-05"
    assert joined.entitlement["senegal"].share == 0.01
    assert tomllib.loads(merged)["experiment"]["lidar"]["mass_kg"] == 60
    again = tmp_path / "joined.toml"
    again.write_text(merged, encoding="utf-8")
    assert load(again).elements == joined.elements


def test_it_may_name_its_flight(tmp_path: Path) -> None:
    joined, _ = with_offer("hello", read(tmp_path, LIDAR.replace("[offer]", '[offer]\nflight = "first"')))
    assert joined.flight["first"].cargo == ("lidar",)


MISTAKES = {
    "no offer": ("[experiment.a]\nmass_kg = 1\n", "offer: is missing"),
    "unknown key": (LIDAR.replace("share =", "shar ="), "offer.shar: unknown key (did you mean 'share'?)"),
    "another's": (LIDAR + 'partner = "cnsa"\n', "belongs to 'cnsa', but 'senegal' makes the offer"),
    "a requirement": (LIDAR + "[requirement.r]\nat_least = 1\n", "an offer cannot hold this"),
    "a file": (LIDAR + '[kernel.k]\nfile = "/etc/passwd"\n', "an offer cannot hold this"),
    "a raster": (LIDAR + '[raster.k]\nfile = "/etc/passwd"\n', "an offer cannot hold this"),
    "a setting": ('start = 2031-01-01T00:00:00Z\n' + LIDAR, "an offer cannot hold this"),
    "a parent": ('extends = "hello"\n' + LIDAR, "an offer cannot hold this"),
    "a variant": (LIDAR + "[variants.v]\nstart = 1\n", "an offer has no variants"),
    "nothing": ('[offer]\nname = "no"\npartner = "senegal"\n', "offers nothing"),
    "a path for a name": (LIDAR.replace('"lidar"', '"../lidar"'), "offer.name"),
    "not TOML": ("[offer\n", "not TOML"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_say_where_and_what(case: str, tmp_path: Path) -> None:
    text, said = MISTAKES[case]
    with pytest.raises(ProgrammeError) as found:
        read(tmp_path, text)
    assert said in str(found.value)
    assert "offer.toml" in str(found.value)


AGAINST = {
    "a row that is there": (LIDAR.replace("experiment.lidar", "experiment.camera"), "the programme has one"),
    "no such flight": (LIDAR.replace("[offer]", '[offer]\nflight = "fist"'), "no flight 'fist'"),
    "no such crew": (LIDAR.replace("[offer]", '[offer]\ncrew = "a"'), "no crew 'a'"),
    "wrong unit": (LIDAR.replace("mass_kg = 60", "mass_t = 0.06"), "write mass_kg = 60"),
    "unknown interface": (LIDAR + '[port.p]\non = "lidar"\ninterface = "idss"\n', "no interface 'idss'"),
    "port on nothing": (LIDAR + '[port.p]\non = "lider"\ninterface = "power_120"\n', "did you mean 'lidar'?"),
}


@pytest.mark.parametrize("case", AGAINST)
def test_mistakes_against_the_programme(case: str, tmp_path: Path) -> None:
    text, said = AGAINST[case]
    with pytest.raises(ProgrammeError) as found:
        with_offer("hello", read(tmp_path, text))
    assert said in str(found.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.text(max_size=400), st.tuples(st.sampled_from([*OFFERED, "offer", "site", "x"]), st.text(max_size=60)))
)
def test_any_text_is_read_or_refused(tmp_path: Path, text) -> None:
    body = text if isinstance(text, str) else f"{LIDAR}\n[{text[0]}.x]\n{text[1]}"
    try:
        with_offer("hello", read(tmp_path, body.encode("utf-8", "replace").decode()))
    except MalapertError as error:
        assert str(error)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match="is no offer"):
        read(tmp_path, LIDAR + "#" * 70_000)
