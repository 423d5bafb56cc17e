"""Warehouses are opened, described and closed. Each is one transaction and ends by recording what happened."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.text import slugify
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.countries import country_codes
from backend.accounts.models import Company
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record
from backend.inventory import policies, steps
from backend.inventory.counts.states import SheetStatus
from backend.inventory.models import StockItem, StockLevel, Transfer, Warehouse
from backend.inventory.transfers.states import TransferStatus

MAX_WAREHOUSES = 100
MAX_LENGTH = {"name": 80, "street": 200, "city": 80, "postcode": 20}
PROMISED_OR_THERE = Q(on_hand__gt=0) | Q(allocated__gt=0) | Q(reserved__gt=0) | Q(incoming__gt=0)


@dataclass(frozen=True, slots=True)
class Place:
    """What a warehouse is called, and where it stands."""

    name: str
    country: str
    street: str = ""
    city: str = ""
    postcode: str = ""


@atomic(durable=True)
def open_warehouse(company: Company, place: Place, *, key: str, actor: Actor) -> Warehouse:
    """A further warehouse, empty. Raises NotAllowed without inventory.plan, Refused for a name that is taken or for
    more than MAX_WAREHOUSES."""
    require(policies.can_manage_warehouses(actor, company))
    claim = once.claim(company.pk, key, action="open_warehouse", request=asdict(place))
    if claim.is_repeat:
        return company.warehouses.get(pk=claim.result_pk)
    _require_sound(company, place)
    if company.warehouses.count() >= MAX_WAREHOUSES:
        raise Refused(_("A company has at most %(max)d warehouses.") % {"max": MAX_WAREHOUSES})
    made = company.warehouses.create(code=_free_code(company, place.name), **asdict(place))
    claim.resulted_in(made.pk)
    _record(Kind.INVENTORY_WAREHOUSE_OPENED, made, actor)
    return made


@atomic(durable=True)
def edit_warehouse(warehouse: Warehouse, place: Place, *, seen: int, actor: Actor) -> Warehouse:
    """Another name or address. Raises NotAllowed without inventory.plan, Conflict if somebody edited it since version
    `seen`, Refused for a name that is taken."""
    require(policies.can_manage_warehouses(actor, warehouse.company))
    now = _lock(warehouse)
    if now.version != seen:
        raise Conflict(_("Somebody was faster: look at what it says now, then save again."))
    _require_sound(now.company, place, besides=now.pk)
    _change(now, asdict(place), Kind.INVENTORY_WAREHOUSE_EDITED, actor)
    return now


@atomic(durable=True)
def close_warehouse(warehouse: Warehouse, *, actor: Actor) -> Warehouse:
    """Nothing comes in any more, and nothing can be owed from there. Closed again it stays so.

    Raises NotAllowed without inventory.plan, Refused as long as something lies there or is promised, or if it is the
    last one that is open.
    """
    require(policies.can_manage_warehouses(actor, warehouse.company))
    siblings = lock(Warehouse.objects.of_company(warehouse.company_id), what=_("your warehouses"))
    (now,) = [each for each in siblings if each.pk == warehouse.pk]
    if now.closed_at:
        return now
    if not [each for each in siblings if each.closed_at is None and each.pk != now.pk]:
        raise Refused(_("One warehouse stays open: open another one before you close this."))
    _require_nothing_under_way(now)
    _end_limits(now, actor)
    _require_empty(now)
    _change(now, {"closed_at": Now()}, Kind.INVENTORY_WAREHOUSE_CLOSED, actor)
    return now


@atomic(durable=True)
def reopen_warehouse(warehouse: Warehouse, *, actor: Actor) -> Warehouse:
    """Goods may come in again. Raises NotAllowed without inventory.plan, Refused for a name that is taken by now."""
    require(policies.can_manage_warehouses(actor, warehouse.company))
    now = _lock(warehouse)
    if now.closed_at is None:
        return now
    _require_free_name(now.company, now.name, besides=now.pk)
    _change(now, {"closed_at": None}, Kind.INVENTORY_WAREHOUSE_OPENED, actor)
    return now


def _lock(warehouse: Warehouse) -> Warehouse:
    return lock(Warehouse.objects.this(warehouse).select_related("company"), what=warehouse.name)[0]


def _change(warehouse: Warehouse, fields: dict[str, object], kind: Kind, actor: Actor) -> None:
    Warehouse.objects.this(warehouse).update(version=F("version") + 1, **fields)
    warehouse.refresh_from_db()
    _record(kind, warehouse, actor)


def _record(kind: Kind, warehouse: Warehouse, actor: Actor) -> None:
    record(kind, f"warehouse:{warehouse.pk}", version=warehouse.version, actor=actor)


def _end_limits(warehouse: Warehouse, actor: Actor) -> None:
    """Nothing is kept back there any more and nothing may be owed: so no shelf of it can be promised meanwhile."""
    limited = StockLevel.objects.of_company(warehouse.company_id).filter(
        Q(safety__gt=0) | Q(backorder_limit__gt=0) | Q(incoming__gt=0), warehouse=warehouse
    )
    pks = list(limited.values_list("item_id", flat=True))
    items = lock(StockItem.objects.of_skus(pks), what=_("the stock in %(name)s") % {"name": warehouse})
    _require_empty(warehouse)
    limited.update(safety=0, backorder_limit=0, version=F("version") + 1)
    if items:
        steps.tell_stock(Kind.INVENTORY_LIMITS_CHANGED, items, actor=actor)


def _require_empty(warehouse: Warehouse) -> None:
    kept = warehouse.levels.filter(PROMISED_OR_THERE).select_related("item__sku")
    codes = [level.item.sku.code for level in kept[:4]]
    if codes:
        more = ", …" if len(codes) > 3 else ""
        raise Refused(
            _("%(name)s is not empty: %(codes)s lie there, are expected or are promised from there. Move them first.")
            % {"name": warehouse, "codes": ", ".join(codes[:3]) + more}
        )


def _require_nothing_under_way(warehouse: Warehouse) -> None:
    under_way = (TransferStatus.REQUESTED, TransferStatus.SENT)
    transfers = Transfer.objects.of_company(warehouse.company_id).filter(status__in=under_way)
    if first := transfers.filter(Q(source=warehouse) | Q(target=warehouse)).first():
        raise Refused(_("%(number)s is under way: receive or cancel it first.") % {"number": first})
    if count := warehouse.count_sheets.filter(status=SheetStatus.OPEN).first():
        raise Refused(_("%(name)s is being counted: post or abandon that first.") % {"name": count})


def _require_sound(company: Company, place: Place, besides: int = 0) -> None:
    for field, most in MAX_LENGTH.items():
        text = getattr(place, field)
        if len(text) > most:
            raise Refused(
                _("%(n)d characters are too many here: at most %(max)d.") % {"n": len(text), "max": most}, field=field
            )
    if place.country not in country_codes():
        raise Refused(_("Choose the country that it stands in."), field="country")
    _require_free_name(company, place.name, besides)


def _require_free_name(company: Company, name: str, besides: int = 0) -> None:
    if not name.strip():
        raise Refused(_("A warehouse has a name."), field="name")
    if company.warehouses.open().filter(name__iexact=name).exclude(pk=besides).exists():
        raise Refused(_("You have a warehouse called %(name)s already.") % {"name": name}, field="name")


def _free_code(company: Company, name: str) -> str:
    """Short, for lists and files; never changed, whatever the warehouse is called later."""
    taken: Sequence[str] = list(company.warehouses.values_list("code", flat=True))
    stem = slugify(name)[:16].strip("-") or "house"
    return next(code for code in (stem, *(f"{stem}-{n}" for n in range(2, MAX_WAREHOUSES + 2))) if code not in taken)
