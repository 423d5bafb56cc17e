"""Where a person is logged in, and ending that: the session, and what all of the person's open pages may hear, go in
one transaction. Pages of devices that stay logged in ask anew at once and go on."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.db.transaction import atomic

from backend.accounts.access import raise_epoch
from backend.accounts.actor import Actor
from backend.accounts.models import User
from backend.events.kinds import Kind
from backend.events.log import record

UNKNOWN_IP = "0.0.0.0"  # noqa: S104  # no address to listen at: none was told
MAX_AGENT = 200


@atomic(durable=True)
def note_use_of_device(user: User, session_key: str, *, ip: str, agent: str) -> None:
    """Remembers that a session was used just now, from where and with which browser. No event."""
    UserSession.objects.update_or_create(
        session_key=session_key,
        defaults={"user": user, "ip": ip or UNKNOWN_IP, "user_agent": agent[:MAX_AGENT], "last_seen_at": Now()},
    )


@atomic(durable=True)
def sign_out_device(user: User, device_id: int) -> None:
    """Ends one of the person's own sessions; one that is gone, or somebody else's, changes nothing."""
    _end(user, UserSession.objects.filter(pk=device_id).values_list("session_key", flat=True))


@atomic(durable=True)
def sign_out_other_devices(user: User, this_session: str) -> None:
    """Ends all of the person's sessions but this one."""
    _end(user, UserSession.objects.exclude(session_key=this_session).values_list("session_key", flat=True))


def sign_out_everywhere(user: User, *, by: Actor) -> None:
    """Inner step: ends all of a person's sessions, whoever decided it."""
    _end(user, UserSession.objects.values_list("session_key", flat=True), by)


def _end(user: User, keys: QuerySet[UserSession, str], by: Actor | None = None) -> None:
    ended = list(keys.filter(user=user))
    if not ended:
        return
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in ended:
        store.delete(key)
    UserSession.objects.filter(session_key__in=ended).delete()
    n = raise_epoch(f"person:{user.pk}")
    actor = by or Actor(user.pk)
    record(Kind.ACCOUNTS_DEVICES_SIGNED_OUT, f"person:{user.pk}", version=n, actor=actor, data={"devices": len(ended)})
