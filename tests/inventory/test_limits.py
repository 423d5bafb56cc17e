"""What is kept back is sold to nobody; what may be owed is sold beyond what is there; buyers see what is left."""

import pytest

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.models import Event
from backend.inventory.limits.actions import Limits, set_limits
from backend.inventory.models import Availability, StockItem, StockLevel
from tests.cast import Cast, actor_of

NONE = Limits(0, 0)


def test_what_is_kept_back_is_not_shown_to_buyers(cast: Cast) -> None:
    level = set_limits(cast.mug, cast.shelf, Limits(safety=40, backorder=0), seen=NONE, actor=actor_of(cast.nora))
    assert level.available == 260
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 260
    (event,) = Event.objects.all()
    assert (event.kind, event.data["availability_version"]) == ("inventory.limits_changed", 2)


def test_the_same_limits_again_change_nothing(cast: Cast) -> None:
    for _ in range(2):
        set_limits(cast.mug, cast.shelf, Limits(40, 10), seen=NONE, actor=actor_of(cast.nora))
    assert StockItem.objects.get(pk=cast.mug.pk).version == 2


def test_limits_that_somebody_changed_meanwhile_are_not_overwritten(cast: Cast) -> None:
    set_limits(cast.mug, cast.shelf, Limits(40, 10), seen=NONE, actor=actor_of(cast.nora))
    with pytest.raises(Conflict) as no:
        set_limits(cast.mug, cast.shelf, Limits(0, 50), seen=NONE, actor=actor_of(cast.max))
    assert no.value.detail == {"safety": 40, "backorder": 10}


def test_a_sale_meanwhile_is_no_conflict(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(on_hand=299, version=9)
    assert set_limits(cast.mug, cast.shelf, Limits(9, 0), seen=NONE, actor=actor_of(cast.nora)).available == 290


def test_what_is_promised_already_is_kept(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(allocated=280)
    with pytest.raises(Refused, match="280 of 300 are promised: keep back 30 less, or let 30 more be owed"):
        set_limits(cast.mug, cast.shelf, Limits(50, 0), seen=NONE, actor=actor_of(cast.nora))
    assert set_limits(cast.mug, cast.shelf, Limits(50, 30), seen=NONE, actor=actor_of(cast.nora)).available == -30


@pytest.mark.parametrize("limits", [Limits(-1, 0), Limits(0, -1), Limits(0, 10**12)])
def test_limits_are_whole_numbers_from_0_on(cast: Cast, limits: Limits) -> None:
    with pytest.raises(Refused, match="out of range"):
        set_limits(cast.mug, cast.shelf, limits, seen=NONE, actor=actor_of(cast.nora))


def test_who_packs_goods_does_not_decide_what_may_be_owed(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        set_limits(cast.mug, cast.shelf, Limits(0, 5), seen=NONE, actor=actor_of(cast.wes))
