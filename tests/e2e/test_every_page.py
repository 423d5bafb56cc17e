"""Every page, in light, on a phone, and dark from right to left: axe finds nothing, and nothing is too wide."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from backend.accounts.models import Company
from backend.catalog.audiences.actions import fill_assortment
from backend.catalog.audiences.goods import Goods, How
from backend.catalog.lists.sheets.actions import send_sheet
from backend.catalog.models import Assortment, Sku
from backend.catalog.transfer.running import run_to_its_end
from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.packing.actions import pack_goods
from backend.logistics.steps import Consignment
from backend.negotiation.models import Notice
from backend.negotiation.states import Audience
from backend.orders.actions import accept_order
from backend.orders.amendments.actions import request_cancellation
from backend.orders.quick.actions import paste_table
from backend.orders.returns.actions import approve_return, request_return
from backend.orders.returns.receiving.actions import receive_return
from tests.cast import Cast, actor_of, make_sku
from tests.e2e.conftest import OpenPage
from tests.negotiation.haggling import enquire, offer, open_room
from tests.orders.ordering import ordered
from tests.orders.test_reordering import keep
from tests.routes import (
    address_of,
    assortment_of,
    change_of,
    count_of,
    held_of,
    import_of,
    incoming_of,
    list_of,
    lot_of,
    order_of,
    part_number_of,
    requisition_of,
    standing_of,
    transfer_of,
)

STOCK = "/c/northfield/inventory/"
NOWHERE = "/no-such-page/"
MUG = "/products/{product}-blue-enamel-mug/"
PAGES: dict[str, list[str]] = {
    "": ["/", "/catalogue/", "/catalogue/?q=nothing+like+it", MUG, NOWHERE],
    "bea": [
        "/catalogue/?q=mug",
        MUG,
        "/catalogue/searches/",
        "/c/cornershop/cart/",
        "/c/cornershop/quick-order/",
        "/c/cornershop/standing-orders/",
        "/c/cornershop/standing-orders/new/",
        "/c/cornershop/standing-orders/{standing}/",
        "/c/cornershop/standing-orders/{standing}/edit/",
        "/c/cornershop/order-templates/",
        "/c/cornershop/order-templates/{template}/",
        "/c/cornershop/orders/{order}/again/",
        "/c/cornershop/orders/",
        "/c/cornershop/orders/{order}/",
        "/c/cornershop/orders/{changed}/",
        "/c/cornershop/orders/{sent}/amendments/new/",
        "/c/cornershop/returns/",
        "/c/cornershop/negotiations/",
        "/c/cornershop/negotiations/{room}/",
        "/c/cornershop/negotiations/{room}/search/?q=mug",
        "/c/cornershop/negotiations/{room}/at/1/",
        "/c/cornershop/negotiations/{room}/whole/",
        "/c/cornershop/negotiations/{room}/report/",
        "/c/cornershop/negotiations/blocks/",
        "/c/cornershop/negotiations/enquiries/{enquiry}/",
        "/c/cornershop/negotiations/enquiries/new/?sku={sku}",
    ],
    "carl": ["/c/cornershop/approvals/", "/c/cornershop/approvals/{requisition}/", "/c/cornershop/buying/"],
    "nora": [
        STOCK,
        f"{STOCK}?q=nothing+like+it",
        f"{STOCK}skus/{{sku}}/",
        f"{STOCK}receipts/new/",
        f"{STOCK}low/",
        f"{STOCK}incoming/",
        f"{STOCK}incoming/{{incoming}}/",
        f"{STOCK}lots/?days=3660",
        f"{STOCK}lots/{{lot}}/",
        f"{STOCK}transfers/",
        f"{STOCK}transfers/new/",
        f"{STOCK}transfers/{{transfer}}/",
        f"{STOCK}counts/",
        f"{STOCK}counts/{{sheet}}/",
        f"{STOCK}warehouses/",
        f"{STOCK}warehouses/{{warehouse}}/",
        "/c/northfield/products/",
        "/c/northfield/products/new/",
        *(f"/c/northfield/products/{{product}}/{part}" for part in ("", "edit/", "media/")),
        "/c/northfield/products/imports/",
        "/c/northfield/products/imports/{import}/",
        "/c/northfield/offers/new/",
        "/c/northfield/offers/{sku}/",
        "/c/northfield/terms/",
        "/c/northfield/changes/",
        "/c/northfield/changes/{change}/",
        *(
            f"/c/northfield/prices/{part}"
            for part in (
                "",
                "new/",
                "offers/{sku}/",
                "{list}/",
                "{list}/sheet/",
                "groups/",
                "assortments/",
                "assortments/{assortment}/",
                "territories/",
            )
        ),
        "/c/northfield/prices/preview/",
        "/c/northfield/sales/",
        "/c/northfield/credit/",
        "/c/northfield/orders/{order}/",
        "/c/northfield/orders/{changed}/",
        "/c/northfield/orders/{returned}/",
        "/c/northfield/orders/{sent}/",
        "/c/northfield/orders/{sent}/shipments/{packed}/packing-list/",
        "/c/northfield/returns/",
        "/c/northfield/negotiations/{room}/",
        "/c/northfield/negotiations/open/",
        "/c/northfield/negotiations/open/{notice}/",
        "/c/northfield/negotiations/floors/",
        "/c/northfield/negotiations/approvals/",
        "/c/northfield/negotiations/replies/",
        "/c/northfield/negotiations/automatic/",
        "/c/northfield/part-numbers/",
        "/c/northfield/members/",
        "/c/northfield/name/",
        "/c/northfield/addresses/",
        "/c/northfield/addresses/{address}/",
        "/c/northfield/roles/",
        "/c/northfield/tokens/",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/sessions/",
    ],
    "otto": ["/c/eastwick/offers/new/terms/?variant={variant}", "/c/eastwick/catalogue/{product}-blue-enamel-mug/"],
    "nick": ["/c/newcomer/inventory/", "/c/newcomer/products/"],
    "rita": [STOCK],
    "olga": [
        "/c/platform/companies/",
        "/c/platform/categories/",
        "/c/platform/categories/{category}/",
        "/c/platform/synonyms/",
        "/c/platform/reports/",
        "/c/platform/disputes/",
        "/c/platform/live/",
        "/c/platform/watch/",
        "/c/platform/floor/",
        "/c/platform/floor/orders/{order}/",
    ],
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "phone": {"viewport": {"width": 320, "height": 640}},
    "arabic": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "locale": "ar"},
}


def asked_of(cast: Cast) -> dict[str, int]:
    """What stands in the addresses; and somebody else sells the mug, too."""
    variant = cast.mug.variant_id
    Sku.objects.get_or_create(company=cast.newcomer, variant_id=variant, product=cast.mug.product, code="N-MUG")
    return {
        "address": address_of(cast.northfield).pk,
        "number": part_number_of(cast.northfield, cast.kettle).pk,
        "product": cast.mug.product_id,
        "sku": cast.mug.pk,
        "variant": variant,
        "category": cast.crockery.pk,
        "requisition": requisition_of(cast.cornershop).pk,
        "warehouse": cast.shelf.pk,
        "import": import_of(cast.northfield).pk,
        "change": change_of(cast.mug.product).pk,
        "list": list_of(cast.northfield).pk,
        "assortment": full_assortment_of(cast).pk,
        "template": keep(cast, {cast.plate: 30, cast.mug: 1}).pk,
        "standing": standing_of(cast.cornershop).pk,
        "transfer": transfer_of(cast.shelf, cast.mug).pk,
        "incoming": incoming_of(cast.shelf, cast.mug).pk,
        "lot": lot_of(cast.mug).pk,
        "sheet": count_of(cast.shelf, cast.mug).sheet_id,
    }


def full_assortment_of(cast: Cast) -> Assortment:
    """One that is for nobody, with something in it."""
    found = assortment_of(cast.northfield)
    fill_assortment(found, Goods(category_id=cast.crockery.pk), How.ADD, actor=actor_of(cast.sally))
    return found


def overflow(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


CUT = """[...document.querySelectorAll("main *")].filter((one) => {
  const { overflowX, textOverflow } = getComputedStyle(one);
  const cuts = (overflowX === "clip" || overflowX === "hidden") && textOverflow !== "ellipsis";
  const isMeant = one.closest(".hidden, .visually-hidden") || one.matches("input, select, textarea");
  return cuts && !isMeant && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1;
}).map((one) => `${one.className}: ${one.scrollWidth - one.clientWidth} px are cut off`)"""


def wrong_with(page: Page, look: str) -> list[str]:
    """axe takes a second a page, and what it says does not change with the window's width."""
    rules = [] if look == "phone" else Axe().run(page).response["violations"]
    found = [f"{rule['id']} {[node['html'] for node in rule['nodes']]}" for rule in rules] + page.evaluate(CUT)
    return [*found, f"{overflow(page)} px too wide"] if overflow(page) > 0 else found


