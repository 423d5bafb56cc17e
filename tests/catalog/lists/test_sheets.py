"""The lines of a price list as a table: read, compared with what stands there, and written."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import User
from backend.catalog.lists.actions import move_price_list
from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.sheets.actions import MAX_LINES, Plan, drop_sheet, match_columns, send_sheet, write_sheet
from backend.catalog.lists.sheets.comparing import Comparison, compare
from backend.catalog.lists.sheets.models import ListSheet
from backend.catalog.lists.states import ListState
from backend.catalog.models import RememberedColumn, Sku, Variant
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.core.tables.pasted import table_of
from backend.events.models import Event
from tests.cast import Cast, actor_of
from tests.catalog.pricing.lists import draft_list, fixed, in_force, off, pence, put

HEADER = "SKU\tFrom\tPrice\tMay be dearer\n"


def sent(price_list: PriceList, text: str, by: User) -> ListSheet:
    return send_sheet(price_list, table_of(text), actor=actor_of(by))


def matched(cast: Cast, sheet: ListSheet, **said: Any) -> ListSheet:
    plan: dict[str, Any] = {"mapping": sheet.mapping, "decimal_comma": sheet.decimal_comma, **said}
    return match_columns(sheet, Plan(**plan), actor=actor_of(cast.sally))


def compared(cast: Cast, sheet: ListSheet) -> Comparison:
    with acting_for(cast.northfield.pk):
        return compare(sheet, PriceList.objects.get(pk=sheet.price_list_id))


def write(cast: Cast, sheet: ListSheet, key: str = "") -> Comparison | None:
    seen = PriceList.objects.values_list("version", flat=True).get(pk=sheet.price_list_id)
    return write_sheet(sheet, seen=seen, mark=sheet.mark, key=key or uuid4().hex, actor=actor_of(cast.sally))


def lines(price_list: PriceList) -> dict[tuple[str, int], str]:
    rows = PriceListEntry.objects.filter(price_list=price_list).select_related("sku")
    return {(row.sku.code, row.min_quantity): _says(row) for row in rows}


def _says(row: PriceListEntry) -> str:
    said = row.unit_price_minor if row.unit_price_minor is not None else row.percent
    return f"{said.normalize():f}" + ("%" if row.percent is not None else "") if said is not None else ""


def what(found: Comparison) -> tuple[int, int, int, int]:
    """New, changed, taken out, the same."""
    return found.new, found.changed, found.gone, found.same


def problems(found: Comparison) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.what) for each in found.problems]


def test_a_table_changes_what_it_names_and_sent_again_nothing(cast: Cast) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 250), off(cast.plate, 1, 10))
    table = f"{HEADER}85123a\t1\t2.40\t\n85123A\t12\t£2.30\t\n85123A\t48\t20%\tyes\n"
    sheet = sent(price_list, table, cast.sally)
    assert what(compared(cast, sheet)) == (2, 1, 0, 0)
    write(cast, sheet)
    assert lines(price_list) == {
        ("85123A", 1): "240",
        ("85123A", 12): "230",
        ("85123A", 48): "20%",
        ("22114", 1): "10%",
    }
    assert pence(cast, cast.mug) == "240"
    assert not ListSheet.objects.exists()
    events = Event.objects.count()
    found = write(cast, sent(price_list, table, cast.sally))
    assert found is not None
    assert what(found) == (0, 0, 0, 3)
    assert Event.objects.count() == events, "nobody hears of what did not change"


def test_a_table_replaces_all_lines_where_it_is_told_to(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 250), fixed(cast.mug, 12, 240), off(cast.plate, 1, 10))
    sheet = matched(cast, sent(price_list, f"{HEADER}85123A\t1\t2.50\n", cast.sally), replaces=True)
    assert what(compared(cast, sheet)) == (0, 0, 2, 1)
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
    ("NONE\t1\t2.40", [(2, "SKU", "You have no SKU NONE.")]),
    ("\t1\t2.40", [(2, "SKU", "The row names no SKU.")]),
    ("8.5123E+12\t1\t2.40", [(2, "SKU", "The spreadsheet has shortened this number")]),
    ("85123A\tsome\t2.40", [(2, "From", "“some” is not a number")]),
    ("85123A\t1.5\t2.40", [(2, "From", "a fraction of one piece")]),
    ("85123A\t1,5\t2.40", [(2, "From", "not a whole number. A whole number such as 12.")]),
    ("85123A\t0\t2.40", [(2, "From", "0 is out of range: a quantity is a whole number from 1")]),
    ("85123A\t1\ttwo", [(2, "Price", "“two” is not a price. Give one such as 2.95")]),
    ("85123A\t1\t€2.40", [(2, "Price", "in EUR, and prices here are in GBP")]),
    ("85123A\t1\t", [(2, "Price", "neither a price nor a percentage")]),
    ("85123A\t1\t110%", [(2, "Price", "out of range: percent off goes from -100 to 100")]),
    ("85123A\t1\t#N/A", [(2, "Price", "The spreadsheet's formula failed here. A price such as 2.95")]),
    ("85123A\t1\t\x022026-02-01", [(2, "Price", "The spreadsheet has made a date of this.")]),
    ("85123A\t1\t2.40\tperhaps", [(2, "May be dearer", "neither yes nor no")]),
    ("85123A\t1\t2.40\n85123A\t12\t2.60", [(3, "Price", "85123A costs 2.60 from 12 on, more than 2.40 before it")]),
    ("85123A\t1\t2.40\n85123a\t1\t2.30", [(3, "SKU", "85123A from 1 on stands in row 2 already")]),
    ("85123A\tx\ty", [(2, "From", "is not a number"), (2, "Price", "is not a price")]),
)


def test_what_is_wrong_is_told_with_its_row_and_column(cast: Cast) -> None:
    price_list = draft_list(cast)
    for text, said in WRONG:
        found = compared(cast, sent(price_list, HEADER + text, cast.sally))
        assert not found.changes, text
        assert [told[:2] for told in problems(found)] == [told[:2] for told in said], text
        for (_row, _column, why), (_same, _as_well, part) in zip(problems(found), said, strict=True):
            assert part in why


def test_other_columns_are_held_against_what_the_list_is(cast: Cast) -> None:
    price_list = draft_list(cast)
    head = "SKU\tPrice\tUnit\tCurrency\tPercent off\n"
    right = compared(cast, sent(price_list, f"{head}85123A\t2.40\tpcs\tgbp\t\n22114\t\t\t\t12.5%", cast.sally))
    assert (what(right), right.problems) == ((2, 0, 0, 0), [])
    for row, said in (
        ("85123A\t2.40\tcase", "85123A is sold by the each, and its prices are for that, not for the case"),
        ("85123A\t2.40\tbarrel", "not a unit of sale"),
        ("85123A\t2.40\t\tEUR", "in EUR, and prices here are in GBP"),
        ("85123A\t2.40\t\t\t10", "a price and a percentage at once"),
        ("85123A\t\t\t\t0.1", "“0.1” may be 10 % as the spreadsheet keeps it. Write 10% or 0.1%."),
    ):
        (problem,) = problems(compared(cast, sent(price_list, head + row, cast.sally)))
        assert said in problem[2]


def test_a_line_that_is_not_named_counts_for_what_contradicts_it(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 250), fixed(cast.mug, 12, 240))
    found = compared(cast, sent(price_list, "85123A\t1\t2.30\n22114\t1\t2.00\n", cast.sally))
    ((row, _column, why),) = problems(found)
    assert (row, "85123A costs 2.40 from 12 on, more than 2.30 before it" in why) == (1, True)
    assert [change.code for change in found.changes] == ["22114"], "the others are written"


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
    ((_row, _column, why),) = problems(compared(cast, sent(yen, "85123A\t1\t120.125", cast.sally)))
    assert "too many decimals: a price in JPY has at most 0" in why
    euro = draft_list(cast, "Euro", currency="EUR")
    pointed = matched(cast, sent(euro, "85123A\t1\t2,40", cast.sally), decimal_comma=False)
    ((_row, _column, why),) = problems(compared(cast, pointed))
    assert "“2,40” is not a price" in why
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
        assert what(compared(cast, sheet)) == (1, 0, 0, 0)
        assert problems(compared(cast, sent(price_list, text.replace("85123A", "X1"), cast.sally)))[0][0] == row


def test_a_form_sent_twice_writes_once_and_an_old_one_is_told(cast: Cast) -> None:
    price_list = draft_list(cast)
    sheet = sent(price_list, "85123A\t1\t2.40", cast.sally)
    again = ListSheet.objects.select_related("price_list__company", "company").get(pk=sheet.pk)
    assert write_sheet(sheet, seen=1, mark=sheet.mark, key="k", actor=actor_of(cast.sally))
    assert write_sheet(again, seen=1, mark=again.mark, key="k", actor=actor_of(cast.sally)) is None
    late = sent(price_list, "85123A\t1\t2.30", cast.sally)
    with pytest.raises(Conflict, match="Somebody changed this"):
        write_sheet(late, seen=1, mark=late.mark, key="l", actor=actor_of(cast.sally))


def test_only_what_was_looked_at_is_written(cast: Cast) -> None:
    """In another tab another table was sent, or its columns were read otherwise."""
    price_list = draft_list(cast)
    seen = sent(price_list, "85123A\t1\t2.40", cast.sally)
    mark, sally = seen.mark, actor_of(cast.sally)
    match_columns(seen, Plan(seen.mapping, replaces=True), actor=sally)
    for sheet in (seen, sent(price_list, "85123A\t1\t0.40", cast.sally)):
        with pytest.raises(Conflict, match="has changed since you looked"):
            write_sheet(sheet, seen=1, mark=mark, key="k", actor=sally)
    assert lines(price_list) == {}


def test_a_table_is_its_sender_s_until_it_is_thrown_away(cast: Cast) -> None:
    price_list = draft_list(cast)
    sheet = sent(price_list, "85123A\t1\t2.40", cast.sally)
    sent(price_list, "85123A\t1\t2.30", cast.nora)
    sent(price_list, "85123A\t1\t2.30", cast.nora)
    assert ListSheet.objects.count() == 2
    for who in (cast.wes, cast.bea, cast.otto):
        with pytest.raises(NotAllowed):
            sent(price_list, "85123A\t1\t2.40", who)
        with pytest.raises(NotAllowed):
            write_sheet(sheet, seen=1, mark=sheet.mark, key="k", actor=actor_of(who))
        with pytest.raises(NotAllowed):
            drop_sheet(sheet, actor=actor_of(who))
    drop_sheet(sheet, actor=actor_of(cast.sally))
    move_price_list(price_list, ListState.ARCHIVED, actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="archived"):
        sent(price_list, "85123A\t1\t2.40", cast.sally)


def test_too_little_and_too_much_is_refused(cast: Cast) -> None:
    price_list = draft_list(cast)
    for text, said in (
        ("", "no rows in this"),
        ("SKU\tPrice\n", "no rows in this"),
        ("SKU\tPrice\n" + "A\t1\n" * (MAX_LINES + 1), "20,001 lines, and a table has at most 20,000"),
    ):
        with pytest.raises(Refused, match=said):
            sent(price_list, text, cast.sally)


def test_ten_thousand_lines_cost_as_many_statements_as_one(cast: Cast) -> None:
    skus = Sku.objects.bulk_create(
        Sku(company=cast.northfield, product=cast.mug.product, variant=variant, code=f"B{n}")
        for n, variant in enumerate(_variants(cast, 500))
    )
    price_list = in_force(cast, fixed(cast.mug, 1, 250), off(cast.plate, 1, 5))
    counts = []
    for text in (
        "SKU\tFrom\tPrice\n85123A\t1\t2.40\n22114\t1\t-\n",
        "SKU\tFrom\tPrice\n85123A\t1\t-\n" + "".join(f"{s.code}\t{q}\t{50 - q}\n" for s in skus for q in range(1, 21)),
    ):
        sheet = matched(cast, sent(price_list, text, cast.sally))
        with CaptureQueriesContext(connection) as ran:
            write(cast, sheet)
        counts.append(len(ran))
    assert counts[0] == counts[1]
    assert PriceListEntry.objects.filter(price_list=price_list, unit_price_minor=Decimal(3000)).count() == 500


def _variants(cast: Cast, n: int) -> list[Variant]:
    from backend.catalog.models import Variant

    return list(Variant.objects.bulk_create(Variant(product=cast.mug.product, name=f"V{i}") for i in range(n)))
