"""How each order is paid: decided, and its credit reserved, when it is placed. Callers hold the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from backend.core.errors import Refused
from backend.core.locking import lock
from backend.core.money import Money
from backend.orders.credit.models import CreditAccount, PaymentMethod
from backend.orders.credit.queries import Credit, Key, credits
from backend.orders.placing.freezing import FrozenPart


@dataclass(frozen=True, slots=True)
class Terms:
    """How an order is paid: `net_days` after delivery, or (0) in advance."""

    method: PaymentMethod
    net_days: int


def reserve_credit(buyer_id: int, parts: Sequence[FrozenPart], chosen: Mapping[int, str]) -> Sequence[Terms]:
    """The terms of each part's order, by the method that the buyer chose for its seller; by the usual one, if none.

    Nobody else orders on this buyer's limited accounts until the transaction ends: two orders can't both slip below.
    Raises Refused where the seller gives no credit, or not so much: with the limit, what is used, what is needed. Two
    queries; five where there is a limit.
    """
    keys = [(part.seller.pk, buyer_id, part.currency) for part in parts]
    found = credits(keys)
    limited = [key for key, credit in found.items() if credit.may and credit.limit is not None]
    if limited:
        _lock(limited)
        found = {**found, **credits(limited)}
    return [_terms(part, found[key], chosen.get(part.seller.pk, "")) for part, key in zip(parts, keys, strict=True)]


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
    limit, left = credit.limit or credit.used, credit.left or credit.used
    amounts = {"limit": limit, "used": credit.used, "left": left, "needed": part.total}
    said = {name: _plain(amount) for name, amount in amounts.items()}
    return Refused(words % {"seller": part.seller.name, **said}, detail={"credit": part.seller.pk})


def _plain(amount: Money) -> str:
    return f"{amount.amount} {amount.currency}"
