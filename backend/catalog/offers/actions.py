"""Every change of an offer's terms. They take effect at once, as prices and stock do: only words wait for approval."""

from dataclasses import asdict, dataclass, field

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import SellerTerms, Sku
from backend.catalog.states import ProductStatus
from backend.catalog.steps import require_editor, save_sku
from backend.core.errors import Conflict, Refused
from backend.core.locking import lock
from backend.core.quantity import OrderRule, Packing, Unit, whole_number
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record

MAX_LEAD_TIME_DAYS = 365
MAX_ORDER_MINIMUM_MINOR = 100_000_000_00


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """How one thing is ordered from its seller. The rule counts units of sale, the packing eaches and cases."""

    unit: Unit = Unit.EACH
    rule: OrderRule = field(default_factory=OrderRule)
    packing: Packing = field(default_factory=Packing)
    lead_time_days: int | None = None
    listed: bool = True


@atomic(durable=True)
def edit_offer(sku: Sku, terms: OfferTerms, *, base_version: int, key: str, actor: Actor) -> Sku:
    """Changes how a seller's own SKU is ordered.

    Raises NotAllowed without catalog.edit for the SKU's company, Conflict where somebody changed it since
    `base_version`, Refused at the term that can't be.
    """
    require_editor(actor, sku.company)
    asked = {"sku": sku.pk, "terms": asdict(terms), "base": base_version}
    claim = once.claim(sku.company_id, key, action="edit_offer", request=asked)
    if claim.is_repeat:
        return sku
    found = Sku.objects.this(sku).select_related("company", "product")
    sku = lock(found, what=_("the SKU %(code)s") % {"code": sku})[0]
    if sku.version != base_version:
        raise Conflict(_("Somebody has changed this SKU since you opened it. Look at it again, then change it."))
    write_terms(sku, terms)
    save_sku(sku)
    data = {"sku": sku.pk, "moves_rows": sku.product.status == ProductStatus.PUBLISHED}
    record(Kind.CATALOG_OFFER_EDITED, f"product:{sku.product_id}", version=sku.version, actor=actor, data=data)
    return sku


@atomic(durable=True)
def set_seller_terms(
    company: Company, *, order_minimum_minor: int, lead_time_days: int | None, base_version: int, key: str, actor: Actor
) -> SellerTerms:
    """The least that one order from this seller comes to, and in how many days it usually leaves.

    Raises NotAllowed without catalog.edit, Conflict where somebody changed it since, Refused out of range.
    """
    require_editor(actor, company)
    asked = {"minimum": order_minimum_minor, "days": lead_time_days, "base": base_version}
    claim = once.claim(company.pk, key, action="set_seller_terms", request=asked)
    SellerTerms.objects.bulk_create([SellerTerms(company=company)], ignore_conflicts=True)
    terms = lock(SellerTerms.objects.of_company(company.pk), what=_("the terms of %(name)s") % {"name": company})[0]
    if claim.is_repeat:
        return terms
    if terms.version != base_version:
        raise Conflict(_("Somebody has changed these terms since you opened them. Look at them again."))
    _require_minimum(order_minimum_minor)
    terms.order_minimum_minor = order_minimum_minor
    terms.lead_time_days = lead_time_within(lead_time_days)
    terms.version += 1
    terms.save()
    record(Kind.CATALOG_TERMS_CHANGED, f"company:{company.pk}", version=terms.version, actor=actor)
    return terms


def write_terms(sku: Sku, terms: OfferTerms) -> None:
    """Puts checked terms into a SKU that the caller saves."""
    rule, packing = terms.rule, terms.packing
    packing.require(terms.unit)
    sku.unit_of_sale = terms.unit
    sku.case_pack = packing.case
    sku.moq = whole_number(rule.moq, field="moq")
    sku.increment = whole_number(rule.increment, field="increment")
    sku.inner_pack, sku.pallet_cases = packing.inner, packing.pallet_cases
    sku.lead_time_days = lead_time_within(terms.lead_time_days)
    sku.listed = terms.listed
    sku.version += 1


def lead_time_within(days: int | None) -> int | None:
    """The days themselves, or Refused."""
    if days is not None and not 0 <= days <= MAX_LEAD_TIME_DAYS:
        raise Refused(
            _("%(days)s days are out of range: a lead time is 0 to %(max)d days, or leave it empty.")
            % {"days": days, "max": MAX_LEAD_TIME_DAYS},
            field="lead_time_days",
        )
    return days


def _require_minimum(amount_minor: int) -> None:
    if not 0 <= amount_minor <= MAX_ORDER_MINIMUM_MINOR:
        raise Refused(
            _("An order minimum is an amount from 0 to %(max)s.") % {"max": f"{MAX_ORDER_MINIMUM_MINOR // 100:,}"},
            field="order_minimum",
        )
