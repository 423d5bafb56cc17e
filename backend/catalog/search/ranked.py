"""A list that words narrow: the most popular that fit, ranked."""

from collections.abc import Sequence
from itertools import chain

from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.rows import Row, columns
from backend.catalog.search.sql import Sql, all_of, is_one_of, joined
from backend.catalog.search.words import as_query, code_key, gtin_key, may_be_code

CAP = 500
"""So many are ranked and counted. Of what fits more, the most popular 5 % come first."""
MAX_EXACT = 50
OWN_NAME = "1::real"
"""How well that fits: better than a seller's code, which may be the same by chance."""
_RANK = "ts_rank(document, %s::tsquery) * (1 + ln(1 + greatest(popularity, 0)) / 10)"

# The first index holds the most popular only: a word that many products share is answered by it alone, and the large
# one is asked only for what is rare enough to be read whole.
_TIERS = """
WITH popular AS MATERIALIZED ({} LIMIT %s)
SELECT * FROM popular UNION ALL ({} LIMIT (SELECT %s - count(*) FROM popular))
"""


def listed_columns(words: str, sort: str = "") -> Sql:
    """The columns of a Row with how well the words (a tsquery, or nothing) fit."""
    rank = Sql(_RANK, (words,)) if words else Sql("0::real")
    return Sql(columns(sort, rank=rank.text), rank.params)


def candidates(words: str, among: Narrowing, wanted: Sql) -> Sql:
    """Of at most CAP entries that have the words what is wanted of them, the columns of a Row."""
    read = wanted.within("SELECT {} FROM search_searchentry")
    fitting = all_of(as_query(words, among.lexemes).within("document @@ ({})"), among.condition())
    popular, rest = (joined([read, all_of(Sql(tier), fitting)], " WHERE ") for tier in ("is_popular", "NOT is_popular"))
    return Sql(_TIERS.format(popular.text, rest.text), (*popular.params, CAP, *rest.params, CAP))


def exact(text: str, called: Sequence[int], among: Narrowing, sort: str = "") -> list[Sql]:
    """The SKUs that the whole text is the buyer's own name of (`called`), and those whose code or GTIN it is, with or
    without spaces and hyphens; their own names come first. A statement for each, each an index's look-up."""
    found = [_exactly(same, among, sort, "0::real") for same in _coded(text)]
    return [*found, _exactly(is_one_of("sku_id", called), among, sort, OWN_NAME)] if called else found


def _coded(text: str) -> list[Sql]:
    """Whether the text is a SKU's code or its GTIN; nothing where it can't be."""
    if not may_be_code(text):
        return []
    gtin = gtin_key(text)
    return [Sql("(code = %s OR (gtin <> '' AND gtin = %s))", (code_key(text), gtin)) if gtin else _is_code(text)]


def _exactly(same: Sql, among: Narrowing, sort: str, rank: str) -> Sql:
    lexemes = among.attribute_lexemes
    has_all = as_query("", lexemes).within("document @@ ({})") if lexemes else Sql("")
    asked = all_of(same, among.sight.condition(), has_all)
    read = f"SELECT {columns(sort, rank=rank, is_exact=True)} FROM search_searchentry"  # noqa: S608  # of constants
    return asked.within(read + " WHERE {} LIMIT %s", MAX_EXACT)


def _is_code(text: str) -> Sql:
    return Sql("code = %s", (code_key(text),))


def together(first: Sequence[Row], then: Sequence[Row]) -> list[Row]:
    """Both, none twice."""
    return list({row.sku_id: row for row in chain(reversed(then), first)}.values())
