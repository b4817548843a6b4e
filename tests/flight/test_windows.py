"""Windows: cells are what the designer gives, failures are counted with their reasons."""

import math

import numpy as np
import pytest

from malapert.errors import InputError
from malapert.flight import LunarArrival, Parking
from malapert.flight.powered import Site
from malapert.flight.routes import Wish, designer
from malapert.flight.windows import Cell, Windows, departures, scan
from malapert.sky.time import tdb_s

START = tdb_s("2030-01-03T00:00:00Z")
WISH = Wish(START, parking=Parking(200.0, 28.7))


def test_cells_are_single_designs_and_failures_have_reasons():
    epochs = departures(START, START + 86400.0, 43200.0)
    found = scan("leo", "llo", WISH, epochs, choices=(4.0, 6.5), site=Site(-89.45, 222.7))
    assert found.delta_v_m_s.shape == (2, 2)
    assert np.isnan(found.delta_v_m_s[:, 1]).all() and np.isfinite(found.delta_v_m_s[:, 0]).all()
    # In the whole field the same flight costs 3 m/s more: the Earth's oblateness, through which the injection leaves.
    again = designer("leo", "llo")(Wish(float(epochs[1]), 0.0, (4.0, 4.0), Parking(200.0, 28.7)))
    assert found.delta_v_m_s[1, 0] == pytest.approx(again.delta_v_m_s, abs=5.0)
    assert found.failures()[0][0] == 2 and "longer than the slowest conic" in found.failures()[0][1]
    best = found.best()
    assert best is not None and best.site_wait_d < 28.0
    assert found.burns[0] == "translunar injection"


def test_halo_windows_share_one_orbit():
    epochs = departures(START, START + 2.0 * 86400.0, 86400.0)
    found = scan("leo", "nrho", WISH, epochs, choices=(5.0,))
    assert np.isfinite(found.delta_v_m_s).all()
    assert np.ptp(found.delta_v_m_s) < 400.0


def test_free_return_over_altitudes():
    found = scan("leo", "free-return", WISH, np.array([START]), choices=(200.0, 2000.0))
    assert found.delta_v_m_s[0, 0] > found.delta_v_m_s[0, 1] > 3100.0


def test_mars_windows_are_lamberts_and_keep_limits():
    epochs = departures(tdb_s("2030-12-01T00:00:00Z"), tdb_s("2031-01-30T00:00:00Z"), 86400.0 * 5.0)
    found = scan("earth", "mars", WISH, epochs)
    best = found.best()
    assert best is not None and 250.0 < best.choice < 310.0
    from dataclasses import replace

    from malapert.flight.mars_plan import Limits

    limited = scan("earth", "mars", replace(WISH, limits=Limits(10.0)), epochs)
    assert limited.failures() and "launcher's limits" in limited.failures()[0][1]


def test_spans_are_runs_of_departures():
    values = [10.0, 12.0, 50.0, 11.0, math.nan]
    cells = tuple(
        Cell(float(k), 1.0, () if math.isnan(v) else (v,), reason="failed at 3" if math.isnan(v) else "")
        for k, v in enumerate(values)
    )
    found = Windows("t", "c", np.arange(5.0), np.array([1.0]), cells, ("burn",), {})
    spans = found.spans(5.0)
    assert [(a.departure_tdb_s, b.departure_tdb_s) for a, b, _ in spans] == [(0.0, 1.0), (3.0, 3.0)]
    assert found.failures() == [(1, "failed at 3")]


def test_what_has_no_windows_is_said():
    with pytest.raises(InputError, match="no windows from llo to earth"):
        scan("llo", "earth", WISH, np.array([START]))
    with pytest.raises(InputError, match="step above zero"):
        departures(START, START, 1.0)
    with pytest.raises(InputError, match="lunar orbit"):
        LunarArrival(500.0, 100.0)
