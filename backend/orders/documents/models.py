from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.files.models import KeptFile
from backend.orders.requisitions.models import Requisition


class Paper(models.TextChoices):
    """What a document is, as the trade calls it."""

    PURCHASE_ORDER = "purchase_order", _("Purchase order")
    DRAWING = "drawing", _("Drawing")
    PROFORMA = "proforma", _("Proforma invoice")
    DELIVERY_NOTE = "delivery_note", _("Delivery note")
    EVIDENCE = "evidence", _("Evidence for a dispute")
    OTHER = "other", _("Other document")


TRADED = [each for each in Paper if each != Paper.EVIDENCE]
"""What the two give each other. Evidence the operators read, too, once they are asked about a dispute."""


class Document(KeptFile):
    paper = models.CharField(max_length=20, choices=Paper.choices)
    sent_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class OrderDocumentQuerySet(FencedQuerySet["OrderDocument"]):
    def of_order(self, order_id: int) -> OrderDocumentQuerySet:
        """Of an order of which somebody was asked before whether it may be seen."""
        return self.scoped(order=order_id)

    def evidence(self) -> OrderDocumentQuerySet:
        return self.filter(paper=Paper.EVIDENCE)

    def traded(self) -> OrderDocumentQuerySet:
        return self.filter(paper__in=TRADED)


class OrderDocument(Document):
    """What one side of an order gave the other. Append-only: what was sent stays, as both have read it."""

    append_only = True
    of_company_by = "order__seller"

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="documents")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    """Who sent it."""
    actor_id = models.BigIntegerField(null=True)

    objects = OrderDocumentQuerySet.as_manager()
    row_security = RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["sha256"], name="order_document_sha256")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "sha256"], condition=Q(paper__in=TRADED), name="one_file_an_order"
            ),
            models.UniqueConstraint(
                fields=["order", "sha256"], condition=Q(paper=Paper.EVIDENCE), name="one_file_as_evidence"
            ),
            models.CheckConstraint(condition=Q(paper__in=Paper.values), name="order_document_paper"),
        ]


class CheckoutDocumentQuerySet(FencedQuerySet["CheckoutDocument"]):
    def visible_to(self, actor: Actor) -> CheckoutDocumentQuerySet:
        """What lies in somebody's own cart, or waits with a request that they see."""
        requests = Requisition.objects.visible_to(actor)
        mine = Q(cart__user=actor.user_id, cart__standing=None) | Q(requisition__in=requests)
        return self.scoped(mine, company=actor.company_id)


class CheckoutDocument(Document):
    """What the orders that a cart, or a request, becomes will have from the beginning. No seller sees it before."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    cart = models.ForeignKey("orders.Cart", models.CASCADE, null=True, related_name="documents")
    requisition = models.ForeignKey(Requisition, models.CASCADE, null=True, related_name="documents")
    seller = models.ForeignKey(Company, models.CASCADE, null=True, related_name="+")
    """Whom it is for; None: every seller of whom something is ordered."""

    objects = CheckoutDocumentQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["sha256"], name="checkout_document_sha256")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cart", "sha256"], name="one_file_a_cart"),
            models.UniqueConstraint(fields=["requisition", "sha256"], name="one_file_a_requisition"),
            models.CheckConstraint(condition=Q(paper__in=TRADED), name="checkout_document_paper"),
            models.CheckConstraint(
                condition=Q(cart=None, requisition__isnull=False) | Q(cart__isnull=False, requisition=None),
                name="with_a_cart_or_a_request",
            ),
        ]
