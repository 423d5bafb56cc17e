"""What a product says about itself by the definitions of its category."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from backend.catalog.models import AttributeDefinition, AttributeKind, Category
from backend.core.errors import Refused
from backend.core.written import Written

Value = str | int | float | bool
MAX_TEXT = 200
MAX_NUMBER = 1_000_000_000_000
_DEFINITIONS = Written(
    """
SELECT {definition} FROM catalog_attributedefinition definition
WHERE category_id = %(category)s ORDER BY position, code
""",
    definition=AttributeDefinition,
)


def definitions_of(category: Category) -> Mapping[str, AttributeDefinition]:
    """A category's definitions by code, in their order. One query."""
    return {definition.code: definition for (definition,) in _DEFINITIONS.fetch({"category": category.pk})}


def clean_attribute(definition: AttributeDefinition, value: object, *, field: str) -> Value | None:
    """The value as it is stored; None where nothing is said. Raises Refused naming what would be accepted."""
    if value is None or value == "":
        return None
    if definition.kind == AttributeKind.YES_NO and isinstance(value, bool):
        return value
    if definition.kind == AttributeKind.NUMBER and _is_number(value):
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else float(number)
    if definition.kind == AttributeKind.CHOICE and value in definition.choices:
        return str(value)
    if definition.kind == AttributeKind.TEXT and isinstance(value, str) and len(value) <= MAX_TEXT:
        return value
    raise Refused(
        _("“%(value)s” can’t be the %(name)s: give %(accepted)s.")
        % {"value": str(value)[:40], "name": definition, "accepted": accepted(definition)},
        field=field,
    )


def accepted(definition: AttributeDefinition) -> str:
    """What a definition takes, in words."""
    said = {
        AttributeKind.TEXT: _("a text of at most %(max)d characters") % {"max": MAX_TEXT},
        AttributeKind.NUMBER: _("a number, such as 12 or 1.5"),
        AttributeKind.CHOICE: _("one of %(choices)s")
        % {"choices": ", ".join(map(definition.local_choice, definition.choices))},
        AttributeKind.YES_NO: _("yes or no"),
    }
    return said[AttributeKind(definition.kind)]


def require_attributes(definitions: Iterable[AttributeDefinition], said: Mapping[str, object], prefix: str) -> None:
    """Raises Refused for the first required one of which nothing is said; its field is prefix and code."""
    for definition in definitions:
        if definition.required and said.get(definition.code) is None:
            raise Refused(
                _("Products of this category say their %(name)s: give %(accepted)s.")
                % {"name": definition, "accepted": accepted(definition)},
                field=f"{prefix}{definition.code}",
            )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    number = Decimal(str(value))
    return number.is_finite() and abs(number) <= MAX_NUMBER
