"""Whatever both sides do to an order, in whatever order: its lines, its goods and its money never contradict."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Now
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from backend.accounts.actor import ANONYMOUS, Actor
from backend.core.errors import Denied
from backend.core.money import Money
from backend.core.row_security import across_companies
from backend.inventory.models import Hold, StockMove
from backend.inventory.reconcile import drift
from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.models import ParcelLine, ShipmentLine
from backend.logistics.packing.actions import dispatch_packed, pack_goods
from backend.logistics.packing.unpacking.actions import unpack_parcel, unpack_shipment
from backend.logistics.receipts.actions import Findings, confirm_receipt
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order, cancel_order, close_order, decline_order
from backend.orders.amendments.actions import (
    accept_amendment,
    decline_amendment,
    propose_change,
    request_cancellation,
    withdraw_amendment,
)
from backend.orders.amendments.drafting import Wanted
from backend.orders.amendments.models import Amendment
from backend.orders.amounts import freight_of, sum_of, worth
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.credit.actions import mark_paid
from backend.orders.credit.queries import CAME_TO_NOTHING
from backend.orders.disputes.actions import open_dispute, withdraw_dispute
from backend.orders.disputes.states import DisputeReason
from backend.orders.models import Order
from backend.orders.returns.actions import (
    approve_return,
    reject_return,
    request_return,
    resolve_return,
    withdraw_return,
)
from backend.orders.returns.models import ReturnLine
from backend.orders.returns.receiving.actions import close_return_short, inspect_return, receive_return
from backend.orders.returns.states import COMING, OPEN, Outcome
from backend.orders.states import ORDER, WAITING_FOR_A_WORD
from tests.cast import Cast, actor_of
from tests.orders.credit.test_credit import agree, credit_of
from tests.orders.ordering import agreed, ordered

SIDES = st.sampled_from(["buyer", "seller"])
UNITS = st.integers(1, 45)
NTH = st.integers(0, 2)
HOW = {"ordered": 30, "on account": 30, "in advance": 0}
"""How an order comes to be, and its net days."""
LIMIT = 225_00
OVER = {status for status, after in ORDER.table.items() if not after}


class Life(RuleBasedStateMachine):
    """One order of 40 mugs and 24 plates: on account within a limit, or agreed on with freight and paid in advance."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.begun = transaction.savepoint()
        self.steps = 0
        self.buyer, self.sales = actor_of(self.cast.bea), actor_of(self.cast.sally)
        self.packer, self.ended_as, self.paid = actor_of(self.cast.wes), "", Money(0)

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.begun)

    def of(self, side: str) -> Actor:
        return self.buyer if side == "buyer" else self.sales

    def attempt(self, act: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        with suppress(Denied):
            act(*args, **kwargs)
        self.order.refresh_from_db()
        self.paid = min(self.paid, self.order.payable)

    def key(self) -> str:
        self.steps += 1
        return f"step {self.steps}"

    def some(self, nth: int, units: int) -> Mapping[int, int]:
        lines = self.order.lines.order_by("position")
        return {lines[nth % len(lines)].pk: units}

    @initialize(how=st.sampled_from(list(HOW)), stage=st.sampled_from(["placed", "accepted", "sent", "delivered"]))
    def begin(self, how: str, stage: str) -> None:
        agree(self.cast, LIMIT)
        goods = {self.cast.mug: 40, self.cast.plate: 24}
        self.order = ordered(self.cast, goods) if how == "ordered" else agreed(self.cast, goods, net_days=HOW[how])
        self.order.refresh_from_db()
        if how == "in advance":
            self.pay()
        if stage != "placed":
            self.accept()
        if stage in ("sent", "delivered"):
            self.dispatch(0, 40)
            self.dispatch(1, 24)
        if stage == "delivered":
            self.deliver()
            self.deliver()

    @rule()
    def accept(self) -> None:
        self.attempt(accept_order, self.order, actor=self.sales)

    @rule(side=SIDES)
    def end(self, side: str) -> None:
        if side == "buyer":
            self.attempt(cancel_order, self.order, actor=self.buyer)
        else:
            self.attempt(decline_order, self.order, reason="No", actor=self.sales)

    @rule(side=SIDES, nth=NTH, units=UNITS)
    def take_off(self, side: str, nth: int, units: int) -> None:
        lines = self.some(nth, units)
        self.attempt(cancel_lines, self.order, lines, reason="No", key=self.key(), actor=self.of(side))

    @rule(nth=NTH, units=UNITS)
    def ask_to_cancel(self, nth: int, units: int) -> None:
        lines = self.some(nth, units)
        self.attempt(request_cancellation, self.order, lines, reason="No", key=self.key(), actor=self.buyer)

    @rule(side=SIDES, nth=NTH, units=UNITS)
    def amend(self, side: str, nth: int, units: int) -> None:
        wanted, seen = Wanted(quantities=self.some(nth, units)), self.order.last_seq
        actor = self.of(side)
        self.attempt(propose_change, self.order, wanted, reason="x", seen_seq=seen, key=self.key(), actor=actor)

    @rule(side=SIDES, says=st.sampled_from(["yes", "yes", "no", "withdraw"]))
    def answer(self, side: str, says: str) -> None:
        for amendment in Amendment.objects.filter(order=self.order, state="open"):
            if says == "no":
                self.attempt(decline_amendment, amendment, reason="No", actor=self.of(side))
            else:
                act = accept_amendment if says == "yes" else withdraw_amendment
                self.attempt(act, amendment, actor=self.of(side))

    @rule()
    def pay(self) -> None:
        self.attempt(mark_paid, self.order, actor=actor_of(self.cast.nora))
        if self.order.payment == "paid":
            self.paid = self.order.payable

    @rule(nth=NTH, units=UNITS)
    def dispatch(self, nth: int, units: int) -> None:
        lines, how, waits = self.some(nth, units), Consignment(), self.order.awaits_payment
        shipments = self.order.shipments.count()
        self.attempt(dispatch_goods, self.order, self.cast.shelf, lines, how, key=self.key(), actor=self.packer)
        assert not waits or self.order.shipments.count() == shipments, "nothing leaves before the money has come"

    @rule(nth=NTH, units=UNITS)
    def pack(self, nth: int, units: int) -> None:
        lines = self.some(nth, units)
        self.attempt(pack_goods, self.order, self.cast.shelf, lines, key=self.key(), actor=self.packer)

    @rule(is_sent=st.booleans())
    def take_from_the_packing_table(self, is_sent: bool) -> None:
        for shipment in self.order.shipments.filter(status="packed"):
            if is_sent:
                self.attempt(dispatch_packed, self.order, {shipment.pk: Consignment()}, actor=self.packer)
            else:
                self.attempt(unpack_shipment, shipment, actor=self.packer)

    @rule(units=UNITS)
    def take_out_of_a_parcel(self, units: int) -> None:
        for row in ParcelLine.objects.filter(parcel__shipment__status="packed")[:1]:
            self.attempt(unpack_parcel, row.parcel, {row.pk: units}, key=self.key(), actor=self.packer)

    @rule()
    def deliver(self) -> None:
        for shipment in self.order.shipments.filter(status="dispatched")[:1]:
            self.attempt(confirm_delivery, shipment, actor=self.buyer)

    @rule(missing=st.integers(0, 3))
    def confirm(self, missing: int) -> None:
        for shipment in self.order.shipments.filter(status="delivered")[:1]:
            line = shipment.lines.order_by("pk")[0].line_id
            findings = Findings({line: missing}, note="Short" if missing else "")
            self.attempt(confirm_receipt, shipment, findings, key=self.key(), actor=self.buyer)

    @rule(is_over=st.booleans())
    def dispute(self, is_over: bool) -> None:
        for dispute in self.order.disputes.open():
            if is_over:
                self.attempt(withdraw_dispute, dispute, actor=self.buyer)
        said = {"words": "No", "key": self.key()}
        self.attempt(open_dispute, self.order, DisputeReason.OTHER, **said, actor=self.buyer)

    @rule(nth=NTH, units=UNITS)
    def ask_to_return(self, nth: int, units: int) -> None:
        lines = self.some(nth, units)
        self.attempt(request_return, self.order, lines, reason="x", key=self.key(), actor=self.buyer)

    @rule(says=st.sampled_from(["yes", "yes", "no", "withdraw"]))
    def answer_return(self, says: str) -> None:
        for goods in self.order.returns.filter(status="requested")[:1]:
            if says == "no":
                self.attempt(reject_return, goods, reason="No", actor=self.sales)
            elif says == "withdraw":
                self.attempt(withdraw_return, goods, actor=self.buyer)
            else:
                self.attempt(approve_return, goods, actor=self.sales)

    @rule(units=UNITS, is_all=st.booleans())
    def take_in(self, units: int, is_all: bool) -> None:
        for goods in self.order.returns.filter(status__in=COMING)[:1]:
            came = {each.pk: each.expected if is_all else units for each in goods.lines.all()}
            self.attempt(receive_return, goods, self.cast.shelf, came, key=self.key(), actor=self.packer)

    @rule()
    def expect_no_more(self) -> None:
        for goods in self.order.returns.filter(status="partly_received")[:1]:
            self.attempt(close_return_short, goods, reason="x", actor=self.sales)

    @rule(outcome=st.sampled_from(list(Outcome)), other=st.sampled_from(list(Outcome)))
    def settle_return(self, outcome: Outcome, other: Outcome) -> None:
        for goods in self.order.returns.filter(status__in=["partly_received", "received"])[:1]:
            there = {each.pk: each.uninspected for each in goods.lines.all() if each.uninspected}
            looked = {pk: {other: n // 2} | {outcome: n - n // 2 * (outcome != other)} for pk, n in there.items()}
            self.attempt(inspect_return, goods, looked, key=self.key(), actor=self.packer)
            self.attempt(resolve_return, goods, actor=self.sales)

    @rule(is_late=st.booleans())
    def close(self, is_late: bool) -> None:
        if is_late:
            Order.objects.filter(pk=self.order.pk, closes_at__isnull=False).update(closes_at=Now())
        with across_companies(why="the clock runs for every seller"):
            self.attempt(close_order, self.order, actor=ANONYMOUS)

    @invariant()
    def the_axis_says_where_the_latest_dispute_stands(self) -> None:
        latest = self.order.disputes.order_by("-nth").first()
        assert Order.objects.get(pk=self.order.pk).dispute == (latest.status if latest else "none")

    @invariant()
    def counts_never_contradict(self) -> None:
        of_order = ShipmentLine.objects.filter(line__order=self.order)
        sent, packed, confirmed = (
            dict(of_order.filter(shipment__status__in=these).order_by().values_list("line").annotate(Sum("quantity")))
            for these in (("dispatched", "delivered", "confirmed"), ("packed",), ("confirmed",))
        )
        back = ReturnLine.objects.filter(of_return__order=self.order, of_return__status__in=OPEN)
        asked = dict(back.values_list("line").annotate(left=Sum(F("quantity") - F("missing"))))
        for line in self.order.lines.all():
            assert line.refunded <= line.returned <= line.delivered <= line.dispatched <= line.quantity - line.cancelled
            assert line.dispatched == sent.get(line.pk, 0)
            assert line.packed == packed.get(line.pk, 0) <= line.open_quantity
            assert line.confirmed == confirmed.get(line.pk, 0) <= line.delivered
            assert line.returned + asked.get(line.pk, 0) <= line.delivered

    @invariant()
    def what_comes_back_adds_up(self) -> None:
        lines = list(ReturnLine.objects.filter(of_return__order=self.order).select_related("of_return"))
        for each in lines:
            assert each.quantity == each.received + each.expected + each.missing
            assert each.received == sum(each.outcomes.values()) + each.uninspected
            assert min(each.expected, each.missing, each.uninspected, *each.outcomes.values()) >= 0
            is_over = each.of_return.status in ("inspected", "resolved")
            assert not is_over or (each.expected, each.uninspected) == (0, 0)
        done = [each for each in lines if each.of_return.status == "resolved"]
        own = list(self.order.lines.all())
        assert sum(line.returned for line in own) == sum(each.taken_back for each in done)
        not_sent_again = sum(line.cancelled for line in own if line.replaces_id)
        refunded = sum(each.restocked + each.refunded for each in done)
        assert sum(line.refunded for line in own) == refunded + not_sent_again
        assert sum(line.quantity for line in own if line.replaces_id) == sum(each.replaced for each in done)
        shelved = StockMove.objects.filter(kind="return").aggregate(all=Sum("quantity", default=0))["all"]
        assert shelved == sum(each.restocked for each in lines)

    @invariant()
    def what_is_held_is_what_is_open(self) -> None:
        held = dict(Hold.objects.filter(subject=self.order.subject).values_list("line").annotate(Sum("quantity")))
        assert held == {line.pk: line.open_quantity for line in self.order.lines.all() if line.open_quantity}
        assert drift() == []

    @invariant()
    def amounts_are_the_sums_of_the_lines_and_the_freight(self) -> None:
        lines = list(self.order.lines.all())
        kept = sum_of((worth(each, each.kept) for each in lines), self.order.currency)
        if any(each.kept for each in lines if not each.replaces_id):
            kept += freight_of(self.order)
        assert self.order.net_minor == sum(line.net_minor for line in lines) + self.order.freight_minor
        assert (self.order.payable_net, self.order.payable_tax) == (kept.net, kept.tax)
        refunded = self.order.returns.aggregate(net=Sum("refund_net_minor", default=0))["net"]
        assert refunded <= self.order.reduced_net_minor

    @invariant()
    def nothing_is_sent_or_owed_beyond_what_was_paid_or_given(self) -> None:
        order, credit = self.order, credit_of(self.cast)
        takes = order.method == "on_account" and order.commercial not in CAME_TO_NOTHING
        assert credit.used == (order.unpaid if takes else Money(0))
        assert credit.used <= Money(LIMIT)
        assert order.payment != "paid" or order.payable <= self.paid
        assert order.payment != "partly_paid" or self.paid < order.payable

    @invariant()
    def one_change_is_open_and_the_order_says_so(self) -> None:
        is_open = self.order.amendments.filter(state="open").count()
        assert is_open == (self.order.commercial in WAITING_FOR_A_WORD)

    @invariant()
    def the_timeline_has_no_gap(self) -> None:
        seqs = list(self.order.entries.order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, self.order.last_seq + 1))
        assert self.order.version == self.order.last_seq

    @invariant()
    def what_is_over_stays_over(self) -> None:
        assert self.ended_as in ("", self.order.commercial)
        if self.order.commercial in OVER:
            self.ended_as = self.order.commercial


def test_no_life_of_an_order_contradicts_itself(cast: Cast) -> None:
    life = type("ThisLife", (Life,), {"cast": cast})
    how = settings(
        max_examples=10,
        stateful_step_count=22,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(life, settings=how)
