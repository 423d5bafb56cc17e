"""Who may stand at the pages of those who buy."""

from django.utils.translation import gettext as _

from backend.core.errors import NotAllowed
from backend.orders.policies import can_place_orders
from frontend_htmx.http import CompanyRequest


def require_buyer(request: CompanyRequest) -> None:
    """Raises NotAllowed where the person's role may not order."""
    if not can_place_orders(request.actor):
        raise NotAllowed(_("Your role in this company may not order. An owner can change your role."))
