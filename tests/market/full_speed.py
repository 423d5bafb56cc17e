"""The stream at full speed: each invoice ordered, accepted, sent and delivered at once, and what comes back settled.

Nothing is left to chance and nothing is short, so what is ordered has to be what the stream says.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from django.db.models import Count, Max, Sum

from backend.accounts.actor import Actor
from backend.core.row_security import across_companies, acting_for
from backend.events import listeners, log
from backend.events.models import Event
from backend.inventory.actions import main_warehouse
from backend.inventory.models import StockLevel
from backend.inventory.reconcile import drift
from backend.logistics.actions import confirm_delivery
from backend.logistics.models import Shipment
from backend.market.files import Catalogue
from backend.market.models import Act
from backend.market.simulator.bringing import bring_back
from backend.market.simulator.buying import Outcome as Bought
from backend.market.simulator.buying import buy
from backend.market.simulator.packing import pack
from backend.market.simulator.script import Invoice, invoices
from backend.market.simulator.shops import Shop, Shops
from backend.market.simulator.stalls import open_stalls
from backend.orders.actions import accept_order
from backend.orders.models import Order, OrderLine
from backend.orders.returns.actions import approve_return, resolve_return, send_return
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.returns.receiving.actions import inspect_return, receive_return
from backend.orders.returns.states import Outcome, ReturnStatus
from backend.orders.states import Commercial
from tests.market.second_reader import Totals

WHY = "the whole stream is replayed"


def within(first: date, last: date) -> list[Invoice]:
    return [invoice for invoice in invoices() if first <= invoice.lines[0].at.date() <= last]


def stocked_for(catalogue: Catalogue, totals: Totals) -> Catalogue:
    """The same market with all that is going to be ordered on its shelves beside what lay there."""
    rows = [replace(row, opening=row.opening + totals.ordered[row.code]) for row in catalogue.products]
    return replace(catalogue, products=rows)


class FullSpeed:
    """The replay of an open market."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.stalls, self.shops = open_stalls(catalogue), Shops(catalogue)
        self.sellers = {stall.actor.company_id: stall.actor for stall in self.stalls.values()}

    def play(self, invoice: Invoice) -> None:
        shop = self.shops.nth(invoice.retailer)
        assert shop
        if invoice.is_return:
            bring_back(invoice, shop, self.stalls)
            self._take_back(shop)
        else:
            assert buy(invoice, shop, self.stalls, 0) != Bought.LOST, f"{invoice.reference} could not be ordered"
            for order in self._orders(invoice, shop):
                serve(order, self.sellers[order.seller_id])

    def _orders(self, invoice: Invoice, shop: Shop) -> list[Order]:
        with acting_for(shop.company.pk):
            bought = Order.objects.bought_by(shop.company.pk).filter(po_number=invoice.reference)
            return list(bought.with_parties().order_by("pk"))

    def _take_back(self, shop: Shop) -> None:
        with acting_for(shop.company.pk):
            asked = Return.objects.scoped(order__buyer=shop.company, status=ReturnStatus.REQUESTED)
            found = list(asked.select_related("order__seller", "order__buyer").order_by("pk"))
        for goods in found:
            take_back(goods, shop.actor, self.sellers[goods.order.seller_id])


def serve(order: Order, seller: Actor) -> None:
    """Accepted, sent from each warehouse that has something of it, and delivered."""
    accept_order(order, actor=seller)
    order.commercial = Commercial.ACCEPTED
    while (then := pack(order, seller)) and then.act == Act.PACK:
        pass
    with acting_for(order.seller_id):
        sent = list(Shipment.objects.of_order(order.pk))
    for shipment in sent:
        shipment.order = order
        confirm_delivery(shipment, actor=seller)


def take_back(goods: Return, buyer: Actor, seller: Actor) -> None:
    """All of it is as good as new."""
    approve_return(goods, actor=seller)
    send_return(goods, actor=buyer)
    with acting_for(goods.order.seller_id):
        lines = dict(goods.lines.values_list("pk", "quantity"))
    receive_return(goods, main_warehouse(goods.order.seller), lines, key=f"{goods.number}/came", actor=seller)
    looked = {pk: {Outcome.RESTOCK: quantity} for pk, quantity in lines.items()}
    inspect_return(goods, looked, key=f"{goods.number}/looked", actor=seller)
    resolve_return(goods, actor=seller)


def listen_to_the_end() -> None:
    """All events get their positions, and every listener passes them, what listeners record included."""
    while log.number_events(5_000) or any(
        listeners.listen_once(room, reactions, 5_000) for room, reactions in listeners.listeners().items()
    ):
        pass


# --- What it came to -------------------------------------------------------------------------------------------------
def found() -> Totals:
    """By PostgreSQL."""
    with across_companies(why=WHY):
        orders, lines = Order.objects.across_companies(why=WHY), OrderLine.objects.across_companies(why=WHY)
        back = ReturnLine.objects.across_companies(why=WHY).filter(of_return__status=ReturnStatus.RESOLVED)
        refunded = Return.objects.across_companies(why=WHY).aggregate(all=Sum("refund_net_minor", default=0))
        return Totals(
            orders.count(),
            lines.count(),
            units(lines.order_by().values_list("code").annotate(Sum("quantity"))),
            units(back.order_by().values_list("line__code").annotate(Sum("quantity"))),
            orders.aggregate(all=Sum("net_minor", default=0))["all"],
            refunded["all"],
        )


def units(rows: Iterable[tuple[str, int]]) -> Counter[str]:
    counted = Counter[str]()
    for code, quantity in rows:
        counted[code] += quantity
    return counted


def on_shelves(catalogue: Catalogue) -> Counter[str]:
    stalls = {stall.sku.pk: code for code, stall in open_stalls(catalogue).items()}
    levels = StockLevel.objects.of_skus(list(stalls)).values_list("item", "on_hand")
    return units((stalls[pk], on_hand) for pk, on_hand in levels)


def check(catalogue: Catalogue, said: Totals) -> None:
    """Raises AssertionError where orders, stock, the log or who reads it are not what the stream says."""
    assert found() == said, "orders and returns are not what the stream says"
    left = units((row.code, row.opening) for row in catalogue.products if row.is_priced)
    left.subtract(said.ordered)
    left.update(said.brought_back)
    assert on_shelves(catalogue) == left, "the shelves do not hold what is left"
    assert drift() == [], "counters are not the sums of their moves"
    _check_log(said)


def _check_log(said: Totals) -> None:
    events = Event.objects.aggregate(all=Count("pk"), numbered=Count("position", distinct=True), last=Max("position"))
    assert events["all"] == events["numbered"] == events["last"], "the log has a gap"
    kinds: Mapping[str, int] = dict(Event.objects.order_by().values_list("kind").annotate(Count("pk")))
    steps = {kinds[f"orders.order_{step}"] for step in ("placed", "accepted", "completed")}
    assert steps == {said.orders}, "an event of an order is lost"
    behind = {room for room in listeners.listeners() if log.watermark(room) != events["last"]}
    assert not behind, f"{behind} did not come to the end of the log"
