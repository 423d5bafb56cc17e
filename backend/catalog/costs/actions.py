"""A seller says what his goods cost him. One transaction, and sent twice it says the same."""

from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.steps import lock_company, record_of_company
from backend.catalog.costs.models import CostPrice
from backend.catalog.costs.policies import can_keep_costs
from backend.catalog.costs.reading import Costs
from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events.kinds import Kind

MAX_NAMED = 10


@atomic(durable=True)
@for_actor
def set_costs(company: Company, costs: Costs, *, actor: Actor) -> int:
    """What is named costs that from now on, and what is not stays as it is; returns how many SKUs that were.

    Raises NotAllowed without negotiation.floor, Refused for nothing, or for codes that are none of the seller's.
    """
    require(can_keep_costs(actor, company))
    if not costs:
        raise Refused(_("Name at least one SKU and what it costs."), field="text")
    company = lock_company(company)
    skus = _skus_of(company, costs)
    known = CostPrice.objects.of_company(company.pk)
    known.filter(sku__in=[skus[code] for code, cost in costs.items() if cost is None]).delete()
    CostPrice.objects.bulk_create(
        [
            CostPrice(company=company, sku_id=skus[code], unit_cost_minor=cost.minor, currency=cost.currency)
            for code, cost in costs.items()
            if cost is not None
        ],
        update_conflicts=True,
        unique_fields=["sku"],
        update_fields=["unit_cost_minor", "currency"],
    )
    known.filter(sku__in=skus.values()).update(changed_at=Now())
    record_of_company(Kind.CATALOG_COSTS_CHANGED, company, actor)
    return len(skus)


def _skus_of(company: Company, costs: Costs) -> dict[str, int]:
    own = Sku.objects.of_company(company.pk).values_list("code", "pk")
    skus = {code.upper(): pk for code, pk in own if code.upper() in costs}
    if unknown := sorted(set(costs) - skus.keys()):
        raise Refused(_("You have no SKU %(codes)s.") % {"codes": ", ".join(unknown[:MAX_NAMED])}, field="text")
    return skus
