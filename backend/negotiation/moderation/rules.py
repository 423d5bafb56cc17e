"""What is looked for in a message before it is sent: ways around the market. A rule warns, or it blocks."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.errors import Refused

BETWEEN = "|"
"""Stands between what was found where it is written in one line; no rule finds it."""
WESTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2)


@dataclass(frozen=True, slots=True)
class Rule:
    """`blocks`: what it finds is never sent. Else whoever was told of it may send it all the same."""

    name: str | Promise
    pattern: re.Pattern[str]
    blocks: bool = False


RULES: Sequence[Rule] = (
    Rule(gettext_lazy("an e-mail address"), re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    Rule(
        gettext_lazy("a telephone number"),
        re.compile(
            r"(?<![\w+])(?:\+|00)[1-9](?:[ ()./-]?\d){7,13}(?!\d)|(?<![\w.,])0\d{2,4}[ /-]\d{3,}(?:[ -]?\d{2,})*"
        ),
    ),
    Rule(gettext_lazy("a link"), re.compile(r"\b(?:https?://|www\.)[^\s|]+", re.IGNORECASE), blocks=True),
)


@dataclass(frozen=True, slots=True)
class Finding:
    rule: Rule
    text: str


def look_through(text: str) -> Sequence[Finding]:
    """All that the rules find, in their order."""
    plain = text.translate(WESTERN)
    return [Finding(rule, found[0]) for rule in RULES for found in rule.pattern.finditer(plain)]


def require_clean(text: str, *, told_of: Collection[str] = ()) -> None:
    """Raises Refused (detail: told_of, may_insist) for what a rule blocks, and for what one warns of unless its author
    has been told of just that and sends it all the same."""
    found = look_through(text)
    blocked = [each for each in found if each.rule.blocks]
    if not blocked and {each.text for each in found} <= set(told_of):
        return
    detail = {"told_of": BETWEEN.join(each.text for each in found), "may_insist": not blocked}
    raise Refused(_refusal(blocked or found, is_final=bool(blocked)), field="text", detail=detail)


def _refusal(found: Sequence[Finding], *, is_final: bool) -> str:
    named = ", ".join(f"{each.rule.name} (“{each.text}”)" for each in found)
    if is_final:
        return _(
            "This message has %(what)s, which is not sent here. Take it out; what it shows may be sent as a file."
        ) % {"what": named}
    return _(
        "This message has %(what)s. What is agreed outside of this room is not kept, and nobody can prove it. "
        "Send it again to send it all the same."
    ) % {"what": named}
