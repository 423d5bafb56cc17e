"""A seller's products as a file: the columns that an import takes, so that what goes out can come in again."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from django.utils.translation import gettext_lazy as _

from backend.catalog.models import Sku, TierPrice
from backend.catalog.queries import containing
from backend.catalog.transfer.attributes import attribute_fields, code_of
from backend.catalog.transfer.exporting import Column, Value
from backend.catalog.transfer.fields import BY_NAME, MORE_TIERS, TEXTS, Field
from backend.catalog.transfer.languages import OF_PRODUCT, OF_VARIANT

AT_ONCE = 1000


def _ladder(sku: Sku) -> Sequence[TierPrice]:
    """The tiers in the currency of the first, from one unit on."""
    tiers = sorted(sku.tiers.all(), key=lambda tier: (tier.currency, tier.min_quantity))
    return [tier for tier in tiers if tier.currency == tiers[0].currency]


def _price(sku: Sku, n: int) -> Value:
    ladder = _ladder(sku)
    return ladder[n - 1].unit_price.amount.normalize() + Decimal(0) if len(ladder) >= n else None


def _from(sku: Sku, n: int) -> Value:
    ladder = _ladder(sku)
    return ladder[n - 1].min_quantity if len(ladder) >= n else None


def _column(name: str, value: Callable[[Sku], Value]) -> Column[Sku]:
    return Column(BY_NAME[name].label, value)


def _step(n: int) -> tuple[Column[Sku], Column[Sku]]:
    return _column(f"from{n}", lambda sku: _from(sku, n)), _column(f"price{n}", lambda sku: _price(sku, n))


def product_columns() -> tuple[Column[Sku], ...]:
    """What a product's row says, in each language, and a column for each attribute that some category knows. One
    query."""
    further = (_further(name, text, language) for name, (text, language) in TEXTS.items())
    return *PRODUCT_COLUMNS, *further, *(_attribute(name, field) for name, field in attribute_fields().items())


def _further(name: str, text: str, language: str) -> Column[Sku]:
    if text in OF_VARIANT:
        return _column(name, lambda sku: sku.variant.translations.get(f"{OF_VARIANT[text]}.{language}"))
    return _column(name, lambda sku: sku.product.translations.get(f"{OF_PRODUCT[text]}.{language}"))


def _attribute(name: str, field: Field) -> Column[Sku]:
    code = code_of(name)
    return Column(field.label, lambda sku: _said({**sku.product.attributes, **sku.variant.attributes}.get(code)))


def _said(value: object) -> Value:
    return Decimal(str(value)) if isinstance(value, float) else value  # type: ignore[return-value]


PRODUCT_COLUMNS: tuple[Column[Sku], ...] = (
    _column("code", lambda sku: sku.code),
    _column("name", lambda sku: sku.product.name),
    _column("category", lambda sku: sku.product.category.name),
    _column("parent", lambda sku: sku.product.parent_code),
    _column("variant", lambda sku: sku.variant.name),
    _column("description", lambda sku: sku.product.description),
    _column("language", lambda sku: sku.product.language),
    _column("brand", lambda sku: sku.product.brand),
    _column("unit", lambda sku: sku.unit_of_sale),
    _column("case_pack", lambda sku: sku.case_pack),
    _column("inner_pack", lambda sku: sku.inner_pack),
    _column("pallet_cases", lambda sku: sku.pallet_cases),
    _column("moq", lambda sku: sku.moq),
    _column("increment", lambda sku: sku.increment),
    _column("gtin", lambda sku: sku.variant.gtin),
    _column("hs_code", lambda sku: sku.product.hs_code),
    _column("origin_country", lambda sku: sku.product.origin_country),
    _column("weight_g", lambda sku: sku.variant.weight_g),
    _column("length_mm", lambda sku: sku.variant.length_mm),
    _column("width_mm", lambda sku: sku.variant.width_mm),
    _column("height_mm", lambda sku: sku.variant.height_mm),
    _column("lead_time_days", lambda sku: sku.lead_time_days),
    _column("currency", lambda sku: _ladder(sku)[0].currency if _ladder(sku) else ""),
    _column("price", lambda sku: _price(sku, 1)),
    *chain.from_iterable(_step(n) for n in MORE_TIERS),
    Column(_("Status"), lambda sku: sku.product.get_status_display()),
)


def product_rows(company_id: int, *, text: str = "") -> Iterator[Sku]:
    """The offers behind a seller's list of products, the newest product first: two queries for each thousand."""
    of_company = containing(Sku.objects.of_company(company_id), text)
    related = of_company.select_related("product__category", "variant").prefetch_related("tiers")
    yield from related.order_by("-product__created_at", "-product_id", "code").iterator(AT_ONCE)
