"""What every change of stock asks first: may she, is it theirs, can it be written down."""

from django.utils.translation import gettext as _

from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.locking import keep_as_it_is
from backend.inventory.models import Warehouse

MAX_TEXT = 200


def require_own(warehouse: Warehouse, sku: Sku) -> None:
    if warehouse.company_id != sku.company_id:
        raise Refused(_("That warehouse belongs to another company."), field="warehouse")


def require_open(warehouse: Warehouse) -> None:
    """Goods come only into a warehouse that is open, and nobody closes it meanwhile. Two queries, before any lock."""
    keep_as_it_is(warehouse, what=warehouse.name)
    if not Warehouse.objects.this(warehouse).open().exists():
        raise Refused(
            _("%(name)s is closed: open it again, or choose another.") % {"name": warehouse}, field="warehouse"
        )


def short(text: str, field: str) -> str:
    if len(text) > MAX_TEXT:
        raise Refused(
            _("%(n)d characters are too many here: at most %(max)d.") % {"n": len(text), "max": MAX_TEXT}, field=field
        )
    return text
