"""What one company may hold without ordering it: how much of a SKU, how often at a time, and for how long."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic

from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.inventory.actions import receive_stock
from backend.inventory.holds.actions import reserve_stock
from backend.inventory.holds.allocating import Demand
from backend.inventory.holds.limits import LIMITS, HeldTooMuch
from backend.inventory.holds.models import Hold, HoldKind
from backend.inventory.holds.steps import hold_stock, lock_stock
from backend.inventory.holds.wishes import Wish
from backend.inventory.models import StockItem, StockLevel
from backend.inventory.steps import Line
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, add_sku, make_cast


def hold(
    cast: Cast,
    quantity: int,
    subject: str = "checkout:1",
    *,
    sku: Sku | None = None,
    who: Company | None = None,
    kind: HoldKind = HoldKind.CART,
    expires_in: timedelta | None = None,
) -> None:
    with atomic():
        pk = (sku or cast.mug).pk
        stock = lock_stock([pk], freeing=subject)
        hold_stock(
            stock,
            [Demand(1, pk, quantity)],
            kind=kind,
            holder_id=(who or cast.cornershop).pk,
            subject=subject,
            expires_in=expires_in,
        )


def test_one_company_holds_half_of_what_there_is_at_most(cast: Cast) -> None:
    with pytest.raises(HeldTooMuch, match="One company may hold 150 of 85123A at most") as refused:
        hold(cast, 151)
    assert refused.value.most == {cast.mug.pk: 150}
    hold(cast, 150)


def test_how_much_may_be_held_is_said_only_where_the_seller_discloses_the_number(cast: Cast) -> None:
    StockItem.objects.of_sku(cast.mug.pk).update(disclosure="bands")
    with pytest.raises(HeldTooMuch) as refused:
        hold(cast, 151)
    assert "150" not in refused.value.message
    assert refused.value.detail == {}


def test_all_its_checkouts_count_together_and_nobody_elses(cast: Cast) -> None:
    hold(cast, 100)
    with pytest.raises(HeldTooMuch):
        hold(cast, 51, "checkout:2")
    hold(cast, 50, "checkout:2")
    hold(cast, 75, "checkout:3", who=cast.eastwick)


def test_the_same_checkout_begun_anew_counts_once(cast: Cast) -> None:
    for _ in range(3):
        hold(cast, 150)
    assert Hold.objects.get().quantity == 150


def test_the_last_one_can_be_held(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(on_hand=1)
    hold(cast, 1)


def test_what_has_lapsed_counts_no_more(cast: Cast) -> None:
    hold(cast, 150)
    Hold.objects.update(expires_at=Now())
    hold(cast, 150, "checkout:2")


def test_only_so_many_hold_at_a_time(cast: Cast) -> None:
    most = LIMITS[HoldKind.CART].subjects
    for n in range(most):
        hold(cast, 1, f"checkout:{n}")
    with pytest.raises(Refused, match=f"for {most} at a time already"):
        hold(cast, 1, "checkout:more")
    hold(cast, 1, "requisition:1", kind=HoldKind.APPROVAL)


def test_not_one_more_holds_where_many_begin_at_once(transactional_db: None, at_once: AtOnce) -> None:
    cast, most = make_cast(), LIMITS[HoldKind.CART].subjects
    skus = [add_sku(cast.mug.product, f"M-{n}") for n in range(most + 10)]
    for sku in skus:
        receive_stock([Line(sku, 9)], cast.shelf, reference="r", key=sku.code, actor=actor_of(cast.wes))
    results = at_once([lambda n=n: hold(cast, 1, f"checkout:{n}", sku=skus[n]) for n in range(len(skus))])
    refused = [result for result in results if isinstance(result, Refused)]
    assert (len(refused), Hold.objects.count()) == (10, most)


def test_a_reservation_is_no_part_of_a_transaction(transactional_db: None) -> None:
    with atomic(), pytest.raises(RuntimeError, match="commits by itself"):
        reserve_stock(Wish([Demand(1, 1, 1)], HoldKind.CART, 1, "checkout:1"))


def test_an_approval_holds_for_seven_days_at_most(cast: Cast) -> None:
    with pytest.raises(Refused, match="7 days at most"):
        hold(cast, 1, kind=HoldKind.APPROVAL, expires_in=timedelta(days=8))
    hold(cast, 1, kind=HoldKind.APPROVAL)
    (length,) = Hold.objects.values_list(F("expires_at") - F("created_at"), flat=True)
    assert length == timedelta(days=7)


def test_what_is_ordered_has_no_cap(cast: Cast) -> None:
    hold(cast, 300, "order:1", kind=HoldKind.ORDER)
