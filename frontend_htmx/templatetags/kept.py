"""A fragment is a function of its subject and the language: what was once written for such a subject is kept.

{% load kept %}
{% kept "inventory/_availability.html" stock=row.availability %}
{% kept_each "catalog/_row.html" row=rows %}     what a loop around the first would write
{% kept "parts/below.html" %}                    the same for everybody

It takes one thing under one name, a frozen dataclass with all that is to be seen, and nothing else: no request, no
actor. That thing is the key. So a fragment can't be shown when it is stale: another version, number or price is another
thing; nor to whom it isn't meant: what two readers may see differently makes two things. The oldest are forgotten.

What differs each time it is shown is left open and filled in then: a form's token, its idempotency key, and the address
of the page on which it stands.
"""

import re
import secrets
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.template import Context, Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from frontend_htmx.fields import new_key
from frontend_htmx.http import CompanyRequest

KEPT = 8_192
"""Fragments that a process remembers, of 1 to 5 KB each."""

# Nobody can write these into a text that we show: they are other ones in each process.
TOKEN, KEY, HERE = (f"{name}-{secrets.token_hex(16)}" for name in ("token", "key", "here"))
_MARKS = re.compile(f"({TOKEN}|{KEY}|{HERE})")

register = template.Library()


@dataclass(frozen=True, slots=True)
class Fragment:
    """What was written, and the same cut at its marks: every other piece is one."""

    text: SafeString
    pieces: Sequence[str]

    def shown(self, token: str, request: CompanyRequest | None = None) -> SafeString:
        """With this token, keys of its own and the address of the page that was asked for; as it is, where it becomes a
        part of another that is kept."""
        if len(self.pieces) == 1 or token == TOKEN:
            return self.text
        filled = list(self.pieces)
        for at in range(1, len(filled), 2):
            mark = filled[at]
            filled[at] = token if mark == TOKEN else new_key() if mark == KEY else _address(request)
        return mark_safe("".join(filled))  # noqa: S308  # letters and digits, and the address is escaped


@register.simple_tag(takes_context=True)
def kept(context: Context, fragment: str, **subject: Hashable) -> SafeString:
    """The fragment of this subject, with a token and keys of its own where it has forms."""
    name, thing = next(iter(subject.items()), ("", None))
    written = fragment_of(fragment, name, thing, get_language() or "en")
    return written.shown(_token(context), context.get("request"))


@register.simple_tag(takes_context=True)
def kept_each(context: Context, fragment: str, **subjects: Iterable[Hashable]) -> SafeString:
    """The fragments of these subjects one after the other: a loop would cost as much as they do."""
    ((name, things),) = subjects.items()
    language, token = get_language() or "en", _token(context)
    return mark_safe("\n".join(fragment_of(fragment, name, each, language).shown(token) for each in things))  # noqa: S308


def _token(context: Context) -> str:
    return str(context.get("csrf_token", ""))


def _address(request: CompanyRequest | None) -> str:
    """The page's; its company's, where it answers a POST and can't be opened again."""
    if request is None:
        return ""
    if request.method == "POST" and getattr(request, "company", None):
        return reverse("company", args=[request.company.slug])
    return escape(request.get_full_path())


@lru_cache(KEPT)
def fragment_of(fragment: str, name: str, thing: Hashable, language: str) -> Fragment:
    """As the language that is active writes it."""
    marks = {"csrf_token": TOKEN, "key": KEY, "here": HERE}
    written: SafeString = _template(fragment).render(Context({name: thing, **marks}))
    return Fragment(written, tuple(_MARKS.split(written)))


def _template(name: str) -> Template:
    """Django's own: the wrapper around it would add what a request has."""
    found: Template = get_template(name).template  # type: ignore[attr-defined]
    return found
