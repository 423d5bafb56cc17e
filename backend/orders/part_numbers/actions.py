"""Every change of what a company calls its sellers' SKUs. Sent twice it is the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.steps import lock_company, record_of_company
from backend.catalog.pricing.buyers import buyer_of_company
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.orders import policies
from backend.orders.models import PartNumber
from backend.orders.offered import Offered
from backend.orders.part_numbers.models import MOST_NUMBER
from backend.orders.part_numbers.reading import Pair
from backend.orders.quick.matching import match_sellers_codes, same_code

MOST = 20_000


@dataclass(frozen=True, slots=True)
class Kept:
    """How many numbers count from now on, and what is wrong with the rows that don't."""

    number: int
    refused: Sequence[tuple[Pair, str]]


@atomic(durable=True)
@for_actor
def keep_part_numbers(company: Company, pairs: Sequence[Pair], *, actor: Actor) -> Kept:
    """The company calls these SKUs so from now on; rows that can't be are left out, and said. What was ordered keeps
    what it was called. As many queries for one as for a thousand.

    Raises NotAllowed without orders.place, Refused for more than MOST numbers in all.
    """
    require(policies.can_place_orders(actor))
    company = lock_company(company)
    meant = match_sellers_codes([pair.code for pair in pairs], buyer_of_company(company))
    read = [(pair, _sku_of(pair, meant.get(same_code(pair.code), ()))) for pair in pairs]
    numbers = {sku: pair.number for pair, sku in read if isinstance(sku, int)}
    own = PartNumber.objects.of_company(company.pk)
    changed = numbers.items() - set(own.filter(sku__in=numbers).values_list("sku", "number"))
    if changed:
        own.bulk_create(
            [PartNumber(company=company, sku_id=sku, number=number) for sku, number in sorted(changed)],
            update_conflicts=True,
            unique_fields=["company", "sku"],
            update_fields=["number"],
        )
        _require_room(own.count())
        record_of_company(Kind.ORDERS_PART_NUMBERS_CHANGED, company, actor, numbers=len(changed))
    return Kept(len(numbers), [(pair, no) for pair, no in read if isinstance(no, str)])


@atomic(durable=True)
@for_actor
def forget_part_number(found: PartNumber, *, actor: Actor) -> None:
    """The company has no name of its own for this SKU any more. Forgotten again it stays so. Raises NotAllowed."""
    require(policies.can_place_orders(actor))
    company = lock_company(found.company)
    if PartNumber.objects.this(found).delete()[0]:
        record_of_company(Kind.ORDERS_PART_NUMBERS_CHANGED, company, actor, numbers=1)


def _sku_of(pair: Pair, choices: Sequence[Offered]) -> int | str:
    """Which SKU the row means, or what is wrong with it."""
    if not 0 < len(pair.number) <= MOST_NUMBER or not pair.number.isprintable():
        return _("A number of yours has 1 to %(max)d characters, all of them visible.") % {"max": MOST_NUMBER}
    named = [each for each in choices if pair.seller.casefold() in ("", each.sku.company.name.casefold())]
    if len(named) == 1:
        return named[0].sku.pk
    sellers = ", ".join(each.sku.company.name for each in choices)
    if named:
        return _("Several sellers have “%(code)s”: name one of %(sellers)s.") % {"code": pair.code, "sellers": sellers}
    if choices:
        return _("“%(seller)s” has no “%(code)s” for you; these have: %(sellers)s.") % {
            "seller": pair.seller,
            "code": pair.code,
            "sellers": sellers,
        }
    return _("“%(code)s” is no SKU and no GTIN of anything that you can order.") % {"code": pair.code}


def _require_room(there: int) -> None:
    if there > MOST:
        raise Refused(_("A company keeps at most %(max)d numbers of its own.") % {"max": MOST})
