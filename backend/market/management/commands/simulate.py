import signal
from argparse import ArgumentTypeError
from math import isfinite
from threading import Event
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from backend.market.files import read_catalogue
from backend.market.production import refuse_in_production
from backend.market.simulator.replaying import NotOpen, Simulator

MOST_LINES_PER_S = 1000


def pace(text: str) -> float:
    """Lines a second, from 0 to MOST_LINES_PER_S."""
    try:
        lines_per_s = float(text)
    except ValueError:
        lines_per_s = -1
    if not isfinite(lines_per_s) or not 0 <= lines_per_s <= MOST_LINES_PER_S:
        raise ArgumentTypeError(f"{text!r} is no pace: give invoice lines a second, from 0 to {MOST_LINES_PER_S}")
    return lines_per_s


class Command(BaseCommand):
    """Moves the demo market: replays real sales and returns through the real actions, and takes in goods."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pace", type=pace, default=5, help="invoice lines a second; 0 is quiet (default: 5)")

    def handle(self, *args: Any, pace: float, **options: Any) -> None:
        refuse_in_production()
        stop = Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: stop.set())
        self.stdout.write(f"The market moves by {pace:g} lines a second." if pace else "The market is quiet.")
        self.stdout.flush()
        if pace == 0:
            stop.wait()
            return
        try:
            Simulator(read_catalogue(), pace, stop).run()
        except NotOpen:
            raise CommandError("There is no demo market in this database: run `manage.py load_market` first.") from None
