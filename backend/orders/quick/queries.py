"""The quick order pad as its page shows it. Each function says how many queries it costs, and its test says so, too."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.pricing import Buyer, Rung
from backend.catalog.queries import Page
from backend.core.errors import Refused
from backend.core.money import Money
from backend.orders.offered import Offered
from backend.orders.part_numbers.queries import numbers_of
from backend.orders.quick.amounts import of_units_of_sale, read_amount
from backend.orders.quick.matching import gtins_of, match_codes, same_code
from backend.orders.quick.models import MAX_LINES, QuickLine, QuickPad

PAGE_SIZE = 50
LEAST_SHOWN, BLANKS = 10, 5
SAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """A line of the pad, and what would become of it. `trouble` says what keeps it from being ordered."""

    position: int
    code: str = ""
    quantity: str = ""
    rows: Sequence[int] = ()
    choices: Sequence[Offered] = ()
    offer: Offered | None = None
    asked: int | None = None
    """In units of sale."""
    together: int | None = None
    """With all other lines of the same SKU."""
    trouble: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.code and not self.quantity

    @property
    def can_be_ordered(self) -> bool:
        return self.asked is not None and not self.trouble

    @property
    def rung(self) -> Rung | None:
        return self.offer.rung_at(self.together or 1) if self.offer else None

    @property
    def cheaper(self) -> Rung | None:
        return self.offer.cheaper_from(self.together) if self.offer and self.together and not self.trouble else None

    @property
    def net(self) -> Money | None:
        return self.offer.net_of(self.together) if self.offer and self.together and not self.trouble else None

    @property
    def would_do(self) -> int | None:
        """What this line could say instead, so that its SKU could be ordered."""
        if self.offer is None or (self.asked is None and self.quantity):
            return None
        others = (self.together or 0) - (self.asked or 0)
        nearest = self.offer.would_do(self.together or 0)
        return nearest - others if nearest else None

    @property
    def at_fault(self) -> str:
        """Which of its two fields is to be corrected; none that still waits to be filled."""
        column = "quantity" if self.offer else "code"
        return column if self.trouble and getattr(self, column) else ""

    @property
    def is_converted(self) -> bool:
        """Whether another unit was typed than the one that it is sold in."""
        return self.asked is not None and self.asked > 0 and not self.quantity.strip().isdigit()

    @property
    def is_short(self) -> bool:
        return bool(self.offer and self.together and not self.trouble and self.offer.is_short(self.together))


@dataclass(frozen=True, slots=True)
class PadView:
    """One page of a pad, and what all of it comes to."""

    page: Page
    lines: Sequence[Checked]
    filled: int = 0
    ready: int = 0
    sums: Sequence[Money] = ()
    """What the lines that can be ordered cost, net, by currency."""
    table: Sequence[Sequence[str]] = ()
    columns: Mapping[str, object] = field(default_factory=dict)

    @property
    def in_trouble(self) -> int:
        return self.filled - self.ready

    @property
    def sample(self) -> Sequence[Sequence[str]]:
        """The first rows of what was pasted, enough to see whether it was understood."""
        return self.table[:SAMPLE_ROWS]


def read_pad(actor: Actor, buyer: Buyer, number: int = 1, *, at_least: int = LEAST_SHOWN) -> PadView:
    """A page of the person's pad, at least so many lines of it. Ten queries at most, for 1 line and for 1,000."""
    pad = QuickPad.objects.of_person(actor).first()
    lines = check_lines(list(pad.lines.all()), buyer) if pad else ()
    page = _page(lines, number)
    return PadView(
        page=page,
        lines=_slots(lines, page, at_least),
        filled=len(lines),
        ready=sum(line.can_be_ordered for line in lines),
        sums=sums_of(lines),
        table=pad.table if pad else (),
        columns=pad.columns if pad else {},
    )


def check_line(actor: Actor, buyer: Buyer, position: int) -> Checked:
    """One line as it stands now, together with those that name the same SKU. Eighteen queries at most."""
    lines = list(QuickLine.objects.of_company(actor.company_id).filter(pad__user=actor.user_id))
    here = next((line for line in lines if line.position == position), None)
    if here is None:
        return Checked(position)
    meant = match_codes([here.code], buyer).get(same_code(here.code), ())
    called = numbers_of(buyer.company_id, [offer.sku.pk for offer in meant])
    alike = _alike(here, lines, meant, set(called.values()))
    return next(line for line in check_lines(alike, buyer) if line.position == position)


def check_lines(lines: Sequence[QuickLine], buyer: Buyer) -> Sequence[Checked]:
    """What would become of each. Six queries at most, however many."""
    meant = match_codes([line.code for line in lines], buyer)
    checked = [_meant(line, meant.get(same_code(line.code), ())) for line in lines]
    totals: Counter[int] = Counter()
    for line in checked:
        if line.offer and line.asked and line.asked > 0:
            totals[line.offer.sku.pk] += line.asked
    return [_judged(line, totals) for line in checked]


