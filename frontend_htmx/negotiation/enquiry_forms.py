"""What is typed into enquiries. They parse; the actions decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.errors import Refused
from backend.core.quantity import parse_quantity
from backend.negotiation.enquiries.actions import Asked, Request
from backend.negotiation.enquiries.models import LONGEST_OPEN, MAX_NOTE, MAX_TITLE
from backend.negotiation.states import Audience, Board
from frontend_htmx.fields import KeyField, PriceField, QuantityField, Typed
from frontend_htmx.negotiation.forms import INCOTERMS, DayField, FilesField
from frontend_htmx.orders.destinations import DestinationForm, Places

OPEN_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Askable:
    """One thing that offers may be asked for, and whose SKUs of it are named: several sellers' are wanted once."""

    sku_ids: Sequence[int]
    codes: Sequence[str]
    name: str
    sellers: Sequence[str]
    quantity: int

    @property
    def pk(self) -> int:
        return self.sku_ids[0]


@dataclass(frozen=True, slots=True)
class WantedFields:
    """The bound fields of one line."""

    of: Askable
    quantity: Any
    price: Any
    breaks: Any


class BreaksField(forms.CharField):
    """Larger quantities, as `500; 1000`."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off", "placeholder": "500; 1000"}
        super().__init__(required=False, max_length=100, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: object) -> Any:
        text = str(super().clean(value) or "")
        try:
            return [parse_quantity(part.strip(), unit=_("piece")) for part in text.split(";") if part.strip()]
        except Refused as refused:
            raise ValidationError(refused.message) from None


class EnquiryForm(DestinationForm):
    """What a buyer wants offers for: of each thing a quantity and, if they like, a target price and larger quantities
    that they want prices for, too."""

    title = forms.CharField(label=gettext_lazy("What it is about"), max_length=MAX_TITLE)
    note = forms.CharField(
        label=gettext_lazy("What the sellers should know"),
        max_length=MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    incoterm = forms.ChoiceField(label=gettext_lazy("Incoterm"), choices=INCOTERMS, required=False)
    wanted_on = DayField(label=gettext_lazy("Wanted on"), required=False)
    open_for_days = forms.IntegerField(
        label=gettext_lazy("Sellers may answer for days"),
        min_value=1,
        max_value=LONGEST_OPEN.days,
        initial=OPEN_FOR.days,
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Who is asked"),
        choices=Audience.choices,
        initial=Audience.NAMED,
        required=False,
        help_text=gettext_lazy(
            "Verified sellers see what you want and for which country. Who takes part learns who asks."
        ),
    )
    board = forms.ChoiceField(
        label=gettext_lazy("What is told of the offers"),
        choices=Board.choices,
        initial=Board.PRIVATE,
        required=False,
    )
    attachments = FilesField()
    key = KeyField()

    def __init__(
        self, data: Typed = None, files: Any = None, *,
        goods: Sequence[Askable], currency: str, places: Places, title: str,
    ) -> None:  # fmt: skip
        self.goods = goods
        super().__init__(data, files, places=places, given={"title": title}, auto_id="enquiry-%s")
        for each in goods:
            self.fields[f"quantity-{each.pk}"] = QuantityField(label=_("Quantity"), initial=each.quantity)
            self.fields[f"price-{each.pk}"] = PriceField(currency, label=_("Target price"), required=False)
            self.fields[f"breaks-{each.pk}"] = BreaksField(label=_("Prices for more, too"))

    @property
    def lines(self) -> Iterator[WantedFields]:
        """For the template."""
        for each in self.goods:
            yield WantedFields(each, *(self[f"{name}-{each.pk}"] for name in ("quantity", "price", "breaks")))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        request = Request(
            title=given.get("title", ""),
            lines=[line for each in self.goods for line in _asked(each, given)],
            note=given.get("note", ""),
            ship_to=given["ship_to"],
            bill_to=given["bill_to"],
            incoterm=given.get("incoterm", ""),
            wanted_on=given.get("wanted_on"),
            open_for=timedelta(days=given.get("open_for_days") or OPEN_FOR.days),
            files=given.get("attachments", ()),
            audience=Audience(given.get("audience") or Audience.NAMED),
            board=Board(given.get("board") or Board.PRIVATE),
        )
        return {"request": request, "key": given.get("key")}


class ProlongForm(forms.Form):
    """Until the end of which day sellers may answer."""

    until = DayField(label=gettext_lazy("Take offers until the end of"))

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="prolong-%s")


def _asked(each: Askable, given: Mapping[str, Any]) -> Iterator[Asked]:
    quantity = given.get(f"quantity-{each.pk}")
    if quantity:
        target, breaks = given.get(f"price-{each.pk}"), given.get(f"breaks-{each.pk}") or ()
        yield from (Asked(sku_id, quantity, target, breaks) for sku_id in each.sku_ids)
