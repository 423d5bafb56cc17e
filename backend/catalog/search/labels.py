"""What the attributes of products are called."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from backend.catalog.models import AttributeDefinition


@dataclass(frozen=True, slots=True)
class AttributeName:
    code: str
    label: str


def attribute_names(codes: Collection[str]) -> Sequence[AttributeName]:
    """Those of the attributes that lists may be narrowed by, in their order; two of one code count as one. One query,
    or none without codes."""
    if not codes:
        return []
    found = AttributeDefinition.objects.filter(code__in=codes, is_facet=True).order_by("position", "code")
    labels: dict[str, str] = {}
    for each in found:
        labels.setdefault(each.code, f"{each.name}, {each.unit}" if each.unit else each.name)
    return [AttributeName(code, label) for code, label in labels.items()]