def sums_of(lines: Sequence[Checked]) -> Sequence[Money]:
    """Each SKU once, however many lines name it."""
    found: dict[str, Money] = {}
    once = {line.offer.sku.pk: line.net for line in lines if line.offer and line.can_be_ordered}
    for net in once.values():
        if net:
            found[net.currency] = found.get(net.currency, Money(0, net.currency)) + net
    return [found[currency] for currency in sorted(found)]


def quantities_of(lines: Sequence[Checked]) -> Mapping[int, int]:
    """What the lines that can be ordered ask for, by SKU."""
    found: dict[int, int] = defaultdict(int)
    for line in lines:
        if line.offer and line.asked is not None and line.can_be_ordered:
            found[line.offer.sku.pk] += line.asked
    return found


def quantities_on_pad(actor: Actor, buyer: Buyer) -> Mapping[int, int]:
    """What of the person's pad can be ordered, by SKU. Seven queries at most."""
    lines = list(QuickLine.objects.of_company(actor.company_id).filter(pad__user=actor.user_id))
    return quantities_of(check_lines(lines, buyer))


def wanted_on_pad(actor: Actor, buyer: Buyer) -> tuple[Mapping[int, int], Sequence[Checked]]:
    """What the person's pad names, by SKU, and the lines that name nothing that can be told. Whether a seller has so
    much, or takes so small an order, is no matter here. Nine queries at most."""
    lines = check_lines(list(QuickLine.objects.of_company(actor.company_id).filter(pad__user=actor.user_id)), buyer)
    found: dict[int, int] = defaultdict(int)
    left = []
    for line in lines:
        if line.offer and line.asked and line.asked > 0:
            found[line.offer.sku.pk] += line.asked
        elif not line.is_empty:
            left.append(line)
    return found, left


def _meant(line: QuickLine, choices: Sequence[Offered]) -> Checked:
    """What the line says: which SKU, and how many of it. Of several nobody means the one that isn't sold to them."""
    sold = [offer for offer in choices if not offer.prices.unsold] or choices
    chosen = [offer for offer in choices if offer.sku.pk == line.sku_id] or sold
    offer = chosen[0] if len(chosen) == 1 else None
    asked, trouble = _asked(line.quantity, offer)
    if not choices:
        trouble = _unknown(line.code)
    elif offer is None:
        trouble = _("%(n)d sellers have this code: choose one.") % {"n": len(choices)}
    return Checked(line.position, line.code, line.quantity, line.rows, choices, offer, asked, trouble=trouble)


def _unknown(code: str) -> str:
    if not code:
        return _("Which SKU? Type its code, or its GTIN.")
    return _("“%(code)s” is no SKU and no GTIN of anything that you can order.") % {"code": code}


def _asked(quantity: str, offer: Offered | None) -> tuple[int | None, str]:
    """How many units of sale, or what is wrong with what was typed."""
    if offer is None:
        return None, ""
    if not quantity:
        return None, _("How many? The smallest order is %(moq)d.") % {"moq": offer.sku.order_rule.nearest(1)}
    try:
        return of_units_of_sale(read_amount(quantity), offer.sku), ""
    except Refused as refused:
        return None, refused.message


def _judged(line: Checked, totals: Mapping[int, int]) -> Checked:
    """The seller's rule is asked of what all lines of a SKU come to; less than one piece counts for none of them."""
    if line.offer is None or line.asked is None:
        return line
    together = totals[line.offer.sku.pk] if line.asked > 0 else line.asked
    return replace(line, together=together, trouble=line.offer.trouble(together))


def _alike(
    here: QuickLine, lines: Sequence[QuickLine], meant: Sequence[Offered], called: Collection[str]
) -> Sequence[QuickLine]:
    """The lines that may name the same SKU as this one, which the buyer has these numbers for."""
    names = {same_code(each) for each in (here.code, *(offer.sku.code for offer in meant), *called)}
    gtins = {offer.sku.gtin for offer in meant if offer.sku.gtin}
    return [line for line in lines if same_code(line.code) in names or gtins & gtins_of(line.code)]


# --- Pages of slots ---------------------------------------------------------------------------------------------------
def _page(lines: Sequence[Checked], number: int) -> Page:
    """As many pages as hold all lines, and one more to go on writing on."""
    last = max((line.position for line in lines), default=0)
    total = min(MAX_LINES, last + BLANKS)
    return Page(max(1, min(number, -(-total // PAGE_SIZE))), PAGE_SIZE, total)


def _slots(lines: Sequence[Checked], page: Page, at_least: int) -> Sequence[Checked]:
    """The page's positions from its first on, blank ones to write on included."""
    first = (page.number - 1) * PAGE_SIZE
    here = {line.position - first: line for line in lines if first < line.position <= first + PAGE_SIZE}
    shown = min(PAGE_SIZE, max(at_least, max(here, default=0) + BLANKS))
    return [here.get(slot, Checked(first + slot)) for slot in range(1, shown + 1)]
