"""Transfers and counts, as their pages show them and keep themselves true."""

from typing import Any

from django.test import Client

from backend.inventory.counts.actions import begin_count, enter_count, post_count
from backend.inventory.models import CountLine, CountSheet, StockLevel, Transfer
from backend.inventory.transfers.actions import Arrived, receive_transfer, send_transfer
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.routes import transfer_of

GRID = "/c/northfield/inventory/"
HTMX = {"HX-Request": "true"}


def entered(client: Client, user: object) -> Client:
    client.force_login(user)  # type: ignore[arg-type]
    return client


def begun(cast: Cast) -> CountSheet:
    return begin_count(cast.shelf, name="Spring", key="k", actor=actor_of(cast.wes))


def line_of(sheet: CountSheet, cast: Cast) -> CountLine:
    return sheet.lines.select_related("sku", "sheet").get(sku=cast.mug)


def enter(client: Client, line: CountLine, counted: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    url = f"{GRID}counts/{line.sheet_id}/lines/{line.pk}/"
    return client.post(url, {"counted": counted, "reason": "", "shown": line.version, **more}, headers=headers or HTMX)


# --- Transfers -------------------------------------------------------------------------------------------------------
def test_goods_are_asked_for_sent_and_received_on_their_pages(cast: Cast, client: Client) -> None:
    annexe = transfer_of(cast.shelf, cast.plate).target
    entered(client, cast.wes)
    form = {"source": cast.shelf.pk, "target": annexe.pk, "note": "Fair", "key": "k", "lines": 1}
    asked = client.post(f"{GRID}transfers/new/", {**form, "line0-code": "85123a", "line0-quantity": "100"})
    assert asked.status_code == 303
    transfer = Transfer.objects.latest("pk")
    line, page = transfer.lines.get(), f"{GRID}transfers/{transfer.pk}/"
    assert_sound(client.get(page))
    assert client.post(f"{page}sending/", {f"quantity-{line.pk}": "90"}).status_code == 303
    assert "90 on the way from Stoke to Annexe" in " ".join(client.get(GRID).content.decode().split())
    unexplained = client.post(f"{page}arrival/", {f"quantity-{line.pk}": "88", f"reason-{line.pk}": ""})
    assert unexplained.status_code == 422
    assert "say why" in unexplained.content.decode()
    assert 'value="88"' in unexplained.content.decode()
    done = client.post(f"{page}arrival/", {f"quantity-{line.pk}": "88", f"reason-{line.pk}": "broken"})
    assert done.status_code == 303
    shown = client.get(page)
    assert_sound(shown)
    assert "broken" in shown.content.decode()
    assert StockLevel.objects.get(item_id=cast.mug.pk, warehouse=annexe).on_hand == 88


def test_what_can_not_be_asked_for_is_kept_as_typed(cast: Cast, client: Client) -> None:
    entered(client, cast.wes)
    form = {"source": cast.shelf.pk, "target": cast.shelf.pk, "note": "Fair", "key": "k", "lines": 1}
    same = client.post(f"{GRID}transfers/new/", {**form, "line0-code": "85123A", "line0-quantity": "1"})
    assert same.status_code == 422
    assert "Choose another warehouse" in same.content.decode()
    unknown = client.post(f"{GRID}transfers/new/", {**form, "line0-code": "nope", "line0-quantity": "1"})
    assert "None of your SKUs has the code nope" in unknown.content.decode()
    assert 'value="Fair"' in unknown.content.decode()


def test_whoever_only_looks_gets_no_forms_and_may_do_nothing(cast: Cast, client: Client) -> None:
    page = f"{GRID}transfers/{transfer_of(cast.shelf, cast.mug).pk}/"
    shown = entered(client, cast.rita).get(page).content.decode()
    assert "sending/" not in shown
    assert client.post(f"{page}cancellation/").status_code == 403


def test_a_transfer_its_list_and_the_stock_move_live(cast: Cast, client: Client) -> None:
    transfer, wes = transfer_of(cast.shelf, cast.mug), actor_of(cast.wes)
    line = transfer.lines.get()
    entered(client, cast.rita)
    with (
        assert_live(client, f"{GRID}transfers/"),
        assert_live(client, f"{GRID}transfers/{transfer.pk}/"),
        assert_live(client, f"{GRID}skus/{cast.mug.pk}/"),
    ):
        send_transfer(transfer, {line.pk: 12}, actor=wes)
    with assert_live(client, f"{GRID}transfers/{transfer.pk}/"), assert_live(client, GRID):
        receive_transfer(transfer, {line.pk: Arrived(11, "one broken")}, actor=wes)


# --- Counts ----------------------------------------------------------------------------------------------------------
def test_a_count_is_begun_filled_and_posted_on_its_pages(cast: Cast, client: Client) -> None:
    entered(client, cast.wes)
    form = {"name": "Spring", "warehouse": cast.shelf.pk, "text": "mug", "key": "k"}
    assert client.post(f"{GRID}counts/", form).status_code == 303
    sheet = CountSheet.objects.get()
    page, line = f"{GRID}counts/{sheet.pk}/", line_of(sheet, cast)
    assert_sound(client.get(page))
    shown = enter(client, line, "290").content.decode()
    assert f'id="count_line-{line.pk}"' in shown
    assert "−10" in shown
    refused = client.post(f"{page}posting/", {"reason": ""})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    assert client.post(f"{page}posting/", {"reason": "breakage"}).status_code == 303
    assert StockLevel.objects.get(item_id=cast.mug.pk).on_hand == 290
    assert "posting/" not in client.get(page).content.decode()
    assert_sound(client.get(f"{GRID}counts/"))


def test_without_scripts_an_entry_leads_back_to_its_row(cast: Cast, client: Client) -> None:
    line = line_of(begun(cast), cast)
    response = enter(entered(client, cast.wes), line, "290", headers={"Accept": "text/html"})
    assert (response.status_code, response["Location"]) == (
        303,
        f"{GRID}counts/{line.sheet_id}/#count-row-{line.pk}",
    )
    refused = enter(client, line, "2.5", headers={"Accept": "text/html"}, shown="1")
    assert refused.status_code == 422
    assert 'value="2.5"' in refused.content.decode()


def test_who_counted_the_same_meanwhile_is_shown_and_may_be_overruled(cast: Cast, client: Client) -> None:
    line = line_of(begun(cast), cast)
    enter_count(line, 299, seen=0, actor=actor_of(cast.max))
    late = enter(entered(client, cast.wes), line, "298")
    assert late.status_code == 409
    assert "Somebody else counted 299" in late.content.decode()
    assert 'name="seen" value="1"' in late.content.decode()
    assert enter(client, line, "298", seen="1").status_code == 200


def test_what_others_count_and_post_arrives_on_every_page_of_it(cast: Cast, client: Client) -> None:
    sheet, wes = begun(cast), actor_of(cast.wes)
    page = f"{GRID}counts/{sheet.pk}/"
    with assert_live(entered(client, cast.rita), page):
        enter_count(line_of(sheet, cast), 290, reason="breakage", seen=0, actor=wes)
    with assert_live(client, page), assert_live(client, f"{GRID}counts/"):
        post_count(sheet, reason="", actor=wes)


def test_a_count_is_searched(cast: Cast, client: Client) -> None:
    page = f"{GRID}counts/{begun(cast).pk}/"
    found = entered(client, cast.wes).get(f"{page}?q=plate").content.decode()
    assert "White dinner plate" in found
    assert "Blue enamel mug" not in found.split("<main", 1)[1]
    assert "Nothing matches" in client.get(f"{page}?q=zebra").content.decode()
