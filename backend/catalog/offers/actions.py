"""Every change of an offer's terms. They take effect at once, as prices and stock do: only words wait for approval."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.access import raise_epoch
from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.states import CompanyStatus
from backend.catalog.actions import Tier, check_tiers, write_tiers
from backend.catalog.description import require_variant_described
from backend.catalog.lists.steps import require_countries
from backend.catalog.models import Product, SellerTerms, Sku, Variant
from backend.catalog.offers.currencies import require_priced_in
from backend.catalog.spans import spans_of
from backend.catalog.states import ProductStatus
from backend.catalog.steps import require_editor, save_sku
from backend.core.errors import Conflict, Refused
from backend.core.locking import lock
from backend.core.money import EXPONENTS, Money
from backend.core.quantity import OrderRule, Packing, whole_number
from backend.core.units import Unit
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


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """A new offer: its seller's code, the first price and those of more, and how it is ordered."""

    code: str
    tiers: Sequence[Tier]
    terms: OfferTerms = field(default_factory=OfferTerms)


@atomic(durable=True)
def create_offer(variant: Variant, draft: OfferDraft, *, company: Company, key: str, actor: Actor) -> Sku:
    """Another seller's offer of something that is published, on his own terms, prices and stock.

    Raises NotAllowed without catalog.edit for the company; Refused while it waits for its approval, where the product
    is not published, the code is taken, the company offers it already, or a tier contradicts another.
    """
    require_editor(actor, company)
    asked = {"variant": variant.pk, "draft": repr(draft)}
    claim = once.claim(company.pk, key, action="create_offer", request=asked)
    if claim.is_repeat:
        return Sku.objects.of_company(company.pk).get(pk=claim.result_pk)
    _require_market(company, variant)
    check_tiers(draft.tiers)
    sku = Sku(company=company, product=variant.product, variant=variant, code=draft.code.strip().upper())
    write_terms(sku, draft.terms)
    sku.version = 1
    save_sku(sku)
    write_tiers(sku, draft.tiers)
    record(Kind.CATALOG_OFFER_CREATED, f"product:{sku.product_id}", version=1, actor=actor, data={"sku": sku.pk})
    claim.resulted_in(sku.pk)
    return sku


def _require_market(company: Company, variant: Variant) -> None:
    if company.status != CompanyStatus.APPROVED:
        raise Refused(
            _("%(company)s waits for its approval; then it may offer what others describe.") % {"company": company}
        )
    if variant.product.status != ProductStatus.PUBLISHED and variant.product.company_id != company.pk:
        raise Refused(_("%(name)s is not published: only what is can be offered.") % {"name": variant.product})


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
    found = Sku.objects.this(sku).select_related("company", "product__category", "variant")
    sku = lock(found, what=_("the SKU %(code)s") % {"code": sku})[0]
    if sku.version != base_version:
        raise Conflict(_("Somebody has changed this SKU since you opened it. Look at it again, then change it."))
    unlisted = sku.listed and not terms.listed
    if terms.listed and not sku.listed and sku.product.status != ProductStatus.DRAFT:
        require_variant_described(sku.variant, sku.product.category)
    write_terms(sku, terms)
    save_sku(sku)
    if unlisted:
        raise_epoch(f"product:{sku.product_id}")  # whoever watches its stock stops seeing it move
    is_public = sku.product.status == ProductStatus.PUBLISHED
    data = {"sku": sku.pk, "moves_rows": is_public, "unlisted": unlisted}
    record(Kind.CATALOG_OFFER_EDITED, f"product:{sku.product_id}", version=sku.version, actor=actor, data=data)
    return sku


@atomic(durable=True)
def set_seller_terms(
    company: Company,
    *,
    currency: str,
    order_minimum_minor: int,
    lead_time_days: int | None,
    delivers_to: Sequence[str] = (),
    base_version: int,
    key: str,
    actor: Actor,
) -> SellerTerms:
    """In which currency this seller sells, the least that one order comes to, in how many days it usually leaves, and
    to which countries he delivers (none named: to each buyer's own).

    Raises NotAllowed without catalog.edit, Conflict where somebody changed it since, Refused out of range, or for
    another currency while something has a price in the old one and none in the new.
    """
    require_editor(actor, company)
    countries = require_countries(delivers_to, field="delivers_to")
    asked = {"currency": currency, "minimum": order_minimum_minor, "days": lead_time_days, "to": countries}
    claim = once.claim(company.pk, key, action="set_seller_terms", request={**asked, "base": base_version})
    SellerTerms.objects.bulk_create([SellerTerms(company=company)], ignore_conflicts=True)
    terms = lock(SellerTerms.objects.of_company(company.pk), what=_("the terms of %(name)s") % {"name": company})[0]
    if claim.is_repeat:
        return terms
    if terms.version != base_version:
        raise Conflict(_("Somebody has changed these terms since you opened them. Look at them again."))
    _require_minimum(order_minimum_minor, currency)
    moves = currency != terms.currency
    if moves:
        require_priced_in(currency, company, was=terms.currency)
    terms.currency = currency
    terms.order_minimum_minor = order_minimum_minor
    terms.lead_time_days = lead_time_within(lead_time_days)
    terms.delivers_to = countries
    terms.version += 1
    terms.save()
    kind = Kind.CATALOG_CURRENCY_CHANGED if moves else Kind.CATALOG_TERMS_CHANGED
    data = {"products": spans_of(Product.objects.sold_by(company.pk))} if moves else {}
    record(kind, f"company:{company.pk}", version=terms.version, actor=actor, data=data)
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


def _require_minimum(amount_minor: int, currency: str) -> None:
    if currency not in EXPONENTS:
        raise Refused(
            _("%(currency)s is not a currency of this market. It has: %(all)s.")
            % {"currency": currency[:10], "all": ", ".join(EXPONENTS)},
            field="currency",
        )
    if not 0 <= amount_minor <= MAX_ORDER_MINIMUM_MINOR:
        most = Money(MAX_ORDER_MINIMUM_MINOR, currency).amount
        raise Refused(
            _("An order minimum is an amount from 0 to %(max)s.") % {"max": f"{most:,}"}, field="order_minimum"
        )
