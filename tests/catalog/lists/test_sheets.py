"""The lines of a price list as a table: read, compared with what stands there, and written."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.catalog.lists.actions import move_price_list
from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.sheets.actions import (
    Plan,
    blocks_of,
    drop_sheet,
    mark_of,
    match_columns,
    send_sheet,
    write_sheet,
)
from backend.catalog.lists.sheets.queries import sheet_outcome
from backend.catalog.lists.states import ListState
from backend.catalog.models import Import, RememberedColumn, Sku, Variant
from backend.catalog.transfer import actions, running, staging
from backend.catalog.transfer.queries import import_progress
from backend.catalog.transfer.queries import problems as problems_of
from backend.core.alongside import alongside
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.core.tables.pasted import table_of
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of, make_cast
from tests.catalog.pricing.lists import draft_list, fixed, in_force, off, pence, put
from tests.catalog.transfer.desk import work
from tests.catalog.transfer.test_working import work_until
from tests.live import assert_live

HEADER = "SKU\tFrom\tPrice\tMay be dearer\n"


def sent(price_list: PriceList, text: str, by: User) -> Import:
    """A table as it lies there, before a worker has looked at it."""
    return send_sheet(price_list, "prices", blocks_of(table_of(text)), actor=actor_of(by))


def matched(cast: Cast, sheet: Import, **said: Any) -> Import:
    """As if nothing of its columns had been understood before the person said it."""
    Import.objects.filter(pk=sheet.pk).update(state="uploaded")
    sheet.refresh_from_db()
    plan: dict[str, Any] = {"mapping": sheet.mapping, "decimal_comma": sheet.decimal_comma, **said}
    return match_columns(sheet, Plan(**plan), actor=actor_of(cast.sally))


def compared(sheet: Import) -> Import:
    """After a worker has compared it with its list."""
    assert work(sheet).state == "checked"
    return sheet


def write(cast: Cast, sheet: Import) -> Import:
    compared(sheet)
    write_sheet(sheet, mark=mark_of(sheet), actor=actor_of(cast.sally))
    return work(sheet)


def lines(price_list: PriceList) -> dict[tuple[str, int], str]:
    rows = PriceListEntry.objects.filter(price_list=price_list).select_related("sku")
    return {(row.sku.code, row.min_quantity): _says(row) for row in rows}


def _says(row: PriceListEntry) -> str:
    said = row.unit_price_minor if row.unit_price_minor is not None else row.percent
    return f"{said.normalize():f}" + ("%" if row.percent is not None else "") if said is not None else ""


def what(found: Import) -> tuple[int, int, int, int]:
    """New, changed, taken out, the same."""
    return found.created_rows, found.changed_rows, found.gone_rows, found.same_rows


def problems(found: Import) -> list[tuple[int, str, str]]:
    """Row, column, what is wrong and what would be accepted."""
    return [(each.row, each.column, f"{each.what} {each.accepted}") for each in problems_of(found).problems]


def changed_codes(cast: Cast, sheet: Import) -> list[str]:
    with acting_for(cast.northfield.pk):
        outcome = sheet_outcome(sheet)
    assert outcome
    return [change.code for change in outcome.changes]


def test_a_table_changes_what_it_names_and_sent_again_nothing(cast: Cast) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 250), off(cast.plate, 1, 10))
    table = f"{HEADER}85123a\t1\t2.40\t\n85123A\t12\t£2.30\t\n85123A\t48\t20%\tyes\n"
    events = Event.objects.filter(kind=Kind.CATALOG_PRICE_LIST_CHANGED).count()
    sheet = sent(price_list, table, cast.sally)
    assert what(compared(sheet)) == (2, 1, 0, 0)
    write(cast, sheet)
    assert lines(price_list) == {
        ("85123A", 1): "240",
        ("85123A", 12): "230",
        ("85123A", 48): "20%",
        ("22114", 1): "10%",
    }
    assert pence(cast, cast.mug) == "240"
    told = Event.objects.filter(kind=Kind.CATALOG_PRICE_LIST_CHANGED)
    assert (sheet.state, told.count()) == ("done", events + 1)
    found = write(cast, sent(price_list, table, cast.sally))
    assert what(found) == (0, 0, 0, 3)
    assert told.count() == events + 1, "nobody hears of what did not change"


def test_a_table_replaces_all_lines_where_it_is_told_to(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 250), fixed(cast.mug, 12, 240), off(cast.plate, 1, 10))
    sheet = matched(cast, sent(price_list, f"{HEADER}85123A\t1\t2.50\n", cast.sally), replaces=True)
    assert what(compared(sheet)) == (0, 0, 2, 1)
    write(cast, sheet)
    assert lines(price_list) == {("85123A", 1): "250"}


def test_a_dash_instead_of_a_price_takes_a_line_out(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 250), fixed(cast.mug, 12, 240))
    write(cast, sent(price_list, "85123A\t12\t-\n", cast.sally))
    assert lines(price_list) == {("85123A", 1): "250"}


def test_what_a_table_does_not_say_stays_as_it_is(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 240), fixed(cast.mug, 12, 250, dearer=True))
    write(cast, sent(price_list, "SKU\tQty\tPrice\n85123A\t12\t2.60", cast.sally))
    assert PriceListEntry.objects.get(price_list=price_list, min_quantity=12).may_be_dearer


WRONG = (
    ("NONE\t1\t2.40", [(2, "SKU", "You have no SKU of this code. One of your SKUs")]),
    ("\t1\t2.40", [(2, "SKU", "The row names no SKU.")]),
    ("8.5123E+12\t1\t2.40", [(2, "SKU", "The spreadsheet has shortened this number")]),
    ("85123A\tsome\t2.40", [(2, "From", "not a whole number. A whole number such as 12.")]),
    ("85123A\t1.5\t2.40", [(2, "From", "This is a fraction")]),
    ("85123A\t1,5\t2.40", [(2, "From", "This is a fraction")]),
    ("85123A\t0\t2.40", [(2, "From", "out of range")]),
    ("85123A\t1\ttwo", [(2, "Price", "This is not a price. A price such as 2.95")]),
    ("85123A\t1\t€2.40", [(2, "Price", "Prices here are in GBP")]),
    ("85123A\t1\t2.4000001", [(2, "Price", "more decimals than a price may have")]),
    ("85123A\t1\t", [(2, "Price", "neither a price nor a percentage")]),
    ("85123A\t1\t110%", [(2, "Price", "not a percentage from -100 to 100")]),
    ("85123A\t1\t#N/A", [(2, "Price", "The spreadsheet's formula failed here. A price such as 2.95")]),
    ("85123A\t1\t\x022026-02-01", [(2, "Price", "The spreadsheet has made a date of this.")]),
    ("85123A\t1\t2.40\tperhaps", [(2, "May be dearer", "neither yes nor no")]),
    ("85123A\t1\t2.40\n85123A\t12\t2.60", [(3, "Price", "than before it (12: 2.40 < 2.60)")]),
    ("85123A\t1\t2.40\n85123a\t1\t2.30", [(3, "SKU", "from the same quantity on in row 2 already")]),
    ("85123A\tx\ty", [(2, "From", "not a whole number"), (2, "Price", "not a price")]),
)


def test_what_is_wrong_is_told_with_its_row_and_column(cast: Cast) -> None:
    price_list = draft_list(cast)
    for text, said in WRONG:
        found = compared(sent(price_list, HEADER + text, cast.sally))
        assert not any(what(found)), text
        assert [told[:2] for told in problems(found)] == [told[:2] for told in said], text
        for (_row, _column, why), (_same, _as_well, part) in zip(problems(found), said, strict=True):
            assert part in why


def test_other_columns_are_held_against_what_the_list_is(cast: Cast) -> None:
    price_list = draft_list(cast)
    head = "SKU\tPrice\tUnit\tCurrency\tPercent off\n"
    right = compared(sent(price_list, f"{head}85123A\t2.40\tpcs\tgbp\t\n22114\t\t\t\t12.5%", cast.sally))
    assert (what(right), problems(right)) == ((2, 0, 0, 0), [])
    for row, said in (
        ("85123A\t2.40\tcase", "This SKU is sold by the each, and its prices are for that."),
        ("85123A\t2.40\tbarrel", "not a unit of sale"),
        ("85123A\t2.40\t\tEUR", "Prices here are in GBP"),
        ("85123A\t2.40\t\t\t10", "a price and a percentage at once"),
        (
            "85123A\t\t\t\t0.1",
            "keeps 10% as 0.1, so this may be a hundred times as much. A percentage with its sign, such as 10%.",
        ),
    ):
        (problem,) = problems(compared(sent(price_list, head + row, cast.sally)))
        assert said in problem[2]


def test_a_line_that_is_not_named_counts_for_what_contradicts_it(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 250), fixed(cast.mug, 12, 240))
    found = compared(sent(price_list, "85123A\t1\t2.30\n22114\t1\t2.00\n", cast.sally))
    ((row, _column, why),) = problems(found)
    assert (row, "(12: 2.30 < 2.40)" in why) == (1, True)
    assert changed_codes(cast, found) == ["22114"], "the others are written"


def test_a_sku_with_a_wrong_row_stays_as_it_is(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 250))
    sheet = sent(price_list, "SKU\tFrom\tPrice\n85123A\t1\t2.40\n85123A\t12\ttwo\n22114\t1\t2.00", cast.sally)
    write(cast, sheet)
    assert lines(price_list) == {("85123A", 1): "250", ("22114", 1): "200"}


def test_nothing_is_replaced_while_a_row_can_not_be_read(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 250))
    sheet = matched(cast, sent(price_list, "SKU\tPrice\n85123X\t2.40\n22114\t2.00", cast.sally), replaces=True)
    with pytest.raises(Refused, match="would be taken out"):
        write(cast, sheet)
    assert lines(price_list) == {("85123A", 1): "250"}


def test_yen_have_no_decimals_and_commas_are_read_as_their_country_writes_them(cast: Cast) -> None:
    yen = draft_list(cast, currency="JPY")
    ((_row, _column, why),) = problems(compared(sent(yen, "85123A\t1\t120.125", cast.sally)))
    assert "In this currency it could mean a thousand times as much" in why
    euro = draft_list(cast, "Euro", currency="EUR")
    pointed = matched(cast, sent(euro, "85123A\t1\t2,40", cast.sally), decimal_comma=False)
    ((_row, _column, why),) = problems(compared(pointed))
    assert "This is not a price" in why
    write(cast, sent(euro, "Artikelnummer;Ab Menge;Preis\n85123A;1;1.202,50\n22114;1.000;7,5 %", cast.sally))
    assert lines(euro) == {("85123A", 1): "120250", ("22114", 1000): "7.5%"}


def test_the_columns_of_a_company_are_remembered_for_price_lists_alone(cast: Cast) -> None:
    price_list = draft_list(cast)
    table = "Ours\tTheirs\tMuch\n85123A\tx\t2.40\n"
    sheet = sent(price_list, table, cast.sally)
    assert not sheet.mapping
    with pytest.raises(Refused, match="Say which column holds the SKU"):
        matched(cast, sheet)
    matched(cast, sheet, mapping={"code": 0, "price": 2})
    assert sent(price_list, table, cast.sally).mapping == {"code": 0, "price": 2}
    assert {each.table for each in RememberedColumn.objects.all()} == {"list_lines"}


def test_a_title_above_the_titles_and_no_titles_at_all_are_understood(cast: Cast) -> None:
    price_list = draft_list(cast)
    assert sent(price_list, "85123A;2,40", cast.sally).mapping == {"code": 0, "price": 1}
    for text, header, row in (
        ("Trade prices 2026\t\t\nSKU\tFrom\tNet price\n\t\t\n85123A\t12\t2.40", 2, 4),
        ("85123A\t12\t2.40", 0, 1),
    ):
        sheet = sent(price_list, text, cast.sally)
        assert (sheet.header_row, sheet.mapping) == (header, {"code": 0, "quantity": 1, "price": 2})
        assert what(compared(sheet)) == (1, 0, 0, 0)
        assert problems(compared(sent(price_list, text.replace("85123A", "X1"), cast.sally)))[0][0] == row


def test_a_form_sent_twice_writes_once_and_an_old_one_is_told(cast: Cast) -> None:
    price_list = draft_list(cast)
    sheet, late = (
        compared(sent(price_list, "85123A\t1\t2.40", cast.sally)),
        compared(sent(price_list, "85123A\t1\t2.30", cast.nora)),
    )
    for _twice in range(2):
        write_sheet(sheet, mark=mark_of(sheet), actor=actor_of(cast.sally))
    assert (work(sheet).state, lines(price_list)) == ("done", {("85123A", 1): "240"})
    assert write_sheet(sheet, mark="", actor=actor_of(cast.sally)).state == "done"
    with pytest.raises(Conflict, match="Somebody changed the list"):
        write_sheet(late, mark=mark_of(late), actor=actor_of(cast.nora))


def test_a_list_that_changes_before_its_table_is_written_stays_as_it_is(cast: Cast) -> None:
    price_list = draft_list(cast)
    sheet = compared(sent(price_list, "85123A\t1\t2.40", cast.sally))
    write_sheet(sheet, mark=mark_of(sheet), actor=actor_of(cast.sally))
    put(cast, price_list, fixed(cast.mug, 1, 250))
    assert work(sheet).state == "failed"
    assert "Somebody changed the list" in sheet.reason
    assert lines(price_list) == {("85123A", 1): "250"}


def test_only_what_was_looked_at_is_written(cast: Cast) -> None:
    """In another tab its columns were read otherwise."""
    price_list = draft_list(cast)
    seen = compared(sent(price_list, "85123A\t1\t2.40", cast.sally))
    mark, sally = mark_of(seen), actor_of(cast.sally)
    again = match_columns(seen, Plan(seen.mapping, replaces=True), actor=sally)
    with pytest.raises(Conflict, match="has changed since you looked"):
        write_sheet(again, mark=mark, actor=sally)
    assert lines(price_list) == {}


def test_a_table_is_its_sender_s_until_it_is_thrown_away(cast: Cast) -> None:
    price_list = draft_list(cast)
    sheet = sent(price_list, "85123A\t1\t2.40", cast.sally)
    first = compared(sent(draft_list(cast, "Other"), "85123A\t1\t2.30", cast.nora))
    second = sent(PriceList.objects.get(name="Other"), "85123A\t1\t2.30", cast.nora)
    first.refresh_from_db()
    assert (first.state, compared(second).state) == ("cancelled", "checked"), "the next one takes its place"
    for who in (cast.wes, cast.bea, cast.otto):
        with pytest.raises(NotAllowed):
            sent(price_list, "85123A\t1\t2.40", who)
        with pytest.raises(NotAllowed):
            write_sheet(sheet, mark=mark_of(sheet), actor=actor_of(who))
        with pytest.raises(NotAllowed):
            drop_sheet(sheet, actor=actor_of(who))
    for _twice in range(2):
        drop_sheet(sheet, actor=actor_of(cast.sally))
    assert (work(sheet).state, staging.is_there(sheet.pk)) == ("cancelled", False)
    move_price_list(price_list, ListState.ARCHIVED, actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="archived"):
        sent(price_list, "85123A\t1\t2.40", cast.sally)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "CHECK_ROWS", 20)
    monkeypatch.setattr(actions, "CHUNK_ROWS", 20)


def ladders(cast: Cast, skus: int, tiers: int, *, broken: bool = False) -> str:
    """So many SKUs, each with so many lines; where it is broken, the last line of each is dearer than the first."""
    variants = Variant.objects.bulk_create(Variant(product=cast.mug.product, name=f"V{n}") for n in range(skus))
    of_mug = {"company": cast.northfield, "product": cast.mug.product}
    made = Sku.objects.bulk_create(Sku(code=f"B{n}", variant=one, **of_mug) for n, one in enumerate(variants))
    last = {tiers: 90} if broken else {}
    return "SKU\tFrom\tPrice\n" + "".join(
        f"{sku.code}\t{n}\t{last.get(n, 50 - n)}\n" for n in range(1, tiers + 1) for sku in made
    )


def test_a_worker_that_dies_is_succeeded_and_the_lines_of_a_sku_are_looked_at_together(
    cast: Cast, small_steps: None
) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 250))
    sheet = work_until(sent(price_list, ladders(cast, 15, 4, broken=True), cast.sally), "comparing", 20)
    assert (compared(sheet).broken_rows, what(sheet)) == (15, (0, 0, 0, 0)), "a fault in each, in another slice of rows"
    assert {each[0] for each in problems(sheet)} == set(range(47, 62))


def test_a_table_is_cancelled_while_it_is_compared(cast: Cast, small_steps: None) -> None:
    sheet = work_until(sent(draft_list(cast), ladders(cast, 15, 4), cast.sally), "comparing", 20)
    drop_sheet(sheet, actor=actor_of(cast.sally))
    assert (work(sheet).state, staging.is_there(sheet.pk)) == ("cancelled", False)


def test_how_far_it_has_come_is_seen_while_a_list_is_written_and_none_of_its_lines(
    transactional_db: None, small_steps: None
) -> None:
    committed, client = make_cast(), Client()
    client.force_login(committed.sally)
    price_list = in_force(committed, fixed(committed.mug, 1, 250))
    sheet = compared(sent(price_list, ladders(committed, 15, 4), committed.sally))
    write_sheet(sheet, mark=mark_of(sheet), actor=actor_of(committed.sally))
    heard: list[tuple[int, int]] = []
    seen: set[int] = set()

    def still() -> bool:
        heard.append((import_progress(sheet.pk).done, PriceListEntry.objects.count()))
        at_once(lambda: seen.add(PriceListEntry.objects.count()))
        return heard[-1][0] < 40

    with alongside() as at_once, assert_live(client, f"/c/northfield/prices/{price_list.pk}/sheet/"):
        running.run_to_its_end(sheet.pk, still)
    assert heard[1:3] == [(20, 21), (40, 41)], "as the worker itself sees it"
    assert seen == {1}, "as others see it meanwhile"
    assert lines(price_list) == {("85123A", 1): "250"}, "the worker was stopped: nothing is written"
    assert "40 of 60 rows" in client.get(f"/c/northfield/prices/{price_list.pk}/sheet/").content.decode()
    told = Event.objects.filter(kind=Kind.CATALOG_PRICE_LIST_CHANGED).count()
    with assert_live(client, f"/c/northfield/prices/{price_list.pk}/sheet/"):
        work(sheet)
    assert (sheet.state, sheet.done, len(lines(price_list))) == ("done", 60, 61)
    assert Event.objects.filter(kind=Kind.CATALOG_PRICE_LIST_CHANGED).count() == told + 1


def test_a_table_is_cancelled_while_it_is_written(transactional_db: None, small_steps: None) -> None:
    committed = make_cast()
    price_list = draft_list(committed)
    sheet = compared(sent(price_list, ladders(committed, 15, 4), committed.sally))
    write_sheet(sheet, mark=mark_of(sheet), actor=actor_of(committed.sally))

    def cancel_halfway() -> bool:
        if import_progress(sheet.pk).done == 20:
            drop_sheet(Import.objects.get(pk=sheet.pk), actor=actor_of(committed.sally))
        return True

    with alongside() as at_once:
        running.run_to_its_end(sheet.pk, lambda: bool(at_once(cancel_halfway)))
    sheet.refresh_from_db()
    assert (sheet.state, lines(price_list), staging.is_there(sheet.pk)) == ("cancelled", {}, False)


def test_after_a_crash_of_the_database_a_table_is_compared_again_before_it_is_written(transactional_db: None) -> None:
    committed = make_cast()
    price_list = draft_list(committed)
    sheet = compared(sent(price_list, "85123A\t1\t2.40", committed.sally))
    write_sheet(sheet, mark=mark_of(sheet), actor=actor_of(committed.sally))
    with connection.cursor() as cursor:
        cursor.execute(f'TRUNCATE staging."import_{sheet.pk}_cells"')
    assert (work(sheet).state, what(sheet), lines(price_list)) == ("checked", (1, 0, 0, 0), {})


def test_whoever_lost_the_right_to_prices_writes_nothing(cast: Cast) -> None:
    sheet = compared(sent(draft_list(cast), "85123A\t1\t2.40", cast.sally))
    write_sheet(sheet, mark=mark_of(sheet), actor=actor_of(cast.sally))
    cast.sally.memberships.update(role="read_only")
    assert work(sheet).state == "failed"
    assert not PriceListEntry.objects.exists()


def test_ten_thousand_lines_cost_as_many_statements_as_one(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 250), off(cast.plate, 1, 5))
    counts = []
    for text in (
        "SKU\tFrom\tPrice\n85123A\t1\t2.40\n22114\t1\t-\n",
        f"{ladders(cast, 499, 20)}85123A\t1\t-\n",
    ):
        with CaptureQueriesContext(connection) as ran:
            write(cast, sent(price_list, text, cast.sally))
        counts.append(len(ran))
    assert counts[0] == counts[1]
    assert PriceListEntry.objects.filter(price_list=price_list, unit_price_minor=Decimal(3000)).count() == 499
    again = compared(sent(price_list, "85123A\t1\t2.40", cast.sally))
    with acting_for(cast.northfield.pk), django_assert_num_queries(3):
        assert sheet_outcome(again)
