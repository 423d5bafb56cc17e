"""What has not come of a locked return is not waited for any longer. Callers hold the transaction."""

from backend.accounts.actor import Actor
from backend.orders.models import Order
from backend.orders.returns.models import Return
from backend.orders.returns.receiving.counting import lines_of, stand_by, write_off
from backend.orders.returns.states import ReturnStatus
from backend.orders.returns.steps import tell_return
from backend.orders.states import Step


def expect_no_more(order: Order, goods: Return, *, actor: Actor, note: str = "") -> None:
    """It counts as kept by the buyer, and both are told; a return of which nothing has come is over."""
    lines = lines_of(goods)
    gone = write_off(goods, lines)
    stand_by(goods, lines)
    step = Step.RETURN_LAPSED if goods.status == ReturnStatus.LAPSED else Step.RETURN_SHORT
    tell_return(order, goods, step, [(each.line.code, n) for each, n in gone.items()], actor=actor, note=note)
