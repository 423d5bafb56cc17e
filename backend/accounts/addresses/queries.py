"""A company's address book, as its page and every page that asks where to shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import cached_property

from backend.accounts.addresses.models import Address, Use


@dataclass(frozen=True)
class AddressBook:
    """All addresses of a company, the ones that are chosen by themselves first."""

    addresses: Sequence[Address] = ()

    @cached_property
    def delivery(self) -> Sequence[Address]:
        return self._of(Use.DELIVERY)

    @cached_property
    def billing(self) -> Sequence[Address]:
        return self._of(Use.BILLING)

    def _of(self, use: Use) -> Sequence[Address]:
        return [each for each in self.addresses if each.use == use]


def address_book(company_id: int | None) -> AddressBook:
    """One query."""
    return AddressBook(list(Address.objects.of_company(company_id).in_order()))
