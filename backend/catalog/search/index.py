"""The index, written. What goes into it is what everybody may read: never a draft, never a price list."""

from collections.abc import Collection, Iterator, Mapping

from django.db import connection
from django.db.models import QuerySet

from backend.catalog.models import Sku
from backend.catalog.search.models import SearchEntry

POPULAR_SHARE = 0.05
CHUNK = 20_000
_WHY = "one index serves every seller's catalogue"

# The names of the category and the seller are words of their products, too. A name counts most, a description least,
# in each language that the product says it in.
# Which SKUs are wanted is settled first: the planner would work out the words of all and then throw most away.
_WRITE = """
WITH wanted (id) AS MATERIALIZED ({published})
INSERT INTO search_searchentry (
    sku_id, is_visible, is_popular, category_id, company_id, popularity, name, also_named, code, gtin, price_minor,
    price_from, currency, facets, listed_at, document)
SELECT
    sku.id, true, product.popularity > bound.popularity, product.category_id, sku.company_id, product.popularity,
    product.name, further.names, own.code, own.gtin, base.unit_price_minor, base.min_quantity, priced.currency,
    chosen.facets, statement_timestamp(),
    setweight(to_tsvector(
        'entrepot', unaccent(product.name || ' ' || variant.name || ' ' || sku.code || ' ' || further.names)), 'A')
    || setweight(array_to_tsvector(ARRAY[lower(own.code)]), 'A')
    || setweight(to_tsvector('entrepot', unaccent(product.brand || ' ' || chosen.words)), 'B')
    || setweight(to_tsvector('entrepot', unaccent(company.name || ' ' || category.name || ' ' || shelf.names)), 'C')
    || to_tsvector('entrepot', unaccent(product.description || ' ' || further.descriptions))
    || array_to_tsvector(ARRAY['#c' || product.category_id, '#s' || sku.company_id] || chosen.lexemes)
FROM wanted
JOIN catalog_sku sku ON sku.id = wanted.id
JOIN catalog_product product ON product.id = sku.product_id
JOIN catalog_variant variant ON variant.id = sku.variant_id
JOIN catalog_category category ON category.id = product.category_id
JOIN accounts_company company ON company.id = sku.company_id
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(value, ' '), '') AS names FROM jsonb_each_text(category.translations)) shelf
CROSS JOIN LATERAL (
    SELECT regexp_replace(upper(sku.code), '[^[:alnum:]]', '', 'g') AS code,
        CASE WHEN variant.gtin = '' THEN '' ELSE lpad(variant.gtin, 14, '0') END AS gtin) own
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(said, ' ' ORDER BY key) FILTER (WHERE key LIKE 'name.%%'), '') AS names,
        coalesce(string_agg(said, ' ' ORDER BY key) FILTER (WHERE key LIKE 'description.%%'), '') AS descriptions
    FROM (
        SELECT key, value AS said FROM jsonb_each_text(product.translations)
        UNION ALL SELECT key, value FROM jsonb_each_text(variant.translations)) AS every) further
LEFT JOIN catalog_sellerterms terms ON terms.company_id = sku.company_id
CROSS JOIN LATERAL (SELECT coalesce(terms.currency, 'GBP') AS currency) priced
LEFT JOIN LATERAL (
    SELECT unit_price_minor, min_quantity FROM catalog_tierprice tier
    WHERE tier.sku_id = sku.id AND tier.currency = priced.currency ORDER BY min_quantity LIMIT 1) base ON true
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(code || ':' || value ORDER BY code, value) FILTER (WHERE is_facet), '{{}}') AS facets,
        coalesce(array_agg('#a:' || code || ':' || value) FILTER (WHERE is_facet), '{{}}') AS lexemes,
        coalesce(string_agg(concat_ws(' ', value, further), ' '), '') AS words
    FROM (
        SELECT code, is_facet, left((product.attributes || variant.attributes) ->> code, 80) AS value, translations
        FROM catalog_attributedefinition WHERE category_id = product.category_id) known
    CROSS JOIN LATERAL (
        SELECT string_agg(said.value, ' ') AS further FROM jsonb_each_text(translations) AS said
        WHERE said.key ^@ ('choice.' || known.value || '.')) called
    WHERE value <> '') chosen
CROSS JOIN (
    SELECT coalesce(min(popularity) - 1, 2147483647) AS popularity
    FROM search_searchentry WHERE is_visible AND is_popular) bound
ORDER BY sku.id
ON CONFLICT (sku_id) DO UPDATE SET
    is_visible = true, is_popular = excluded.is_popular, category_id = excluded.category_id,
    company_id = excluded.company_id, popularity = excluded.popularity, name = excluded.name,
    also_named = excluded.also_named, code = excluded.code, gtin = excluded.gtin,
    price_minor = excluded.price_minor, price_from = excluded.price_from, currency = excluded.currency,
    facets = excluded.facets, document = excluded.document,
    listed_at = CASE WHEN search_searchentry.is_visible THEN search_searchentry.listed_at ELSE excluded.listed_at END
WHERE NOT search_searchentry.is_visible
    OR (search_searchentry.category_id, search_searchentry.company_id, search_searchentry.popularity,
        search_searchentry.name, search_searchentry.also_named, search_searchentry.code, search_searchentry.gtin,
        search_searchentry.price_minor, search_searchentry.price_from, search_searchentry.currency,
        search_searchentry.facets, search_searchentry.document, search_searchentry.is_popular)
    IS DISTINCT FROM (excluded.category_id, excluded.company_id, excluded.popularity,
        excluded.name, excluded.also_named, excluded.code, excluded.gtin, excluded.price_minor,
        excluded.price_from, excluded.currency, excluded.facets, excluded.document, excluded.is_popular)
"""

