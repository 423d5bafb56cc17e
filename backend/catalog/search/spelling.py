"""Slips of the pen: a word that stands nowhere in the catalogue is led to the nearest one that does."""

from collections.abc import Collection, Iterator, Sequence

from backend.catalog.search.sql import Sql, array_of

MAX_CORRECTED = 3
MIN_WORD = 3
LATIN = "abcdefghijklmnopqrstuvwxyz"
ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءآأإؤئ"
MAX_NEIGHBOURS = 12
"""Longer words have more neighbours than are worth asking for, and enough trigrams to be found by these alone."""

_ONE_SLIP = "SELECT word FROM search_searchword WHERE word = ANY (%s::text[]) ORDER BY uses DESC, word LIMIT 1"
_SIMILAR = """
SELECT word FROM search_searchword WHERE word %% %s ORDER BY similarity(word, %s) DESC, uses DESC, word LIMIT 1
"""


def corrected(words: Sequence[str], known: Collection[str]) -> list[str] | None:
    """The words with the unknown ones replaced by the nearest known; None where nothing is nearer.

    One query, or two, for each of the first MAX_CORRECTED that are not known.
    """
    unknown = [word for word in words if word not in known and len(word) >= MIN_WORD and not word.isdigit()]
    if not unknown:
        return None
    nearer = {word: nearest(word) for word in unknown[:MAX_CORRECTED]}
    better = [nearer.get(word) or word for word in words]
    return better if better != list(words) else None


def nearest(word: str) -> str | None:
    """The commonest word that is one slip away from this one, else the most similar one. One query, or two."""
    slips = array_of(set(neighbours(word))) if len(word) <= MAX_NEIGHBOURS else "{}"
    found = Sql(_ONE_SLIP, (slips,)).fetch() or Sql(_SIMILAR, (word, word)).fetch()
    return str(found[0][0]) if found else None


def neighbours(word: str) -> Iterator[str]:
    """Every word that is one slip away: a letter left out, doubled, exchanged or swapped with the next."""
    letters = LATIN if word.isascii() else ARABIC + LATIN
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in letters)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in letters)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
