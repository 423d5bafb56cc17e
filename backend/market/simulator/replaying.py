"""The replay in a loop: stopped at any moment it goes on where it stopped, and a line replayed twice counts once."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

from django.db import InterfaceError, OperationalError, connection

from backend.core.errors import Busy, NotAllowed
from backend.market.files import DATA, Catalogue
from backend.market.models import THE_ONE, Replay
from backend.market.simulator.bringing import bring_back
from backend.market.simulator.buying import Outcome, buy
from backend.market.simulator.errands import (
    Sellers,
    run_errands,
    take_on_disputes,
    take_on_of,
    take_on_of_people,
    take_on_returns,
)
from backend.market.simulator.haggling import ask, haggle
from backend.market.simulator.pacing import BackOff, Pace
from backend.market.simulator.restocking import order_low, take_in
from backend.market.simulator.script import Invoice, Step, invoices, steps
from backend.market.simulator.shops import Shops
from backend.market.simulator.stalls import Stall, open_stalls, peopled_companies

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
        trade = Trade(self.catalogue, stood)
        if stood == 0:
            trade.bring_forward(self.folder)
        for step in self._paced(steps(stood, self.folder)):
            if outcome := trade.serve(step):
                self.tally[outcome] += 1
            back_off.succeeded()
        trade.save()

    def _paced(self, play: Iterator[Step]) -> Iterator[Step]:
        pace = Pace(self.lines_per_s, self.stop)
        while pace.wait():
            yield next(play)


class Trade:
    """What stands between two moments of looking up: who sells what, who buys, and how far the replay has come."""

    def __init__(self, catalogue: Catalogue, step: int) -> None:
        self.catalogue = catalogue
        self.step = step
        self.saved_at = monotonic()
        self.look(step)

    def serve(self, step: Step) -> Outcome | None:
        """One line of the replay, with what has to be done beside it. An invoice becomes an order with its last."""
        self._now_and_then(step.number)
        run_errands(step.number, self.sellers)
        outcome = self.trade(step.invoice, step.number) if step.is_last else None
        if outcome is Outcome.ORDERED:
            self._ask(step.invoice)
        self.step = step.number + 1
        return outcome

    def _ask(self, invoice: Invoice) -> None:
        """What is agreed on is ordered beside the stream."""
        if shop := self.shops.nth(invoice.retailer):
            ask(invoice, shop, self.stalls)

    def trade(self, invoice: Invoice, step: int) -> Outcome:
        """Replayed again it changes nothing more."""
        shop = self.shops.nth(invoice.retailer)
        if shop is None:
            return Outcome.SKIPPED
        try:
            if invoice.is_return:
                return bring_back(invoice, shop, self.stalls)
            outcome = buy(invoice, shop, self.stalls, step)
        except NotAllowed as refusal:
            logger.warning("%s: %s", invoice.reference, refusal)
            return Outcome.SKIPPED
        take_on_of(invoice.reference, shop.company.pk, step)
        return outcome

    def bring_forward(self, folder: Path) -> None:
        """On the first morning, what the stream has first for each shop whose people can log in: they find orders."""
        awaited = set(self.shops.peopled(self.sellers.peopled))
        for invoice in invoices(folder=folder):
            if not awaited:
                return
            if invoice.retailer in awaited and not invoice.is_return:
                awaited.remove(invoice.retailer)
                self.trade(invoice, 0)

    def look(self, step: int) -> None:
        """What is for sale may change: products are paused, published and renamed meanwhile; people come and go."""
        self.stalls: Mapping[str, Stall] = open_stalls(self.catalogue)
        self.by_sku = {stall.sku.pk: stall for stall in self.stalls.values()}
        actors = {stall.actor.company_id or 0: stall.actor for stall in self.stalls.values()}
        self.sellers = Sellers(actors, peopled_companies())
        self.shops = Shops(self.catalogue)
        self.looked_at = monotonic()
        order_low(list(self.stalls.values()), step)

    def save(self) -> None:
        Replay.objects.filter(pk=THE_ONE).update(step=self.step)
        self.saved_at = monotonic()

    def _now_and_then(self, step: int) -> None:
        now = monotonic()
        if now - self.saved_at >= SAVE_EVERY_S:
            self.save()
            take_in(self.by_sku, step)
            take_on_of_people(step)
            take_on_returns(step)
            take_on_disputes(step, self.sellers.peopled)
            haggle(step, self.sellers)
        if now - self.looked_at >= LOOK_EVERY_S:
            self.look(step)


def _take_seat() -> bool:
    """Whether this connection is the one simulator's; it stays so until the connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SEAT])
        taken: bool = cursor.fetchone()[0]
    return taken
