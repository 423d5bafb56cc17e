"""What every way to an order ends with. Callers hold the transaction."""

from collections.abc import Collection, Sequence

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.core.along import Asked, sending_along
from backend.events.kinds import Kind
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.orders.credit.steps import reserve_credit
from backend.orders.models import OrderGroup
from backend.orders.placing.allocation import allocate_orders
from backend.orders.placing.details import Details
from backend.orders.placing.freezing import FrozenPart
from backend.orders.placing.writing import ask_keys, write
from backend.orders.states import Step
from backend.orders.steps import tell_of


@sending_along()
def order_parts(
    company: Company,
    parts: Sequence[FrozenPart],
    details: Details,
    *,
    holding: str | Collection[str],
    placed_by: int | None,
    actor: Actor,
    agreed: Asked | None = None,
) -> OrderGroup:
    """One order for each part, its goods allocated, and both sides told: all or none. `placed_by` is whose they are,
    where somebody else's approval places them; `agreed` is what `ask_agreed` asked already.

    What the subjects `holding` (`checkout:4`, `requisition:7`, `quote:9`) hold becomes theirs; what of it has lapsed
    meanwhile is had again, if it is there. Raises Refused with what is left, of the goods or of the buyer's credit.
    """
    keys = ask_keys(len(parts))
    terms = reserve_credit(company.pk, parts, details.methods, agreed)
    stock = lock_stock([line.sku_id for part in parts for line in part.lines], freeing=holding)
    group, orders = write(company, parts, details, terms, keys=keys, placed_by=placed_by)
    allocate_orders(stock, orders, company)
    settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor)
    tell_of(list(orders), Step.PLACED, actor=actor)
    return group
