"""The category and the maker of a product, by the words in its name; the words stand in `rules/ranges.toml`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from backend.market.derive.rulebook import rules
from backend.market.files import Company


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    maker: str


@cache
def categories() -> Sequence[Category]:
    """In the order in which buyers see them."""
    return [Category(**row) for row in rules("ranges")["category"]]


@cache
def makers() -> Sequence[Company]:
    """The largest first."""
    return [Company(**row) for row in rules("ranges")["maker"]]


def category_of(name: str) -> Category:
    """The first category whose words are in the name; the last one takes what is left."""
    text = name.casefold()
    return next((category for pattern, category in _words() if pattern.search(text)), categories()[-1])


@cache
def _words() -> Sequence[tuple[re.Pattern[str], Category]]:
    """Patterns in the order in which they are tried: all that name the goods before all that describe them."""
    named = {category.name: category for category in categories()}
    rows = rules("ranges")["words"]
    tried = [(row[turn], row["category"]) for turn in ("first", "then") for row in rows if turn in row]
    return [(_any_of(patterns), named[name]) for patterns, name in tried]


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![\w-]){pattern}(?![\w-])" for pattern in patterns))
