"""What is typed into rooms. They parse; the actions decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.catalog.pricing.reading import read_price
from backend.core.errors import Refused
from backend.core.money import EXPONENTS, Money, UnitPrice
from backend.core.quantity import parse_quantity
from backend.files.reading import ENDINGS, shown_name
from backend.negotiation.actions import MAX_REASON
from backend.negotiation.attachments.steps import NewFile
from backend.negotiation.queries import OfferView, WantedLine
from backend.negotiation.states import Incoterm
from backend.negotiation.terms import MAX_NOTE as MAX_OFFER_NOTE
from backend.negotiation.terms import OfferedLine, Terms, Tier
from backend.orders.placing.details import MAX_PO_NUMBER
from frontend_htmx.fields import KeyField, PriceField, QuantityField, Typed
from frontend_htmx.files import attached

TAKEN = ",".join(f".{ending}" for endings in ENDINGS.values() for ending in endings)
INCOTERMS = [("", gettext_lazy("Not agreed yet")), *Incoterm.choices]
VALID_FOR = timedelta(days=14)


def retyped(data: Mapping[str, Any], **others: str) -> dict[str, Any]:
    """What was typed, but for these fields. Unpacked, a QueryDict would give lists."""
    return {**{name: data[name] for name in data}, **others}


class ManyFiles(forms.FileInput):
    """Several may be chosen at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Files, each looked at: one that is not taken is named, with what is wrong with it."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Files"),
            help_text=gettext_lazy("JPEG, PNG, WebP or PDF: at most 5, of at most 10 MB each and 30 MB together."),
            required=False,
            widget=ManyFiles(attrs={"accept": TAKEN, "multiple": True}),
        )

    def clean(self, value: Any, initial: Any = None) -> Any:
        files = value if isinstance(value, list) else [value] if value else []
        return [self._looked_at(super(FilesField, self).clean(each, initial)) for each in files]

    def _looked_at(self, file: Any) -> NewFile:
        try:
            return NewFile(file.name, attached(file))
        except Refused as refused:
            said = _("%(name)s was not taken. %(why)s Choose your files again.")
            raise ValidationError(said % {"name": shown_name(file.name), "why": refused.message}) from None


class MessageForm(forms.Form):
    """One message."""

    text = forms.CharField(
        label=gettext_lazy("Message"),
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": gettext_lazy("Write a message")}),
    )
    attachments = FilesField()
    told_of = forms.CharField(required=False, widget=forms.HiddenInput)
    """What its author was told that the rules find in it."""
    key = KeyField()
    may_insist = False
    """Whether it is sent when it is sent again as it stands."""

    def __init__(self, data: Typed = None, files: Any = None, *, text: str = "") -> None:
        super().__init__(data, files, initial={"text": text}, auto_id="message-%s")

    def warn(self, detail: Mapping[str, object]) -> None:
        """The next time its author knows what was found in it."""
        self.may_insist = bool(detail["may_insist"])
        self.data = retyped(self.data, told_of=str(detail["told_of"]))


class DeclineForm(forms.Form):
    """Why one side ends the negotiation, and the offer that it has seen."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=MAX_REASON)
    answers = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Typed = None, *, answers: int = 0) -> None:
        super().__init__(data, initial={"answers": answers}, auto_id="decline-%s")


class AcceptForm(forms.Form):
    """Yes to an offer; a buyer gives the order the number that their own books know it by."""

    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    po_number = forms.CharField(label=gettext_lazy("Your PO number"), max_length=MAX_PO_NUMBER, required=False)
    key = KeyField()

    def __init__(self, data: Typed = None, *, number: int = 0) -> None:
        super().__init__(data, initial={"number": number}, auto_id="accept-%s")


class DayField(forms.DateField):
    """A day, as browsers type it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


@dataclass(frozen=True, slots=True)
class Offerable:
    """A SKU that may stand in an offer, as the form shows it."""

    sku_id: int
    code: str
    name: str
    quantity: int | None = None
    unit_price: UnitPrice | None = None
    tiers: Sequence[Tier] = ()


@dataclass(frozen=True, slots=True)
class LineFields:
    """The bound fields of one line."""

    of: Offerable
    quantity: Any
    price: Any
    tiers: Any


