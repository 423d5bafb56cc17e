from time import perf_counter
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import IntegrityError

from backend.market.actions import open_market
from backend.market.files import read_cast, read_catalogue
from backend.market.production import refuse_in_production


class Command(BaseCommand):
    """Loads the demo market, unless it is loaded: companies, catalogue, opening stock, the people who can log in."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_in_production()
        began = perf_counter()
        catalogue = read_catalogue()
        try:
            opened = open_market(catalogue, read_cast())
        except IntegrityError as error:
            raise CommandError(
                f"The database already holds something of the demo market's name, so nothing was loaded: {error}"
                "Load it into an empty database."
            ) from error
        if opened:
            self.stdout.write(
                f"The market is open: {len(catalogue.products):,} products of {len(catalogue.companies)} companies, "
                f"{len(catalogue.retailers):,} retailers ({perf_counter() - began:.1f} s)."
            )
