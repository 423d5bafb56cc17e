"""The way of a document from the cart to the orders. Callers hold the transaction, and the lock of the cart or of the
request."""

from collections.abc import Sequence

from backend.accounts.actor import Actor
from backend.files.keeping import again, let_go
from backend.orders.documents.models import Paper
from backend.orders.models import Cart, CheckoutDocument, Order, OrderDocument, OrderGroup, Requisition
from backend.orders.states import Step
from backend.orders.steps import tell


def hand_over(documents: Sequence[CheckoutDocument], group: OrderGroup, *, actor: Actor) -> None:
    """What lay in the cart that these orders were. No query where nothing did."""
    hand_to_orders(documents, group, actor=actor)
    for each in documents:
        each.delete()
        let_go(each.sha256)


def hand_to_orders(documents: Sequence[CheckoutDocument], group: OrderGroup, *, actor: Actor) -> None:
    """Each order has what was meant for its seller."""
    for order in Order.objects.scoped(group=group).order_by("pk") if documents else ():
        for each in documents:
            if each.seller_id in (None, order.seller_id):
                add_document(order, **again(each), paper=each.paper, company_id=group.company_id, actor=actor)


def add_document(order: Order, *, paper: str, company_id: int, actor: Actor, **file: object) -> OrderDocument:
    """On a locked order's timeline. Four queries."""
    made = OrderDocument(order=order, paper=paper, company_id=company_id, actor_id=actor.user_id, **file)
    made.save(force_insert=True)
    step = Step.DISPUTE_EVIDENCE if paper == Paper.EVIDENCE else Step.DOCUMENT_ADDED
    tell(order, step, actor=actor, note=made.name)
    return made


def wait_with(requisition: Requisition, cart: Cart) -> None:
    """What lay in the cart waits for the approval, too."""
    cart.documents.update(cart=None, requisition=requisition)


def lie_in_cart_again(requisition: Requisition, cart: Cart) -> None:
    """What came to nothing is in the cart once more, beside what is there. Two queries."""
    there = cart.documents.values("sha256")
    requisition.documents.exclude(sha256__in=there).update(cart=cart, requisition=None)
