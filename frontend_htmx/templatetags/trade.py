"""How numbers, prices, moments and categories are written. Live fragments use these too: no request, no reader."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import NumberPattern, format_decimal, parse_pattern
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backend.catalog.models import Product
from backend.core.money import EXPONENTS, Money, UnitPrice
from backend.core.units import counted, unit_name
from backend.inventory.movements.queries import HistoryPoint
from backend.logistics.states import FAILED, ShipmentStatus, Tracking
from backend.orders.queries import StatusView
from backend.orders.returns.states import ReturnStatus
from backend.orders.states import Commercial, Step
from frontend_htmx.catalog.buying import catalogue_address, product_address, searches_address
from frontend_htmx.catalog.drawings import drawing_of
from frontend_htmx.inventory.chart import Picture, draw_history

register = template.Library()

TONES: Mapping[Commercial, str] = {
    Commercial.PLACED: "tag-waiting",
    Commercial.ACCEPTED: "tag-moving",
    Commercial.IN_PROGRESS: "tag-moving",
    Commercial.COMPLETED: "tag-done",
    Commercial.CLOSED: "tag-done",
    Commercial.DECLINED: "tag-trouble",
    Commercial.EXPIRED: "tag-trouble",
    Commercial.CANCEL_REQUESTED: "tag-waiting",
    Commercial.AMENDING: "tag-waiting",
    Commercial.CANCELLED: "",
}
RETURN_TONES: Mapping[ReturnStatus, str] = {
    ReturnStatus.REQUESTED: "tag-waiting",
    ReturnStatus.APPROVED: "tag-moving",
    ReturnStatus.REJECTED: "tag-trouble",
    ReturnStatus.WITHDRAWN: "",
    ReturnStatus.IN_TRANSIT: "tag-moving",
    ReturnStatus.PARTLY_RECEIVED: "tag-waiting",
    ReturnStatus.RECEIVED: "tag-waiting",
    ReturnStatus.INSPECTED: "tag-waiting",
    ReturnStatus.RESOLVED: "tag-done",
    ReturnStatus.LAPSED: "",
}
STEP_TONES: Mapping[str, str] = {
    Step.PLACED: "tag-waiting",
    Step.ACCEPTED: "tag-moving",
    Step.DISPATCHED: "tag-moving",
    Step.DELIVERED: "tag-done",
    Step.LOST: "tag-trouble",
    Step.CAME_BACK: "tag-trouble",
    Step.DECLINED: "tag-trouble",
    Step.EXPIRED: "tag-trouble",
    Step.TRACKED: "tag-trouble",
    Step.DISPUTE_OPENED: "tag-trouble",
    Step.DISPUTE_ESCALATED: "tag-trouble",
    Step.RETURN_REQUESTED: "tag-waiting",
    Step.RETURN_RESOLVED: "tag-done",
}
"""On the floor, which shows of a parcel's way only trouble."""
SHIPMENT_TONES: Mapping[str, str] = {
    ShipmentStatus.PACKED: "tag-waiting",
    ShipmentStatus.DELIVERED: "tag-done",
    ShipmentStatus.CONFIRMED: "tag-done",
    ShipmentStatus.UNPACKED: "",
    **dict.fromkeys(FAILED, "tag-trouble"),
}
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}
KEPT = 10_000
"""How many numbers and amounts a process remembers the writing of: a page has hundreds, and most of them again."""


def _locale() -> Locale:
    return _parsed(get_language() or "en")


