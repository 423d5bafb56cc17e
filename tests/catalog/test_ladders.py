"""What an offer costs whoever has no list, and in which currency its seller sells."""

from decimal import Decimal

import pytest

from backend.catalog.actions import Tier
from backend.catalog.ladders.actions import change_ladder
from backend.catalog.ladders.queries import ladder_in
from backend.catalog.models import SellerTerms, Sku, TierPrice
from backend.catalog.offers.actions import set_seller_terms
from backend.catalog.search.models import SearchEntry
from backend.catalog.search.queries import shown_position
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.money import Money, UnitPrice
from backend.events import listeners, log
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of
from tests.catalog.pricing.lists import in_force, off, pence
from tests.orders.ordering import fill_cart, place


def steps(*said: tuple[int, int], currency: str = "GBP") -> list[Tier]:
    return [Tier(quantity, UnitPrice(Decimal(minor), currency)) for quantity, minor in said]


def change(cast: Cast, *said: tuple[int, int], sku: Sku | None = None, by: str = "sally", base: int = 1,
           key: str = "k", currency: str = "GBP") -> Sku:  # fmt: skip
    return change_ladder(
        sku or cast.mug, steps(*said, currency=currency), currency=currency, base_version=base, key=key,
        actor=actor_of(getattr(cast, by)),
    )  # fmt: skip


def sell_in(cast: Cast, currency: str, *, key: str = "t") -> SellerTerms:
    base = SellerTerms.objects.of_company(cast.northfield.pk).values_list("version", flat=True).first() or 1
    return set_seller_terms(
        cast.northfield, currency=currency, order_minimum_minor=0, lead_time_days=None, base_version=base, key=key,
        actor=actor_of(cast.nora),
    )  # fmt: skip


def test_a_new_ladder_is_paid_from_the_next_moment_on(cast: Cast) -> None:
    for _ in range(2):
        change(cast, (1, 310), (10, 280), (100, 240))
    assert [pence(cast, cast.mug, quantity) for quantity in (1, 9, 10, 99, 100)] == ["310", "310", "280", "280", "240"]
    (event,) = Event.objects.filter(kind=Kind.CATALOG_PRICES_CHANGED)
    assert (event.subject, event.data) == (f"product:{cast.mug.product_id}", {"sku": cast.mug.pk, "moves_rows": True})
    assert SearchEntry.objects.get(pk=cast.mug.pk).price_minor == 310


def test_percent_off_follows_the_new_ladder(cast: Cast) -> None:
    in_force(cast, off(cast.mug, 1, 10))
    change(cast, (1, 500))
    assert pence(cast, cast.mug) == "450"


def test_without_a_step_the_price_is_on_request(cast: Cast) -> None:
    change(cast)
    assert pence(cast, cast.mug) == ""
    assert SearchEntry.objects.get(pk=cast.mug.pk).price_minor is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([(2, 300)], "from 1 unit on"),
        ([(1, 300), (10, 300)], "has to be lower"),
        ([(1, 300), (10, 310)], "has to be lower"),
        ([(n, 1000 - n) for n in range(1, 22)], "1 to 20"),
    ],
)
def test_a_ladder_that_contradicts_itself_is_refused_and_the_old_one_stays(
    cast: Cast, said: list[tuple[int, int]], why: str
) -> None:
    before = ladder_in(cast.mug, "GBP")
    with pytest.raises(Refused, match=why):
        change(cast, *said)
    assert ladder_in(cast.mug, "GBP") == before


def test_a_ladder_has_one_currency(cast: Cast) -> None:
    with pytest.raises(Refused, match="one currency"):
        change_ladder(
            cast.mug, steps((1, 300), currency="EUR"), currency="GBP", base_version=1, key="k",
            actor=actor_of(cast.sally),
        )  # fmt: skip
    with pytest.raises(Refused, match="GBP, EUR"):
        change(cast, currency="XXX")


def test_whoever_saw_an_older_one_is_told_and_strangers_change_nothing(cast: Cast) -> None:
    change(cast, (1, 310))
    with pytest.raises(Conflict):
        change(cast, (1, 320), key="k2")
    for who in ("otto", "rita", "bea", "wes"):
        with pytest.raises(NotAllowed):
            change(cast, (1, 1), by=who, base=2, key=who)


def test_a_seller_takes_another_currency_once_everything_has_a_price_in_it(cast: Cast) -> None:
    with pytest.raises(Refused, match="have no price in EUR yet, such as 22114, 85123A") as refused:
        sell_in(cast, "EUR")
    assert refused.value.field == "currency"
    for sku in Sku.objects.of_company(cast.northfield.pk):
        change(cast, (1, 999), sku=sku, currency="EUR", key=f"k{sku.pk}")
    sell_in(cast, "EUR", key="t2")
    assert pence(cast, cast.mug) == "999"
    assert TierPrice.objects.of_company(cast.northfield.pk).filter(currency="GBP").exists(), "they are not forgotten"
    sell_in(cast, "GBP", key="t3")
    assert pence(cast, cast.mug) == "295"


def test_no_other_currency_than_the_markets(cast: Cast) -> None:
    with pytest.raises(Refused, match="not a currency of this market"):
        sell_in(cast, "XXX")


def test_the_search_follows_a_change_of_currency_and_says_up_to_where_it_shows(cast: Cast) -> None:
    for sku in Sku.objects.of_company(cast.northfield.pk):
        change(cast, (1, 700), sku=sku, currency="EUR", key=f"k{sku.pk}")
    sell_in(cast, "EUR")
    log.number_events(100)
    (event,) = Event.objects.filter(kind=Kind.CATALOG_CURRENCY_CHANGED)
    assert shown_position() < (event.position or 0)
    room = "backend.catalog.search"
    listeners.listen_once(room, listeners.listeners()[room], 100)
    assert shown_position() == log.last_position()
    entry = SearchEntry.objects.get(pk=cast.mug.pk)
    assert (entry.currency, entry.price_minor) == ("EUR", Decimal(700))


@pytest.mark.parametrize(("currency", "net"), [("EUR", Money(1_400, "EUR")), ("JPY", Money(1_400, "JPY"))])
def test_an_order_is_in_the_currency_that_its_seller_takes(cast: Cast, currency: str, net: Money) -> None:
    for sku in Sku.objects.of_company(cast.northfield.pk):
        change(cast, (1, 700), sku=sku, currency=currency, key=f"k{sku.pk}")
    sell_in(cast, currency)
    fill_cart(cast, {cast.mug: 2})
    (order,) = place(cast).orders.all()
    assert Money(order.net_minor, order.currency) == net
