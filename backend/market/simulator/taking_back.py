"""What becomes of goods that a shop wants to send back: approved, posted, looked at and settled."""

from backend.accounts.actions import system_actor
from backend.accounts.actor import Actor
from backend.core.row_security import acting_for
from backend.inventory.actions import main_warehouse
from backend.market.models import Act
from backend.market.simulator.chance import chance
from backend.market.simulator.then import Then, then
from backend.orders.models import Order
from backend.orders.returns.actions import (
    approve_return,
    inspect_return,
    receive_return,
    reject_return,
    resolve_return,
    send_return,
)
from backend.orders.returns.models import Return
from backend.orders.returns.states import Outcome, ReturnStatus

# Of a hundred returns so many are rejected; of a hundred lines so many are broken.
REJECTED, BROKEN = 4, 20
LEAST, MOST = 60, 400
REJECTION = "These left us in good order: please ask the carrier."


def take_back(order: Order, seller: Actor) -> Then | None:
    """The next step of the order's oldest open return; none left: that was all."""
    with acting_for(seller.company_id):
        goods = Return.objects.of_order(order.pk).open().order_by("nth").first()
    if goods is None:
        return None
    goods.order = order
    _move_on(goods, seller)
    return then(Act.TAKE_BACK, f"{order.number}/{order.last_seq}", LEAST, MOST)


def _move_on(goods: Return, seller: Actor) -> None:
    match goods.status:
        case ReturnStatus.REQUESTED if chance(goods.number, 100) < REJECTED:
            reject_return(goods, reason=REJECTION, actor=seller)
        case ReturnStatus.REQUESTED:
            approve_return(goods, actor=seller)
        case ReturnStatus.APPROVED:
            send_return(goods, tracking_number=f"EP{goods.pk:09}", actor=system_actor(goods.order.buyer))
        case ReturnStatus.IN_TRANSIT:
            receive_return(goods, main_warehouse(goods.order.seller), actor=seller)
        case ReturnStatus.RECEIVED:
            inspect_return(goods, _outcomes(goods, seller), actor=seller)
        case _:
            resolve_return(goods, actor=seller)


def _outcomes(goods: Return, seller: Actor) -> dict[int, Outcome]:
    with acting_for(seller.company_id):
        lines = list(goods.lines.values_list("pk", flat=True))
    return {pk: Outcome.REFUND if chance(f"{goods.number}/{pk}", 100) < BROKEN else Outcome.RESTOCK for pk in lines}
