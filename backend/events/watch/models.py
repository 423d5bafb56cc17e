from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.events.watch.states import State

THE_ONE = 1
"""There is one watch over all that runs: the topics `watch:1` and `alarms:1`."""


class Watch(models.Model):
    """One row: its version rises whenever something became late, failed, drifted, or is well again."""

    version = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(pk=THE_ONE), name="one_watch"),
        ]

    def __str__(self) -> str:
        return f"watch at {self.version}"


class Heartbeat(models.Model):
    """The last run of what has to run, by its name. Written once per run, when it is over."""

    name = models.TextField(primary_key=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    """Of the last run that went well."""
    did = models.BigIntegerField(null=True)
    """How much it did then, where it counts."""
    problem = models.TextField(blank=True)
    """The class of the error that the last run ended with, and the line that raised it; never its text."""
    failed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    """When it is late."""
    told = models.TextField(choices=State.choices, default=State.FINE)
    """The state that the pages were told."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(told__in=State.values), name="heartbeat_told"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.told}"
