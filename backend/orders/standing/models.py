from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, TruncDate
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.accounts.roles import Permission
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.orders.reordering.models import OrderTemplate
from backend.orders.standing.schedule import Schedule
from backend.orders.standing.states import Every, Outcome, Standing

MAX_PERCENT = 100


class StandingOrderQuerySet(FencedQuerySet["StandingOrder"]):
    def visible_to(self, actor: Actor) -> StandingOrderQuerySet:
        """What a company orders by itself is known to those of its people who see its orders."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        return self.of_company(actor.company_id)

    def due(self) -> StandingOrderQuerySet:
        """Those whose day has come, by the database's clock (UTC), and those that somebody has begun to order."""
        begun = Q(runs__outcome=Outcome.RUNNING)
        return self.filter(Q(state=Standing.ACTIVE, next_on__lte=TruncDate(Now())) | begun).distinct()


class StandingOrder(models.Model):
    """A template that is ordered by itself, day after day, as the person who set it up.

    `agreed` is what a unit of each SKU cost then, in minor units; dearer by more than `limit_percent` it asks first.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    template = models.ForeignKey(OrderTemplate, models.PROTECT, related_name="standing_orders")
    set_up_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    state = models.CharField(max_length=10, choices=Standing.choices, default=Standing.ACTIVE)
    first_on = models.DateField(_("first on"))
    every = models.CharField(max_length=10, choices=Every.choices, default=Every.WEEKS)
    n = models.PositiveSmallIntegerField(default=1)
    next_on = models.DateField(_("next on"))
    limit_percent = models.PositiveSmallIntegerField(default=0)
    agreed = models.JSONField(default=dict)
    currencies = models.JSONField(default=dict)
    """In which one each seller's prices were agreed."""
    po_number = models.CharField(_("PO number"), max_length=40, blank=True)
    note = models.CharField(_("note to the sellers"), max_length=1000, blank=True)
    only_whole = models.BooleanField(default=False)
    ship_to = models.JSONField(default=dict)
    bill_to = models.JSONField(default=dict)
    """Empty: where the goods go."""
    why = models.CharField(max_length=300, blank=True)
    """Why it was stopped."""
    version = models.BigIntegerField(default=1)

    objects = StandingOrderQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=Standing.values), name="standing_state"),
            models.CheckConstraint(condition=Q(every__in=Every.values), name="standing_every"),
            models.CheckConstraint(
                condition=Q(n__range=(1, 365), limit_percent__range=(0, MAX_PERCENT)), name="standing_numbers"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_on"], condition=Q(state=Standing.ACTIVE), name="standing_due"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        return f"standing_order:{self.pk}"

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.first_on, Every(self.every), self.n)

    def at_most(self, sku_id: int, otherwise: Decimal) -> Decimal:
        """What a unit may cost without anybody being asked; of what came into the template later, by what it said."""
        agreed = Decimal(self.agreed.get(str(sku_id), otherwise))
        return agreed * (100 + self.limit_percent) / 100


class StandingRun(models.Model):
    """What became of one day on which a standing order was due: one row each, so that none is ordered twice."""

    standing = models.ForeignKey(StandingOrder, models.CASCADE, related_name="runs")
    due_on = models.DateField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.RUNNING)
    group = models.ForeignKey("orders.OrderGroup", models.PROTECT, null=True, related_name="+")
    requisition = models.ForeignKey("orders.Requisition", models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=1000, blank=True)
    rose = models.JSONField(default=list)
    """The SKUs that are dearer than agreed."""
    is_seen = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    of_company_by = "standing__company"
    objects = FencedQuerySet["StandingRun"].as_manager()
    row_security = RowSecurity(follow=("standing_id", "orders_standingorder"))

    class Meta:
        ordering: ClassVar[list[str]] = ["standing", "-due_on"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["standing", "due_on"], name="one_run_a_day"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="run_outcome"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["standing"], condition=Q(outcome=Outcome.RUNNING), name="run_begun"),
        ]

    def __str__(self) -> str:
        return f"{self.standing_id} on {self.due_on}"
