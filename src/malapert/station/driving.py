"""A declared rover as the ground sees it."""

from malapert.errors import InputError
from malapert.programme.elements import Rover
from malapert.terrain.mobility import Mobility

FIGURES = ("mass_kg", "speed_km_h", "slope_deg", "rolling_resistance", "drive_efficiency", "battery_kwh")
"""Keys of a rover that a drive rests on."""


def mobility(row: Rover, load_kg: float = 0.0) -> Mobility:
    """How a rover drives with a load; InputError for one that does not drive."""
    if row.speed_km_h is None or row.battery_kwh is None:
        raise InputError(
            "this rover has no speed_km_h and no battery_kwh: it does not drive; choose another, or add them"
        )
    return Mobility(
        row.mass_kg + load_kg,
        row.speed_km_h,
        row.slope_deg,
        row.slope_deg,
        row.side_slope_deg or row.slope_deg,
        row.rolling_resistance,
        row.drive_efficiency,
        row.regeneration,
        row.drive_kw or float("inf"),
        row.hotel_kw,
    )


def usable_kwh(row: Rover) -> float:
    """What a rover's battery gives."""
    return (row.battery_kwh or 0.0) * row.battery_depth
