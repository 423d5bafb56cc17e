"""Templates, and past orders as they would be ordered again. Each says how many queries it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from backend.accounts.actor import Actor
from backend.catalog.pricing import Buyer
from backend.catalog.queries import Page, page_of
from backend.core.money import UnitPrice
from backend.orders.carts.queries import lines_of
from backend.orders.models import Order, OrderTemplate
from backend.orders.reordering.comparing import Compared, Wanted, compare

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template in the list."""

    template: OrderTemplate
    made_by: str
    lines: int


@dataclass(frozen=True, slots=True)
class Again:
    """A page of lines beside what they are now."""

    page: Page
    lines: Sequence[Compared]

    @property
    def ready(self) -> int:
        return sum(not line.trouble for line in self.lines)


def templates(actor: Actor) -> Sequence[TemplateRow]:
    """What the person may order from, by name. One query."""
    found: Any = OrderTemplate.objects.visible_to(actor).select_related("made_by").annotate(many=Count("lines"))
    return [TemplateRow(each, each.made_by.name, each.many) for each in found.order_by("name", "pk")]


def template_lines(template: OrderTemplate, buyer: Buyer, number: int = 1, size: int = PAGE_SIZE) -> Again:
    """A page of a template. Five queries."""
    lines = template.lines.order_by("pk")
    page = page_of(number, size, lines.count())
    here = lines[(page.number - 1) * page.size : page.number * page.size]
    wanted = [Wanted(line.sku_id, line.code, line.name, line.quantity, line.unit_price) for line in here]
    return Again(page, compare(wanted, buyer))


def ordered_again(order: Order, buyer: Buyer, number: int = 1) -> Again:
    """A page of a past order. Five queries."""
    lines = order.lines.order_by("position")
    page = page_of(number, PAGE_SIZE, lines.count())
    here = lines[(page.number - 1) * page.size : page.number * page.size]
    wanted = [
        Wanted(line.sku_id, line.code, line.name, line.quantity, UnitPrice(line.unit_price_minor, order.currency))
        for line in here
    ]
    return Again(page, compare(wanted, buyer))


def quantities_of_order(order: Order) -> Mapping[int, int]:
    """By SKU. One query."""
    return dict(order.lines.values_list("sku", "quantity"))


def quantities_of_template(template: OrderTemplate) -> Mapping[int, int]:
    """By SKU. One query."""
    return dict(template.lines.values_list("sku", "quantity"))


def quantities_in_cart(actor: Actor) -> Mapping[int, int]:
    """By SKU. One query."""
    return {line.sku_id: line.quantity for line in lines_of(actor)}