_BLANK = """
UPDATE search_searchentry SET
    is_visible = false, is_popular = false, category_id = 0, company_id = 0, popularity = 0, name = '',
    also_named = '', code = '', gtin = '', price_minor = NULL, price_from = NULL, currency = '', facets = '{{}}',
    listed_at = NULL, document = ''
WHERE is_visible AND sku_id IN ({asked}) AND sku_id NOT IN ({published})
"""

# A word as it is typed: without accents, in small letters. A number is no word that anybody misspells.
_LEARN = """
INSERT INTO search_searchword (word, uses)
SELECT DISTINCT word, 1
FROM search_searchentry entry,
    regexp_split_to_table(lower(unaccent(entry.name || ' ' || entry.also_named)), '[^[:alpha:]]+') AS word
WHERE entry.is_visible AND entry.sku_id IN ({asked}) AND length(word) BETWEEN 3 AND 40
ORDER BY word ON CONFLICT (word) DO NOTHING
"""

_COUNT_WORDS = """
WITH counted AS (
    SELECT word, count(*) AS uses
    FROM search_searchentry entry,
        regexp_split_to_table(lower(unaccent(entry.name || ' ' || entry.also_named)), '[^[:alpha:]]+') AS word
    WHERE entry.is_visible AND length(word) BETWEEN 3 AND 40 GROUP BY word
), gone AS (
    DELETE FROM search_searchword WHERE word NOT IN (SELECT word FROM counted)
)
INSERT INTO search_searchword (word, uses) SELECT word, uses FROM counted
ON CONFLICT (word) DO UPDATE SET uses = excluded.uses WHERE search_searchword.uses <> excluded.uses
"""

# Those of one popularity stand on one side of the bound together, so the popular ones are at most that share.
_CHOOSE_POPULAR = """
WITH bound AS (
    SELECT greatest(0, coalesce((
        SELECT popularity FROM search_searchentry WHERE is_visible ORDER BY popularity DESC
        OFFSET (SELECT floor(count(*) * %s)::bigint FROM search_searchentry WHERE is_visible) LIMIT 1
    ), 0)) AS popularity
)
UPDATE search_searchentry entry SET is_popular = NOT entry.is_popular FROM bound
WHERE entry.is_visible AND entry.is_popular <> (entry.popularity > bound.popularity)
"""

_SET_STOCK = """
INSERT INTO search_searchentry AS entry (sku_id, is_visible, is_popular, in_stock)
SELECT sku_id, false, false, in_stock FROM unnest(%s::bigint[], %s::boolean[]) AS now (sku_id, in_stock) ORDER BY sku_id
ON CONFLICT (sku_id) DO UPDATE SET in_stock = excluded.in_stock WHERE entry.in_stock <> excluded.in_stock
"""


def index_skus(skus: QuerySet[Sku]) -> None:
    """Brings the entries of these SKUs up to date, in the caller's transaction. Three queries; idempotent."""
    asked, of_asked = skus.order_by().values("pk").query.sql_with_params()
    published, of_published = skus.published().order_by().values("pk").query.sql_with_params()  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE.format(published=published), of_published)
        cursor.execute(_BLANK.format(asked=asked, published=published), [*of_asked, *of_published])
        cursor.execute(_LEARN.format(asked=asked), of_asked)


def index_products(product_ids: Collection[int]) -> None:
    """The same for all that is offered of these products."""
    index_skus(Sku.objects.filter(product_id__in=product_ids))


def index_range(first: int, last: int) -> None:
    """The same for the products with these ids and all between."""
    index_skus(Sku.objects.filter(product_id__gte=first, product_id__lte=last))


def set_stocked(in_stock: Mapping[int, bool]) -> None:
    """Whether lists of what is in stock show these SKUs, in the transaction that changed it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SET_STOCK, [list(in_stock), list(in_stock.values())])


def rebuild() -> Iterator[int]:
    """Writes the whole index anew over the old one, which answers meanwhile; yields up to which SKU it has come."""
    for first in chunks():
        index_skus(Sku.objects.filter(pk__gte=first, pk__lt=first + CHUNK))
        yield first + CHUNK - 1
    with connection.cursor() as cursor:
        cursor.execute(_CHOOSE_POPULAR, [POPULAR_SHARE])
        cursor.execute(_COUNT_WORDS)


def chunks() -> range:
    """Where each chunk of SKUs begins."""
    last = Sku.objects.across_companies(why=_WHY).order_by("-pk").values_list("pk", flat=True).first() or 0
    return range(0, last + 1, CHUNK)


def fill_if_empty() -> None:
    """Builds the index where there are SKUs and it holds none. Two queries where there is nothing to do."""
    entries, skus = SearchEntry.objects.across_companies(why=_WHY), Sku.objects.across_companies(why=_WHY)
    if not entries.exists() and skus.exists():
        for _ in rebuild():
            pass
