"""What a product comes as: the inner steps of adding one."""

from django.utils.translation import gettext as _

from backend.catalog.attributes import definitions_of
from backend.catalog.models import Product, Sku, TierPrice, Variant
from backend.catalog.states import ProductStatus
from backend.catalog.steps import clean_fields, save_sku
from backend.core.errors import Refused

MAX_VARIANTS = 200
PACKS = ("unit_of_sale", "case_pack", "moq", "increment", "inner_pack", "pallet_cases")


def write_variant(product: Product, name: str, code: str) -> Sku:
    """Another variant, with its describer's offer on the terms and prices of the first one. Of what was published it
    is listed when it says what the category wants of each: if that is something, it begins unlisted.

    Raises Refused where the code is taken, the name is another variant's, or there are MAX_VARIANTS.
    """
    return _like_the_first(product, _new_variant(product, name), code)


def _new_variant(product: Product, name: str) -> Variant:
    names = list(product.variants.values_list("name", flat=True))
    if len(names) >= MAX_VARIANTS:
        raise Refused(_("A product has at most %(max)d variants.") % {"max": MAX_VARIANTS}, field="name")
    if not name.strip() or name.strip().casefold() in {each.casefold() for each in names}:
        raise Refused(_("Give the variant a name that no other one here has, such as its colour."), field="name")
    variant = Variant(product=product, name=name.strip(), position=len(names))
    clean_fields(variant, exclude=["product"])
    variant.save()
    return variant


def _like_the_first(product: Product, variant: Variant, code: str) -> Sku:
    first = product.skus.filter(company_id=product.company_id).order_by("variant__position", "pk").first()
    sku = Sku(company=product.company, product=product, variant=variant, code=code.strip().upper())
    for name in PACKS if first else ():
        setattr(sku, name, getattr(first, name))
    wanted = any(each.required and each.is_variant_axis for each in definitions_of(product.category).values())
    sku.listed = product.status == ProductStatus.DRAFT or not wanted
    save_sku(sku)
    TierPrice.objects.bulk_create(
        TierPrice(sku=sku, min_quantity=t.min_quantity, unit_price_minor=t.unit_price_minor, currency=t.currency)
        for t in (first.tiers.all() if first else ())
    )
    return sku
