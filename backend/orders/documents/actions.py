"""What one side of an order gives the other, and what a buyer adds to a cart. Each is one transaction, safe to send
twice."""

from django.db.transaction import atomic
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.files.keeping import kept, let_go
from backend.files.reading import Upload
from backend.orders import policies as orders
from backend.orders.carts.steps import lock_cart
from backend.orders.documents import policies
from backend.orders.documents.models import Paper
from backend.orders.documents.steps import add_document
from backend.orders.models import CheckoutDocument, Order, OrderDocument
from backend.orders.states import ENDED, UNDER_DISPUTE, Commercial
from backend.orders.steps import lock_order

MAX_DOCUMENTS = 50
"""Of an order, of both sides together."""
MAX_IN_CART = 10
NOT_DISPUTED = gettext_lazy("Evidence is for a dispute, and none is open: say what else it is.")


@atomic(durable=True)
@for_actor
def send_document(
    order: Order, upload: Upload, *, name: str, paper: Paper = Paper.OTHER, key: str, actor: Actor
) -> OrderDocument:
    """A document of the order, for the other side to read; the same file twice is one. It stays.

    Evidence the operators read as well, once they are asked about the dispute; there a file that the two have read
    before may be given again. Raises NotAllowed for whoever does not trade for either side; Refused for a file that the
    other side has given, for an order that has ended, for evidence where nothing is disputed, and past MAX_DOCUMENTS.
    """
    require(policies.can_send_document(actor, order))
    asked = {"order": order.pk, "sha256": upload.sha256, "paper": paper}
    claim = once.claim(actor.company_id or 0, key, action="send_document", request=asked)
    now = lock_order(order)
    there = OrderDocument.objects.of_order(now.pk)
    alike = there.evidence() if paper == Paper.EVIDENCE else there.traded()
    if same := alike.filter(sha256=upload.sha256).select_related("company").first():
        return _own(same, actor)
    if paper == Paper.EVIDENCE and now.dispute not in UNDER_DISPUTE:
        raise Refused(str(NOT_DISPUTED), field="paper")
    if now.commercial in ENDED:
        raise Refused(
            _("This order has ended (%(now)s): nothing is added to it any more.")
            % {"now": Commercial(now.commercial).label}
        )
    if there.count() >= MAX_DOCUMENTS:
        raise Refused(_("An order has at most %(max)d documents.") % {"max": MAX_DOCUMENTS}, field="file")
    made = add_document(now, **kept(upload, name=name), paper=paper, company_id=actor.company_id or 0, actor=actor)
    claim.resulted_in(made.pk)
    return made


def _own(same: OrderDocument, actor: Actor) -> OrderDocument:
    """What stands there under the other side's name can't be one's own, too, and is not passed over in silence."""
    if same.company_id == actor.company_id:
        return same
    said = {"company": same.company.name, "name": same.name}
    raise Refused(_("%(company)s has given this very file already: it stands here as “%(name)s”.") % said, field="file")


@atomic(durable=True)
@for_actor
def put_document_in_cart(
    upload: Upload, *, name: str, paper: Paper = Paper.OTHER, seller_id: int | None = None, key: str, actor: Actor
) -> CheckoutDocument | None:
    """The orders that the person's cart becomes will have it: of one seller of the cart, or all. The same file twice
    is one; None where it was taken out again before the same form was sent once more.

    Raises NotAllowed without orders.place; Refused past MAX_IN_CART, and for a seller of whom nothing is in the cart.
    """
    require(orders.can_place_orders(actor))
    asked = {"sha256": upload.sha256, "paper": paper, "seller": seller_id}
    claim = once.claim(actor.company_id or 0, key, action="put_document_in_cart", request=asked)
    cart = lock_cart(actor)
    same = cart.documents.filter(sha256=upload.sha256).first()
    if same or claim.is_repeat:
        return same
    if paper == Paper.EVIDENCE:
        raise Refused(str(NOT_DISPUTED), field="paper")
    if cart.documents.count() >= MAX_IN_CART:
        raise Refused(_("A cart has at most %(max)d documents.") % {"max": MAX_IN_CART}, field="file")
    if seller_id is not None and not cart.lines.filter(sku__company=seller_id).exists():
        raise Refused(_("Nothing of this seller is in your cart any more."), field="seller")
    made = CheckoutDocument(seller_id=seller_id, paper=paper, company_id=cart.company_id, **kept(upload, name=name))
    cart.documents.add(made, bulk=False)
    claim.resulted_in(made.pk)
    return made


@atomic(durable=True)
@for_actor
def take_document_out(document: CheckoutDocument, *, actor: Actor) -> None:
    """Out of the person's cart, before any order has it. Taken out again it stays so. Raises NotAllowed without
    orders.place."""
    require(orders.can_place_orders(actor))
    cart = lock_cart(actor)
    for each in cart.documents.filter(pk=document.pk):
        each.delete()
        let_go(each.sha256)
