"""What people write to each other: cleaned of what no keyboard types, and bounded."""

import re

from django.utils.translation import gettext as _

from backend.core.errors import Refused
from backend.negotiation.models import MAX_MESSAGE

# Control characters but tab and line feed; and those that turn the direction of the text after them around.
UNWRITTEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean_text(text: str, *, field: str = "text", most: int = MAX_MESSAGE, may_be_empty: bool = False) -> str:
    """Raises Refused for what is empty, if that says nothing, or longer than `most` characters."""
    cleaned = UNWRITTEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not cleaned and not may_be_empty:
        raise Refused(_("Write something first."), field=field)
    if len(cleaned) > most:
        raise Refused(
            _("%(n)d characters are too many for one message: at most %(max)d. Send it in parts, or as a file.")
            % {"n": len(cleaned), "max": most},
            field=field,
        )
    return cleaned


def require_within(number: int, least: int, most: int, field: str) -> None:
    """Raises Refused for a number outside, with both ends."""
    if not least <= number <= most:
        said = {"n": number, "min": least, "max": most}
        raise Refused(_("%(n)d is not from %(min)d to %(max)d.") % said, field=field)
