"""The quick order pad: whatever is typed stays, each line says what it means, and what is right goes on at once."""

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import Company, User
from backend.catalog.models import Assortment, Product, Sku, TierPrice, Variant
from backend.catalog.pricing.buyers import buyer_of, buyer_of_company
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.orders.models import Cart, CartLine, QuickLine
from backend.orders.quick.actions import PutIn, Typed, clear_pad, paste_table, put_pad_in_cart, read_again, write_lines
from backend.orders.quick.pasting import Columns, rows_of
from backend.orders.quick.queries import Checked, PadView, check_line, read_pad
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast

ODD = "2.5 cases"


def type_in(cast: Cast, *lines: tuple[str, str], chosen: Sku | None = None) -> None:
    typed = [Typed(n, code, quantity, chosen.pk if chosen else None) for n, (code, quantity) in enumerate(lines, 1)]
    write_lines(typed, actor=actor_of(cast.bea))


def pad_of(user: User) -> PadView:
    actor = actor_of(user)
    with acting_for(actor.company_id):
        return read_pad(actor, buyer_of(actor))


def lines(cast: Cast) -> list[Checked]:
    return [line for line in pad_of(cast.bea).lines if not line.is_empty]


def line(cast: Cast, code: str, quantity: str) -> Checked:
    type_in(cast, (code, quantity))
    return lines(cast)[0]


def put(cast: Cast, *, only_ready: bool = False, key: str = "k") -> PutIn:
    return put_pad_in_cart(cast.cornershop, only_ready=only_ready, key=key, actor=actor_of(cast.bea))


def in_cart() -> dict[int, int]:
    return dict(CartLine.objects.values_list("sku", "quantity"))


# --- What a line means -----------------------------------------------------------------------------------------------
def test_a_line_says_name_price_step_and_stock(cast: Cast) -> None:
    said = line(cast, " 22114 ", "24")
    assert said.offer
    assert (said.offer.name, said.asked, said.trouble, said.can_be_ordered) == ("White dinner plate", 24, "", True)
    assert said.net
    assert (said.net.amount_minor, said.rung and said.rung.quantity) == (24 * 295, 1)
    assert said.cheaper
    assert said.cheaper.quantity == 32
    assert said.offer.stock.state == "low"


def test_three_cases_are_thirty_six(cast: Cast) -> None:
    said = line(cast, "22114", "3 cases")
    assert (said.asked, said.is_converted, said.can_be_ordered) == (36, True, True)


@pytest.mark.parametrize(
    ("quantity", "said", "would_do"),
    [
        ("7", "in steps of 12", 12),
        ("30", "The next that can is 36", 36),
        ("", "How many? The smallest order is 12", 12),
        ("0", "out of range", 12),
        ("-1", "out of range", 12),
        ("1000000000000", "too much", None),
        (ODD, "fraction of one case", None),
        ("some", "not a number", None),
    ],
)
def test_a_quantity_that_will_not_do_says_what_would(
    cast: Cast, quantity: str, said: str, would_do: int | None
) -> None:
    wrong = line(cast, "22114", quantity)
    assert said in wrong.trouble
    assert wrong.would_do == would_do
    assert wrong.quantity == quantity, "what was typed is kept"
    assert not wrong.can_be_ordered


def test_a_code_of_two_sellers_is_chosen_between(cast: Cast) -> None:
    unsure = line(cast, "85123a", "12")
    assert [offer.sku.company.name for offer in unsure.choices] == ["Eastwick", "Northfield"]
    assert "2 sellers have this code" in unsure.trouble
    type_in(cast, ("85123a", "12"), chosen=cast.mug)
    sure = lines(cast)[0]
    assert sure.offer
    assert (sure.offer.sku, sure.can_be_ordered) == (cast.mug, True)


def test_a_choice_that_the_code_does_not_mean_is_none(cast: Cast) -> None:
    type_in(cast, ("85123a", "12"), chosen=cast.plate)
    assert lines(cast)[0].offer is None
    write_lines([Typed(1, "85123A", "12", 10**17)], actor=actor_of(cast.bea))
    assert QuickLine.objects.get().sku_id is None


