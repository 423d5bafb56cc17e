"""The relay's pen without a relay, and a channel layer that can be made to fail."""

import random

from django.conf import settings

from realtime.hearing import Hearing
from realtime.render import frame
from realtime.road import Bundle, Entries, PeopleChanged, Push, Tick

LANGUAGES = ("en", "ar")


def entry(topic: str, seq: int, lang: str = "en") -> bytes:
    """One entry of a log, as the relay frames it."""
    html = f'<p id="{topic.replace(":", "-")}-{seq}">{seq} {lang}</p>'
    return f'<template data-topic="{topic}" data-v="{seq}" data-push="append">{html}</template>'.encode()


class Publisher:
    """Announces what a test says was committed."""

    def __init__(self, delivery: Hearing) -> None:
        self.delivery = delivery
        self.epoch = ""
        self._position = 0

    async def open_epoch(self) -> None:
        self.epoch = await self.delivery.open_epoch("test", 0)

    async def publish(self, *topics: str, v: int, languages: tuple[str, ...] = LANGUAGES) -> None:
        """Every topic in a bundle of its own."""
        await self.bundles([[self.state(topic, v, languages)] for topic in topics])

    async def append(self, topic: str, first: int, last: int, languages: tuple[str, ...] = LANGUAGES) -> None:
        await self.bundles([[self.entries(topic, first, last, languages)]])

    async def bundles(
        self, bundles: list[list[Push | Entries]], *, build: str = settings.BUILD, trace: str = ""
    ) -> None:
        self._position += 1
        made = [Bundle(self.epoch, build, news, trace) for news in bundles]
        await self.delivery.publish(self.epoch, made, self._position)

    def state(self, topic: str, v: int, languages: tuple[str, ...] = LANGUAGES) -> Push:
        return Push(topic, v, {lang: frame(topic, v, f"<p>{v} {lang}</p>") for lang in languages})

    def entries(self, topic: str, first: int, last: int, languages: tuple[str, ...] = LANGUAGES) -> Entries:
        frames = {lang: [entry(topic, seq, lang) for seq in range(first, last + 1)] for lang in languages}
        return Entries(topic, last, first, frames)


class Lossy(Hearing):
    """A channel layer that loses some announcements and brings others twice, as the seed has it."""

    def __init__(self, chance: random.Random, lost: float, twice: float) -> None:
        super().__init__()
        self._chance = chance
        self._lost, self._twice = lost, twice
        self._again: list[Bundle] = []

    async def receive(self) -> Bundle | Tick | PeopleChanged | None:
        if self._again:
            return self._again.pop()
        message = await super().receive()
        if isinstance(message, Bundle):
            if self._chance.random() < self._lost:
                return None
            if self._chance.random() < self._twice:
                self._again.append(message)
        return message
