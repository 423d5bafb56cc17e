"""Several sellers offer one product, each on his own terms and with his own stock."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from backend.catalog.actions import Tier
from backend.catalog.models import Sku, Variant
from backend.catalog.offers.actions import OfferDraft, OfferTerms, create_offer, edit_offer
from backend.catalog.offers.queries import offerable
from backend.core.errors import NotAllowed, Refused
from backend.core.money import UnitPrice
from backend.core.quantity import OrderRule, Packing
from backend.inventory.actions import adjust_stock
from backend.inventory.availability.queries import availability
from realtime.asking import grant_for
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.live import assert_live

GTIN = "4006381333931"


def draft(code: str = "EW-1", pence: str = "280", **terms: Any) -> OfferDraft:
    return OfferDraft(code, [Tier(1, UnitPrice(Decimal(pence)))], OfferTerms(**terms))


def offer(cast: Cast, by: str = "otto", key: str = "k", given: OfferDraft | None = None) -> Sku:
    """Eastwick's of Northfield's mug."""
    company = getattr(cast, by).memberships.get().company
    variant = Variant.objects.select_related("product").get(pk=cast.mug.variant_id)
    return create_offer(variant, given or draft(), company=company, key=key, actor=actor_of(getattr(cast, by)))


def page_of(cast: Cast) -> str:
    return f"/products/{cast.mug.product_id}-blue-enamel-mug/"


def test_another_seller_offers_what_is_published_once(cast: Cast) -> None:
    sku = offer(cast, given=draft(rule=OrderRule(6, 6), packing=Packing(6, 12), lead_time_days=4))
    assert offer(cast, given=draft(rule=OrderRule(6, 6), packing=Packing(6, 12), lead_time_days=4)) == sku
    assert (sku.company, sku.product, sku.moq, sku.inner_pack) == (cast.eastwick, cast.mug.product, 6, 6)
    with pytest.raises(Refused, match="You offer this already"):
        offer(cast, key="k2", given=draft("EW-2"))


@pytest.mark.parametrize(
    ("by", "given", "said"),
    [
        ("nick", draft(), "waits for its approval"),
        ("otto", draft("85123A"), "already the code"),
        ("otto", OfferDraft("EW-1", []), "1 to 20 price tiers"),
        ("otto", draft(packing=Packing(5, 12)), "does not fit a case"),
    ],
)
def test_what_cannot_be_offered_is_refused(cast: Cast, by: str, given: OfferDraft, said: str) -> None:
    with pytest.raises(Refused, match=said):
        offer(cast, by=by, given=given)


def test_only_what_is_published_and_only_by_who_sells(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        offer(cast, by="bea")
    cast.mug.product.status = "paused"
    cast.mug.product.save()
    with pytest.raises(Refused, match="is not published"):
        offer(cast)


def test_a_gtin_is_the_same_with_zeros_before_it(cast: Cast) -> None:
    Variant.objects.filter(pk=cast.mug.variant_id).update(gtin=GTIN)
    for written in (GTIN, f"0{GTIN}", f" {GTIN} "):
        assert [variant.pk for variant in offerable(written)] == [cast.mug.variant_id]
    assert not offerable("")
    assert not offerable("0")


def test_a_product_page_shows_every_offer_with_its_own_live_stock(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    with assert_live(client, page_of(cast)):
        sku = offer(cast, given=draft(lead_time_days=4))
        adjust_stock(sku, cast.barn, by=17, reason="", key="s", actor=actor_of(cast.otto))
    response = client.get(page_of(cast))
    assert_sound(response)
    shown = response.content.decode()
    assert all(word in shown for word in ("Northfield", "Eastwick", "EW-1", "£2.80", "£2.95", "4 days"))
    with assert_live(client, page_of(cast)):
        adjust_stock(sku, cast.barn, by=-17, reason="", key="s2", actor=actor_of(cast.otto))
    assert availability(cast.mug.pk).state == "in_stock"


def test_what_is_no_longer_listed_is_watched_by_nobody(cast: Cast) -> None:
    sku = offer(cast)
    topic = f"stock:{sku.pk}"
    assert topic in grant_for(actor_of(cast.bea), [topic]).topics
    edit_offer(sku, OfferTerms(listed=False), base_version=1, key="e", actor=actor_of(cast.otto))
    assert topic not in grant_for(actor_of(cast.bea), [topic]).topics


def test_a_seller_finds_it_offers_it_and_sees_it_among_his_products(cast: Cast, client: Client) -> None:
    Variant.objects.filter(pk=cast.mug.variant_id).update(gtin=GTIN)
    client.force_login(cast.otto)
    assert f"offers/new/?product={cast.mug.product_id}" in client.get(page_of(cast)).content.decode()
    found = client.get(f"/c/eastwick/offers/new/?gtin={GTIN}")
    assert_sound(found)
    url = f"/c/eastwick/offers/new/terms/?variant={cast.mug.variant_id}"
    assert f'href="{url}"' in found.content.decode()
    assert_sound(client.get(url))
    typed = {"key": "k", "code": "ew-1", "unit": "each", "moq": "2", "increment": "2", "case_pack": "12"}
    assert client.post(url, {**typed, "price": "two"}).status_code == 422
    assert client.post(url, {**typed, "price": "2.80"}).status_code == 303
    shown = client.get("/c/eastwick/products/").content.decode()
    assert "EW-1" in shown
    assert "Described by another company" in shown
    assert "offers/new/?product=" not in client.get(page_of(cast)).content.decode()
    sku = Sku.objects.get(code="EW-1")
    assert client.get(f"/c/eastwick/inventory/skus/{sku.pk}/").status_code == 200
    client.force_login(cast.nora)
    assert client.get(f"/c/northfield/inventory/skus/{sku.pk}/").status_code == 404
    assert client.get(f"/c/northfield/offers/{sku.pk}/").status_code == 404
