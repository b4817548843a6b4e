"""Propellant burn by burn against SpaceNet Java 2.5 on its Artemis 3 scenario (Grogan et al., AIAA SciTech 2024).

Element masses and specific impulses are read from its scenario file, delta-v and propellant left from its event log,
which prints to 0.01 kg: that is the tolerance. SpaceNet takes g0 = 9.81 m/s2 where the standard is 9.80665; a burn
depends on delta-v / g0 alone, so the same burns are flown with delta-v scaled by the ratio of the two.
"""

import json
import re
from pathlib import Path

import pytest

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.logistics.stages import fly_stack
from malapert.programme.vehicles import Stage

FOLDER = Path(__file__).parents[2] / "../shared/data/station/spacenet"
SPACENET_G0_M_S2 = 9.81
PRINTED_KG = 0.01

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared folder with SpaceNet's scenario is not here")


def element(name):
    scenario = json.loads((FOLDER / "scenarios/artemis_campaign.json").read_text())
    return next(one for one in scenario["elementTemplates"] if one["name"] == name)


def stage(name, drop_after=None):
    row = element(name)
    return Stage(
        name=name,
        dry_kg=row["mass"],
        propellant_kg=row["fuel"]["amount"],
        isp_s=row["isp"],
        thrust_n=1.0,
        drop_after=drop_after,
    )


def logged(name):
    """(delta-v m/s, propellant left kg) of every finished burn of one element, in order."""
    text = (FOLDER / "expected/artemis_events.log").read_text()
    pattern = rf"Artemis 3 \| {name} Burn \(OMS\) achieved ([\d.]+) m/s delta-V, ([\d.]+) kg fuel remaining"
    return [(float(delta_v), float(left)) for delta_v, left in re.findall(pattern, text)]


def left_after_each(stages, manoeuvres, cargo_kg):
    """Propellant left in the stage that burned, after each burn, with SpaceNet's g0."""
    scaled = [(name, delta_v * STANDARD_GRAVITY_M_S2 / SPACENET_G0_M_S2) for name, delta_v in manoeuvres]
    flight = fly_stack(stages, [one.propellant_kg for one in stages], scaled, cargo_kg)
    assert flight.lacking_m_s == 0.0
    left = dict(enumerate(flight.loaded_kg))
    found = []
    for burn in flight.burns:
        left[burn.index] -= burn.propellant_kg
        found.append(left[burn.index])
    return found


def test_injection_and_the_way_to_the_halo_orbit():
    people, capsule = 4 * element("Crew Member")["mass"], element("Orion CM")["mass"]
    outbound = [*logged("iCPS"), *logged("Orion SM")[:4]]
    manoeuvres = [("insertion" if k == 0 else f"burn {k}", delta_v) for k, (delta_v, _) in enumerate(outbound)]
    found = left_after_each((stage("iCPS", "insertion"), stage("Orion SM")), manoeuvres, people + capsule)
    assert found == pytest.approx([left for _, left in outbound], abs=PRINTED_KG)


def test_descent_of_the_lander():
    down = logged("HLS")[:4]
    manoeuvres = [(f"burn {k}", delta_v) for k, (delta_v, _) in enumerate(down)]
    found = left_after_each((stage("HLS"),), manoeuvres, 2 * element("Crew Member")["mass"])
    assert len(down) == 4
    assert found == pytest.approx([left for _, left in down], abs=PRINTED_KG)
