"""The devices on which a person is logged in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from backend.accounts.devices.agents import browser_of, shown_in_part, system_of


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One login that still stands."""

    device_id: int
    browser: str
    system: str
    place: str
    """The first half of its network address."""
    last_used_at: datetime
    logged_in_at: datetime
    is_this: bool


def devices(user_id: int, this_session: str) -> Sequence[DeviceView]:
    """This device, then the others, the last used first. One query."""
    standing = Session.objects.filter(expire_date__gt=Now()).values("session_key")
    rows = UserSession.objects.filter(user_id=user_id, session_key__in=standing).order_by("-last_seen_at")
    return sorted((_view(row, this_session) for row in rows), key=lambda view: not view.is_this)


def _view(row: UserSession, this_session: str) -> DeviceView:
    return DeviceView(
        device_id=row.pk,
        browser=browser_of(row.user_agent),
        system=system_of(row.user_agent),
        place=shown_in_part(row.ip),
        last_used_at=row.last_seen_at,
        logged_in_at=row.created_at,
        is_this=row.session_key == this_session,
    )
