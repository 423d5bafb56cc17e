"""Why a line costs what it costs, in a sentence."""

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from backend.catalog.lists.states import ListKind
from backend.catalog.pricing import Priced
from backend.catalog.pricing.reasons import Reason, reason_of
from backend.catalog.pricing.terms import Rule
from backend.core.money import UnitPrice
from frontend_htmx.templatetags.trade import percent, price, whole

register = template.Library()


@register.filter
def reason(priced: Priced) -> Reason:
    """What there is to say of a price as it is now."""
    return reason_of(priced.explanation)


@register.filter
def why(found: Reason, currency: str) -> str:
    """The list, the rule and the tier; empty where nothing is known of them."""
    match found.rule:
        case "agreed":
            return _("As it was agreed on in the negotiation.")
        case "replacement":
            return _("Free of charge: it replaces what was sent back.")
        case "":
            return ""
    tier = _("from %(quantity)s on") % {"quantity": whole(found.tier)}
    return _("%(list)s: %(rule)s, %(tier)s.") % {"list": _list(found), "rule": _rule(found, currency), "tier": tier}


def _list(found: Reason) -> str:
    if not found.list:
        return _("No price list")
    kind = ListKind(found.kind).label if found.kind in ListKind.values else ""
    return f"{found.list} ({kind})" if kind else found.list


def _rule(found: Reason, currency: str) -> str:
    if found.percent is not None and found.base is not None and found.rule != Rule.BASE:
        of = price(UnitPrice(Decimal(found.base), currency))
        return _("%(percent)s on the base price of %(price)s") % {"percent": percent(found.percent), "price": of}
    words = {Rule.FIXED: _("a price of its own"), Rule.BASE: _("the base price, which everybody pays")}
    return str(words.get(found.rule) or Rule(found.rule).label)  # type: ignore[call-overload]  # a rule as it was kept
