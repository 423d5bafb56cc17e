from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.inventory.counts.models import CountLine, CountSheet
from backend.inventory.disclosure import Disclosed, Disclosure, StockState
from backend.inventory.drifting.models import Drifted
from backend.inventory.holds.models import Hold, HoldKind
from backend.inventory.incoming.models import Incoming
from backend.inventory.limits.models import StockDefaults
from backend.inventory.lots.models import Lot, LotLevel, LotMove
from backend.inventory.transfers.models import Transfer, TransferLine

__all__ = [
    "Availability",
    "CountLine",
    "CountSheet",
    "Drifted",
    "Hold",
    "HoldKind",
    "Incoming",
    "Lot",
    "LotLevel",
    "LotMove",
    "MoveKind",
    "Receipt",
    "StockDefaults",
    "StockItem",
    "StockLevel",
    "StockMove",
    "Transfer",
    "TransferLine",
    "Warehouse",
]

M = TypeVar("M", bound=models.Model)


class StockQuerySet(FencedQuerySet[M]):
    """Of tables whose rows belong to a SKU, and with it to its seller."""

    def of_sku(self, sku_id: int) -> Self:
        return self.of_skus([sku_id])

    def of_skus(self, sku_ids: Collection[int]) -> Self:
        """Of these SKUs, of which somebody was asked before whether they may be seen."""
        return self.scoped(**{f"{self.model.of_sku_by}__in": sku_ids})  # type: ignore[attr-defined]  # each model's own


class WarehouseQuerySet(FencedQuerySet["Warehouse"]):
    def open(self) -> WarehouseQuerySet:
        """Those that goods may come into."""
        return self.filter(closed_at=None)


class Warehouse(models.Model):
    """Where goods lie. A closed one is empty, and stays so; what once moved there still names it."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="warehouses")
    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=80)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)
    closed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)

    objects = WarehouseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "code"], name="warehouse_code_per_company"),
        ]

    def __str__(self) -> str:
        return self.name


class StockItem(models.Model):
    """A SKU as its seller stocks it, over all warehouses: the subject `stock_level:<sku>`.

    Every change of any of its levels locks this row first, raises its version and takes the next `seq` of its moves.
    """

    sku = models.OneToOneField(Sku, models.CASCADE, primary_key=True, related_name="stock")
    disclosure = models.CharField(max_length=10, choices=Disclosure.choices, default=Disclosure.BANDS)
    version = models.BigIntegerField(default=0)
    last_seq = models.BigIntegerField(default=0)
    low_at = models.BigIntegerField(null=True)
    """It runs low at so many available units; None: at its company's own mark."""
    is_low = models.BooleanField(default=False)
    by_lots = models.BooleanField(default=False)
    """Whatever lies of it is of a lot (lots/models.py)."""

    of_company_by, of_sku_by = "sku__company", "pk"
    objects = StockQuerySet["StockItem"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(disclosure__in=Disclosure.values), name="stock_item_disclosure"),
            models.CheckConstraint(condition=Q(low_at__gte=0), name="stock_item_low_at"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["sku"], condition=Q(is_low=True), name="stock_running_low"),
        ]

    def __str__(self) -> str:
        return f"stock_level:{self.pk} v{self.version}"


class StockLevel(models.Model):
    """What one warehouse has of one SKU, in units of sale. The CHECKs are the last word: what is promised is never more
    than lies there and is not kept back, is expected, or may be owed beyond both."""

    item = models.ForeignKey(StockItem, models.CASCADE, related_name="levels")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="levels")
    on_hand = models.BigIntegerField(default=0)
    allocated = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    safety = models.BigIntegerField(default=0)
    backorder_limit = models.BigIntegerField(default=0)
    incoming = models.BigIntegerField(default=0)
    """What is expected and not there yet: it may be promised, too."""
    expired = models.BigIntegerField(default=0)
    """What of it is past its day: it lies there, and is sold to nobody."""
    packed = models.BigIntegerField(default=0)
    """What of it is in parcels, and leaves with nobody but them."""
    version = models.BigIntegerField(default=0)

    of_company_by, of_sku_by = "warehouse__company", "item"
    objects = StockQuerySet["StockLevel"].as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["item", "warehouse"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["item", "warehouse"], name="one_level_a_warehouse"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0, allocated__gte=0, reserved__gte=0, safety__gte=0, backorder_limit__gte=0)
                & Q(incoming__gte=0),
                name="stock_counters_not_negative",
            ),
            models.CheckConstraint(condition=Q(expired__range=(0, F("on_hand"))), name="what_expired_lies_there"),
            models.CheckConstraint(condition=Q(packed__range=(0, F("on_hand"))), name="what_is_packed_lies_there"),
            models.CheckConstraint(
                condition=Q(
                    on_hand__gte=F("allocated") + F("reserved") + F("safety") - F("backorder_limit") - F("incoming")
                ),
                name="stock_not_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.warehouse_id}: {self.on_hand}"

    @property
    def sellable(self) -> int:
        """What lies there and is not past its day."""
        return self.on_hand - self.expired

    @property
    def loose(self) -> int:
        """What lies there in no parcel."""
        return self.on_hand - self.packed

    @property
    def available(self) -> int:
        """What may still be sold from here; below 0 down to the backorder limit, or where promised goods expired."""
        return self.sellable - self.allocated - self.reserved - self.safety


class Receipt(models.Model):
    """Goods that came in together, under the number of the delivery note."""

    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="receipts")
    reference = models.CharField(max_length=200, blank=True)
    actor_id = models.BigIntegerField(null=True)
    received_at = models.DateTimeField(db_default=Now())

    of_company_by = "warehouse__company"
    objects = FencedQuerySet["Receipt"].as_manager()

    def __str__(self) -> str:
        return self.reference or f"receipt {self.pk}"


