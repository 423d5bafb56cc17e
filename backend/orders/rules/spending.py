"""What a person has spent of their limit, and what would exceed it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from django.db.models import F, Sum
from django.db.models.functions import Now, Trunc
from django.utils.translation import gettext as _

from backend.accounts.models import Membership
from backend.core.locking import lock
from backend.core.money import Money
from backend.orders.models import Order
from backend.orders.rules.deciding import Over
from backend.orders.rules.models import SpendingLimit


@dataclass(frozen=True, slots=True)
class Budget:
    """A person's limit, and what they have ordered this month (UTC) without what was cancelled of it, net."""

    limit: SpendingLimit
    spent: Money

    @property
    def left(self) -> Money | None:
        """Of the month; below 0 where approvals went beyond it. None: only single orders are limited."""
        return None if self.limit.per_month is None else self.limit.per_month - self.spent


def budget_of(company_id: int, user_id: int, *, locked: bool = False) -> Budget | None:
    """None: this person is not limited. Three queries at most, one where nobody is.

    `locked`: nobody else spends for this person until the caller's transaction ends.
    """
    limits = list(SpendingLimit.objects.of_company(company_id))
    member = _member(company_id, user_id, locked) if limits else None
    limit = _limit_for(member, limits) if member else None
    return Budget(limit, spent_this_month(company_id, user_id, limit.currency)) if limit else None


def _member(company_id: int, user_id: int, locked: bool) -> Membership | None:
    rows = Membership.objects.of_company(company_id).filter(user=user_id).with_role()
    return next(iter(lock(rows, what=_("what this person has spent")) if locked else rows), None)


def _limit_for(member: Membership, limits: Sequence[SpendingLimit]) -> SpendingLimit | None:
    """Their own counts before that of their role."""
    own = next((each for each in limits if each.user_id == member.user_id), None)
    return own or next((each for each in limits if each.role == member.role_key), None)


def spent_this_month(company_id: int, user_id: int, currency: str) -> Money:
    """One query."""
    placed = Order.objects.bought_by(company_id).filter(group__placed_by=user_id, currency=currency)
    this_month = placed.filter(placed_at__gte=Trunc(Now(), "month", tzinfo=UTC))
    left = Sum(F("net_minor") - F("reduced_net_minor"))
    return Money(this_month.aggregate(sum=left)["sum"] or 0, currency)


def overruns(budget: Budget | None, wanted: Mapping[str, Money]) -> Sequence[Over]:
    """Which limits an order of these amounts (net, by currency) would exceed; of another currency: any amount does."""
    return [] if budget is None else list(_overruns(budget, wanted))


def _overruns(budget: Budget, wanted: Mapping[str, Money]) -> Iterator[Over]:
    limit = budget.limit
    for currency, amount in wanted.items():
        ceiling = limit.per_order or limit.per_month
        if ceiling and currency != limit.currency and amount.amount_minor:
            yield Over("order", ceiling, amount)
    comparable = wanted.get(limit.currency, Money(0, limit.currency))
    if limit.per_order and limit.per_order < comparable:
        yield Over("order", limit.per_order, comparable)
    if limit.per_month and comparable.amount_minor and limit.per_month < budget.spent + comparable:
        yield Over("month", limit.per_month, budget.spent + comparable)
