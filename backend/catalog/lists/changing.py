"""What every change of a price list begins and ends with: may it be, as it is now, and who is told."""

from django.db.models import F
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog import policies
from backend.catalog.lists import steps
from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.states import ListKind, ListState
from backend.catalog.lists.steps import Reach
from backend.catalog.pricing.terms import Step
from backend.core.errors import NotAllowed, Refused
from backend.core.locking import lock
from backend.events.kinds import Kind


def require_prices(actor: Actor, company: Company) -> None:
    """Raises NotAllowed without prices.edit."""
    if not policies.can_edit_prices(actor, company):
        raise NotAllowed(_("Your role in this company may not see or edit its prices. An owner can change your role."))


def lock_list(price_list: PriceList, actor: Actor) -> PriceList:
    """As it is now. Raises NotAllowed, and Refused for one that is archived."""
    require_prices(actor, price_list.company)
    rows = PriceList.objects.this(price_list).select_related("company")
    (found,) = lock(rows, what=_("the price list %(name)s") % {"name": price_list})
    if found.state == ListState.ARCHIVED:
        raise Refused(_("%(name)s is archived: it stays as it was.") % {"name": found})
    return found


def entry_of(price_list: PriceList, sku_id: int, step: Step) -> PriceListEntry:
    """The line of a list that says this of a SKU; not saved."""
    return PriceListEntry(
        price_list=price_list,
        sku_id=sku_id,
        min_quantity=step.min_quantity,
        unit_price_minor=step.price.minor if step.price else None,
        percent=step.percent,
        may_be_dearer=step.may_be_dearer,
    )


def reach_of(price_list: PriceList) -> Reach:
    """Whose prices it decides."""
    is_public = price_list.kind == ListKind.PUBLIC
    return Reach(steps.reached_by(price_list), is_public)


def list_changed(price_list: PriceList, before: Reach, actor: Actor) -> PriceList:
    """Raises the version and tells of it; those whose prices stay as they are hear nothing, not even when."""
    counted = price_list.is_told
    counts = PriceList.objects.this(price_list).in_force().exists()
    raise_list(price_list, is_told=counts)
    reach = before | reach_of(price_list) if counted or counts else Reach()
    steps.tell(Kind.CATALOG_PRICE_LIST_CHANGED, price_list, reach, actor)
    return price_list


def raise_list(price_list: PriceList, *, is_told: bool) -> None:
    PriceList.objects.this(price_list).update(version=F("version") + 1, is_told=is_told)
    price_list.version, price_list.is_told = price_list.version + 1, is_told
