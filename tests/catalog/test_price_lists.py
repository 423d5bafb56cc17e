"""A seller's price lists: written as drafts, put in force, noticed when they begin and end."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from backend.catalog.lists.actions import (
    Changes,
    ListDraft,
    change_entries,
    create_price_list,
    edit_price_list,
    move_price_list,
    notice_schedules,
)
from backend.catalog.lists.models import PriceList
from backend.catalog.lists.states import ListKind, ListState
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.core.written import fetch
from backend.events.models import Event
from tests.cast import Cast, actor_of, make_cast
from tests.catalog.pricing.lists import draft_list, fixed, in_force, off, pence, put
from tests.conftest import admin, database_name


def last_event() -> Event:
    return Event.objects.order_by("-id")[0]


def told() -> tuple[list[int], bool]:
    data = last_event().data
    return data["companies"], data["everybody"]


def test_the_same_form_twice_makes_one_list(cast: Cast) -> None:
    draft = ListDraft("Trade", companies=["Cornershop"])
    made = [create_price_list(cast.northfield, draft, key="k", actor=actor_of(cast.nora)) for _ in range(2)]
    assert made[0] == made[1]
    assert last_event().subject == f"price_list:{made[0].pk}"


@pytest.mark.parametrize("who", ["wes", "rita", "otto", "bea"])
def test_prices_are_the_business_of_few(cast: Cast, who: str) -> None:
    price_list = draft_list(cast)
    actor = actor_of(getattr(cast, who))
    with pytest.raises(NotAllowed, match="may not see or edit its prices"):
        create_price_list(cast.northfield, ListDraft("Other"), key="k", actor=actor)
    with pytest.raises(NotAllowed):
        change_entries(price_list, Changes([fixed(cast.mug, 1, 1)]), seen=1, actor=actor)
    with pytest.raises(NotAllowed):
        move_price_list(price_list, ListState.ARCHIVED, actor=actor)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "A name has 1 to 80"),
        ({"companies": ["Nobody Ltd", "Corner Shop"]}, "There is no company called corner shop, nobody ltd"),
        ({"companies": ["Northfield"]}, "no company called northfield"),
        ({"kind": "secret"}, "is no kind of list"),
        ({"kind": ListKind.PUBLIC}, "names no companies"),
        ({"groups": [1]}, "Only a list for groups has groups"),
        ({"currency": "CHF"}, "CHF is not a currency of this market"),
        ({"percent": Decimal("100.5")}, "out of range"),
        ({"ends_at": timezone.now() - timedelta(days=1)}, "before it starts"),
    ],
)
def test_a_list_that_can_not_be_is_named(cast: Cast, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        draft_list(cast, **changed)


def test_two_lists_of_one_seller_have_two_names(cast: Cast) -> None:
    draft_list(cast)
    with pytest.raises(Refused, match="another one of the name “Trade”"):
        draft_list(cast)


def test_a_line_replaces_the_one_of_its_tier_and_can_be_taken_out(cast: Cast) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 250), fixed(cast.mug, 12, 240))
    price_list = put(cast, price_list, fixed(cast.mug, 12, 230))
    assert [pence(cast, cast.mug, n) for n in (1, 12)] == ["250", "230"]
    gone = Changes(take=[(cast.mug.code, 12)])
    change_entries(price_list, gone, seen=price_list.version, actor=actor_of(cast.sally))
    assert pence(cast, cast.mug, 12) == "250"


def test_a_line_that_contradicts_what_stands_in_the_list_is_refused_and_nothing_changes(cast: Cast) -> None:
    price_list = in_force(cast, fixed(cast.mug, 12, 240))
    with pytest.raises(Refused, match=r"85123A costs 2\.60 from 24 on, more than 2\.40"):
        put(cast, price_list, fixed(cast.plate, 1, 100), fixed(cast.mug, 24, 260))
    assert pence(cast, cast.plate) == "295"
    put(cast, price_list, fixed(cast.mug, 24, 260, dearer=True))
    assert pence(cast, cast.mug, 24) == "260"


def test_a_list_prices_its_sellers_skus_alone(cast: Cast) -> None:
    cast.kettle.code = "ONLY-EASTWICKS"
    cast.kettle.save()
    with pytest.raises(Refused, match="You have no SKU ONLY-EASTWICKS"):
        put(cast, draft_list(cast), fixed(cast.kettle, 1, 100))


def test_who_was_slower_is_told_and_changes_nothing(cast: Cast) -> None:
    price_list = draft_list(cast)
    put(cast, price_list, fixed(cast.mug, 1, 200))
    with pytest.raises(Conflict, match="Somebody changed this"):
        change_entries(price_list, Changes([fixed(cast.mug, 1, 1)]), seen=1, actor=actor_of(cast.max))
    with pytest.raises(Conflict):
        edit_price_list(price_list, ListDraft("Mine"), seen=1, actor=actor_of(cast.max))


def test_a_currency_stays_while_there_are_prices_in_it(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 200))
    with pytest.raises(Refused, match="has prices in GBP"):
        edit_price_list(
            price_list, ListDraft("Trade", currency="EUR"), seen=price_list.version, actor=actor_of(cast.sally)
        )


def test_in_force_a_list_says_something_and_to_somebody(cast: Cast) -> None:
    with pytest.raises(Refused, match="says nothing yet"):
        move_price_list(draft_list(cast), ListState.ACTIVE, actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="is for nobody yet"):
        in_force(cast, name="Other", companies=[], percent=Decimal(5))


def test_an_archived_list_stays_as_it_was(cast: Cast) -> None:
    price_list = move_price_list(draft_list(cast), ListState.ARCHIVED, actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="is archived"):
        put(cast, price_list, fixed(cast.mug, 1, 100))


def test_only_those_whose_prices_change_are_told_and_only_when_they_do(cast: Cast) -> None:
    price_list = put(cast, draft_list(cast), off(cast.mug, 1, 10))
    assert told() == ([], False), "a draft is nobody's business"
    price_list = move_price_list(price_list, ListState.ACTIVE, actor=actor_of(cast.sally))
    assert told() == ([cast.cornershop.pk], False)
    edit_price_list(
        price_list,
        ListDraft("Trade", companies=["Eastwick"]),
        seen=price_list.version,
        actor=actor_of(cast.sally),
    )
    assert told() == (sorted([cast.cornershop.pk, cast.eastwick.pk]), False), "who loses it hears of it, too"
    in_force(cast, name="All", kind=ListKind.PUBLIC, companies=[], percent=Decimal(5))
    assert told() == ([], True)


def test_a_list_that_begins_or_ends_by_itself_is_noticed_once(cast: Cast) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 200), starts_at=timezone.now() + timedelta(days=1))
    assert told() == ([], False), "its day has not come"
    assert notice_schedules() == 0
    rows = PriceList.objects.filter(pk=price_list.pk)
    rows.update(starts_at=Now() - timedelta(seconds=1))
    assert [notice_schedules(), notice_schedules()] == [1, 0]
    assert (last_event().kind, told()) == ("catalog.price_list_began", ([cast.cornershop.pk], False))
    rows.update(ends_at=Now())
    assert [notice_schedules(), notice_schedules()] == [1, 0]
    assert (last_event().kind, told()) == ("catalog.price_list_ended", ([cast.cornershop.pk], False))


def test_a_buyer_is_led_to_their_lists_by_indexes_however_many_there_are(transactional_db: None) -> None:
    cast = make_cast()
    named = {"company": cast.northfield, "state": ListState.ACTIVE, "kind": ListKind.CUSTOMER}
    PriceList.objects.bulk_create(PriceList(name=f"Terms of shop {n}", **named) for n in range(3_000))
    with admin(database_name()) as wire:
        wire.execute("ANALYZE catalog_pricelist")
    with acting_for(cast.cornershop.pk):
        plan = "\n".join(line for (line,) in fetch("EXPLAIN SELECT id FROM catalog_pricelist", {}))
    assert "Seq Scan on catalog_pricelist " not in plan, plan
    assert "Index Cond: (id = ANY (" in plan, plan
