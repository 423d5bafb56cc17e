"""What a line costs, as properties of every price list that there could be."""

from decimal import Decimal
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.catalog.lists.states import ListKind
from backend.catalog.pricing.engine import ladder_of, price_at
from backend.catalog.pricing.precedence import rank
from backend.catalog.pricing.rounding import less_percent
from backend.catalog.pricing.terms import ListTerms, Offer, Rule, Step
from backend.core.money import UnitPrice

of_every_list = settings(max_examples=60)
CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD"])
QUANTITIES = st.integers(1, 400)
PERCENTS = st.decimals(-100, 100, places=2)


def price(pence: str | Decimal, currency: str = "GBP") -> UnitPrice:
    return UnitPrice(Decimal(pence), currency)


def prices(currency: str) -> st.SearchStrategy[UnitPrice]:
    places = 0 if currency == "JPY" else 4
    return st.decimals(0, 100_000, places=places).map(lambda minor: UnitPrice(minor, currency))


def steps(currency: str, *, percents: bool = True, dearer: bool = False) -> st.SearchStrategy[list[Step]]:
    fixed = st.builds(Step, QUANTITIES, prices(currency), may_be_dearer=st.booleans() if dearer else st.just(False))
    percent = st.builds(Step, QUANTITIES, st.none(), PERCENTS)
    each = st.one_of(fixed, percent) if percents else fixed
    return st.lists(each, max_size=5, unique_by=lambda step: step.min_quantity)


