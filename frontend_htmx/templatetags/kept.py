"""A fragment is a function of its subject and the language: what was once written for such a subject is kept.

{% load kept %}
{% kept "inventory/_availability.html" stock=row.availability %}

It takes one thing under one name, a frozen dataclass with all that is to be seen, and nothing else: no request, no
actor. That thing is the key. So a fragment can't be shown when it is stale: another version, number or price is another
thing; nor to whom it isn't meant: what two readers may see differently makes two things. The oldest are forgotten.

What differs each time it is shown is left open and filled in then: a form's token and its idempotency key.
"""

import re
import secrets
from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.template import Context, Template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from frontend_htmx.fields import new_key

KEPT = 8_192
"""Fragments that a process remembers, of 1 to 5 KB each."""

# Nobody can write these into a text that we show: they are other ones in each process.
TOKEN, KEY = (f"{name}-{secrets.token_hex(16)}" for name in ("token", "key"))
_KEY = re.compile(KEY)

register = template.Library()


@register.simple_tag(takes_context=True)
def kept(context: Context, fragment: str, **subject: Hashable) -> SafeString:
    """The fragment of this subject, with a token and keys of its own where it has forms."""
    ((name, thing),) = subject.items()
    written = fragment_of(fragment, name, thing, get_language() or "en")
    if TOKEN not in written:
        return written
    filled = written.replace(TOKEN, str(context["csrf_token"]))
    return mark_safe(_KEY.sub(lambda _key: new_key(), filled))  # noqa: S308  # both are letters and digits


@lru_cache(KEPT)
def fragment_of(fragment: str, name: str, thing: Hashable, language: str) -> SafeString:
    """As the language that is active writes it."""
    written: SafeString = _template(fragment).render(Context({name: thing, "csrf_token": TOKEN, "key": KEY}))
    return written


def _template(name: str) -> Template:
    """Django's own: the wrapper around it would add what a request has."""
    found: Template = get_template(name).template  # type: ignore[attr-defined]
    return found
