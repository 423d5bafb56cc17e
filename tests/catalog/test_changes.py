"""What is published changes when an owner or a manager says so."""

from typing import Any

import pytest

from backend.catalog.changes.actions import add_variant, approve_change, edit_product, reject_change, withdraw_change
from backend.catalog.changes.queries import changes_of, compared, waiting_changes
from backend.catalog.models import AttributeDefinition, ChangeSet, Product, Sku
from backend.catalog.offers.actions import OfferTerms, edit_offer
from backend.core.errors import NotAllowed, Refused
from backend.events.models import Event
from tests.cast import Cast, actor_of


def propose(cast: Cast, by: str = "sally", key: str = "k", *, at_once: bool = True, **sheet: Any) -> ChangeSet | None:
    product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
    actor, base = actor_of(getattr(cast, by)), product.version
    return edit_product(product, sheet, base_version=base, key=key, actor=actor, at_once=at_once).waiting


def waiting(cast: Cast, **given: Any) -> ChangeSet:
    change = propose(cast, **given)
    assert change
    return change


def brand(cast: Cast) -> str:
    return Product.objects.get(pk=cast.mug.product_id).brand


def test_what_sales_changes_of_a_published_product_waits_and_an_owner_makes_it_true(cast: Cast) -> None:
    change = waiting(cast, brand="North")
    assert (change.state, brand(cast)) == ("open", "")
    assert waiting(cast, brand="North") == change, "sent twice it waits once"
    assert waiting_changes(cast.northfield.pk) == 1
    assert [(line.label, line.old, line.new) for line in compared(change)] == [("brand", None, "North")]
    for _ in range(2):
        assert approve_change(change, actor=actor_of(cast.nora)).state == "approved"
    assert brand(cast) == "North"
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["catalog.change_proposed", "catalog.product_edited", "catalog.change_approved"]


@pytest.mark.parametrize("who", ["nora", "max"])
def test_who_may_approve_changes_at_once_or_asks_for_second_eyes(cast: Cast, who: str) -> None:
    assert propose(cast, by=who, brand="Now") is None
    assert brand(cast) == "Now"
    assert waiting(cast, by=who, key="k2", at_once=False, brand="Later").state == "open"
    assert brand(cast) == "Now"


def test_a_pause_does_not_go_round_the_approval(cast: Cast) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(status="paused")
    assert waiting(cast, brand="North").state == "open"


def test_a_rejection_says_why_and_changes_nothing(cast: Cast) -> None:
    change = reject_change(waiting(cast, brand="North"), note="Not ours.", actor=actor_of(cast.max))
    assert (change.state, change.note, brand(cast)) == ("rejected", "Not ours.", "")
    with pytest.raises(Refused, match="“Rejected” and can’t become “Approved”"):
        approve_change(change, actor=actor_of(cast.nora))


def test_its_author_withdraws_it_and_nobody_else(cast: Cast) -> None:
    change = waiting(cast, brand="North")
    with pytest.raises(NotAllowed):
        withdraw_change(change, actor=actor_of(cast.nora))
    assert withdraw_change(change, actor=actor_of(cast.sally)).state == "withdrawn"


@pytest.mark.parametrize("who", ["sally", "wes", "rita", "otto"])
def test_nobody_else_decides(cast: Cast, who: str) -> None:
    change = waiting(cast, brand="North")
    for act in (approve_change, reject_change):
        with pytest.raises(NotAllowed):
            act(change, actor=actor_of(getattr(cast, who)))


def test_of_two_changes_to_the_same_thing_the_second_is_overtaken(cast: Cast) -> None:
    first, second = waiting(cast, brand="First"), waiting(cast, key="k2", brand="Second")
    approve_change(first, actor=actor_of(cast.nora))
    assert approve_change(second, actor=actor_of(cast.nora)).state == "conflicted"
    assert brand(cast) == "First"


def test_two_changes_to_different_things_are_both_made(cast: Cast) -> None:
    first, second = waiting(cast, brand="First"), waiting(cast, key="k2", hs_code="691200")
    approve_change(first, actor=actor_of(cast.nora))
    assert approve_change(second, actor=actor_of(cast.nora)).state == "approved"
    product = Product.objects.get(pk=cast.mug.product_id)
    assert (product.brand, product.hs_code) == ("First", "691200")


def test_what_cannot_be_is_refused_before_anybody_is_asked(cast: Cast) -> None:
    with pytest.raises(Refused, match="6 to 10 digits"):
        propose(cast, hs_code="1")
    assert not ChangeSet.objects.exists()


def red(cast: Cast, by: str = "sally", key: str = "v") -> ChangeSet | None:
    product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
    return add_variant(product, "Red", "red-1", key=key, actor=actor_of(getattr(cast, by))).waiting


def test_another_variant_of_what_is_published_waits_too(cast: Cast) -> None:
    change = red(cast)
    assert change
    assert red(cast) == change, "sent twice it waits once"
    assert [(line.label, line.old, line.new) for line in compared(change)] == [("New variant (RED-1)", None, "Red")]
    assert not Sku.objects.of_company(cast.northfield.pk).filter(code="RED-1").exists()
    approve_change(change, actor=actor_of(cast.max))
    sku = Sku.objects.with_variant().get(code="RED-1")
    assert (sku.product, sku.name, sku.listed) == (cast.mug.product, "Red", True)


def test_a_code_that_was_taken_meanwhile_is_refused_at_the_approval(cast: Cast) -> None:
    change = red(cast)
    assert change
    assert red(cast, by="max", key="v2") is None
    with pytest.raises(Refused, match="no other one here has"):
        approve_change(change, actor=actor_of(cast.nora))


def test_a_variant_that_says_too_little_is_listed_once_it_says_it(cast: Cast) -> None:
    wanted = {"kind": "text", "required": True, "is_variant_axis": True}
    AttributeDefinition.objects.create(category=cast.crockery, code="colour", name="Colour", **wanted)
    red(cast, by="nora")
    sku = Sku.objects.select_related("variant").get(code="RED-1")
    assert not sku.listed
    with pytest.raises(Refused, match="say their Colour"):
        edit_offer(sku, OfferTerms(), base_version=1, key="o", actor=actor_of(cast.nora))
    sku.variant.attributes = {"colour": "red"}
    sku.variant.save()
    assert edit_offer(sku, OfferTerms(), base_version=1, key="o", actor=actor_of(cast.nora)).listed


def test_those_that_wait_stand_first(cast: Cast) -> None:
    newer = waiting(cast, key="k2", brand="B")
    reject_change(newer, actor=actor_of(cast.nora))
    older = waiting(cast, brand="A")
    another = waiting(cast, key="k3", brand="C")
    assert list(changes_of(cast.northfield.pk).rows) == [another, older, newer]
    assert not changes_of(cast.eastwick.pk).rows
