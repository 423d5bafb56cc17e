"""Where one is logged in, and signing out from afar."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backend.accounts.devices.actions import sign_out_device, sign_out_other_devices
from backend.accounts.devices.queries import devices
from frontend_htmx.http import HtmxRequest, see_other


@require_safe
@never_cache
def list_devices(request: HtmxRequest) -> HttpResponse:
    """One's own devices, this one first."""
    shown = devices(request.user.pk or 0, request.session.session_key or "")
    return render(request, "accounts/devices.html", {"devices": shown})


@require_POST
def create_removal(request: HtmxRequest, device_id: int) -> HttpResponse:
    """Signs one device out; this one is sent to the login with its next page."""
    sign_out_device(request.user, device_id)  # type: ignore[arg-type]  # the middleware let nobody else in
    return see_other(reverse("usersessions_list"))


@require_POST
def create_removal_of_others(request: HtmxRequest) -> HttpResponse:
    sign_out_other_devices(request.user, request.session.session_key or "")  # type: ignore[arg-type]
    return see_other(reverse("usersessions_list"))