@pytest.fixture(scope="module")
def orders(cast: Cast) -> dict[str, int]:
    """Orders that wait, have an open change, are accepted, and have goods that come back."""
    waiting = order_of(cast.northfield, cast.cornershop)
    jug = make_sku("Tall jug", "J900", cast.crockery, cast.shelf, on_hand=10)
    changed, sent, returned = (
        accept_order(ordered(cast, {jug: 2}, key=f"page {n}"), actor=actor_of(cast.sally)) for n in range(3)
    )
    request_cancellation(changed, {}, reason="Too late", key="page c", actor=actor_of(cast.bea))
    lines = {returned.lines.get().pk: 2}
    shipment = dispatch_goods(returned, cast.shelf, lines, Consignment(), key="page s", actor=actor_of(cast.wes))
    confirm_delivery(shipment, actor=actor_of(cast.bea))
    goods = request_return(returned, lines, reason="Chipped", key="page r", actor=actor_of(cast.bea))
    approve_return(goods, actor=actor_of(cast.sally))
    came = {goods.lines.get().pk: 1}
    receive_return(goods, cast.shelf, came, key="page came", actor=actor_of(cast.wes))
    packed = pack_goods(sent, cast.shelf, {sent.lines.get().pk: 1}, key="page p", actor=actor_of(cast.wes)).pk
    return {"order": waiting.pk, "changed": changed.pk, "sent": sent.pk, "returned": returned.pk, "packed": packed}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_is_too_wide(
    cast: Cast, open_page: OpenPage, orders: dict[str, int], look: str
) -> None:
    trouble: list[str] = []
    room = open_room(cast)
    offer(cast, room)
    held_of(cast.cornershop, cast.mug)
    notice = Notice.objects.get(enquiry=enquire(cast, audience=Audience.VERIFIED))
    known = {**asked_of(cast), **orders, "room": room.pk, "enquiry": room.enquiry_id, "notice": notice.pk}
    paste_table([["SKU", "Qty"], ["22114", "30"], ["85123A", "1"]], key="axe", actor=actor_of(cast.bea))
    sheet = send_sheet(
        list_of(cast.northfield), "prices", [b"SKU,Price\n85123A,2.40\nX,1\n"], actor=actor_of(cast.nora)
    )
    run_to_its_end(sheet.pk)
    for who, paths in PAGES.items():
        page = open_page("/", user=getattr(cast, who) if who else None, **LOOKS[look])
        for path in paths:
            answer = page.goto(path.format_map(known))
            assert answer is not None
            if answer.status != (404 if path == NOWHERE else 200):
                trouble.append(f"{who} {path}: answered {answer.status}")
            trouble += [f"{who} {path}: {what}" for what in wrong_with(page, look)]
        page.context.close()
    assert trouble == []


