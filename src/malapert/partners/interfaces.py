"""Whether ports fit each other: yes, no or unknown, always with the reason and the clause it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from malapert.programme import Programme
from malapert.programme.interfaces import Interface, Port

Answer = Literal["yes", "no", "unknown"]
_ORDER: tuple[Answer, ...] = ("yes", "unknown", "no")


@dataclass(frozen=True)
class Compatible:
    """An answer, why, and the clause it rests on (empty where no document says so)."""

    answer: Answer
    reason: str
    clause: str = ""


@dataclass(frozen=True)
class Connection:
    """One port, the one it would be joined to (empty: none there), through what adapter, and whether they fit."""

    port: str
    on: str
    kind: str
    other: str
    other_on: str
    adapter: str
    answer: Answer
    reason: str
    clause: str


def compatible(interfaces: Mapping[str, Interface], one: Port, other: Port) -> Compatible:
    """Whether two ports mate. What is not public is unknown: nothing is guessed from a name."""
    mine, yours = interfaces[one.interface], interfaces[other.interface]
    if mine.kind != yours.kind:
        return Compatible("no", f"{mine.kind} does not join to {yours.kind}")
    if one.interface == other.interface:
        return _alike(mine, _title(interfaces, one), one.role, other.role)
    titles = f"{_title(interfaces, one)} and {_title(interfaces, other)}"
    for side, name in ((mine, other.interface), (yours, one.interface)):
        if name in side.refuses:
            return Compatible("no", f"{titles} do not work together", side.clause)
    if mine.nominal_v and yours.nominal_v and mine.nominal_v != yours.nominal_v:
        volts = f"{mine.nominal_v:g} V against {yours.nominal_v:g} V"
        return Compatible("no", f"{volts}: a converter is needed", mine.clause)
    for side, name in ((mine, other.interface), (yours, one.interface)):
        if name in side.mates_with and "unsourced" not in side.source_of("mates_with"):
            return Compatible("yes", f"{titles} are published to work together", side.clause)
    closed = [_title(interfaces, port) for port in (one, other) if not interfaces[port.interface].public]
    if closed:
        return Compatible("unknown", f"{' and '.join(closed)}: not public")
    return Compatible("unknown", f"no document says whether {titles} fit")


def _alike(interface: Interface, title: str, role: str, other_role: str) -> Compatible:
    if interface.pairs == "active_passive" and role == other_role != "either":
        return Compatible("no", f"both are {role}; one must be active and the other passive", interface.clause)
    if not interface.public:
        return Compatible("unknown", f"both have {title}, which is not public", interface.clause)
    return Compatible("yes", f"both have {title}", interface.clause)


def _title(interfaces: Mapping[str, Interface], port: Port) -> str:
    return interfaces[port.interface].title or port.interface


def connections(programme: Programme, ports: tuple[str, ...]) -> tuple[Connection, ...]:
    """The best answer for each of these ports, straight or through one adapter the programme has.

    An adapter is any element with two ports of the kind: one that mates with each side.
    """
    return tuple(_best(programme, name) for name in ports if name in programme.port)


def _best(programme: Programme, name: str) -> Connection:
    port = programme.port[name]
    kind = programme.interface[port.interface].kind
    ways = _straight(programme, name)
    if not any(way.answer == "yes" for way in ways):
        ways += _adapted(programme, name)
    if not ways:
        where = port.to or "the programme"
        return Connection(name, port.on, kind, "", "", "", "unknown", f"{where} declares no {kind} port", "")
    return min(ways, key=lambda way: (_ORDER.index(way.answer), bool(way.adapter)))


def _straight(programme: Programme, name: str) -> list[Connection]:
    """Against every port of the kind that is not on the same thing, or on what it is to be joined to."""
    port = programme.port[name]
    kind = programme.interface[port.interface].kind
    found = []
    for other_name, other in programme.port.items():
        wanted = other.on == port.to if port.to else other.on != port.on
        if wanted and programme.interface[other.interface].kind == kind:
            fit = compatible(programme.interface, port, other)
            found.append(Connection(name, port.on, kind, other_name, other.on, "", fit.answer, fit.reason, fit.clause))
    return found


def _adapted(programme: Programme, name: str) -> list[Connection]:
    """Through an element both of whose sides fit for certain."""
    port, interfaces = programme.port[name], programme.interface
    kind = interfaces[port.interface].kind
    by_element: dict[str, list[Port]] = {}
    for other in programme.port.values():
        if interfaces[other.interface].kind == kind and other.on in programme.elements:
            by_element.setdefault(other.on, []).append(other)
    found = []
    for element, sides in by_element.items():
        if element in (port.on, port.to):
            continue
        for near in sides:
            here = compatible(interfaces, port, near)
            for far in (side for side in sides if side is not near and here.answer == "yes"):
                for end_name, end in programme.port.items():
                    wanted = end.on == port.to if port.to else end.on not in (port.on, element)
                    if wanted and compatible(interfaces, far, end).answer == "yes":
                        reason = f"through {element}: {here.reason}, then {_title(interfaces, end)}"
                        found.append(
                            Connection(name, port.on, kind, end_name, end.on, element, "yes", reason, here.clause)
                        )
    return found
