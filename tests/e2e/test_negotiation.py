"""Two companies haggle, each in a browser of its own: what one says the other sees, in the same order."""

from dataclasses import replace
from decimal import Decimal

from playwright.sync_api import Page, Route, expect

from backend.accounts.models import User
from backend.catalog.models import Sku
from backend.core.money import Money, UnitPrice
from backend.negotiation.actions import make_offer
from backend.negotiation.enquiries.actions import Asked, Request, ask_for_offers
from backend.negotiation.models import Award, Entry, ReadMark, Revision, Room
from backend.negotiation.states import Audience, Board
from backend.negotiation.terms import OfferedLine, Terms
from tests.cast import Cast, actor_of
from tests.e2e.conftest import OpenPage
from tests.e2e.test_orders import ADDRESS as HOME
from tests.e2e.test_orders import PHONE
from tests.e2e.test_presence import GRACE_MS
from tests.e2e.test_stock_desk import SOON_MS, FreshSku, wait_until_live
from tests.negotiation.haggling import ADDRESS, in_days, new_key, offer, say


def a_room(cast: Cast, sku: Sku, by: User | None = None) -> Room:
    request = Request(f"{sku.code} for spring", [Asked(sku.pk, 100)], ship_to=ADDRESS)
    enquiry = ask_for_offers(request, key=new_key(), actor=actor_of(by or cast.bea))
    return Room.objects.with_parties().get(enquiry=enquiry)


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")


def said(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".stream[data-log] .said-message .said-text").all_inner_texts()]


