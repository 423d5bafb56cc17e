"""Credit as pages: what the seller's finance sees live, and what the buyer sees at the checkout."""

import pytest
from django.test import Client

from backend.orders.actions import accept_order
from backend.orders.credit import queries
from backend.orders.credit.actions import CreditDraft, agree_credit, mark_paid
from backend.orders.models import CreditPolicy
from tests.cast import Cast, actor_of
from tests.frontend.test_buying import browser, words
from tests.live import assert_live
from tests.orders.amendments.test_money import forty_mugs, raise_to
from tests.orders.credit.test_credit import agree, credit_of, in_advance
from tests.orders.ordering import fill_cart, ordered, place

MAKER, SHOP = "/c/northfield/", "/c/cornershop/"


@pytest.fixture
def nora(cast: Cast) -> Client:
    return browser(cast.nora)


def test_the_seller_agrees_stops_and_resumes(cast: Cast, nora: Client) -> None:
    typed = {"customer": "Cornershop", "limit": "500", "currency": "GBP", "net_days": "14"}
    assert nora.post(f"{MAKER}credit/agreements/", typed).status_code == 303
    page = words(nora.get(f"{MAKER}credit/"))
    assert "Cornershop £500.00 £0.00 £500.00 14 days net" in page
    whose = {"customer": "cornershop", "currency": "GBP"}
    nora.post(f"{MAKER}credit/stops/", whose)
    assert "Stopped" in words(nora.get(f"{MAKER}credit/"))
    nora.post(f"{MAKER}credit/stops/", {**whose, "resume": "1"})
    assert "Stopped" not in words(nora.get(f"{MAKER}credit/"))
    assert nora.post(f"{MAKER}credit/stops/", {**whose, "customer": "eastwick"}).status_code == 404


def test_many_customers_are_read_by_pages_and_found_by_a_part_of_their_name(
    cast: Cast, nora: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LIST_SIZE", 1)
    for name in ("Cornershop", "Eastwick"):
        agree_credit(cast.northfield, name, CreditDraft("GBP", 500_00, 14), actor=actor_of(cast.nora))
    first, second = (words(nora.get(f"{MAKER}credit/?page={n}")) for n in (1, 2))
    assert ("Cornershop £500.00" in first, "Eastwick £500.00" in first, "1 to 1 of 2" in first) == (True, False, True)
    assert ("Cornershop £500.00" in second, "Eastwick £500.00" in second) == (False, True)
    stopped = nora.post(f"{MAKER}credit/stops/?page=2", {"customer": "eastwick", "currency": "GBP"})
    assert stopped["Location"] == f"{MAKER}credit/?page=2"
    assert "Stopped" in words(nora.get(stopped["Location"]))
    found = words(nora.get(f"{MAKER}credit/?q=WICK"))
    assert ("Eastwick £500.00" in found, "Cornershop £500.00" in found) == (True, False)
    assert "No customer is called so" in words(nora.get(f"{MAKER}credit/?q=nobody"))


def test_the_policy_is_kept_and_nonsense_is_refused_beside_its_field(cast: Cast, nora: Client) -> None:
    assert nora.post(f"{MAKER}credit/policy/", {"currency": "GBP", "net_days": "7"}).status_code == 303
    policy = CreditPolicy.objects.get()
    assert (policy.on_account, policy.limit_minor, policy.net_days) == (False, None, 7)
    typed = {"customer": "Nobody & Co", "limit": "-5", "currency": "GBP", "net_days": "0"}
    refused = nora.post(f"{MAKER}credit/agreements/", typed)
    assert refused.status_code == 422
    assert "is not an amount" in words(refused)
    unknown = nora.post(f"{MAKER}credit/agreements/", {**typed, "limit": "5", "net_days": "1"})
    assert "Nobody" in words(unknown)


def test_what_a_customer_owes_keeps_itself_true(cast: Cast, nora: Client) -> None:
    agree(cast, 500_00)
    with assert_live(nora, f"{MAKER}credit/"):
        order = ordered(cast, {cast.mug: 40})
    with assert_live(nora, f"{MAKER}credit/"):
        mark_paid(order, actor=actor_of(cast.nora))
    fill_cart(cast, {cast.mug: 1})
    with assert_live(browser(cast.bea), f"{SHOP}cart/"):
        agree(cast, 100_00)


def test_the_buyer_sees_what_is_left_and_chooses(cast: Cast, nora: Client) -> None:
    agree(cast, 100_00)
    fill_cart(cast, {cast.mug: 40})
    bea = browser(cast.bea)
    page = words(bea.get(f"{SHOP}cart/"))
    assert "On account, 14 days net" in page
    assert "£100.00 of your credit of £100.00 are left." in page
    typed = {"recipient": "C", "street": "1", "city": "L", "postcode": "1", "key": "k", f"seen-{cast.mug.pk}": "255"}
    refused = bea.post(f"{SHOP}cart/orders/", typed, headers={"HX-Request": "true"})
    assert (refused.status_code, "this needs 122.40 GBP" in words(refused)) == (422, True)
    by_transfer = {**typed, f"method-{cast.northfield.pk}": "prepaid"}
    placed = bea.post(f"{SHOP}cart/orders/", by_transfer, headers={"HX-Request": "true"})
    assert "Bank transfer in advance" in words(bea.get(placed["HX-Redirect"]))
    page = placed["HX-Redirect"].replace(SHOP, MAKER)
    assert "The money has come" in words(nora.get(page))
    assert "The money has come" not in words(nora.post(f"{page}payment/", headers={"HX-Request": "true"}))
    assert credit_of(cast).used.amount_minor == 0


def test_both_sides_see_that_goods_wait_for_the_money_and_that_it_has_come(cast: Cast, nora: Client) -> None:
    fill_cart(cast, {cast.mug: 40})
    order = place(cast, details=in_advance(cast)).orders.get()
    accept_order(order, actor=actor_of(cast.sally))
    bought, sold = f"{SHOP}orders/{order.pk}/", f"{MAKER}orders/{order.pk}/"
    bea = browser(cast.bea)
    assert "Northfield sends the goods once your bank transfer has come." in words(bea.get(bought))
    assert "Send from" not in words(nora.get(sold))
    assert "To be paid first" in words(nora.get(f"{MAKER}sales/"))
    with assert_live(bea, bought), assert_live(bea, f"{SHOP}orders/"), assert_live(nora, sold):
        mark_paid(order, actor=actor_of(cast.nora))
    assert "To be paid first" not in words(bea.get(bought))
    assert "Send from" in words(nora.get(sold))


def test_both_sides_see_live_that_a_paid_order_has_risen_and_by_how_much(cast: Cast, nora: Client) -> None:
    order, bea = forty_mugs(cast), browser(cast.bea)
    mark_paid(order, actor=actor_of(cast.nora))
    bought, sold = f"{SHOP}orders/{order.pk}/", f"{MAKER}orders/{order.pk}/"
    with assert_live(bea, bought), assert_live(nora, sold), assert_live(nora, f"{MAKER}sales/"):
        raise_to(cast, order, 50)
    for page in (words(bea.get(bought)), words(nora.get(sold))):
        assert "Partly paid" in page
        assert "More is to be paid" in page
        assert "Still to be paid £30.60" in page


@pytest.mark.parametrize(("who", "where", "status"), [("sally", MAKER, 403), ("bea", SHOP, 404), ("otto", MAKER, 404)])
def test_nobody_else_sees_it(cast: Cast, who: str, where: str, status: int) -> None:
    assert browser(getattr(cast, who)).get(f"{where}credit/").status_code == status
