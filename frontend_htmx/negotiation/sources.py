"""What an enquiry may be made of: what an address names, an order template, the quick order pad, or the cart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.catalog.models import Sku
from backend.catalog.offers.queries import currencies_of
from backend.catalog.pricing import visible_skus
from backend.orders.carts.queries import lines_of
from backend.orders.models import OrderTemplate
from backend.orders.quick.queries import Checked, wanted_on_pad
from backend.orders.reordering.queries import quantities_of_template
from frontend_htmx.catalog.buying import buyer_on
from frontend_htmx.http import CompanyRequest, get_visible
from frontend_htmx.negotiation.enquiry_forms import Askable

MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may be asked for, and the lines of a pad that name nothing one could ask for: they stay on the pad."""

    goods: Sequence[Askable]
    left: Sequence[Checked] = ()
    too_many: int = 0
    """So many things more were named than one enquiry takes."""
    currency: str = "GBP"
    """What the first of the sellers takes."""


def wanted_by(request: CompanyRequest) -> Wanted:
    """Several sellers' SKUs of one variant together. What is posted names its SKUs itself."""
    quantities, left = _quantities(request)
    seen = Sku.objects.published().filter(visible_skus(buyer_on(request)), pk__in=list(quantities)[:MOST_NAMED])
    skus = seen.exclude(company=request.company.pk).select_related("product", "variant", "company").order_by("pk")
    by_variant: dict[int, list[Sku]] = {}
    for sku in skus:
        by_variant.setdefault(sku.variant_id, []).append(sku)
    goods = [_askable(alike, quantities) for alike in by_variant.values()]
    currency = next(iter(currencies_of([sku.company_id for sku in skus[:1]]).values()), "GBP")
    return Wanted(goods, left, max(0, len(quantities) - MOST_NAMED), currency)


def _quantities(request: CompanyRequest) -> tuple[Mapping[int, int], Sequence[Checked]]:
    """By SKU; 0 where none was said."""
    named = request.POST.getlist("sku") or request.GET.getlist("sku")
    if named:
        return {int(pk): 0 for pk in named if pk.isascii() and pk.isdigit() and len(pk) < 19}, ()
    if request.GET.get("from") == "pad":
        return wanted_on_pad(request.actor, buyer_on(request))
    template = request.GET.get("template", "")
    if template.isascii() and template.isdigit() and len(template) < 19:
        return quantities_of_template(get_visible(OrderTemplate, request.actor, int(template))), ()
    return dict(lines_of(request.actor).values_list("sku", "quantity")), ()


def _askable(alike: Sequence[Sku], quantities: Mapping[int, int]) -> Askable:
    """What is wanted of a thing is what was wanted of its sellers together."""
    wanted = sum(quantities.get(sku.pk, 0) for sku in alike)
    first = alike[0]
    return Askable(
        sku_ids=[sku.pk for sku in alike],
        codes=[sku.code for sku in alike],
        name=first.full_name,
        sellers=[sku.company.name for sku in alike],
        quantity=wanted or first.order_rule.nearest(1),
    )
