"""The buyer has looked at what was delivered: they say so, or the clock does; what is at fault both sides read."""

import pytest
from django.db.models.functions import Now
from django.test import Client

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.logistics.actions import confirm_delivery
from backend.logistics.models import Shipment
from backend.logistics.receipts.actions import ALL_WELL, Findings, confirm_receipt
from backend.logistics.states import CONFIRM_AFTER
from backend.logistics.tasks import confirm_receipts
from backend.orders.models import Order
from backend.orders.returns.actions import request_return, withdraw_return
from backend.orders.tasks import close_orders
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.frontend.test_orders import HTMX, MAKER, SHOP, words
from tests.live import assert_live
from tests.logistics.test_dispatch import accepted
from tests.logistics.test_failing import send, steps


def arrived(cast: Cast, order: Order, units: int, *, key: str = "s") -> Shipment:
    shipment = send(cast, order, units, key=key)
    confirm_delivery(shipment, actor=actor_of(cast.wes))
    return shipment


def confirm(cast: Cast, shipment: Shipment, findings: Findings = ALL_WELL, *, who: str = "bea", key: str = "c") -> None:
    found = Shipment.objects.select_related("order").get(pk=shipment.pk)
    confirm_receipt(found, findings, key=key, actor=actor_of(getattr(cast, who)))


def stands(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.commercial, order.fulfilment


def test_an_order_is_confirmed_once_all_of_it_is(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    first, rest = arrived(cast, order, 30), arrived(cast, order, 10, key="rest")
    assert stands(order) == ("completed", "delivered")
    confirm(cast, first)
    assert (stands(order), order.lines.get().confirmed) == (("completed", "delivered"), 30)
    for _ in range(2):
        confirm(cast, rest, key="rest")
    confirm(cast, rest, key="by another form")
    assert (stands(order), order.lines.get().confirmed) == (("completed", "confirmed"), 40)
    assert steps(order)[-2:] == ["receipt_confirmed", "receipt_confirmed"]
    rest.refresh_from_db()
    assert rest.confirmed_at


def test_what_is_at_fault_is_said_by_line(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment, line = arrived(cast, order, 40), order.lines.get().pk
    confirm(cast, shipment, Findings({line: 2}, {line: 1}, "A box was open"))
    entry = order.entries.latest("seq")
    assert (entry.note, entry.data["faults"]) == ("A box was open", [["85123A", 2, 1]])
    with pytest.raises(Conflict, match="confirmed meanwhile"):
        confirm(cast, shipment, Findings({line: 5}), key="other")
    assert stands(order) == ("completed", "confirmed"), "goods at fault were delivered all the same"


@pytest.mark.parametrize(
    ("missing", "damaged", "note", "said"),
    [(41, 0, "", "Only 40 of 85123A"), (30, 11, "", "not 41"), (0, 0, "x" * 201, "at most 200"), (-1, 0, "", "-1")],
)
def test_more_at_fault_than_there_was_is_refused(cast: Cast, missing: int, damaged: int, note: str, said: str) -> None:
    order = accepted(cast, mug=40)
    shipment, line = arrived(cast, order, 40), order.lines.get().pk
    with pytest.raises(Refused, match=said):
        confirm(cast, shipment, Findings({line: missing}, {line: damaged}, note))
    assert stands(order) == ("completed", "delivered")


def test_only_the_buyer_confirms_and_only_what_has_arrived(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment, line = send(cast, order, 40), order.lines.get().pk
    with pytest.raises(Refused, match="On its way"):
        confirm(cast, shipment)
    confirm_delivery(shipment, actor=actor_of(cast.wes))
    with pytest.raises(NotAllowed):
        confirm(cast, shipment, who="wes")
    with pytest.raises(Refused, match="not in this shipment"):
        confirm(cast, shipment, Findings({line + 1: 1}))


def test_what_nobody_speaks_of_is_confirmed_by_the_databases_clock(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = arrived(cast, order, 40)
    assert confirm_receipts(0) == 0
    Shipment.objects.update(delivered_at=Now() - CONFIRM_AFTER)
    assert (confirm_receipts(0), confirm_receipts(0)) == (1, 0)
    assert stands(order) == ("completed", "confirmed")
    confirm(cast, shipment)
    assert steps(order)[-1:] == ["receipt_confirmed"]
    assert order.entries.filter(step="receipt_confirmed").count() == 1


def test_of_a_buyers_findings_and_the_clock_one_is_written(transactional_db: None, at_once: AtOnce) -> None:
    cast = make_cast()
    order = accepted(cast, mug=40)
    shipment, line = arrived(cast, order, 40), order.lines.get().pk
    Shipment.objects.update(delivered_at=Now() - CONFIRM_AFTER)
    at_once([lambda: confirm(cast, shipment, Findings({line: 2})), *[lambda: confirm_receipts(0)] * 2])
    order.refresh_from_db()
    assert order.entries.filter(step="receipt_confirmed").count() == 1
    assert order.lines.get().confirmed == 40


def test_the_buyer_confirms_on_the_orders_page_and_both_read_it(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment, line = arrived(cast, order, 40), order.lines.get().pk
    bea, sally = Client(), Client()
    bea.force_login(cast.bea)
    sally.force_login(cast.sally)
    page, sale = f"{SHOP}orders/{order.pk}/", f"{MAKER}orders/{order.pk}/"
    assert "Confirm the receipt" in words(bea.get(page))
    assert "its receipt counts as confirmed" in words(sally.get(sale))
    address = f"{page}shipments/{shipment.pk}/receipt/"
    typed = {f"missing-{line}": "50", "note": "Too few", "key": "looked"}
    no = bea.post(address, typed, headers=HTMX)
    assert no.status_code == 422
    assert "Only 40 of 85123A were in it, not 50" in words(no)
    assert b'value="50"' in no.content
    with assert_live(sally, sale), assert_live(sally, f"{MAKER}sales/"), assert_live(bea, page):
        for _ in range(2):
            yes = bea.post(address, {**typed, f"missing-{line}": "2"}, headers=HTMX)
            assert yes.status_code == 200
    seen = words(sally.get(sale))
    assert all(said in seen for said in ("Receipt confirmed", "2 missing", "Too few"))
    assert order.entries.filter(step="receipt_confirmed").count() == 1


def test_what_was_confirmed_may_be_sent_back_and_closes_all_the_same(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    confirm(cast, arrived(cast, order, 40))
    line = order.lines.get()
    request_return(order, {line.pk: 4}, reason="Chipped", key="back", actor=actor_of(cast.bea))
    Order.objects.update(closes_at=Now())
    assert close_orders(0) == 0
    withdraw_return(order.returns.get(), actor=actor_of(cast.bea))
    assert close_orders(0) == 1
    assert stands(order) == ("closed", "confirmed")


def test_nobody_confirms_what_a_closed_order_brought(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = arrived(cast, order, 40)
    Order.objects.update(commercial="closed")
    Shipment.objects.update(delivered_at=Now() - CONFIRM_AFTER)
    assert confirm_receipts(0) == 0
    with pytest.raises(Refused, match="Closed"):
        confirm(cast, shipment)
