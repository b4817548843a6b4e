"""A small real run whose programme tries, in every text it can, to become markup, script or a terminal command."""

from pathlib import Path

import pytest

from malapert.programme import load, merged_toml
from malapert.run import STAGES, Run, execute

HOSTILE = "<script>window.hostile=1</script><img src=x onerror=window.hostile=2>"
PROGRAMME = f"""
format = 1
name = "hostile"
title = "{HOSTILE}"
as_of = "<b>now</b>"
start = 2031-01-01T00:00:00Z
end = 2031-05-01T00:00:00Z
station = "ridge"
histories = 100

[site.ridge]
like = "connecting_ridge"
title = "<i>Ridge</i> & $x^2$ %{{x}}"
[ground_station.kashi]
like = "kashi"
title = "<a href='javascript:window.hostile=3'>dish</a>"
[partner.sansa]
like = "sansa"
title = "</script><script>window.hostile=4</script>"
[solar_array.wing]
like = "wing_20kw"
title = "{HOSTILE}"
[battery.pack]
like = "li_ion_100kwh"
[experiment.camera]
partner = "sansa"
title = "<b onmouseover=window.hostile=5>[red]camera[/red]</b>"
note = "{HOSTILE}"
mass_kg = 60
load_kw = 0.1
keep_alive_kw = 0.02
data_mbit_s = 1
source = {{ mass_kg = "{HOSTILE}", load_kw = "unsourced", keep_alive_kw = "design", data_mbit_s = "design" }}
[flight.first]
title = "{HOSTILE}"
launcher = "lm10"
spacecraft = "cargo_lander_27t"
depart = 2031-01-05T00:00:00Z
source = {{ depart = "design" }}
[requirement.power]
title = "<u>power</u>"
quantity = "vital_unserved_kwh"
at_most = 0
[requirement.mass]
title = "More lands than is declared"
quantity = "landed_kg"
at_least = 1e6
"""


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Every stage of the hostile programme, run for real over four months."""
    place = tmp_path_factory.mktemp("report")
    file = place / "hostile.toml"
    file.write_text(PROGRAMME, encoding="utf-8")
    return execute(load(file), merged_toml(file), Path(place / "run"), STAGES)
