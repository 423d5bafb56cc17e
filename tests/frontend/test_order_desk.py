"""What each side may do with an order, on its page: with htmx, without scripts, and seen live by the other."""

import html
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.logistics.actions import dispatch_goods
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.amendments.actions import accept_amendment, propose_change, request_cancellation, withdraw_amendment
from backend.orders.amendments.drafting import Wanted
from backend.orders.amendments.models import Amendment
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order, Requisition
from backend.orders.returns.actions import approve_return, reject_return, request_return
from backend.orders.returns.models import Return
from backend.orders.returns.receiving.actions import close_return_short
from backend.orders.returns.states import Outcome
from backend.orders.tasks import expire_changes, pass_return_deadlines
from tests.cast import Cast, actor_of
from tests.frontend.test_orders import HTMX, MAKER, SHOP, words
from tests.live import assert_live
from tests.orders.ordering import ordered
from tests.orders.requisitions.asking import approve, hire, rule
from tests.orders.test_returns import ask, delivered, look_at, on_its_way, take_in

# What the grants of two regions cost, and who asks: session, person, membership, their companies.
LIVE_TWICE, WHO = 2, 2


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
    came = {"warehouse": cast.shelf.pk, f"line-{line.pk}": "5", "key": "came"}
    assert "Return received" in words(post(packer, order, f"{back}/receipt", MAKER, **came))
    looked = {f"restock-{line.pk}": "5", "key": "looked"}
    assert "5 × Back on the shelf" in words(post(packer, order, f"{back}/inspection", MAKER, **looked))
    assert "Refunded £15.30" in words(post(sally, order, f"{back}/resolution", MAKER))
    assert "Payable £107.10" in words(bea.get(f"{SHOP}orders/{order.pk}/"))


def test_a_no_whose_form_has_gone_is_said_all_the_same(cast: Cast, sally: Client) -> None:
    """Somebody at the same desk was faster."""
    order = delivered(cast)
    goods = ask(cast, order, 5)
    approve_return(goods, actor=actor_of(cast.nora))
    late = post(sally, order, f"returns/{goods.pk}/rejection", MAKER, reason="We sell them as they are")
    assert late.status_code == 422
    assert "can’t become" in html.unescape(words(late))
    assert Return.objects.get().status == "approved"


def test_what_comes_back_in_part_is_typed_counted_and_closed(cast: Cast, bea: Client, sally: Client) -> None:
    order, packer = delivered(cast), Client()
    packer.force_login(cast.wes)
    goods = on_its_way(cast, ask(cast, order, 10))
    line, back = goods.lines.get().pk, f"returns/{goods.pk}"
    came = {"warehouse": cast.shelf.pk, "note": "<b>wet", "key": "came"}
    too_many = post(packer, order, f"{back}/receipt", MAKER, **came, **{f"line-{line}": "11"})
    assert (too_many.status_code, 'value="11"' in too_many.content.decode()) == (422, True)
    assert "10 of 85123A are still expected, not 11" in words(too_many)
    assert "6 still expected" in words(post(packer, order, f"{back}/receipt", MAKER, **came, **{f"line-{line}": "4"}))
    looked = {f"restock-{line}": "1", f"refund-{line}": "2", f"reject-{line}": "0", "key": "looked"}
    short = post(packer, order, f"{back}/inspection", MAKER, **looked)
    assert (short.status_code, "4 of 85123A wait to be looked at, and 3 have" in words(short)) == (422, True)
    looked[f"reject-{line}"] = "1"
    assert "1 × Not accepted" in words(post(packer, order, f"{back}/inspection", MAKER, **looked))
    late = post(packer, order, f"{back}/inspection", MAKER, **{**looked, "key": "slow"})
    assert (late.status_code, "Somebody was faster" in words(late)) == (409, True)
    assert "The rest does not come" not in words(packer.get(f"{MAKER}orders/{order.pk}/"))
    assert post(sally, order, f"{back}/closing", MAKER, reason=" ").status_code == 422
    assert "6 did not come" in words(post(sally, order, f"{back}/closing", MAKER, reason="Not in the parcel"))
    assert "Not in the parcel" in words(bea.get(f"{SHOP}orders/{order.pk}/"))


def test_both_sides_see_live_what_comes_back_in_part(cast: Cast, bea: Client, sally: Client) -> None:
    goods = on_its_way(cast, ask(cast, delivered(cast), 10))
    pages = f"{SHOP}orders/{goods.order_id}/", f"{MAKER}orders/{goods.order_id}/"
    with assert_live(bea, pages[0]), assert_live(sally, pages[1]):
        take_in(cast, goods, {goods.lines.get().pk: 4})
        look_at(cast, goods, Outcome.REFUND)
    with assert_live(bea, pages[0]), assert_live(sally, pages[1]):
        close_return_short(goods, reason="Lost", actor=actor_of(cast.sally))


