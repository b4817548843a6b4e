"""What an experiment needs: ground it bears, samples that go home, craft that take them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from malapert.errors import ProgrammeError
from malapert.programme import load
from malapert.programme.elements import Experiment


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"coldest_ground_k": 300.0, "warmest_ground_k": 200.0}, "must be below warmest_ground_k 200"),
        ({"needs": ["sample_return"]}, "takes no samples"),
    ],
)
def test_an_experiment_that_cannot_be_is_refused(keys: dict[str, object], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        Experiment.model_validate({"partner": "one", "mass_kg": 10.0, **keys})


@pytest.mark.parametrize(
    ("flight", "key", "what"),
    [("cargo_3", "samples_kg", "without a crew"), ("crew_a", "samples_kg", "lanyue brings back 100 kg")],
)
def test_samples_go_home_with_a_crew_and_within_its_craft(tmp_path: Path, flight: str, key: str, what: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        f'extends = "ilrs-2035"\n[flight.{flight}]\n{key} = 120\n[spacecraft.lanyue]\nlike = "lanyue"\nreturn_kg = 100\n'
    )
    with pytest.raises(ProgrammeError, match=what):
        load(path)
