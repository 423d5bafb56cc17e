"""What the screens of prices share: whose they are, and who may open them."""

from django.http import Http404
from django.utils.translation import gettext as _

from backend.catalog.policies import can_edit_prices
from backend.core.errors import NotAllowed
from frontend_htmx.http import CompanyRequest


def require_prices(request: CompanyRequest) -> None:
    """Raises Http404 where the company sells nothing, NotAllowed where the person's role may not edit its prices."""
    if not request.company.sells:
        raise Http404
    if not can_edit_prices(request.actor, request.company):
        raise NotAllowed(_("Your role in this company may not see or edit its prices. An owner can change your role."))