@lru_cache
def _parsed(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@register.filter
def whole(number: int) -> str:
    """1200 as the language writes it: 1,200."""
    return _whole(number, _locale())


@lru_cache(KEPT)
def _whole(number: int, locale: Locale) -> str:
    return format_decimal(number, locale=locale)


@register.filter
def signed(number: int) -> str:
    """+12 or −12: a change, never mistaken for a level."""
    return ("+" if number > 0 else "−" if number < 0 else "") + format_decimal(abs(number), locale=_locale())


@register.filter
def price(unit_price: UnitPrice) -> str:
    """A unit price in its currency, with as many decimals as it has, and never fewer than its coins."""
    return _written(unit_price.amount, unit_price.currency, finer="####", locale=_locale())


@register.filter
def percent(off: Decimal) -> str:
    """So many percent off, as a change: −7.5 %; what adds to a price has a plus."""
    return f"{'−' if off >= 0 else '+'}{format_decimal(abs(off), locale=_locale())} %"


@register.filter
def of(found: Mapping[Any, Any], key: object) -> Any:
    """What a mapping has under a key; None where it has nothing."""
    return found.get(key)


@register.simple_tag(takes_context=True)
def catalogue_url(context: dict[str, Any]) -> str:
    """The catalogue as the acting company sees it; everybody's, where nobody acts for one."""
    return catalogue_address(context.get("request"))


@register.simple_tag(takes_context=True)
def searches_url(context: dict[str, Any], what: str = "", search_id: int = 0) -> str:
    """The reader's saved searches beside the catalogue as the acting company sees it."""
    return searches_address(context.get("request"), what, search_id)


@register.simple_tag(takes_context=True)
def product_url(context: dict[str, Any], product: Product) -> str:
    """The product as the acting company sees it; everybody's, where nobody acts for one."""
    return product_address(context.get("request"), product.pk, product.slug)


@register.filter
def left(seconds: int) -> str:
    """How long something will still take, no more exactly than anybody can know: "2 minutes"."""
    return _("%(time)s left") % {"time": format_timedelta(timedelta(seconds=seconds), locale=_locale(), threshold=1.5)}


@register.filter
def country(code: str) -> str:
    """The country's name in the reader's language; the code where it is none."""
    return str(_locale().territories.get(code, code))


@register.filter
def unit(unit_of_sale: str) -> str:
    """The unit that a SKU is sold in, as a word."""
    return unit_name(unit_of_sale)


@register.filter
def of_unit(units: int, unit_of_sale: str) -> str:
    """So many units of sale, with their word: 1,200 pieces."""
    return counted(units, unit_of_sale, whole(units))


@register.filter
def tracking(status: str) -> str:
    """Where a parcel is, in words."""
    return str(Tracking(status).label)


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """A moment in UTC; a script rewrites it in the reader's own zone."""
    return _moment(at.astimezone(UTC), _locale())


@lru_cache(KEPT)
def _moment(at: datetime, locale: Locale) -> SafeString:
    shown = format_datetime(at, "d MMM y, HH:mm", locale=locale)
    return format_html('<time datetime="{}">{} UTC</time>', at.isoformat(timespec="seconds"), shown)


@register.simple_tag
def until(at: datetime) -> SafeString:
    """When something ends, in UTC; a script says instead how long it still lasts, where that is less than an hour."""
    at = at.astimezone(UTC)
    words = {"until": _("until %(time)s"), "left": _("for %(time)s more")}
    shown = words["until"] % {"time": f"{format_datetime(at, 'd MMM, HH:mm', locale=_locale())} UTC"}
    return format_html(
        '<time datetime="{}" data-format="until" data-until="{until}" data-left="{left}">{}</time>',
        at.isoformat(timespec="seconds"),
        shown,
        **words,
    )


@register.filter
def day(on: date) -> str:
    """14 December 2026, as the language writes it."""
    return format_date(on, "d MMMM y", locale=_locale())


@register.simple_tag
def order_tone(status: StatusView) -> str:
    """The class that says by its colour whether an order waits, moves, is done or came to nothing."""
    return TONES[status.commercial]


@register.simple_tag
def return_tone(status: ReturnStatus) -> str:
    """The same of a return."""
    return RETURN_TONES[status]


@register.simple_tag
def shipment_tone(status: ShipmentStatus) -> str:
    """The same of a shipment."""
    return SHIPMENT_TONES.get(status, "tag-moving")


@register.simple_tag
def step_tone(step: Step) -> str:
    """The class that says by its colour what a transaction means for the market."""
    return STEP_TONES.get(step, "")


@register.filter
def picture(points: Sequence[HistoryPoint]) -> Picture | None:
    """Stock over time, drawn; None where there is nothing to see yet."""
    return draw_history(points)


@register.filter
def money(amount: Money) -> str:
    """A settled amount in its currency."""
    return _written(amount.amount, amount.currency, finer="", locale=_locale())


@register.filter
def yesno_or_value(value: object) -> str:
    """An attribute as it is read: yes or no where it says whether."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)


@register.filter
def drawing(category: str, name: str = "") -> str:
    """The name of the drawing that stands for goods of a category where there is no picture."""
    return drawing_of(category, name)


@lru_cache(KEPT)
def _written(amount: Decimal, currency: str, *, finer: str, locale: Locale) -> str:
    """With as many decimals as the currency has coins, and finer ones; as the language places the currency's sign, its
    short one, since every price here is in the same currency."""
    return format_decimal(amount, _pattern(currency, finer, locale), locale=locale)


@lru_cache
def _pattern(currency: str, finer: str, locale: Locale) -> NumberPattern:
    exponent = EXPONENTS[currency]
    decimals = f"0.{'0' * exponent}{finer}" if exponent else "0"
    standard: str = locale.currency_formats["standard"].pattern
    return parse_pattern(standard.replace("0.00", decimals).replace("¤", f"'{SIGNS.get(currency, currency)}'"))
