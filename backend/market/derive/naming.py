"""Names for buyers, out of the till's capitals: WHITE HANGING HEART T-LIGHT HOLDER, 35 characters at most."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from backend.market.derive.rulebook import rules

# What the till writes in one word or in shorthand, and how it is spelt out; in this order.
_SPELT_OUT = [
    (re.compile(pattern), spelt)
    for pattern, spelt in [
        (r"\bS(?:ET)?/(\d+)\b", r"SET OF \1"),
        (r"\bSET ?(\d+)\b", r"SET OF \1"),
        (r"\b(PACK|BOX)(?:/| (?=\d+ ))(\d+)\b", r"\1 OF \2"),
        (r"(\d+)(?:CM)?X(\d+)CM\b", r"\1 × \2 CM"),
        (r"(\d)CM\b", r"\1 CM"),
        (r"(\d)G\b", r"\1 G"),
        (r"NECKL\.?(\d+)\"", r"NECKLACE \1-INCH "),
        (r"(\d+)\"", r"\1-INCH "),
        (r"\"([^\"]+)\"", r" “\1” "),
        (r"\s*\+\s*", " & "),
        (r"\s+-\s*", " "),
        (r"(?<!\d)\s*,\s*|\s*,\s*(?!\d)", ", "),
        (r"\s*/\s*", "/"),
    ]
]
_DEBRIS = " .,*-/"


def common_description(printed: Iterable[str]) -> str:
    """What the till printed most often, of several descriptions the latest if they are equally common."""
    listed = [text for text in printed if text]
    counts = Counter(listed)
    latest = {text: position for position, text in enumerate(listed)}
    return max(counts, key=lambda text: (counts[text], latest[text])) if counts else ""


def buyers_name(code: str, description: str) -> str:
    """The name that a buyer reads, from the till's code and description."""
    table = rules("words")
    if code in table["codes"]:
        return str(table["codes"][code])
    text = description.upper()
    for phrase, plain in table["phrases"].items():
        text = text.replace(phrase, plain)
    for pattern, spelt in _SPELT_OUT:
        text = pattern.sub(spelt, text)
    words = [_word(word) for word in text.strip(_DEBRIS).split()]
    return _capitalised_first(" ".join(words))


def tell_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Names by code, each unique: of equal ones the second becomes 'Style 2', and so on, in the order of the codes."""
    seen: Counter[str] = Counter()
    unique: dict[str, str] = {}
    for code in sorted(names):
        name = names[code]
        seen[name.casefold()] += 1
        nth = seen[name.casefold()]
        unique[code] = name if nth == 1 else f"{name}, Style {nth}"
    return unique


def _word(word: str) -> str:
    table = rules("words")
    bare = word.rstrip(",")
    comma = word[len(bare) :]
    if bare in table["words"]:
        return str(table["words"][bare]) + comma
    if bare.lower() in table["small"]:
        return bare.lower() + comma
    return "/".join(_part(part) for part in bare.split("/")) + comma


def _part(part: str) -> str:
    exact = {word.upper(): word for word in rules("words")["exact"]}
    spelt = exact.get(part) or rules("words")["words"].get(part)
    return spelt or "-".join(_capitalised(piece) for piece in part.split("-"))


def _capitalised(piece: str) -> str:
    """Its first letter large, the rest small: POPPY'S, (POINTED, “GLAMOROUS”."""
    start = next((position for position, letter in enumerate(piece) if letter.isalpha()), 0)
    return piece[:start] + piece[start : start + 1].upper() + piece[start + 1 :].lower()


def _capitalised_first(name: str) -> str:
    return name[:1].upper() + name[1:]
