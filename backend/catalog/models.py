from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.changes.models import ChangeSet
from backend.catalog.costs.models import CostPrice
from backend.catalog.gtin import validate_gtin
from backend.catalog.lists.models import (
    Assortment,
    AssortmentAudience,
    AssortmentItem,
    CustomerGroup,
    GroupMember,
    PriceList,
    PriceListAudience,
    PriceListEntry,
    Territory,
)
from backend.catalog.media.models import Media
from backend.catalog.states import ProductStatus
from backend.catalog.transfer.models import Import, ImportProblem, RememberedColumn
from backend.catalog.translations import OWN_LANGUAGE, Translated, choice_key, full_name, reading
from backend.core.fences import FencedQuerySet
from backend.core.money import UnitPrice
from backend.core.quantity import MAX_QUANTITY, OrderRule, Packing
from backend.core.units import Unit

__all__ = [
    "Assortment",
    "AssortmentAudience",
    "AssortmentItem",
    "AttributeDefinition",
    "AttributeKind",
    "Category",
    "ChangeSet",
    "CostPrice",
    "CustomerGroup",
    "GroupMember",
    "Import",
    "ImportProblem",
    "Media",
    "PriceList",
    "PriceListAudience",
    "PriceListEntry",
    "Product",
    "RememberedColumn",
    "SellerTerms",
    "Sku",
    "Territory",
    "TierPrice",
    "Variant",
]

Attributes = Mapping[str, Any]
"""By the code of their definition: a text, a number, a choice's code, or whether."""


