"""What the operators' pages of categories show."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from backend.catalog.models import AttributeDefinition, Category


@dataclass(frozen=True, slots=True)
class CategoryRow:
    pk: int
    name: str
    position: int
    products: int
    definitions: int


def categories() -> Sequence[CategoryRow]:
    """All of them, in the order of the catalogue. One query."""
    counted = Category.objects.annotate(
        products_count=Count("products", distinct=True), definitions=Count("attribute_definitions", distinct=True)
    )
    return [
        CategoryRow(each.pk, each.local_name, each.position, each.products_count, each.definitions) for each in counted
    ]


def definitions(category: Category) -> Sequence[AttributeDefinition]:
    """What its products say about themselves. One query."""
    return list(category.attribute_definitions.all())
