"""Of a long return one thing is said of all that came, or was looked at; the lines that differ are named."""

from typing import Any

import pytest
from django.test import Client

from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.steps import Consignment
from backend.orders.models import Order
from backend.orders.returns.actions import approve_return, request_return
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.returns.receiving.actions import inspect_return, receive_return
from backend.orders.returns.states import Outcome
from frontend_htmx.orders.line_rows import ROWS, LineRowsForm
from tests.cast import Cast, actor_of
from tests.frontend.test_orders import HTMX, MAKER, words
from tests.frontend.test_sending_rows import long_order, typed

RESTOCKED = {**dict.fromkeys(Outcome, 0), Outcome.RESTOCK: 4}


@pytest.fixture
def goods(cast: Cast) -> Return:
    """All of an order of 25 lines, four of each, is to come back."""
    order, bea = long_order(cast), actor_of(cast.bea)
    lines = dict.fromkeys(order.lines.values_list("pk", flat=True), 4)
    confirm_delivery(
        dispatch_goods(order, cast.shelf, lines, Consignment(), key="s", actor=actor_of(cast.wes)), actor=bea
    )
    asked = request_return(Order.objects.this(order).get(), lines, reason="Chipped", key="b", actor=bea)
    return approve_return(asked, actor=actor_of(cast.sally))


@pytest.fixture
def wes(cast: Cast, client: Client) -> Client:
    client.force_login(cast.wes)
    return client


def sent(wes: Client, goods: Return, step: str, fields: dict[str, str]) -> Any:
    """With the warehouse that a browser chooses, where there is one."""
    fields = {**fields, "warehouse": str(goods.order.seller.warehouses.get().pk)}
    return wes.post(f"{MAKER}orders/{goods.order_id}/returns/{goods.pk}/{step}/", fields, headers=HTMX)


def post(wes: Client, goods: Return, step: str, fields: dict[str, str]) -> str:
    """The words of what comes of it, which was taken."""
    response = sent(wes, goods, step, fields)
    assert response.status_code == 200, words(response)
    return words(response)


def refused(wes: Client, goods: Return, step: str, fields: dict[str, str]) -> tuple[str, LineRowsForm]:
    """The words of what comes of it, which was not, and the form as it comes back."""
    response = sent(wes, goods, step, fields)
    assert response.status_code == 422, words(response)
    (desk,) = response.context["return_desks"]
    return words(response), desk.receiving if step == "receipt" else desk.inspecting


def forms(wes: Client, goods: Return) -> tuple[LineRowsForm, LineRowsForm]:
    """To receive it and to inspect it, as they are shown now."""
    (desk,) = wes.get(f"{MAKER}orders/{goods.order_id}/").context["return_desks"]
    return desk.receiving, desk.inspecting


def line_of(goods: Return, nth: int) -> ReturnLine:
    return goods.lines.select_related("line").order_by("line__position")[nth]


def code_of(goods: Return, nth: int) -> str:
    return line_of(goods, nth).line.code


def came(cast: Cast, goods: Return, units: int = 4) -> Return:
    lines = dict.fromkeys(goods.lines.values_list("pk", flat=True), units)
    return receive_return(goods, cast.shelf, lines, key="came", actor=actor_of(cast.wes))


def test_a_long_return_asks_for_what_differs_and_not_for_each_line(cast: Cast, wes: Client, goods: Return) -> None:
    page = wes.get(f"{MAKER}orders/{goods.order_id}/").content.decode()
    assert "100 units of 25 lines" in page
    assert page.count('name="line-') == ROWS
    came(cast, goods)
    page = wes.get(f"{MAKER}orders/{goods.order_id}/").content.decode()
    assert page.count('name="reject-') == page.count('name="restock-') == ROWS


# --- What has come ---------------------------------------------------------------------------------------------------
def test_who_names_nothing_takes_in_what_every_line_said_before_and_only_once(wes: Client, goods: Return) -> None:
    receiving, _inspecting = forms(wes, goods)
    for _ in range(2):
        assert "Return 1 Received" in post(wes, goods, "receipt", typed(receiving, note="Wet"))
    assert set(goods.lines.values_list("received", flat=True)) == {4}
    assert goods.order.entries.filter(step="return_received").count() == 1


def test_of_a_line_that_is_named_less_has_come_or_nothing(wes: Client, goods: Return) -> None:
    receiving, _inspecting = forms(wes, goods)
    rows = {"code-0": code_of(goods, 2).lower(), "line-0": "1", "code-1": code_of(goods, 20), "line-1": "0"}
    assert "Received in part" in post(wes, goods, "receipt", typed(receiving, **rows))
    received = goods.lines.order_by("line__position").values_list("received", flat=True)
    assert {nth: n for nth, n in enumerate(received) if n != 4} == {2: 1, 20: 0}


def test_a_parcel_that_brings_a_few_lines_is_counted_by_them(wes: Client, goods: Return) -> None:
    receiving, _inspecting = forms(wes, goods)
    rows = {"rest": "", "code-0": code_of(goods, 24), "line-0": "4"}
    assert "96 units of 24 lines" in post(wes, goods, "receipt", typed(receiving, **rows))
    assert dict(goods.lines.filter(received__gt=0).values_list("pk", "received")) == {line_of(goods, 24).pk: 4}


