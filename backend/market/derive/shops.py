"""Retailers: each named customer becomes a shop with a made-up name in its real country."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from backend.market.derive.countries import iso_country
from backend.market.derive.rulebook import rules
from backend.market.derive.till import Line


@dataclass(frozen=True, slots=True)
class Shop:
    name: str
    country: str


def shops_of(trade: Iterable[Line]) -> dict[str, Shop]:
    """A shop for each customer, in the order in which they first appear; the same trade gives the same names."""
    countries: dict[str, Counter[str]] = {}
    for line in trade:
        countries.setdefault(line.customer, Counter())[iso_country(line.country)] += 1
    names: dict[str, Iterator[str]] = {}
    taken: set[str] = set()
    return {customer: _open_shop(tally.most_common(1)[0][0], names, taken) for customer, tally in countries.items()}


def _open_shop(country: str, names: dict[str, Iterator[str]], taken: set[str]) -> Shop:
    supply = names.setdefault(country, _names(country))
    name = next(name for name in supply if name not in taken)
    taken.add(name)
    return Shop(name, country)


def _names(country: str) -> Iterator[str]:
    """Every combination of the country's words in a shuffled order, and again with a number should they run out."""
    words = rules("shops").get(country, rules("shops")["default"])
    combined = _shuffled([f"{first} {second}" for first in words["first"] for second in words["second"]], country)
    yield from combined
    for branch in count(2):
        yield from (f"{name} {branch}" for name in combined)


def _shuffled(names: Sequence[str], seed: str) -> list[str]:
    mixed = list(names)
    random.Random(seed).shuffle(mixed)
    return mixed
