"""Which devices a person uses, and how their login is protected, as it becomes known on the way.

A session remembers when its use was last written down: a page costs nothing for it, but every five minutes.
"""

import time
from typing import Any

from allauth.core import context
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

from backend.accounts.devices.actions import note_use_of_device, sign_out_other_devices
from backend.accounts.models import User
from backend.accounts.protection.actions import note_second_step_added, note_second_step_removed

NOTED_EVERY_S = 300
MARK = "noted_at"


def note_use(request: HttpRequest) -> None:
    """Writes down that the person's session is in use, unless that was done a few minutes ago."""
    noted_at = request.session.get(MARK, 0)
    if time.time() - noted_at >= NOTED_EVERY_S and isinstance(request.user, User):
        _note(request, request.user)


def session_in_use(user: User) -> str:
    """The session of whoever changes their own account just now; empty for one who is not logged in."""
    request = context.request
    session = getattr(request, "session", None)
    if session is None or session.get(SESSION_KEY) != str(user.pk):
        return ""
    return session.session_key or ""


def on_login(request: HttpRequest, user: User, **_signal: Any) -> None:
    _note(request, user)


def on_second_step_added(request: HttpRequest, user: User, **_signal: Any) -> None:
    """Whoever is logged in elsewhere has shown nothing but a password: they log in again, with both steps."""
    note_second_step_added(user)
    sign_out_other_devices(user, request.session.session_key or "")


def on_second_step_removed(user: User, **_signal: Any) -> None:
    note_second_step_removed(user)


def _note(request: HttpRequest, user: User) -> None:
    request.session[MARK] = int(time.time())
    meta = request.META
    key = request.session.session_key or ""
    note_use_of_device(user, key, ip=meta.get("REMOTE_ADDR", ""), agent=meta.get("HTTP_USER_AGENT", ""))
