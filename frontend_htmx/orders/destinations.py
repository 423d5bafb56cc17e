"""Where goods and the bill for them go: chosen from the company's address book, or typed, and kept there if wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.accounts.addresses.actions import AddressDraft, keep_address
from backend.accounts.addresses.models import LENGTHS, PRINTED, Address, Use
from backend.accounts.addresses.queries import AddressBook, address_book
from backend.accounts.policies import can_keep_addresses
from backend.orders.delivering import named
from backend.orders.queries import last_address
from frontend_htmx.fields import Typed
from frontend_htmx.http import CompanyRequest

ADDRESS = ("recipient", "street", "city", "postcode")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a company may have something sent: to any address of its book, or a typed one in its own country."""

    country: str
    book: AddressBook = field(default_factory=AddressBook)
    last: Mapping[str, str] = field(default_factory=dict)
    """Where its last order went, as long as its book has no address to choose."""
    can_keep: bool = False


def places_of(request: CompanyRequest) -> Places:
    """One query; one more as long as the address book is empty."""
    company = request.company
    book, can_keep = address_book(company.pk), can_keep_addresses(request.actor, company)
    return Places(company.country, book, {} if book.delivery else last_address(company.pk), can_keep)


class ChosenAddress(forms.ChoiceField):
    """One of the book's, by its name; or what stands first."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_choice": gettext_lazy("This address was taken out of the address book. Choose another one.")
    }

    def offer(self, addresses: Sequence[Address], otherwise: str) -> None:
        self.known = {str(each.pk): each.printed for each in addresses}
        self.choices = [("", otherwise), *((str(each.pk), _spoken(each)) for each in addresses)]

    def key_of(self, printed: Mapping[str, str]) -> str:
        """Of the book's address that says exactly this; else what stands first."""
        return next((key for key, known in self.known.items() if known == printed), "")


def _spoken(address: Address) -> str:
    return f"{address.name}: {address.city}, {named(address.country)}"


class DestinationForm(forms.Form):
    """Every form that says where to begins with this."""

    FIELD_OF: ClassVar[Mapping[str | None, str]] = {"name": "keep_as"}
    """Where a no of the address book's stands."""

    deliver_to = ChosenAddress(label=gettext_lazy("Deliver to"), required=False)
    recipient = forms.CharField(label=gettext_lazy("Deliver to"), max_length=LENGTHS["recipient"])
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=LENGTHS["street"])
    city = forms.CharField(label=gettext_lazy("Town"), max_length=LENGTHS["city"])
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=LENGTHS["postcode"])
    keep_as = forms.CharField(
        label=gettext_lazy("Keep it in the address book as"),
        max_length=LENGTHS["name"],
        required=False,
        help_text=gettext_lazy("Empty: it is not kept."),
    )
    bill_to = ChosenAddress(label=gettext_lazy("Bill to"), required=False)

    def __init__(
        self,
        data: Typed = None,
        files: Any = None,
        *,
        places: Places,
        given: Mapping[str, Any] | None = None,
        auto_id: str,
    ) -> None:
        """`given`: what stands there at first, an address by its parts and `bill_to` among it; else what the company
        chooses by itself, or where its last order went."""
        self.places, given = places, given or {}
        self.to_keep: AddressDraft | None = None
        super().__init__(data, files, initial={**places.last, **given}, auto_id=auto_id)
        other = _("Another address in %(country)s") % {"country": named(places.country)}
        self._offer("deliver_to", places.book.delivery, other, _printed(given))
        self._offer("bill_to", places.book.billing, _("Where the goods go"), given.get("bill_to"))
        if "deliver_to" in self.fields:
            self.fields["recipient"].label = _("Recipient")
            for name in ADDRESS:
                self.fields[name].required = False
        if not places.can_keep:
            del self.fields["keep_as"]

    def _offer(self, name: str, book: Sequence[Address], otherwise: str, given: Mapping[str, str] | None) -> None:
        field = self.fields[name]
        assert isinstance(field, ChosenAddress)  # noqa: S101  # for the type checker
        if book:
            field.offer(book, otherwise)
            self.initial[name] = str(book[0].pk) if given is None else field.key_of(given)
        else:
            del self.fields[name]

    @property
    def country(self) -> str:
        """To which country goods go by what is chosen now."""
        field: Any = self.fields.get("deliver_to")
        chosen: Mapping[str, str] = field.known.get(str(self["deliver_to"].value() or ""), {}) if field else {}
        return chosen.get("country", self.places.country)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {
            **given,
            "ship_to": self._chosen("deliver_to") or self._typed(given),
            "bill_to": self._chosen("bill_to"),
        }

    def _chosen(self, name: str) -> Mapping[str, str]:
        field: Any = self.fields.get(name)
        return field.known.get(self.cleaned_data.get(name), {}) if field else {}

    def _typed(self, given: Mapping[str, Any]) -> Mapping[str, str]:
        for name in ADDRESS:
            if not given.get(name) and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        typed = {**{name: given.get(name, "") for name in ADDRESS}, "country": self.places.country}
        if given.get("keep_as"):
            self.to_keep = AddressDraft(given["keep_as"], **typed)
        return typed


def keep_typed(form: DestinationForm, request: CompanyRequest) -> None:
    """The address that was typed stands in the book if whoever typed it wants that; sent again it stands there once."""
    if form.to_keep:
        keep_address(request.company, form.to_keep, use=Use.DELIVERY, actor=request.actor)


def _printed(given: Mapping[str, Any]) -> Mapping[str, str] | None:
    return {name: given[name] for name in PRINTED if given.get(name)} or None
