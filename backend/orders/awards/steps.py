"""A part of an offer as an offer of its own. Callers hold the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.quantity import whole_number
from backend.negotiation.actions import write_revision
from backend.negotiation.models import EnquiryLine, Revision, Room
from backend.negotiation.states import Word
from backend.negotiation.steps import say_in
from backend.negotiation.terms import OfferedLine, Terms, terms_of


def part_of(room: Room, offer: Revision, quantities: Mapping[int, int], actor: Actor) -> Revision:
    """The offer on the table of a locked room, if all of it is taken; else so much of it as a revision of the buyer's
    that says nothing else: the seller has said that he may be taken at his word for a part.

    Raises Refused for what was not offered, for more than that, or a part of what is offered only as a whole.
    """
    terms = terms_of(offer)
    lines = _taken(room, terms, quantities) if quantities else terms.lines
    if [(line.sku_id, line.quantity) for line in lines] == [(line.sku_id, line.quantity) for line in terms.lines]:
        return offer
    if not offer.may_split:
        raise Refused(_("%(seller)s offers this only as a whole.") % {"seller": room.seller.name})
    part = replace(terms, lines=lines, holds_stock=False, note="")
    revision = write_revision(room, part, offer.number, actor)
    room.head, room.valid_until = revision.number, revision.valid_until
    say_in(room, Word.PART, actor=actor, revision=revision.number)
    return revision


def _taken(room: Room, terms: Terms, quantities: Mapping[int, int]) -> Sequence[OfferedLine]:
    """The lines of the offer that are taken, each in the quantity in which it is."""
    wanted = _by_variant(room, quantities)
    skus = Sku.objects.scoped(company=room.seller_id, pk__in=[line.sku_id for line in terms.lines])
    variants, lines = dict(skus.values_list("pk", "variant")), []
    for line in terms.lines:
        if n := wanted.pop(variants[line.sku_id], 0):
            if whole_number(n) > line.quantity:
                raise Refused(
                    _("%(seller)s offers %(most)d of a line, not %(n)d.")
                    % {"seller": room.seller.name, "most": line.quantity, "n": n}
                )
            lines.append(replace(line, quantity=n, tiers=()))
    if wanted:
        raise Refused(_("%(seller)s doesn’t offer all of these lines.") % {"seller": room.seller.name})
    return lines


def _by_variant(room: Room, quantities: Mapping[int, int]) -> dict[int, int]:
    asked = EnquiryLine.objects.scoped(enquiry=room.enquiry_id, pk__in=quantities).values_list("pk", "variant")
    variants = dict(asked)
    if len(variants) < len(quantities):
        raise Refused(_("One of these lines isn’t one of this enquiry."))
    return {variants[pk]: n for pk, n in quantities.items()}