def test_both_sides_read_until_when_an_answer_is_waited_for_and_live_that_none_came(
    cast: Cast, bea: Client, sally: Client
) -> None:
    order = accepted(cast)
    request_cancellation(order, {}, reason="Too many", key="ask", actor=actor_of(cast.bea))
    Amendment.objects.update(answer_by=datetime(2030, 5, 1, 12, tzinfo=UTC))
    pages = (bea, f"{SHOP}orders/{order.pk}/"), (sally, f"{MAKER}orders/{order.pk}/")
    assert all(
        "by 1 May 2030, 12:00 UTC the order goes on as it is" in words(client.get(page)) for client, page in pages
    )
    Amendment.objects.update(answer_by=Now())
    with assert_live(*pages[0]), assert_live(*pages[1]):
        assert expire_changes(0) == 1


def test_both_sides_read_when_a_return_moves_by_itself_and_live_that_it_did(
    cast: Cast, bea: Client, sally: Client
) -> None:
    goods = ask(cast, delivered(cast), 5)
    order = f"{SHOP}orders/{goods.order_id}/"
    Return.objects.update(due_at=datetime(2030, 5, 1, 12, tzinfo=UTC))
    assert "does not answer it is approved: 1 May 2030, 12:00" in words(bea.get(order))
    assert "1 May 2030, 12:00" in words(sally.get(f"{MAKER}returns/"))
    Return.objects.update(due_at=Now())
    with assert_live(bea, order), assert_live(sally, f"{MAKER}returns/"):
        assert pass_return_deadlines(0) == 1
    assert "If it is not sent by then it lapses:" in words(bea.get(order))


def test_both_are_reminded_live_of_a_return_that_does_not_come_and_the_buyer_traces_it(
    cast: Cast, bea: Client, sally: Client
) -> None:
    goods = on_its_way(cast, ask(cast, delivered(cast), 5))
    bought, sold = f"{SHOP}orders/{goods.order_id}/", f"{MAKER}orders/{goods.order_id}/"
    assert "If it has not come by then both are reminded" in words(sally.get(sold))
    Return.objects.update(due_at=Now())
    with assert_live(bea, bought), assert_live(sally, sold), assert_live(sally, f"{MAKER}returns/"):
        pass_return_deadlines(0)
    assert "It has been on its way for three weeks" in words(sally.get(sold))
    trace = f"{bought}returns/{goods.pk}/trace/"
    assert bea.post(trace, {"tracking_number": ""}, headers=HTMX).status_code == 422
    with assert_live(sally, sold):
        said = words(bea.post(trace, {"tracking_number": "RM9"}, headers=HTMX))
    assert ("RM9" in said, "three weeks" in said) == (True, False)


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


