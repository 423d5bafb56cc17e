"""What has to run, and how soon after the last time."""

import time
from collections.abc import Mapping
from copy import copy
from functools import cache

from django.conf import settings
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicTask

from backend.events.log import RELAY
from backend.events.partitions import MONTHS_AHEAD
from backend.events.rooms import reacting_rooms

BEAT_S = 15
"""How often a process that runs all the time says so."""
GRACE_S = 60
"""What is not over so long after it was due is late."""
WORKER, RELEASE = "worker", "release"
RELEASE_DUE_S = (MONTHS_AHEAD - 1) * 30 * 24 * 3600
"""Then the months that it has made ahead come to their end."""


@cache
def jobs() -> Mapping[str, PeriodicTask[..., object, ...]]:
    """Every job that a clock starts, by its name: `<room>.<job>`."""
    return {short_name(each.task.name): each for each in app.periodic_registry.periodic_tasks.values()}


def short_name(task: str) -> str:
    """`inventory.reconcile_stock` of `backend.inventory.tasks.reconcile_stock`."""
    return task.removeprefix("backend.").replace(".tasks.", ".")


def listener(room: str) -> str:
    return f"listener.{room.removeprefix('backend.')}"


def relay(index: int) -> str:
    return f"{RELAY}.{index}" if index else RELAY


def processes() -> tuple[str, ...]:
    """What runs all the time; and what a new version is prepared by."""
    shards = (relay(index) for index in range(settings.RELAY_SHARDS))
    return (*shards, WORKER, *map(listener, reacting_rooms()), RELEASE)


def everything() -> tuple[str, ...]:
    return (*processes(), *sorted(jobs()))


def due_in_s(name: str) -> float:
    """How long from now on it is late without another sign of life."""
    if name == RELEASE:
        return RELEASE_DUE_S
    if name not in jobs():
        return BEAT_S + GRACE_S
    now = time.time()
    return float(copy(jobs()[name].croniter).get_next(float, start_time=now)) - now + GRACE_S
