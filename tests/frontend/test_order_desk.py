"""What each side may do with an order, on its page: with htmx, without scripts, and seen live by the other."""

from typing import Any

import pytest
from django.test import Client

from backend.orders.actions import accept_order
from backend.orders.amendments.actions import accept_amendment, request_cancellation
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order
from backend.orders.returns.actions import reject_return, request_return
from tests.cast import Cast, actor_of
from tests.frontend.test_orders import HTMX, MAKER, SHOP, words
from tests.live import assert_live
from tests.orders.ordering import ordered
from tests.orders.test_returns import delivered


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


@pytest.fixture
def sally(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.sally)
    return client


def accepted(cast: Cast) -> Order:
    return accept_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.sally))


def post(client: Client, order: Order, what: str, side: str = SHOP, **typed: object) -> Any:
    """Posts to the order; `line` stands for its one line's field."""
    line = typed.pop("line", None)
    fields = {**typed, **({f"line-{order.lines.get().pk}": line} if line is not None else {})}
    return client.post(f"{side}orders/{order.pk}/{what}/", fields, headers=HTMX)


# --- Cancelling ------------------------------------------------------------------------------------------------------
def test_a_part_is_cancelled_by_the_buyer_before_anybody_accepts(cast: Cast, bea: Client) -> None:
    order = ordered(cast, {cast.mug: 40})
    assert "Cancel a part" in words(bea.get(f"{SHOP}orders/{order.pk}/"))
    said = words(post(bea, order, "line-cancellations", line="10", key="form"))
    assert "10 cancelled" in said
    assert "Payable £91.80" in said


@pytest.mark.parametrize(
    ("typed", "complaint"), [("41", "Only 40 of 85123A"), ("2.5", "fraction of one"), ("", "Say how much of which")]
)
def test_what_cannot_be_taken_off_is_refused_and_kept(cast: Cast, bea: Client, typed: str, complaint: str) -> None:
    order = ordered(cast, {cast.mug: 40})
    response = post(bea, order, "line-cancellations", line=typed, reason="<b>x", key="form")
    assert response.status_code == 422
    assert complaint in words(response)
    assert 'value="&lt;b&gt;x"' in response.content.decode()


def test_a_buyer_asks_and_the_seller_agrees(cast: Cast, bea: Client, sally: Client) -> None:
    order = accepted(cast)
    assert "Cornershop asks to cancel" in words(
        post(bea, order, "cancellation-requests", line="10", reason="Too many", key="form")
    )
    page = words(sally.get(f"{MAKER}orders/{order.pk}/"))
    assert "£122.40" in page
    assert "£91.80" in page
    assert "Don’t agree" in page
    agreed = words(post(sally, order, f"amendments/{order.amendments.get().pk}/acceptance", MAKER))
    assert "Cancellation agreed to" in agreed
    assert "asks to cancel" not in agreed


def test_a_refusal_of_a_cancellation_needs_a_reason(cast: Cast, bea: Client, sally: Client) -> None:
    order = accepted(cast)
    post(bea, order, "cancellation-requests", reason="Too many", key="form")
    refusal = f"amendments/{order.amendments.get().pk}/refusal"
    assert post(sally, order, refusal, MAKER, reason="").status_code == 422
    assert "Packed already" in words(post(sally, order, refusal, MAKER, reason="Packed already"))


def test_one_order_is_not_changed_through_another(cast: Cast, bea: Client) -> None:
    order, other = accepted(cast), ordered(cast, {cast.mug: 1}, key="other")
    post(bea, order, "cancellation-requests", reason="Too many", key="form")
    assert post(bea, other, f"amendments/{order.amendments.get().pk}/withdrawal").status_code == 404


@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_each_side_sees_live_what_is_taken_off_asked_for_and_agreed(
    cast: Cast, bea: Client, sally: Client, side: str
) -> None:
    order = ordered(cast, {cast.mug: 40})
    line, client = order.lines.get().pk, bea if side == "buyer" else sally
    with assert_live(client, f"{SHOP if side == 'buyer' else MAKER}orders/{order.pk}/"):
        cancel_lines(order, {line: 5}, key="off", actor=actor_of(cast.bea))
        accept_order(order, actor=actor_of(cast.sally))
        asked = request_cancellation(order, {line: 5}, reason="Too many", key="ask", actor=actor_of(cast.bea))
    with assert_live(client, f"{SHOP if side == 'buyer' else MAKER}orders/{order.pk}/"):
        accept_amendment(asked, actor=actor_of(cast.sally))


# --- Sending back ----------------------------------------------------------------------------------------------------
def test_a_return_goes_its_way_from_desk_to_desk(cast: Cast, bea: Client, sally: Client) -> None:
    order, packer = delivered(cast), Client()
    packer.force_login(cast.wes)
    assert "can be sent back, not 41" in words(post(bea, order, "returns", line="41", reason="Chipped", key="form"))
    assert "Return 1 Asked for" in words(post(bea, order, "returns", line="5", reason="Chipped", key="form"))
    goods = order.returns.get()
    line, back = goods.lines.get(), f"returns/{goods.pk}"
    assert "Reject it" in words(sally.get(f"{MAKER}orders/{order.pk}/"))
    assert post(sally, order, f"{back}/rejection", MAKER, reason="").status_code == 422
    assert "Return approved" in words(post(sally, order, f"{back}/approval", MAKER))
    assert "RM9" in words(post(bea, order, f"{back}/handover", tracking_number="RM9"))
    assert "Return received" in words(post(packer, order, f"{back}/receipt", MAKER, warehouse=cast.shelf.pk))
    assert post(packer, order, f"{back}/inspection", MAKER, **{f"outcome-{line.pk}": "nonsense"}).status_code == 422
    assert "Back on the shelf" in words(
        post(packer, order, f"{back}/inspection", MAKER, **{f"outcome-{line.pk}": "restock"})
    )
    assert "Refunded £15.30" in words(post(sally, order, f"{back}/resolution", MAKER))
    assert "Payable £107.10" in words(bea.get(f"{SHOP}orders/{order.pk}/"))


def test_returns_are_listed_on_both_sides_as_they_come(cast: Cast, bea: Client, sally: Client) -> None:
    order = delivered(cast)
    assert "No returns" in words(sally.get(f"{MAKER}returns/"))
    line, sales = order.lines.get().pk, actor_of(cast.sally)
    with assert_live(sally, f"{MAKER}returns/"), assert_live(bea, f"{SHOP}returns/"):
        goods = request_return(order, {line: 5}, reason="Chipped", key="form", actor=actor_of(cast.bea))
    with assert_live(bea, f"{SHOP}orders/{order.pk}/"), assert_live(sally, f"{MAKER}orders/{order.pk}/"):
        reject_return(goods, reason="Too late", actor=sales)
    assert "No returns" in words(sally.get(f"{MAKER}returns/"))
    assert "Too late" in words(bea.get(f"{SHOP}orders/{order.pk}/"))
    assert "Rejected" in words(bea.get(f"{SHOP}returns/?all=1"))
