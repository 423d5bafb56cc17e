"""What becomes of goods that a shop wants to send back: approved, posted, looked at and settled."""

from backend.accounts.actions import system_actor
from backend.accounts.actor import Actor
from backend.core.row_security import acting_for
from backend.inventory.actions import main_warehouse
from backend.market.models import Act
from backend.market.simulator.chance import chance, fate
from backend.market.simulator.then import Then, then
from backend.orders.models import Order
from backend.orders.returns.actions import approve_return, reject_return, resolve_return, send_return
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.returns.receiving.actions import close_return_short, inspect_return, receive_return
from backend.orders.returns.states import Outcome, ReturnStatus

# Of a hundred returns so many are rejected, and of so many not all has come; of a hundred lines so many are broken.
REJECTED, SHORT_OF_A_HUNDRED, BROKEN = 4, 6, 20
LEAST, MOST = 60, 400
REJECTION = "These left us in good order: please ask the carrier."
SHORT = "These were not in the parcel."


def take_back(order: Order, seller: Actor) -> Then | None:
    """The next step of the order's oldest open return; none left: that was all."""
    with acting_for(seller.company_id):
        goods = Return.objects.of_order(order.pk).open().order_by("nth").first()
    if goods is None:
        return None
    goods.order = order
    _move_on(goods, seller)
    return then(Act.TAKE_BACK, f"{fate(order)}/{order.last_seq}", LEAST, MOST)


def _fate(goods: Return) -> str:
    return f"{fate(goods.order)}/R{goods.nth}"


def _move_on(goods: Return, seller: Actor) -> None:
    match goods.status:
        case ReturnStatus.REQUESTED if chance(_fate(goods), 100) < REJECTED:
            reject_return(goods, reason=REJECTION, actor=seller)
        case ReturnStatus.REQUESTED:
            approve_return(goods, actor=seller)
        case ReturnStatus.APPROVED:
            send_return(goods, tracking_number=f"EP{goods.pk:09}", actor=system_actor(goods.order.buyer))
        case ReturnStatus.IN_TRANSIT:
            _take_in(goods, seller)
        case ReturnStatus.PARTLY_RECEIVED:
            close_return_short(goods, reason=SHORT, actor=seller)
        case ReturnStatus.RECEIVED:
            inspect_return(goods, _outcomes(goods, seller), key=f"{goods.number}/looked", actor=seller)
        case _:
            resolve_return(goods, actor=seller)


def _take_in(goods: Return, seller: Actor) -> None:
    """All that was sent; of a few returns less is in the parcel than was written on it."""
    is_short = chance(f"{_fate(goods)}/short", 100) < SHORT_OF_A_HUNDRED
    came = {each.pk: each.quantity for each in _lines(goods, seller)}
    if is_short:
        largest = max(came, key=came.__getitem__)
        came[largest] -= came[largest] // 3
    key = f"{goods.number}/came"
    receive_return(goods, main_warehouse(goods.order.seller), came, key=key, actor=seller)


def _outcomes(goods: Return, seller: Actor) -> dict[int, dict[Outcome, int]]:
    return {each.pk: {_outcome(goods, each): each.received} for each in _lines(goods, seller) if each.received}


def _outcome(goods: Return, line: ReturnLine) -> Outcome:
    return Outcome.REFUND if chance(f"{_fate(goods)}/{line.line.code}", 100) < BROKEN else Outcome.RESTOCK


def _lines(goods: Return, seller: Actor) -> list[ReturnLine]:
    with acting_for(seller.company_id):
        return list(goods.lines.select_related("line"))
