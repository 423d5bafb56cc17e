"""Every change of a cart or an order. Each is one transaction, safe to send twice, and ends by recording it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.catalog.pricing import visible_skus
from backend.catalog.pricing.buyers import buyer_of
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.locking import lock
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.inventory.holds.allocating import Demand, Part, Short
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.steps import LockedStock, hold_stock, lock_stock, settle_stock
from backend.orders import policies
from backend.orders.carts import ROUNDING, CartView, PricedLine, SellersPart, priced_cart
from backend.orders.models import Cart, CartLine, Order, OrderGroup, OrderLine
from backend.orders.states import ORDER, Commercial, Step
from backend.orders.steps import lock_order, tell, tell_of

MAX_LINES = 1_000
MAX_PO_NUMBER, MAX_NOTE = 40, 1_000
ACCEPT_WITHIN = timedelta(hours=48)
NET_DAYS = 30


@dataclass(frozen=True, slots=True)
class Details:
    """What the buyer says about an order beside its lines. `ship_to` is an address as it is printed, by its parts."""

    po_number: str = ""
    requested_on: date | None = None
    note: str = ""
    ship_to: Mapping[str, str] = field(default_factory=dict)


# --- The cart --------------------------------------------------------------------------------------------------------
@atomic(durable=True)
@for_actor
def put_in_cart(sku: Sku, quantity: int, *, actor: Actor) -> CartLine | None:
    """So many units of this SKU stand in the person's cart from now on; 0 takes it out. Sent twice it is the same.

    Raises NotAllowed without orders.place, Refused for what isn't for sale to this buyer, a quantity that its seller
    doesn't accept, or more than MAX_LINES lines.
    """
    _require(policies.can_place_orders(actor))
    cart = _lock_cart(actor)
    if not quantity:
        cart.lines.filter(sku=sku).delete()
        return None
    _require_for_sale(sku, actor)
    sku.order_rule.require(whole_number(quantity))
    line, is_new = cart.lines.update_or_create(sku=sku, defaults={"quantity": quantity})
    if is_new and cart.lines.count() > MAX_LINES:
        raise Refused(_("A cart has at most %(max)d lines. Place this order first.") % {"max": MAX_LINES})
    return line


def _lock_cart(actor: Actor) -> Cart:
    mine: dict[str, Any] = {"company_id": actor.company_id, "user_id": actor.user_id}
    Cart.objects.bulk_create([Cart(**mine)], ignore_conflicts=True)
    return lock(Cart.objects.of_person(actor), what=_("your cart"))[0]


def _require_for_sale(sku: Sku, actor: Actor) -> None:
    buyer = buyer_of(actor)
    if sku.company_id == actor.company_id:
        raise Refused(_("%(code)s is your own: a company can’t order of itself.") % {"code": sku.code})
    if not Sku.objects.published().filter(visible_skus(buyer), pk=sku.pk).exists():
        raise Refused(_("%(code)s is no longer for sale.") % {"code": sku.code}, field="sku")


# --- Placing ---------------------------------------------------------------------------------------------------------
@atomic(durable=True)
@for_actor
def place_orders(
    company: Company, details: Details, *, seen: Mapping[int, Decimal], key: str, actor: Actor
) -> OrderGroup:
    """Orders what stands in the person's cart: one order for each seller, all or none, and the cart is empty.

    `seen` says which unit price (minor units) the buyer saw of each SKU: a price that fell meanwhile is passed on, one
    that rose is a Conflict with the lines. Prices, tax and addresses are frozen. The goods are allocated in the same
    transaction. Raises NotAllowed without orders.place; Refused for an empty cart, a line that can't be ordered as it
    stands, an order below its seller's minimum, or too little stock (detail: what is left, by SKU).
    """
    _require(policies.can_place_orders(actor))
    request = {"po": details.po_number, "on": details.requested_on, "note": details.note, "to": dict(details.ship_to)}
    claim = once.claim(company.pk, key, action="place_orders", request=request)
    if claim.is_repeat:
        return OrderGroup.objects.of_company(company.pk).get(pk=claim.result_pk)
    _require_short(details)
    basket = _lock_cart(actor)
    cart = priced_cart(basket, company)
    _require_orderable(cart)
    _require_no_rise(cart.lines, seen)
    stock = lock_stock([line.sku.pk for line in cart.lines])
    group = OrderGroup.objects.create(company=company, placed_by_id=actor.user_id)
    orders = Order.objects.bulk_create(_order(group, part, details) for part in cart.parts)
    _allocate(stock, _write_lines(orders, cart.parts), company)
    basket.lines.all().delete()
    settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor)
    tell_of(orders, Step.PLACED, actor=actor)
    claim.resulted_in(group.pk)
    return group


def _order(group: OrderGroup, part: SellersPart, details: Details) -> Order:
    return Order(
        group=group,
        seller=part.seller,
        buyer_id=group.company_id,
        currency=part.currency,
        rounding=ROUNDING,
        net_minor=part.net.amount_minor,
        tax_minor=part.tax.amount_minor,
        po_number=details.po_number,
        requested_on=details.requested_on,
        note=details.note,
        ship_to=dict(details.ship_to),
        net_days=NET_DAYS,
        accept_by=Now() + ACCEPT_WITHIN,
        last_seq=1,
    )


def _write_lines(orders: Sequence[Order], parts: Sequence[SellersPart]) -> Sequence[OrderLine]:
    return OrderLine.objects.bulk_create(
        _order_line(order, position, line)
        for order, part in zip(orders, parts, strict=True)
        for position, line in enumerate(part.lines, start=1)
    )


def _order_line(order: Order, position: int, line: PricedLine) -> OrderLine:
    assert line.priced  # noqa: S101  # _require_orderable saw to it
    net = line.net_of(line.priced)
    name = line.sku.product.name + (f", {line.sku.variant.name}" if line.sku.variant.name else "")
    reason = line.priced.explanation
    return OrderLine(
        order=order,
        position=position,
        sku=line.sku,
        code=line.sku.code,
        name=name,
        unit_of_sale=line.sku.unit_of_sale,
        quantity=line.quantity,
        unit_price_minor=line.priced.unit_price.minor,
        price_reason={"rule": reason.rule, "tier": reason.tier, "list": reason.list.name if reason.list else ""},
        tax_rate=line.tax_rate,
        net_minor=net.amount_minor,
        tax_minor=line.tax_of(net).amount_minor,
    )


def _allocate(stock: LockedStock, lines: Sequence[OrderLine], company: Company) -> None:
    """Each order's goods from as few warehouses as there can be; what lies nowhere yet is noted on its line."""
    by_order: dict[Order, list[OrderLine]] = {}
    for line in lines:
        by_order.setdefault(line.order, []).append(line)
    for order, its_lines in by_order.items():
        parts = _hold(stock, order, its_lines, order.ship_to.get("country") or company.country)
        _note_owed(its_lines, parts)


