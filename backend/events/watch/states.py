from django.db import models
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """How what has to run is doing: derived from its last run and the database's clock."""

    FINE = "fine", pgettext_lazy("a job", "fine")
    LATE = "late", pgettext_lazy("a job", "late")
    FAILING = "failing", pgettext_lazy("a job", "failing")
