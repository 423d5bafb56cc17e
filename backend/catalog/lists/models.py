from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company
from backend.catalog.lists.states import AssortmentKind, ListKind, ListState
from backend.core.fences import FencedQuerySet
from backend.core.money import EXPONENTS
from backend.core.row_security import RowSecurity

A = TypeVar("A", bound="Audience")

ONE_OF_THE_TWO = Q(audience_company__isnull=False, group__isnull=True) | Q(
    audience_company__isnull=True, group__isnull=False
)

# To whom a list in force is shown as well: those whom it is for. They read its prices, and may not write them.
# An array, which is made once and leads into an index: of IN every list of every seller would be looked at by each
# statement that reads a price. UNION, not OR, for the same reason.
LIST_IS_READ_BY = """state = 'active' AND (kind = 'public' OR id = ANY (ARRAY(
    SELECT price_list_id FROM catalog_pricelistaudience WHERE audience_company_id = {company}
    UNION ALL SELECT price_list_id FROM catalog_pricelistaudience WHERE group_id IN (
        SELECT group_id FROM catalog_groupmember WHERE company_id = {company}))))"""
# Who else it is for they don't learn: of an audience they see the rows that name them.
AUDIENCE_IS_READ_BY = """audience_company_id = {company} OR group_id IN (
    SELECT group_id FROM catalog_groupmember WHERE company_id = {company})"""


class CustomerGroup(models.Model):
    """A seller's own grouping of the companies that buy; its name is never shown to them."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="customer_groups")
    name = models.CharField(_("name"), max_length=80)
    members = models.ManyToManyField(Company, through="catalog.GroupMember", related_name="+")
    version = models.BigIntegerField(default=1)

    objects = FencedQuerySet["CustomerGroup"].as_manager()
    row_security = RowSecurity()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "name"], name="group_name_per_company"),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    group = models.ForeignKey(CustomerGroup, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="+")

    of_company_by = "group__company"
    objects = FencedQuerySet["GroupMember"].as_manager()
    row_security = RowSecurity(follow=("group_id", "catalog_customergroup"), readers="company_id = {company}")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["group", "company"], name="once_in_a_group"),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} in {self.group_id}"


class PriceListQuerySet(FencedQuerySet["PriceList"]):
    def in_force(self, at: datetime | None = None) -> PriceListQuerySet:
        """Those that count at a moment; now, by the database's clock, if none is given."""
        return self.filter(scheduled(at), state=ListState.ACTIVE)

    def reaching(self, company_id: int | None) -> PriceListQuerySet:
        """Those that decide what a company pays; without a company, those for everybody."""
        if not company_id:
            return self.scoped(kind=ListKind.PUBLIC)
        mine = PriceListAudience.objects.reaching(company_id).values("price_list")
        return self.scoped(Q(kind=ListKind.PUBLIC) | Q(pk__in=mine))

    def due(self) -> PriceListQuerySet:
        """Those that began or ended since anybody was told."""
        counts = scheduled(None) & Q(state=ListState.ACTIVE)
        return self.filter((counts & Q(is_told=False)) | (~counts & Q(is_told=True)))


def scheduled(at: datetime | None) -> Q:
    moment = at or Now()
    return Q(starts_at__lte=moment) & (Q(ends_at=None) | Q(ends_at__gt=moment))


class PriceList(models.Model):
    """Prices that belong to some buyers, for a while. `percent` comes off the base price of what it does not name.

    `is_told` is whether its audience was last told that it counts: a schedule begins and ends without anybody's doing.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="price_lists")
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("for"), max_length=10, choices=ListKind.choices, default=ListKind.CUSTOMER)
    currency = models.CharField(_("currency"), max_length=3, default="GBP")
    priority = models.SmallIntegerField(_("priority"), default=0)
    percent = models.DecimalField(_("percent off"), max_digits=5, decimal_places=2, null=True, blank=True)
    starts_at = models.DateTimeField(_("starts"), db_default=Now())
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=ListState.choices, default=ListState.DRAFT)
    is_told = models.BooleanField(default=False)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    objects = PriceListQuerySet.as_manager()
    row_security = RowSecurity(readers=LIST_IS_READ_BY)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "name"], name="price_list_name_per_company"),
            models.CheckConstraint(condition=Q(kind__in=ListKind.values), name="price_list_kind"),
            models.CheckConstraint(condition=Q(state__in=ListState.values), name="price_list_state"),
            models.CheckConstraint(condition=Q(currency__in=list(EXPONENTS)), name="price_list_currency"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")), name="price_list_schedule"
            ),
            models.CheckConstraint(condition=Q(percent=None) | Q(percent__range=(-100, 100)), name="list_percent"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company"], condition=Q(state="active"), name="price_list_active"),
            models.Index(fields=["kind"], condition=Q(state="active", kind="public"), name="price_list_public"),
        ]

    def __str__(self) -> str:
        return self.name


class EntryQuerySet(FencedQuerySet["PriceListEntry"]):
    def of_lists(self, price_lists: Collection[PriceList]) -> EntryQuerySet:
        """What stands in lists in hand."""
        return self.scoped(price_list__in=[each.pk for each in price_lists])


class PriceListEntry(models.Model):
    """What one SKU costs in a list from min_quantity on: a unit price, or percent off the base price."""

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="entries")
    sku = models.ForeignKey("catalog.Sku", models.CASCADE, related_name="list_entries")
    min_quantity = models.PositiveIntegerField(default=1)
    unit_price_minor = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    may_be_dearer = models.BooleanField(default=False)

    of_company_by = "price_list__company"
    objects = EntryQuerySet.as_manager()
    row_security = RowSecurity(follow=("price_list_id", "catalog_pricelist"), read_along=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["price_list", "sku", "min_quantity"]
        verbose_name_plural = "price list entries"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Including what an entry says, so that a search reads a whole list out of this index alone.
            models.UniqueConstraint(
                fields=["price_list", "sku", "min_quantity"],
                include=["unit_price_minor", "percent", "may_be_dearer"],
                name="one_entry_a_tier",
            ),
            models.CheckConstraint(
                condition=Q(unit_price_minor__isnull=False, percent__isnull=True)
                | Q(unit_price_minor__isnull=True, percent__isnull=False),
                name="price_or_percent",
            ),
            models.CheckConstraint(
                condition=Q(min_quantity__gte=1)
                & (Q(unit_price_minor=None) | Q(unit_price_minor__gte=0))
                & (Q(percent=None) | Q(percent__range=(-100, 100))),
                name="entry_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} from {self.min_quantity} in {self.price_list_id}"


class AudienceQuerySet(FencedQuerySet[A]):
    def reaching(self, company_id: int) -> AudienceQuerySet[A]:
        """Where a company is meant, by itself or as one of a group."""
        members = GroupMember.objects.across_companies(why="a buyer is in groups of any seller")
        groups = members.filter(company_id=company_id).values("group")
        return self.scoped(Q(audience_company_id=company_id) | Q(group__in=groups))


class Audience(models.Model):
    """Whom something of a company's is for: another company, or all of a group."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    """Whose it is; by itself, since the rows that it hangs on are shown to whom it names."""
    audience_company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="+")
    group = models.ForeignKey(CustomerGroup, models.CASCADE, null=True, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"company {self.audience_company_id}" if self.group_id is None else f"group {self.group_id}"


class PriceListAudience(Audience):
    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="audience")

    objects = AudienceQuerySet["PriceListAudience"].as_manager()
    row_security = RowSecurity(readers=AUDIENCE_IS_READ_BY)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=ONE_OF_THE_TWO, name="list_for_company_or_group"),
            models.UniqueConstraint(fields=["price_list", "audience_company"], name="list_once_for_a_company"),
            models.UniqueConstraint(fields=["price_list", "group"], name="list_once_for_a_group"),
        ]