def test_what_cannot_have_come_is_said_at_its_row_and_kept(wes: Client, goods: Return) -> None:
    receiving, _inspecting = forms(wes, goods)
    for rows, complaint in (
        ({"code-0": "BOWL-99", "line-0": "1"}, "“BOWL-99” is none of these lines"),
        ({"code-0": "BOWL-3-OF-25"}, "Say how many"),
        ({"code-0": "BOWL-3-OF-25", "line-0": "5"}, "4 of BOWL-3-OF-25 are still expected, not 5"),
    ):
        said, form = refused(wes, goods, "receipt", typed(receiving, note="Wet", **rows))
        assert complaint in said
        assert (list(form.non_field_errors()), form["code-0"].value(), form["note"].value()) == (
            [],
            rows["code-0"],
            "Wet",
        )
    assert not goods.lines.filter(received__gt=0).exists()


def test_all_of_it_is_what_was_expected_when_the_page_was_read(cast: Cast, wes: Client, goods: Return) -> None:
    """A colleague counts a parcel meanwhile: what has come twice by that is named."""
    receiving, _inspecting = forms(wes, goods)
    receive_return(goods, cast.shelf, {line_of(goods, 0).pk: 4}, key="other", actor=actor_of(cast.wes))
    said, form = refused(wes, goods, "receipt", typed(receiving))
    assert "0 of BOWL-0-OF-25 are still expected, not 4" in said
    assert "Return 1 Received" in post(wes, goods, "receipt", typed(form))


# --- What becomes of it ----------------------------------------------------------------------------------------------
def test_who_names_nothing_restocks_what_every_line_said_before_and_only_once(
    cast: Cast, wes: Client, goods: Return
) -> None:
    _receiving, inspecting = forms(wes, came(cast, goods))
    for _ in range(2):
        assert "Return 1 Inspected" in post(wes, goods, "inspection", typed(inspecting))
    assert {line.pk: line.outcomes for line in goods.lines.all()} == {line.pk: RESTOCKED for line in goods.lines.all()}
    assert goods.order.entries.filter(step="return_inspected").count() == 1


def test_a_line_that_is_named_has_outcomes_of_its_own_and_all_others_the_same(
    cast: Cast, wes: Client, goods: Return
) -> None:
    _receiving, inspecting = forms(wes, came(cast, goods))
    rows = {"rest": "refund", "code-0": code_of(goods, 9), "restock-0": "1", "reject-0": "3"}
    post(wes, goods, "inspection", typed(inspecting, **rows))
    outcomes = {nth: line.outcomes for nth, line in enumerate(goods.lines.order_by("line__position"))}
    nothing = dict.fromkeys(Outcome, 0)
    assert outcomes.pop(9) == {**nothing, Outcome.RESTOCK: 1, Outcome.REJECT: 3}
    assert list(outcomes.values()) == [{**nothing, Outcome.REFUND: 4}] * 24


def test_each_unit_of_a_named_line_needs_one_outcome(cast: Cast, wes: Client, goods: Return) -> None:
    _receiving, inspecting = forms(wes, came(cast, goods))
    for rows, complaint in (
        ({"refund-0": "3"}, "4 of BOWL-9-OF-25 wait to be looked at, and 3 have an outcome here"),
        ({"refund-0": "3", "restock-0": "2"}, "and 5 have an outcome here"),
        ({"refund-0": "2.5"}, "fraction of one"),
        ({"rest": "", "refund-0": "4"}, "4 of BOWL-0-OF-25 wait to be looked at, and 0 have an outcome here"),
        ({"rest": "sold", "refund-0": "4"}, "sold is not one of the available choices"),
    ):
        said, form = refused(wes, goods, "inspection", typed(inspecting, **{"code-0": "bowl-9-of-25", **rows}))
        assert complaint in said
        assert (form["code-0"].value(), form["refund-0"].value()) == ("bowl-9-of-25", rows["refund-0"])
    assert goods.lines.filter(restocked=0, refunded=0).count() == 25


def test_what_a_colleague_has_looked_at_is_not_looked_at_again(cast: Cast, wes: Client, goods: Return) -> None:
    receive_return(goods, cast.shelf, {line_of(goods, 0).pk: 4}, key="first", actor=actor_of(cast.wes))
    inspect_return(goods, {line_of(goods, 0).pk: {Outcome.REJECT: 4}}, key="l", actor=actor_of(cast.wes))
    rest = {line.pk: 4 for line in goods.lines.all() if line.expected}
    receive_return(goods, cast.shelf, rest, key="rest", actor=actor_of(cast.wes))
    _receiving, inspecting = forms(wes, goods)
    assert (len(inspecting.lines), inspecting.units) == (24, 96)
    said, _form = refused(wes, goods, "inspection", typed(inspecting, **{"code-0": "BOWL-0-OF-25", "restock-0": "4"}))
    assert "0 of BOWL-0-OF-25 wait to be looked at, and 4 have an outcome here" in said
    post(wes, goods, "inspection", typed(inspecting))
    assert line_of(goods, 0).outcomes[Outcome.REJECT] == 4
