"""Revoke, in a lane of its own: access scopes whose numbers were raised, told to every process at once.

Whoever acts tells it right after the commit, the relay tells it again when it numbers the event and when it delivers
it: so neither a process that dies in between nor a relay that is far behind keeps anybody listening. Where Redis
cannot be had, the hubs find out when they next read the numbers (every 30 s).
"""

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError
from redis.retry import Retry

from backend.accounts.access import epoch_numbers
from backend.events import dead_letters
from backend.events.models import Event
from realtime.pushes import PUSHES, Revoke

CHANNEL = "live:revoke"
"""Of Redis's own publish and subscribe. A message is a JSON object: scope -> number."""
DEADLINE_S = 1.0

log = structlog.get_logger(__name__)


def publish(numbers: Mapping[str, int]) -> None:
    """Tells every process that these scopes have these numbers now. Takes a second at most; a failure is logged."""
    try:
        _redis().publish(CHANNEL, json.dumps(dict(numbers)))
    except (RedisError, OSError) as problem:
        log.warning("live.revoke_not_told", scopes=list(numbers), problem=repr(problem))


def publish_for(events: Iterable[Event]) -> None:
    """Tells again what these events have ended; nothing where they ended nothing."""
    if scopes := ended_by(events):
        publish(epoch_numbers(scopes))


def ended_by(events: Iterable[Event]) -> Collection[str]:
    """The scopes that the events' access hung on. An event that does not say so leaves a dead letter."""
    scopes: set[str] = set()
    for event in events:
        for push in _BY_KIND.get(event.kind, ()):
            try:
                scopes.update(push.scopes(event))
            except Exception as problem:
                log.exception("live.revoke_not_understood", kind=event.kind, position=event.position)
                dead_letters.bury(event.position or 0, event.subject, what=event.kind, problem=problem)
    return scopes


_BY_KIND = {str(kind): [push for push in pushes if isinstance(push, Revoke)] for kind, pushes in PUSHES.items()}


@cache
def _redis() -> Redis:
    """One pool per process, shared by its threads."""
    # Once more where a connection of before Redis's restart was used; never where Redis lets us wait.
    retry = Retry(NoBackoff(), 1, supported_errors=(Disconnected,))
    return Redis.from_url(settings.REDIS_URL, socket_timeout=DEADLINE_S, socket_connect_timeout=DEADLINE_S, retry=retry)