@pytest.mark.parametrize("code", ["4006381333931", "04006381333931"])
def test_a_barcode_is_as_good_as_a_code(cast: Cast, code: str) -> None:
    Variant.objects.filter(pk=cast.plate.variant_id).update(gtin="4006381333931")
    assert line(cast, code, "12").can_be_ordered


def test_what_is_not_shown_to_a_buyer_is_as_if_it_were_not(cast: Cast) -> None:
    unknown = line(cast, "NO-SUCH", "12").trouble
    Assortment.objects.create(company=cast.northfield, name="Others only", is_for_all=True)
    assert line(cast, "22114", "12").trouble == unknown.replace("NO-SUCH", "22114")


def test_what_went_off_sale_is_unknown_from_then_on(cast: Cast) -> None:
    assert line(cast, "22114", "12").can_be_ordered
    Sku.objects.filter(pk=cast.plate.pk).update(listed=False)
    assert "no SKU and no GTIN" in lines(cast)[0].trouble


def test_lines_of_one_sku_are_looked_at_together(cast: Cast) -> None:
    Variant.objects.filter(pk=cast.plate.variant_id).update(gtin="4006381333931")
    type_in(cast, ("22114", "7"), ("22114", "5"), ("4006381333931", "12"), ("22114", "-24"))
    assert [(each.asked, each.together, each.can_be_ordered) for each in lines(cast)] == [
        (7, 24, True), (5, 24, True), (12, 24, True), (-24, -24, False),
    ]  # fmt: skip
    with acting_for(cast.cornershop.pk):
        alone = check_line(actor_of(cast.bea), buyer_of_company(cast.cornershop), 1)
    assert (alone.together, alone.can_be_ordered) == (24, True)
    put(cast, only_ready=True)
    assert in_cart() == {cast.plate.pk: 24}


def test_ones_own_goods_are_not_ordered(cast: Cast) -> None:
    write_lines([Typed(1, "22114", "12")], actor=actor_of(cast.nora))
    assert "is your own" in pad_of(cast.nora).lines[0].trouble


# --- What was pasted -------------------------------------------------------------------------------------------------
def paste(cast: Cast, text: str, key: str = "p") -> None:
    paste_table(rows_of(text), key=key, actor=actor_of(cast.bea))


def test_pasted_rows_stand_below_what_was_typed_and_are_read_again_without_it(cast: Cast) -> None:
    type_in(cast, ("22114", "12"))
    paste(cast, "SKU;Each;Qty\n85123A;12;36\n22114;1;24\n85123A;1;1\n")
    assert [(each.position, each.code, each.quantity, list(each.rows)) for each in lines(cast)] == [
        (1, "22114", "12", []), (2, "85123A", "37", [2, 4]), (3, "22114", "24", [3]),
    ]  # fmt: skip
    read_again(Columns(code=0, quantity=1, header=1), actor=actor_of(cast.bea))
    assert [(each.code, each.quantity) for each in lines(cast)] == [("22114", "12"), ("85123A", "13"), ("22114", "1")]


def test_what_was_pasted_twice_by_one_form_stands_there_once(cast: Cast) -> None:
    paste(cast, "22114\t24\n")
    paste(cast, "22114\t24\n")
    assert len(lines(cast)) == 1


def test_more_lines_than_a_pad_takes_are_refused_with_the_limit(cast: Cast) -> None:
    with pytest.raises(Refused, match="These are 5000 lines, and 1000 more fit: a quick order has at most 1000"):
        paste(cast, "".join(f"X{n}\t1\n" for n in range(5_000)))
    with pytest.raises(Refused, match="no code and no quantity"):
        paste(cast, "\n\t\n")


# --- Into the cart ---------------------------------------------------------------------------------------------------
def test_all_or_nothing_names_the_first_line_that_will_not_do(cast: Cast) -> None:
    type_in(cast, ("22114", "12"), ("NO-SUCH", "1"))
    with pytest.raises(Refused, match="“NO-SUCH” is no SKU"):
        put(cast)
    assert in_cart() == {}


