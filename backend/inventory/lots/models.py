"""Lots: goods of a SKU that were made together and keep as long. Which SKUs have them says `StockItem.by_lots`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backend.core.fences import FencedQuerySet


class Today(models.Func):
    """The database's day."""

    template, output_field = "CURRENT_DATE", models.DateField()


class Lot(models.Model):
    """So many units with one number and one day, wherever they lie. Past its day, by the database's clock, it is sold
    to nobody: `expired_at` says since when the shelves leave it out."""

    item = models.ForeignKey("inventory.StockItem", models.CASCADE, related_name="lots")
    number = models.CharField(max_length=40)
    best_before = models.DateField(null=True)
    """None: it keeps."""
    expired_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    of_company_by = "item__sku__company"
    objects = FencedQuerySet["Lot"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["item", "number"], name="lot_number_a_sku"),
            models.CheckConstraint(condition=~Q(number=""), name="lot_has_a_number"),
            models.CheckConstraint(condition=Q(expired_at=None) | ~Q(best_before=None), name="only_a_day_expires"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["best_before"], condition=Q(expired_at=None), name="lot_expires"),
        ]

    def __str__(self) -> str:
        return self.number


class LotLevel(models.Model):
    """How much of a lot lies in one warehouse. The database keeps their sum what the level has on hand."""

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="levels")
    level = models.ForeignKey("inventory.StockLevel", models.CASCADE, related_name="lots")
    on_hand = models.BigIntegerField(default=0)
    packed = models.BigIntegerField(db_default=0)
    """So many of them were put into parcels, and have not left."""

    of_company_by = "lot__item__sku__company"
    objects = FencedQuerySet["LotLevel"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["lot", "level"], name="one_level_a_lot"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="lot_not_negative"),
            models.CheckConstraint(
                condition=Q(packed__range=(0, F("on_hand"))), name="what_is_packed_of_a_lot_lies_there"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} of {self.lot_id}"

    @property
    def loose(self) -> int:
        """What lies there in no parcel."""
        return self.on_hand - self.packed


class LotMove(models.Model):
    """Of which lots a move was. Append-only."""

    append_only = True
    of_company_by = "lot__item__sku__company"

    move = models.ForeignKey("inventory.StockMove", models.PROTECT, related_name="lots")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="moves")
    quantity = models.BigIntegerField()

    objects = FencedQuerySet["LotMove"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["move", "lot"], name="once_a_lot_in_a_move"),
            models.CheckConstraint(condition=~Q(quantity=0), name="lot_move_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+} of {self.lot_id}"
