"""What somebody would have promised to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from backend.inventory.holds.allocating import Demand
from backend.inventory.holds.models import HoldKind


@dataclass(frozen=True, slots=True)
class Wish:
    """All of this or nothing, for a subject (`order:12`, `checkout:4`) of a company."""

    demands: Sequence[Demand]
    kind: HoldKind
    holder_id: int
    subject: str
    country: str = ""
    """Where it goes to."""
    expires_in: timedelta | None = None
    """From now, by the database's clock. None: as long as its kind may, and what is ordered for ever."""
