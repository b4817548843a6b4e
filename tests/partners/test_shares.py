"""The ledger of a small station that two partners build and a third uses: sums, rules, dependence."""

from dataclasses import replace
from math import fsum, isnan, nan

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.logistics.departures import departures
from malapert.logistics.manifest import manifest
from malapert.logistics.plan import FlightOption
from malapert.partners.dependence import dependence
from malapert.partners.entitlements import contribution_shares, entitled_shares, gini
from malapert.partners.ledger import contributed
from malapert.partners.shares import shares
from malapert.programme import load
from malapert.programme.places import Entitlement
from malapert.station.operations import operate

DAY = 86400.0
TEXT = """
format = 1
name = "shared"
start = 2031-01-01T00:00:00Z
end = 2031-07-01T00:00:00Z
station = "ridge"
[site.ridge]
like = "connecting_ridge"
[partner.east]
[partner.west]
[partner.guest]
[partner.idle]
[ground_station.big]
partner = "east"
lat_deg = 30
lon_deg = 100
rate_mbit_s = 30
[ground_station.small]
partner = "guest"
lat_deg = -25
lon_deg = 30
rate_mbit_s = 10
[relay.above]
partner = "west"
epoch = 2031-01-01T00:00:00Z
perilune_km = 2000
apolune_km = 18000
inclination_deg = 119
rate_mbit_s = 100
[launcher.rocket]
partner = "east"
tli_kg = 27000
lat_deg = 19
[spacecraft.lander]
partner = "east"
cargo_kg = 9000
crew = 2
stages = [{ name = "main", dry_kg = 2000, propellant_kg = 20000, isp_s = 320, thrust_n = 30000 }]
[flight.first]
launcher = "rocket"
spacecraft = "lander"
depart = 2031-01-10T00:00:00Z
cargo = ["wing", "pack", "camera"]
[flight.second]
partner = "west"
launcher = "rocket"
spacecraft = "lander"
depart = 2031-02-01T00:00:00Z
cargo = ["house", "plant"]
[flight.lander]
launcher = "rocket"
spacecraft = "lander"
route = "low_lunar_orbit"
depart = 2031-03-10T00:00:00Z
[flight.crew]
launcher = "rocket"
spacecraft = "lander"
route = "crewed_landing"
lander_flight = "lander"
crew = "two"
depart = 2031-04-01T00:00:00Z
stay_d = 20
[crew.two]
members = ["east", "west"]
[solar_array.wing]
partner = "west"
mass_kg = 300
power_kw = 10
[battery.pack]
partner = "east"
mass_kg = 900
capacity_kwh = 120
charge_efficiency = 0.95
discharge_efficiency = 0.95
charge_kw = 10
discharge_kw = 10
[habitat.house]
partner = "west"
mass_kg = 5000
crew = 2
volume_m3 = 40
oxygen_recovery = 1.0
load_kw = 2
keep_alive_kw = 0.5
after = ["wing"]
[equipment.plant]
partner = "east"
mass_kg = 700
load_kw = 1
[experiment.camera]
partner = "guest"
mass_kg = 60
load_kw = 0.1
keep_alive_kw = 0.03
data_mbit_s = 2
[experiment.garden]
partner = "east"
mass_kg = 90
load_kw = 0.2
crew_h = 4
needs = ["crew"]
[entitlement.east]
partner = "east"
[entitlement.west]
partner = "west"
[entitlement.guest]
partner = "guest"
rule = "agreement"
share = 0.2
"""


@pytest.fixture(scope="module")
def programme(tmp_path_factory):
    path = tmp_path_factory.mktemp("partners") / "shared.toml"
    path.write_text(TEXT)
    return load(path)


def options_of(programme, capacity_kg=9000.0):
    found = []
    for name, departure in departures(programme).items():
        row, arrive = programme.flight[name], departure.depart_tdb_s + 5 * DAY
        leave = arrive + row.stay_d * DAY if row.route == "crewed_landing" else nan
        room = capacity_kg if row.route == "surface" else 0.0
        partner = programme.flown_by(row)
        found.append(
            FlightOption(
                name,
                partner,
                row.route,
                "ridge",
                row.crew,
                departure.depart_tdb_s,
                arrive,
                leave,
                leave + 5 * DAY,
                room,
            )
        )
    return tuple(found)


