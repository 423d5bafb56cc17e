from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.gtin import validate_gtin
from backend.catalog.states import ProductStatus
from backend.core.money import UnitPrice
from backend.core.quantity import MAX_QUANTITY, OrderRule, Unit


class Category(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def published(self) -> ProductQuerySet:
        return self.filter(status=ProductStatus.PUBLISHED)

    def of_company(self, company_id: int) -> ProductQuerySet:
        return self.filter(company_id=company_id)

    def visible_to(self, actor: Actor) -> ProductQuerySet:
        """What is published is everybody's; the rest is its seller's alone."""
        theirs = models.Q(company_id=actor.company_id) if actor.company_id else models.Q(pk__in=())
        return self.filter(theirs | models.Q(status=ProductStatus.PUBLISHED))


class Product(models.Model):
    company = models.ForeignKey(Company, models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    name = models.CharField(_("name"), max_length=160)
    slug = models.SlugField(max_length=160)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(max_length=20, choices=ProductStatus.choices, default=ProductStatus.DRAFT)
    popularity = models.IntegerField(default=0, help_text="How often it was ordered of late; orders lists.")
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(status__in=ProductStatus.values), name="product_status"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["status", "-popularity", "id"], name="product_popular"),
            GinIndex(name="product_name_trgm", fields=["name"], opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class SkuQuerySet(models.QuerySet["Sku"]):
    def published(self) -> SkuQuerySet:
        return self.filter(product__status=ProductStatus.PUBLISHED, listed=True)

    def of_company(self, company_id: int) -> SkuQuerySet:
        return self.filter(company_id=company_id)


class Sku(models.Model):
    """What is ordered and counted. `company` repeats the product's: a seller's codes are unique."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="skus")
    product = models.ForeignKey(Product, models.CASCADE, related_name="skus")
    code = models.CharField(_("SKU"), max_length=40)
    name = models.CharField(_("variant"), max_length=120, blank=True)
    unit_of_sale = models.CharField(
        max_length=10, choices=[(unit.value, unit.value) for unit in Unit], default=Unit.EACH
    )
    case_pack = models.PositiveIntegerField(_("case pack"), default=1, validators=[MinValueValidator(1)])
    moq = models.PositiveIntegerField(_("minimum order"), default=1, validators=[MinValueValidator(1)])
    increment = models.PositiveIntegerField(_("increment"), default=1, validators=[MinValueValidator(1)])
    gtin = models.CharField("GTIN", max_length=14, blank=True, validators=[validate_gtin])
    listed = models.BooleanField(default=True)

    objects = SkuQuerySet.as_manager()

    class Meta:
        verbose_name = "SKU"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("company", Upper("code"), name="sku_code_per_company"),
            models.CheckConstraint(
                condition=models.Q(case_pack__range=(1, MAX_QUANTITY))
                & models.Q(moq__range=(1, MAX_QUANTITY))
                & models.Q(increment__range=(1, MAX_QUANTITY)),
                name="sku_order_rule",
            ),
            models.CheckConstraint(condition=models.Q(unit_of_sale__in=list(Unit)), name="sku_unit"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def order_rule(self) -> OrderRule:
        return OrderRule(self.moq, self.increment, self.case_pack)


class TierPrice(models.Model):
    """The price of one unit of sale from min_quantity on: the highest step that the quantity reaches counts."""

    sku = models.ForeignKey(Sku, models.CASCADE, related_name="tiers")
    min_quantity = models.PositiveIntegerField(default=1)
    unit_price_minor = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, default="GBP")

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
