"""What every change of a standing order begins and ends with. Callers hold the transaction."""

from datetime import date

from django.db import connection
from django.db.models import F

from backend.accounts.actor import Actor
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.events.log import record
from backend.orders.models import StandingOrder


def today() -> date:
    """The day, by the database's clock, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date")
        found: date = cursor.fetchone()[0]
        return found


def lock_standing(standing: StandingOrder) -> StandingOrder:
    """As it is now; nobody else changes it until this transaction ends."""
    return lock(StandingOrder.objects.this(standing), what=standing.name)[0]


def tell(standing: StandingOrder, kind: Kind, *, actor: Actor) -> None:
    """Its version rises, and everybody in the company who watches hears of it. Two queries."""
    standing.version += 1
    StandingOrder.objects.this(standing).update(version=F("version") + 1)
    data = {"company": standing.company_id}
    record(kind, standing.subject, version=standing.version, actor=actor, data=data)
