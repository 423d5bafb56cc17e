"""Every change of what an offer costs whoever has no price list: its base ladder. It takes effect at once."""

from collections.abc import Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog import policies
from backend.catalog.actions import Tier, check_tiers, write_tiers
from backend.catalog.models import Sku, TierPrice
from backend.catalog.states import ProductStatus
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.money import EXPONENTS
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record


@atomic(durable=True)
def change_ladder(sku: Sku, tiers: Sequence[Tier], *, currency: str, base_version: int, key: str, actor: Actor) -> Sku:
    """What the SKU costs from each quantity on, in one currency; ladders in others stay as they are. No tiers: a price
    on request.

    Raises NotAllowed without prices.edit for the SKU's company, Conflict where somebody changed the SKU since
    `base_version`, Refused for a ladder that contradicts itself or names another currency.
    """
    require(policies.can_edit_prices(actor, sku.company))
    asked = {"sku": sku.pk, "tiers": repr(list(tiers)), "currency": currency, "base": base_version}
    claim = once.claim(sku.company_id, key, action="change_ladder", request=asked)
    if claim.is_repeat:
        return sku
    found = Sku.objects.this(sku).select_related("company", "product")
    sku = lock(found, what=_("the SKU %(code)s") % {"code": sku})[0]
    if sku.version != base_version:
        raise Conflict(_("Somebody has changed this SKU since you opened it. Look at it again, then change it."))
    _require_sound(tiers, currency)
    TierPrice.objects.of_company(sku.company_id).filter(sku=sku, currency=currency).delete()
    write_tiers(sku, tiers)
    sku.version += 1
    sku.save(update_fields=["version"])
    is_public = sku.listed and sku.product.status == ProductStatus.PUBLISHED
    data = {"sku": sku.pk, "moves_rows": is_public}
    record(Kind.CATALOG_PRICES_CHANGED, f"product:{sku.product_id}", version=sku.version, actor=actor, data=data)
    return sku


def _require_sound(tiers: Sequence[Tier], currency: str) -> None:
    if currency not in EXPONENTS or any(tier.price.currency != currency for tier in tiers):
        raise Refused(
            _("A ladder is in one currency of this market: %(all)s.") % {"all": ", ".join(EXPONENTS)}, field="currency"
        )
    if tiers:
        check_tiers(tiers)