def test_what_can_be_ordered_goes_and_the_rest_stays_as_it_was_typed(cast: Cast) -> None:
    type_in(cast, ("22114", "12"), ("NO-SUCH", "1"), ("22114", ODD))
    assert put(cast, only_ready=True) == PutIn(1, 2)
    assert in_cart() == {cast.plate.pk: 12}
    assert [(each.position, each.code, each.quantity) for each in lines(cast)] == [
        (2, "NO-SUCH", "1"),
        (3, "22114", ODD),
    ]


def test_it_comes_on_top_of_what_is_in_the_cart_and_sent_twice_only_once(cast: Cast) -> None:
    for key in ("first", "second", "second"):
        if key == "first" or not QuickLine.objects.exists():
            type_in(cast, ("22114", "12"))
        put(cast, key=key)
    assert in_cart() == {cast.plate.pk: 24}


def test_whoever_may_not_order_has_no_pad(cast: Cast) -> None:
    for act in (
        lambda actor: write_lines([], actor=actor),
        lambda actor: paste_table([["22114", "1"]], key="k", actor=actor),
        lambda actor: read_again(Columns(0), actor=actor),
        lambda actor: clear_pad(actor=actor),
        lambda actor: put_pad_in_cart(cast.northfield, only_ready=True, key="k", actor=actor),
    ):
        with pytest.raises(NotAllowed):
            act(actor_of(cast.rita))


def test_an_emptied_pad_is_empty(cast: Cast) -> None:
    type_in(cast, ("22114", "12"))
    clear_pad(actor=actor_of(cast.bea))
    assert lines(cast) == []
    with pytest.raises(Refused, match="nothing on the pad"):
        put(cast)


def assortment_of(company: Company, many: int, like: Sku) -> list[Sku]:
    products = Product.objects.bulk_create(
        Product(company=company, category=like.product.category, name=f"P{n}", slug=f"p{n}", status="published")
        for n in range(many)
    )
    variants = Variant.objects.bulk_create(Variant(product=product) for product in products)
    skus = Sku.objects.bulk_create(
        Sku(company=company, product=each.product, variant=each, code=f"P-{n}") for n, each in enumerate(variants)
    )
    TierPrice.objects.bulk_create(TierPrice(sku=sku, unit_price_minor=100) for sku in skus)
    return skus


def test_a_thousand_lines_cost_as_many_queries_as_one(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    skus = assortment_of(cast.northfield, 1_000, cast.mug)
    actor, buyer = actor_of(cast.bea), buyer_of_company(cast.cornershop)
    Cart.objects.create(company=cast.cornershop, user=cast.bea)  # the first thing in it makes a cart
    for many in (1, 1_000):
        clear_pad(actor=actor)
        with django_assert_num_queries(11):
            paste_table([[sku.code, "3"] for sku in skus[:many]], key=f"p{many}", actor=actor)
        with django_assert_num_queries(7), acting_for(buyer.company_id):
            assert read_pad(actor, buyer).ready == many
        with django_assert_num_queries(16):
            put_pad_in_cart(cast.cornershop, only_ready=False, key=f"k{many}", actor=actor)
    assert sum(in_cart().values()) == 3_003


@pytest.fixture
def market(transactional_db: None) -> Cast:
    return make_cast()


def test_two_tabs_that_put_one_pad_into_the_cart_put_it_there_once(market: Cast, at_once: AtOnce) -> None:
    type_in(market, ("22114", "12"))
    results = at_once([lambda n=n: put(market, key=f"tab{n}") for n in range(6)])
    assert sum(isinstance(each, PutIn) for each in results) == 1
    assert in_cart() == {market.plate.pk: 12}


def test_pads_are_each_persons_own(cast: Cast) -> None:
    type_in(cast, ("22114", "12"))
    assert (pad_of(cast.bea).filled, pad_of(cast.carl).filled) == (1, 0)
