"""The lists around negotiations, standing orders and what operators decide go out as files that say what they show."""

import csv
import io
from decimal import Decimal

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from backend.catalog import queries
from backend.catalog.search.models import Synonym
from backend.core.money import UnitPrice
from backend.negotiation.floors.actions import FloorDraft, set_floor
from backend.negotiation.moderation.actions import report
from backend.negotiation.moderation.states import Reason
from backend.negotiation.states import Audience
from tests.cast import Cast, actor_of
from tests.negotiation.haggling import enquire, offer, open_room, say
from tests.routes import answer_rule_of, block_of, change_of, dispute_of, held_of, import_of, order_of, standing_of

NORTHFIELD, CORNERSHOP, MARKET = "/c/northfield/", "/c/cornershop/", "/c/platform/"


def table(client: Client, url: str, user: object) -> list[list[str]]:
    """The rows below the titles; the same ones stand in the workbook, and the list's page leads to both."""
    client.force_login(user)  # type: ignore[arg-type]
    page, _, query = url.partition("?")
    assert f'href="{page}export.xlsx' in client.get(url).content.decode()
    _titles, *rows = csv.reader(io.StringIO(client.get(f"{page}export.csv?{query}").getvalue().decode("utf-8-sig")))
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{page}export.xlsx?{query}").getvalue()))
    assert len(book.get_sheet_by_index(0).to_python()) == len(rows) + 1
    return rows


def test_both_sides_take_out_their_inbox_as_it_is_narrowed(cast: Cast, client: Client) -> None:
    room = open_room(cast)
    say(cast, room, "=cmd")
    (row,) = table(client, f"{NORTHFIELD}negotiations/", cast.sally)
    assert row[:5] == [room.enquiry.number, "Mugs for spring", "Cornershop", "The seller’s turn", "yes"]
    assert row[-2:] == ["2", "no"], "unread, and whether it waits for an approval"
    assert [row[2] for row in table(client, f"{CORNERSHOP}negotiations/?q=spring", cast.bea)] == ["Northfield"]
    assert client.get(f"{CORNERSHOP}negotiations/export.csv?turn=ended").getvalue().count(b"\n") == 1


def test_a_list_longer_than_its_page_goes_out_whole(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {enquire(cast).number for _ in range(3)}
    monkeypatch.setattr(queries, "EXPORTED_AT_ONCE", 2)
    assert {row[0] for row in table(client, f"{CORNERSHOP}negotiations/", cast.bea)} == numbers


def test_offers_side_by_side_are_a_row_for_each_line_and_seller(cast: Cast, client: Client) -> None:
    room = open_room(cast)
    offer(cast, room, "240")
    ((wanted, quantity, _about, seller, _status, offered, each, best, *rest),) = table(
        client, f"{CORNERSHOP}negotiations/enquiries/{room.enquiry_id}/", cast.bea
    )
    assert (quantity, seller, offered, each, best) == ("100", "Northfield", "100", "2.40", "yes")
    assert "mug" in wanted
    assert "255.00" in rest
    client.force_login(cast.sally)
    assert client.get(f"{NORTHFIELD}negotiations/enquiries/{room.enquiry_id}/export.csv").status_code == 404


def test_what_a_seller_alone_knows_of_his_offers(cast: Cast, client: Client) -> None:
    desk = f"{NORTHFIELD}negotiations/"
    set_floor(cast.northfield, FloorDraft("85123A", min_price=UnitPrice(Decimal(220))), actor=actor_of(cast.nora))
    held_of(cast.cornershop, cast.mug)
    answer_rule_of(cast.northfield)
    block_of(cast.northfield, cast.cornershop)
    assert table(client, f"{desk}floors/", cast.nora) == [["85123A", "Blue enamel mug", "", "2.20", "GBP", ""]]
    ((_about, buyer, _who, _status, code, *_rest),) = table(client, f"{desk}approvals/", cast.nora)
    assert (buyer, code) == ("Cornershop", "85123A")
    assert [row[0] for row in table(client, f"{desk}automatic/", cast.nora)] == ["Small"]
    assert [row[0] for row in table(client, f"{desk}blocks/", cast.nora)] == ["Cornershop"]
    client.force_login(cast.wes)
    for name in ("floors", "approvals", "automatic", "automatic/runs"):
        assert client.get(f"{desk}{name}/export.csv").status_code == 403, name


def test_open_enquiries_are_a_row_for_each_thing_that_is_wanted(cast: Cast, client: Client) -> None:
    enquire(cast, cast.mug, cast.plate, audience=Audience.VERIFIED)
    rows = table(client, f"{NORTHFIELD}negotiations/open/", cast.sally)
    assert [(row[2], row[3]) for row in rows] == [("100", "85123A"), ("100", "22114")]
    assert client.get(f"{NORTHFIELD}negotiations/open/export.csv?q=anvil").getvalue().count(b"\n") == 1


def test_standing_orders_and_templates(cast: Cast, client: Client) -> None:
    standing = standing_of(cast.cornershop)
    ((name, status, on, n, unit, _who),) = table(client, f"{CORNERSHOP}standing-orders/", cast.bea)
    assert (name, status, on, n, unit) == ("Weekly", "Active", "2030-01-01", "1", "weeks")
    standing.runs.create(due_on="2029-12-25", outcome="missed", why="=late")
    assert table(client, f"{CORNERSHOP}standing-orders/{standing.pk}/", cast.bea) == [
        ["2029-12-25", "Missed", "", "'=late"]
    ]
    assert [row[:3] for row in table(client, f"{CORNERSHOP}order-templates/", cast.bea)] == [["Weekly", "yes", "0"]]


def test_what_a_seller_keeps_around_his_goods(cast: Cast, client: Client) -> None:
    change_of(cast.mug.product)
    import_of(cast.northfield)
    assert table(client, f"{NORTHFIELD}changes/", cast.nora)[0][0] == "Blue enamel mug"
    assert table(client, f"{NORTHFIELD}products/imports/", cast.nora)[0][0] == "goods.csv"
    assert cast.shelf.name in [row[0] for row in table(client, f"{NORTHFIELD}inventory/warehouses/", cast.wes)]


def test_what_the_markets_operators_have_before_them(cast: Cast, client: Client) -> None:
    room = open_room(cast)
    said = say(cast, room, "Buy at my shop")
    report(room, said, reason=Reason.SPAM, words="-look", actor=actor_of(cast.sally))
    dispute_of(order_of(cast.northfield, cast.cornershop))
    Synonym.objects.create(words=["lorry", "truck"])
    ((_number, company, _person, about, _why, words, message, *_rest),) = table(client, f"{MARKET}reports/", cast.olga)
    assert (company, about, words, message) == ("Northfield", "Cornershop", "'-look", "Buy at my shop")
    assert table(client, f"{MARKET}disputes/", cast.olga)[0][1:3] == ["Cornershop", "Northfield"]
    assert table(client, f"{MARKET}synonyms/", cast.olga) == [["lorry, truck"]]
    assert "Crockery" in [row[0] for row in table(client, f"{MARKET}categories/", cast.olga)]
    client.force_login(cast.nora)
    for name in ("reports", "disputes"):
        assert client.get(f"{NORTHFIELD}{name}/export.csv").status_code == 404, name
