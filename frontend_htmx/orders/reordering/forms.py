"""What is said about order templates, and which lines go into the cart again. They parse; the actions decide."""

from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.errors import Refused
from backend.core.quantity import parse_quantity
from backend.orders.quick.pasting import MOST_CODE
from backend.orders.reordering.models import MAX_NAME
from frontend_htmx.fields import KeyField, QuantityField, Typed

QUANTITY = "quantity-"


class TemplateForm(forms.Form):
    """A new template's name, and for whom it is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=MAX_NAME)
    is_shared = forms.BooleanField(label=gettext_lazy("Shared in the company"), required=False)
    key = KeyField()

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="new-template-%s")


class EditTemplateForm(forms.Form):
    """The same of one that there is; it stands beside the lines and is sent with them."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=MAX_NAME)
    is_shared = forms.BooleanField(label=gettext_lazy("Shared in the company"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Typed = None, *, initial: Mapping[str, object] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}), auto_id="template-%s")
        for field in self.fields.values():
            field.widget.attrs["form"] = "again-form"


class AddLineForm(forms.Form):
    """One more SKU, by hand."""

    code = forms.CharField(label=gettext_lazy("SKU or GTIN"), max_length=MOST_CODE)
    quantity = QuantityField(label=gettext_lazy("Quantity"))

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="add-line-%s")


def typed_quantities(posted: QueryDict) -> Mapping[int, str]:
    """What stands in the fields `quantity-<sku>`, whatever it is."""
    found = {}
    for name in posted:
        number = name.removeprefix(QUANTITY)
        if number != name and number.isascii() and number.isdigit() and len(number) < 19:
            found[int(number)] = posted.get(name, "").replace("\x00", "").strip()[:40]
    return found


def ticked(posted: QueryDict) -> set[int]:
    """The SKUs whose lines were ticked."""
    return {int(pk) for pk in posted.getlist("take") if pk.isascii() and pk.isdigit() and len(pk) < 19}


def read_quantities(typed: Mapping[int, str]) -> dict[int, int]:
    """As numbers. Raises Refused naming what is none."""
    return {pk: _read(text) for pk, text in typed.items()}


def _read(text: str) -> int:
    if not text:
        raise Refused(_("A quantity is missing. Write 0 to leave a line out."))
    return parse_quantity(text, unit=_("piece"))
