"""Whatever is done to stock and what is promised of it, in any order: counters are what moves and holds add up to."""

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from backend.core.errors import Denied
from backend.inventory.actions import adjust_stock, receive_stock
from backend.inventory.disclosure import Disclosure, disclose
from backend.inventory.models import Availability, Hold, StockItem, StockLevel
from backend.inventory.steps import Line
from backend.inventory.tasks import sweep_lapsed_holds
from backend.logistics.actions import dispatch_goods
from backend.logistics.models import Shipment
from backend.logistics.packing.actions import dispatch_packed, pack_goods
from backend.logistics.packing.unpacking.actions import unpack_shipment
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order, decline_order
from backend.orders.checkouts.actions import begin_checkout, leave_checkout
from backend.orders.models import Order
from tests.cast import Cast, actor_of
from tests.orders.ordering import fill_cart, place
from tests.orders.whole import assert_whole

QUANTITIES = st.integers(1, 200)


class Trade(RuleBasedStateMachine):
    """Cornershop and Northfield trade one mug; what is refused changes nothing."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.before = transaction.savepoint()
        self.n = 0

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.before)

    def key(self) -> str:
        self.n += 1
        return f"step {self.n}"

    @rule(quantity=QUANTITIES)
    def check_out(self, quantity: int) -> None:
        fill_cart(self.cast, {self.cast.mug: quantity})
        with suppress(Denied):
            begin_checkout(self.cast.cornershop, actor=actor_of(self.cast.bea))

    @rule()
    def leave(self) -> None:
        leave_checkout(actor=actor_of(self.cast.bea))

    @rule()
    def place(self) -> None:
        with suppress(Denied):
            place(self.cast, key=self.key())

    @rule()
    def lapse(self) -> None:
        Hold.objects.exclude(expires_at=None).update(expires_at=F("expires_at") - timedelta(hours=1))

    @rule()
    def sweep(self) -> None:
        sweep_lapsed_holds(0)

    @rule(is_taken=st.booleans())
    def answer(self, is_taken: bool) -> None:
        order = Order.objects.filter(commercial="placed").first()
        if order and is_taken:
            accept_order(order, actor=actor_of(self.cast.sally))
        elif order:
            decline_order(order, reason="No", actor=actor_of(self.cast.sally))

    @rule(units=QUANTITIES)
    def ship(self, units: int) -> None:
        order = Order.objects.filter(commercial__in=("accepted", "in_progress")).first()
        if order is None:
            return
        line = order.lines.get()
        with suppress(Denied):
            sent = {line.pk: min(units, line.open_quantity)}
            dispatch_goods(order, self.cast.shelf, sent, Consignment(), key=self.key(), actor=actor_of(self.cast.wes))

    @rule(units=QUANTITIES)
    def pack(self, units: int) -> None:
        order = Order.objects.filter(commercial__in=("accepted", "in_progress")).first()
        if order:
            lines = {order.lines.get().pk: units}
            with suppress(Denied):
                pack_goods(order, self.cast.shelf, lines, key=self.key(), actor=actor_of(self.cast.wes))

    @rule(is_sent=st.booleans())
    def take_from_the_packing_table(self, is_sent: bool) -> None:
        shipment = Shipment.objects.filter(status="packed").select_related("order").first()
        if shipment:
            with suppress(Denied):
                if is_sent:
                    dispatch_packed(shipment.order, {shipment.pk: Consignment()}, actor=actor_of(self.cast.wes))
                else:
                    unpack_shipment(shipment, actor=actor_of(self.cast.wes))

    @rule(quantity=QUANTITIES)
    def receive(self, quantity: int) -> None:
        key, line = self.key(), Line(self.cast.mug, quantity)
        receive_stock([line], self.cast.shelf, reference=key, key=key, actor=actor_of(self.cast.wes))

    @rule(by=st.integers(-300, -1))
    def lose(self, by: int) -> None:
        with suppress(Denied):
            adjust_stock(
                self.cast.mug, self.cast.shelf, by=by, reason="", key=self.key(), actor=actor_of(self.cast.wes)
            )

    @invariant()
    def adds_up(self) -> None:
        assert_whole()
        level, item = StockLevel.objects.get(item_id=self.cast.mug.pk), StockItem.objects.get(pk=self.cast.mug.pk)
        shown = Availability.objects.get(pk=self.cast.mug.pk)
        assert shown.disclosed == disclose(level.available, Disclosure(item.disclosure))


def test_whatever_is_done_counters_are_what_moves_and_holds_add_up_to(cast: Cast) -> None:
    machine = type("TradeOfTheCast", (Trade,), {"cast": cast})
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=14))
