"""What every change asks first, once a policy has decided."""

from django.utils.translation import gettext as _

from backend.core.errors import NotAllowed


def require(allowed: bool) -> None:
    """Raises NotAllowed for what a policy said no to."""
    if not allowed:
        raise NotAllowed(_("Your role in this company may not do that. An owner of the company can change your role."))
