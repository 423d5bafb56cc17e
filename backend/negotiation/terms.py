"""What an offer says: its words as a value, what is accepted of them, and their digest that both sides can check."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from backend.core.errors import Refused
from backend.core.money import Money, UnitPrice
from backend.core.quantity import whole_number
from backend.negotiation.models import Revision, RevisionLine

MAX_LINES, MAX_TIERS, MAX_NOTE = 200, 10, 1_000
MAX_NET_DAYS, MAX_LEAD_TIME_DAYS = 120, 365
LONGEST_VALID = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Tier:
    """From so many units of sale on, each costs this."""

    min_quantity: int
    unit_price: UnitPrice


@dataclass(frozen=True, slots=True)
class OfferedLine:
    sku_id: int
    quantity: int
    unit_price: UnitPrice
    tiers: Sequence[Tier] = ()

    @property
    def net(self) -> Money:
        return self.unit_price.times(self.quantity)


@dataclass(frozen=True, slots=True)
class Terms:
    """All that an offer says. `freight` is for the whole of it; `net_days` count from the invoice."""

    lines: Sequence[OfferedLine]
    freight: Money
    valid_until: datetime
    incoterm: str = ""
    net_days: int = 30
    lead_time_days: int | None = None
    holds_stock: bool = False
    may_split: bool = False
    note: str = ""

    @property
    def net(self) -> Money:
        return sum((line.net for line in self.lines), Money(0, self.freight.currency))


def terms_of(revision: Revision) -> Terms:
    """An offer as it was made. One query."""
    return terms_from(revision, revision.lines.order_by("position"))


def terms_from(revision: Revision, lines: Iterable[RevisionLine]) -> Terms:
    """The same from its lines, in their order."""
    currency = revision.room.currency
    offered = [
        OfferedLine(
            line.sku_id,
            line.quantity,
            line.price(currency),
            [Tier(int(n), UnitPrice(Decimal(price), currency)) for n, price in line.tiers],
        )
        for line in lines
    ]
    return Terms(
        lines=offered,
        freight=Money(revision.freight_minor, currency),
        valid_until=revision.valid_until,
        incoterm=revision.incoterm,
        net_days=revision.net_days,
        lead_time_days=revision.lead_time_days,
        holds_stock=revision.holds_stock,
        may_split=revision.may_split,
        note=revision.note,
    )


def require_sound(terms: Terms, *, currency: str, now: datetime) -> None:
    """Raises Refused for what no offer may say, naming the limit; `now` is the database's."""
    _require_lines(terms.lines, currency)
    if terms.freight.currency != currency or terms.freight.amount_minor < 0:
        raise Refused(_("Freight is an amount of %(currency)s, not below 0.") % {"currency": currency}, field="freight")
    if not now < terms.valid_until <= now + LONGEST_VALID:
        raise Refused(
            _("An offer is valid until some time from now on, at most %(days)d days ahead.")
            % {"days": LONGEST_VALID.days},
            field="valid_until",
        )
    _require_within(terms.net_days, MAX_NET_DAYS, "net_days")
    _require_within(terms.lead_time_days or 0, MAX_LEAD_TIME_DAYS, "lead_time_days")
    if len(terms.note) > MAX_NOTE:
        raise Refused(
            _("%(n)d characters are too many here: at most %(max)d.") % {"n": len(terms.note), "max": MAX_NOTE},
            field="note",
        )


def _require_lines(lines: Sequence[OfferedLine], currency: str) -> None:
    if not 0 < len(lines) <= MAX_LINES:
        raise Refused(_("An offer has 1 to %(max)d lines.") % {"max": MAX_LINES})
    if len({line.sku_id for line in lines}) < len(lines):
        raise Refused(_("An offer names each product once: add the quantities up."))
    for line in lines:
        whole_number(line.quantity)
        _require_prices(line, currency)


def _require_prices(line: OfferedLine, currency: str) -> None:
    steps = [Tier(line.quantity, line.unit_price), *line.tiers]
    if any(step.unit_price.currency != currency for step in steps):
        raise Refused(_("This room speaks of %(currency)s.") % {"currency": currency}, field="unit_price")
    if any(step.unit_price.minor <= 0 for step in steps):
        raise Refused(_("A price is above 0."), field="unit_price")
    if len(line.tiers) > MAX_TIERS:
        raise Refused(_("A line has at most %(max)d prices for larger quantities.") % {"max": MAX_TIERS}, field="tiers")
    for less, more in pairwise(steps):
        if more.min_quantity <= less.min_quantity or more.unit_price.minor > less.unit_price.minor:
            raise Refused(_("Larger quantities come after smaller ones, and cost no more each."), field="tiers")


def _require_within(number: int, most: int, field: str) -> None:
    if not 0 <= number <= most:
        raise Refused(_("%(n)d is not from 0 to %(max)d.") % {"n": number, "max": most}, field=field)


def digest_of(terms: Terms, *, room_id: int, number: int, codes: Mapping[int, str]) -> str:
    """The SHA-256 of the agreement's canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(terms, room_id=room_id, number=number, codes=codes).encode()).hexdigest()


def canonical(terms: Terms, *, room_id: int, number: int, codes: Mapping[int, str]) -> str:
    """The offer as JSON whose keys are sorted and whose amounts are in minor units, as text: what is hashed, and what
    both sides can download. `codes` are the seller's codes of the SKUs."""
    lines = [
        {
            "sku": codes[line.sku_id],
            "quantity": line.quantity,
            "unit_price_minor": _plain(line.unit_price),
            "tiers": [[tier.min_quantity, _plain(tier.unit_price)] for tier in line.tiers],
        }
        for line in terms.lines
    ]
    said: dict[str, object] = {
        "room": room_id,
        "revision": number,
        "currency": terms.freight.currency,
        "lines": lines,
        "freight_minor": terms.freight.amount_minor,
        "net_minor": terms.net.amount_minor,
        "incoterm": terms.incoterm,
        "net_days": terms.net_days,
        "lead_time_days": terms.lead_time_days,
        "valid_until": terms.valid_until.astimezone(UTC).isoformat(),
        "note": terms.note,
    }
    if terms.may_split:
        said["may_split"] = True
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(price: UnitPrice) -> str:
    return format(price.minor.normalize(), "f")
