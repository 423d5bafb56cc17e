"""How the next offer begins: as the one on the table stands, with a template's terms, or as it was typed so far; and
what else of the seller's goods it names."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.http import QueryDict

from backend.catalog.models import Sku
from backend.catalog.pricing import Line
from backend.core import clock
from backend.negotiation import queries
from backend.negotiation.automatic.covering import prices_for
from backend.negotiation.models import OfferTemplate, Room
from backend.negotiation.replies.filling import filled, gaps_of
from backend.negotiation.replies.queries import goods_found, goods_named
from backend.negotiation.states import Side
from frontend_htmx.negotiation.forms import Offerable, OfferForm, offer_goods, offer_initial, typed_amount, typed_price

MOST_MORE = 50
Typed = QueryDict


def offer_form(
    room: Room,
    side: Side,
    on_table: queries.OfferView | None,
    data: Typed | None = None,
    *,
    more: Sequence[Sku] = (),
    begun: Mapping[str, object] | None = None,
) -> OfferForm:
    """The next offer: `more` are goods that nobody asked for, `begun` what its fields begin with. Two queries."""
    goods = offer_goods(queries.wanted_lines(room), on_table)
    known = {each.sku_id for each in goods}
    goods = [*goods, *(_offerable(sku) for sku in more if sku.pk not in known)]
    initial = {**offer_initial(on_table, incoterm=room.enquiry.incoterm, now=clock.now()), **(begun or {})}
    form = OfferForm(data, goods=goods, currency=room.currency, initial=initial, may_hold=side == Side.SELLER)
    form.more = [sku.pk for sku in more if sku.pk not in known]
    form.is_begun = begun is not None
    return form


def typed_offer(room: Room, side: Side, data: Typed) -> OfferForm:
    """As it was sent. Six queries at most."""
    return offer_form(room, side, queries.offer_on_table(room, side), data, more=_more(room, side, data))


def looks_for_goods(data: Typed) -> bool:
    """Whether the form was sent to find, or to take in, what nobody asked for, and not to be made."""
    return bool(data.get("find", "").strip() or data.get("add"))


def with_more(room: Room, side: Side, data: Typed) -> OfferForm:
    """What was typed so far, with what was found, or with what was taken in. Seven queries at most."""
    more = _more(room, side, data)
    form = offer_form(room, side, queries.offer_on_table(room, side), more=more, begun=data.dict())
    if side == Side.SELLER:
        known = {each.sku_id for each in form.goods}
        form.found = [_offerable(sku) for sku in goods_found(room, data.get("find", "")) if sku.pk not in known]
        form.sought = data.get("find", "").strip()[:80]
    return form


def by_template(room: Room, template: OfferTemplate, own_name: str) -> OfferForm:
    """The next offer of the seller's with the template's terms: its prices are what this buyer pays for the quantities,
    less its percent. Nine queries at most."""
    on_table = queries.offer_on_table(room, Side.SELLER)
    goods = offer_goods(queries.wanted_lines(room), on_table)
    begun: dict[str, object] = {
        "freight": typed_amount(template.freight_minor, room.currency),
        "incoterm": template.incoterm or room.enquiry.incoterm,
        "net_days": template.net_days,
        "lead_time_days": template.lead_time_days,
        "valid_until": (clock.now() + timedelta(days=template.valid_days)).date(),
        "holds_stock": template.holds_stock,
        "note": filled(template.note, gaps_of(room, own_name)),
    }
    if template.percent_off is not None:
        lines = [Line(each.sku_id, each.quantity or 1) for each in goods]
        prices = prices_for(room, lines, template.percent_off)
        begun |= {f"price-{pk}": typed_price(price) for pk, price in prices.items()}
    return offer_form(room, Side.SELLER, on_table, begun=begun)


def _more(room: Room, side: Side, data: Typed) -> Sequence[Sku]:
    """What was taken in, and what is to be: of the seller's own, and by the seller."""
    named = [*data.getlist("more"), *data.getlist("add")] if side == Side.SELLER else []
    return goods_named(room, [int(pk) for pk in named[:MOST_MORE] if pk.isascii() and pk.isdigit() and len(pk) < 19])


def _offerable(sku: Sku) -> Offerable:
    name = sku.full_name
    return Offerable(sku.pk, sku.code, name)
