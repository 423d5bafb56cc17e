from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Drifted(models.Model):
    """A counter that is not what its moves, holds or lots add up to, as long as it isn't (see reconcile.py)."""

    thing = models.TextField()
    """A stock level, or a line of a transfer."""
    row_id = models.BigIntegerField()
    counter = models.TextField()
    says = models.BigIntegerField()
    adds_up_to = models.BigIntegerField()
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["thing", "row_id", "counter"], name="one_drift_of_a_counter"),
        ]

    def __str__(self) -> str:
        return f"{self.counter} of {self.thing} {self.row_id}"
