"""Every change of what a product says: a draft's at once, of what was ever published through a change set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.transaction import atomic, set_rollback
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog import policies
from backend.catalog.comparison import lines
from backend.catalog.description import NEW_VARIANT, Patch, described, difference, overtaken, write_description
from backend.catalog.media.steps import drop_proposed
from backend.catalog.models import ChangeSet, Product
from backend.catalog.states import CHANGE_SET, ChangeState, ProductStatus
from backend.catalog.steps import locked_product, raise_version, require_editor
from backend.core import clock
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.locking import lock
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of an edit: the product, and the change set that now waits, if it does."""

    product: Product
    waiting: ChangeSet | None = None


@atomic(durable=True)
@for_actor
def edit_product(
    product: Product, sheet: Mapping[str, Any], *, base_version: int, key: str, actor: Actor, at_once: bool = True
) -> Edited:
    """Changes what a product says, by the keys of catalog.description; those that the sheet does not name stay.

    A draft changes at once. What was ever published changes at once for those who have catalog.approve (unless they
    ask for a second pair of eyes with at_once=False); for others a change set waits for one of them.
    Raises NotAllowed without catalog.edit, Conflict where the product changed since `base_version` (its `lines` show
    what would then be overwritten), Refused at the field that can't be.
    """
    require_editor(actor, product.company)
    asked = {"product": product.pk, "sheet": sheet, "base": base_version, "at_once": at_once}
    claim = once.claim(product.company_id, key, action="edit_product", request=asked)
    if claim.is_repeat:
        return Edited(product, ChangeSet.objects.of_company(product.company_id).filter(pk=claim.result_pk).first())
    product = open_product(product)
    patch = difference(described(product), sheet)
    if product.version != base_version:
        raise _stale(product, patch)
    edited = change_product(product, patch, actor=actor, at_once=at_once) if patch else Edited(product)
    if edited.waiting:
        claim.resulted_in(edited.waiting.pk)
    return edited


@atomic(durable=True)
@for_actor
def add_variant(product: Product, name: str, code: str, *, key: str, actor: Actor, at_once: bool = True) -> Edited:
    """Another variant, with its describer's offer on the terms and prices of the first one, and no stock yet; at once
    or after an approval, as edit_product does.

    Raises NotAllowed without catalog.edit; Refused where the code is taken or the name is another variant's.
    """
    require_editor(actor, product.company)
    asked = {"of": product.pk, "code": code, "name": name}
    claim = once.claim(product.company_id, key, action="add_variant", request=asked)
    if claim.is_repeat:
        return Edited(product, ChangeSet.objects.of_company(product.company_id).filter(pk=claim.result_pk).first())
    patch = {f"{NEW_VARIANT}{code.strip().upper()}": (None, name.strip())}
    edited = change_product(open_product(product), patch, actor=actor, at_once=at_once)
    if edited.waiting:
        claim.resulted_in(edited.waiting.pk)
    return edited


@atomic(durable=True)
@for_actor
def approve_change(change: ChangeSet, *, actor: Actor) -> ChangeSet:
    """Makes a proposed change true. Approved again, it stays so.

    Where somebody has meanwhile changed one of the same things it becomes `conflicted` instead, and changes nothing:
    the caller looks at its state. Raises NotAllowed without catalog.approve, Conflict where it was decided otherwise.
    """
    require_approver(actor, change)
    change = _locked(change)
    if change.state in (ChangeState.APPROVED, ChangeState.CONFLICTED):
        return change
    product = locked_product(change.product)
    if product.status == ProductStatus.ARCHIVED or overtaken(product, change.patch):
        return _decide(change, ChangeState.CONFLICTED, Kind.CATALOG_CHANGE_CONFLICTED, actor)
    _apply(product, change.patch, actor)
    return _decide(change, ChangeState.APPROVED, Kind.CATALOG_CHANGE_APPROVED, actor)


