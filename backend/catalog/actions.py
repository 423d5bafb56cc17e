"""Every change of the catalogue. Prices are Decimal minor units (pence) a unit of sale."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.transaction import atomic
from django.utils.text import slugify
from django.utils.translation import gettext as _

from backend.accounts.access import raise_epoch
from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.states import CompanyStatus
from backend.catalog.description import require_described
from backend.catalog.models import Category, Product, Sku, TierPrice, Variant
from backend.catalog.states import PRODUCT, ProductStatus
from backend.catalog.steps import clean_fields, raise_version, require_archiver, require_editor, save_sku
from backend.catalog.translations import OWN_LANGUAGE, clean_language
from backend.core.errors import Refused
from backend.core.money import UnitPrice
from backend.core.quantity import OrderRule, Packing, whole_number
from backend.core.units import Unit
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record

MAX_TIERS = 20


@dataclass(frozen=True, slots=True)
class Tier:
    """From min_quantity units of sale on, one costs `price`."""

    min_quantity: int
    price: UnitPrice


@dataclass(frozen=True, slots=True)
class Draft:
    """A product as its seller describes it, with its one SKU."""

    name: str
    category: Category
    code: str
    tiers: Sequence[Tier]
    description: str = ""
    unit: Unit = Unit.EACH
    rule: OrderRule = field(default_factory=OrderRule)
    gtin: str = ""
    inner_pack: int | None = None
    pallet_cases: int | None = None
    language: str = OWN_LANGUAGE


@atomic(durable=True)
def create_product(company: Company, draft: Draft, *, key: str, actor: Actor) -> Product:
    """Puts a product with its SKU and tiers into the company's catalogue, as a draft that nobody else sees.

    Raises NotAllowed without catalog.edit, Refused if the code is taken, a tier contradicts another or the GTIN's
    check digit is wrong.
    """
    require_editor(actor, company)
    claim = once.claim(company.pk, key, action="create_product", request={"draft": repr(draft)})
    if claim.is_repeat:
        return Product.objects.of_company(company.pk).get(pk=claim.result_pk)
    check_tiers(draft.tiers)
    product = Product(
        company=company,
        category=draft.category,
        name=draft.name,
        slug=slugify(draft.name)[:160] or "product",
        description=draft.description,
        language=clean_language(draft.language),
    )
    clean_fields(product, exclude=["company", "category"])
    product.save()
    _create_sku(product, draft)
    record(Kind.CATALOG_PRODUCT_CREATED, f"product:{product.pk}", version=product.version, actor=actor)
    claim.resulted_in(product.pk)
    return product


@atomic(durable=True)
def publish_product(product: Product, *, actor: Actor) -> Product:
    """Shows a product to everybody. Published again, it stays so.

    Raises NotAllowed without catalog.edit, Refused while the company waits for its approval,
    or the category wants something said that is not.
    """
    require_editor(actor, product.company)
    if product.company.status != CompanyStatus.APPROVED:
        raise Refused(
            _("%(company)s waits for its approval; drafts can be prepared meanwhile.") % {"company": product.company}
        )
    require_described(product)
    return _move(product, ProductStatus.PUBLISHED, Kind.CATALOG_PRODUCT_PUBLISHED, actor)


@atomic(durable=True)
def pause_product(product: Product, *, actor: Actor) -> Product:
    """Takes a product off the catalogue for a while; whoever watches its stock stops seeing it move."""
    require_editor(actor, product.company)
    raise_epoch(f"product:{product.pk}")
    return _move(product, ProductStatus.PAUSED, Kind.CATALOG_PRODUCT_PAUSED, actor)


def _move(product: Product, to: ProductStatus, kind: Kind, actor: Actor) -> Product:
    if product.status != to:
        PRODUCT.move(product, to=to)
        raise_version(product)
        record(kind, f"product:{product.pk}", version=product.version, actor=actor)
    return product


@atomic(durable=True)
def archive_product(product: Product, *, actor: Actor) -> Product:
    """Takes a product off the catalogue for good; what was ordered of it stays readable. Archived again, it stays so.

    Raises NotAllowed without catalog.edit; once it was published, without catalog.approve.
    """
    require_archiver(actor, product)
    raise_epoch(f"product:{product.pk}")
    return _move(product, ProductStatus.ARCHIVED, Kind.CATALOG_PRODUCT_ARCHIVED, actor)


def _create_sku(product: Product, draft: Draft) -> Sku:
    rule = draft.rule
    Packing(draft.inner_pack, rule.case_pack, draft.pallet_cases).require(draft.unit)
    variant = Variant(product=product, gtin=draft.gtin)
    clean_fields(variant, exclude=["product"])
    variant.save()
    sku = Sku(
        company=product.company,
        product=product,
        variant=variant,
        code=draft.code.upper(),
        unit_of_sale=draft.unit,
        inner_pack=draft.inner_pack,
        pallet_cases=draft.pallet_cases,
        case_pack=whole_number(rule.case_pack, field="case_pack"),
        moq=whole_number(rule.moq, field="moq"),
        increment=whole_number(rule.increment, field="increment"),
    )
    save_sku(sku)
    write_tiers(sku, draft.tiers)
    return sku


def check_tiers(tiers: Sequence[Tier]) -> None:
    """A ladder begins at 1, rises in quantity and never in price."""
    if not 0 < len(tiers) <= MAX_TIERS:
        raise Refused(_("A SKU has 1 to %(max)d price tiers.") % {"max": MAX_TIERS}, field="price")
    if tiers[0].min_quantity != 1:
        raise Refused(_("The first price is the one from 1 unit on."), field="price")
    for lower, higher in pairwise(tiers):
        if higher.min_quantity <= lower.min_quantity or higher.price.minor >= lower.price.minor:
            raise Refused(
                _("From %(quantity)d units on the price has to be lower than %(price)s: more never costs more a unit.")
                % {"quantity": higher.min_quantity, "price": lower.price.amount},
                field="tiers",
            )


def write_tiers(sku: Sku, tiers: Sequence[Tier]) -> None:
    """A new SKU's ladder."""
    TierPrice.objects.bulk_create(
        TierPrice(sku=sku, min_quantity=t.min_quantity, unit_price_minor=t.price.minor, currency=t.price.currency)
        for t in tiers
    )