def _hold(stock: LockedStock, order: Order, lines: Sequence[OrderLine], country: str) -> Sequence[Part]:
    demands = [Demand(line.pk, line.sku_id, line.quantity) for line in lines]
    try:
        return hold_stock(
            stock, demands, kind=HoldKind.ORDER, holder_id=order.buyer_id, subject=order.subject, country=country
        )
    except Short as short:
        raise _too_little(lines, short) from None


def _too_little(lines: Sequence[OrderLine], short: Short) -> Refused:
    named = [line for line in lines if line.pk in short.left]
    words = _("Only %(left)d of %(code)s are left, not %(quantity)d.")
    said = [words % {"left": short.left[each.pk], "code": each.code, "quantity": each.quantity} for each in named[:5]]
    return Refused(" ".join(said), detail={"left": {each.sku_id: short.left[each.pk] for each in named}})


def _note_owed(lines: Sequence[OrderLine], parts: Sequence[Part]) -> None:
    owed = {line.pk: sum(part.owed for part in parts if part.line == line.pk) for line in lines}
    late = [line for line in lines if owed[line.pk]]
    for line in late:
        line.owed = owed[line.pk]
    if late:
        late[0].order.lines.all().bulk_update(late, ["owed"])


def _require_orderable(cart: CartView) -> None:
    if not cart.parts:
        raise Refused(_("There is nothing in your cart."))
    for line in cart.lines:
        if line.trouble:
            raise Refused(line.trouble, detail={"sku": line.sku.pk})
    for part in cart.parts:
        if part.missing:
            raise Refused(
                _("%(seller)s takes orders from %(minimum)s %(currency)s on: %(missing)s are missing.")
                % {
                    "seller": part.seller.name,
                    "minimum": part.minimum.amount,
                    "currency": part.currency,
                    "missing": part.missing.amount,
                }
            )


