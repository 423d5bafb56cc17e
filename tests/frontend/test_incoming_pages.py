"""What is expected, on the seller's pages, on the buyer's, and on the order that waits for it."""

from datetime import date, timedelta
from uuid import uuid4

from django.test import Client

from backend.events.models import Event
from backend.inventory.incoming.actions import change_incoming, expect_stock, receive_incoming
from backend.inventory.models import Incoming, StockLevel
from backend.orders.models import OrderLine
from backend.orders.reactions import REACTIONS
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.orders.ordering import ordered

GRID = "/c/northfield/inventory/"
PAGE = f"{GRID}incoming/"
SOON, LATER = (date.today() + timedelta(days=days) for days in (14, 30))  # noqa: DTZ011  # days of the calendar


def entered(client: Client, user: object) -> Client:
    client.force_login(user)  # type: ignore[arg-type]
    return client


def expect(cast: Cast, quantity: int = 500) -> Incoming:
    nora = actor_of(cast.nora)
    return expect_stock(cast.mug, cast.shelf, quantity, SOON, reference="PO-1", key=uuid4().hex, actor=nora)


def react() -> None:
    """What the worker does with all that happened, from the beginning: again and again it comes to the same."""
    for event in Event.objects.order_by("id"):
        if event.kind in REACTIONS:
            REACTIONS[event.kind](event)  # type: ignore[index]


def owed(cast: Cast) -> tuple[int, date | None]:
    line = OrderLine.objects.get(sku=cast.mug)
    return line.owed, line.due_on


def test_a_delivery_is_announced_moved_received_and_cancelled_on_its_pages(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    form = {"code": "85123a", "quantity": "500", "due_on": SOON.isoformat(), "warehouse": cast.shelf.pk, "key": "k"}
    assert client.post(PAGE, form).status_code == 303
    made = Incoming.objects.get()
    own = f"{PAGE}{made.pk}/"
    for page in (PAGE, own):
        assert_sound(client.get(page))
    moved = {"quantity": "400", "due_on": LATER.isoformat(), "reference": "PO-7", "seen": "1"}
    assert client.post(own, moved).status_code == 303
    late = client.post(own, moved)
    assert late.status_code == 409
    assert 'name="seen" value="2"' in late.content.decode()
    assert client.post(f"{own}arrival/", {"quantity": "150", "key": "a"}).status_code == 303
    assert StockLevel.objects.get(item_id=cast.mug.pk).on_hand == 450
    assert client.post(f"{own}cancellation/").status_code == 303
    assert "Nothing is expected" in client.get(PAGE).content.decode()


def test_what_can_not_be_is_refused_at_its_field_and_kept(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    form = {"code": "nope", "quantity": "5", "due_on": SOON.isoformat(), "warehouse": cast.shelf.pk, "key": "k"}
    for changed, why in (({}, "has the code nope"), ({"code": "85123A", "due_on": "2020-01-01"}, "Give a day")):
        response = client.post(PAGE, {**form, **changed})
        assert response.status_code == 422
        assert why in response.content.decode()
        assert 'value="5"' in response.content.decode()


def test_who_packs_goods_receives_and_announces_nothing(cast: Cast, client: Client) -> None:
    own = f"{PAGE}{expect(cast).pk}/"
    shown = entered(client, cast.wes).get(own).content.decode()
    assert "arrival/" in shown
    assert "cancellation/" not in shown
    assert client.post(f"{own}cancellation/").status_code == 403


def test_it_arrives_live_on_the_sellers_pages_and_on_the_buyers(cast: Cast, client: Client) -> None:
    product = f"/products/{cast.mug.product_id}-blue-enamel-mug/"
    for who, page in ((cast.rita, PAGE), (cast.rita, f"{GRID}skus/{cast.mug.pk}/"), (cast.bea, product)):
        with assert_live(entered(client, who), page):
            expect(cast, 7)
    assert "21 more on" in " ".join(client.get(product).content.decode().split())


def test_an_order_says_how_many_are_owed_and_follows_the_delivery(cast: Cast, client: Client) -> None:
    incoming = expect(cast)
    order = ordered(cast, {cast.mug: 400})
    assert owed(cast) == (100, SOON)
    page = f"/c/cornershop/orders/{order.pk}/"
    with assert_live(entered(client, cast.bea), page):
        change_incoming(incoming, 500, LATER, reference="", seen=1, actor=actor_of(cast.nora))
        react()
    assert owed(cast) == (100, LATER)
    with assert_live(client, page):
        receive_incoming(incoming, 450, is_last=False, key="a", actor=actor_of(cast.wes))
        react()
    assert owed(cast) == (0, None)
    version = order.__class__.objects.get(pk=order.pk).version
    react()
    assert order.__class__.objects.get(pk=order.pk).version == version, "told again it finds nothing to change"
