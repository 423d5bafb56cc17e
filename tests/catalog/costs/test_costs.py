"""What goods cost is said by whoever keeps the floors, a list at a time, and known to nobody else."""

from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.catalog.costs.actions import set_costs
from backend.catalog.costs.queries import costs_view
from backend.catalog.costs.reading import read_costs
from backend.catalog.models import CostPrice
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.core.tables.pasted import table_of
from tests.cast import Cast, actor_of


def say(cast: Cast, text: str) -> int:
    return set_costs(cast.northfield, read_costs(table_of(text), "GBP"), actor=actor_of(cast.max))


def known() -> dict[str, Decimal]:
    return dict(CostPrice.objects.values_list("sku__code", "unit_cost_minor"))


def test_a_list_says_what_goods_cost_and_what_it_does_not_name_stays(cast: Cast) -> None:
    assert say(cast, "SKU,Cost\n85123a,1.95\n22114,£1.2025\n") == 2
    assert known() == {"85123A": Decimal(195), "22114": Decimal("120.25")}
    for _ in range(2):
        say(cast, "85123A\t2.05")
    assert known() == {"85123A": Decimal(205), "22114": Decimal("120.25")}
    say(cast, "22114;-")
    assert known() == {"85123A": Decimal(205)}


def test_decimal_commas_are_read_as_their_country_writes_them() -> None:
    costs = read_costs(table_of("85123A;1,95\n22114;1.200,50"), "EUR")
    assert {code: cost and cost.minor for code, cost in costs.items()} == {"85123A": 195, "22114": 120_050}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one SKU"),
        ("85123A,1.95\n85123B,1.95", "no SKU 85123B"),
        ("85123A,1.95\n22114,cheap", "Line 2: “22114, cheap” is not a code and what one costs"),
        ("85123A,0", "Line 1"),
        ("85123A,-1", "Line 1"),
        ("85123A,1.2345678", "Line 1"),
        (",1.95", "Line 1"),
        ("\n".join(f"A{n},1" for n in range(20_001)), "at most 20000 lines"),
    ],
)
def test_a_list_that_cannot_be_read_changes_nothing_and_names_its_line(cast: Cast, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        say(cast, text)
    assert not CostPrice.objects.exists()


@pytest.mark.parametrize("who", ["sally", "wes", "rita", "bea", "otto"])
def test_who_does_not_keep_the_floors_says_no_costs(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        set_costs(cast.northfield, read_costs([["85123A", "1"]], "GBP"), actor=actor_of(getattr(cast, who)))


def test_what_is_known_is_shown_in_three_queries(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    say(cast, "85123A,1.95")
    with acting_for(cast.northfield.pk), django_assert_num_queries(3):
        shown = costs_view(cast.northfield.pk, text="851")
    assert (shown.known, shown.unknown, [row.code for row in shown.rows]) == (1, 1, ["85123A"])