def test_who_has_read_it_is_said_however_late_the_chats_script_comes(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    room = a_room(cast, fresh_sku())
    address = f"negotiations/{room.pk}/"
    shop = open_page(f"/c/cornershop/{address}", user=cast.bea)
    wait_until_live(shop)
    desk = open_page("/c/northfield/negotiations/", user=cast.sally)
    wait_until_live(desk)

    def come_late(route: Route) -> None:
        desk.wait_for_timeout(2_000)
        route.continue_()

    desk.route("**/chat*.js", come_late)
    desk.goto(f"/c/northfield/{address}", wait_until="commit")
    write(shop, "How soon could you send them?")
    expect(shop.locator("[data-typing-note]")).to_be_hidden()
    expect(desk.locator(".stream[data-log]")).to_contain_text("How soon", timeout=SOON_MS)
    expect(desk.locator("[data-seen]")).to_contain_text("Seen by Bea", timeout=SOON_MS)
    expect(desk.locator("[data-typing-note]")).to_be_hidden(timeout=SOON_MS)


def test_a_shop_and_its_supplier_talk_and_bargain(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    inbox = open_page("/c/northfield/negotiations/", user=cast.sally)
    wait_until_live(inbox)
    shop = open_page(f"/c/cornershop/catalogue/{jug.product_id}-{jug.product.slug}/", user=cast.bea, **PHONE)
    shop.get_by_role("link", name="Ask for an offer").click()
    shop.get_by_label("Quantity", exact=True).fill("120")
    for label, text in HOME.items():
        shop.get_by_label(label, exact=True).fill(text)
    shop.get_by_role("button", name="Ask for the offer").click()
    expect(shop.locator("h1")).to_contain_text(jug.product.name, timeout=SOON_MS)
    inbox.get_by_role("row").filter(has_text="Waits for you").filter(has_text=jug.product.name).get_by_role(
        "link"
    ).click(timeout=SOON_MS)
    desk = inbox
    wait_until_live(desk)
    wait_until_live(shop)

    write(shop, "How soon could you send them?")
    expect(desk.locator(".stream[data-log]")).to_contain_text("How soon", timeout=SOON_MS)
    desk.get_by_label("Message", exact=True).press_sequentially("Within")
    expect(shop.locator("[data-typing-note]")).to_contain_text("Sally is writing", timeout=SOON_MS)
    write(desk, "Within a week")
    expect(shop.locator(".stream[data-log]")).to_contain_text("Within a week", timeout=SOON_MS)
    expect(shop.locator("[data-pending] li")).to_have_count(0, timeout=SOON_MS)

    expect(desk.locator("[data-seen]")).to_contain_text("Seen by Bea", timeout=SOON_MS)
    desk.get_by_label("Each", exact=True).fill("2.40")
    desk.get_by_label("Freight").fill("15")
    desk.get_by_role("button", name="Put it on the table").click()
    expect(shop.locator(".offer-card")).to_contain_text("£303.00", timeout=SOON_MS)
    shop.get_by_text("Make a counter-offer").click(timeout=SOON_MS)
    shop.get_by_label("Each", exact=True).fill("2.25")
    shop.get_by_role("button", name="Put it on the table").click()
    expect(desk.locator(".offer-card del")).to_contain_text(["£2.40"], timeout=SOON_MS)
    expect(desk.locator("[data-topic^='room:']")).to_contain_text("The seller’s turn")
    assert said(desk) == said(shop) == ["How soon could you send them?", "Within a week"]
    desk.get_by_role("button", name="Accept offer 2 and order").click()
    shop.get_by_role("link", name="Open the order").click(timeout=SOON_MS)
    expect(shop.locator(".timeline")).to_contain_text("Order accepted", timeout=SOON_MS)
    expect(shop.locator("main")).to_contain_text("£2.25")


def test_what_is_written_survives_a_cut_and_a_reload_and_is_said_once(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    room = a_room(cast, fresh_sku())
    shop = open_page(f"/c/cornershop/negotiations/{room.pk}/", user=cast.bea)
    desk = open_page(f"/c/northfield/negotiations/{room.pk}/", user=cast.sally)
    wait_until_live(desk)
    wait_until_live(shop)
    shop.get_by_label("Message", exact=True).press_sequentially("Half a sentence")
    shop.reload()
    wait_until_live(shop)
    expect(shop.get_by_label("Message", exact=True)).to_have_value("Half a sentence")
    shop.context.set_offline(True)
    shop.get_by_label("Message", exact=True).press("Enter")
    expect(shop.locator("#trouble")).not_to_be_empty(timeout=SOON_MS)
    expect(shop.get_by_label("Message", exact=True)).to_have_value("Half a sentence")
    for n in range(5):
        say(cast, room, f"From the desk {n}", by=cast.sally)
    shop.context.set_offline(False)
    expect(shop.locator(".stream[data-log]")).to_contain_text("From the desk 4", timeout=SOON_MS)
    shop.get_by_label("Message", exact=True).press("Enter")
    expect(desk.locator(".stream[data-log]")).to_contain_text("Half a sentence", timeout=SOON_MS)
    expect(shop.locator("[data-pending] li")).to_have_count(0, timeout=SOON_MS)
    assert said(shop) == said(desk) == [*(f"From the desk {n}" for n in range(5)), "Half a sentence"]
    assert Entry.objects.filter(room=room, word="message").count() == 6
    expect(shop.get_by_label("Message", exact=True)).to_have_value("")
    shop.reload()
    expect(shop.get_by_label("Message", exact=True)).to_have_value("")
    shop.wait_for_timeout(1_000)
    assert ReadMark.objects.get(room=room, user=cast.bea).seq == 7


ENTER_AS_SOON_AS_THE_ANSWER_IS_THERE = """() => {
  const field = () => document.querySelector("[data-composer] textarea");
  const once = (name, act) => {
    const hear = ({ detail }) => {
      if (!detail.requestConfig?.elt.matches("[data-composer]")) return; // regions are asked for as well
      document.removeEventListener(name, hear);
      setTimeout(act);
    };
    document.addEventListener(name, hear);
  };
  once("htmx:beforeRequest", () => { field().value = "Two"; });
  once("htmx:afterSwap", () => {
    field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
  });
}"""


def test_what_was_typed_meanwhile_is_sent_by_the_first_key_after_the_answer(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    room = a_room(cast, fresh_sku())
    shop = open_page(f"/c/cornershop/negotiations/{room.pk}/", user=cast.bea)
    wait_until_live(shop)
    shop.evaluate(ENTER_AS_SOON_AS_THE_ANSWER_IS_THERE)
    write(shop, "One")
    expect(shop.locator(".stream[data-log] .said-message")).to_have_count(2, timeout=SOON_MS)
    assert said(shop) == ["One", "Two"]


def test_three_companies_meet_on_an_open_board_and_the_buyer_awards_in_part(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    twin = Sku.objects.create(company=cast.eastwick, product=jug.product, variant=jug.variant, code=f"E-{jug.code}")
    found = open_page("/c/eastwick/negotiations/open/", user=cast.otto)
    wait_until_live(found)
    request = Request(
        f"{jug.code} for all", [Asked(jug.pk, 100)], ship_to=ADDRESS, audience=Audience.VERIFIED, board=Board.OPEN
    )
    enquiry = ask_for_offers(request, key=new_key(), actor=actor_of(cast.bea))
    shop = open_page(f"/c/cornershop/negotiations/enquiries/{enquiry.pk}/", user=cast.bea)
    wait_until_live(shop)
    found.get_by_role("link", name=request.title).click(timeout=SOON_MS)
    found.get_by_role("button", name="Take part").click()
    expect(found.locator("h1")).to_contain_text(request.title, timeout=SOON_MS)
    wait_until_live(found)
    rooms = {room.seller_id: room for room in Room.objects.with_parties().filter(enquiry=enquiry)}
    bids = ((twin, cast.otto, "230"), (jug, cast.sally, "220"))
    for sku, by, pence in bids:
        lines = [OfferedLine(sku.pk, 100, UnitPrice(Decimal(pence)))]
        offer(cast, rooms[sku.company_id], by=by, lines=lines, may_split=True)
    expect(found.locator("[id^=room-rank]")).to_contain_text("2 of 2", timeout=SOON_MS)
    expect(shop.locator("#bids .is-best").first).to_contain_text("£2.20", timeout=SOON_MS)
    shop.get_by_label("Take of Northfield").fill("40")
    shop.get_by_role("button", name="Award and order").click()
    expect(shop.get_by_role("link", name="of Northfield")).to_be_visible(timeout=SOON_MS)
    expect(found.locator(".stream[data-log]")).to_contain_text("the buyer has decided otherwise", timeout=SOON_MS)
    assert Award.objects.get(room__enquiry=enquiry).quantity == 40


def test_five_people_read_one_order_and_a_counter_meets_one_that_is_being_written(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    """Two of each side, and another seller who was asked the same and hears nothing of it."""
    jug = fresh_sku()
    request = Request(f"{jug.code} for five", [Asked(jug.pk, 100), Asked(cast.kettle.pk, 5)], ship_to=ADDRESS)
    enquiry = ask_for_offers(request, key=new_key(), actor=actor_of(cast.bea))
    room, other = Room.objects.filter(enquiry=enquiry).with_parties().order_by("seller__slug").reverse()
    ours, theirs = f"/c/cornershop/negotiations/{room.pk}/", f"/c/northfield/negotiations/{room.pk}/"
    bea, carl = (open_page(ours, user=user) for user in (cast.bea, cast.carl))
    sally, nora = (open_page(theirs, user=user) for user in (cast.sally, cast.nora))
    otto = open_page(f"/c/eastwick/negotiations/{other.pk}/", user=cast.otto)
    everybody = [bea, carl, sally, nora]
    for page in (*everybody, otto):
        wait_until_live(page)
    for n, page in enumerate(everybody * 2):
        write(page, f"Message {n}")
    for page in everybody:
        expect(page.locator(".stream[data-log] .said-message")).to_have_count(8, timeout=SOON_MS)
    assert len({tuple(said(page)) for page in everybody}) == 1
    assert sorted(said(bea)) == [f"Message {n}" for n in range(8)]
    assert said(otto) == []

    carl.get_by_label("Message", exact=True).press_sequentially("I am")
    expect(sally.locator("[data-typing-note]")).to_contain_text("Carl", timeout=SOON_MS)
    expect(sally.locator("[data-here]")).to_contain_text("Carl")
    carl.close()
    expect(sally.locator("[data-typing-note]")).not_to_contain_text("Carl", timeout=SOON_MS)
    expect(sally.locator("[data-here]")).not_to_contain_text("Carl", timeout=GRACE_MS)

    offered = Terms(lines=[OfferedLine(jug.pk, 100, UnitPrice(Decimal(240)))], freight=Money(0), valid_until=in_days(7))
    make_offer(room, offered, answers=0, key=new_key(), actor=actor_of(cast.sally))
    bea.get_by_text("Make a counter-offer").click(timeout=SOON_MS)
    bea.get_by_label("Each", exact=True).fill("2.11")
    make_offer(room, replace(offered, freight=Money(900)), answers=1, key=new_key(), actor=actor_of(cast.nora))
    expect(bea.locator(".offer-card")).to_have_count(2, timeout=SOON_MS)
    expect(bea.get_by_label("Each", exact=True)).to_have_value("2.11")
    bea.get_by_role("button", name="Put it on the table").click()
    expect(bea.get_by_text("Offer 2 is on the table now; you answered 1")).to_be_visible(timeout=SOON_MS)
    expect(bea.get_by_label("Each", exact=True)).to_have_value("2.11")
    bea.get_by_role("button", name="Put it on the table").click()
    expect(nora.locator(".offer-card").last).to_contain_text("£2.11", timeout=SOON_MS)
    assert list(Revision.objects.filter(room=room).values_list("answers", flat=True)) == [0, 1, 2]
    assert otto.locator(".offer-card").count() == 0
