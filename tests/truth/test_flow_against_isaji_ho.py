"""Launched mass of the fixed design of Isaji, Takubo and Ho, JSR 59(5), 2022, doi:10.2514/1.A35284.

Their code finds 694,264.4171277 kg; a second solver (HiGHS on their program) the same to its last digit. Both programs
are proved optimal, so they must agree to the solver's gap: 1e-6.
"""

import json
from dataclasses import replace
from math import exp
from pathlib import Path

import pytest

from malapert.logistics.flow import read_study, solve

EXAMPLE = Path(__file__).parents[2] / "examples/isaji-2022.toml"
TRUTH = Path(__file__).parents[2] / "../shared/data/station/isaji_ho_2022.json"
IMLEO_KG = 694_264.4171277


def test_the_fixed_design_launches_what_they_found():
    plan = solve(read_study(EXAMPLE))
    assert plan.imleo_kg == pytest.approx(IMLEO_KG, rel=1e-6)
    assert plan.status == "optimal" and plan.gap <= 1e-6 and plan.bound <= plan.imleo_kg * (1 + 1e-9)
    # Their sample output has the two the wrong way round; 5.5 kg of oxidiser go with each of fuel.
    assert plan.oxidiser_kg == pytest.approx(5.5 * plan.fuel_kg)


@pytest.mark.skipif(not TRUTH.is_file(), reason="the shared folder with the paper's inputs is not here")
def test_the_example_holds_the_papers_inputs():
    inputs = json.loads(TRUTH.read_text())["inputs"]
    row = read_study(EXAMPLE).row
    assert (row.missions, row.crew, row.spacecraft) == (inputs["missions"], inputs["crew"], inputs["spacecraft_copies"])
    assert (row.isp_s, row.g0_m_s2, row.oxidiser_fuel) == (inputs["isp_s"], inputs["g0"], inputs["oxidizer_fuel"])
    design = inputs["fixed_design"]
    assert (row.payload_kg, row.propellant_kg, row.dry_kg) == (
        design["payload_cap_kg"], design["propellant_cap_kg"], design["dry_kg"],
    )  # fmt: skip
    assert [leg.delta_v_m_s for leg in read_study(EXAMPLE).legs] == list(inputs["dv_m_s"].values())
    assert [leg.flight_d for leg in read_study(EXAMPLE).legs] == list(inputs["tof_days"].values())
    assert json.loads(TRUTH.read_text())["golden"]["fixed_design_IMLEO_kg"] == IMLEO_KG


def test_one_mission_by_the_rocket_equation_alone():
    """Without people, spares or samples, a payload down is worked out by hand: one stack, six equations."""
    study = read_study(EXAMPLE, sets=("study.crew=0", "study.sample_kg=0", "study.maintenance=0", "study.missions=1"))
    study = replace(study, row=study.row.model_copy(update={"habitat_kg": 2000.0}))
    plan = solve(study)
    row = study.row
    down = exp(1870.0 / (row.g0_m_s2 * row.isp_s))
    out = exp(4040.0 / (row.g0_m_s2 * row.isp_s))

    # The vehicle that lands is carried to low lunar orbit by as many others as its stack needs.
    def launched(copies):
        landed = row.dry_kg + row.habitat_kg
        return ((copies - 1) * row.dry_kg + landed * down) * out

    enough = next(n for n in range(1, 7) if launched(n) - n * row.dry_kg - row.habitat_kg <= n * row.propellant_kg)
    assert plan.imleo_kg == pytest.approx(launched(enough), rel=1e-9)