class MoveKind(models.TextChoices):
    OPENING = "opening", _("Opening stock")
    ADJUSTMENT = "adjustment", _("Adjustment")
    RECEIPT = "receipt", _("Goods received")
    SALE = "sale", _("Sale")
    RETURN = "return", _("Return")
    TRANSFER = "transfer", _("Transfer")
    COUNT = "count", _("Count")


class StockMoveQuerySet(StockQuerySet["StockMove"]):
    def newest_first(self) -> StockMoveQuerySet:
        return self.order_by("-seq")


class StockMove(models.Model):
    """Why a level changed. Append-only: the application's role may not update or delete these rows."""

    append_only = True
    of_company_by, of_sku_by = "level__warehouse__company", "item"

    item = models.ForeignKey(StockItem, models.PROTECT, related_name="moves")
    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="moves")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=MoveKind.choices)
    quantity = models.BigIntegerField()
    on_hand_after = models.BigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, related_name="moves")
    transfer_line = models.ForeignKey(TransferLine, models.PROTECT, null=True, related_name="moves")
    actor_id = models.BigIntegerField(null=True)
    moved_at = models.DateTimeField(db_default=Now())

    objects = StockMoveQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["item", "seq"], name="stock_move_seq"),
            models.UniqueConstraint(
                fields=["level", "kind", "reference"],
                condition=~Q(reference="") & Q(kind__in=("sale", "return")),
                name="one_move_a_reference",
            ),
            models.UniqueConstraint(fields=["transfer_line", "level"], name="one_move_a_side_of_a_transfer"),
            models.CheckConstraint(condition=Q(kind__in=MoveKind.values), name="stock_move_kind"),
            models.CheckConstraint(condition=~Q(quantity=0) | Q(kind="opening"), name="stock_move_moves"),
            models.CheckConstraint(condition=Q(on_hand_after__gte=0), name="stock_move_leaves_no_debt"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["item", "moved_at"], condition=Q(kind="sale"), name="stock_sold"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+} of {self.item_id}"


class Availability(models.Model):
    """What buyers may see of a SKU's stock: the subject `stock:<sku>`.

    Written in the transaction of the change, and only if what it says is different: so neither its version nor the
    moment of its change tells more than the seller discloses. Buyers' pages and lists read nothing else.
    """

    sku = models.OneToOneField(Sku, models.CASCADE, primary_key=True, related_name="availability")
    state = models.CharField(max_length=10, choices=StockState.choices, default=StockState.OUT)
    quantity = models.BigIntegerField(null=True)
    band = models.CharField(max_length=12, blank=True)
    more_on = models.DateField(null=True)
    """When more comes that nobody was promised yet: `more`, or in a band, where the seller discloses so much."""
    more = models.BigIntegerField(null=True)
    more_band = models.CharField(max_length=12, blank=True)
    version = models.BigIntegerField(default=1)

    of_company_by, of_sku_by = "sku__company", "pk"
    objects = StockQuerySet["Availability"].as_manager()

    class Meta:
        verbose_name_plural = "availabilities"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=StockState.values), name="availability_state"),
        ]

    def __str__(self) -> str:
        return f"stock:{self.pk} v{self.version}"

    @property
    def disclosed(self) -> Disclosed:
        return Disclosed(StockState(self.state), self.quantity, self.band, self.more_on, self.more, self.more_band)

    @property
    def is_in_stock(self) -> bool:
        """Whether lists of what is in stock show it."""
        return self.state != StockState.OUT
