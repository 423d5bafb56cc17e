"""`manage.py derive_market SOURCE`: makes the committed demo data out of the raw Online Retail CSV."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.market import files
from backend.market.derive.building import Market, derive
from backend.market.derive.source_note import write_source_note
from backend.market.derive.till import read_till


class Command(BaseCommand):
    help = "Derives the demo market's catalogue and stream from the raw Online Retail data (CSV or CSV.xz)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, help="the raw data; its place is written nowhere")
        parser.add_argument("--into", type=Path, default=files.DATA, help="the folder to write to")

    def handle(self, *args: Any, source: Path, into: Path, **options: Any) -> None:
        try:
            market = derive(read_till(source))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        write_market(market, into)
        for what, number in market.numbers.items():
            self.stdout.write(f"{what}: {number:,}" if isinstance(number, int) else f"{what}: {number}")


def write_market(market: Market, folder: Path) -> None:
    """Writes the three files."""
    catalogue, stream = market.catalogue, market.stream
    holds = f"{len(catalogue.products):,} products, {len(catalogue.retailers):,} retailers"
    sizes = {
        files.CATALOGUE: (holds, files.write_catalogue(catalogue, folder)),
        files.STREAM: (f"{len(stream):,} lines", files.write_stream(stream, folder)),
    }
    write_source_note(folder, sizes, market.numbers)
