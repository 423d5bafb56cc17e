"""A cart becomes orders: one transaction, safe to send twice."""

from collections.abc import Mapping
from decimal import Decimal

from django.db.transaction import atomic

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.core.along import sending_along
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.orders import policies
from backend.orders.carts.queries import priced_cart, sellers_in
from backend.orders.carts.steps import empty, lock_cart_with_lines
from backend.orders.credit.queries import ask_agreed
from backend.orders.documents.steps import hand_over
from backend.orders.models import OrderGroup
from backend.orders.placing.checks import (
    require_currencies,
    require_no_approval,
    require_no_rise,
    require_orderable,
    require_taxes,
)
from backend.orders.placing.details import Details, require_short, require_to_come
from backend.orders.placing.freezing import freeze
from backend.orders.placing.steps import order_parts
from backend.orders.rules.queries import ask_laid_down, plan_for


@atomic(durable=True)
@for_actor
@sending_along()
def place_orders(
    company: Company,
    details: Details,
    *,
    seen: Mapping[int, Decimal],
    key: str,
    standing: int | None = None,
    actor: Actor,
) -> OrderGroup:
    """Orders what stands in the person's cart: one order for each seller, all or none, and the cart is empty.

    With `standing` it is the cart of that standing order, which the person set up.

    `seen` says which unit price (minor units) the buyer saw of each SKU: a price that fell meanwhile is passed on, one
    that rose, or is in another currency, is a Conflict, as is more tax than they saw. Prices, tax and addresses are
    frozen. Goods are allocated in the same transaction: those that the checkout reserved, or, where that has lapsed,
    what is there. Raises NotAllowed without orders.place; Refused for an empty cart, a line that can't be ordered as it
    stands, an order below its seller's minimum, a country to which a seller does not deliver or may not sell, what
    needs an approval inside the company (requisitions/actions.py), or too little stock (detail: what is left, by
    SKU).
    """
    require(policies.can_place_orders(actor))
    require_short(details)
    claiming = once.Claiming(company.pk, key, action="place_orders", request=details.said)
    laid_down = ask_laid_down(company.pk)
    basket, lines = lock_cart_with_lines(actor, standing)
    claim = claiming.result()
    if claim.is_repeat:
        return OrderGroup.objects.of_company(company.pk).get(pk=claim.result_pk)
    require_to_come(details.requested_on)
    agreed = ask_agreed(sellers_in(lines), [company.pk])
    cart = priced_cart(basket, company, lines, to=details.ship_to.get("country", ""))
    require_orderable(cart)
    require_currencies(cart.parts, details.currencies)
    require_no_rise(cart.lines, seen)
    require_taxes(cart.parts, details.taxes)
    require_no_approval(plan_for(cart.lines, company.pk, basket.user_id, locked=True, laid_down=laid_down))
    parts = freeze(cart.parts)
    whose, holding = basket.user_id, basket.checkout
    group = order_parts(company, parts, details, holding=holding, placed_by=whose, actor=actor, agreed=agreed)
    claim.resulted_in(group.pk)
    hand_over(empty(basket), group, actor=actor)
    return group
