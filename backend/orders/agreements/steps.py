"""How an offer becomes an order that says exactly what was agreed. Callers hold the transaction."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.catalog.pricing.terms import Explanation, Priced, Rule
from backend.core.errors import Refused
from backend.core.money import Money
from backend.core.row_security import across_companies
from backend.negotiation.bids.steps import award_lines, lines_answered
from backend.negotiation.models import Revision, Room
from backend.negotiation.states import QuoteStatus, Side, Word
from backend.negotiation.steps import database_now, say_in
from backend.negotiation.terms import Terms, terms_of
from backend.orders.carts.priced import NAMED, Goods, PricedLine, SellersPart
from backend.orders.credit.models import PaymentMethod
from backend.orders.models import Order
from backend.orders.placing.checks import require_no_approval
from backend.orders.placing.details import Details, require_short
from backend.orders.placing.freezing import FrozenPart, freeze
from backend.orders.placing.steps import order_parts
from backend.orders.rules.queries import plan_for
from backend.orders.rules.spending import budget_of
from backend.orders.states import ORDER, Commercial, Step
from backend.orders.steps import tell
from backend.orders.tax import ROUNDING, rate_for, tax_on

AGREED = "what both sides have agreed on becomes an order of both"


def offer_to_accept(room: Room, actor: Actor) -> Revision:
    """The offer on the table of a locked room. Raises Refused where there is none, it is one's own, or its time is
    over."""
    if room.head == 0:
        raise Refused(_("There is no offer on the table yet."))
    revision = room.revisions.select_related("room").get(number=room.head)
    if revision.side == room.side_of(actor.company_id):
        raise Refused(_("This offer is your own: it is the other side’s to accept."))
    if revision.valid_until <= database_now():
        raise Refused(_("The time of this offer is over. Ask for a new one."))
    return revision


def accept_revision(room: Room, revision: Revision, po_number: str, actor: Actor, *, approved_as: str = "") -> Order:
    """The offer on the table of a locked room, whose enquiry was locked before it, is an order now; the room has ended.

    `approved_as` is the subject of the approval inside the buyer's company that it has had, and that holds its goods;
    without one, raises Refused for what needs one.
    """
    order = _ordered(room, revision, details_of(room, revision.net_days, po_number), actor, approved_as)
    say_in(room, Word.ORDERED, actor=actor, text=order.number, revision=revision.number, to=QuoteStatus.ORDERED)
    return order


def priced_lines(room: Room, terms: Terms) -> Sequence[PricedLine]:
    """The lines of an offer as lines of a cart would be: each at the price that was offered. One query."""
    found = Sku.objects.scoped(company=room.seller_id, pk__in=[line.sku_id for line in terms.lines])
    goods = {row[0]: Goods(*row) for row in found.values_list(*NAMED)}
    rate = rate_for(room.seller.country, ships_to(room, room.buyer))
    return [
        PricedLine(
            pk=position,
            goods=goods[line.sku_id],
            seller=room.seller,
            quantity=line.quantity,
            priced=Priced(line.unit_price, Explanation(Rule.FIXED, tier=line.quantity)),
            tax_rate=rate,
        )
        for position, line in enumerate(terms.lines, start=1)
    ]


def agreed_part(room: Room, lines: Sequence[PricedLine], *, freight: Money, number: int) -> FrozenPart:
    """What the order of the offer with this number will say; the reason of each price is the agreement, and freight is
    taxed as the goods are."""
    (part,) = freeze([SellersPart(room.seller, room.currency, lines, minimum=Money(0, room.currency))])
    reason = {"rule": "agreed", "room": room.pk, "revision": number}
    tax = tax_on(freight, rate_for(room.seller.country, ships_to(room, room.buyer)), ROUNDING)
    return replace(
        part,
        lines=[replace(line, price_reason=reason) for line in part.lines],
        freight_minor=freight.amount_minor,
        freight_tax_minor=tax.amount_minor,
    )


def ships_to(room: Room, buyer: Company) -> str:
    country: str = room.enquiry.ship_to.get("country") or buyer.country
    return country


def details_of(room: Room, net_days: int, po_number: str) -> Details:
    """Nothing to pay later is paid in advance; otherwise the order is on account, as far as the seller gives credit."""
    method = PaymentMethod.ON_ACCOUNT if net_days else PaymentMethod.PREPAID
    return Details(
        po_number,
        room.enquiry.wanted_on,
        ship_to=room.enquiry.ship_to,
        bill_to=room.enquiry.bill_to,
        methods={room.seller_id: method},
    )


def _ordered(room: Room, revision: Revision, details: Details, actor: Actor, approved_as: str) -> Order:
    """Whoever accepts, it is an order of the buyer's: of whom of them accepted or made the offer."""
    require_short(details)
    terms, is_buyers = terms_of(revision), room.side_of(actor.company_id) == Side.BUYER
    buyer_id = (actor.user_id if is_buyers else revision.author_id) or 0
    lines = priced_lines(room, terms)
    with across_companies(why=AGREED):
        if approved_as:
            budget_of(room.buyer_id, buyer_id, locked=True)
        elif is_buyers:
            require_no_approval(plan_for(lines, room.buyer_id, buyer_id, locked=True))
        part = agreed_part(room, lines, freight=terms.freight, number=revision.number)
        holding = [subject for subject in (room.hold_subject, approved_as) if subject]
        group = order_parts(room.buyer, [part], details, holding=holding, placed_by=buyer_id, actor=actor)
        order = Order.objects.scoped(group=group).with_parties().get()
        order.agreement, order.net_days = revision, revision.net_days
        order.save(update_fields=["agreement", "net_days"])
        ORDER.move(order, to=Commercial.ACCEPTED)
        tell(order, Step.ACCEPTED, actor=actor)
        award_lines(room.enquiry, {room.pk: lines_answered(room, terms)}, actor=actor)
    return order
