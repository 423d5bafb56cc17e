"""Of a long order all that lies there is packed or sent at once; whoever packs names the lines that differ."""

import re

import pytest
from django.test import Client

from backend.logistics.models import ParcelLine, ShipmentLine
from backend.logistics.packing.actions import pack_goods
from backend.orders.actions import accept_order
from backend.orders.carts.actions import put_all_in_cart
from backend.orders.models import Order, OrderLine
from frontend_htmx.orders.line_rows import FEW, ROWS, Countable, LineRowsForm
from frontend_htmx.orders.sending_forms import ShipmentForm
from tests.cast import Cast, actor_of, make_skus
from tests.frontend.test_orders import HTMX, MAKER, words
from tests.logistics.test_dispatch_whole import annexe_of
from tests.orders.ordering import ANY_PRICE, place

MANY = FEW + 5


def long_order(cast: Cast, many: int = MANY) -> Order:
    """Four of each of so many SKUs."""
    goods = make_skus(many, cast.crockery, cast.shelf, on_hand=9)
    put_all_in_cart(dict.fromkeys(goods, 4), actor=actor_of(cast.bea))
    order = place(cast, seen={sku.pk: ANY_PRICE for sku in goods}).orders.get()
    return accept_order(order, actor=actor_of(cast.sally))


@pytest.fixture
def order(cast: Cast) -> Order:
    return long_order(cast)


@pytest.fixture
def wes(cast: Cast, client: Client) -> Client:
    client.force_login(cast.wes)
    return client


def where(order: Order, way: str = "shipments") -> str:
    return f"{MAKER}orders/{order.pk}/{way}/"


def shown(wes: Client, order: Order) -> ShipmentForm:
    form = wes.get(f"{MAKER}orders/{order.pk}/").context["shipment_forms"][0]
    assert isinstance(form, ShipmentForm)
    return form


def typed(form: LineRowsForm, **more: str) -> dict[str, str]:
    """What a browser sends of it, as it is shown and with that typed."""
    fields = {name: str(form[name].value() or "") for name in form.fields if name != "seen"}
    return fields | {"seen": form.as_seen} | {name.replace("_", "-"): value for name, value in more.items()}


def line_of(order: Order, nth: int) -> OrderLine:
    return order.lines.order_by("position")[nth]


def sent_of(order: Order) -> dict[int, int]:
    return dict(ShipmentLine.objects.filter(shipment__order=order).values_list("line", "quantity"))


def test_the_pages_of_a_thousand_lines_have_a_few_fields(cast: Cast, wes: Client) -> None:
    order = long_order(cast, 1_000)
    response = wes.get(f"{MAKER}orders/{order.pk}/")
    page = response.content.decode()
    assert "4,000 units of 1,000 lines" in page
    assert (page.count('name="line-'), page.count("<input") < 40) == (ROWS, True)
    packed = wes.post(where(order, "parcels"), typed(response.context["shipment_forms"][0]), headers=HTMX)
    page = packed.content.decode()
    assert ParcelLine.objects.count() == 1_000
    assert (page.count('name="row-'), page.count("<input") < 40) == (ROWS, True), "to take them out again"


def test_who_names_nothing_sends_what_every_line_said_before_and_only_once(wes: Client, order: Order) -> None:
    form = shown(wes, order)
    assert re.search(r"100 units\s+of 25 lines", words(wes.get(f"{MAKER}orders/{order.pk}/")))
    for _ in range(2):
        assert wes.post(where(order), typed(form, carrier="DHL"), headers=HTMX).status_code == 200
    assert sent_of(order) == dict.fromkeys(order.lines.values_list("pk", flat=True), 4)
    assert order.shipments.get().carrier == "DHL"


def test_of_a_line_that_is_named_so_much_leaves_or_nothing(wes: Client, order: Order) -> None:
    less, none = line_of(order, 22), line_of(order, 3)
    rows = {"code-0": less.code.lower(), "line-0": "1", "code-1": none.code, "line-1": "0"}
    assert wes.post(where(order), typed(shown(wes, order), **rows), headers=HTMX).status_code == 200
    expected = dict.fromkeys(order.lines.values_list("pk", flat=True), 4) | {less.pk: 1}
    del expected[none.pk]
    assert sent_of(order) == expected


def test_a_parcel_is_packed_with_the_lines_that_are_named_and_only_once(wes: Client, order: Order) -> None:
    rows = {
        "rest": "",
        "code-0": line_of(order, 24).code,
        "line-0": "4",
        "code-1": line_of(order, 0).code,
        "line-1": "2",
    }
    form = shown(wes, order)
    for _ in range(2):
        assert wes.post(where(order, "parcels"), typed(form, **rows), headers=HTMX).status_code == 200
    assert sent_of(order) == {line_of(order, 24).pk: 4, line_of(order, 0).pk: 2}
    assert "94 units of 24 lines" in words(wes.get(f"{MAKER}orders/{order.pk}/"))


NONSENSE = (
    ({"code-0": "BOWL-99", "line-0": "1"}, "“BOWL-99” is none of these lines"),
    ({"line-0": "1"}, "Say of which line"),
    ({"code-0": "BOWL-3-OF-25"}, "Say how many"),
    ({"code-0": "BOWL-3-OF-25", "line-0": "2.5"}, "fraction of one"),
    ({"code-0": "BOWL-3-OF-25", "line-0": "5"}, "Only 4 of BOWL-3-OF-25 can leave Stoke"),
    ({"code-0": "BOWL-3-OF-25", "line-0": "1", "code-1": "bowl-3-of-25", "line-1": "1"}, "here twice"),
)


