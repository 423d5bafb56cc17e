"""How a SKU is ordered, and on which terms its seller sells."""

import pytest

from backend.catalog.models import SellerTerms, Sku
from backend.catalog.offers.actions import OfferTerms, edit_offer, set_seller_terms
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.quantity import OrderRule, Packing
from backend.core.units import Unit
from tests.cast import Cast, actor_of


def edit(cast: Cast, terms: OfferTerms, *, by: str = "sally", base: int = 1, key: str = "k") -> Sku:
    return edit_offer(cast.mug, terms, base_version=base, key=key, actor=actor_of(getattr(cast, by)))


def test_an_offer_says_its_packs_from_the_piece_to_the_pallet(cast: Cast) -> None:
    terms = OfferTerms(Unit.INNER, OrderRule(4, 2), Packing(6, 24, 40), lead_time_days=3)
    for _ in range(2):
        edit(cast, terms)
    sku = Sku.objects.get(pk=cast.mug.pk)
    assert sku.packing == Packing(6, 24, 40)
    assert (sku.unit_of_sale, sku.moq, sku.increment, sku.lead_time_days, sku.version) == ("inner", 4, 2, 3, 2)
    with pytest.raises(Conflict):
        edit(cast, terms, key="k2")


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (OfferTerms(Unit.INNER), "inner_pack"),
        (OfferTerms(Unit.PALLET), "pallet_cases"),
        (OfferTerms(packing=Packing(5, 12)), "inner_pack"),
        (OfferTerms(packing=Packing(12, 12)), "inner_pack"),
        (OfferTerms(packing=Packing(None, 12, 1)), "pallet_cases"),
        (OfferTerms(packing=Packing(None, 0)), "case_pack"),
        (OfferTerms(rule=OrderRule(0)), "moq"),
        (OfferTerms(rule=OrderRule(1, 0)), "increment"),
        (OfferTerms(lead_time_days=366), "lead_time_days"),
    ],
)
def test_packs_that_contradict_each_other_are_refused_at_their_field(cast: Cast, terms: OfferTerms, field: str) -> None:
    with pytest.raises(Refused) as refused:
        edit(cast, terms)
    assert refused.value.field == field


def test_an_offer_is_its_sellers(cast: Cast) -> None:
    for who in ("otto", "rita", "bea"):
        with pytest.raises(NotAllowed):
            edit(cast, OfferTerms(), by=who)


def test_a_seller_sets_his_terms_once(cast: Cast) -> None:
    def ask(minimum: int, key: str = "t", base: int = 1) -> SellerTerms:
        return set_seller_terms(
            cast.northfield, currency="GBP", order_minimum_minor=minimum, lead_time_days=2, base_version=base, key=key,
            actor=actor_of(cast.nora),
        )  # fmt: skip

    assert (ask(15000).version, ask(15000).version) == (2, 2)
    assert SellerTerms.objects.get().order_minimum_minor == 15000
    with pytest.raises(Conflict):
        ask(1, key="t2")
    with pytest.raises(Refused, match="from 0 to"):
        ask(-1, key="t3", base=2)
