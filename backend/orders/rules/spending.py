"""What a person has spent of their limit, and what would exceed it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backend.accounts.models import Membership
from backend.core.locking import lock
from backend.core.money import Money
from backend.core.written import Written, fetch
from backend.orders.credit.queries import CAME_TO_NOTHING
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


def budget_of(
    company_id: int, user_id: int, *, locked: bool = False, member: Membership | None = None
) -> Budget | None:
    """None: this person is not limited. Three queries at most, one where nobody is. `member`: theirs, if it is in hand.

    `locked`: nobody else spends for this person until the caller's transaction ends.
    """
    limits = [limit for (limit,) in _LIMITS.fetch({"company": company_id})]
    if limits and (locked or member is None):
        member = _member(company_id, user_id, locked)
    limit = _limit_for(member, limits) if member and limits else None
    return Budget(limit, spent_this_month(company_id, user_id, limit.currency)) if limit else None


_LIMITS = Written(
    "SELECT {spending} FROM orders_spendinglimit spending WHERE company_id = %(company)s", spending=SpendingLimit
)


def _member(company_id: int, user_id: int, locked: bool) -> Membership | None:
    rows = Membership.objects.of_company(company_id).filter(user=user_id).with_role()
    return next(iter(lock(rows, what=_("what this person has spent")) if locked else rows), None)


def _limit_for(member: Membership, limits: Sequence[SpendingLimit]) -> SpendingLimit | None:
    """Their own counts before that of their role."""
    own = next((each for each in limits if each.user_id == member.user_id), None)
    return own or next((each for each in limits if each.role == member.role_key), None)


_SPENT = """
WITH bought AS (
    SELECT o.id, o.net_minor - o.reduced_net_minor AS net, o.placed_at, g.placed_by_id
    FROM orders_order o JOIN orders_ordergroup g ON g.id = o.group_id
    WHERE o.buyer_id = %(company)s AND o.currency = %(currency)s AND o.commercial <> ALL(%(nothing)s)
), risen AS (
    SELECT change.order_id, change.new_net_minor - change.old_net_minor AS net, change.bought_by_id, change.state,
        coalesce(change.answered_at, change.proposed_at) AS at
    FROM orders_amendment change
    WHERE change.bought_by_id IS NOT NULL AND change.state IN ('open', 'accepted')
        AND change.new_net_minor > change.old_net_minor
)
SELECT coalesce((
    SELECT sum(net - coalesce((SELECT sum(net) FROM risen WHERE order_id = bought.id AND state = 'accepted'), 0))
    FROM bought WHERE placed_by_id = %(user)s AND placed_at >= date_trunc('month', now(), 'UTC')
), 0) + coalesce((
    SELECT sum(risen.net) FROM risen JOIN bought ON bought.id = risen.order_id
    WHERE bought_by_id = %(user)s AND at >= date_trunc('month', now(), 'UTC')
), 0)
"""


def spent_this_month(company_id: int, user_id: int, currency: str) -> Money:
    """What the orders that they placed came to, and what they have had orders rise by. One query."""
    asked = {"company": company_id, "user": user_id, "currency": currency, "nothing": list(CAME_TO_NOTHING)}
    ((spent,),) = fetch(_SPENT, asked)
    return Money(int(spent), currency)


def overruns(budget: Budget | None, wanted: Mapping[str, Money], was: Money | None = None) -> Sequence[Over]:
    """Which limits an order of these amounts (net, by currency) would exceed; of another currency: any amount does.

    `was`: so much of it is ordered already, and none of this month's.
    """
    return [] if budget is None else list(_overruns(budget, wanted, was))


def _overruns(budget: Budget, wanted: Mapping[str, Money], was: Money | None) -> Iterator[Over]:
    limit = budget.limit
    for currency, amount in wanted.items():
        ceiling = limit.per_order or limit.per_month
        if ceiling and currency != limit.currency and amount.amount_minor:
            yield Over("order", ceiling, amount)
    comparable = wanted.get(limit.currency, Money(0, limit.currency))
    if limit.per_order and limit.per_order < comparable:
        yield Over("order", limit.per_order, comparable)
    spent = budget.spent - was if was and was.currency == limit.currency else budget.spent
    if limit.per_month and comparable.amount_minor and limit.per_month < spent + comparable:
        yield Over("month", limit.per_month, spent + comparable)
