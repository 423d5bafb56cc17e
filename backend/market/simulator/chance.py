"""Chance that is always the same: of the same text the same number comes, in whichever run."""

import zlib
from collections.abc import Sequence
from typing import TypeVar

from backend.orders.models import Order

T = TypeVar("T")


def fate(order: Order) -> str:
    """What chance knows an order by. Its number is drawn, so it would never be the same twice; the stream's invoices
    give their numbers as PO numbers. What somebody has ordered without one has nothing else."""
    return f"{order.po_number or order.number}/{order.seller.slug}"


def chance(text: str, sides: int) -> int:
    """From 0 to sides - 1."""
    return zlib.crc32(text.encode()) % sides


def between(text: str, least: int, most: int) -> int:
    """From least to most."""
    return least + chance(text, most - least + 1)


def one_of(text: str, choices: Sequence[T]) -> T:
    return choices[chance(text, len(choices))]