class AssortmentQuerySet(FencedQuerySet["Assortment"]):
    def reaching(self, company_id: int) -> AssortmentQuerySet:
        """Those that name a company, by itself or as one of a group."""
        return self.scoped(pk__in=AssortmentAudience.objects.reaching(company_id).values("assortment"))

    def for_everybody(self) -> AssortmentQuerySet:
        """The ranges for whoever has none of their own."""
        return self.scoped(is_for_all=True)

    def reserved(self) -> AssortmentQuerySet:
        """What only those whom each is for can buy."""
        return self.scoped(kind=AssortmentKind.RESERVED)


class Assortment(models.Model):
    """Which of a seller's SKUs its audience may see or buy; `is_for_all`: whoever has no range of their own."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="assortments")
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(max_length=10, choices=AssortmentKind.choices, db_default=AssortmentKind.RANGE)
    is_for_all = models.BooleanField(_("for everybody else"), default=False)
    skus = models.ManyToManyField("catalog.Sku", through="catalog.AssortmentItem", related_name="+")
    version = models.BigIntegerField(default=1)

    objects = AssortmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "name"], name="assortment_name_per_company"),
            models.CheckConstraint(condition=Q(kind__in=AssortmentKind.values), name="assortment_kind"),
            models.CheckConstraint(
                condition=Q(kind=AssortmentKind.RANGE) | Q(is_for_all=False), name="only_a_range_is_for_everybody_else"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company"], condition=~Q(kind=AssortmentKind.RANGE), name="assortment_not_sold"),
        ]

    def __str__(self) -> str:
        return self.name


class AssortmentItem(models.Model):
    assortment = models.ForeignKey(Assortment, models.CASCADE, related_name="items")
    sku = models.ForeignKey("catalog.Sku", models.CASCADE, related_name="+")

    of_company_by = "assortment__company"
    objects = FencedQuerySet["AssortmentItem"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["assortment", "sku"], name="once_in_an_assortment"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} in {self.assortment_id}"


class AssortmentAudience(Audience):
    assortment = models.ForeignKey(Assortment, models.CASCADE, related_name="audience")

    objects = AudienceQuerySet["AssortmentAudience"].as_manager()
    row_security = RowSecurity(readers=AUDIENCE_IS_READ_BY)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=ONE_OF_THE_TWO, name="assortment_for_company_or_group"),
            models.UniqueConstraint(fields=["assortment", "audience_company"], name="assortment_once_for_a_company"),
            models.UniqueConstraint(fields=["assortment", "group"], name="assortment_once_for_a_group"),
        ]


class Territory(models.Model):
    """Into which countries an offer may be sold; without a SKU, all of the seller's that have none of their own.

    `is_seen_elsewhere`: buyers in other countries see it, and can't buy it.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="territories")
    sku = models.OneToOneField("catalog.Sku", models.CASCADE, null=True, related_name="territory")
    countries = ArrayField(models.CharField(max_length=2))
    is_seen_elsewhere = models.BooleanField(db_default=False)
    version = models.BigIntegerField(default=1)

    objects = FencedQuerySet["Territory"].as_manager()

    class Meta:
        verbose_name_plural = "territories"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company"], condition=Q(sku=None), name="one_territory_a_company"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["countries"], name="territory_countries"),
            models.Index(fields=["company"], condition=Q(is_seen_elsewhere=True), name="territory_not_sold"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id or 'everything'} of {self.company_id}: {', '.join(self.countries)}"
