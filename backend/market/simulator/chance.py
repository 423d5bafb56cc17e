"""Chance that is always the same: of the same text the same number comes, in whichever run."""

import zlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def chance(text: str, sides: int) -> int:
    """From 0 to sides - 1."""
    return zlib.crc32(text.encode()) % sides


def between(text: str, least: int, most: int) -> int:
    """From least to most."""
    return least + chance(text, most - least + 1)


def one_of(text: str, choices: Sequence[T]) -> T:
    return choices[chance(text, len(choices))]
