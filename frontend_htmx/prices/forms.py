"""What is typed into the forms of prices. They parse; the actions decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from backend.catalog.audiences.actions import AssortmentDraft
from backend.catalog.lists.actions import MAX_CHANGES, ListDraft
from backend.catalog.lists.models import PriceList
from backend.catalog.lists.queries import For, GroupRow, ListLine
from backend.catalog.lists.states import AssortmentKind, ListKind
from backend.catalog.pricing.contradictions import Entry
from backend.catalog.pricing.reading import percent_written, read_percent, read_price, written
from backend.catalog.pricing.terms import Step
from backend.core.errors import Refused
from backend.core.money import EXPONENTS
from frontend_htmx.fields import KeyField, QuantityField, Typed

BLANK_LINES = 5
MAX_NAMES = 20_000
AT = "%Y-%m-%dT%H:%M"


class WordsField(forms.CharField):
    """Names or codes, one a line (or between commas and semicolons), as a list."""

    def __init__(self, **kwargs: Any) -> None:
        rows = kwargs.pop("rows", 4)
        widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
        super().__init__(max_length=MAX_NAMES, required=False, widget=widget, **kwargs)

    def clean(self, value: object) -> Any:
        text = str(super().clean(value) or "")
        words = (word.strip() for line in text.splitlines() for word in line.replace(";", ",").split(","))
        return [word for word in words if word]


class PercentField(forms.CharField):
    """So many percent off, as typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=10, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def clean(self, value: object) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            return read_percent(str(text))
        except Refused as refused:
            raise ValidationError(refused.message) from None


class MomentField(forms.DateTimeField):
    """A moment in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=AT)
        super().__init__(required=False, widget=widget, input_formats=[AT, f"{AT}:%S"], **kwargs)


class GroupsField(forms.TypedMultipleChoiceField):
    """Some of the seller's groups, which the form is given."""

    def __init__(self) -> None:
        super().__init__(label=_("Groups"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple)

    def offer(self, groups: Sequence[GroupRow]) -> None:
        self.choices = [(group.pk, group.name) for group in groups]


class ListForm(forms.Form):
    """A price list's terms and audience."""

    key = KeyField()
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Its buyers read it beside their prices."))
    kind = forms.ChoiceField(
        label=_("For"), choices=ListKind.choices, help_text=_("A contract beats a customer’s list, that a group’s.")
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in EXPONENTS])
    priority = forms.IntegerField(
        label=_("Priority"), min_value=-100, max_value=100, help_text=_("Among lists of a kind the higher counts.")
    )
    percent = PercentField(
        label=_("Percent off everything"), required=False, help_text=_("Off the base price; -5 adds five percent.")
    )
    starts_at = MomentField(label=_("Starts (UTC)"), help_text=_("Empty: at once."))
    ends_at = MomentField(label=_("Ends (UTC)"), help_text=_("Empty: never."))
    companies = WordsField(label=_("Companies"), help_text=_("One name a line, as the company writes it."))
    groups = GroupsField()

    # Where the actions put their no: the lists' words on the left, this form's fields on the right.
    FIELD_OF: Mapping[str | None, str] = {}

    def __init__(self, data: Typed = None, *, groups: Sequence[GroupRow], of: PriceList | None = None,
                 audience: For | None = None) -> None:  # fmt: skip
        super().__init__(data, initial=_initial(of, audience), auto_id="list-%s")
        self.fields["groups"].offer(groups)  # type: ignore[attr-defined]

    @property
    def draft(self) -> ListDraft:
        """What was typed, in the lists' words; the form is valid."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("key", "seen")}
        return ListDraft(**given)


class LineForm(forms.Form):
    """One line of a list: a price such as 2.40, or a percentage such as 10%. A blank one counts for nothing."""

    code = forms.CharField(label=_("SKU"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    quantity = QuantityField(label=_("From"))
    price = forms.CharField(label=_("Price or percent off"), max_length=30)
    may_be_dearer = forms.BooleanField(label=_("May be dearer"), required=False)
    gone = forms.BooleanField(label=_("Take out"), required=False)
    was = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Typed = None, *, number: int, currency: str, line: ListLine | None = None) -> None:
        initial = _of_line(line) if line else {"quantity": "1"}
        super().__init__(
            data, initial=initial, prefix=f"line{number}", empty_permitted=True, use_required_attribute=False
        )
        self.currency = currency

    @property
    def is_old(self) -> bool:
        """Whether the line stood in the list when the form was made."""
        return bool(self["was"].value())

    @property
    def entry(self) -> Entry:
        """The line as it is to be; the form is valid."""
        return Entry(self.cleaned_data["code"], self.cleaned_data["step"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and given.get("price"):
            try:
                given["step"] = _step(given, self.currency)
            except Refused as refused:
                self.add_error("price", refused.message)
        return given


class GroupForm(forms.Form):
    """A group and its members."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Only your company sees it."))
    companies = WordsField(label=_("Companies"), help_text=_("One name a line, as the company writes it."), rows=8)

    def __init__(self, data: Typed = None, *, of: GroupRow | None = None) -> None:
        initial = {"seen": of.version, "name": of.name, "companies": "\n".join(of.members)} if of else {}
        super().__init__(data, initial=initial, auto_id="group-%s")


