from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.files.models import KeptFile
from backend.negotiation.security import OF_ITS_ROOM


class AttachmentQuerySet(FencedQuerySet["Attachment"]):
    def visible_to(self, actor: Actor) -> AttachmentQuerySet:
        """To whoever sees the room; what came with a hidden message to neither side."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        mine = Q(room__seller=actor.company_id) | Q(room__buyer=actor.company_id)
        return self.scoped(mine, entry__hidden_at=None)


class Attachment(KeptFile):
    """A file that was sent with a message."""

    append_only = True
    of_company_by = "room__seller"

    room = models.ForeignKey("negotiation.Room", models.PROTECT, related_name="attachments")
    entry = models.ForeignKey("negotiation.Entry", models.PROTECT, related_name="attachments")

    objects = AttachmentQuerySet.as_manager()
    row_security = OF_ITS_ROOM

    class Meta:
        ordering: ClassVar[list[str]] = ["entry", "pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["sha256"], name="attachment_sha256")]


class EnquiryFileQuerySet(FencedQuerySet["EnquiryFile"]):
    def visible_to(self, actor: Actor) -> EnquiryFileQuerySet:
        """To the buyer, and to every seller who was asked."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        asked = Q(enquiry__rooms__seller=actor.company_id)
        return self.scoped(Q(enquiry__company=actor.company_id) | asked).distinct()


class EnquiryFile(KeptFile):
    """A file that goes with what a buyer asks for: a drawing, a specification."""

    append_only = True
    of_company_by = "enquiry__company"

    enquiry = models.ForeignKey("negotiation.Enquiry", models.PROTECT, related_name="files")

    objects = EnquiryFileQuerySet.as_manager()
    row_security = RowSecurity(follow=("enquiry_id", "negotiation_enquiry"), read_along=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["enquiry", "pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["sha256"], name="enquiry_file_sha256")]
