"""The life of a product on the catalogue."""

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
