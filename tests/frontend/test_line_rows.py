"""Of a long order its people name the lines that a form is about; a short one has a field for each."""

import pytest
from django.test import Client

from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.models import Shipment
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.models import Order, OrderLine
from backend.orders.returns.models import Return
from frontend_htmx.orders.line_rows import FEW, ROWS
from tests.cast import Cast, actor_of, make_skus
from tests.frontend.test_orders import HTMX, SHOP, words
from tests.orders.ordering import ordered


@pytest.fixture
def shipment(cast: Cast) -> Shipment:
    """Four of each of more SKUs than have a field of their own have arrived."""
    goods = make_skus(FEW + 5, cast.crockery, cast.shelf, on_hand=9)
    order = accept_order(ordered(cast, dict.fromkeys(goods, 4)), actor=actor_of(cast.sally))
    lines = {line.pk: 4 for line in order.lines.all()}
    sent = dispatch_goods(order, cast.shelf, lines, Consignment(), key="s", actor=actor_of(cast.wes))
    return confirm_delivery(sent, actor=actor_of(cast.bea))


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


def where(shipment: Shipment) -> str:
    return f"{SHOP}orders/{shipment.order_id}/shipments/{shipment.pk}/receipt/"


def line_of(shipment: Shipment, nth: int) -> OrderLine:
    return Order.objects.get(pk=shipment.order_id).lines.order_by("position")[nth]


def test_a_long_shipment_asks_for_what_is_at_fault_and_not_for_each_line(bea: Client, shipment: Shipment) -> None:
    page = bea.get(f"{SHOP}orders/{shipment.order_id}/").content.decode()
    assert page.count('name="missing-') == page.count('name="damaged-') == ROWS
    assert page.count('name="line-') == ROWS, "and so does the form that sends something back"
    assert f'<option value="{line_of(shipment, 24).code}">' in page


def test_what_is_named_is_noted_whatever_letters_it_is_written_in(bea: Client, shipment: Shipment) -> None:
    line = line_of(shipment, 22)
    typed = {"code-0": f" {line.code.lower()} ", "missing-0": "1", "damaged-0": "2", "code-1": "", "note": "Wet"}
    for _ in range(2):
        assert bea.post(where(shipment), {**typed, "key": "f"}, headers=HTMX).status_code == 200
    assert list(shipment.lines.filter(missing__gt=0).values_list("line", "missing", "damaged")) == [(line.pk, 1, 2)]


NONSENSE = (
    ({"code-0": "BOWL-99", "missing-0": "1"}, "“BOWL-99” is none of these lines"),
    ({"code-0": "", "missing-0": "1"}, "Say of which line"),
    ({"code-0": "BOWL-3-OF-25"}, "Say how many"),
    ({"code-0": "BOWL-3-OF-25", "damaged-0": "2.5"}, "fraction of one"),
    ({"code-0": "BOWL-3-OF-25", "damaged-0": "-1"}, "out of range"),
    ({"code-0": "BOWL-3-OF-25", "missing-0": "1000000000000"}, "too much"),
    ({"code-0": "BOWL-3-OF-25", "missing-0": "5"}, "Only 4 of BOWL-3-OF-25 were in it"),
    ({"code-0": "BOWL-3-OF-25", "missing-0": "1", "code-1": "bowl-3-of-25", "missing-1": "1"}, "here twice"),
)


def test_what_makes_no_sense_is_said_at_its_field_and_kept(bea: Client, shipment: Shipment) -> None:
    for typed, complaint in NONSENSE:
        response = bea.post(where(shipment), {**typed, "key": "f"}, headers=HTMX)
        assert (response.status_code, complaint in words(response)) == (422, True), complaint
        form = response.context["receipt_forms"][shipment.pk]
        assert (form.non_field_errors(), form["code-0"].value()) == ([], typed["code-0"])


def test_more_lines_are_asked_for_without_sending_anything(bea: Client, shipment: Shipment) -> None:
    typed = {f"code-{n}": f"BOWL-{n}-OF-25" for n in range(ROWS)}
    page = bea.post(where(shipment), {**typed, "missing-4": "2.5", "note": "Wet", "more": "1", "key": "f"})
    shipment.refresh_from_db()
    assert (page.status_code, shipment.status) == (200, "delivered")
    form = page.context["receipt_forms"][shipment.pk]
    assert (len(form.rows), form["code-4"].value(), form["missing-4"].value(), form["key"].value()) == (
        2 * ROWS, "BOWL-4-OF-25", "2.5", "f"
    )  # fmt: skip
    assert "fraction" not in words(page)


def test_what_is_sent_back_of_a_long_order_is_named(bea: Client, shipment: Shipment) -> None:
    line = line_of(shipment, 20)
    back = {"code-0": line.code, "line-0": "3", "reason": "Chipped", "key": "b"}
    assert bea.post(f"{SHOP}orders/{shipment.order_id}/returns/", back, headers=HTMX).status_code == 200
    assert [(each.line, each.quantity) for each in Return.objects.get().lines.all()] == [(line, 3)]