class AssortmentForm(forms.Form):
    """Which SKUs, and who may see or buy them."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Only your company sees it."))
    kind = forms.ChoiceField(
        label=_("What it says to those whom it is for"),
        choices=AssortmentKind.choices,
        initial=AssortmentKind.RANGE,
        widget=forms.RadioSelect,
    )
    codes = WordsField(
        label=_("SKUs"), help_text=_("One code a line. Many of them, or whole categories, are added when it is saved.")
    )
    is_for_all = forms.BooleanField(label=_("For everybody who has no range of their own"), required=False)
    companies = WordsField(label=_("Companies"), help_text=_("One name a line, as the company writes it."))
    groups = GroupsField()

    def __init__(
        self,
        data: Typed = None,
        *,
        groups: Sequence[GroupRow],
        initial: dict[str, Any] | None = None,
        is_new: bool = True,
    ) -> None:
        super().__init__(data, initial=initial, auto_id="assortment-%s")
        self.fields["groups"].offer(groups)  # type: ignore[attr-defined]
        if not is_new:
            del self.fields["codes"]

    @property
    def draft(self) -> AssortmentDraft:
        """What was typed; what stands in an assortment that is there stays as it is."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return AssortmentDraft(**{"codes": None, **given})


class TerritoryForm(forms.Form):
    """Into which countries."""

    code = forms.CharField(
        label=_("SKU"), max_length=40, required=False, help_text=_("Empty: all that have no territory of their own.")
    )
    countries = WordsField(label=_("Countries"), help_text=_("Codes such as GB, DE. None: everywhere."), rows=2)
    is_seen_elsewhere = forms.BooleanField(label=_("Buyers elsewhere see it, but can’t buy it"), required=False)

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="territory-%s")


def line_forms(lines: Sequence[ListLine], currency: str) -> list[LineForm]:
    """The lines of a page, and blank ones after them."""
    old = [LineForm(number=number, currency=currency, line=line) for number, line in enumerate(lines)]
    return old + [LineForm(number=len(old) + n, currency=currency) for n in range(BLANK_LINES)]


def typed_lines(data: Mapping[str, str], currency: str) -> list[LineForm]:
    """The lines that were sent; `lines` says how many."""
    count = data.get("lines", "")
    number = min(int(count), MAX_CHANGES) if count.isascii() and count.isdigit() and len(count) < 6 else 0
    return [LineForm(data, number=n, currency=currency) for n in range(number)]


def _initial(of: PriceList | None, audience: For | None) -> dict[str, Any]:
    if of is None:
        return {"priority": 0, "kind": ListKind.CUSTOMER}
    return {
        "seen": of.version,
        "name": of.name,
        "kind": of.kind,
        "currency": of.currency,
        "priority": of.priority,
        "percent": "" if of.percent is None else percent_written(of.percent),
        "starts_at": of.starts_at,
        "ends_at": of.ends_at,
        "companies": "\n".join(audience.companies if audience else ()),
        "groups": list(audience.groups if audience else ()),
    }


def _of_line(line: ListLine) -> dict[str, Any]:
    step = line.step
    price = (
        written(step.price) if step.price else f"{percent_written(step.percent)}%" if step.percent is not None else ""
    )
    return {
        "code": line.code,
        "quantity": str(step.min_quantity),
        "price": price,
        "may_be_dearer": step.may_be_dearer,
        "was": step.min_quantity,
    }


def _step(given: Mapping[str, Any], currency: str) -> Step:
    text, dearer = str(given["price"]).strip(), bool(given.get("may_be_dearer"))
    if text.endswith("%"):
        return Step(given["quantity"], percent=read_percent(text), may_be_dearer=dearer)
    return Step(given["quantity"], read_price(text, currency), may_be_dearer=dearer)
