"""GTIN-8, -12, -13 and -14, checked where present (GS1 General Specifications, section 7.9: the check digit)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import ean
from stdnum.exceptions import ValidationError as NotAGtin


def same_gtins(value: str) -> list[str]:
    """The ways to write one GTIN: it is the same with zeros before it, up to 14 digits."""
    bare = value.strip().replace(" ", "").lstrip("0")
    return [bare.zfill(digits) for digits in (8, 12, 13, 14) if bare and len(bare) <= digits]


def validate_gtin(value: str) -> None:
    """Raises ValidationError unless value has 8, 12, 13 or 14 digits of which the last is the right check digit."""
    try:
        ean.validate(value)
    except NotAGtin:
        raise ValidationError(
            _("%(value)s is not a GTIN: it takes 8, 12, 13 or 14 digits, and the last one checks the others."),
            params={"value": value},
        ) from None
