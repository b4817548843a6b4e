"""Any inclination is reached, also where the first guess or the uncorrected path would meet the Moon itself."""

import pytest

from malapert.errors import ConvergenceError
from malapert.flight import Parking, design_llo_transfer
from malapert.flight.injection import InjectionError
from malapert.sky.time import tdb_s

ERROR = InjectionError(1.8, 1.8, 1.8)


@pytest.mark.parametrize(
    ("depart", "inclination_deg"),
    [("2031-05-01", 10.0), ("2033-06-01", 20.0), ("2030-01-10", 150.0), ("2028-02-02", 170.0)],
)
def test_an_inclination_is_reached_with_its_injection_error_undone(depart: str, inclination_deg: float) -> None:
    found = design_llo_transfer(
        tdb_s(f"{depart}T00:00:00Z"),
        inclination_deg=inclination_deg,
        window_d=6.0,
        parking=Parking(200.0, 28.7),
        error=ERROR,
    )
    # The B-plane is met to 50 m, which at the Moon is this in angle and height.
    assert found.arrival_elements.inclination_deg == pytest.approx(inclination_deg, abs=0.05)
    assert abs(found.residuals["perilune altitude (km)"]) < 0.1
    assert found.facts["injection_error_m_s"] == pytest.approx(1.8 * 3**0.5)


def test_an_inclination_below_the_approach_is_refused_with_what_can_be_had() -> None:
    with pytest.raises(ConvergenceError, match=r"an inclination of 0 deg cannot be had: the approach leads to \d"):
        design_llo_transfer(
            tdb_s("2031-05-01T00:00:00Z"), inclination_deg=0.0, parking=Parking(200.0, 28.7), error=ERROR
        )
