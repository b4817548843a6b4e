"""What each partner may use of the common resources, set beside what it uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum, inf, nan
from typing import Final

from malapert.errors import InputError
from malapert.partners.ledger import Contributed, Used
from malapert.programme import Programme

FORMULA: Final = (
    "A partner's contribution share is (kg of its elements delivered + kg its flights carried) / (2 x kg delivered). "
    "Agreed shares and the common pool, divided equally among those who name it, stand. Of what they leave, a partner "
    "with rule `first_use` has the part its own elements give (mean of its shares in energy generated, data received "
    "on the ground and crew hours, over those given at all); the rest is divided among the partners with rule "
    "`contribution` in proportion to their contribution shares. A partner's use share is the mean of its shares in "
    "experiment energy, data returned, crew hours on experiments, experiment hours and samples returned, over those "
    "used at all."
)
GIVEN: Final = ("generated_kwh", "received_gb", "crew_h")
RESOURCES: Final = ("experiments_kwh", "returned_gb", "crew_h", "experiment_h", "samples_kg")


@dataclass(frozen=True)
class Entitled:
    """One partner's right and use, as fractions of the whole; `shortfall` is right less use, negative when it uses
    more. `use` has one share for each resource that was used at all. `rule` is empty where nothing was agreed."""

    partner: str
    rule: str
    contribution_share: float
    entitled_share: float
    use_share: float
    shortfall: float
    use: Mapping[str, float]


def contribution_shares(given: Mapping[str, Contributed]) -> dict[str, float]:
    """(landed + carried) / sum of both, by partner; zeros when nothing was delivered."""
    total = fsum(line.landed_kg + line.carried_kg for line in given.values())
    return {name: (line.landed_kg + line.carried_kg) / total if total else 0.0 for name, line in given.items()}


def entitled_shares(
    programme: Programme, contribution: Mapping[str, float], supply: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Share of the whole each partner is entitled to; `supply` is what each partner's own elements give of the whole.

    InputError when agreements promise more than there is, or a rule that needs a share has none.
    """
    fixed = _agreed(programme) | _pooled(programme)
    rest = 1.0 - fsum(fixed.values())
    if rest < -1e-9:
        raise InputError(f"entitlement: agreed shares add up to {1.0 - rest:g}, more than the whole; lower one of them")
    rest = max(rest, 0.0)
    rules = {row.partner: row.rule for row in programme.entitlement.values()}
    first = {partner: rest * (supply or {}).get(partner, 0.0) for partner in rules if rules[partner] == "first_use"}
    rest = max(rest - fsum(first.values()), 0.0)
    followers = [partner for partner in rules if rules[partner] == "contribution"]
    weight = fsum(contribution.get(partner, 0.0) for partner in followers)
    shares = dict.fromkeys(programme.partner, 0.0) | fixed | first
    for partner in followers:
        shares[partner] = rest * (contribution.get(partner, 0.0) / weight) if weight else 0.0
    return shares


def _agreed(programme: Programme) -> dict[str, float]:
    agreed = {row.partner: row.share for row in programme.entitlement.values() if row.rule == "agreement"}
    unsaid = [partner for partner, share in agreed.items() if share is None]
    if unsaid:
        raise InputError(
            f"entitlement of {', '.join(unsaid)}: rule is agreement but no share is given; add share = ..."
        )
    return {partner: share for partner, share in agreed.items() if share is not None}


def _pooled(programme: Programme) -> dict[str, float]:
    """The common pool in equal parts."""
    rows = [row for row in programme.entitlement.values() if row.rule == "common_pool"]
    pools = {row.share for row in rows}
    if len(pools) > 1 or None in pools:
        raise InputError("entitlement: every row with rule common_pool must give the same share, the whole pool's")
    return {row.partner: (row.share or 0.0) / len(rows) for row in rows}


def supply_shares(given: Mapping[str, Contributed]) -> dict[str, float]:
    """What each partner's own elements and people give: the mean of its shares over what is given at all."""
    totals = {key: fsum(getattr(line, key) for line in given.values()) for key in GIVEN}
    present = [key for key, total in totals.items() if total > 0.0]
    return {
        name: fsum(getattr(line, key) / totals[key] for key in present) / len(present) if present else 0.0
        for name, line in given.items()
    }


def use_shares(took: Mapping[str, Used]) -> dict[str, dict[str, float]]:
    """Each partner's share of every resource that was used at all."""
    totals = {key: fsum(getattr(line, key) for line in took.values()) for key in RESOURCES}
    return {
        name: {key: getattr(line, key) / total for key, total in totals.items() if total > 0.0}
        for name, line in took.items()
    }


def entitlements(
    programme: Programme, given: Mapping[str, Contributed], took: Mapping[str, Used]
) -> tuple[Entitled, ...]:
    """Right beside use for every partner, in the programme's order."""
    contribution, use = contribution_shares(given), use_shares(took)
    entitled = entitled_shares(programme, contribution, supply_shares(given))
    rules = {row.partner: row.rule for row in programme.entitlement.values()}
    found = []
    for name in programme.partner:
        mean = fsum(use[name].values()) / len(use[name]) if use[name] else 0.0
        share = entitled[name]
        found.append(Entitled(name, rules.get(name, ""), contribution[name], share, mean, share - mean, use[name]))
    return tuple(found)


def gini(weights: list[float], amounts: list[float]) -> float:
    """Gini coefficient of `amounts` over holders of `weights` (Lorenz 1905: partners in order of amount per weight).

    0 when everybody has in proportion to weight, towards 1 when those with no weight have all; nan when either sum
    is zero. G = 1 - sum (x_k - x_{k-1}) (y_k + y_{k-1}).
    """
    whole, total = fsum(weights), fsum(amounts)
    if whole <= 0.0 or total <= 0.0:
        return nan
    pairs = [(w, a) for w, a in zip(weights, amounts, strict=True) if w > 0.0 or a > 0.0]
    pairs.sort(key=lambda pair: pair[1] / pair[0] if pair[0] > 0.0 else inf)
    area = y = 0.0
    for weight, amount in pairs:
        before, y = y, y + amount / total
        area += weight / whole * (before + y)
    return 1.0 - area