@pytest.mark.parametrize("way", ["shipments", "parcels"])
def test_what_makes_no_sense_is_said_at_its_row_and_kept(wes: Client, order: Order, way: str) -> None:
    form = shown(wes, order)
    for rows, complaint in NONSENSE:
        response = wes.post(where(order, way), typed(form, **rows), headers=HTMX)
        assert (response.status_code, complaint in words(response)) == (422, True), complaint
        refused = response.context["shipment_forms"][0]
        assert (refused.non_field_errors(), refused["line-0"].value()) == ([], rows.get("line-0", "")), complaint
    assert wes.post(where(order, way), typed(form, rest="nonsense"), headers=HTMX).status_code == 422
    assert sent_of(order) == {}


def test_what_is_meant_by_all_of_it_is_what_stood_on_the_page(cast: Cast, wes: Client, order: Order) -> None:
    """Somebody at the same warehouse packs some of it meanwhile."""
    form, line = shown(wes, order), line_of(order, 7)
    pack_goods(order, cast.shelf, {line.pk: 3}, key="p", actor=actor_of(cast.wes))
    response = wes.post(where(order), typed(form, carrier="DHL"), headers=HTMX)
    assert (response.status_code, f"Only 1 of {line.code} can leave Stoke" in words(response)) == (422, True)
    refused = response.context["shipment_forms"][0]
    assert (refused["carrier"].value(), "97 units of 25 lines" in words(response)) == ("DHL", True)
    assert wes.post(where(order), typed(refused), headers=HTMX).status_code == 200
    assert order.shipments.get(status="dispatched").lines.get(line=line).quantity == 1


def test_a_page_that_says_nonsense_of_the_rest_sends_nothing(wes: Client, order: Order) -> None:
    form = shown(wes, order)
    for seen in ("", "x", "1:", ":4", "²:4", "1:4;DROP", "9" * 30 + ":4", "1:1," * 30_000):
        response = wes.post(where(order), typed(form, seen=seen), headers=HTMX)
        assert (response.status_code, sent_of(order)) == (422, {}), seen


def test_more_lines_are_asked_for_without_sending_anything(wes: Client, order: Order) -> None:
    rows = {"code-0": "BOWL-3-OF-25", "line-0": "1", "rest": "", "more": "1"}
    page = wes.post(where(order), typed(shown(wes, order), **rows))
    form = page.context["shipment_forms"][0]
    assert (page.status_code, len(form.rows), form["code-0"].value(), form["rest"].value()) == (
        200, 2 * ROWS, "BOWL-3-OF-25", ""
    )  # fmt: skip
    assert sent_of(order) == {}


def test_each_warehouse_has_a_form_of_what_lies_there(cast: Cast, wes: Client) -> None:
    here, there = (
        make_skus(n, cast.crockery, shelf, on_hand=9) for n, shelf in ((MANY, cast.shelf), (2, annexe_of(cast)))
    )
    put_all_in_cart(dict.fromkeys([*here, *there], 4), actor=actor_of(cast.bea))
    placed = place(cast, seen={sku.pk: ANY_PRICE for sku in [*here, *there]}).orders.get()
    order = accept_order(placed, actor=actor_of(cast.sally))
    short, long = wes.get(f"{MAKER}orders/{order.pk}/").context["shipment_forms"]
    assert [(form.of_warehouse, form.is_long, form.units) for form in (short, long)] == [
        ("Annexe", False, 8), ("Stoke", True, 100)
    ]  # fmt: skip
    elsewhere = {"code-0": there[0].code, "line-0": "1"}
    refused = wes.post(where(order), typed(long, **elsewhere), headers=HTMX)
    assert f"Only 0 of {there[0].code} can leave Stoke" in words(refused)
    for form in (long, short):
        assert wes.post(where(order), typed(form), headers=HTMX).status_code == 200
    assert [each.lines.count() for each in order.shipments.order_by("nth")] == [MANY, 2]
    order.refresh_from_db()
    assert order.fulfilment == "dispatched"


def test_a_long_parcel_is_emptied_but_for_the_lines_that_are_named(wes: Client, order: Order) -> None:
    wes.post(where(order, "parcels"), typed(shown(wes, order)), headers=HTMX)
    (form,) = wes.get(f"{MAKER}orders/{order.pk}/").context["unpacking_forms"].values()
    address = f"{where(order, 'parcels')}{form.parcel_id}/unpacking/"
    stays = {"code-0": line_of(order, 5).code, "row-0": "5", "rest": "row", "seen": form.as_seen, "key": "u"}
    refused = wes.post(address, stays, headers=HTMX)
    assert (refused.status_code, "Only 4 of BOWL-5-OF-25 are in this parcel" in words(refused)) == (422, True)
    for _ in range(2):
        assert wes.post(address, stays | {"row-0": "3"}, headers=HTMX).status_code == 200
    assert sent_of(order) == {line_of(order, 5).pk: 1}


def test_a_line_keeps_its_name_when_there_is_none_of_another_of_its_code() -> None:
    form = LineRowsForm(lines=[Countable(1, "MUG", 0), Countable(2, "JUG", 4), Countable(3, "MUG", 1)], name="x")
    assert (list(form.by_name), [line.pk for line in form.lines]) == (["MUG", "JUG", "MUG (2)"], [2, 3])
