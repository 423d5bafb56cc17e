"""Two colleagues at one stock grid, each in a browser of their own: who else is here, and whose hands are on a row."""

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from backend.catalog.models import Sku
from tests.cast import Cast
from tests.e2e.conftest import OpenPage

FreshSku = Callable[..., Sku]
GRID = "/c/northfield/inventory/"
SOON_MS = 15_000
GRACE_MS = 30_000


def others(page: Page) -> Locator:
    return page.locator("[data-here]")


def note(page: Page, sku: Sku) -> Locator:
    return page.locator(f'[data-typing="stock_level:{sku.pk}"] [data-typing-note]')


def count_field(page: Page, cast: Cast, sku: Sku) -> Locator:
    return page.locator(f"#count-{sku.pk}-{cast.shelf.pk} input[name=quantity]")


def test_colleagues_see_each_other_come_reload_and_go(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    path = f"{GRID}?q={fresh_sku().code}"
    rita, sally = open_page(path, user=cast.rita), open_page(path, user=cast.sally)
    expect(others(rita)).to_contain_text("Sally", timeout=SOON_MS)
    expect(others(sally)).to_contain_text("Rita", timeout=SOON_MS)
    expect(others(rita)).not_to_contain_text("Rita")
    texts = watch(others(rita))
    sally.reload()
    expect(others(sally)).to_contain_text("Rita", timeout=SOON_MS)
    nora = open_page(path, user=cast.nora)
    expect(others(rita)).to_contain_text("Nora", timeout=SOON_MS)
    assert all("Sally" in text for text in texts()), "a reload is no leave"
    assert Axe().run(rita).response["violations"] == []
    sally.close()
    expect(others(rita)).not_to_contain_text("Sally", timeout=GRACE_MS)
    expect(others(rita)).to_contain_text("Nora")
    nora.close()
    expect(others(rita)).to_be_hidden(timeout=GRACE_MS)


def watch(place: Locator) -> Callable[[], list[str]]:
    """Every text that the place shows from now on."""
    place.evaluate(
        "place => { place.texts = [];"
        " new MutationObserver(() => place.texts.push(place.textContent)).observe(place, { childList: true }) }"
    )
    return lambda: place.evaluate("place => place.texts")


def test_a_row_says_who_is_at_it_and_stops_when_they_are_done(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug, bowl = fresh_sku(name="Presence jug"), fresh_sku(name="Presence bowl")
    wes, max_ = (open_page(f"{GRID}?q=presence", user=user) for user in (cast.wes, cast.max))
    expect(others(wes)).to_contain_text("Max", timeout=SOON_MS)
    expect(others(max_)).to_contain_text("Wes", timeout=SOON_MS)
    count_field(max_, cast, jug).fill("12")
    expect(note(wes, jug)).to_have_text("Max is editing", timeout=SOON_MS)
    expect(note(wes, bowl)).to_be_hidden()
    expect(note(max_, jug)).to_be_hidden()
    count_field(max_, cast, bowl).focus()
    expect(note(wes, bowl)).to_have_text("Max is editing", timeout=SOON_MS)
    expect(note(wes, jug)).to_have_text("Max is editing")
    assert Axe().run(wes).response["violations"] == []
    count_field(max_, cast, jug).press("Enter")
    expect(wes.locator(f"#stock_level-{jug.pk}")).to_contain_text("12", timeout=SOON_MS)
    max_.locator("h1").click()
    for sku in (jug, bowl):
        expect(note(wes, sku)).to_be_hidden(timeout=SOON_MS)
    count_field(max_, cast, bowl).fill("3")
    expect(note(wes, bowl)).to_be_visible(timeout=SOON_MS)
    max_.close()
    expect(note(wes, bowl)).to_be_hidden(timeout=SOON_MS)


def test_the_page_of_a_sku_and_the_grid_tell_each_other(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    wes = open_page(f"{GRID}?q={jug.code}", user=cast.wes)
    max_ = open_page(f"{GRID}skus/{jug.pk}/", user=cast.max)
    max_.get_by_label("By", exact=True).fill("-12")
    expect(note(wes, jug)).to_have_text("Max is editing", timeout=SOON_MS)
    count_field(wes, cast, jug).focus()
    expect(note(max_, jug)).to_have_text("Wes is editing", timeout=SOON_MS)
    expect(note(wes, jug)).to_have_attribute("aria-live", "polite")


def test_it_is_said_in_arabic_and_a_name_is_text(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    cast.sally.name = "<b>Sally</b>"
    cast.sally.save()
    rita = open_page(f"{GRID}?q={jug.code}", user=cast.rita, locale="ar")
    sally = open_page(f"{GRID}?q={jug.code}", user=cast.sally)
    expect(others(rita)).to_have_text("هنا أيضًا: <b>Sally</b>", timeout=SOON_MS)
    sally.locator(f"#disclosure-{jug.pk} select").focus()
    expect(note(rita, jug)).to_have_text("قيد التعديل: <b>Sally</b>", timeout=SOON_MS)
    cast.sally.name = "Sally"
    cast.sally.save()


def test_a_company_next_door_is_told_nothing(cast: Cast, open_page: OpenPage) -> None:
    otto = open_page("/c/eastwick/inventory/", user=cast.otto)
    nora = open_page(GRID, user=cast.nora)
    max_ = open_page(GRID, user=cast.max)
    expect(others(nora)).to_contain_text("Max", timeout=SOON_MS)
    expect(others(max_)).to_contain_text("Nora", timeout=SOON_MS)
    expect(others(otto)).to_be_hidden()
