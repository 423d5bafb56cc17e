"""From a form to its action and back."""

from collections.abc import Callable

from django.forms import BaseForm
from django.utils.translation import gettext as _

from backend.core.errors import Denied, Refused
from frontend_htmx.http import add_denied


def attempt(form: BaseForm, act: Callable[..., object]) -> Denied | None:
    """Does what the form asks for: None if it was done, else the no, which then stands beside its field."""
    if not form.is_valid():
        return Refused(_("Some of this can’t be read: the fields say why."))
    try:
        act(**form.cleaned_data)
    except Denied as denied:
        denied.field = getattr(form, "FIELD_OF", {}).get(denied.field, denied.field)
        add_denied(form, denied)
        return denied
    return None