def test_a_form_that_was_refused_is_as_accessible_as_before(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/c/northfield/products/new/", user=cast.nora)
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    assert Axe().run(page).response["violations"] == []


def test_arabic_reads_from_right_to_left(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/catalogue/", user=cast.bea, locale="ar")
    root = page.locator("html")
    expect(root).to_have_attribute("dir", "rtl")
    expect(root).to_have_attribute("lang", "ar")
    mark, menu = page.locator(".mark").bounding_box(), page.locator(".menu").bounding_box()
    assert mark is not None
    assert menu is not None
    assert mark["x"] > menu["x"], "the wordmark stands where reading begins"
    page.get_by_role("button", name="English").click()
    expect(root).to_have_attribute("dir", "ltr")
    expect(page).to_have_url(page.url)


def test_why_a_price_is_what_it_is_opens_in_its_row_of_the_catalogue(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/catalogue/?q=mug", user=cast.bea)
    why = page.locator(".good .why").first
    why.locator("summary").click()
    expect(why.locator("dl").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/catalogue/\?q=mug$"))


def test_a_company_with_a_long_name_leaves_room_for_its_tabs(cast: Cast, open_page: OpenPage) -> None:
    name = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Household Goods and Sundries"
    Company.objects.filter(pk=cast.newcomer.pk).update(name=name)
    page = open_page("/c/newcomer/members/", user=cast.nick, viewport={"width": 390, "height": 844})
    assert overflow(page) <= 0
    expect(page.locator(".tabs a[aria-current]")).to_be_in_viewport(ratio=1)
    Company.objects.filter(pk=cast.newcomer.pk).update(name=cast.newcomer.name)


def test_twice_the_text_still_fits(cast: Cast, open_page: OpenPage) -> None:
    """200 % zoom of a 1280 px window is a window of 640 px."""
    for path in ("/catalogue/", "/"):
        page = open_page(path, viewport={"width": 640, "height": 480})
        assert overflow(page) <= 0


def test_the_menu_and_the_search_answer_to_the_keyboard(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/c/northfield/inventory/", user=cast.nora)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    menu = page.locator("details.menu")
    menu.locator("summary").press("Enter")
    expect(menu.get_by_role("link", name="Your account")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Your account")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Search the catalogue")).to_be_focused()