def _require_no_rise(lines: Sequence[PricedLine], seen: Mapping[int, Decimal]) -> None:
    rose = [line for line in lines if line.priced and line.priced.unit_price.minor > seen.get(line.sku.pk, Decimal(-1))]
    if rose:
        codes = ", ".join(line.sku.code for line in rose[:5])
        raise Conflict(
            _("The price of %(codes)s is higher than the one you saw. Look at it, then order again.")
            % {"codes": codes},
            detail={"rose": [line.sku.pk for line in rose]},
        )


def _require_short(details: Details) -> None:
    for text, most, name in ((details.po_number, MAX_PO_NUMBER, "po_number"), (details.note, MAX_NOTE, "note")):
        if len(text) > most:
            raise Refused(
                _("%(n)d characters are too many here: at most %(max)d.") % {"n": len(text), "max": most}, field=name
            )


# --- The seller's answer, and the buyer's change of mind -------------------------------------------------------------
@atomic(durable=True)
@for_actor
def accept_order(order: Order, *, actor: Actor) -> Order:
    """The seller takes the order. Accepted again it stays so.

    Raises NotAllowed without orders.answer, Refused for one that was declined, has expired or was cancelled.
    """
    _require(policies.can_answer_order(actor, order))
    return _move(order, Commercial.ACCEPTED, Step.ACCEPTED, actor)


@atomic(durable=True)
@for_actor
def decline_order(order: Order, *, reason: str, actor: Actor) -> Order:
    """The seller can't or won't: the goods are free again, and the buyer reads why.

    Raises NotAllowed without orders.answer, Refused without a reason or for one that is accepted already.
    """
    _require(policies.can_answer_order(actor, order))
    if not reason.strip():
        raise Refused(_("Say why: the buyer reads it."), field="reason")
    return _end(order, Commercial.DECLINED, Step.DECLINED, actor, note=reason.strip()[:MAX_NOTE])


@atomic(durable=True)
@for_actor
def cancel_order(order: Order, *, actor: Actor) -> Order:
    """The buyer takes an order back that nobody has accepted yet: the goods are free again.

    Raises NotAllowed without orders.place, Refused for one that is accepted already.
    """
    _require(policies.can_cancel_order(actor, order))
    now = lock_order(order)
    if now.commercial not in (Commercial.PLACED, Commercial.CANCELLED):
        raise Refused(_("%(seller)s has accepted this order already.") % {"seller": now.seller.name})
    return _end(now, Commercial.CANCELLED, Step.CANCELLED, actor)


@atomic(durable=True)
def expire_order(order: Order, *, actor: Actor) -> Order:
    """Nobody accepted it in time: the goods are free again. One that was answered meanwhile stays as it is."""
    late = Order.objects.this(order).filter(commercial=Commercial.PLACED, accept_by__lte=Now())
    if not late.exists():
        return order
    return _end(order, Commercial.EXPIRED, Step.EXPIRED, actor)


def _end(order: Order, to: Commercial, step: Step, actor: Actor, note: str = "") -> Order:
    now = lock_order(order)
    if now.commercial != to:
        stock = lock_stock(now.lines.values_list("sku_id", flat=True), freeing=now.subject, what=now.number)
        settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor)
        now.lines.update(cancelled=F("quantity") - F("dispatched"))
    return _move(now, to, step, actor, note)


def _move(order: Order, to: Commercial, step: Step, actor: Actor, note: str = "") -> Order:
    now = lock_order(order)
    if now.commercial != to:
        ORDER.move(now, to=to)
        tell(now, step, actor=actor, note=note)
    return now


def _require(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("Your role in this company may not do that. An owner of the company can change your role."))
