"""Which approvals an order needs. Pure: it reads no database.

1. Every rule whose conditions all hold asks for its approval; none takes another's away. So more never needs less.
2. Whatever is over the person's spending limit needs an approval: the rules on that alone say whose, without one
   anybody's who may approve.
3. Turns come one after the other. Of what the rules of one turn ask of the same approver, one approval is enough; a
   person who is named in several turns is asked once, in the first of them.
4. An amount in a currency that no amount rule of the company knows can't be compared, and counts as enough for each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from backend.core.money import Money


@dataclass(frozen=True, slots=True)
class Bought:
    """What one line is about: of whom, of which category, for how much net."""

    seller_id: int
    category_id: int
    net: Money


@dataclass(frozen=True, slots=True)
class Over:
    """A spending limit that would be exceeded: per `order` or per `month`. `would_be` includes what is ordered now."""

    per: str
    limit: Money
    would_be: Money


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule, as it is compared."""

    turn: int
    approver_id: int | None
    least: Money
    category_id: int | None = None
    new_seller: bool = False
    over_limit: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an approval is needed: from which amount on, of which category, of which new sellers, over which limits."""

    least: Money | None = None
    category_id: int | None = None
    sellers: tuple[int, ...] = ()
    over: tuple[Over, ...] = ()


@dataclass(frozen=True, slots=True)
class Needed:
    """One approval: by this person, or (None) by anybody who may approve."""

    turn: int
    approver_id: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person is about to order, as rules look at it."""

    lines: Sequence[Bought]
    known_sellers: Collection[int] = field(default_factory=frozenset)
    """Of whom the company has ordered before."""
    over: Sequence[Over] = field(default_factory=tuple)


def approvals_needed(rules: Sequence[Condition], wish: Wish) -> Sequence[Needed]:
    """In the order in which they are asked for; none: it can be ordered at once."""
    known = {rule.least.currency for rule in rules if rule.least.amount_minor}
    asked: dict[tuple[int, int | None], list[Reason]] = defaultdict(list)
    for rule in rules:
        if reason := _reason(rule, wish, known):
            asked[rule.turn, rule.approver_id].append(reason)
    if wish.over and not any(_is_about_limits_alone(rule) for rule in rules):
        asked[1, None].append(Reason(over=tuple(wish.over)))
    return _each_person_once(asked)


def sums(amounts: Iterable[Money]) -> Mapping[str, Money]:
    """What amounts come to, by currency."""
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found.get(amount.currency, Money(0, amount.currency)) + amount
    return found


def _is_about_limits_alone(rule: Condition) -> bool:
    return rule.over_limit and not (rule.least.amount_minor or rule.category_id or rule.new_seller)


def _reason(rule: Condition, wish: Wish, known: Collection[str]) -> Reason | None:
    """Why the rule asks for its approval; None: it doesn't."""
    about = [line for line in wish.lines if _is_about(rule, line, wish)]
    if not about or (rule.over_limit and not wish.over) or not _is_enough(rule, about, known):
        return None
    return Reason(
        least=rule.least if rule.least.amount_minor else None,
        category_id=rule.category_id,
        sellers=tuple(dict.fromkeys(line.seller_id for line in about)) if rule.new_seller else (),
        over=tuple(wish.over) if rule.over_limit else (),
    )


def _is_about(rule: Condition, line: Bought, wish: Wish) -> bool:
    is_category = rule.category_id in (None, line.category_id)
    return is_category and not (rule.new_seller and line.seller_id in wish.known_sellers)


def _is_enough(rule: Condition, lines: Sequence[Bought], known: Collection[str]) -> bool:
    amounts = sums(line.net for line in lines)
    comparable = amounts.get(rule.least.currency)
    reaches = comparable is not None and rule.least <= comparable
    return not rule.least.amount_minor or reaches or not amounts.keys() <= set(known)


def _each_person_once(asked: Mapping[tuple[int, int | None], Sequence[Reason]]) -> Sequence[Needed]:
    turns: dict[int | tuple[int], list[tuple[int, Reason]]] = defaultdict(list)
    for (turn, approver), reasons in sorted(asked.items(), key=lambda each: (each[0][0], each[0][1] or 0)):
        turns[approver or (turn,)] += [(turn, reason) for reason in reasons]
    return [
        Needed(found[0][0], who if isinstance(who, int) else None, tuple(reason for _turn, reason in found))
        for who, found in turns.items()
    ]
