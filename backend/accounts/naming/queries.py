"""What companies are called, were called, and want to be called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.accounts.models import Naming
from backend.accounts.naming.states import NamingStatus
from backend.core.row_security import across_companies, acting_for

MOST = 50
_WHY = "the operators see what companies are and were called"


@dataclass(frozen=True, slots=True)
class NamingView:
    """One name that a company took, or wants to."""

    pk: int
    company_id: int
    before: str
    name: str
    status: NamingStatus
    reason: str
    person: str
    asked_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class NamesOnTheFloor:
    """The operators' view: what waits, the longest first, and who was called otherwise, the latest first."""

    waiting: Sequence[NamingView]
    former: Sequence[NamingView]


def names_of(company_id: int) -> Sequence[NamingView]:
    """What a company asked to be called, the newest first, at most MOST. One query."""
    with acting_for(company_id):
        return [
            _view(row)
            for row in Naming.objects.of_company(company_id).select_related("asked_by").order_by("-pk")[:MOST]
        ]


@across_companies(why=_WHY)
def names_on_the_floor() -> NamesOnTheFloor:
    """Two queries."""
    every = Naming.objects.across_companies(why=_WHY).select_related("asked_by")
    taken = every.filter(status=NamingStatus.TAKEN).order_by("-decided_at", "-pk")[:MOST]
    return NamesOnTheFloor([_view(row) for row in every.waiting().order_by("pk")], [_view(row) for row in taken])


@across_companies(why=_WHY)
def naming_for_operators(pk: int) -> Naming | None:
    """One query."""
    return Naming.objects.across_companies(why=_WHY).select_related("company").filter(pk=pk).first()


def _view(row: Naming) -> NamingView:
    return NamingView(
        pk=row.pk,
        company_id=row.company_id,
        before=row.before,
        name=row.name,
        status=NamingStatus(row.status),
        reason=row.reason,
        person=str(row.asked_by or ""),
        asked_at=row.asked_at,
        decided_at=row.decided_at,
    )
