"""Groups, assortments and territories: who may see or buy what."""

import pytest

from backend.accounts.models import AccessEpoch, Company
from backend.catalog.audiences.actions import (
    AssortmentDraft,
    remove_assortment,
    save_assortment,
    save_group,
    set_territory,
)
from backend.catalog.lists.models import Assortment
from backend.catalog.models import Sku
from backend.catalog.pricing import STRANGER, Buyer, Line, Offers, offers_seen, offers_to, price_lines, visible_skus
from backend.catalog.pricing.buyers import buyer_of_company
from backend.core.errors import Conflict, NotAllowed, Refused
from tests.cast import Cast, actor_of


def seen(who: Buyer | Company) -> set[str]:
    """By the rule as part of a query; and the answer for known SKUs is the same."""
    buyer = who if isinstance(who, Buyer) else buyer_of_company(who)
    found = dict(Sku.objects.published().filter(visible_skus(buyer)).values_list("pk", "product__name"))
    every = list(Sku.objects.values_list("pk", flat=True))
    assert offers_seen(buyer, every) == found.keys()
    lines = [Line(pk, 40) for pk in every]
    assert offers_to(buyer, lines) == Offers(set(found), price_lines(lines, buyer))
    return set(found.values())


MUG, PLATE, KETTLE = "Blue enamel mug", "White dinner plate", "Copper kettle"
ALL = {MUG, PLATE, KETTLE}


def assort(cast: Cast, *codes: str, of: Assortment | None = None, **draft: object) -> Assortment:
    return save_assortment(
        cast.northfield,
        of,
        AssortmentDraft(str(draft.pop("name", "Some")), codes, **draft),  # type: ignore[arg-type]
        seen=of.version if of else 0,
        actor=actor_of(cast.sally),
    )


def test_without_assortments_everybody_sees_everything(cast: Cast) -> None:
    assert all(seen(who) == ALL for who in (STRANGER, Buyer(), cast.cornershop, cast.northfield))


def test_an_assortment_leaves_its_audience_what_stands_in_it_and_others_everything(cast: Cast) -> None:
    assortment = assort(cast, cast.mug.code, companies=["Cornershop"])
    assert seen(cast.cornershop) == {MUG, KETTLE}, "other sellers' offers stay"
    assert seen(STRANGER) == seen(cast.eastwick) == ALL
    remove_assortment(assortment, actor=actor_of(cast.sally))
    assert seen(cast.cornershop) == ALL


def test_assortments_add_up_and_the_one_for_everybody_else_is_for_those_who_have_none(cast: Cast) -> None:
    assort(cast, cast.mug.code, is_for_all=True)
    assert seen(STRANGER) == seen(cast.eastwick) == seen(cast.cornershop) == {MUG, KETTLE}
    group = save_group(cast.northfield, None, "Diners", ["Cornershop"], actor=actor_of(cast.sally))
    assort(cast, cast.plate.code, name="Diners", groups=[group.pk])
    assert seen(cast.cornershop) == {PLATE, KETTLE}
    assort(cast, cast.mug.code, name="More", companies=["Cornershop"])
    assert seen(cast.cornershop) == ALL
    assert seen(cast.northfield) == ALL, "one's own are always seen"


def test_a_territory_shuts_out_other_countries(cast: Cast) -> None:
    abroad = Company.objects.create(name="Laden", slug="laden", kind="retailer", country="DE", status="approved")
    set_territory(cast.northfield, "", ["gb", "IE"], actor=actor_of(cast.sally))
    assert (seen(cast.cornershop), seen(abroad), seen(STRANGER)) == (ALL, {KETTLE}, ALL)
    set_territory(cast.northfield, cast.plate.code, ["DE"], actor=actor_of(cast.sally))
    assert (seen(cast.cornershop), seen(abroad)) == ({MUG, KETTLE}, {PLATE, KETTLE})
    set_territory(cast.northfield, "", [], actor=actor_of(cast.sally))
    assert seen(abroad) == ALL


def test_what_can_not_be_is_named(cast: Cast) -> None:
    with pytest.raises(Refused, match="XX, YY: no country has such a code"):
        set_territory(cast.northfield, "", ["GB", "yy", "XX"], actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="You have no SKU NONE"):
        assort(cast, "none")
    with pytest.raises(Refused, match="no company called nobody"):
        save_group(cast.northfield, None, "G", ["nobody"], actor=actor_of(cast.sally))
    with pytest.raises(NotAllowed):
        save_group(cast.northfield, None, "G", [], actor=actor_of(cast.wes))
    group = save_group(cast.northfield, None, "G", [], actor=actor_of(cast.sally))
    with pytest.raises(Conflict):
        save_group(cast.northfield, group, "H", [], seen=0, actor=actor_of(cast.sally))


def test_namesakes_are_told_apart_by_their_addresses(cast: Cast) -> None:
    Company.objects.create(name="Cornershop", slug="cornershop-2", kind="retailer", country="GB", status="approved")
    with pytest.raises(Refused, match=r"Several companies are called cornershop.*cornershop, cornershop-2"):
        save_group(cast.northfield, None, "G", ["Cornershop"], actor=actor_of(cast.sally))
    save_group(cast.northfield, None, "G", ["cornershop-2"], actor=actor_of(cast.sally))


def test_whatever_may_hide_an_offer_voids_what_was_granted_of_it(cast: Cast) -> None:
    assortment = assort(cast, cast.mug.code)
    remove_assortment(assortment, actor=actor_of(cast.sally))
    save_group(cast.northfield, None, "G", [], actor=actor_of(cast.sally))
    set_territory(cast.northfield, "", [], actor=actor_of(cast.sally))
    assert AccessEpoch.objects.get(scope=f"offers:{cast.northfield.pk}").n == 4
