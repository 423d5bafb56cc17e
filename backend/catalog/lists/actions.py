"""Every change of a seller's price lists. Each tells those whose prices it changes, and nobody else."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.models import Company
from backend.catalog.lists import steps
from backend.catalog.lists.changing import (
    entry_of,
    list_changed,
    lock_list,
    raise_list,
    reach_of,
    require_prices,
)
from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.states import PRICE_LIST, ListKind, ListState
from backend.catalog.lists.steps import Reach
from backend.catalog.pricing.contradictions import Entry, check_entries, check_list
from backend.catalog.pricing.queries import terms_of
from backend.core.errors import Refused
from backend.core.locking import lock
from backend.core.row_security import across_companies, for_actor
from backend.events import once
from backend.events.kinds import Kind

MAX_CHANGES = 500
"""How many lines of a list one form may change."""


@dataclass(frozen=True, slots=True)
class ListDraft:
    """A price list as its seller writes it: for whom, how strong, from when to when, and what comes off everything."""

    name: str
    kind: str = ListKind.CUSTOMER
    currency: str = "GBP"
    priority: int = 0
    percent: Decimal | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    companies: Sequence[str] = ()
    groups: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """Lines that are put into a list, and those that are taken out, by SKU code and quantity."""

    put: Sequence[Entry] = field(default_factory=tuple)
    take: Collection[tuple[str, int]] = field(default_factory=tuple)


@atomic(durable=True)
@for_actor
def create_price_list(company: Company, draft: ListDraft, *, key: str, actor: Actor) -> PriceList:
    """A new list, a draft that prices nothing yet.

    Raises NotAllowed without prices.edit, Refused for a list that contradicts itself or names nobody who exists.
    """
    require_prices(actor, company)
    claim = once.claim(company.pk, key, action="create_price_list", request=asdict(draft))
    if claim.is_repeat:
        return PriceList.objects.of_company(company.pk).get(pk=claim.result_pk)
    price_list = _write(PriceList(company=company), draft)
    steps.tell(Kind.CATALOG_PRICE_LIST_CREATED, price_list, Reach(), actor)
    claim.resulted_in(price_list.pk)
    return price_list


@atomic(durable=True)
@for_actor
def edit_price_list(price_list: PriceList, draft: ListDraft, *, seen: int, actor: Actor) -> PriceList:
    """Changes a list's terms and audience. Raises Conflict if it is no longer as it was seen (its version)."""
    price_list = lock_list(price_list, actor)
    steps.require_seen(price_list.version, seen)
    before = reach_of(price_list)
    if draft.currency != price_list.currency and price_list.entries.exists():
        raise Refused(
            _("The list has prices in %(currency)s. Take them out before you change its currency.")
            % {"currency": price_list.currency},
            field="currency",
        )
    _write(price_list, draft)
    steps.require_consistent(price_list)
    return list_changed(price_list, before, actor)


@atomic(durable=True)
@for_actor
def change_entries(price_list: PriceList, changes: Changes, *, seen: int, actor: Actor) -> PriceList:
    """Puts lines into a list and takes others out. Raises Refused where the list would contradict itself, naming the
    SKU and the tier, and Conflict if it is no longer as it was seen. A number of queries that does not grow."""
    price_list = lock_list(price_list, actor)
    steps.require_seen(price_list.version, seen)
    _require_few(changes)
    changes = _in_capitals(changes)
    skus = steps.skus_of(price_list.company, [*(e.code for e in changes.put), *(code for code, _n in changes.take)])
    check_entries(terms_of(price_list), changes.put, {})
    _take(price_list, [(skus[code].pk, quantity) for code, quantity in changes.take])
    PriceListEntry.objects.bulk_create(
        [entry_of(price_list, skus[e.code].pk, e.step) for e in changes.put],
        update_conflicts=True,
        unique_fields=["price_list", "sku", "min_quantity"],
        update_fields=["unit_price_minor", "percent", "may_be_dearer"],
    )
    steps.require_consistent(price_list, {sku.pk: sku.code for sku in skus.values()})
    return list_changed(price_list, reach_of(price_list), actor)


