"""What is typed about a document."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.orders.carts.priced import Party
from backend.orders.documents.models import TRADED, Paper
from frontend_htmx.fields import KeyField, Typed


class DocumentForm(forms.Form):
    """A file, and what it is. With `sellers` (of a cart, more than one) also whom it is for."""

    file = forms.FileField(label=_("File"), help_text=_("PDF, JPEG, PNG or WebP, at most 10 MB."))
    key = KeyField()

    def __init__(
        self, data: Typed = None, files: Any = None, *, sellers: Sequence[Party] = (), is_disputed: bool = False
    ) -> None:
        super().__init__(data, files, auto_id="document-%s")
        papers = [Paper.EVIDENCE, *TRADED] if is_disputed else TRADED
        self.fields["paper"] = forms.ChoiceField(
            label=_("What it is"), choices=[(each.value, each.label) for each in papers]
        )
        if len(sellers) > 1:
            choices = [("", _("Every seller of this cart")), *((str(each.pk), each.name) for each in sellers)]
            self.fields["seller"] = forms.ChoiceField(label=_("For"), choices=choices, required=False)