@pytest.fixture(scope="module")
def light(programme):
    start = np.datetime64(programme.start.replace(tzinfo=None), "h")
    time = np.arange(start, np.datetime64(programme.end.replace(tzinfo=None), "h"))
    hour = np.arange(len(time))
    big, small = hour % 24 < 9, (hour % 24 >= 6) & (hour % 24 < 12)
    direct = np.maximum(30.0 * big, 10.0 * small) * (hour % 708 < 400)
    relay = 100.0 * ((hour % 708 >= 200) & (hour % 26 < 13))
    series = {
        "sun_fraction": ("time", np.where(hour % 708 < 560, 1.0, 0.0)),
        "earth_visible": ("time", (hour % 708 < 400) * 1.0),
        "link_mbit_s": ("time", np.maximum(direct, relay)),
        "direct_mbit_s": ("time", direct),
        "relay_mbit_s": (("relay", "time"), relay[None, :]),
        "station_part": (
            ("ground_station", "time"),
            np.array([big | (relay > direct), small & ~big & (relay <= direct)]),
        ),
    }
    coords = {"time": time.astype("datetime64[ns]"), "relay": ["above"], "ground_station": ["big", "small"]}
    return xr.Dataset(series, coords=coords)


@pytest.fixture(scope="module")
def lived(programme, light):
    plan = manifest(programme, options_of(programme))
    return plan, operate(programme, plan, light)


def test_every_column_adds_up_to_what_the_station_had(programme, lived, light):
    plan, operations = lived
    found = shares(programme, plan, operations)
    lines, took = found.contributed.values(), found.used.values()
    assert found.delivered_kg == 300 + 900 + 60 + 5000 + 700 + 90
    assert sum(line.landed_kg for line in lines) == found.delivered_kg == sum(line.carried_kg for line in lines)
    assert found.contributed["west"].landed_kg == 5300 and found.contributed["east"].landed_kg == 900 + 700 + 90
    assert found.contributed["west"].carried_kg in (5700, 5790)  # the garden rides on either flight
    assert sum(line.flights for line in lines) == sum(line.launches for line in lines) == len(plan.loads) == 4
    assert found.contributed["east"].launches == 4 and found.contributed["west"].flights == 1
    series = operations.series
    generated = float((series["solar_kw"] + series["firm_kw"] - series["curtailed_kw"]).sum())
    assert sum(line.generated_kwh for line in lines) == pytest.approx(generated, rel=1e-9)
    assert found.contributed["west"].generated_kwh == pytest.approx(generated, rel=1e-9) and generated > 100.0
    served = float(series["served_kw"].sum())
    assert sum(line.experiments_kwh + line.elements_kwh for line in took) == pytest.approx(served, rel=1e-9)
    sent = float(series["downlinked_gb"].sum())
    assert sum(line.received_gb for line in lines) == pytest.approx(sent, rel=1e-9)
    assert sum(line.returned_gb for line in took) == pytest.approx(sent, rel=1e-9) and sent > 1.0
    assert 0.0 < found.contributed["west"].relayed_gb < sent
    assert (
        sum(line.members for line in lines)
        == 2
        == found.contributed["east"].members + found.contributed["west"].members
    )
    assert found.contributed["east"].seats == 2
    assert sum(line.crew_h for line in lines) == pytest.approx(2 * 20 * 6.5, rel=1e-3)
    assert found.used["east"].crew_h > 0.0 and found.used["guest"].experiment_h > 100.0


def test_data_counts_for_the_relays_it_went_through_and_the_stations_that_took_it(programme, lived, light):
    plan, operations = lived
    lines = contributed(programme, plan, operations)
    sent = operations.series["downlinked_gb"].to_numpy()
    direct, relay = light["direct_mbit_s"].to_numpy(), light["relay_mbit_s"].to_numpy()[0]
    via_relay = relay > direct
    assert lines["west"].relayed_gb == pytest.approx(sent[via_relay].sum())
    assert lines["east"].received_gb == pytest.approx(sent @ light["station_part"].to_numpy()[0])
    assert lines["guest"].received_gb == pytest.approx(sent @ light["station_part"].to_numpy()[1]) and sent.any()
    unknown = operate(programme, plan, light.drop_vars(["direct_mbit_s", "station_part"]))
    without = shares(programme, plan, unknown)
    assert all(line.relayed_gb == line.received_gb == 0.0 for line in without.contributed.values())
    assert any("not counted" in note for note in without.notes)


def test_entitlement_follows_agreement_then_contribution(programme, lived, light):
    plan, operations = lived
    found = shares(programme, plan, operations)
    lines = {line.partner: line for line in found.entitled}
    given_kg = {name: c.landed_kg + c.carried_kg for name, c in found.contributed.items()}
    assert lines["guest"].entitled_share == 0.2 and lines["guest"].rule == "agreement"
    both = given_kg["east"] + given_kg["west"]
    assert lines["east"].entitled_share == pytest.approx(0.8 * given_kg["east"] / both)
    assert fsum(line.entitled_share for line in found.entitled) == pytest.approx(1.0)
    assert fsum(line.contribution_share for line in found.entitled) == pytest.approx(1.0)
    assert fsum(line.use_share for line in found.entitled) == pytest.approx(1.0)
    assert lines["idle"].entitled_share == 0.0 and lines["idle"].rule == ""
    assert found.largest_shortfall is lines["west"] and lines["west"].use_share == 0.0
    assert 0.0 < found.gini_use < 1.0
    mean = np.mean([found.used["guest"].returned_gb / sum(u.returned_gb for u in found.used.values())])
    assert lines["guest"].use["returned_gb"] == pytest.approx(mean)