@atomic(durable=True)
@for_actor
def move_price_list(price_list: PriceList, to: ListState, *, actor: Actor) -> PriceList:
    """Puts a list in force, pauses or archives it. In force it has to say something, and to somebody."""
    price_list = lock_list(price_list, actor)
    if to == price_list.state:
        return price_list
    if to == ListState.ACTIVE:
        _require_ready(price_list)
    PRICE_LIST.move(price_list, to=to)
    return list_changed(price_list, reach_of(price_list), actor)


@atomic(durable=True)
@across_companies(why="time passes for the lists of all sellers")
def notice_schedules() -> int:
    """Tells of every list that began or ended by itself since the last time, by the database's clock; how many.

    Whoever prices a line looks at the clock, too: this only makes open pages ask again.
    """
    everyones = PriceList.objects.across_companies(why="time passes for all sellers").due()
    due = lock(everyones, what=_("the price lists"))
    still = set(everyones.filter(pk__in=[each.pk for each in due]).values_list("pk", flat=True))
    for price_list in (each for each in due if each.pk in still):
        begins = not price_list.is_told
        kind = Kind.CATALOG_PRICE_LIST_BEGAN if begins else Kind.CATALOG_PRICE_LIST_ENDED
        raise_list(price_list, is_told=begins)
        steps.tell(kind, price_list, reach_of(price_list), ANONYMOUS)
    return len(still)


def _write(price_list: PriceList, draft: ListDraft) -> PriceList:
    starts_at = draft.starts_at or (price_list.starts_at if price_list.pk else _now(price_list.company))
    check_list(draft.currency, draft.percent, starts_at, draft.ends_at)
    price_list.name, price_list.kind, price_list.currency = steps.require_name(draft.name), draft.kind, draft.currency
    price_list.priority, price_list.percent = draft.priority, draft.percent
    price_list.starts_at, price_list.ends_at = starts_at, draft.ends_at
    _require_kind(draft)
    steps.save_named(price_list, price_list.name)
    steps.set_audience(price_list, draft.companies, draft.groups)
    return price_list


def _now(company: Company) -> datetime:
    """By the database's clock, as every schedule."""
    now: datetime = Company.objects.filter(pk=company.pk).annotate(now=Now()).values_list("now", flat=True)[0]
    return now


def _require_kind(draft: ListDraft) -> None:
    if draft.kind not in ListKind.values:
        kinds = ", ".join(ListKind.values)
        raise Refused(_("“%(kind)s” is no kind of list: %(kinds)s.") % {"kind": draft.kind[:20], "kinds": kinds})
    steps.require_audience(draft.kind, draft.companies, draft.groups)


def _require_few(changes: Changes) -> None:
    if len(changes.put) + len(changes.take) > MAX_CHANGES:
        raise Refused(_("At most %(max)d lines of a list are changed at a time.") % {"max": MAX_CHANGES})


def _in_capitals(changes: Changes) -> Changes:
    """A code is the same however it is typed."""
    put = [Entry(each.code.strip().upper(), each.step) for each in changes.put]
    return Changes(put, [(code.strip().upper(), quantity) for code, quantity in changes.take])


def _take(price_list: PriceList, lines: Collection[tuple[int, int]]) -> None:
    gone = Q(pk__in=())
    for sku_id, quantity in lines:
        gone |= Q(sku_id=sku_id, min_quantity=quantity)
    price_list.entries.filter(gone).delete()


def _require_ready(price_list: PriceList) -> None:
    if price_list.percent is None and not price_list.entries.exists():
        raise Refused(
            _("%(name)s says nothing yet: give it a percentage, or a price of a SKU.") % {"name": price_list},
            field="entries",
        )
    if price_list.kind != ListKind.PUBLIC and not price_list.audience.exists():
        raise Refused(
            _("%(name)s is for nobody yet: name the customers or groups it is for.") % {"name": price_list},
            field="companies",
        )
    steps.require_consistent(price_list)
