"""What the demo's goods say about themselves: definitions from data/attributes.json, values out of their names."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from backend.catalog.models import AttributeDefinition, Category
from backend.market.files import DATA
from backend.market.loading.arabic import attribute_called

EVERYWHERE = "*"
"""In the data: definitions that hold for every category."""


def create_definitions(categories: Iterable[Category]) -> Mapping[int, list[AttributeDefinition]]:
    """The definitions of every category, by its key."""
    rows: dict[str, list[dict[str, Any]]] = json.loads((DATA / "attributes.json").read_text())
    wanted = {category.pk: [*rows[EVERYWHERE], *rows.get(category.name, [])] for category in categories}
    made = AttributeDefinition.objects.bulk_create(
        AttributeDefinition(
            category_id=pk, position=position, translations=attribute_called(row["code"], row.get("choices", ())), **row
        )
        for pk, listed in wanted.items()
        for position, row in enumerate(listed)
    )
    found: dict[int, list[AttributeDefinition]] = {pk: [] for pk in wanted}
    for definition in made:
        found[definition.category_id].append(definition)
    return found


def said_by_name(name: str, definitions: Iterable[AttributeDefinition], *, is_variant_axis: bool) -> dict[str, str]:
    """A "Red Enamel Mug" is red and of enamel: the first word of a name that one may choose."""
    words = name.title().split()
    found = {
        definition.code: next((word for word in words if word in definition.choices), "")
        for definition in definitions
        if definition.choices and definition.is_variant_axis == is_variant_axis
    }
    return {code: value for code, value in found.items() if value}
