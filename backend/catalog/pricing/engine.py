"""What one offer costs its buyer at a quantity. Pure: it reads no database.

The first list, by precedence, that says anything of an offer says it for every quantity; lists never add up. Of its
steps that the quantity reaches the cheapest counts, so that more never costs more a unit, unless a step says that it
may: then the steps before it are over. Below a list's first step its percentage comes off the base price, and where
it has none the base price counts.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from backend.catalog.pricing.precedence import rank
from backend.catalog.pricing.rounding import less_percent
from backend.catalog.pricing.terms import Explanation, ListTerms, Offer, Priced, Rule, Rung, Step
from backend.core.money import UnitPrice

NOTHING_OFF = Decimal(0)
Chosen = tuple[ListTerms, Sequence[Step]]
"""The list that counts for an offer, with all of its steps."""


def price_at(offer: Offer, quantity: int) -> Priced | None:
    """What one unit costs if so many are bought; None where nothing says it (a price on request)."""
    return _price(offer.base, _speaking(offer), quantity)


def _price(steps: Sequence[Step], chosen: Chosen | None, quantity: int) -> Priced | None:
    base = _reached_base(steps, quantity)
    if chosen is None:
        return _by_base(base) if base else None
    found = [_priced(chosen[0], step, base) for step in _reached(chosen[1], quantity)]
    return min((each for each in found if each), key=_cheapest, default=None)


def ladder_of(offer: Offer) -> Sequence[Rung]:
    """Every quantity from which the offer costs its buyer something else, with what it costs there."""
    return tuple(_changes(offer.base, _speaking(offer)))


def _changes(base: Sequence[Step], chosen: Chosen | None) -> Iterator[Rung]:
    steps = [*base, *(chosen[1] if chosen else ())]
    shown = None
    for quantity in sorted({step.min_quantity for step in steps}):
        priced = _price(base, chosen, quantity)
        if priced and (shown is None or priced.unit_price != shown.unit_price):
            yield Rung(quantity, priced)
            shown = priced


def _speaking(offer: Offer) -> Chosen | None:
    """The list that counts for this offer, with all of its steps, the one that begins at 1 included."""
    for terms, steps in sorted(offer.lists, key=lambda each: rank(each[0])):
        if _says_something(terms, steps, offer.base):
            return terms, _with_first(terms, steps)
    return None


def _says_something(terms: ListTerms, steps: Sequence[Step], base: Sequence[Step]) -> bool:
    """A percentage says nothing where there is no base price in the list's currency."""
    return any(step.price for step in steps) or bool(base and (steps or terms.percent is not None))


def _with_first(terms: ListTerms, steps: Sequence[Step]) -> Sequence[Step]:
    ordered = sorted(steps, key=lambda step: step.min_quantity)
    if ordered and ordered[0].min_quantity <= 1:
        return ordered
    return [Step(1, percent=NOTHING_OFF if terms.percent is None else terms.percent), *ordered]


def _reached(steps: Sequence[Step], quantity: int) -> Sequence[Step]:
    """Those that the quantity reaches, from the last on that says it may be dearer."""
    reached = [step for step in steps if step.min_quantity <= quantity]
    begins = max((index for index, step in enumerate(reached) if step.may_be_dearer), default=0)
    return reached[begins:]


def _reached_base(base: Sequence[Step], quantity: int) -> Step | None:
    reached = (step for step in base if step.min_quantity <= quantity and step.price)
    return min(reached, key=lambda step: (_minor(step.price), -step.min_quantity), default=None)


def _by_base(base: Step) -> Priced:
    assert base.price  # noqa: S101  # a base ladder has prices only
    return Priced(base.price, Explanation(Rule.BASE, base.min_quantity, base=base.price, base_tier=base.min_quantity))


def _priced(terms: ListTerms, step: Step, base: Step | None) -> Priced | None:
    """What this step of the list makes of a unit; None where it is a percentage of nothing."""
    about = {"base": base.price, "base_tier": base.min_quantity} if base else {}
    if step.price:
        return Priced(step.price, Explanation(Rule.FIXED, step.min_quantity, terms, **about))  # type: ignore[arg-type]
    if base is None or base.price is None or step.percent is None:
        return None
    rule = _rule_of(terms, step)
    reason = Explanation(rule, step.min_quantity, terms, step.percent, base.price, base.min_quantity)
    return Priced(less_percent(base.price, step.percent), reason)


def _rule_of(terms: ListTerms, step: Step) -> Rule:
    if step.percent == NOTHING_OFF:
        return Rule.BASE
    is_of_list = step.min_quantity == 1 and step.percent == terms.percent
    return Rule.LIST_PERCENT if is_of_list else Rule.PERCENT


def _cheapest(priced: Priced) -> tuple[Decimal, int]:
    """Of two equal prices the higher step is the one to name."""
    return priced.unit_price.minor, -priced.tier


def _minor(price: UnitPrice | None) -> Decimal:
    return price.minor if price else NOTHING_OFF