def test_bad_agreements_are_refused(programme):
    def entitled(**rows):
        return entitled_shares(programme.model_copy(update={"entitlement": rows}), {"east": 1.0})

    def agreed(partner, share):
        return Entitlement(partner=partner, rule="agreement", share=share)

    with pytest.raises(InputError, match=r"add up to 1.2"):
        entitled(a=agreed("east", 0.7), b=agreed("west", 0.5))
    with pytest.raises(InputError, match="no share is given"):
        entitled(a=agreed("east", None))
    assert entitled(a=agreed("west", 0.25))["east"] == 0.0
    assert entitled(a=agreed("west", 0.25), b=Entitlement(partner="east"))["east"] == 0.75


def test_dependence_counts_what_goes_what_is_stranded_and_what_waits(programme, lived):
    plan, _ = lived
    on_second = {d.element: d.mass_kg for d in plan.deliveries if d.flight == "second"}
    west = dependence(programme, plan, "west")
    assert west.own_kg == 5300 and west.power_kw == 10.0 and west.relays == ("above",)
    assert west.flights == ("second",) and west.stranded_kg == sum(on_second.values()) - 5000
    assert west.seats == 1 and "crew.two" not in west.rows
    east = dependence(programme, plan, "east")
    assert east.flights == ("first", "second", "lander", "crew") and east.seats == 2
    assert east.lost_kg == plan.delivered_kg and east.ground_stations == ("big",)
    idle = dependence(programme, plan, "idle")
    assert idle.lost_kg == 0.0 and idle.rows == () and idle.seats == 0
    waits = programme.model_copy(
        update={"equipment": {"plant": programme.equipment["plant"].model_copy(update={"after": ("camera",)})}}
    )
    assert dependence(waits, plan, "guest").idle_kg == 700


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["east", "west"]), st.sampled_from(["east", "west", "guest"]), st.integers(1, 10**6)),
        max_size=40,
    )
)
def test_contributed_kilograms_are_the_delivered_ones_exactly(programme, lived, rows):
    """Whole kilograms are exact in binary; owner and carrier columns both hold every one of them once."""
    plan, operations = lived
    deliveries = tuple(
        replace(plan.deliveries[0], partner=owner, carrier=carrier, mass_kg=float(kg)) for owner, carrier, kg in rows
    )
    lines = contributed(programme, replace(plan, deliveries=deliveries), operations)
    delivered = float(sum(kg for _, _, kg in rows))
    assert sum(line.landed_kg for line in lines.values()) == delivered
    assert sum(line.carried_kg for line in lines.values()) == delivered
    assert lines["guest"].landed_kg == lines["idle"].carried_kg == 0.0
    share = contribution_shares(lines)
    assert sum(share.values()) == pytest.approx(1.0 if rows else 0.0)
    for name, line in lines.items():
        assert share[name] == pytest.approx((line.landed_kg + line.carried_kg) / (2 * delivered) if rows else 0.0)


PAIR = st.tuples(st.floats(0.0, 1e4, allow_subnormal=False), st.floats(0.0, 1e4, allow_subnormal=False))


@settings(max_examples=60, deadline=None)
@given(st.lists(PAIR, min_size=1, max_size=12), st.floats(0.1, 10.0))
def test_gini(pairs, scale):
    weights, amounts = [w for w, _ in pairs], [a for _, a in pairs]
    value = gini(weights, amounts)
    if sum(weights) == 0.0 or sum(amounts) == 0.0:
        assert isnan(value)
        return
    assert -1e-9 <= value <= 1.0 + 1e-9
    assert gini(weights, [scale * a for a in amounts]) == pytest.approx(value, abs=1e-9)
    assert gini(weights, weights) == pytest.approx(0.0, abs=1e-9)
    # mean absolute difference of amount per weight over all pairs, the other way to write Gini's coefficient
    w, a = np.array(weights) / sum(weights), np.array(amounts) / sum(amounts)
    assert value == pytest.approx(0.5 * np.abs(np.outer(w, a) - np.outer(a, w)).sum(), abs=1e-9)


def test_a_plan_with_nothing_in_it(programme, lived, light):
    plan, _ = lived
    empty = replace(plan, deliveries=(), stays=())
    found = shares(programme, empty, operate(programme, empty, light))
    assert found.delivered_kg == 0.0 and isnan(found.gini_use) and all(e.use_share == 0.0 for e in found.entitled)
