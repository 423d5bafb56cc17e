"""The lists of returns as files: what the list shows, a row for each line, and money that sums up."""

import pytest
from django.test import Client

from backend.orders.returns.actions import request_return, resolve_return
from backend.orders.returns.models import Return
from backend.orders.returns.queries import every_returned_line
from backend.orders.returns.receiving.actions import close_return_short, inspect_return
from backend.orders.returns.states import Outcome
from tests.cast import Cast, actor_of
from tests.frontend.test_orders import MAKER, SHOP, rows_of
from tests.orders.test_returns import arrive, ask, come_back, delivered, on_its_way, settle, take_in


def in_several_ways(cast: Cast) -> Return:
    """Of 10 mugs 8 came: 5 are sold again, 2 are not for sale any more, 1 was not accepted."""
    goods = on_its_way(cast, ask(cast, delivered(cast), 10))
    line = goods.lines.get().pk
    take_in(cast, goods, {line: 8})
    looked = {line: {Outcome.RESTOCK: 5, Outcome.REFUND: 2, Outcome.REJECT: 1}}
    inspect_return(goods, looked, key="looked", actor=actor_of(cast.wes))
    close_return_short(goods, reason="Not in the parcel", actor=actor_of(cast.sally))
    return resolve_return(goods, actor=actor_of(cast.sally))


def test_both_sides_take_their_returns_away_as_the_list_shows_them(cast: Cast) -> None:
    goods, bea, sally = in_several_ways(cast), Client(), Client()
    bea.force_login(cast.bea)
    sally.force_login(cast.sally)
    assert len(rows_of(sally, f"{MAKER}returns/export.csv")) == 1, "nothing is open"
    titles, row = rows_of(sally, f"{MAKER}returns/export.csv?all=1")
    found = dict(zip(titles, row, strict=True))
    assert [found[name] for name in ("Return", "Company", "Status", "Why", "SKU", "Waits until (UTC)")] == [
        goods.number, "Cornershop", "Resolved", "Chipped", "85123A", "",
    ]  # fmt: skip
    assert row[titles.index("Asked for") :][:8] == ["10", "8", "0", "2", "5", "2", "0", "1"]
    assert [found[name] for name in ("Refunded", "Currency")] == ["21.42", "GBP"]
    assert rows_of(bea, f"{SHOP}returns/export.csv?all=1")[1][titles.index("Company")] == "Northfield"
    assert f"{SHOP}returns/export.csv?all=1" in bea.get(f"{SHOP}returns/?all=1").content.decode()
    book = b"".join(bea.get(f"{SHOP}returns/export.xlsx?all=1").streaming_content)  # type: ignore[attr-defined]
    assert book.startswith(b"PK")


def test_every_line_is_in_the_file_and_what_a_return_refunded_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.orders.returns.queries.AT_ONCE", 1)
    order = delivered(cast)
    settle(cast, come_back(cast, ask(cast, order, 5)), Outcome.REPLACE)
    arrive(cast, order, 5)
    both = {line.pk: 2 for line in order.lines.all()}
    goods = request_return(order, both, reason="Chipped", key="both", actor=actor_of(cast.bea))
    settle(cast, come_back(cast, goods), Outcome.REFUND)
    rows = list(every_returned_line(cast.northfield.pk, "sales", is_open=False))
    refunds = [(row.line.quantity, None if row.refund is None else str(row.refund)) for row in rows]
    assert refunds == [(2, "12.24"), (2, None), (5, "0.00")]