@st.composite
def offers(draw: st.DrawFn, *, dearer: bool = False) -> Offer:
    currency = draw(CURRENCIES)
    lists = [
        (
            ListTerms(
                pk, f"list {pk}", draw(st.sampled_from(ListKind)), currency, draw(st.integers(0, 2)),
                draw(st.none() | PERCENTS),
            ),
            draw(steps(currency, dearer=dearer)),
        )
        for pk in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return Offer(1, draw(steps(currency, percents=False)), lists)


@of_every_list
@given(offers(), QUANTITIES, QUANTITIES)
def test_more_never_costs_more_a_unit(offer: Offer, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    few, many = price_at(offer, fewer), price_at(offer, more)
    if few:
        assert many
        assert many.unit_price.minor <= few.unit_price.minor


@of_every_list
@given(offers(dearer=True), QUANTITIES)
def test_a_dearer_step_says_so(offer: Offer, quantity: int) -> None:
    before, after = price_at(offer, quantity), price_at(offer, quantity + 1)
    if before and after and after.unit_price.minor > before.unit_price.minor:
        begun = [step for _, steps in offer.lists for step in steps if step.min_quantity == quantity + 1]
        assert any(step.may_be_dearer for step in begun)


@of_every_list
@given(offers(dearer=True), QUANTITIES)
def test_the_explained_price_is_the_charged_one(offer: Offer, quantity: int) -> None:
    priced = price_at(offer, quantity)
    if priced is None:
        return
    why = priced.explanation
    if why.rule == Rule.FIXED:
        (steps,) = [steps for terms, steps in offer.lists if terms == why.list]
        assert Step(why.tier, priced.unit_price) in [Step(step.min_quantity, step.price) for step in steps]
    else:
        assert why.base
        assert priced.unit_price == less_percent(why.base, why.percent or Decimal(0))
    if why.base:
        assert Step(why.base_tier, why.base) in offer.base
        assert why.base_tier <= quantity
    assert why.tier <= quantity


@of_every_list
@given(offers(dearer=True), QUANTITIES)
def test_the_order_in_which_lists_are_found_changes_nothing(offer: Offer, quantity: int) -> None:
    found = {price_at(Offer(1, offer.base, lists), quantity) for lists in permutations(offer.lists)}
    assert len(found) == 1


@of_every_list
@given(offers(dearer=True), QUANTITIES)
def test_a_ladder_says_what_every_quantity_costs(offer: Offer, quantity: int) -> None:
    reached = [rung for rung in ladder_of(offer) if rung.quantity <= quantity]
    priced = price_at(offer, quantity)
    assert (reached[-1].priced.unit_price if reached else None) == (priced.unit_price if priced else None)


@of_every_list
@given(st.lists(st.builds(ListTerms, st.integers(1, 5), st.just(""), st.sampled_from(ListKind)), unique=True))
def test_no_two_lists_are_equal_in_precedence(lists: list[ListTerms]) -> None:
    assert len({rank(terms) for terms in lists}) == len(lists)


def terms(pk: int, kind: ListKind, *, priority: int = 0, percent: str | None = None) -> ListTerms:
    return ListTerms(pk, f"list {pk}", kind, priority=priority, percent=Decimal(percent) if percent else None)


BASE = [Step(1, price("295")), Step(32, price("255"))]


def winner(*lists: ListTerms) -> int:
    priced = price_at(Offer(1, BASE, [(each, [Step(1, price("100"))]) for each in lists]), 1)
    assert priced
    assert priced.list
    return priced.list.pk


def test_a_contract_beats_a_customers_list_a_group_and_the_public_one() -> None:
    lists = [terms(pk, kind, priority=pk) for pk, kind in enumerate(ListKind)]
    assert [winner(*lists[n:]) for n in range(4)] == [0, 1, 2, 3]


def test_within_a_kind_the_higher_priority_counts_and_then_the_newest() -> None:
    assert winner(terms(1, ListKind.GROUP, priority=5), terms(2, ListKind.GROUP)) == 1
    assert winner(terms(1, ListKind.GROUP), terms(2, ListKind.GROUP)) == 2


def test_a_lists_percentage_comes_off_the_base_price_of_the_quantity() -> None:
    offer = Offer(1, BASE, [(terms(1, ListKind.GROUP, percent="10"), [])])
    few, many = price_at(offer, 1), price_at(offer, 32)
    assert few
    assert many
    assert (few.unit_price, many.unit_price) == (price("265.5"), price("229.5"))
    assert (many.rule, many.tier, many.explanation.base_tier) == (Rule.LIST_PERCENT, 1, 32)


def test_lists_never_add_up() -> None:
    lists: list[tuple[ListTerms, list[Step]]] = [
        (terms(1, ListKind.CONTRACT, percent="10"), []),
        (terms(2, ListKind.GROUP, percent="50"), []),
    ]
    priced = price_at(Offer(1, BASE, lists), 1)
    assert priced
    assert priced.unit_price == price("265.5")


def test_below_the_first_step_of_a_list_the_base_price_counts_less_its_percentage() -> None:
    steps = [Step(100, price("200"))]
    plain = price_at(Offer(1, BASE, [(terms(1, ListKind.CONTRACT), steps)]), 50)
    less = price_at(Offer(1, BASE, [(terms(1, ListKind.CONTRACT, percent="10"), steps)]), 50)
    assert plain
    assert less
    assert (plain.unit_price, plain.rule, plain.explanation.base_tier) == (price("255"), Rule.BASE, 32)
    assert (less.unit_price, less.rule) == (price("229.5"), Rule.LIST_PERCENT)


def test_a_base_price_below_a_percentage_of_nothing_is_a_price_on_request() -> None:
    assert price_at(Offer(1, [], [(terms(1, ListKind.GROUP, percent="10"), [])]), 1) is None
    assert price_at(Offer(1, []), 1) is None


def test_a_percentage_is_rounded_half_to_even_to_the_finest_price_of_its_currency() -> None:
    assert less_percent(price("0.0005"), Decimal(50)) == price("0.0002")
    assert less_percent(price("0.0007"), Decimal(50)) == price("0.0004")
    assert less_percent(price("5", "JPY"), Decimal(10)) == price("4", "JPY")
    assert less_percent(price("295"), Decimal("7.25")) == price("273.6125")
