"""Quantities in a unit of sale, and what a seller accepts of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, InvalidOperation

from django.utils.translation import gettext as _

from backend.core.errors import Refused
from backend.core.units import Unit, counted, unit_name

# The most that one line of anything may ask for: far above any real order, far below what overflows a column.
MAX_QUANTITY = 10_000_000
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


@dataclass(frozen=True, slots=True)
class OrderRule:
    """What may be ordered: at least `moq`, in steps of `increment`, in units of sale; a case holds `case_pack`."""

    moq: int = 1
    increment: int = 1
    case_pack: int = 1

    def accepts(self, quantity: int) -> bool:
        """Whether quantity may be ordered."""
        return self.moq <= quantity <= MAX_QUANTITY and quantity % self.increment == 0

    def nearest(self, quantity: int) -> int:
        """The smallest acceptable quantity that is not below the one asked for."""
        wanted = max(quantity, self.moq)
        return -(-wanted // self.increment) * self.increment

    def require(self, quantity: int) -> None:
        """Raises Refused with the next quantity that would be accepted."""
        whole_number(quantity)
        if not self.accepts(quantity):
            raise Refused(
                _("%(quantity)d can't be ordered: the smallest order is %(moq)d, in steps of %(increment)d. "
                  "The next that can is %(nearest)d.")
                % {"quantity": quantity, "moq": self.moq, "increment": self.increment,
                   "nearest": self.nearest(quantity)},
                field="quantity",
            )  # fmt: skip

    def units(self, cases: int) -> int:
        """How many eaches are in so many full cases."""
        return cases * self.case_pack


@dataclass(frozen=True, slots=True)
class Packing:
    """How a seller packs one thing: eaches in an inner, eaches in a case, cases on a pallet. None: no such thing."""

    inner: int | None = None
    case: int = 1
    pallet_cases: int | None = None

    def eaches(self, unit: Unit) -> int | None:
        """How many eaches one such unit holds; None where it is not packed so."""
        pallet = self.case * self.pallet_cases if self.pallet_cases else None
        return {Unit.EACH: 1, Unit.INNER: self.inner, Unit.CASE: self.case, Unit.PALLET: pallet}[unit]

    @property
    def levels(self) -> Sequence[tuple[Unit, int]]:
        """What it is packed in, smallest first, each with its eaches; a case of one is none."""
        held = [(unit, self.eaches(unit)) for unit in (Unit.INNER, Unit.CASE, Unit.PALLET)]
        return [(unit, eaches) for unit, eaches in held if eaches is not None and eaches > 1]

    def convert(self, quantity: int, unit: Unit, to: Unit) -> int:
        """So many of one unit in another: whole ones. Raises Refused naming the nearest that would be whole."""
        held, wanted = self.eaches(unit), self.eaches(to)
        if held is None or wanted is None:
            missing = unit if held is None else to
            raise Refused(_("It is not packed by the %(unit)s.") % {"unit": unit_name(missing)}, field="unit")
        whole, rest = divmod(quantity * held, wanted)
        if rest:
            least = whole + 1
            raise Refused(
                _("%(asked)s can’t be ordered by the %(unit)s: the next quantity that can is %(next)s, of %(pieces)s.")
                % {"asked": counted(quantity, unit), "unit": unit_name(to), "next": counted(least, to),
                   "pieces": counted(least * wanted, Unit.EACH)},
                field="quantity",
            )  # fmt: skip
        return whole

    def require(self, unit: Unit) -> None:
        """Raises Refused unless each level holds full ones of the level below, and the unit of sale is one of them."""
        whole_number(self.case, field="case_pack")
        if self.inner is not None and (self.inner < 2 or self.inner >= self.case or self.case % self.inner):
            raise Refused(
                _("An inner of %(inner)d does not fit a case of %(case)d: a case holds two or more full inners, "
                  "and an inner 2 pieces or more.") % {"inner": self.inner, "case": self.case},
                field="inner_pack",
            )  # fmt: skip
        if self.pallet_cases is not None and not 2 <= self.pallet_cases <= MAX_QUANTITY:
            raise Refused(
                _("%(cases)d cases are no pallet: it holds 2 to %(max)d, or leave it empty.")
                % {"cases": self.pallet_cases, "max": MAX_QUANTITY},
                field="pallet_cases",
            )
        if self.eaches(unit) is None:
            raise Refused(
                _("To sell it by the %(unit)s, say how many it holds.") % {"unit": unit_name(unit)},
                field="inner_pack" if unit == Unit.INNER else "pallet_cases",
            )


def whole_number(quantity: int, *, field: str = "quantity", at_least: int = 1) -> int:
    """The quantity itself, or Refused: it must be at least at_least and at most MAX_QUANTITY."""
    if not at_least <= quantity <= MAX_QUANTITY:
        raise Refused(
            _("%(quantity)s is out of range: a quantity is a whole number from %(least)d to %(most)s.")
            % {"quantity": f"{quantity:,}", "least": at_least, "most": f"{MAX_QUANTITY:,}"},
            field=field,
        )
    return quantity


def is_grouped(text: str) -> bool:
    """Whether the commas of a number stand between its thousands: 1,200 is right, 2,95 is nothing."""
    return "," not in text or _THOUSANDS.fullmatch(text) is not None


def parse_quantity(text: str, *, unit: str, field: str = "quantity") -> int:
    """A whole, possibly negative, quantity as a person typed it ("1,200", "-3", Arabic digits too).

    Raises Refused naming what was typed: not a number, a fraction of a unit, or farther than MAX_QUANTITY from 0.
    """
    written = text.strip().replace("\u066c", ",")
    try:
        number = Decimal(written.replace(",", "") if is_grouped(written) else "NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Refused(
            _("%(text)s is not a number. A quantity is a whole number such as 12.") % {"text": f"“{text[:40]}”"},
            field=field,
        )
    if abs(number) > MAX_QUANTITY:
        raise Refused(
            _("%(number)s is too much: at most %(max)s at a time.") % {"number": text[:40], "max": f"{MAX_QUANTITY:,}"},
            field=field,
        )
    if number != number.to_integral_value():
        below = int(number.to_integral_value(rounding=ROUND_FLOOR))
        raise Refused(
            _("%(number)s is a fraction of one %(unit)s: only whole ones count, such as %(below)d or %(above)d.")
            % {"number": number, "unit": unit, "below": below, "above": below + 1},
            field=field,
        )
    return int(number)
