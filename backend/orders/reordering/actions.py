"""Every change of an order template, and what goes into the cart again. Each is one transaction, safe to send twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.pricing.buyers import buyer_of_company
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.quantity import MAX_QUANTITY, whole_number
from backend.core.row_security import for_actor
from backend.events import once
from backend.orders import policies as orders
from backend.orders.carts.steps import MAX_LINES, add_to_cart, lock_cart
from backend.orders.models import OrderTemplate, TemplateLine
from backend.orders.offered import Offered, offered
from backend.orders.quick.matching import match_codes, same_code
from backend.orders.reordering import policies
from backend.orders.reordering.models import MAX_NAME


@dataclass(frozen=True, slots=True)
class PutAgain:
    """How many lines went into the cart, and how many could not."""

    lines: int
    left: int


@atomic(durable=True)
@for_actor
def make_template(
    company: Company, name: str, *, is_shared: bool, quantities: Mapping[int, int], key: str, actor: Actor
) -> OrderTemplate:
    """A named list of so many of each SKU, at the buyer's prices of this moment; what isn't for sale is left out.

    Raises NotAllowed without orders.place, Refused for a name that is missing, too long or taken, or too many lines.
    """
    require(orders.can_place_orders(actor))
    request = {"name": name, "shared": is_shared, "of": dict(quantities)}
    claim = once.claim(company.pk, key, action="make_template", request=request)
    if claim.is_repeat:
        return OrderTemplate.objects.of_company(company.pk).get(pk=claim.result_pk)
    _require_name(name, actor)
    _require_few(len(quantities))
    mine: dict[str, Any] = {"company_id": company.pk, "made_by_id": actor.user_id}
    made = OrderTemplate.objects.create(**mine, name=name.strip(), is_shared=is_shared)
    found = offered(quantities.keys(), buyer_of_company(company))
    TemplateLine.objects.bulk_create(_line(made, offer, quantities[pk]) for pk, offer in found.items())
    claim.resulted_in(made.pk)
    return made


@atomic(durable=True)
@for_actor
def edit_template(
    template: OrderTemplate, name: str, *, is_shared: bool, quantities: Mapping[int, int], version: int, actor: Actor
) -> OrderTemplate:
    """Its name, whether it is shared, and how many of each SKU that it has: 0 takes a line out.

    Raises NotAllowed for whoever may not edit it, Refused for a name or a quantity that can't be, and Conflict where
    somebody else has changed it since `version`. Only its maker can take it back from the others.
    """
    now = _lock(template, actor)
    if now.version != version:
        raise Conflict(
            _("Somebody else has changed “%(name)s” meanwhile. Look at it, then save again.") % {"name": now}
        )
    if name.strip() != now.name:
        _require_name(name, actor)
    now.name = name.strip()
    now.is_shared = is_shared if now.made_by_id == actor.user_id else now.is_shared
    now.save(update_fields=["name", "is_shared"])
    _set_quantities(now, quantities)
    return _changed(now)


@atomic(durable=True)
@for_actor
def add_to_template(template: OrderTemplate, code: str, quantity: int, *, company: Company, actor: Actor) -> None:
    """So many of one more SKU, by its code or GTIN; of one that it has, so many from now on.

    Raises NotAllowed for whoever may not edit it, Refused for a code that means nothing or several sellers' goods.
    """
    now = _lock(template, actor)
    whole_number(quantity)
    offer = _the_one(code, match_codes([code], buyer_of_company(company)).get(same_code(code), ()))
    TemplateLine.objects.bulk_create(
        [_line(now, offer, quantity)],
        update_conflicts=True,
        unique_fields=["template", "sku"],
        update_fields=["quantity", "code", "name", "unit_price_minor", "currency"],
    )
    _require_few(now.lines.count())
    _changed(now)


@atomic(durable=True)
@for_actor
def remove_template(template: OrderTemplate, *, actor: Actor) -> None:
    """It is gone. Raises NotAllowed for whoever may not edit it, Refused where standing orders were made of it."""
    require(policies.can_edit_template(actor, template))
    if template.standing_orders.exists():
        raise Refused(_("“%(name)s” is the template of a standing order, which keeps it.") % {"name": template})
    template.delete()


@atomic(durable=True)
@for_actor
def put_again(company: Company, quantities: Mapping[int, int], *, only_ready: bool, key: str, actor: Actor) -> PutAgain:
    """So many of each SKU more stand in the person's cart; or only of those that can be ordered, if they say so.

    Raises NotAllowed without orders.place; Refused where nothing is left, or (unless `only_ready`) for what can't be
    ordered. The number of queries is the same for 1 line and for 1,000.
    """
    require(orders.can_place_orders(actor))
    request = {"of": sorted(quantities.items()), "only_ready": only_ready}
    claim = once.claim(company.pk, key, action="put_again", request=request)
    if claim.is_repeat:
        return PutAgain(claim.result_pk, 0)
    found = offered(quantities.keys(), buyer_of_company(company))
    ready = {pk: many for pk, many in quantities.items() if pk in found and not found[pk].trouble(many)}
    if not only_ready or not ready:
        _require_ready(quantities, found)
    add_to_cart(lock_cart(actor), ready)
    claim.resulted_in(len(ready))
    return PutAgain(len(ready), len(quantities) - len(ready))


def _require_ready(quantities: Mapping[int, int], found: Mapping[int, Offered]) -> None:
    if not quantities:
        raise Refused(_("Choose at least one line."))
    if not found.keys() >= quantities.keys():
        raise Refused(_("Some of these are no longer for sale: the lines say which. Leave them out."))
    for pk, many in quantities.items():
        if wrong := found[pk].trouble(many):
            raise Refused(f"{found[pk].sku.code}: {wrong}")


def _lock(template: OrderTemplate, actor: Actor) -> OrderTemplate:
    require(policies.can_edit_template(actor, template))
    return lock(OrderTemplate.objects.this(template), what=template.name)[0]


def _changed(template: OrderTemplate) -> OrderTemplate:
    OrderTemplate.objects.this(template).update(version=F("version") + 1, changed_at=Now())
    return template


def _set_quantities(template: OrderTemplate, quantities: Mapping[int, int]) -> None:
    """Of its own lines alone; others are none of this form's business."""
    lines = [line for line in template.lines.all() if line.sku_id in quantities]
    for line in lines:
        line.quantity = whole_number(quantities[line.sku_id], at_least=0)
    template.lines.filter(pk__in=[line.pk for line in lines if not line.quantity]).delete()
    template.lines.all().bulk_update([line for line in lines if line.quantity], ["quantity"])