def test_an_order_with_a_return_costs_what_it_says(
    cast: Cast, bea: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    order = delivered(cast)
    ask(cast, order, 5)
    page = f"{SHOP}orders/{order.pk}/"
    bea.get(page)
    with django_assert_max_num_queries(18 + LIVE_TWICE + WHO):
        bea.get(page)


# --- Changing --------------------------------------------------------------------------------------------------------
def amend(client: Client, order: Order, button: str, side: str = SHOP, **typed: object) -> Any:
    """Posts the form of a change as its page has it, but for what is typed."""
    page = client.get(f"{side}orders/{order.pk}/amendments/new/").context["form"]
    fields = {name: field.value() or "" for name, field in ((each.name, each) for each in page)}
    return client.post(f"{side}orders/{order.pk}/amendments/", {**fields, button: "1", **typed}, headers=HTMX)


def test_a_change_is_looked_at_proposed_and_agreed_to(cast: Cast, bea: Client, sally: Client) -> None:
    order = accepted(cast)
    line = f"line-{order.lines.get().pk}"
    assert "Propose a change" in words(bea.get(f"{SHOP}orders/{order.pk}/"))
    looked = words(amend(bea, order, "look", **{line: "50", "code-1": "22114", "quantity-1": "12"}))
    assert "£122.40 £195.48" in looked
    assert not order.amendments.exists()
    wanted = {line: "50", "code-1": "22114", "quantity-1": "12", "city": "Hull", "reason": "More guests"}
    assert amend(bea, order, "propose", **wanted)["HX-Redirect"] == f"{SHOP}orders/{order.pk}/"
    page = words(sally.get(f"{MAKER}orders/{order.pk}/"))
    assert "Cornershop proposes a change" in page
    assert "Hull" in page
    agreed = words(post(sally, order, f"amendments/{order.amendments.get().pk}/acceptance", MAKER))
    assert "£195.48" in agreed
    assert "White dinner plate" in agreed


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({}, "Nothing would change"),
        ({"line": "2.5"}, "fraction of one"),
        ({"code-1": "NONE", "quantity-1": "1"}, "Northfield has no NONE for sale"),
        ({"code-1": "22114"}, "Say how many"),
        ({"line": "41", "reason": " "}, "Say why"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_kept(
    cast: Cast, bea: Client, typed: dict[str, str], complaint: str
) -> None:
    order = accepted(cast)
    named = {(f"line-{order.lines.get().pk}" if name == "line" else name): value for name, value in typed.items()}
    response = amend(bea, order, "propose", **{"reason": "<b>x", **named})
    assert response.status_code == 422
    assert complaint in words(response)
    assert 'value="&lt;b&gt;x"' in response.content.decode() or "reason" in typed


def test_whoever_was_slower_reads_what_changed_and_sends_it_again(cast: Cast, bea: Client) -> None:
    order = accepted(cast)
    cancel_lines(order, {order.lines.get().pk: 5}, reason="Chipped", key="off", actor=actor_of(cast.sally))
    wanted = {f"line-{order.lines.get().pk}": "50", "reason": "More"}
    slow = amend(bea, order, "propose", **wanted, seen_seq="2")
    assert slow.status_code == 409
    assert "Taken off the order" in words(slow)
    assert 'name="seen_seq" value="3"' in " ".join(slow.content.decode().split())
    assert amend(bea, order, "propose", **wanted)["HX-Redirect"]


def test_an_order_that_is_over_has_no_form_for_a_change(cast: Cast, bea: Client, sally: Client) -> None:
    assert bea.get(f"{SHOP}orders/{delivered(cast).pk}/amendments/new/").status_code == 422
    reader = Client()
    reader.force_login(cast.rita)
    order = accept_order(ordered(cast, {cast.mug: 1}, key="new"), actor=actor_of(cast.sally))
    assert reader.get(f"{MAKER}orders/{order.pk}/amendments/new/").status_code == 403


def test_what_has_to_be_approved_waits_inside_the_company_and_the_order_says_so_live(
    cast: Cast, bea: Client, sally: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    order, ann = accepted(cast), hire(cast, "ann")
    rule(cast, ann)
    line = order.lines.get().pk
    wanted = {f"line-{line}": "50", "reason": "Fair", "seen_seq": str(order.last_seq), "key": "form"}
    looked = words(amend(bea, order, "look", **wanted))
    assert "needs an approval inside your company before it is proposed. Ann" in looked
    assert "Ask for the approval" in looked
    assert "approval" not in words(amend(bea, order, "look", **{**wanted, f"line-{line}": "30"}))
    assert "approval" not in words(amend(sally, order, "look", MAKER, **wanted))
    with assert_live(bea, f"{SHOP}orders/{order.pk}/"):
        request = amend(bea, order, "propose", **wanted)["HX-Redirect"]
    assert "A change would be proposed to the seller. So the order would be:" in words(bea.get(request))
    assert "50 40 now" in words(bea.get(request))
    assert "waits for an approval inside your company" in words(bea.get(f"{SHOP}orders/{order.pk}/"))
    assert "approval" not in words(sally.get(f"{MAKER}orders/{order.pk}/"))
    with assert_live(bea, f"{SHOP}orders/{order.pk}/"), assert_live(sally, f"{MAKER}orders/{order.pk}/"):
        approve(Requisition.objects.get(), ann)
    change = order.amendments.get()
    withdraw_amendment(change, actor=actor_of(cast.bea))
    order.refresh_from_db()
    sellers = propose_change(
        order, Wanted(quantities={line: 50}), reason="x", seen_seq=order.last_seq, key="s", actor=actor_of(cast.sally)
    )
    with django_assert_max_num_queries(31 + LIVE_TWICE + WHO):
        page = words(bea.get(f"{SHOP}orders/{order.pk}/"))
    assert "Your yes needs an approval inside your company. Ann" in page
    assert "approval" not in words(sally.get(f"{MAKER}orders/{order.pk}/"))
    said = post(bea, order, f"amendments/{sellers.pk}/acceptance")
    assert "A change that the seller proposes would be agreed to." in words(bea.get(said["HX-Redirect"]))
    assert post(bea, order, f"amendments/{sellers.pk}/acceptance")["HX-Redirect"] == said["HX-Redirect"]


def test_the_other_side_sees_a_change_live(cast: Cast, bea: Client, sally: Client) -> None:
    order = accepted(cast)
    wanted = Wanted(quantities={order.lines.get().pk: 50}, requested_on=date(2030, 5, 1), ship_to={"city": "Hull"})
    with assert_live(sally, f"{MAKER}orders/{order.pk}/"):
        change = propose_change(order, wanted, reason="More", seen_seq=2, key="form", actor=actor_of(cast.bea))
    with assert_live(bea, f"{SHOP}orders/{order.pk}/"):
        accept_amendment(change, actor=actor_of(cast.sally))
    assert "Hull" in words(bea.get(f"{SHOP}orders/{order.pk}/"))


# --- A parcel's way --------------------------------------------------------------------------------------------------
def test_the_seller_notes_where_a_parcel_is_and_both_read_it_on_the_timeline(
    cast: Cast, bea: Client, sally: Client
) -> None:
    order = accepted(cast)
    shipment = dispatch_goods(
        order, cast.shelf, {order.lines.get().pk: 40}, Consignment("", ("RM1",)), key="s", actor=actor_of(cast.wes)
    )
    news = f"parcels/{shipment.parcels.get().pk}/news"
    wes = Client()
    wes.force_login(cast.wes)
    desk = words(wes.get(f"{MAKER}orders/{order.pk}/"))
    assert "News of parcel 1-1" in desk
    assert " Key " not in desk, "what is hidden has no label"
    for refused, why in (
        ({"at": "2096-01-01T10:00"}, "still to come"),
        ({"at": "yesterday"}, "Enter a valid date/time"),
        ({"status": "lost"}, "Select a valid choice"),
    ):
        answer = post(wes, order, news, MAKER, **{"status": "customs", "place": "Dover", "key": "k"} | refused)
        assert answer.status_code == 422
        assert why in words(answer)
        assert "Dover" in answer.content.decode(), "what was typed stays"
    for _ in range(2):
        said = words(post(wes, order, news, MAKER, status="customs", at="2026-03-02T10:00", place="Dover", key="k"))
    assert "Parcel 1-1: At customs Dover" in said
    seen = words(bea.get(f"{SHOP}orders/{order.pk}/"))
    assert seen.count("Parcel 1-1: At customs") == 1
    assert "At customs · Dover 2 Mar 2026, 10:00" in seen
    assert "News of parcel" not in seen
    assert post(bea, order, news, status="delivered", key="b").status_code == 403
    assert "Delivered" in words(post(wes, order, news, MAKER, status="delivered", key="k2"))
    order.refresh_from_db()
    assert order.commercial == "completed"


def test_the_seller_says_that_a_shipment_came_back_and_the_buyer_reads_it(cast: Cast, bea: Client) -> None:
    order = accepted(cast)
    lines = {order.lines.get().pk: 40}
    shipment = dispatch_goods(order, cast.shelf, lines, Consignment(), key="s", actor=actor_of(cast.wes))
    wes, end = Client(), f"shipments/{shipment.pk}/end"
    wes.force_login(cast.wes)
    assert "It doesn’t arrive" in words(wes.get(f"{MAKER}orders/{order.pk}/"))
    assert "It doesn’t arrive" not in words(bea.get(f"{SHOP}orders/{order.pk}/"))
    assert post(wes, order, end, MAKER, now="came_back", then="").status_code == 422
    said = words(post(wes, order, end, MAKER, now="came_back", then="again"))
    assert "Send from Stoke" in said
    assert "Shipment came back" in words(bea.get(f"{SHOP}orders/{order.pk}/"))
    assert post(bea, order, end, now="lost", then="off").status_code == 403


def test_whom_to_ask_at_a_changed_address_is_asked_and_read_by_both(cast: Cast, bea: Client, sally: Client) -> None:
    order = accept_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.sally))
    Order.objects.filter(pk=order.pk).update(ship_to={"city": "York", "contact": "Bea, 01904 1", "note": "Ring twice"})
    form = words(bea.get(f"{SHOP}orders/{order.pk}/amendments/new/"))
    assert ("Contact" in form, "Opening hours and notes" in form) == (True, True)
    amend(bea, order, "propose", city="Hull", contact="Max", reason="Moved")
    assert order.amendments.get().ship_to | {"country": ""} == {
        "recipient": "", "street": "", "postcode": "", "city": "Hull", "contact": "Max", "note": "Ring twice",
        "country": "",
    }  # fmt: skip
    assert "Hull · Max · Ring twice" in words(sally.get(f"{MAKER}orders/{order.pk}/"))
