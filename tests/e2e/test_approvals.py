"""A shop's buyer asks on a telephone; the approver's desk shows it arriving; the seller hears of the order alone."""

import pytest
from playwright.sync_api import expect

from backend.accounts.models import Company, CompanyKind, Membership, User
from backend.accounts.roles import Role
from backend.accounts.states import CompanyStatus
from backend.orders.models import ApprovalRule
from tests.cast import Cast, make_person
from tests.e2e.conftest import OpenPage
from tests.e2e.test_orders import ADDRESS, PHONE
from tests.e2e.test_stock_desk import SOON_MS, FreshSku, wait_until_live

BRIGHTSIDE = "/c/brightside/"


@pytest.fixture
def brightside(cast: Cast) -> dict[str, User]:
    """A shop of its own, in which Ann approves what Ben orders for 50.00 or more."""
    kind, status = CompanyKind.RETAILER, CompanyStatus.APPROVED
    company = Company.objects.create(name="Brightside", slug="brightside", kind=kind, status=status, country="GB")
    people = {name: make_person(f"{name}@brightside.example") for name in ("ann", "ben")}
    for name, role in {"ann": Role.OWNER, "ben": Role.BUYER}.items():
        Membership.objects.create(user=people[name], company=company, role=role)
    ApprovalRule.objects.create(company=company, approver=people["ann"], from_minor=50_00)
    return people


def test_a_request_arrives_is_approved_and_the_order_arrives_at_the_sellers(
    cast: Cast, brightside: dict[str, User], open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    sales = open_page("/c/northfield/sales/", user=cast.nora)
    desk = open_page(f"{BRIGHTSIDE}approvals/", user=brightside["ann"])
    shop = open_page(f"{BRIGHTSIDE}catalogue/{jug.product_id}-{jug.product.slug}/", user=brightside["ben"], **PHONE)
    for page in (sales, desk):
        wait_until_live(page)
    rows = sales.locator("#orders tbody tr")
    before = rows.count()
    expect(desk.locator("#requisitions-count b")).to_have_count(0)

    shop.get_by_label("Quantity", exact=True).fill("24")
    shop.get_by_role("button", name="Put into the cart").click()
    shop.get_by_role("link", name="Open the cart").click()
    expect(shop.get_by_text("Ann has to approve it: £50.00 or more.")).to_be_visible(timeout=SOON_MS)
    for label, text in ADDRESS.items():
        shop.get_by_label(label, exact=True).fill(text)
    shop.get_by_role("button", name="Ask for approval").click()
    expect(shop.get_by_role("heading", level=1)).to_have_text("Ben asks to order", timeout=SOON_MS)
    wait_until_live(shop)

    expect(desk.locator("#requisitions-count b")).to_have_text("1", timeout=SOON_MS)
    desk.get_by_role("link", name="Ben").click(timeout=SOON_MS)
    assert rows.count() == before, "the seller hears nothing of a request"
    desk.get_by_role("button", name="Approve", exact=True).click()
    expect(shop.locator("#requisition-page")).to_contain_text("Approved and ordered", timeout=SOON_MS)
    expect(rows).to_have_count(before + 1, timeout=SOON_MS)
    expect(rows.first).to_contain_text("Brightside")
