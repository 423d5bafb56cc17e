"""Which rule answers an enquiry, and with what. Reads, and decides nothing for good."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from backend.catalog.models import Sku
from backend.catalog.pricing import Line, asking_as, price_lines
from backend.catalog.pricing.buyers import buyer_of_company
from backend.catalog.pricing.rounding import less_percent
from backend.core.money import Money, UnitPrice
from backend.negotiation.automatic.models import AnswerRule
from backend.negotiation.models import Room
from backend.negotiation.queries import WantedLine, wanted_lines
from backend.negotiation.steps import database_now
from backend.negotiation.terms import OfferedLine, Terms


def covering_rule(room: Room) -> tuple[AnswerRule | None, Sequence[WantedLine]]:
    """The most specific rule that covers every line of what is asked of this seller: a SKU's before a category's, and
    that before one for anything; of two alike the older. Four queries."""
    wanted = wanted_lines(room)
    skus = Sku.objects.of_company(room.seller_id).filter(pk__in=[line.sku_id for line in wanted])
    found = {sku.pk: sku for sku in skus.select_related("product")}
    rules = AnswerRule.objects.of_company(room.seller_id).filter(is_on=True).order_by("pk")
    fit = [rule for rule in rules if wanted and all(_covers(rule, line, found[line.sku_id]) for line in wanted)]
    return min(fit, key=_width, default=None), wanted


def _covers(rule: AnswerRule, line: WantedLine, sku: Sku) -> bool:
    is_about = rule.sku_id in (None, sku.pk) and rule.category_id in (None, sku.product.category_id)
    in_band = rule.min_quantity <= line.quantity <= rule.max_quantity
    return is_about and in_band and sku.order_rule.accepts(line.quantity)


def _width(rule: AnswerRule) -> int:
    return 0 if rule.sku_id else 1 if rule.category_id else 2


def prices_for(room: Room, lines: Sequence[Line], percent_off: Decimal) -> Mapping[int, UnitPrice]:
    """What the room's buyer pays this seller for each, less so many percent; what has no price for them is missing."""
    buyer = replace(buyer_of_company(room.buyer), looks_on=room.seller_id)
    with asking_as(buyer):
        found = price_lines(lines, buyer, room.currency)
    return {line.sku_id: less_percent(priced.unit_price, percent_off) for line, priced in found.items()}


def terms_by(rule: AnswerRule, room: Room, wanted: Sequence[WantedLine]) -> Terms | None:
    """What the rule offers; None where something of it has no price for this buyer."""
    prices = prices_for(room, [Line(line.sku_id, line.quantity) for line in wanted], rule.percent_off)
    if not all(line.sku_id in prices and prices[line.sku_id].minor for line in wanted):
        return None
    return Terms(
        lines=[OfferedLine(line.sku_id, line.quantity, prices[line.sku_id]) for line in wanted],
        freight=Money(0, room.currency),
        valid_until=database_now() + timedelta(days=rule.valid_days),
        incoterm=room.enquiry.incoterm,
        net_days=rule.net_days,
        lead_time_days=rule.lead_time_days,
        holds_stock=rule.holds_stock,
    )
