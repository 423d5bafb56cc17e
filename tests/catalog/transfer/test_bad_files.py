"""Files as they really come: every encoding and delimiter, and what a spreadsheet program does to cells."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from backend.catalog.models import Sku, TierPrice
from backend.catalog.transfer import files
from backend.core.errors import Refused
from backend.core.tables import opening
from tests.cast import Cast
from tests.catalog.transfer.desk import imported, outcome, problems, run, send, text_of

ROWS = "SKU;Bezeichnung;Preis;VE\nK-1;Käsemesser groß;1.234,50;12\nK-2;Teekanne;2,95;6\n"


def workbook(rows: list[list[Any]], *, merge: tuple[int, int, int] | None = None, above: int = 0) -> bytes:
    """A sheet; `merge` is a column merged from one row to another, counted from 0."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for number, row in enumerate(rows, above):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, tuple):
                    sheet.write_formula(number, column, cell[0], None, cell[1])
                else:
                    sheet.write(number, column, cell)
        if merge:
            column, first, last = merge
            sheet.merge_range(first, column, last, column, rows[first - above][column])
    return file.getvalue()


def priced(code: str) -> Decimal:
    return TierPrice.objects.get(sku__code=code).unit_price_minor


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (ROWS.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + ROWS.encode(), "utf-8-sig"),
        (ROWS.encode("cp1252"), "cp1252"),
        (b"\xff\xfe" + ROWS.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + ROWS.encode("utf-16-be"), "utf-16-be"),
        (ROWS.encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_whatever_the_encoding_the_letters_are_right(cast: Cast, data: bytes, encoding: str) -> None:
    import_ = send(cast, data)
    assert (import_.encoding, import_.delimiter, import_.decimal_comma) == (encoding, ";", True)
    assert outcome(run(cast, import_)) == ("done", 2, 0, 0, 0)
    knife = Sku.objects.select_related("product").get(code="K-1")
    assert (knife.product.name, knife.product.slug, knife.case_pack) == ("Käsemesser groß", "kasemesser-gro", 12)
    assert priced("K-1") == 123_450


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_whatever_the_delimiter_and_the_line_ends_the_cells_are_right(cast: Cast, delimiter: str, ending: str) -> None:
    lines = [["SKU", "Name", "Price"], ["A", '"Plates, bowls; and\nmore"', "2.95"], ["B", "Jug", "3"], []]
    import_ = send(cast, ending.join(delimiter.join(line) for line in lines).encode())
    assert outcome(run(cast, import_)) == ("done", 2, 0, 0, 0)
    assert Sku.objects.get(code="A").product.name == "Plates, bowls; and\nmore"


def test_a_title_above_the_header_and_blank_rows_are_no_rows_but_are_counted(cast: Cast) -> None:
    data = b"Price list 2026,,\n,,\nSKU,Name,Price\nA,Jug,2.95\n,,\nB,Bowl,cheap\n"
    done = imported(cast, data)
    assert (outcome(done), problems(done)) == (("done", 1, 0, 0, 1), [(6, "price", "not_price")])


def test_a_row_that_breaks_the_format_costs_that_row_alone(cast: Cast) -> None:
    data = b"SKU,Name,Price\nA,Jug,2.95\nB,Caf\xe9,2.95,more\nC,Bowl,3.95\n"
    done = imported(cast, data)
    assert (outcome(done), problems(done)) == (("done", 2, 0, 0, 1), [(3, "", "ragged")])


def test_what_a_spreadsheet_program_does_to_cells_is_understood_or_told(cast: Cast) -> None:
    rows: list[list[Any]] = [
        ["SKU", "Name", "Category", "Price", "Case pack", "EAN"],
        [85_099, "A number for a code", "Crockery", 2.95, 12.0, 5012345678900],
        ["B-1", "Computed", "Crockery", ("=2*1.5", 3), 6, ""],
        ["B-2", "Merged below", "", 0.1 + 0.2, 6, ""],
        [date(2026, 3, 10), "A code that became a date", "Crockery", 2.95, 6, ""],
        ["B-3", "A pack that became a date", "Crockery", 2.95, date(1900, 1, 12), ""],
    ]
    done = imported(cast, workbook(rows, merge=(2, 3, 4), above=1))
    assert problems(done) == [(6, "code", "date"), (7, "case_pack", "date")]
    assert outcome(done) == ("done", 3, 0, 0, 2)
    assert Sku.objects.get(code="85099").variant.gtin == "5012345678900"
    assert [priced("B-1"), priced("B-2")] == [300, 30]


def test_a_yen_with_three_decimals_is_asked_about_and_a_dinar_with_three_is_not(cast: Cast) -> None:
    header = "SKU,Name,Price,Currency"
    rows = ["Y-1,Lantern,1250,JPY", "Y-2,Lantern,1.250,JPY", "Y-3,Lantern,1.250,KWD", "Y-4,Lantern,12.5,JPY"]
    done = imported(cast, text_of([*rows, "Y-5,Lantern,2.95,XXX"], header))
    assert problems(done) == [(3, "price", "coinless"), (6, "currency", "not_currency")]
    assert [priced(code) for code in ("Y-1", "Y-3", "Y-4")] == [1250, 1250, Decimal("12.5")]


def test_steps_that_contradict_each_other_are_told(cast: Cast) -> None:
    header = "SKU,Name,Price,From 2,Price 2,From 3,Price 3"
    rows = [
        "S-1,Fine,3,12,2.5,48,2",
        "S-2,Half,3,12,,,",
        "S-3,No rise,3,12,2.5,12,2",
        "S-4,No fall,3,12,3,48,2",
        "S-5,No first,,12,3,,",
    ]
    done = imported(cast, text_of(rows, header))
    found = [(3, "price2", "half_step"), (4, "from3", "step_quantity"), (5, "price2", "step_price")]
    assert problems(done) == [*found, (6, "price", "missing"), (6, "price2", "no_first_price")]
    assert [int(t.unit_price_minor) for t in Sku.objects.get(code="S-1").tiers.all()] == [300, 250, 200]


def zipped(megabytes: int) -> bytes:
    """An archive of one part that unpacks to so much."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as part:
        for _ in range(megabytes):
            part.write(b"0" * 1024 * 1024)
    return file.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_UNPACKED_BYTES", 7 * 1024 * 1024)
    before = set(files.folder().iterdir())
    with pytest.raises(Refused, match="Unpacked, the workbook would be larger than 7 MB"):
        send(cast, zipped(8), filename="bomb.xlsx")
    assert set(files.folder().iterdir()) == before


def test_a_sheet_that_would_fill_the_memory_is_refused_with_what_helps(cast: Cast) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["SKU", "Name", "Price"])
        sheet.write_row(1, 0, ["A", "Jug", 2.95])
        sheet.write(1_048_575, 16_383, "the last cell that there is")
    with pytest.raises(Refused, match="too much memory"):
        send(cast, file.getvalue(), filename="far.xlsx")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04 and nothing else", "damaged"),
        (zipped(1), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook", "XLS"),
        (bytes(range(256)) * 8, "neither a CSV nor an XLSX"),
        (b"", "no rows"),
        (b"SKU,Name,Price\n", "no rows"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(cast: Cast, data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        send(cast, data)


def test_a_file_that_is_too_large_is_refused_while_it_comes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 2000)
    with pytest.raises(Refused, match="larger than"):
        send(cast, text_of(["A,Jug,Crockery,2.95,12"] * 100))


def test_a_quotation_mark_that_never_closes_ends_the_import_with_a_reason(cast: Cast) -> None:
    data = b'SKU,Name,Price\nA,Jug,2.95\nB,"Bowl,3.95\n' + b"C,Plate,4.95\n" * 20_000
    done = imported(cast, data)
    assert done.state == "failed"
    assert "quotation mark" in done.reason


def test_what_the_columns_hold_is_remembered_for_the_next_file(cast: Cast) -> None:
    header = "Nr,Was,Wieviel"
    first = send(cast, text_of(["A,Jug,2.95"], header))
    assert first.mapping == {}
    run(cast, first, mapping={"code": 0, "name": 1, "price": 2})
    assert send(cast, text_of(["B,Bowl,2.95"], header)).mapping == {"code": 0, "name": 1, "price": 2}
    assert send(cast, text_of(["B,Bowl,2.95"], header), by=cast.otto).mapping == {}
