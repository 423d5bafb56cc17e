"""Slips of the pen: a word that stands nowhere in the catalogue is led to the nearest one that does."""

from collections.abc import Iterator, Sequence

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import QuerySet

from backend.catalog.search.any_of import AnyWord
from backend.catalog.search.models import SearchWord

MAX_CORRECTED = 3
MIN_WORD = 3
LATIN = "abcdefghijklmnopqrstuvwxyz"
ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءآأإؤئ"
MAX_NEIGHBOURS = 12
"""Longer words have more neighbours than are worth asking for, and enough trigrams to be found by these alone."""


def corrected(words: Sequence[str]) -> list[str] | None:
    """The words with the unknown ones replaced by the nearest known; None where nothing is nearer.

    One query for all that are known, one for each of the first MAX_CORRECTED that are not.
    """
    known = set(SearchWord.objects.filter(word__in=words).values_list("word", flat=True))
    unknown = [word for word in words if word not in known and len(word) >= MIN_WORD and not word.isdigit()]
    if not unknown:
        return None
    nearer = {word: nearest(word) for word in unknown[:MAX_CORRECTED]}
    better = [nearer.get(word) or word for word in words]
    return better if better != list(words) else None


def nearest(word: str) -> str | None:
    """The commonest word that is one slip away from this one, else the most similar one. One query, or two."""
    slips = neighbours(word) if len(word) <= MAX_NEIGHBOURS else ()
    one_slip = SearchWord.objects.filter(AnyWord("word", set(slips))).order_by("-uses", "word")
    similar = SearchWord.objects.filter(word__trigram_similar=word)
    similar = similar.annotate(likeness=TrigramSimilarity("word", word)).order_by("-likeness", "-uses", "word")
    return _first(one_slip) or _first(similar)


def _first(rows: QuerySet[SearchWord]) -> str | None:
    return rows.values_list("word", flat=True).first()


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
