"""What spreadsheet programs put on the clipboard and into files: its rows, its columns, its lines."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.orders.quick.pasting import Columns, Pasted, guess_columns, lines_of, rows_of

MUG, PLATE = "85123A", "22114"
KNOWN = {MUG, PLATE}


def read(text: str) -> list[tuple[str, str]]:
    rows = rows_of(text)
    return [(line.code, line.quantity) for line in lines_of(rows, guess_columns(rows, KNOWN))]


@pytest.mark.parametrize(
    "text",
    [
        "85123A\t12\r\n22114\t24\r\n",  # Excel
        "85123A\t12\n22114\t24",  # LibreOffice, Google Sheets
        "85123A\t12\r22114\t24\r",  # Numbers, long ago
        "SKU\tQty\n85123A\t12\n22114\t24\n",
        "Order of 1 December\n\nMenge;Artikelnummer;Bezeichnung\n12;85123A;Becher\n24;22114;Teller\n",
        "\ufeffsku;menge\n85123A;12,00\n22114;24,00\n",
        "85123A,12\n22114,24\n",
        "85123A 12\n22114 x24\n",
        "Product,SKU,Price,Qty\nBlue mug,85123A,2.95,12\nPlate,22114,2.95,24\n",
        "1\t85123A\tBlue mug\t12\n2\t22114\tPlate\t24\n",
        "Nonsense\tOf ours\n85123A\t12\n22114\t24\n",
        "85123A|12|each\n22114|24|each\n",
        "85123A\t12\n85123a\t\n\n22114\t24\n".replace("85123a\t\n", ""),
    ],
)
def test_tables_of_every_make_say_the_same(text: str) -> None:
    assert [(code, quantity.removesuffix(" each")) for code, quantity in read(text)] == [(MUG, "12"), (PLATE, "24")]


def test_a_column_of_codes_alone_is_lines_without_a_quantity() -> None:
    assert read("85123A\n22114\n") == [(MUG, ""), (PLATE, "")]


def test_a_column_of_units_goes_with_its_quantities() -> None:
    assert read("sku\tqty\tuom\n85123A\t3\tCTN\n22114\t24\tpcs\n") == [(MUG, "3 case"), (PLATE, "24 each")]


def test_rows_of_one_code_are_summed_and_say_so() -> None:
    rows = rows_of("sku\tqty\n85123A\t12\n22114\t24\n85123a\t30\n85123A\tsome\n85123A\t2 cases\n")
    assert lines_of(rows, guess_columns(rows, KNOWN)) == [
        Pasted(MUG, "42", [2, 4]),
        Pasted(PLATE, "24", [3]),
        Pasted(MUG, "some", [5]),
        Pasted(MUG, "2 case", [6]),
    ]


def test_a_point_between_thousands_is_one_where_the_table_writes_decimal_commas() -> None:
    assert read("85123A;1.200;2,95\n22114;24;1.234,50\n") == [(MUG, "1200"), (PLATE, "24")]


def test_a_long_barcode_is_no_quantity() -> None:
    assert read("4006381333931\t85123A\t6\n4006381333948\t22114\t7\n") == [(MUG, "6"), (PLATE, "7")]


def test_a_line_break_inside_a_cell_does_not_end_its_row() -> None:
    assert rows_of('"Blue\nmug"\t85123A\t12\r\n') == [["Blue mug", "85123A", "12"]]


def test_a_mark_that_encloses_nothing_is_part_of_the_cell() -> None:
    assert rows_of('12" ruler\t1\n"half\t2\n') == [['12" ruler', "1"], ['"half', "2"]]


def test_wrong_columns_are_read_as_a_person_says() -> None:
    rows = rows_of("36\t85123A\t12\n24\t22114\t8\n")
    assert [line.quantity for line in lines_of(rows, Columns(code=1, quantity=0))] == ["36", "24"]


# --- Whatever is in the cells ----------------------------------------------------------------------------------------
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12)
CELLS = st.one_of(PLAIN, st.text("ab\t\n\" '", max_size=8))
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6)


def as_excel_copies(table: list[list[str]]) -> str:
    """Cells with a tab or a break are enclosed, their marks doubled; all others stand there as they are."""
    return "".join("\t".join(map(_enclosed, row)) + "\r\n" for row in table)


def _enclosed(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set('\t\n\r"') else cell


def flat(table: list[list[str]]) -> list[list[str]]:
    rows = [[" ".join(cell.replace("\ufeff", "").split()) for cell in row] for row in table]
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


@given(TABLES)
@example([['"', '"'], ["", "x\ty"]])
def test_what_is_copied_out_of_a_spreadsheet_comes_in_cell_by_cell(table: list[list[str]]) -> None:
    assert [[cell.replace("\ufeff", "") for cell in row] for row in rows_of(as_excel_copies(table))] == flat(table)


@given(TABLES)
def test_what_is_saved_as_csv_comes_in_cell_by_cell(table: list[list[str]]) -> None:
    saved = io.StringIO()
    csv.writer(saved, delimiter="\t", quoting=csv.QUOTE_ALL).writerows(table)
    assert [[cell.replace("\ufeff", "") for cell in row] for row in rows_of(saved.getvalue())] == flat(table)


@given(st.text(max_size=200))
def test_whatever_is_pasted_becomes_lines_and_never_a_crash(text: str) -> None:
    rows = rows_of(text)
    for line in lines_of(rows, guess_columns(rows)):
        assert line.code or line.quantity
        assert all(1 <= row <= len(rows) for row in line.rows)


@given(st.lists(st.tuples(st.sampled_from(sorted(KNOWN)), st.integers(1, 99_999)), min_size=1, max_size=9))
def test_no_piece_is_lost_when_codes_repeat(asked: list[tuple[str, int]]) -> None:
    lines = read("".join(f"{code}\t{quantity}\n" for code, quantity in asked))
    assert {code: int(quantity) for code, quantity in lines} == {
        code: sum(quantity for each, quantity in asked if each == code) for code, _ in asked
    }
