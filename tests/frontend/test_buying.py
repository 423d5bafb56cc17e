"""Buying inside a company as pages: rules, requests and decisions; live, with htmx and without scripts."""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.orders.models import ApprovalRule, CartLine, Deputy, Order, Requisition, SpendingLimit
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.orders.ordering import fill_cart
from tests.orders.requisitions.asking import approve, ask, hire, limit, reject, rule

HTMX = {"HX-Request": "true"}
SHOP, MAKER = "/c/cornershop/", "/c/northfield/"
ADDRESS = {"recipient": "Corner Shop", "street": "1 High Street", "city": "Leeds", "postcode": "LS1 1AA"}


@pytest.fixture
def ann(cast: Cast) -> User:
    return hire(cast, "ann")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def submit(client: Client, cast: Cast, where: str = "requisitions", **more: str) -> Any:
    typed = {**ADDRESS, "key": "k", f"seen-{cast.mug.pk}": "295", **more}
    return client.post(f"{SHOP}cart/{where}/", typed, headers=HTMX)


# --- The cart --------------------------------------------------------------------------------------------------------
def test_the_cart_says_whose_approval_it_needs_and_why_before_it_is_sent(cast: Cast, ann: User) -> None:
    rule(cast, ann, from_minor=100_00)
    fill_cart(cast, {cast.mug: 40})
    page = browser(cast.bea).get(f"{SHOP}cart/")
    assert "Ann has to approve it: £100.00 or more." in words(page)
    assert "Ask for approval" in words(page)
    assert f'action="{SHOP}cart/requisitions/"' in page.content.decode()


def test_the_cart_says_what_is_left_of_the_month(cast: Cast) -> None:
    limit(cast, cast.bea, order=100_00, month=150_00)
    fill_cart(cast, {cast.mug: 1})
    page = words(browser(cast.bea).get(f"{SHOP}cart/"))
    assert "up to £100.00 at a time. This month £150.00 of your £150.00 are left (net)." in page


