"""Templates and past orders: kept as they were, shown beside what they are now, and into the cart again."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.catalog.models import Sku, TierPrice
from backend.catalog.pricing.buyers import buyer_of_company
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.orders.models import Cart, CartLine, Order, OrderTemplate
from backend.orders.reordering.actions import (
    PutAgain,
    add_to_template,
    edit_template,
    make_template,
    put_again,
    remove_template,
)
from backend.orders.reordering.comparing import Compared
from backend.orders.reordering.queries import ordered_again, quantities_of_order, template_lines, templates
from tests.cast import Cast, actor_of
from tests.orders.ordering import ordered
from tests.orders.quick.test_pad import assortment_of


def keep(
    cast: Cast, quantities: Mapping[Sku, int], *, name: str = "Weekly", shared: bool = False, user: User | None = None
) -> OrderTemplate:
    return make_template(
        cast.cornershop,
        name,
        is_shared=shared,
        quantities={sku.pk: many for sku, many in quantities.items()},
        key=f"keep {name}",
        actor=actor_of(user or cast.bea),
    )


def lines(cast: Cast, template: OrderTemplate) -> list[Compared]:
    with acting_for(cast.cornershop.pk):
        return list(template_lines(template, buyer_of_company(cast.cornershop)).lines)


def again(cast: Cast, order: Order) -> list[Compared]:
    with acting_for(cast.cornershop.pk):
        return list(ordered_again(order, buyer_of_company(cast.cornershop)).lines)


def put(cast: Cast, quantities: Mapping[int, int], *, only_ready: bool = False, key: str = "again") -> PutAgain:
    return put_again(cast.cornershop, quantities, only_ready=only_ready, key=key, actor=actor_of(cast.bea))


def seen_by(user: User) -> list[str]:
    actor = actor_of(user)
    with acting_for(actor.company_id):
        return [row.template.name for row in templates(actor)]


def in_cart() -> dict[int, int]:
    return dict(CartLine.objects.values_list("sku", "quantity"))


# --- Templates -------------------------------------------------------------------------------------------------------
def test_a_template_is_its_makers_alone_until_it_is_shared(cast: Cast) -> None:
    keep(cast, {cast.mug: 12}, name="Mine")
    keep(cast, {cast.mug: 12}, name="Ours", shared=True)
    assert (seen_by(cast.bea), seen_by(cast.carl), seen_by(cast.otto)) == (["Mine", "Ours"], ["Ours"], [])


def test_a_template_made_twice_by_one_form_is_one(cast: Cast) -> None:
    assert keep(cast, {cast.mug: 12}) == keep(cast, {cast.mug: 12})


def test_what_cannot_be_had_is_not_kept(cast: Cast) -> None:
    Sku.objects.filter(pk=cast.plate.pk).update(listed=False)
    assert [line.wanted.code for line in lines(cast, keep(cast, {cast.mug: 12, cast.plate: 12}))] == ["85123A"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Weekly"])
def test_a_name_that_will_not_do_is_refused(cast: Cast, name: str) -> None:
    keep(cast, {})
    with pytest.raises(Refused) as refused:
        make_template(cast.cornershop, name, is_shared=False, quantities={}, key="again", actor=actor_of(cast.bea))
    assert refused.value.field == "name"


def test_a_template_is_edited_by_whoever_orders_and_nobody_overwrites_unseen(cast: Cast) -> None:
    template = keep(cast, {cast.mug: 12, cast.plate: 12}, shared=True)
    new = {cast.mug.pk: 24, cast.plate.pk: 0, cast.kettle.pk: 5}
    edit_template(template, "Monthly", is_shared=False, quantities=new, version=1, actor=actor_of(cast.carl))
    template.refresh_from_db()
    assert (template.name, template.is_shared, template.version) == ("Monthly", True, 2), "only its maker takes it back"
    assert dict(template.lines.values_list("sku", "quantity")) == {cast.mug.pk: 24}
    with pytest.raises(Conflict, match="Somebody else has changed"):
        edit_template(template, "Yearly", is_shared=True, quantities={}, version=1, actor=actor_of(cast.bea))


def test_a_line_is_added_by_its_code_and_only_by_one_that_means_one_thing(cast: Cast) -> None:
    template, actor = keep(cast, {}), actor_of(cast.bea)
    add_to_template(template, "22114", 24, company=cast.cornershop, actor=actor)
    add_to_template(template, " 22114", 36, company=cast.cornershop, actor=actor)
    assert dict(template.lines.values_list("sku", "quantity")) == {cast.plate.pk: 36}
    for code, said in (("85123A", "Eastwick, Northfield have this code"), ("NO-SUCH", "no SKU and no GTIN")):
        with pytest.raises(Refused, match=said):
            add_to_template(template, code, 1, company=cast.cornershop, actor=actor)


def test_nobody_touches_what_is_anothers_alone(cast: Cast) -> None:
    template, carl = keep(cast, {}), actor_of(cast.carl)
    for act in (
        lambda: edit_template(template, "X", is_shared=True, quantities={}, version=1, actor=carl),
        lambda: add_to_template(template, "22114", 12, company=cast.cornershop, actor=carl),
        lambda: remove_template(template, actor=carl),
    ):
        with pytest.raises(NotAllowed):
            act()
    remove_template(template, actor=actor_of(cast.bea))
    assert not OrderTemplate.objects.exists()


# --- What has changed since ------------------------------------------------------------------------------------------
def test_a_past_order_says_what_is_dearer_cheaper_gone_or_ruled_otherwise(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 12, cast.plate: 12})
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=Decimal(354))
    Sku.objects.filter(pk=cast.plate.pk).update(moq=24, increment=24)
    mug, plate = again(cast, order)
    assert (mug.change, mug.trouble) == (Decimal("20.0"), "")
    assert (plate.change, plate.would_do) == (None, 24)
    assert "in steps of 24" in plate.trouble
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=Decimal(236))
    Sku.objects.filter(pk=cast.plate.pk).update(listed=False)
    mug, plate = again(cast, order)
    assert (mug.change, plate.trouble, plate.would_do) == (Decimal("-20.0"), "22114 is no longer for sale.", None)


# --- Into the cart ---------------------------------------------------------------------------------------------------
def test_a_past_order_goes_into_the_cart_again_whole_or_in_part(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 12, cast.plate: 12})
    with acting_for(cast.cornershop.pk):
        whole = quantities_of_order(order)
    Sku.objects.filter(pk=cast.plate.pk).update(listed=False)
    with pytest.raises(Refused, match="no longer for sale"):
        put(cast, whole)
    assert put(cast, whole, only_ready=True) == PutAgain(1, 1)
    assert put(cast, {cast.mug.pk: 6}, key="part") == PutAgain(1, 0)
    assert put(cast, {cast.mug.pk: 6}, key="part") == PutAgain(1, 0)
    assert in_cart() == {cast.mug.pk: 18}


@pytest.mark.parametrize("many", [0, -1, 10**12])
def test_quantities_that_cannot_be_are_refused_by_code(cast: Cast, many: int) -> None:
    with pytest.raises(Refused, match="out of range"):
        put(cast, {cast.plate.pk: many})
    with pytest.raises(Refused, match="Choose at least one"):
        put(cast, {})


def test_a_thousand_lines_cost_as_many_queries_as_one(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    skus = assortment_of(cast.northfield, 1_000, cast.mug)
    actor = actor_of(cast.bea)
    Cart.objects.create(company=cast.cornershop, user=cast.bea)  # the first thing in it makes a cart
    for many in (1, 1_000):
        wanted = dict.fromkeys(skus[:many], 2)
        template = keep(cast, wanted, name=f"Of {many}")
        with django_assert_num_queries(5), acting_for(cast.cornershop.pk):
            assert template_lines(template, buyer_of_company(cast.cornershop)).ready == min(many, 100)
        with django_assert_num_queries(10):
            put_again(cast.cornershop, {sku.pk: 2 for sku in wanted}, only_ready=False, key=f"k{many}", actor=actor)