class Category(Translated):
    """Where products stand. Its own name, and its attributes', are in the market's first language."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.local_name


class AttributeKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    CHOICE = "choice", _("One of a list")
    YES_NO = "yes_no", _("Yes or no")


class AttributeDefinition(Translated):
    """What the products of a category say about themselves, under `code` in their `attributes`.

    `translations` also say what a choice is called: `choice.Red.ar`.
    """

    category = models.ForeignKey(Category, models.CASCADE, related_name="attribute_definitions")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=AttributeKind.choices, default=AttributeKind.TEXT)
    unit = models.CharField(max_length=20, blank=True)
    choices = models.JSONField(default=list, blank=True, help_text="What may be chosen, as a list of texts.")
    required = models.BooleanField(default=False)
    is_facet = models.BooleanField(default=False)
    is_variant_axis = models.BooleanField(default=False, help_text="Variants differ in it: colour, size.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["category", "position", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["category", "code"], name="one_definition_a_code"),
            models.CheckConstraint(condition=models.Q(kind__in=AttributeKind.values), name="attribute_kind"),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_unit(self) -> str:
        return self.said("unit")

    def local_choice(self, choice: str) -> str:
        """What a choice is called to whoever reads now."""
        return str(self.translations.get(choice_key(choice, reading()), choice))


class ProductQuerySet(FencedQuerySet["Product"]):
    def published(self) -> ProductQuerySet:
        """What everybody may see."""
        return self.scoped(status=ProductStatus.PUBLISHED)

    def sold_by(self, company_id: int) -> ProductQuerySet:
        """What a company describes, and what else it offers."""
        offered = models.Exists(Sku.objects.of_company(company_id).filter(product=models.OuterRef("pk")))
        return self.scoped(models.Q(company_id=company_id) | models.Q(offered))

    def visible_to(self, actor: Actor) -> ProductQuerySet:
        """What is published is everybody's; the rest is its seller's alone."""
        theirs = models.Q(company_id=actor.company_id) if actor.company_id else models.Q(pk__in=())
        return self.scoped(theirs | models.Q(status=ProductStatus.PUBLISHED))


class Product(Translated):
    """What is described, once, by `company`, its editor. Who else sells it hangs his offer (a Sku) on a variant.

    Its own words, and its variants', are in `language`, and `translations` hold none in that.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    name = models.CharField(_("name"), max_length=160)
    slug = models.SlugField(max_length=160)
    description = models.TextField(_("description"), blank=True)
    language = models.CharField(_("language"), max_length=10, default=OWN_LANGUAGE, db_default=OWN_LANGUAGE)
    brand = models.CharField(_("brand"), max_length=80, blank=True)
    origin_country = models.CharField(_("country of origin"), max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    hs_code = models.CharField(_("HS code"), max_length=10, blank=True, help_text="6 to 10 digits, without dots.")
    attributes = models.JSONField(default=dict, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time"), null=True, blank=True)
    parent_code = models.CharField(
        _("parent SKU"), max_length=40, blank=True, db_default="", help_text="What its editor's files know it by."
    )
    status = models.CharField(max_length=20, choices=ProductStatus.choices, default=ProductStatus.DRAFT)
    popularity = models.IntegerField(default=0, help_text="How often it was ordered of late; orders lists.")
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    filled_in_bulk = True
    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(status__in=ProductStatus.values), name="product_status"),
            models.UniqueConstraint(
                "company", Upper("parent_code"), condition=~models.Q(parent_code=""), name="parent_code_per_company"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["status", "-popularity", "id"], name="product_popular"),
            GinIndex(name="product_name_trgm", fields=["name"], opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lang_of_name(self) -> str:
        return self.lang_of("name", self.language)

    @property
    def lang_of_description(self) -> str:
        return self.lang_of("description", self.language)


class VariantQuerySet(FencedQuerySet["Variant"]):
    def published(self) -> VariantQuerySet:
        """What everybody may see."""
        return self.scoped(product__status=ProductStatus.PUBLISHED)


class Variant(Translated):
    """One of the things that a product comes as; the only one of most. `attributes` are what it differs in.

    Weight and dimensions are of one each in grams and millimetres; None: unknown.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    name = models.CharField(_("variant"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    gtin = models.CharField("GTIN", max_length=14, blank=True, validators=[validate_gtin])
    attributes = models.JSONField(default=dict, blank=True)
    weight_g = models.PositiveIntegerField(_("weight"), null=True, blank=True)
    length_mm = models.PositiveIntegerField(_("length"), null=True, blank=True)
    width_mm = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("height"), null=True, blank=True)
    version = models.BigIntegerField(default=1)

    filled_in_bulk = True
    of_company_by = "product__company"
    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["product", "position", "pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["gtin"], condition=~models.Q(gtin=""), name="variant_gtin"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.product)


class SkuQuerySet(FencedQuerySet["Sku"]):
    def published(self) -> SkuQuerySet:
        """What everybody may see."""
        return self.scoped(product__status=ProductStatus.PUBLISHED, listed=True)

    def of_kind(self, category_id: int | None, brand: str) -> SkuQuerySet:
        """Those of a category, of a brand, or of both; in whatever letters the brand is written."""
        found = self.filter(product__category=category_id) if category_id else self
        return found.filter(product__brand__iexact=brand) if brand else found

    def with_variant(self) -> SkuQuerySet:
        """With what `name` and `gtin` are read from."""
        return self.select_related("variant")


class Sku(models.Model):
    """What is ordered and counted: the offer of one seller (`company`) for one variant. A seller's codes are unique.

    `product` repeats the variant's. `inner_pack` and `case_pack` count eaches, `pallet_cases` cases; None: he packs
    no such thing.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="skus")
    product = models.ForeignKey(Product, models.CASCADE, related_name="skus")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="offers")
    code = models.CharField(_("SKU"), max_length=40)
    unit_of_sale = models.CharField(
        max_length=10, choices=[(unit.value, unit.value) for unit in Unit], default=Unit.EACH
    )
    case_pack = models.PositiveIntegerField(_("case pack"), default=1, validators=[MinValueValidator(1)])
    moq = models.PositiveIntegerField(_("minimum order"), default=1, validators=[MinValueValidator(1)])
    increment = models.PositiveIntegerField(_("increment"), default=1, validators=[MinValueValidator(1)])
    inner_pack = models.PositiveIntegerField(_("inner pack"), null=True, blank=True)
    pallet_cases = models.PositiveIntegerField(_("cases on a pallet"), null=True, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time"), null=True, blank=True)
    listed = models.BooleanField(default=True)
    version = models.BigIntegerField(default=1)

    filled_in_bulk = True
    objects = SkuQuerySet.as_manager()

    class Meta:
        verbose_name = "SKU"
        indexes: ClassVar[list[models.Index]] = [models.Index(Upper("code"), name="sku_code_of_any")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("company", Upper("code"), name="sku_code_per_company"),
            models.UniqueConstraint(fields=["variant", "company"], name="one_offer_a_seller"),
            models.CheckConstraint(
                condition=models.Q(case_pack__range=(1, MAX_QUANTITY))
                & models.Q(moq__range=(1, MAX_QUANTITY))
                & models.Q(increment__range=(1, MAX_QUANTITY)),
                name="sku_order_rule",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(inner_pack=None) | models.Q(inner_pack__gte=2, inner_pack__lt=models.F("case_pack"))
                )
                & (models.Q(pallet_cases=None) | models.Q(pallet_cases__range=(2, MAX_QUANTITY))),
                name="sku_packing",
            ),
            models.CheckConstraint(condition=models.Q(unit_of_sale__in=list(Unit)), name="sku_unit"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """Its variant's name. Read it from SKUs that were selected with_variant()."""
        return self.variant.name

    @property
    def full_name(self) -> str:
        """As an order names it. Read it, and `local_name`, from SKUs that were selected with product and variant."""
        return full_name(self.product.name, self.variant.name)

    @property
    def local_name(self) -> str:
        """The same in the reader's language."""
        return full_name(self.product.local_name, self.variant.local_name)

    @property
    def gtin(self) -> str:
        """Its variant's GTIN. Read it from SKUs that were selected with_variant()."""
        return self.variant.gtin

    @property
    def order_rule(self) -> OrderRule:
        return OrderRule(self.moq, self.increment, self.case_pack)

    @property
    def packing(self) -> Packing:
        return Packing(self.inner_pack, self.case_pack, self.pallet_cases)


class TierPrice(models.Model):
    """The price of one unit of sale from min_quantity on: the highest step that the quantity reaches counts."""

    sku = models.ForeignKey(Sku, models.CASCADE, related_name="tiers")
    min_quantity = models.PositiveIntegerField(default=1)
    unit_price_minor = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, default="GBP")

    filled_in_bulk = True
    of_company_by = "sku__company"
    objects = FencedQuerySet["TierPrice"].as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["sku", "min_quantity"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sku", "currency", "min_quantity"], name="one_price_a_tier"),
            models.CheckConstraint(
                condition=models.Q(min_quantity__gte=1) & models.Q(unit_price_minor__gte=0), name="tier_price_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} from {self.min_quantity}: {self.unit_price}"

    @property
    def unit_price(self) -> UnitPrice:
        return UnitPrice(self.unit_price_minor, self.currency)


class SellerTerms(models.Model):
    """On which terms a seller sells whatever he sells. Who never said has the defaults."""

    company = models.OneToOneField(Company, models.CASCADE, primary_key=True, related_name="seller_terms")
    order_minimum_minor = models.BigIntegerField(_("order minimum"), default=0)
    currency = models.CharField(max_length=3, default="GBP")
    lead_time_days = models.PositiveSmallIntegerField(_("lead time"), null=True, blank=True)
    delivers_to = ArrayField(models.CharField(max_length=2), default=list)
    """Countries; none named: to each buyer's own, and nowhere else."""
    prices_need_login = models.BooleanField(_("prices only for those who are logged in"), default=True)
    version = models.BigIntegerField(default=1)

    objects = FencedQuerySet["SellerTerms"].as_manager()

    class Meta:
        verbose_name_plural = "seller terms"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(order_minimum_minor__gte=0), name="order_minimum_range"),
        ]

    def __str__(self) -> str:
        return f"terms of {self.company_id}"
