"""The catalogue: categories, products, SKUs and their price tiers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.text import slugify

from backend.accounts.models import Company
from backend.catalog.models import AttributeDefinition, Category, Product, Sku, TierPrice, Variant
from backend.catalog.states import ProductStatus
from backend.core import clock
from backend.market import files
from backend.market.loading.arabic import category_called, product_called
from backend.market.loading.attributes import create_definitions, said_by_name
from backend.market.loading.companies import Companies

BATCH = 1000
Definitions = Mapping[int, Sequence[AttributeDefinition]]


def create_catalogue(catalogue: files.Catalogue, companies: Companies) -> list[Sku]:
    """Every product with its one variant and SKU, in the order of the catalogue's products."""
    categories = _categories(catalogue)
    sellers = {category.name: companies[category.company] for category in catalogue.categories}
    now = clock.now()
    definitions = create_definitions(categories.values())
    products = Product.objects.bulk_create(
        [
            _product(row, sellers[row.category], categories[row.category], now, definitions)
            for row in catalogue.products
        ],
        BATCH,
    )
    variants = Variant.objects.bulk_create([_variant(product, definitions) for product in products], BATCH)
    rows = list(zip(catalogue.products, variants, strict=True))
    skus = Sku.objects.bulk_create([_sku(row, variant) for row, variant in rows], BATCH)
    TierPrice.objects.bulk_create(_tiers(catalogue.products, skus), BATCH)
    return skus


def _categories(catalogue: files.Catalogue) -> dict[str, Category]:
    made = Category.objects.bulk_create(
        Category(name=row.name, slug=slugify(row.name), position=position, translations=category_called(row.name))
        for position, row in enumerate(catalogue.categories)
    )
    return {category.name: category for category in made}


def _product(
    row: files.Product, company: Company, category: Category, at: datetime, definitions: Definitions
) -> Product:
    return Product(
        company=company,
        category=category,
        name=row.name,
        slug=slugify(row.name),
        translations=product_called(row.code),
        description=row.description,
        status=ProductStatus.PUBLISHED if row.is_priced else ProductStatus.DRAFT,
        popularity=row.popularity,
        created_at=at,
        origin_country=company.country,
        attributes=said_by_name(row.name, definitions[category.pk], is_variant_axis=False),
    )


def _variant(product: Product, definitions: Definitions) -> Variant:
    said = said_by_name(product.name, definitions[product.category_id], is_variant_axis=True)
    return Variant(product=product, attributes=said)


def _sku(row: files.Product, variant: Variant) -> Sku:
    return Sku(
        company_id=variant.product.company_id,
        product=variant.product,
        variant=variant,
        code=row.code,
        unit_of_sale=row.unit,
        case_pack=row.case_pack,
        moq=row.moq,
        increment=row.increment,
    )


def _tiers(rows: Sequence[files.Product], skus: Sequence[Sku]) -> list[TierPrice]:
    return [
        TierPrice(sku=sku, min_quantity=start, unit_price_minor=Decimal(price))
        for row, sku in zip(rows, skus, strict=True)
        for start, price in row.tiers
    ]
