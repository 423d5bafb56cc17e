"""Goods are asked for from another warehouse, sent and received. Each is one transaction and safe to send twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.quantity import whole_number
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record
from backend.inventory import policies, steps
from backend.inventory.guards import require_open, require_own, short
from backend.inventory.holds.parcels import require_loose
from backend.inventory.models import MoveKind, StockItem, StockMove, Transfer, TransferLine, Warehouse
from backend.inventory.steps import Cause, Line
from backend.inventory.transfers.states import TRANSFER, TransferStatus

MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class Arrived:
    """So many of a line arrived; `reason` says why it is another number than was sent."""

    quantity: int
    reason: str = ""


@atomic(durable=True)
def request_transfer(
    source: Warehouse, target: Warehouse, lines: Sequence[Line], *, note: str, key: str, actor: Actor
) -> Transfer:
    """Asks for goods from `source`. Nothing moves yet; lines of one SKU count together.

    Raises NotAllowed without inventory.adjust, Refused for no lines, more than MAX_LINES, a warehouse that is closed or
    of another company, or the same one twice.
    """
    require(policies.can_move_stock(actor, source.company_id))
    if not 0 < len(lines) <= MAX_LINES:
        raise Refused(_("A transfer has 1 to %(max)d lines, not %(n)d.") % {"max": MAX_LINES, "n": len(lines)})
    if source == target:
        raise Refused(_("Choose another warehouse to send it to."), field="target")
    for line in lines:
        require_own(source, line.sku)
        require_own(target, line.sku)
    wanted = steps.summed(lines)
    request = {"source": source.pk, "target": target.pk, "lines": sorted(wanted.items()), "note": note}
    claim = once.claim(source.company_id, key, action="request_transfer", request=request)
    if claim.is_repeat:
        return Transfer.objects.of_company(source.company_id).get(pk=claim.result_pk)
    for house in sorted((source, target), key=lambda each: each.pk):
        require_open(house)
    made = Transfer.objects.create(company=source.company, source=source, target=target, note=short(note, "note"))
    made.lines.bulk_create(TransferLine(transfer=made, sku_id=pk, requested=n) for pk, n in sorted(wanted.items()))
    claim.resulted_in(made.pk)
    _record(Kind.INVENTORY_TRANSFER_REQUESTED, made, actor)
    return made


@atomic(durable=True)
def send_transfer(transfer: Transfer, quantities: Mapping[int, int], *, actor: Actor) -> Transfer:
    """The goods leave: so many of each line (line -> units), at most what was asked for; 0 of a line stays here.

    Never what is promised or kept back. Sent again it stays as it was sent. Raises NotAllowed without inventory.adjust,
    Refused with what can be sent, Conflict if it was sent otherwise or cancelled meanwhile.
    """
    require(policies.can_move_stock(actor, transfer.company_id))
    now, lines = _lock(transfer)
    sent = {line.pk: quantities.get(line.pk, 0) for line in lines}
    if now.status != TransferStatus.REQUESTED:
        return _as_it_was(now, all(line.sent == sent[line.pk] for line in lines))
    _require_sendable(lines, sent)
    items = steps.lock_items([line.sku for line in lines])
    _require_free(lines, sent, items, now.source)
    moved = {line: -sent[line.pk] for line in lines if sent[line.pk]}
    _move(now, items, now.source, moved, actor)
    for line in lines:
        line.sent = sent[line.pk]
    now.lines.bulk_update(lines, ["sent"])
    _turn(now, TransferStatus.SENT, Kind.INVENTORY_TRANSFER_SENT, actor, sent_at=Now())
    return now


@atomic(durable=True)
def receive_transfer(transfer: Transfer, arrived: Mapping[int, Arrived], *, actor: Actor) -> Transfer:
    """The goods have arrived: so many of each line. A difference has a reason, and stays on the line.

    Received again it stays as it was. Raises NotAllowed without inventory.receive, Refused for a difference without a
    reason, Conflict if it was received otherwise or never sent.
    """
    require(policies.can_take_in_stock(actor, transfer.company_id))
    now, lines = _lock(transfer)
    came = {line.pk: arrived.get(line.pk, Arrived(line.sent or 0)) for line in lines}
    if now.status != TransferStatus.SENT:
        return _as_it_was(now, all(line.received == came[line.pk].quantity for line in lines))
    _require_explained(lines, came)
    items = steps.lock_items([line.sku for line in lines])
    _move(now, items, now.target, {line: came[line.pk].quantity for line in lines if came[line.pk].quantity}, actor)
    for line in lines:
        line.received, line.reason = came[line.pk].quantity, came[line.pk].reason
    now.lines.bulk_update(lines, ["received", "reason"])
    _turn(now, TransferStatus.RECEIVED, Kind.INVENTORY_TRANSFER_RECEIVED, actor, received_at=Now())
    return now


@atomic(durable=True)
def cancel_transfer(transfer: Transfer, *, actor: Actor) -> Transfer:
    """Nobody needs it any more. Cancelled again it stays so. Raises NotAllowed without inventory.adjust, Refused for
    one that is on its way or has arrived."""
    require(policies.can_move_stock(actor, transfer.company_id))
    now, _lines = _lock(transfer)
    if now.status != TransferStatus.CANCELLED:
        _turn(now, TransferStatus.CANCELLED, Kind.INVENTORY_TRANSFER_CANCELLED, actor)
    return now


def _lock(transfer: Transfer) -> tuple[Transfer, Sequence[TransferLine]]:
    found = lock(Transfer.objects.this(transfer).select_related("source", "target"), what=str(transfer))[0]
    return found, list(found.lines.select_related("sku").order_by("sku"))


def _as_it_was(transfer: Transfer, is_the_same: bool) -> Transfer:
    if not is_the_same:
        raise Conflict(
            _("%(number)s is “%(status)s” by now: look at it again.")
            % {"number": transfer, "status": TransferStatus(transfer.status).label}
        )
    return transfer


def _require_sendable(lines: Sequence[TransferLine], sent: Mapping[int, int]) -> None:
    for line in lines:
        whole_number(sent[line.pk], at_least=0)
        if sent[line.pk] > line.requested:
            raise Refused(
                _("%(requested)d of %(code)s were asked for: %(sent)d are too many.")
                % {"requested": line.requested, "code": line.sku.code, "sent": sent[line.pk]}
            )
    if not any(sent.values()):
        raise Refused(_("Send something, or cancel the transfer."))


def _require_free(
    lines: Sequence[TransferLine], sent: Mapping[int, int], items: Mapping[int, StockItem], source: Warehouse
) -> None:
    """What is promised to somebody, or kept back, does not leave."""
    levels = {line: steps.level_of(items[line.sku_id], source) for line in lines if sent[line.pk]}
    for line, level in levels.items():
        require_loose(items[line.sku_id], level, sent[line.pk], MoveKind.TRANSFER)
    free = {line.pk: max(level.available, 0) for line, level in levels.items()}
    lacking = [line for line in levels if sent[line.pk] > free[line.pk]]
    if lacking:
        words = _("Only %(free)d of %(code)s are free in %(house)s.")
        said = [words % {"free": free[line.pk], "code": line.sku.code, "house": source} for line in lacking[:5]]
        raise Refused(" ".join(said))


def _require_explained(lines: Sequence[TransferLine], came: Mapping[int, Arrived]) -> None:
    for line in lines:
        one = came[line.pk]
        whole_number(one.quantity, at_least=0)
        short(one.reason, "reason")
        if one.quantity != line.sent and not one.reason.strip():
            raise Refused(
                _("%(received)d of %(code)s came and %(sent)d were sent: say why.")
                % {"received": one.quantity, "code": line.sku.code, "sent": line.sent}
            )


def _move(
    transfer: Transfer,
    items: Mapping[int, StockItem],
    house: Warehouse,
    quantities: Mapping[TransferLine, int],
    actor: Actor,
) -> None:
    moves: dict[int, list[StockMove]] = {}
    for line, quantity in quantities.items():
        cause = Cause(MoveKind.TRANSFER, actor, reference=str(transfer), transfer_line=line)
        level = steps.level_of(items[line.sku_id], house)
        moves[line.sku_id] = [steps.move_stock(items[line.sku_id], level, quantity, cause)]
    # Those of which nothing moves here are told, too: what was on the way is so no longer.
    steps.tell_stock(Kind.INVENTORY_STOCK_TRANSFERRED, list(items.values()), actor=actor, moves=moves)


def _turn(transfer: Transfer, to: TransferStatus, kind: Kind, actor: Actor, **at: Now) -> None:
    TRANSFER.move(transfer, to=to)
    Transfer.objects.this(transfer).update(version=F("version") + 1, **at)
    transfer.version += 1
    _record(kind, transfer, actor)


def _record(kind: Kind, transfer: Transfer, actor: Actor) -> None:
    record(kind, f"transfer:{transfer.pk}", version=transfer.version, actor=actor)
