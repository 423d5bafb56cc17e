"""The documents of an order, and those that wait to become an order's. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from backend.accounts.actor import Actor
from backend.core.written import fetch
from backend.orders.documents.models import Paper
from backend.orders.models import CheckoutDocument, OrderDocument, Requisition


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as whoever may read it sees it in a list."""

    pk: int
    name: str
    paper: Paper
    size_bytes: int
    company: str
    """Who sent it; of what no seller has yet: whom it is for, empty for all of them."""
    sent_at: datetime


def order_documents(order_id: int) -> Sequence[DocumentView]:
    """What both sides have sent of an order, the latest first. One query."""
    found = OrderDocument.objects.of_order(order_id).select_related("company").order_by("-pk")
    return [_view(each, each.company.name) for each in found]


def cart_documents(actor: Actor) -> Sequence[DocumentView]:
    """What lies in the person's cart. One query."""
    rows = fetch(_IN_CART, {"company": actor.company_id, "user": actor.user_id})
    return [DocumentView(pk, name, Paper(paper), size, seller, at) for pk, name, paper, size, seller, at in rows]


_IN_CART = """
SELECT document.id, document.name, document.paper, document.size_bytes, coalesce(seller.name, ''), document.sent_at
FROM orders_cart cart
JOIN orders_checkoutdocument document ON document.cart_id = cart.id AND document.requisition_id IS NULL
LEFT JOIN accounts_company seller ON seller.id = document.seller_id
WHERE cart.company_id = %(company)s AND cart.user_id = %(user)s AND cart.standing_id IS NULL ORDER BY document.id
"""


def documents_of_request(requisition: Requisition) -> Sequence[DocumentView]:
    """What waits with a request. One query."""
    return _waiting(requisition.documents.all())


def _waiting(found: QuerySet[CheckoutDocument]) -> Sequence[DocumentView]:
    rows = found.select_related("seller").order_by("pk")
    return [_view(each, each.seller.name if each.seller else "") for each in rows]


def _view(each: OrderDocument | CheckoutDocument, company: str) -> DocumentView:
    return DocumentView(each.pk, each.name, Paper(each.paper), each.size_bytes, company, each.sent_at)
