"""A catalogue as large as they come: a hundred thousand rows, one in a hundred of them broken."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.cast import Cast
from tests.catalog.transfer.desk import imported, outcome, problems, text_of


@pytest.fixture
def undone(cast: Cast) -> Iterator[Cast]:
    """Whose rows are gone before the end of the test would look up every key of theirs, for nothing."""
    before = transaction.savepoint()
    yield cast
    transaction.savepoint_rollback(before)


def test_a_hundred_thousand_rows_with_one_in_a_hundred_broken_report_exactly_those(undone: Cast) -> None:
    kinds = {
        ",{n},Crockery,2.95,12": ("code", "missing"),
        "R{n},,Crockery,2.95,12": ("name", "missing"),
        "R{n},Jug,Moon rocks,2.95,12": ("category", "not_category"),
        "R{n},Jug,Crockery,cheap,12": ("price", "not_price"),
        "R{n},Jug,Crockery,-1,12": ("price", "negative"),
        "R{n},Jug,Crockery,1.1234567,12": ("price", "too_fine"),
        "R{n},Jug,Crockery,99999999,12": ("price", "too_much"),
        "R{n},Jug,Crockery,2.95,1.5": ("case_pack", "fraction"),
        "R{n},Jug,Crockery,2.95,0": ("case_pack", "out_of_range"),
        "R{n},Jug,Crockery,2.95,dozen": ("case_pack", "not_whole"),
        "R1,Jug,Crockery,2.95,12": ("code", "repeated"),
        "R{n},#REF!,Crockery,2.95,12": ("name", "formula"),
        "1.2E+11,Jug,Crockery,2.95,12": ("code", "exponent"),
    }
    shapes = list(kinds)
    rows = [
        shapes[n // 100 % len(shapes)].format(n=n) if n % 100 == 7 else f"R{n},Jug {n},Crockery,2.95,12"
        for n in range(100_000)
    ]
    done = imported(undone, text_of(rows))
    assert outcome(done) == ("done", 99_000, 0, 0, 1_000)
    expected = [(n + 2, *kinds[shapes[n // 100 % len(shapes)]]) for n in range(7, 100_000, 100)]
    assert problems(done) == expected
