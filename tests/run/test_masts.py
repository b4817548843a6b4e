"""Light from a mast of its own: the same eye as a site with that mast, and a near-field skyline that cannot rise."""

from datetime import UTC, datetime

import numpy as np

from malapert import load, terrain
from malapert.run.ground import site_horizon
from malapert.run.light import light


def test_an_array_mast_has_the_light_of_its_height() -> None:
    hello = load("hello")
    span = {"start": datetime(2031, 6, 1, tzinfo=UTC), "end": datetime(2031, 6, 15, tzinfo=UTC), "relay": {}}
    near = hello.home.model_copy(update={"masts_m": (60.0,)})
    bare = near.model_copy(update={"horizon": ""})
    for site, rises in ((bare, True), (near, False)):
        programme = hello.model_copy(update={**span, "site": {hello.station: site}})
        found = light(programme, lambda *_: None)
        name = f"{hello.station} at 60 m"
        assert list(found.series["site"].to_numpy()) == [name]
        high = found.series["site_sunlight"].sel(site=name).to_numpy()
        alone = terrain.site_light(
            site_horizon(programme, site.model_copy(update={"mast_m": 60.0})), "2031-06-01", "2031-06-15"
        )
        lit = alone["sun_fraction"].to_numpy() * (1.0 - alone["sun_eclipsed_fraction"].to_numpy())
        assert np.array_equal(high, lit)
        if rises:
            low = site_horizon(programme, site)
            assert (site_horizon(programme, programme.skies[name]).elevation_deg < low.elevation_deg + 1e-6).all()
            assert high.mean() >= found.series["sunlight"].to_numpy().mean() - 1e-6  # the eclipse, seen from higher up
        assert any("used unchanged for an eye 58.0 m higher" in w for w in found.summary.warnings) != rises
