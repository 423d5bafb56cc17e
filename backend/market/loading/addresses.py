"""Address books: a shop, its branches, and where the bills go."""

from collections.abc import Iterable, Iterator

from backend.accounts.addresses.models import Use
from backend.accounts.models import Address, Company, CompanyKind
from backend.core.row_security import across_companies
from backend.market.simulator.chance import between
from backend.market.simulator.shops import address_of

BUYING = (CompanyKind.RETAILER, CompanyKind.DISTRIBUTOR)
NOTES = ("Deliveries 8 to 11", "Closed on Mondays", "Ring at the yard", "Deliveries after 14")
BRANCHES = ("Main shop", "Second shop", "Third shop", "Fourth shop")


def create_address_books(companies: Iterable[Company]) -> None:
    """Each of these companies that buys has one, with three or four shops."""
    buyers = {company.pk: company for company in companies if company.kind in BUYING}
    with across_companies(why="the market is opened for everybody"):
        Address.objects.bulk_create([each for company in buyers.values() for each in _book(company)])


def _book(company: Company) -> Iterator[Address]:
    for nth in range(between(f"{company.slug}/branches", 3, 4)):
        where = address_of(company, f"/{nth}" if nth else "")
        yield Address(
            company=company, use=Use.DELIVERY, name=BRANCHES[nth], is_default=not nth, note=NOTES[nth], **where
        )
    yield Address(company=company, use=Use.BILLING, name="Accounts", is_default=True, **address_of(company))
