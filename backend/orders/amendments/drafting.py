"""What a change would make of an order: its lines and its money, before anybody has decided. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from backend.accounts.addresses.actions import MAY_BE_EMPTY
from backend.catalog.models import Sku
from backend.catalog.pricing import Buyer, Line, Priced, offers_sold, price_lines
from backend.catalog.pricing.reasons import kept
from backend.catalog.pricing.unsold import why_unsold
from backend.core.errors import Refused
from backend.core.quantity import whole_number
from backend.orders.amendments.models import AmendmentLine
from backend.orders.amendments.steps import changed_line, difference_of
from backend.orders.amounts import Amounts
from backend.orders.models import Order, OrderLine
from backend.orders.tax import rate_for

MAX_ADDED = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one side would have of an order instead; what is not named stays as it is."""

    quantities: Mapping[int, int] = field(default_factory=dict)
    """By the line's pk: how many are to be delivered in all; 0 takes the line out."""
    added: Mapping[str, int] = field(default_factory=dict)
    """By the code of another SKU of the same seller."""
    requested_on: date | None = None
    ship_to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """The lines that would change, and by how much what is payable would rise."""

    lines: Sequence[AmendmentLine]
    more: Amounts


def drafted(order: Order, wanted: Wanted, *, asked_by: int) -> Draft:
    """What the order would be. `asked_by` is the company that asks: each sees its own side of the price lists.

    Raises Refused at the line that can't be: less than is sent, outside the seller's steps, a SKU that is not for sale
    to this buyer, has no price for them or is on the order already; for a change that changes nothing, and for one that
    leaves nothing. Six queries at most.
    """
    lines = list(order.lines.select_related("sku").filter(replaces=None).order_by("position"))
    changed = [_changed(line, wanted.quantities[line.pk]) for line in lines if _differs(line, wanted)]
    added = _added(order, lines, wanted.added, asked_by) if wanted.added else []
    if not changed and not added and not wanted.requested_on and not wanted.ship_to:
        raise Refused(_("Nothing would change: say what is to be different."))
    if not added and not any(wanted.quantities.get(line.pk, line.due) for line in lines):
        raise Refused(_("Nothing would be left of the order: cancel it instead."))
    return Draft([*changed, *added], difference_of(order, [*changed, *added]))


def moved_to(order: Order, wanted: Wanted) -> Mapping[str, str]:
    """The new address, in the country for which the order is taxed; nothing, if it stays. Whom to ask there and what to
    know are as they were, unless something else is said of them."""
    if not wanted.ship_to:
        return {}
    kept = {name: text for name, text in order.ship_to.items() if name in MAY_BE_EMPTY}
    moved = {**kept, **wanted.ship_to, "country": order.ship_to.get("country", "")}
    return {name: text for name, text in moved.items() if text or name not in MAY_BE_EMPTY}


def _differs(line: OrderLine, wanted: Wanted) -> bool:
    return wanted.quantities.get(line.pk, line.due) != line.due


def _changed(line: OrderLine, after: int) -> AmendmentLine:
    whole_number(after, at_least=0, field=f"line-{line.pk}")
    if after < line.dispatched:
        raise Refused(
            _("%(sent)d of %(code)s are sent already: it can’t become %(after)d.")
            % {"sent": line.dispatched, "code": line.code, "after": after},
            field=f"line-{line.pk}",
        )
    if after:
        _require_steps(line.sku, after, f"line-{line.pk}")
    return changed_line(line, after)


def _added(
    order: Order, lines: Sequence[OrderLine], wanted: Mapping[str, int], asked_by: int
) -> Sequence[AmendmentLine]:
    if len(wanted) > MAX_ADDED:
        raise Refused(_("At most %(max)d lines are added at once.") % {"max": MAX_ADDED}, field="added")
    skus = _for_sale(order, wanted, asked_by)
    on_it = {line.sku_id for line in lines}
    for code, sku in skus.items():
        if sku.pk in on_it:
            raise Refused(_("%(code)s is on the order already: change its quantity.") % {"code": code}, field="added")
        _require_steps(sku, wanted[code], "added")
    asked = [Line(sku.pk, wanted[code]) for code, sku in skus.items()]
    prices = price_lines(asked, _buyer(order, asked_by), order.currency)
    last = max((line.position for line in order.lines.all()), default=0)
    return [
        _new_line(order, sku, wanted[code], prices.get(Line(sku.pk, wanted[code])), last + nth)
        for nth, (code, sku) in enumerate(skus.items(), start=1)
    ]


def _for_sale(order: Order, wanted: Mapping[str, int], asked_by: int) -> Mapping[str, Sku]:
    """The seller's SKUs of these codes, if this buyer may have all of them."""
    found = Sku.objects.of_company(order.seller_id).filter(code__in=wanted).select_related("product", "variant")
    by_code = {sku.code: sku for sku in found}
    buyer = _buyer(order, asked_by)
    seen = offers_sold(buyer, [sku.pk for sku in by_code.values()])
    for code in wanted:
        if code not in by_code or by_code[code].pk not in seen:
            raise Refused(
                _("%(seller)s has no %(code)s for sale.") % {"seller": order.seller.name, "code": code[:40]},
                field="added",
            )
        if why := seen[by_code[code].pk]:
            said = why_unsold(why, code=code, seller=order.seller.name, country=buyer.country)
            raise Refused(said, field="added")
    return {code: by_code[code] for code in wanted}


def _buyer(order: Order, asked_by: int) -> Buyer:
    looks_on = order.seller_id if asked_by == order.seller_id else None
    return Buyer(order.buyer_id, order.ship_to.get("country") or order.buyer.country, looks_on=looks_on)


def _new_line(order: Order, sku: Sku, quantity: int, priced: Priced | None, position: int) -> AmendmentLine:
    if priced is None:
        raise Refused(_("%(code)s has no price for this buyer.") % {"code": sku.code}, field="added")
    return AmendmentLine(
        position=position,
        sku=sku,
        code=sku.code,
        name=sku.full_name,
        after=quantity,
        unit_price_minor=priced.unit_price.minor,
        price_reason=kept(priced.explanation),
        tax_rate=rate_for(order.seller.country, order.ship_to.get("country") or order.buyer.country),
        new_net_minor=priced.unit_price.times(quantity, order.rounding).amount_minor,
    )


def _require_steps(sku: Sku, quantity: int, name: str) -> None:
    try:
        sku.order_rule.require(quantity)
    except Refused as refused:
        raise Refused(f"{sku.code}: {refused.message}", field=name) from None
