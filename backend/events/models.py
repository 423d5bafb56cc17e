from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from backend.events.watch.models import Heartbeat, Watch

__all__ = ["Cursor", "DeadLetter", "Event", "Heartbeat", "Numbering", "Once", "Watch"]


class Event(models.Model):
    """A past fact. The table is partitioned by month of occurred_at (see partitions.py) and never changed,
    but for `position`, which the numberer gives once, after the commit."""

    append_only = True
    settable_later = ("position",)

    kind = models.TextField()
    subject = models.TextField()
    version = models.BigIntegerField()
    actor_id = models.BigIntegerField(null=True)
    company_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(db_default=Now())
    position = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index("id", name="events_unnumbered", condition=models.Q(position=None)),
            models.Index("position", name="events_position", condition=models.Q(position__isnull=False)),
            models.Index("subject", "id", name="events_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} v{self.version}"

    @property
    def subject_pk(self) -> int:
        return int(self.subject.partition(":")[2])


class Numbering(models.Model):
    """One row: the last position given. Whoever numbers holds its lock, so no number is given twice."""

    last_position = models.BigIntegerField(default=0)
    last_term = models.BigIntegerField(default=0, db_default=0)
    """How often a relay has taken the lead: whoever led in an earlier term learns it from Redis, and ends."""
    shards = models.IntegerField(default=1, db_default=1)
    """Among how many relays the subjects are shared out; the relays' cursors belong to that."""

    def __str__(self) -> str:
        return f"numbered up to {self.last_position}"


class Cursor(models.Model):
    """How far a reader of the log has come: the relay's watermark, and one row per listener."""

    name = models.TextField(primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"


class Once(models.Model):
    """A mutation that was done under an idempotency key, and what it resulted in (see once.py)."""

    company_id = models.BigIntegerField()
    key = models.TextField()
    action = models.TextField()
    fingerprint = models.TextField()
    result_pk = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company_id", "key"], name="once_per_company_and_key"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"


class DeadLetter(models.Model):
    """An event or a fragment that came to nothing, waiting for an operator to look (see dead_letters.py)."""

    position = models.BigIntegerField()
    subject = models.TextField()
    topic = models.TextField(blank=True)
    what = models.TextField()
    problem = models.TextField()
    times = models.IntegerField(default=1)
    at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["topic", "what"], condition=models.Q(seen_at=None), name="one_unseen_dead_letter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} at {self.position}: {self.problem}"
