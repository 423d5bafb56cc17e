"""Who changes a long order names the lines that change; what nobody says anything of stays as it is."""

import pytest
from django.test import Client

from backend.orders.models import Order
from frontend_htmx.orders.line_rows import ROWS
from tests.cast import Cast
from tests.frontend.test_order_desk import accepted, amend
from tests.frontend.test_orders import SHOP, words
from tests.frontend.test_sending_rows import long_order


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


@pytest.fixture
def order(cast: Cast) -> Order:
    """Four of each of 25 lines."""
    return long_order(cast)


def changed_in(order: Order) -> list[tuple[str, int, int]]:
    """(code, how many were to be delivered, how many are to be) of the open change."""
    lines = order.amendments.get().lines.order_by("position")
    return [(each.code, each.before, each.after) for each in lines]


def test_the_change_of_a_long_order_asks_for_what_changes(bea: Client, order: Order) -> None:
    page = bea.get(f"{SHOP}orders/{order.pk}/amendments/new/").content.decode()
    assert (page.count('name="line-'), page.count('name="changed-')) == (ROWS, ROWS)
    assert "It can be any of 25 lines" in page
    rows = {"changed-0": "bowl-3-of-25", "line-0": "6", "changed-2": "BOWL-20-OF-25", "line-2": "0"}
    added = {"code-1": "22114", "quantity-1": "12", "reason": "More guests"}
    assert "What it would come to" in words(amend(bea, order, "look", **rows, **added))
    assert amend(bea, order, "propose", **rows, **added).status_code == 200
    assert changed_in(order) == [("BOWL-3-OF-25", 4, 6), ("BOWL-20-OF-25", 4, 0), ("22114", 0, 12)]


NONSENSE = (
    ({"changed-0": "BOWL-99", "line-0": "1"}, "“BOWL-99” is none of these lines"),
    ({"changed-0": "BOWL-3-OF-25"}, "Say how many"),
    ({"changed-0": "BOWL-3-OF-25", "line-0": "-1"}, "out of range"),
    ({"changed-0": "BOWL-3-OF-25", "line-0": "1", "changed-1": "bowl-3-of-25", "line-1": "2"}, "here twice"),
)


def test_what_makes_no_sense_is_said_at_its_row_and_kept(bea: Client, order: Order) -> None:
    for typed, complaint in NONSENSE:
        response = amend(bea, order, "propose", reason="x", **typed)
        assert (response.status_code, complaint in words(response)) == (422, True), complaint
        form = response.context["form"]
        assert (list(form.non_field_errors()), form["changed-0"].value()) == ([], typed["changed-0"])


def test_more_lines_are_asked_for_without_looking_at_anything(bea: Client, order: Order) -> None:
    response = amend(bea, order, "more", **{"changed-0": "BOWL-3-OF-25", "line-0": "6", "city": "Hull"})
    form = response.context["form"]
    assert (response.status_code, len(form.rows), form["line-0"].value(), form["city"].value()) == (
        200, 2 * ROWS, "6", "Hull"
    )  # fmt: skip
    assert "What it would come to" not in words(response)


def test_a_field_that_is_left_empty_leaves_its_line_as_it_is(cast: Cast, bea: Client) -> None:
    order = accepted(cast)
    line = f"line-{order.lines.get().pk}"
    refused = amend(bea, order, "look", **{line: ""})
    assert (refused.status_code, "Nothing would change" in words(refused)) == (422, True)
