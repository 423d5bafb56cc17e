"""A change as it waits for an approval: what was asked for, and what it would come to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.orders.amendments.drafting import Wanted


def kept(wanted: Wanted, reason: str, total_minor: int) -> Mapping[str, object]:
    """`total_minor` is what would be payable, tax included."""
    return {
        "quantities": [[pk, quantity] for pk, quantity in wanted.quantities.items()],
        "added": dict(wanted.added),
        "requested_on": wanted.requested_on.isoformat() if wanted.requested_on else "",
        "ship_to": dict(wanted.ship_to),
        "reason": reason,
        "total_minor": total_minor,
    }


def wanted_kept(change: Mapping[str, Any]) -> Wanted:
    """What was asked for."""
    return Wanted(
        quantities={int(pk): int(quantity) for pk, quantity in change["quantities"]},
        added={str(code): int(quantity) for code, quantity in change["added"].items()},
        requested_on=date.fromisoformat(change["requested_on"]) if change["requested_on"] else None,
        ship_to=change["ship_to"],
    )