class OfferForm(forms.Form):
    """An offer: so many of each of these SKUs at a price; a line without a quantity is not offered.

    `more` are those that nobody asked for, `found` what might be taken in for the words that were `sought`.
    """

    valid_until = DayField(label=gettext_lazy("Valid until the end of"))
    incoterm = forms.ChoiceField(label=gettext_lazy("Incoterm"), choices=INCOTERMS, required=False)
    net_days = forms.IntegerField(label=gettext_lazy("Payment within days"), min_value=0, max_value=120)
    lead_time_days = forms.IntegerField(
        label=gettext_lazy("Lead time in days"), min_value=0, max_value=365, required=False
    )
    holds_stock = forms.BooleanField(
        label=gettext_lazy("Hold the stock until then"),
        required=False,
        help_text=gettext_lazy("Nobody else gets it while the offer stands."),
    )
    may_split = forms.BooleanField(
        label=gettext_lazy("May be ordered in part"),
        required=False,
        help_text=gettext_lazy("Some lines alone, or less of them, at the same prices and for the whole freight."),
    )
    note = forms.CharField(
        label=gettext_lazy("What to say with it"),
        max_length=MAX_OFFER_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    answers = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    key = KeyField()

    def __init__(
        self, data: Typed = None, *, goods: Sequence[Offerable], currency: str, initial: Mapping[str, object],
        may_hold: bool,
    ) -> None:  # fmt: skip
        self.goods, self.currency = goods, currency
        self.more: Sequence[int] = ()
        self.found: Sequence[Offerable] = ()
        self.sought, self.is_begun = "", False
        super().__init__(data, initial=dict(initial), auto_id="offer-%s")
        self.fields["freight"] = PriceField(currency, label=_("Freight"), required=False)
        if not may_hold:
            del self.fields["holds_stock"], self.fields["may_split"]
        for each in goods:
            self._add_line(each)

    def _add_line(self, each: Offerable) -> None:
        quantity, price, tiers = (f"{name}-{each.sku_id}" for name in ("quantity", "price", "tiers"))
        self.fields[quantity] = QuantityField(label=_("Quantity"), required=False, initial=each.quantity)
        self.fields[price] = PriceField(
            self.currency, label=_("Each"), required=False, initial=typed_price(each.unit_price)
        )
        self.fields[tiers] = TiersField(self.currency, label=_("For more"), initial=_typed_tiers(each.tiers))

    @property
    def lines(self) -> Iterator[LineFields]:
        """For the template."""
        for each in self.goods:
            pk = each.sku_id
            yield LineFields(each, self[f"quantity-{pk}"], self[f"price-{pk}"], self[f"tiers-{pk}"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        lines = [line for each in self.goods if (line := self._line(each.sku_id, given))]
        if not lines and not self.errors:
            raise ValidationError(_("Say how many of something, and what each costs."))
        return {"terms": self._terms(lines, given), "answers": given.get("answers"), "key": given.get("key")}

    def _line(self, pk: int, given: Mapping[str, Any]) -> OfferedLine | None:
        quantity, price = given.get(f"quantity-{pk}"), given.get(f"price-{pk}")
        if not quantity:
            return None
        if price is None:
            if f"price-{pk}" not in self.errors:
                self.add_error(f"price-{pk}", _("What does each cost?"))
            return None
        return OfferedLine(pk, quantity, price, given.get(f"tiers-{pk}") or ())

    def _terms(self, lines: Sequence[OfferedLine], given: Mapping[str, Any]) -> Terms:
        freight = given.get("freight")
        return Terms(
            lines=lines,
            freight=Money(int(freight.minor) if freight else 0, self.currency),
            valid_until=end_of(given.get("valid_until") or date.min),
            incoterm=given.get("incoterm", ""),
            net_days=given.get("net_days") or 0,
            lead_time_days=given.get("lead_time_days"),
            holds_stock=given.get("holds_stock", False),
            may_split=given.get("may_split", False),
            note=given.get("note", ""),
        )


class TiersField(forms.CharField):
    """Prices for larger quantities, as `500: 2.40; 1000: 2.20`."""

    def __init__(self, currency: str, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "placeholder": "500: 2.40; 1000: 2.20"}
        super().__init__(required=False, max_length=200, widget=forms.TextInput(attrs=attrs), **kwargs)
        self.currency = currency

    def clean(self, value: object) -> Any:
        text = str(super().clean(value) or "")
        return [self._tier(part) for part in text.split(";") if part.strip()]

    def _tier(self, part: str) -> Tier:
        quantity, _colon, price = part.partition(":")
        try:
            each = read_price(price, self.currency)
            return Tier(parse_quantity(quantity.strip(), unit=_("piece")), each)
        except Refused:
            raise ValidationError(
                _("“%(text)s” is not a price for a larger quantity. Write 500: 2.40; 1000: 2.20.")
                % {"text": part.strip()[:40]}
            ) from None


def offer_goods(wanted: Sequence[WantedLine], on_table: OfferView | None) -> Sequence[Offerable]:
    """What the next offer may name: what is on the table first, then what else was asked for."""
    if on_table is None:
        return [Offerable(each.sku_id, each.code, each.name, each.quantity, each.target) for each in wanted]
    lines = [
        Offerable(each.sku_id, each.code, each.name, each.quantity, each.unit_price, each.tiers)
        for each in on_table.lines
    ]
    named = {each.sku_id for each in lines}
    others = [Offerable(each.sku_id, each.code, each.name) for each in wanted if each.sku_id not in named]
    return [*lines, *others]


def offer_initial(on_table: OfferView | None, *, incoterm: str, now: datetime) -> Mapping[str, object]:
    """How the form for the next offer begins: as the one on the table stands."""
    day = (now + VALID_FOR).date()
    if on_table is None:
        return {"answers": 0, "valid_until": day, "incoterm": incoterm, "net_days": 30, "freight": "0"}
    return {
        "answers": on_table.number,
        "valid_until": max(day, on_table.valid_until.date()),
        "incoterm": on_table.incoterm,
        "net_days": on_table.net_days,
        "lead_time_days": on_table.lead_time_days,
        "may_split": on_table.may_split,
        "freight": typed_amount(on_table.freight.amount_minor, on_table.freight.currency),
    }


def end_of(day: date) -> datetime:
    """The last moment of a day, in UTC."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def typed_amount(minor: int, currency: str) -> str:
    """An amount as it may be typed again."""
    return _plain(Money(minor, currency).amount)


def typed_price(price: UnitPrice | None) -> str:
    """A price as it may be typed again; empty for none."""
    return _plain(price.amount, EXPONENTS[price.currency]) if price else ""


def _typed_tiers(tiers: Sequence[Tier]) -> str:
    return "; ".join(f"{tier.min_quantity}: {typed_price(tier.unit_price)}" for tier in tiers)


def _plain(amount: Decimal, coins: int = 2) -> str:
    """2.95, 2.955: no fewer decimals than the currency has coins, and no zeros after them."""
    exponent = amount.normalize().as_tuple().exponent
    decimals = max(coins, -exponent if isinstance(exponent, int) else 0)
    return f"{amount:.{decimals}f}"