@atomic(durable=True)
@for_actor
def reject_change(change: ChangeSet, *, note: str = "", actor: Actor) -> ChangeSet:
    """Leaves the product as it is, and tells why. Raises NotAllowed without catalog.approve."""
    require_approver(actor, change)
    change = _locked(change)
    if change.state == ChangeState.REJECTED:
        return change
    change.note = note.strip()[:200]
    return _decide(change, ChangeState.REJECTED, Kind.CATALOG_CHANGE_REJECTED, actor)


@atomic(durable=True)
@for_actor
def withdraw_change(change: ChangeSet, *, actor: Actor) -> ChangeSet:
    """Its author thinks better of it. Raises NotAllowed for anybody else."""
    if not policies.can_withdraw_change(actor, change):
        raise NotAllowed(_("Only who proposed this change can withdraw it."))
    change = _locked(change)
    if change.state == ChangeState.WITHDRAWN:
        return change
    return _decide(change, ChangeState.WITHDRAWN, Kind.CATALOG_CHANGE_WITHDRAWN, actor)


def require_approver(actor: Actor, change: ChangeSet) -> None:
    """Raises NotAllowed without catalog.approve for the product's company."""
    if not policies.can_approve_changes(actor, change.company):
        raise NotAllowed(_("Your role may propose changes and not decide them. An owner or a manager can."))


def open_product(product: Product) -> Product:
    """The product, locked, to be changed. Raises Refused where it is archived."""
    product = locked_product(product)
    if product.status == ProductStatus.ARCHIVED:
        raise Refused(_("%(name)s is archived: what it says stays as it is.") % {"name": product})
    return product


def change_product(product: Product, patch: Patch, *, actor: Actor, at_once: bool = True) -> Edited:
    """Inside the caller's transaction and under his lock: applies a patch, or lets it wait for an approval."""
    if product.status == ProductStatus.DRAFT or (at_once and policies.can_approve_changes(actor, product.company)):
        _apply(product, patch, actor)
        return Edited(product)
    return Edited(product, _propose(product, patch, actor))


def _apply(product: Product, patch: Patch, actor: Actor) -> None:
    write_description(product, patch)
    raise_version(product)
    data = {"moves_rows": product.status == ProductStatus.PUBLISHED}
    record(Kind.CATALOG_PRODUCT_EDITED, f"product:{product.pk}", version=product.version, actor=actor, data=data)


def _propose(product: Product, patch: Patch, actor: Actor) -> ChangeSet:
    """Tried on before it is stored: nobody is asked to approve what can't be."""
    with atomic():
        write_description(product, patch)
        set_rollback(True)
    base = Product.objects.this(product).values_list("version", flat=True).get()
    change = ChangeSet.objects.create(
        company=product.company, product=product, author_id=actor.user_id, patch=patch, base_version=base
    )
    record(Kind.CATALOG_CHANGE_PROPOSED, f"change:{change.pk}", version=change.version, actor=actor)
    return change


def _decide(change: ChangeSet, to: ChangeState, kind: Kind, actor: Actor) -> ChangeSet:
    CHANGE_SET.move(change, to=to)
    if to != ChangeState.APPROVED:
        drop_proposed(change.product, change.patch)
    change.version += 1
    change.decided_by_id, change.decided_at = actor.user_id, clock.now()
    change.save(update_fields=["version", "decided_by", "decided_at", "note"])
    record(kind, f"change:{change.pk}", version=change.version, actor=actor)
    return change


def _locked(change: ChangeSet) -> ChangeSet:
    found = ChangeSet.objects.this(change).select_related("company", "product")
    return lock(found, what=_("the change"))[0]


def _stale(product: Product, patch: Patch) -> Conflict:
    return Conflict(
        _("Somebody has changed this product since you opened it. What you typed is still here: compare, then save."),
        detail={"lines": lines(product, patch), "version": product.version},
    )
