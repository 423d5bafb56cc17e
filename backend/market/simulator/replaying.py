"""The replay in a loop: stopped at any moment it goes on where it stopped, and a line replayed twice counts once."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

from django.db import InterfaceError, OperationalError, connection

from backend.core.errors import Busy
from backend.market.files import DATA, Catalogue
from backend.market.models import THE_ONE, LostSale, Replay
from backend.market.simulator.pacing import BackOff, Pace
from backend.market.simulator.restocking import order_all_low, take_in
from backend.market.simulator.script import Step, steps
from backend.market.simulator.stalls import Stall, open_stalls
from backend.market.simulator.trading import Outcome, trade

# Only one simulator at a time: the number of its advisory lock is arbitrary, and nobody else's.
SEAT = 7_462_019_311
# Where the replay stands is saved, and deliveries are taken in, this often; every minute it looks what is for sale.
SAVE_EVERY_S = 1.0
LOOK_EVERY_S = 60.0

logger = logging.getLogger(__name__)


class NotOpen(Exception):
    """The market is not loaded: nothing can be replayed."""


@dataclass
class Simulator:
    """Replays the stream of a loaded market at a pace (lines a second), until `stop` is set."""

    catalogue: Catalogue
    lines_per_s: float
    stop: Event
    folder: Path = DATA
    tally: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Until stopped; a database that is away is waited for. Raises NotOpen if the market is not loaded."""
        back_off = BackOff(self.stop)
        while not self.stop.is_set():
            try:
                self._replay(back_off)
            except (OperationalError, InterfaceError, Busy) as error:
                logger.warning("The replay waits: %s", error)
                connection.close()
                back_off.wait()

    def _replay(self, back_off: BackOff) -> None:
        if not _take_seat():
            logger.info("Another simulator is at work; this one waits.")
            back_off.wait()
            return
        stood = Replay.objects.filter(pk=THE_ONE, is_open=True).values_list("step", flat=True).first()
        if stood is None:
            raise NotOpen
        shop = Shop(self.catalogue, stood)
        for step in self._paced(steps(stood, self.folder)):
            self.tally[shop.serve(step)] += 1
            back_off.succeeded()
        shop.save()

    def _paced(self, play: Iterator[Step]) -> Iterator[Step]:
        pace = Pace(self.lines_per_s, self.stop)
        while pace.wait():
            yield next(play)


class Shop:
    """What stands between two moments of looking up: what is for sale, and how far the replay has come."""

    def __init__(self, catalogue: Catalogue, step: int) -> None:
        self.catalogue = catalogue
        self.step = step
        self.saved_at = monotonic()
        self.look(step)

    def serve(self, step: Step) -> Outcome:
        """Replays one step, with what has to be done beside it now and then."""
        self._now_and_then(step)
        stall = self.stalls.get(step.line.code)
        outcome = trade(step, stall) if stall else Outcome.SKIPPED
        self.step = step.number + 1
        return outcome

    def look(self, step: int) -> None:
        """What is for sale may change: products are paused, published and renamed meanwhile."""
        self.stalls: Mapping[str, Stall] = open_stalls(self.catalogue)
        self.by_sku = {stall.sku.pk: stall for stall in self.stalls.values()}
        self.looked_at = monotonic()
        order_all_low(self.stalls.values(), step)

    def save(self) -> None:
        Replay.objects.filter(pk=THE_ONE).update(step=self.step)
        self.saved_at = monotonic()

    def _now_and_then(self, step: Step) -> None:
        now = monotonic()
        if now - self.saved_at >= SAVE_EVERY_S:
            self.save()
            take_in(self.by_sku, step.number)
        if now - self.looked_at >= LOOK_EVERY_S:
            self.look(step.number)
            LostSale.objects.filter(lap__lt=step.lap).delete()


def _take_seat() -> bool:
    """Whether this connection is the one simulator's; it stays so until the connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SEAT])
        taken: bool = cursor.fetchone()[0]
    return taken
