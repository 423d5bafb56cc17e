"""From what somebody types to what the index is asked for.

The index has one lexeme a word: without accents, English words by their English stem, Arabic ones by their Arabic stem
(the text search configuration `entrepot`). What a list is narrowed by stands there, too, as lexemes that begin with a
`#`, which no typed word does: so one index answers for the words and the filters together.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from backend.catalog.search.sql import Sql, joined

MAX_WORDS = 8
MAX_WORD = 40
MIN_PREFIX = 3
"""A shorter beginning of a word begins too many."""
MIN_CODE = 3
GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, at most MAX_WORDS of them."""
    whole = unicodedata.normalize("NFC", text).lower()
    return [word[:MAX_WORD] for word in _WORD.findall(whole)[:MAX_WORDS]]


def code_key(text: str) -> str:
    """A SKU's code however it is written: AB-12 3 is AB123."""
    return "".join(_WORD.findall(text.upper()))


def gtin_key(text: str) -> str:
    """A GTIN of any length as its fourteen digits; empty where the text can't be one."""
    digits = re.sub(r"[\s.\-]", "", text)
    return digits.zfill(14) if digits.isascii() and digits.isdigit() and len(digits) in GTIN_LENGTHS else ""


def may_be_code(text: str) -> bool:
    """Whether it is worth asking for a SKU of that code: no name consists of one word with a number in it."""
    return len(code_key(text)) >= MIN_CODE and any(letter.isdigit() for letter in text)


def asked_for(words: Sequence[str], groups: Iterable[Sequence[str]], *, is_typing: bool) -> str:
    """The words as PostgreSQL reads a query: all of them, each or what means the same.

    `groups` are words that mean the same. While somebody types, the last word is the beginning of one.
    """
    meant = [[words_of(member) for member in group] for group in groups]
    parts, at = [], 0
    while at < len(words):
        group, length = _group_at(words, at, meant)
        is_last = at + length == len(words)
        own = _phrase(words[at : at + length], is_prefix=is_last and is_typing)
        parts.append(" | ".join([own, *(_phrase(member) for member in group if member)]))
        at += length
    return " & ".join(f"({part})" for part in parts)


def _group_at(
    words: Sequence[str], at: int, meant: Sequence[Sequence[Sequence[str]]]
) -> tuple[list[Sequence[str]], int]:
    """What else the longest known term that begins there means, and how many words it has."""
    begins = [
        (len(member), number)
        for number, group in enumerate(meant)
        for member in group
        if member and list(words[at : at + len(member)]) == list(member)
    ]
    longest = max((length for length, _ in begins), default=1)
    others = [member for length, number in begins if length == longest for member in meant[number]]
    return [member for member in others if list(member) != list(words[at : at + longest])], longest


def _phrase(words: Sequence[str], *, is_prefix: bool = False) -> str:
    star = ":*" if is_prefix and len(words[-1]) >= MIN_PREFIX else ""
    return "(" + " <-> ".join(f"'{word}'" for word in words) + star + ")"


def category_lexeme(pk: int) -> str:
    return f"#c{pk}"


def seller_lexeme(pk: int) -> str:
    return f"#s{pk}"


def attribute_lexeme(code: str, value: str) -> str:
    return f"#a:{code}:{value}"


def any_of(lexemes: Iterable[str]) -> str:
    """A query for one of these lexemes, whatever stands in them."""
    quoted = ["'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'" for lexeme in lexemes]
    return "(" + " | ".join(quoted) + ")"


def as_query(words: str, lexemes: Sequence[str]) -> Sql:
    """A tsquery and what `any_of` made, as one."""
    parts = [words] if words else []
    return joined((Sql("%s::tsquery", (part,)) for part in [*parts, *lexemes]), " && ")
