"""How Django's form fields are written: as its own templates do, and once for each state of a field.

A widget is a function of what its template gets: name, value, attributes and choices. Where all of that is plain, what
was written for it is kept, as a fragment of ours is (templatetags/kept.py); whatever else stands there is written anew.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language

KEPT = 4_096
"""Fields that a process remembers, of some hundred bytes each."""
PLAIN = (str, int, bool, Decimal, date, time, type(None))


class NotPlain(Exception):
    """What a field says can't be compared with what another one says."""


@dataclass(frozen=True, slots=True)
class Widget:
    """What is written: by which template, and all that it shows. `context` is the same, as the template reads it."""

    template: str
    said: Hashable
    language: str
    context: Mapping[str, Any] = field(compare=False)


class KeptRenderer(DjangoTemplates):
    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        try:
            widget = Widget(template_name, _said(context), get_language() or "", context)
        except NotPlain:
            return super().render(template_name, context, request)
        return _written(widget)


@lru_cache(KEPT)
def _written(widget: Widget) -> str:
    return DjangoTemplates.render(_PLAIN_RENDERER, widget.template, dict(widget.context))


_PLAIN_RENDERER = DjangoTemplates()


def _said(value: Any) -> Hashable:
    """The same in a form that can be compared; what differs in its type differs, as 1, "1" and what is safe do."""
    if isinstance(value, dict):
        return tuple((key, _said(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(_said(each) for each in value)
    if isinstance(value, Promise):
        value = str(value)
    if not isinstance(value, PLAIN):
        raise NotPlain
    return type(value), str(value)
