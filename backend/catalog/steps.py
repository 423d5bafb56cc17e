"""Inner steps of the catalogue's actions: they join an open transaction."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import F, Model
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog import policies
from backend.catalog.models import Product, Sku
from backend.catalog.states import ProductStatus
from backend.core.errors import NotAllowed, Refused
from backend.core.locking import lock


def require_editor(actor: Actor, company: Company) -> None:
    """Raises NotAllowed without catalog.edit for this company."""
    require(policies.can_edit_catalog(actor, company))


def require_archiver(actor: Actor, product: Product) -> None:
    """Raises NotAllowed without catalog.edit; once the product was published, without catalog.approve."""
    require_editor(actor, product.company)
    if product.status != ProductStatus.DRAFT and not policies.can_approve_changes(actor, product.company):
        raise NotAllowed(_("What was published is archived by an owner or a manager."))


def require(allowed: bool) -> None:
    """Raises NotAllowed, in the catalogue's words, unless a policy said yes."""
    if not allowed:
        raise NotAllowed(_("Your role in this company may not edit the catalogue. An owner can change your role."))


def locked_product(product: Product) -> Product:
    """The product as it is now, locked until the transaction ends."""
    found = Product.objects.this(product).select_related("company", "category")
    return lock(found, what=_("the product %(name)s") % {"name": product})[0]


def raise_version(product: Product) -> None:
    """The product's next version: whoever edits an older one is told."""
    Product.objects.this(product).update(version=F("version") + 1)
    product.refresh_from_db(fields=["version"])


def clean_fields(thing: Model, exclude: Sequence[str], prefix: str = "") -> None:
    """Refuses the first field that its own rules refuse; the no names it with the prefix."""
    try:
        thing.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refused(messages[0], field=f"{prefix}{field}") from None


def save_sku(sku: Sku) -> None:
    """Saves an offer. Raises Refused where its code is taken or this seller offers the variant already."""
    clean_fields(sku, exclude=["company", "product", "variant"])
    try:
        with atomic():
            sku.save()
    except IntegrityError as error:
        raise _taken(sku, error) from None


def _taken(sku: Sku, error: IntegrityError) -> Refused:
    if "one_offer_a_seller" in str(error):
        return Refused(_("You offer this already. Change your offer instead."))
    if "sku_code_per_company" not in str(error):
        raise error
    return Refused(_("%(code)s is already the code of another SKU of yours.") % {"code": sku.code}, field="code")
