"""The retailers of the stream: who buys for each, and where its goods go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.text import slugify

from backend.accounts.actions import system_actor
from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.states import CompanyStatus
from backend.market.derive.rulebook import rules
from backend.market.files import Catalogue
from backend.market.simulator.chance import between, one_of


@dataclass(frozen=True, slots=True)
class Shop:
    """A retailer with its system member, who buys for it."""

    company: Company
    actor: Actor
    address: Mapping[str, str]


class Shops:
    """The catalogue's retailers by their number in the stream, from 1 on. A shop's system member joins with its first
    order; a company that is not approved buys nothing."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.slugs = [slugify(row.name) for row in catalogue.retailers]
        self.nth = lru_cache(maxsize=None)(self._nth)

    def peopled(self, companies: Collection[int]) -> Collection[int]:
        """The numbers of those shops that are among these companies. One query."""
        slugs = set(Company.objects.filter(pk__in=companies).values_list("slug", flat=True))
        return {number for number, slug in enumerate(self.slugs, start=1) if slug in slugs}

    def _nth(self, number: int) -> Shop | None:
        company = Company.objects.filter(slug=self.slugs[number - 1], status=CompanyStatus.APPROVED).first()
        return Shop(company, system_actor(company), address_of(company)) if company else None


def address_of(company: Company, branch: str = "") -> Mapping[str, str]:
    """Made up, and always the same one: a street and a town of the company's country; another one for each branch."""
    words, salt = rules("addresses").get(company.country, rules("addresses")["default"]), f"{company.slug}{branch}"
    street = f"{between(f'{salt}/number', 1, 180)} {one_of(f'{salt}/street', words['streets'])}"
    return {
        "recipient": company.name,
        "street": street,
        "city": one_of(f"{salt}/town", words["towns"]),
        "postcode": f"{between(f'{salt}/post', 10_000, 99_999)}",
        "country": company.country,
    }
