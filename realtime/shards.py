"""Sharing the subjects out among several leading relays, where one is not enough. Off by default: one shard.

A subject belongs to one shard, so its versions go out in order. Shard 0 numbers for all. A change of the number of
shards is noticed by whoever leads next: every shard then begins where the slowest one had come to.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

LEADER_LOCK = 0x1A5E11FE
"""An advisory lock of the database, and those after it for the other shards; the same for all its relays."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One relay's part of the subjects."""

    index: int = 0
    of: int = 1

    @property
    def numbers(self) -> bool:
        return self.index == 0

    @property
    def lock(self) -> int:
        return LEADER_LOCK + self.index

    @property
    def reader(self) -> str:
        """The name of its cursor."""
        return self.named("relay")

    def named(self, word: str) -> str:
        """`word` for shard 0, `word.<index>` for the others."""
        return f"{word}.{self.index}" if self.index else word

    def has(self, subject: str) -> bool:
        return self.of == 1 or zlib.crc32(subject.encode()) % self.of == self.index


def all_shards(of: int) -> Iterator[Shard]:
    return (Shard(index, of) for index in range(of))
