"""What kinds of price list there are, the strongest first, the life of one, and what an assortment may say."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class ListKind(TextChoices):
    """In the order of precedence: a contract with one customer beats what the customer has anyway, and so on."""

    CONTRACT = "contract", _("Contract")
    CUSTOMER = "customer", _("Customer")
    GROUP = "group", _("Group")
    PUBLIC = "public", _("Everybody")


class ListState(TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("In force")
    PAUSED = "paused", _("Paused")
    ARCHIVED = "archived", _("Archived")


_S = ListState
PRICE_LIST: Machine[ListState] = Machine(
    {
        _S.DRAFT: {_S.ACTIVE, _S.ARCHIVED},
        _S.ACTIVE: {_S.PAUSED, _S.ARCHIVED},
        _S.PAUSED: {_S.ACTIVE, _S.ARCHIVED},
        _S.ARCHIVED: set(),
    },
    field="state",
)


class AssortmentKind(TextChoices):
    """What an assortment says of what stands in it, to those whom it is for."""

    RANGE = "range", _("They see and buy this, and nothing else of yours")
    SHOWN = "shown", _("They see this, but can’t buy it")
    RESERVED = "reserved", _("Only they can buy this; everybody else sees it, but can’t buy it")
