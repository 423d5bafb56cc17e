"""What is for sale in the replay, and who sells it."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.accounts.actor import Actor
from backend.accounts.models import SELLING_KINDS, Company, Membership
from backend.accounts.roles import Role
from backend.catalog.models import Sku
from backend.core.units import Unit
from backend.inventory.models import Warehouse
from backend.market.files import Catalogue

REPLAY = "the market replays everybody's sales"


@dataclass(frozen=True, slots=True)
class Stall:
    """A SKU with the system member who sells it, the warehouse its goods come in to, and how much a week sells."""

    sku: Sku
    actor: Actor
    warehouse: Warehouse
    weekly: int

    @property
    def eaches(self) -> int:
        """How many eaches one unit of sale holds."""
        return self.sku.case_pack if self.sku.unit_of_sale == Unit.CASE else 1

    @property
    def case(self) -> int:
        """How many units of sale fill a case."""
        return max(1, self.sku.case_pack // self.eaches)

    def full_cases(self, units: int) -> int:
        """Up to the next full case."""
        return -(-units // self.case) * self.case


def open_stalls(catalogue: Catalogue) -> Mapping[str, Stall]:
    """By SKU code, in four queries: whatever of the catalogue is published now and still has somebody to sell it.

    A product that its maker pauses sells nothing; a seller who dismisses the system member sells nothing either.
    """
    slugs = {category.name: category.company for category in catalogue.categories}
    companies = {company.slug: company for company in Company.objects.filter(slug__in=set(slugs.values()))}
    actors = _actors()
    warehouses = _main_warehouses()
    skus = {(sku.company_id, sku.code): sku for sku in Sku.objects.published()}
    stalls = {}
    for row in catalogue.products:
        seller = companies.get(slugs[row.category])
        sku = skus.get((seller.pk, row.code)) if seller else None
        if sku and sku.company_id in actors and sku.company_id in warehouses:
            stalls[row.code] = Stall(sku, actors[sku.company_id], warehouses[sku.company_id], row.weekly)
    return stalls


def peopled_companies() -> frozenset[int]:
    """The companies in which somebody can log in. One query."""
    members = Membership.objects.across_companies(why=REPLAY).filter(user__is_active=True)
    return frozenset(members.values_list("company_id", flat=True))


def _actors() -> dict[int, Actor]:
    sellers = Membership.objects.across_companies(why=REPLAY).filter(role=Role.SYSTEM, company__kind__in=SELLING_KINDS)
    return {member.company_id: member.as_actor() for member in sellers}


def _main_warehouses() -> dict[int, Warehouse]:
    newest_first = Warehouse.objects.across_companies(why=REPLAY).order_by("-pk")
    return {warehouse.company_id: warehouse for warehouse in newest_first}
