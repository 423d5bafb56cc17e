"""Now and then a shop asks a maker for a price for far more than it usually buys, and they come to terms, or don't.

What stands in the database decides what is done, and chance is always the same: replayed again nothing more is said.
A seller with people of their own is left to answer; the shop takes up what they offer.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.db.models.functions import Now

from backend.accounts.actions import system_actor
from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.catalog.pricing.buyers import buyer_of
from backend.catalog.pricing.queries import price_lines
from backend.catalog.pricing.terms import Line
from backend.core import clock
from backend.core.errors import Denied
from backend.core.money import Money, UnitPrice
from backend.core.row_security import across_companies, acting_for
from backend.market.models import Act, Errand
from backend.market.simulator.buying import units_wanted
from backend.market.simulator.chance import between, chance, one_of
from backend.market.simulator.errands import Sellers
from backend.market.simulator.script import Invoice
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import REPLAY, Stall
from backend.negotiation.actions import decline_offer, make_offer
from backend.negotiation.enquiries.actions import Asked, Request, ask_for_offers
from backend.negotiation.models import EnquiryLine, Room, RoomQuerySet
from backend.negotiation.states import OPEN, QuoteStatus
from backend.negotiation.terms import OfferedLine, Terms, terms_of
from backend.orders.agreements.actions import accept_offer, make_counter_offer

# One invoice of so many is asked about, for so many times its quantity, while so many negotiations are open.
ONE_IN, TIMES, MOST_OPEN = 12, 6, 12
# Of a hundred offers so many are taken, and so many answered with a lower one; the others are declined.
TAKEN, ANSWERED = 55, 25
THINKS = timedelta(seconds=15)
VALID = timedelta(days=7)
LEAST_PACK, MOST_PACK = 60, 500
NOTES = (
    "We are planning our spring range. What can you do for this quantity?",
    "A repeat order for three branches, all in one delivery.",
    "Could you hold this price until the end of the quarter?",
    "We would take it all in one delivery.",
)
WHY_NOT = ("That is above our budget this season.", "We have found it elsewhere. Thank you for your offer.")
CANNOT = "As things are we can’t do it. Let us speak again when there is more of it."

logger = logging.getLogger(__name__)


def ask(invoice: Invoice, shop: Shop, stalls: Mapping[str, Stall]) -> bool:
    """Whether the shop asks for an offer of what this invoice has most of."""
    wanted = units_wanted(invoice, stalls)
    if not wanted or chance(f"{invoice.reference}/asks", ONE_IN) or _is_enough():
        return False
    stall, units = max(wanted.items(), key=lambda found: (found[1], found[0].sku.pk))
    line = Line(stall.sku.pk, stall.full_cases(units * TIMES))
    with acting_for(shop.company.pk):
        priced = price_lines([line], buyer_of(shop.actor)).get(line)
    if priced is None:
        return False
    asked = Asked(line.sku_id, line.quantity, _percent_off(priced.unit_price, between(invoice.reference, 8, 15)))
    note = one_of(invoice.reference, NOTES)
    request = Request(str(stall.sku.product), [asked], note, shop.address)
    return _tried(lambda: ask_for_offers(request, key=f"market:{invoice.reference}/asks", actor=shop.actor))


def haggle(step: int, sellers: Sellers) -> bool:
    """Whether something is said in one of the replay's negotiations: in the one that has waited longest. What can't be
    done, for want of stock say, ends it."""
    waiting = _ours().filter(moved_at__lt=Now() - THINKS, seller__in=sellers.actors)
    left = waiting.exclude(status=QuoteStatus.AWAITING_SELLER, seller__in=sellers.peopled)
    with across_companies(why=REPLAY):
        room = left.with_parties().order_by("moved_at", "pk").first()
    if room is None:
        return False
    is_buyers = room.status == QuoteStatus.AWAITING_BUYER
    actor = system_actor(room.buyer) if is_buyers else sellers.actors[room.seller_id]
    say = _decide if is_buyers else _answer
    return _tried(lambda: say(room, step, actor)) or _tried(
        lambda: decline_offer(room, answers=room.head, reason=CANNOT, actor=actor)
    )


@across_companies(why=REPLAY)
def _is_enough() -> bool:
    return _ours().count() >= MOST_OPEN


def _ours() -> RoomQuerySet:
    """Open negotiations that nobody who can log in has asked for."""
    rooms = Room.objects.across_companies(why=REPLAY).filter(status__in=OPEN)
    return rooms.filter(enquiry__created_by__is_active=False)


def _answer(room: Room, step: int, seller: Actor) -> None:
    """The seller's first offer is a little above what the shop would like to pay; a lower one than that is taken."""
    if room.head:
        _agree(room, step, seller)
        return
    with across_companies(why=REPLAY):
        line = EnquiryLine.objects.scoped(enquiry=room.enquiry_id).select_related("enquiry").get()
        sku = Sku.objects.scoped(company=room.seller_id, variant=line.variant_id).get()
    assert line.target_price  # noqa: S101  # ask() names one
    price = _percent_off(line.target_price, -between(f"{room.pk}/offer", 1, 6))
    days = between(f"{room.pk}/days", 5, 20)
    terms = Terms([OfferedLine(sku.pk, line.quantity, price)], Money(0, room.currency), clock.now() + VALID)
    make_offer(room, replace(terms, lead_time_days=days), answers=0, key=f"market:{room.pk}", actor=seller)


def _decide(room: Room, step: int, buyer: Actor) -> None:
    """The shop takes the offer, asks for a little less once, or lets it be."""
    luck = chance(f"{room.pk}/{room.head}", 100)
    if luck < TAKEN or room.head > 2:
        _agree(room, step, buyer)
    elif luck < TAKEN + ANSWERED:
        with acting_for(buyer.company_id):
            terms = terms_of(room.revisions.select_related("room").get(number=room.head))
        lines = [replace(line, unit_price=_percent_off(line.unit_price, 2)) for line in terms.lines]
        lower = replace(terms, lines=lines, holds_stock=False)
        make_counter_offer(room, lower, answers=room.head, key=f"market:{room.pk}/{room.head}", actor=buyer)
    else:
        decline_offer(room, answers=room.head, reason=one_of(f"{room.pk}", WHY_NOT), actor=buyer)


def _agree(room: Room, step: int, actor: Actor) -> None:
    order = accept_offer(room, room.head, key=f"market:{room.pk}/{room.head}", actor=actor)
    due = step + between(f"{order.number}/agreed", LEAST_PACK, MOST_PACK)
    Errand.objects.get_or_create(order=order, defaults={"act": Act.PACK, "due_step": due})


def _percent_off(price: UnitPrice, percent: int) -> UnitPrice:
    """In whole hundredths of the currency's smallest unit."""
    return replace(price, minor=(price.minor * (100 - percent) / 100).quantize(Decimal("0.01")))


def _tried(say: Callable[[], object]) -> bool:
    """Whether it could be said: too little stock, say, is no reason to stop the market."""
    try:
        say()
    except Denied as denied:
        logger.info("%s", denied)
        return False
    return True