def _line(template: OrderTemplate, offer: Offered, quantity: int) -> TemplateLine:
    quantity = min(max(quantity, 1), MAX_QUANTITY)
    rung = offer.rung_at(quantity)
    price = rung.priced.unit_price if rung else None
    return TemplateLine(
        template=template,
        sku=offer.sku,
        quantity=quantity,
        code=offer.sku.code,
        name=offer.name,
        unit_price_minor=price.minor if price else None,
        currency=price.currency if price else "",
    )


def _the_one(code: str, offers: Sequence[Offered]) -> Offered:
    if not offers:
        raise Refused(
            _("“%(code)s” is no SKU and no GTIN of anything that you can order.") % {"code": code}, field="code"
        )
    if len(offers) > 1:
        sellers = ", ".join(offer.sku.company.name for offer in offers[:5])
        raise Refused(
            _("%(sellers)s have this code. Choose between them in a quick order, and keep that as a template.")
            % {"sellers": sellers},
            field="code",
        )
    return offers[0]


def _require_name(name: str, actor: Actor) -> None:
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise Refused(_("Give it a name of 1 to %(max)d characters.") % {"max": MAX_NAME}, field="name")
    mine = OrderTemplate.objects.of_company(actor.company_id).filter(made_by=actor.user_id)
    if mine.filter(name=name.strip()).exists():
        raise Refused(_("You have a template of this name already."), field="name")


def _require_few(lines: int) -> None:
    if lines > MAX_LINES:
        raise Refused(_("A template has at most %(max)d lines.") % {"max": MAX_LINES})
