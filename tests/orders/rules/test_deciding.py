"""Which approvals an order needs, for any rules and any amount."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from backend.core.money import Money
from backend.orders.rules.deciding import Bought, Condition, Needed, Over, Wish, approvals_needed

ANN, CARL = 1, 2
NORTHFIELD, EASTWICK = 10, 11
CROCKERY, TOYS = 20, 21


def pounds(amount: int, currency: str = "GBP") -> Money:
    return Money(amount * 100, currency)


def cart(*amounts: int, seller: int = NORTHFIELD, category: int = CROCKERY, known: tuple[int, ...] = ()) -> Wish:
    return Wish([Bought(seller, category, pounds(each)) for each in amounts], known)


def asked(*rules: Condition, wish: Wish) -> list[tuple[int, int | None]]:
    return [(each.turn, each.approver_id) for each in approvals_needed(rules, wish)]


FROM_500 = Condition(1, ANN, pounds(500))
FROM_5000 = Condition(2, CARL, pounds(5_000))


def test_up_to_an_amount_nobody_is_asked_then_one_then_two() -> None:
    assert asked(FROM_500, FROM_5000, wish=cart(200, 299)) == []
    assert asked(FROM_500, FROM_5000, wish=cart(200, 300)) == [(1, ANN)]
    assert asked(FROM_5000, FROM_500, wish=cart(5_000)) == [(1, ANN), (2, CARL)]


def test_a_rule_on_a_category_counts_what_is_of_that_category() -> None:
    rule = Condition(1, ANN, pounds(100), category_id=TOYS)
    assert asked(rule, wish=cart(5_000)) == []
    assert asked(rule, wish=Wish([*cart(99, category=TOYS).lines, *cart(5_000).lines])) == []
    assert asked(rule, wish=cart(100, category=TOYS)) == [(1, ANN)]


def test_a_seller_is_new_until_something_was_ordered_of_him() -> None:
    rule = Condition(1, None, pounds(0), new_seller=True)
    (needed,) = approvals_needed([rule], cart(1, known=(EASTWICK,)))
    assert needed.reasons[0].sellers == (NORTHFIELD,)
    assert asked(rule, wish=cart(1, known=(NORTHFIELD,))) == []


def test_whoever_is_named_by_several_rules_is_asked_once() -> None:
    again = Condition(2, ANN, pounds(600))
    (needed,) = approvals_needed([again, FROM_500], cart(700))
    assert (needed.turn, [reason.least for reason in needed.reasons]) == (1, [pounds(500), pounds(600)])


def test_over_the_limit_anybody_is_asked_unless_a_rule_says_whom() -> None:
    over = replace(cart(300), over=[Over("order", pounds(200), pounds(300))])
    assert asked(wish=over) == [(1, None)]
    assert asked(FROM_500, wish=over) == [(1, None)]
    assert asked(Condition(2, CARL, pounds(0), over_limit=True), wish=over) == [(2, CARL)]


def test_what_cannot_be_compared_needs_the_approval() -> None:
    euros = Wish([Bought(NORTHFIELD, CROCKERY, pounds(1, "EUR"))])
    assert asked(FROM_500, wish=euros) == [(1, ANN)]
    assert asked(FROM_500, Condition(1, CARL, pounds(400, "EUR")), wish=euros) == []


amounts = st.integers(0, 2_000).map(pounds)
conditions = st.builds(
    Condition,
    turn=st.integers(1, 3),
    approver_id=st.sampled_from([None, ANN, CARL]),
    least=st.one_of(amounts, st.integers(0, 2_000).map(lambda each: pounds(each, "EUR"))),
    category_id=st.sampled_from([None, CROCKERY, TOYS]),
    new_seller=st.booleans(),
    over_limit=st.booleans(),
)
bought = st.builds(
    Bought,
    seller_id=st.sampled_from([NORTHFIELD, EASTWICK]),
    category_id=st.sampled_from([CROCKERY, TOYS]),
    net=st.builds(pounds, st.integers(0, 2_000), st.sampled_from(["GBP", "EUR", "USD"])),
)


def who(needed: list[Needed]) -> set[object]:
    return {each.approver_id or ("anybody", each.turn) for each in needed}


@given(
    st.lists(conditions, max_size=6), st.lists(bought, min_size=1, max_size=5), st.integers(1, 5_000), st.booleans(),
    st.data(),
)  # fmt: skip
def test_more_never_needs_less(
    rules: list[Condition], lines: list[Bought], more: int, is_over: bool, data: st.DataObject
) -> None:
    over = [Over("order", pounds(1), pounds(2))] if is_over else []
    raised = data.draw(st.integers(0, len(lines) - 1))
    dearer = [
        replace(line, net=line.net + Money(more, line.net.currency)) if n == raised else line
        for n, line in enumerate(lines)
    ]
    less = who(list(approvals_needed(rules, Wish(lines, {EASTWICK}, over))))
    now_over = [Over("order", pounds(1), pounds(3))] if is_over or data.draw(st.booleans()) else []
    assert less <= who(list(approvals_needed(rules, Wish(dearer, {EASTWICK}, now_over))))
    assert less <= who(list(approvals_needed(rules, Wish([*lines, data.draw(bought)], {EASTWICK}, over))))
