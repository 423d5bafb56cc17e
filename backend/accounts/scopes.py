"""What an API token may be given: each scope is named like the live topic that it opens, and stands for permissions."""

from collections.abc import Iterable, Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.accounts.roles import Permission


class ApiScope(TextChoices):
    STOCK_READ = "stock.read", _("What sellers disclose of their stock")
    STOCK_LEVEL_READ = "stock_level.read", _("Every counter of your own stock")
    STOCK_MOVES_READ = "stock_moves.read", _("Every movement of your own stock, with who moved it")


PERMISSIONS_OF: Mapping[str, frozenset[Permission]] = {
    ApiScope.STOCK_READ: frozenset(),
    ApiScope.STOCK_LEVEL_READ: frozenset({Permission.INVENTORY_VIEW}),
    ApiScope.STOCK_MOVES_READ: frozenset({Permission.INVENTORY_VIEW}),
}


def permissions_of(scopes: Iterable[str]) -> frozenset[Permission]:
    """What whoever holds these scopes may do; one that is no more stands for nothing."""
    return frozenset().union(*(PERMISSIONS_OF.get(scope, frozenset()) for scope in scopes))


def scope_of(thing: str) -> str:
    """The scope that opens topics `<thing>:<pk>`, whether or not it exists."""
    return f"{thing}.read"
