"""The life of a product on the catalogue, and of a change that somebody proposes to a published one."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class ProductStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    PAUSED = "paused", _("Paused")
    ARCHIVED = "archived", _("Archived")


_S = ProductStatus
PRODUCT: Machine[ProductStatus] = Machine(
    {
        _S.DRAFT: {_S.PUBLISHED, _S.ARCHIVED},
        _S.PUBLISHED: {_S.PAUSED, _S.ARCHIVED},
        _S.PAUSED: {_S.PUBLISHED, _S.ARCHIVED},
        _S.ARCHIVED: set(),
    }
)


class ChangeState(TextChoices):
    OPEN = "open", _("Waiting")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CONFLICTED = "conflicted", _("Overtaken")


_C = ChangeState
CHANGE_SET: Machine[ChangeState] = Machine(
    {
        _C.OPEN: {_C.APPROVED, _C.REJECTED, _C.WITHDRAWN, _C.CONFLICTED},
        _C.APPROVED: set(),
        _C.REJECTED: set(),
        _C.WITHDRAWN: set(),
        _C.CONFLICTED: set(),
    },
    field="state",
)
