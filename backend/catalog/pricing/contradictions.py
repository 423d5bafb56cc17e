"""A price list that contradicts itself is refused, with the SKU and the tier where it does. Pure rules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from backend.catalog.pricing.engine import price_at
from backend.catalog.pricing.reading import percent_written, require_decimals, require_percent, written
from backend.catalog.pricing.terms import ListTerms, Offer, Step
from backend.core.errors import Refused
from backend.core.money import EXPONENTS
from backend.core.quantity import whole_number

MAX_TIERS = 20
NOTHING = Decimal(0)


class Contradiction(Refused):
    """The lines of a SKU don't go together, from this quantity on: why, in a word, and with which figures."""

    def __init__(self, message: str, *, quantity: int, field: str, why: str = "", figures: str = "") -> None:
        super().__init__(message, field=field)
        self.quantity, self.why, self.figures = quantity, why, figures


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a price list: a step for the SKU of this code."""

    code: str
    step: Step


def check_list(currency: str, percent: Decimal | None, starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Refuses a currency that the market does not settle in, a percentage out of range, an end before its start."""
    if currency not in EXPONENTS:
        raise Refused(
            _("%(currency)s is not a currency of this market. It has: %(all)s.")
            % {"currency": currency[:10], "all": ", ".join(EXPONENTS)},
            field="currency",
        )
    if percent is not None:
        require_percent(percent)
    if starts_at and ends_at and ends_at <= starts_at:
        raise Refused(
            _("The list ends (%(end)s) before it starts (%(start)s).")
            % {"end": f"{ends_at:%Y-%m-%d %H:%M}", "start": f"{starts_at:%Y-%m-%d %H:%M}"},
            field="ends_at",
        )


def check_entries(terms: ListTerms, entries: Iterable[Entry], base: Mapping[str, Sequence[Step]]) -> None:
    """Refuses the first contradiction among a list's entries. `base` holds the SKUs' base ladders in its currency."""
    of_sku: dict[str, list[Step]] = defaultdict(list)
    for entry in entries:
        check_entry(terms, entry)
        of_sku[entry.code].append(entry.step)
    for code, steps in of_sku.items():
        check_steps(terms, code, steps, base.get(code, ()))


def check_steps(terms: ListTerms, code: str, steps: Iterable[Step], base: Sequence[Step]) -> None:
    """Refuses what contradicts itself among the steps of one SKU. Raises Contradiction."""
    ordered = sorted(steps, key=lambda step: step.min_quantity)
    _check_tiers(code, ordered)
    _check_rising(terms, code, ordered, base)


def check_entry(terms: ListTerms, entry: Entry) -> None:
    """Refuses a line that can't be by itself: neither a price nor a percentage, or one that is out of range."""
    step = entry.step
    whole_number(step.min_quantity, field="min_quantity")
    if (step.price is None) == (step.percent is None):
        raise Refused(
            _("%(code)s from %(quantity)d has %(what)s. An entry is one of the two.")
            % {
                "code": entry.code,
                "quantity": step.min_quantity,
                "what": _("a price and a percentage at once") if step.price else _("neither a price nor a percentage"),
            },
            field="price",
        )
    if step.percent is not None:
        require_percent(step.percent)
    elif step.price and step.price.currency != terms.currency:
        raise Refused(
            _("%(code)s has a price in %(other)s, and this list is in %(currency)s. A list has one currency.")
            % {"code": entry.code, "other": step.price.currency, "currency": terms.currency},
            field="price",
        )
    elif step.price:
        require_decimals(step.price.amount, terms.currency)


def _check_tiers(code: str, ordered: Sequence[Step]) -> None:
    if len(ordered) > MAX_TIERS:
        raise Contradiction(
            _("%(code)s has %(n)d tiers in this list: at most %(max)d are allowed.")
            % {"code": code, "n": len(ordered), "max": MAX_TIERS},
            quantity=ordered[MAX_TIERS].min_quantity,
            field="min_quantity",
            why="too_many_tiers",
            figures=str(MAX_TIERS),
        )
    for lower, higher in pairwise(ordered):
        if lower.min_quantity == higher.min_quantity:
            raise Contradiction(
                _("%(code)s stands in this list twice from %(quantity)d on: %(one)s and %(other)s. Keep one.")
                % {"code": code, "quantity": lower.min_quantity, "one": _says(lower), "other": _says(higher)},
                quantity=higher.min_quantity,
                field="min_quantity",
            )


def _check_rising(terms: ListTerms, code: str, ordered: Sequence[Step], base: Sequence[Step]) -> None:
    """A step that costs more a unit than the one before it, by what the base prices are now, has to say so."""
    for index, step in enumerate(ordered):
        before = price_at(Offer(0, base, [(terms, ordered[:index])]), step.min_quantity) if index else None
        alone = price_at(Offer(0, base, [(terms, [_from_one(step)])]), step.min_quantity)
        if before and alone and alone.unit_price.minor > before.unit_price.minor and not step.may_be_dearer:
            raise Contradiction(
                _("%(code)s costs %(price)s from %(quantity)d on, more than %(less)s before it. "
                  "Correct it, or tick that it may be dearer.")
                % {"code": code, "price": written(alone.unit_price), "quantity": step.min_quantity,
                   "less": written(before.unit_price)},
                quantity=step.min_quantity,
                field="price",
                why="rises",
                figures=f"{step.min_quantity}: {written(before.unit_price)} < {written(alone.unit_price)}",
            )  # fmt: skip


def _from_one(step: Step) -> Step:
    return Step(1, step.price, step.percent)


def _says(step: Step) -> str:
    return written(step.price) if step.price else f"{percent_written(step.percent or NOTHING)} %"
