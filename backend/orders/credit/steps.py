"""How each order is paid: decided, and its credit reserved, when it is placed, and looked at again when it changes.
Callers hold the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.along import Asked
from backend.core.errors import Refused
from backend.core.locking import lock
from backend.core.money import Money
from backend.orders.credit.models import CreditAccount, PaymentMethod
from backend.orders.credit.queries import Credit, Key, credits
from backend.orders.models import Order
from backend.orders.placing.freezing import FrozenPart
from backend.orders.states import PAYMENT, Payment, Step
from backend.orders.steps import tell


@dataclass(frozen=True, slots=True)
class Terms:
    """How an order is paid: `net_days` after delivery, or (0) in advance."""

    method: PaymentMethod
    net_days: int


def reserve_credit(
    buyer_id: int, parts: Sequence[FrozenPart], chosen: Mapping[int, str], agreed: Asked | None = None
) -> Sequence[Terms]:
    """The terms of each part's order, by the method that the buyer chose for its seller; by the usual one, if none.

    Nobody else orders on this buyer's limited accounts until the transaction ends: two orders can't both slip below.
    Raises Refused where the seller gives no credit, or not so much: with the limit, what is used, what is needed. One
    query, none where it was asked with `ask_agreed`; six where there is a limit.
    """
    keys = [(part.seller.pk, buyer_id, part.currency) for part in parts]
    found = _locked(keys, agreed)
    return [_terms(part, found[key], chosen.get(part.seller.pk, "")) for part, key in zip(parts, keys, strict=True)]


def reserve_more(order: Order, more: Money) -> None:
    """So much further credit for a locked order that rises. One that is paid in advance takes none.

    Raises Refused where its seller gives none any more, or not so much: with the limit, what is used and what is
    needed. One query; six where there is a limit.
    """
    if order.method == PaymentMethod.PREPAID or more.amount_minor <= 0:
        return
    key = (order.seller_id, order.buyer_id, order.currency)
    credit = _locked([key])[key]
    if not credit.may:
        raise Refused(
            _("%(seller)s gives %(buyer)s no credit now: order what is added as an order of its own, paid in advance.")
            % {"seller": order.seller.name, "buyer": order.buyer.name}
        )
    if not credit.allows(more):
        raise _too_much_more(order, more, credit)


def settle_payment(order: Order, was: Money, *, actor: Actor) -> None:
    """Of a locked order `was` was payable. Where it was paid and has risen since, the rest is to be paid; where it fell
    to what was paid, nothing is. What was taken off after it was paid has been given back."""
    if order.payment == Payment.PAID and was < order.payable:
        order.paid_minor = was.amount_minor
        PAYMENT.move(order, to=Payment.PARTLY_PAID, paid_minor=order.paid_minor)
        tell(order, Step.MORE_TO_PAY, actor=actor)
    elif order.payment == Payment.PARTLY_PAID and not order.unpaid.amount_minor:
        PAYMENT.move(order, to=Payment.PAID)


def _locked(keys: Sequence[Key], agreed: Asked | None = None) -> Mapping[Key, Credit]:
    found = credits(keys, agreed)
    limited = [key for key, credit in found.items() if credit.may and credit.limit is not None]
    if limited:
        _lock(limited)
        found = {**found, **credits(limited)}
    return found


def _lock(keys: Sequence[Key]) -> None:
    fresh = [CreditAccount(seller_id=seller, buyer_id=buyer, currency=currency) for seller, buyer, currency in keys]
    CreditAccount.objects.bulk_create(fresh, ignore_conflicts=True)
    mine: dict[str, Any] = {"seller__in": {key[0] for key in keys}, "buyer": keys[0][1]}
    lock(CreditAccount.objects.scoped(**mine), what=_("your credit"))


def _terms(part: FrozenPart, credit: Credit, chosen: str) -> Terms:
    method = PaymentMethod(chosen) if chosen in PaymentMethod.values else credit.methods[0]
    if method == PaymentMethod.PREPAID:
        return Terms(method, 0)
    if not credit.may:
        raise Refused(_("%(seller)s is paid in advance. Choose the bank transfer.") % {"seller": part.seller.name})
    if not credit.allows(part.total):
        raise _too_much(part, credit)
    return Terms(method, credit.net_days)


def _too_much(part: FrozenPart, credit: Credit) -> Refused:
    words = _(
        "Your credit with %(seller)s is %(limit)s, of which %(used)s are used: %(left)s are left, and this needs "
        "%(needed)s. Choose the bank transfer in advance, or order less."
    )
    said = _figures(credit, part.total)
    return Refused(words % {"seller": part.seller.name, **said}, detail={"credit": part.seller.pk})


def _too_much_more(order: Order, more: Money, credit: Credit) -> Refused:
    words = _(
        "The credit of %(buyer)s with %(seller)s is %(limit)s, of which %(used)s are used: %(left)s are left, and this "
        "change needs %(needed)s more. Change less, or order the rest as an order of its own, paid in advance."
    )
    who = {"buyer": order.buyer.name, "seller": order.seller.name}
    return Refused(words % {**who, **_figures(credit, more)}, detail={"credit": order.seller_id})


def _figures(credit: Credit, needed: Money) -> Mapping[str, str]:
    limit, left = credit.limit or credit.used, credit.left or credit.used
    amounts = {"limit": limit, "used": credit.used, "left": left, "needed": needed}
    return {name: _plain(amount) for name, amount in amounts.items()}


def _plain(amount: Money) -> str:
    return f"{amount.amount} {amount.currency}"
