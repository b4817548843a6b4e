"""Compatibility is three-valued: yes and no say why and by which clause, and what is not public stays unknown."""

import itertools

import pytest

from malapert.partners.interfaces import compatible, connections
from malapert.programme import load
from malapert.programme.interfaces import Interface, Port
from malapert.programme.merge import catalogue

SHIPPED = {name: Interface.model_validate(row) for name, row in catalogue().tree["interface"].items()}


def port(interface: str, role: str = "either", on: str = "x", to: str = "") -> Port:
    return Port(on=on, interface=interface, role=role, to=to)


@pytest.mark.parametrize(
    ("one", "role", "other", "other_role", "answer"),
    [
        ("idss_f", "active", "idss_f", "passive", "yes"),
        ("idss_f", "active", "idss_f", "active", "no"),
        ("idss_f", "either", "idss_f", "active", "yes"),
        ("idss_f", "active", "docking_cnsa", "passive", "unknown"),
        ("docking_cnsa", "active", "docking_cnsa", "passive", "unknown"),
        ("power_120", "either", "power_120", "either", "yes"),
        ("power_120", "either", "power_28", "either", "no"),
        ("power_28", "either", "power_ilrs", "either", "unknown"),
        ("robotic_ieriis", "active", "robotic_ieriis", "passive", "unknown"),
        ("radio_lnis", "either", "radio_icsis", "either", "unknown"),
        ("units_si", "either", "units_us", "either", "no"),
        ("idss_f", "active", "power_120", "either", "no"),
    ],
)
def test_answers(one: str, role: str, other: str, other_role: str, answer: str) -> None:
    found = compatible(SHIPPED, port(one, role), port(other, other_role))
    assert found.answer == answer
    assert found.reason
    if answer != "unknown" and SHIPPED[one].kind == SHIPPED[other].kind:
        assert found.clause


def test_order_never_matters_and_nothing_secret_is_ever_yes() -> None:
    roles = ("active", "passive", "either")
    for (one, other), (role, other_role) in itertools.product(
        itertools.product(SHIPPED, SHIPPED), itertools.product(roles, roles)
    ):
        there = compatible(SHIPPED, port(one, role), port(other, other_role))
        back = compatible(SHIPPED, port(other, other_role), port(one, role))
        assert there.answer == back.answer, (one, other)
        if not (SHIPPED[one].public and SHIPPED[other].public):
            assert there.answer != "yes", (one, other)


def test_every_shipped_interface_says_its_source() -> None:
    for name, row in SHIPPED.items():
        for key in ("issued", "clause", "nominal_v", "public"):
            if key in row.model_fields_set:
                assert row.source.get(key), f"{name}.{key}"
        for other in (*row.mates_with, *row.refuses):
            assert other in SHIPPED, f"{name} names {other}"


def test_ports_of_a_programme_straight_and_through_an_adapter() -> None:
    alone = load("hello")
    rows = {
        "camera": port("power_28", "passive", on="camera"),
        "bus": port("power_120", "active", on="station"),
    }
    programme = alone.model_copy(update={"interface": SHIPPED, "port": rows})
    (link,) = connections(programme, ("camera",))
    assert (link.answer, link.other) == ("no", "bus")
    rows |= {"in": port("power_120", on="pack"), "out": port("power_28", on="pack")}
    (link,) = connections(programme.model_copy(update={"port": rows}), ("camera",))
    assert link.answer == "yes"
    rows.pop("out")
    rows |= {"socket": port("power_28", on="wing")}
    (link,) = connections(
        programme.model_copy(update={"port": rows | {"camera": port("power_28", on="camera", to="station")}}),
        ("camera",),
    )
    assert link.answer == "no"
    rows |= {"out": port("power_28", on="pack"), "camera": port("power_28", on="camera", to="station")}
    (link,) = connections(programme.model_copy(update={"port": rows}), ("camera",))
    assert (link.answer, link.adapter) == ("yes", "pack")
    (link,) = connections(programme.model_copy(update={"port": {"camera": port("idss_f", on="camera")}}), ("camera",))
    assert link.answer == "unknown" and "declares no docking port" in link.reason
