"""A crew with no air is refused with the balance that fails; one whose recovery does is not."""

from pathlib import Path

import pytest
from tests.station.conftest import TEXT

from malapert.errors import ProgrammeError
from malapert.programme import load

OXYGEN = """[supply.oxygen]
partner = "two"
mass_kg = 120
resource = "oxygen"
"""


def _load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "air.toml"
    path.write_text(text)
    load(path)


def test_a_crew_with_no_air_is_refused_with_its_balance(tmp_path: Path) -> None:
    assert OXYGEN in TEXT
    with pytest.raises(
        ProgrammeError, match=r"60 person-days breathe 49 kg of oxygen, recovery gives 38, units 0, the cabins"
    ):
        _load(
            tmp_path,
            TEXT.replace(OXYGEN, "").replace("volume_m3 = 60", "volume_m3 = 6").replace("= 30\nload", "= 3\nload"),
        )


def test_cabin_air_and_recovery_may_do(tmp_path: Path) -> None:
    _load(tmp_path, TEXT)
    _load(tmp_path, TEXT.replace(OXYGEN, "").replace("oxygen_recovery = 0.42", "oxygen_recovery = 1.0"))


def test_a_unit_that_splits_water_gives_air(tmp_path: Path) -> None:
    stuffy = TEXT.replace(OXYGEN, "").replace("volume_m3 = 60", "volume_m3 = 6").replace("= 30\nload", "= 3\nload")
    unit = """
[process.splitter]
partner = "one"
mass_kg = 80
rate_kg_h = 0.4
energy_kwh_kg = 5
takes = { water = 1.0 }
gives = { oxygen = 0.888, hydrogen = 0.112 }
holds = { oxygen = 50 }
"""
    _load(tmp_path, stuffy + unit)
    with pytest.raises(ProgrammeError, match="a crew with no air"):
        _load(tmp_path, stuffy + unit.replace("rate_kg_h = 0.4", "rate_kg_h = 0.001"))
