"""What is kept of an import: the file and how it is read, how far it has come, what was wrong in which row."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.transfer.states import WORKING, ImportState
from backend.catalog.translations import OWN_LANGUAGE
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity


class Format(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class ImportQuerySet(FencedQuerySet["Import"]):
    def visible_to(self, actor: Actor) -> ImportQuerySet:
        """What a company imports is its own people's."""
        return self.of_company(actor.company_id)

    def of_sender(self, actor: Actor) -> ImportQuerySet:
        """What somebody sent for price lists of the company that they act for."""
        return self.scoped(company_id=actor.company_id, actor_id=actor.user_id, price_list__isnull=False)

    def working(self) -> ImportQuerySet:
        """Those that a worker has in hand, or should have."""
        return self.filter(state__in=WORKING)


class Import(models.Model):
    """One file that a company sent: the subject `import:<pk>`. Rows count from the header, which is row 1."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="imports")
    actor_id = models.BigIntegerField()
    filename = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=80)
    size_bytes = models.BigIntegerField()
    format = models.CharField(max_length=4, choices=Format.choices)
    encoding = models.CharField(max_length=12, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    decimal_comma = models.BooleanField(default=False)
    header_row = models.IntegerField(default=1)
    header = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    """Field -> the column that it is read from, counted from 0."""
    category_id = models.BigIntegerField(null=True)
    """Where new products go that name no category."""
    currency = models.CharField(max_length=3, default="GBP")
    """Of prices that name none."""
    language = models.CharField(max_length=10, default=OWN_LANGUAGE, db_default=OWN_LANGUAGE)
    """Of the words of new products that name none."""
    publishes = models.BooleanField(default=False)
    price_list = models.ForeignKey("catalog.PriceList", models.CASCADE, null=True, related_name="sheets")
    """Whose lines its rows are; none: they are products."""
    list_version = models.BigIntegerField(default=0)
    """Of the price list, when it was compared with it."""
    replaces = models.BooleanField(default=False)
    """Whether lines of the list that the file does not name are taken out."""
    is_dry_run = models.BooleanField(default=True)

    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED)
    version = models.BigIntegerField(default=1)
    reason = models.CharField(max_length=400, blank=True)
    """Why it failed, in the words of the one who sent it."""
    done = models.BigIntegerField(default=0)
    """How far the present step has come: bytes while it reads, else rows. Where it goes on after a crash."""
    total = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    broken_rows = models.BigIntegerField(default=0)
    created_rows = models.BigIntegerField(default=0)
    changed_rows = models.BigIntegerField(default=0)
    same_rows = models.BigIntegerField(default=0)
    gone_rows = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    step_began_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(db_default=Now())

    objects = ImportQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-id"], name="import_of_company"),
            models.Index(fields=["id"], name="import_working", condition=Q(state__in=sorted(WORKING))),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state"),
            models.CheckConstraint(condition=Q(format__in=Format.values), name="import_format"),
            models.UniqueConstraint(
                fields=["company", "price_list"],
                condition=Q(state__in=sorted(WORKING)),
                nulls_distinct=False,
                name="one_import_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"import:{self.pk} {self.filename} ({self.state})"


class ImportProblem(models.Model):
    """What is wrong with one cell of one row: the rest of the row was left out because of it."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    row = models.BigIntegerField()
    field = models.CharField(max_length=60, blank=True)
    column = models.CharField(max_length=120, blank=True)
    cell = models.TextField(blank=True)
    code = models.CharField(max_length=20)
    detail = models.TextField(blank=True)

    of_company_by = "of__company"
    objects = FencedQuerySet["ImportProblem"].as_manager()
    row_security = RowSecurity(follow=("of_id", "catalog_import"))

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["of", "row", "id"], name="problem_of_import")]

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.code}"


class Table(models.TextChoices):
    """What a table that a company sends is about: a title may mean another thing in each."""

    PRODUCTS = "products"
    LIST_LINES = "list_lines"


class RememberedColumn(models.Model):
    """What a company once said that a column of this title holds; "" is nothing of interest."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="remembered_columns")
    table = models.CharField(max_length=10, choices=Table.choices, default=Table.PRODUCTS)
    title = models.CharField(max_length=120)
    field = models.CharField(max_length=60, blank=True)

    objects = FencedQuerySet["RememberedColumn"].as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "table", "title"], name="one_memory_a_column"),
            models.CheckConstraint(condition=Q(table__in=Table.values), name="remembered_table"),
        ]

    def __str__(self) -> str:
        return f"{self.title} is {self.field or 'nothing'}"
