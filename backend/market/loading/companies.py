"""The companies: sellers, retailers, and those that only the cast knows."""

from collections.abc import Iterable, Sequence

from django.utils.text import slugify

from backend.accounts.models import Company, CompanyKind
from backend.accounts.states import CompanyStatus
from backend.core import clock
from backend.inventory.models import Warehouse
from backend.market.files import Catalogue, Person

Companies = dict[str, Company]
"""By slug."""


def create_companies(catalogue: Catalogue, cast: Sequence[Person]) -> Companies:
    """Every company of the catalogue and of the cast, the sellers with their warehouses."""
    wanted = {company.slug: company for company in [*_sellers(catalogue), *_retailers(catalogue), *_of_cast(cast)]}
    opened_at = clock.now()
    for company in wanted.values():
        company.created_at = opened_at
    made = {company.slug: company for company in Company.objects.bulk_create(wanted.values(), batch_size=1000)}
    Warehouse.objects.bulk_create(
        Warehouse(company=made[seller.slug], code=code, name=name, country=seller.country)
        for seller in catalogue.companies
        for code, name in seller.warehouses
    )
    return made


def _sellers(catalogue: Catalogue) -> Iterable[Company]:
    return (_approved(row.slug, row.name, row.kind, row.country) for row in catalogue.companies)


def _retailers(catalogue: Catalogue) -> Iterable[Company]:
    for row in catalogue.retailers:
        yield _approved(slugify(row.name), row.name, CompanyKind.RETAILER, row.country)


def _of_cast(cast: Sequence[Person]) -> Iterable[Company]:
    for row in cast:
        yield Company(slug=row.slug, name=row.company, kind=row.kind, country=row.country, status=row.status)


def _approved(slug: str, name: str, kind: str, country: str) -> Company:
    return Company(slug=slug, name=name, kind=kind, country=country, status=CompanyStatus.APPROVED)