def test_a_cart_is_asked_for_and_the_browser_goes_there(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    fill_cart(cast, {cast.mug: 12})
    bea = browser(cast.bea)
    response = submit(bea, cast, po_number="PO-1")
    requisition = Requisition.objects.get()
    assert response["HX-Redirect"] == f"{SHOP}approvals/{requisition.pk}/"
    page = words(bea.get(response["HX-Redirect"]))
    assert "Ann has to approve it: every order." in page
    assert "PO-1" in page
    assert "Approve " not in page


def test_an_order_that_needs_an_approval_by_now_is_refused_and_can_be_asked_for(cast: Cast, ann: User) -> None:
    fill_cart(cast, {cast.mug: 12})
    rule(cast, ann)
    response = submit(browser(cast.bea), cast, "orders", po_number="PO-1")
    assert response.status_code == 422
    assert "This needs an approval first. Ann has to approve it" in words(response)
    assert 'value="PO-1"' in response.content.decode()
    assert f'action="{SHOP}cart/requisitions/"' in response.content.decode()


def test_what_is_withdrawn_stands_in_the_cart_with_all_that_was_typed(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    fill_cart(cast, {cast.mug: 12})
    bea = browser(cast.bea)
    submit(bea, cast, po_number="PO-<1>", note="Ring the bell", only_whole="on")
    requisition = Requisition.objects.get()
    answer = bea.post(f"{SHOP}approvals/{requisition.pk}/withdrawal/", headers=HTMX)
    cart = bea.get(answer["HX-Redirect"]).content.decode()
    assert all(each in cart for each in ('value="PO-&lt;1&gt;"', "Ring the bell", "1 High Street", 'value="12"'))
    assert 'id="checkout-only_whole" checked' in cart


# --- The approver ----------------------------------------------------------------------------------------------------
def test_an_approver_sees_what_waits_and_what_there_is_to_know(cast: Cast, ann: User) -> None:
    rule(cast, ann, from_minor=100_00)
    limit(cast, cast.bea, month=150_00)
    requisition = ask(cast, {cast.mug: 40, cast.kettle: 2})
    desk = browser(ann)
    assert "Waiting for you" in words(desk.get(f"{SHOP}approvals/"))
    assert "<b>1</b>" in desk.get(f"{SHOP}approvals/count/", headers=HTMX).content.decode()
    page = words(desk.get(f"{SHOP}approvals/{requisition.pk}/"))
    assert all(
        each in page for each in ("Bea asks to order", "85123A", "£122.40", "£150.00 of £150.00", "Your decision")
    )


def test_an_approval_orders_it_and_says_so(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    typed = {"step": requisition.steps.get().pk}
    page = words(browser(ann).post(f"{SHOP}approvals/{requisition.pk}/approval/", typed, headers=HTMX))
    assert "Approved and ordered" in page
    assert Order.objects.get().number in page


def test_a_rejection_needs_a_reason(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    desk, where = browser(ann), f"{SHOP}approvals/{requisition.pk}/rejection/"
    step = requisition.steps.get().pk
    assert desk.post(where, {"step": step, "reason": ""}, headers=HTMX).status_code == 422
    assert "Too dear" in words(desk.post(where, {"step": step, "reason": "Too dear"}, headers=HTMX))
    bea = browser(cast.bea)
    assert "Too dear" in words(bea.get(f"{SHOP}approvals/{requisition.pk}/"))
    assert bea.post(f"{SHOP}approvals/{requisition.pk}/return/", {"key": "x"}).status_code == 303
    assert CartLine.objects.get().quantity == 40


def test_who_comes_too_late_is_told(cast: Cast, ann: User) -> None:
    rule(cast)
    requisition = ask(cast, {cast.mug: 40})
    approve(requisition, cast.carl)
    typed = {"step": requisition.steps.get().pk}
    response = browser(ann).post(f"{SHOP}approvals/{requisition.pk}/approval/", typed, headers=HTMX)
    assert response.status_code == 409
    assert "Too late: “Approved and ordered”" in words(response)


def test_the_list_the_request_the_rules_and_the_cart_keep_themselves_true(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.plate: 12}, key="first")
    with assert_live(browser(ann), f"{SHOP}approvals/"):
        ask(cast, {cast.mug: 40})
    with assert_live(browser(ann), f"{SHOP}approvals/{requisition.pk}/"):
        reject(requisition, ann)
    with assert_live(browser(cast.carl), f"{SHOP}buying/"):
        rule(cast, from_minor=1)
    fill_cart(cast, {cast.mug: 1})
    with assert_live(browser(cast.bea), f"{SHOP}cart/"):
        limit(cast, cast.bea, order=1)


def test_pages_of_requests_cost_what_they_say(
    cast: Cast, ann: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rule(cast, ann)
    requisitions = [ask(cast, {cast.mug: n + 1, cast.plate: 12}, key=str(n)) for n in range(3)]
    desk = browser(ann)
    desk.get(f"{SHOP}approvals/")
    with django_assert_max_num_queries(16):
        desk.get(f"{SHOP}approvals/")
    with django_assert_max_num_queries(19):
        desk.get(f"{SHOP}approvals/{requisitions[0].pk}/")


@pytest.mark.parametrize("who", ["nora", "sally", "otto"])
def test_no_seller_sees_a_word_of_it(cast: Cast, ann: User, who: str) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    user = getattr(cast, who)
    seller, own = browser(user), f"/c/{actor_of(user).company_id and user.memberships.get().company.slug}/"
    assert seller.get(f"{SHOP}approvals/{requisition.pk}/").status_code == 404
    assert seller.get(f"{own}approvals/{requisition.pk}/").status_code in (403, 404)
    for page in ("sales/", "inventory/", f"inventory/skus/{cast.mug.pk}/", "inventory/export.csv"):
        said = "".join(map(str, seller.get(f"{own}{page}"))).lower()
        assert not [word for word in ("po-77", "ring the bell", "requisition", "cornershop") if word in said], page


# --- The rules -------------------------------------------------------------------------------------------------------
def test_an_owner_lays_down_rules_limits_and_deputies(cast: Cast, ann: User) -> None:
    carl = browser(cast.carl)
    typed = {"from_amount": "500", "currency": "GBP", "turn": "2", "approver": ann.pk, "category": cast.crockery.pk}
    assert carl.post(f"{SHOP}buying/rules/", typed).status_code == 303
    assert carl.post(f"{SHOP}buying/limits/", {"whose": "role-buyer", "per_month": "1,000", "currency": "GBP"})
    days = {"starts_on": "2026-12-01", "ends_on": "2099-12-31"}
    assert carl.post(f"{SHOP}buying/deputies/", {"approver": ann.pk, "deputy": cast.bea.pk, **days}).status_code == 303
    page = words(carl.get(f"{SHOP}buying/"))
    for said in ("Crockery in it, £500.00 or more", "Then: Ann", "Buyer £1,000.00 a month", "Bea for Ann"):
        assert said in page
    carl.post(f"{SHOP}buying/rules/{ApprovalRule.objects.get().pk}/removal/")
    carl.post(f"{SHOP}buying/deputies/{Deputy.objects.get().pk}/dismissal/")
    carl.post(f"{SHOP}buying/limits/", {"whose": "role-buyer", "currency": "GBP"})
    assert [each.objects.count() for each in (ApprovalRule, Deputy, SpendingLimit)] == [0, 0, 0]


@pytest.mark.parametrize("typed", ["-1", "many", "1e400", "NaN", "10000000000000"])
def test_an_amount_that_is_none_is_refused_beside_its_field_and_kept(cast: Cast, typed: str) -> None:
    given = {"from_amount": typed, "currency": "GBP", "turn": "1"}
    response = browser(cast.carl).post(f"{SHOP}buying/rules/", given)
    assert response.status_code == 422
    assert "is not an amount" in words(response)
    assert f'value="{typed}"' in response.content.decode()
    assert not ApprovalRule.objects.exists()


def test_an_approver_names_their_own_deputy_and_lays_down_nothing(cast: Cast, ann: User) -> None:
    desk, days = browser(ann), {"starts_on": "2026-12-01", "ends_on": "2099-12-31"}
    assert "New rule" not in words(desk.get(f"{SHOP}buying/"))
    assert desk.post(f"{SHOP}buying/rules/", {"currency": "GBP", "turn": "1"}).status_code == 403
    theirs = {"approver": cast.carl.pk, "deputy": cast.bea.pk, **days}
    assert desk.post(f"{SHOP}buying/deputies/", theirs).status_code == 403
    assert desk.post(f"{SHOP}buying/deputies/", {**theirs, "approver": ann.pk}).status_code == 303
    backwards = {**theirs, "approver": ann.pk, "ends_on": "2026-11-01"}
    assert "ends before it begins" in words(desk.post(f"{SHOP}buying/deputies/", backwards))
