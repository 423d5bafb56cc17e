from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet

VISIBLE = Q(is_visible=True)
POPULAR = Q(is_visible=True, is_popular=True)


class SearchEntry(models.Model):
    """What may be found of one SKU: a projection of what everybody may read, and nothing else.

    The entry of what is not on the catalogue keeps its stock and says nothing. `document` holds the words of the name,
    the code and the description, and as words that nobody can type what the list is narrowed by (see words.py).
    """

    sku = models.OneToOneField(Sku, models.CASCADE, primary_key=True, related_name="search_entry")
    is_visible = models.BooleanField(default=False)
    is_popular = models.BooleanField(default=False)
    """Among the most popular 5 %: what most searches end with, in an index that is small enough to rank all of."""
    in_stock = models.BooleanField(default=False, db_default=False)
    category_id = models.BigIntegerField(default=0, db_default=0)
    company_id = models.BigIntegerField(default=0, db_default=0)
    popularity = models.IntegerField(default=0, db_default=0)
    name = models.TextField(default="", db_default="")
    also_named = models.TextField(default="", db_default="")
    """The product's and the variant's names in further languages."""
    code = models.TextField(default="", db_default="")
    """Letters and digits only, in capitals."""
    gtin = models.TextField(default="", db_default="")
    """Fourteen digits, whatever it was written with."""
    price_minor = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    """What one unit costs before any price list, in minor units of `currency`."""
    price_from = models.PositiveIntegerField(null=True)
    """The quantity from which it costs that: the first tier's."""
    currency = models.CharField(max_length=3, default="", db_default="")
    """The one that its seller asks for."""
    facets = ArrayField(models.TextField(), default=list, db_default=[])
    """`<attribute's code>:<value>`."""
    listed_at = models.DateTimeField(null=True)
    """Since when it has been on the catalogue."""
    document = SearchVectorField(default="", db_default="")

    of_company_by = "sku__company"
    objects = FencedQuerySet["SearchEntry"].as_manager()

    class Meta:
        verbose_name_plural = "search entries"
        indexes: ClassVar[list[models.Index]] = [
            # A list of what was changed lately would be read by every search: without it a change costs more.
            GinIndex(fields=["document"], name="search_document", condition=VISIBLE, fastupdate=False),
            GinIndex(fields=["document"], name="search_popular_document", condition=POPULAR, fastupdate=False),
            models.Index(fields=["-popularity", "sku"], name="search_popular", condition=VISIBLE),
            # Four hold besides what a list is narrowed by, so that it is read out of them alone.
            models.Index(
                fields=["category_id", "-popularity", "sku"],
                include=("company_id", "currency", "price_minor", "in_stock"),
                name="search_category",
                condition=VISIBLE,
            ),
            models.Index(fields=["company_id", "-popularity", "sku"], name="search_company", condition=VISIBLE),
            models.Index(fields=["-listed_at", "sku"], name="search_newest", condition=VISIBLE),
            models.Index(
                fields=["currency", "price_minor", "sku"],
                include=("company_id", "in_stock"),
                name="search_currency_price",
                condition=VISIBLE,
            ),
            models.Index(
                fields=["company_id", "price_minor", "sku"],
                include=("category_id", "currency", "popularity", "in_stock"),
                name="search_company_price",
                condition=VISIBLE,
            ),
            models.Index(
                fields=["category_id", "currency", "price_minor", "sku"],
                include=("company_id", "in_stock"),
                name="search_category_price",
                condition=VISIBLE,
            ),
            models.Index(fields=["name", "sku"], name="search_name", condition=VISIBLE),
            models.Index(OpClass("code", name="text_pattern_ops"), name="search_code", condition=VISIBLE),
            models.Index(fields=["gtin"], name="search_gtin", condition=VISIBLE & ~Q(gtin="")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SearchWord(models.Model):
    """A word of the catalogue, as it is written there: what a slip of the pen is corrected to."""

    word = models.TextField(primary_key=True)
    uses = models.IntegerField(default=1)
    """In how many entries, as of the last rebuild; a newer word counts 1."""

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_word_trgm"),
        ]

    def __str__(self) -> str:
        return self.word


class Synonym(models.Model):
    """Words that mean the same, each standing for each: {"lorry", "truck"}. An operator writes them."""

    words = ArrayField(models.TextField(), verbose_name=_("words"))

    class Meta:
        indexes: ClassVar[list[models.Index]] = [GinIndex(fields=["words"], name="search_synonym_words")]

    def __str__(self) -> str:
        return ", ".join(self.words)


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def of_person(self, user_id: int | None) -> SavedSearchQuerySet:
        return self.filter(user_id=user_id) if user_id else self.none()


class SavedSearch(models.Model):
    """What somebody looks for again and again. It belongs to the person, whatever company they act for."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_searches")
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField()
    """The catalogue's address from its question mark on, as the page writes it."""
    seen_at = models.DateTimeField(db_default=Now())
    """When its results were last looked at."""
    created_at = models.DateTimeField(db_default=Now())

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "saved searches"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "query"], name="one_saved_search_a_query"),
        ]

    def __str__(self) -> str:
        return self.name
