"""What an enquiry's offers do to each other: who stands where, and what of each line is ordered of whom. Callers hold
the transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.events.kinds import Kind
from backend.events.log import record
from backend.negotiation.bids.queries import awarded_of, standings
from backend.negotiation.models import Award, Enquiry, EnquiryLine, Room
from backend.negotiation.notices.steps import take_down_notice
from backend.negotiation.states import ENQUIRY, Board, EnquiryStatus
from backend.negotiation.steps import lock_enquiry
from backend.negotiation.terms import Terms


@contextmanager
def telling_standings(enquiry: Enquiry, *, actor: Actor) -> Iterator[None]:
    """What happens inside to an offer of the enquiry is told to those bidders alone who see a difference by it. On an
    open board one change at a time: of two at once neither would see the other."""
    if enquiry.board != Board.OPEN:
        yield
        return
    before = standings(lock_enquiry(enquiry))
    yield
    now = lock_enquiry(enquiry)
    after = standings(now)
    moved = [room for room in {**before, **after} if after.get(room) != before.get(room)]
    if moved:
        data = {"rooms": moved}
        record(Kind.NEGOTIATION_STANDINGS_MOVED, now.subject, version=now.version, actor=actor, data=data)


def award_lines(enquiry: Enquiry, taken: Mapping[int, Mapping[int, int]], *, actor: Actor) -> None:
    """So much of its lines is ordered, by room and line: nobody else takes part from here on.

    Raises Refused where a line would be ordered of several sellers for more than was asked for. Of one alone it may be
    more: then that is what both have agreed on.
    """
    now = lock_enquiry(enquiry)
    _require_within(now, taken, is_buyer=actor.company_id == now.company_id)
    Award.objects.bulk_create(
        Award(room_id=room, line_id=line, quantity=n) for room, lines in taken.items() for line, n in lines.items()
    )
    if now.status != EnquiryStatus.AWARDED:
        ENQUIRY.move(now, to=EnquiryStatus.AWARDED)
        take_down_notice(now)
    now.version += 1
    Enquiry.objects.this(now).update(version=now.version)
    data = {"enquiry": now.pk, "public": now.is_public}
    record(Kind.NEGOTIATION_ENQUIRY_AWARDED, now.subject, version=now.version, actor=actor, data=data)


def lines_answered(room: Room, terms: Terms) -> Mapping[int, int]:
    """How much of which line of the enquiry an offer of this room is; what was not asked for is none. Two queries."""
    asked = dict(EnquiryLine.objects.scoped(enquiry=room.enquiry_id).values_list("variant", "pk"))
    skus = Sku.objects.scoped(company=room.seller_id, pk__in=[line.sku_id for line in terms.lines])
    variants = dict(skus.values_list("pk", "variant"))
    found: Counter[int] = Counter()
    for line in terms.lines:
        if variants[line.sku_id] in asked:
            found[asked[variants[line.sku_id]]] += line.quantity
    return found


def _require_within(enquiry: Enquiry, taken: Mapping[int, Mapping[int, int]], *, is_buyer: bool) -> None:
    shares: dict[int, list[int]] = defaultdict(list)
    for (_room, pk), n in awarded_of(enquiry).items():
        shares[pk].append(n)
    for now in taken.values():
        for pk, n in now.items():
            shares[pk].append(n)
    for line in enquiry.lines.select_related("variant__product").order_by("position"):
        total = sum(shares[line.pk])
        if len(shares[line.pk]) > 1 and total > line.quantity:
            if not is_buyer:  # how much others got is none of his business
                raise Refused(_("The buyer doesn’t need as much any more. Ask for a new offer."))
            raise Refused(
                _("%(n)d of “%(name)s” would be ordered in all, and %(asked)d were asked for.")
                % {"n": total, "name": line.name, "asked": line.quantity}
            )
