"""Why a line costs what it costs, as it is kept with it: whatever becomes of lists and prices, it can be told again."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from backend.catalog.pricing.terms import Explanation


class Reason(NamedTuple):
    """A rule of pricing/terms.py, or how else a price came about (`agreed`, `replacement`); what it doesn't name is
    empty. Of the price list only its name and kind; `base` in minor units."""

    rule: str
    tier: int = 1
    list: str = ""
    kind: str = ""
    percent: Decimal | None = None
    base: Decimal | None = None
    base_tier: int = 1


def reason_of(why: Explanation) -> Reason:
    """What is kept of an explanation."""
    return Reason(
        rule=str(why.rule),
        tier=why.tier,
        list=why.list.name if why.list else "",
        kind=str(why.list.kind) if why.list else "",
        percent=why.percent,
        base=why.base.minor if why.base else None,
        base_tier=why.base_tier,
    )


def kept(why: Explanation) -> Mapping[str, object]:
    """An explanation as JSON keeps it."""
    reason = reason_of(why)
    numbers = {"percent": reason.percent, "base": reason.base}
    return {**reason._asdict(), **{name: None if each is None else str(each) for name, each in numbers.items()}}


def read(said: Mapping[str, Any]) -> Reason:
    """What was kept; of what was kept before all of it was, as much as there is."""
    percent, base = (None if said.get(name) is None else Decimal(said[name]) for name in ("percent", "base"))
    names = ("rule", "tier", "list", "kind", "base_tier")
    return Reason(**{"rule": "", **{name: said[name] for name in names if name in said}}, percent=percent, base=base)
