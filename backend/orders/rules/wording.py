"""Why an approval is needed: kept as data with a requisition, read by people in their own language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from backend.core.money import Money
from backend.orders.rules.deciding import Over, Reason
from backend.orders.rules.models import ApprovalRule

MAX_NAMES = 4
Kept = Mapping[str, Any]
"""A reason as it is kept: amounts are [minor units, currency], categories and sellers stand by name."""


def kept(reason: Reason, categories: Mapping[int, str], sellers: Mapping[int, str]) -> Kept:
    return {
        "least": _amount(reason.least) if reason.least else None,
        "category": categories.get(reason.category_id or 0, ""),
        "sellers": [sellers[pk] for pk in reason.sellers],
        "over": [
            {"per": over.per, "limit": _amount(over.limit), "would_be": _amount(over.would_be)} for over in reason.over
        ],
    }


def plain(amount: Money) -> str:
    return f"{amount.amount} {amount.currency}"


def spoken(who: Sequence[str], reasons: Sequence[Kept], write: Callable[[Money], str] = plain) -> str:
    """One approval as a sentence: Ann or Carl has to approve it: 500.00 GBP or more."""
    names = {"who": any_of(who), "why": said(reasons, write)}
    return _("%(who)s has to approve it: %(why)s.") % names


def any_of(names: Sequence[str]) -> str:
    """Ann, Carl or Dee; of many the first few."""
    shown = [*names[:MAX_NAMES], *([_("others")] if len(names) > MAX_NAMES else [])]
    if len(shown) == 1:
        return shown[0]
    return _("%(some)s or %(last)s") % {"some": ", ".join(shown[:-1]), "last": shown[-1]}


def rule_said(rule: ApprovalRule, write: Callable[[Money], str] = plain) -> str:
    """Which orders a rule is about."""
    parts = [
        _("%(category)s in it") % {"category": rule.category} if rule.category else "",
        _("of a seller of whom you have never ordered") if rule.new_seller else "",
        _("%(amount)s or more") % {"amount": write(rule.least)} if rule.from_minor else "",
        _("over the person’s spending limit") if rule.over_limit else "",
    ]
    return ", ".join(part for part in parts if part) or _("every order")


def said(reasons: Sequence[Kept], write: Callable[[Money], str] = plain) -> str:
    """All reasons of one approval in a sentence's end: "500.00 GBP or more; Eastwick is new to you"."""
    return "; ".join(", ".join(_parts(reason, write)) or _("every order") for reason in reasons)


def _parts(reason: Kept, write: Callable[[Money], str]) -> Iterator[str]:
    if reason["category"]:
        yield _("%(category)s in it") % {"category": reason["category"]}
    if reason["sellers"]:
        yield _("never ordered before of %(sellers)s") % {"sellers": ", ".join(reason["sellers"])}
    if reason["least"]:
        yield _("%(amount)s or more") % {"amount": write(Money(*reason["least"]))}
    for over in reason["over"]:
        yield _over(Over(over["per"], Money(*over["limit"]), Money(*over["would_be"])), write)


def _over(over: Over, write: Callable[[Money], str]) -> str:
    amounts = {"limit": write(over.limit), "would_be": write(over.would_be)}
    if over.limit.currency != over.would_be.currency:
        return _("%(would_be)s, which the spending limit of %(limit)s does not cover") % amounts
    if over.per == "order":
        return _("over the spending limit of %(limit)s an order") % amounts
    return _("%(would_be)s this month, over the spending limit of %(limit)s") % amounts


def _amount(amount: Money) -> list[object]:
    return [amount.amount_minor, amount.currency]
