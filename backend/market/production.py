"""The demo market is off in production."""

from django.conf import settings
from django.core.management import CommandError


def refuse_in_production() -> None:
    """Raises CommandError where ENTREPOT_ENV is production: made-up companies and sales have no place there."""
    if settings.ENTREPOT_ENV == "production":
        raise CommandError(
            "The demo market is off in production (ENTREPOT_ENV=production): it would mix made-up companies, people "
            "with a published password and replayed sales with real ones. Use ENTREPOT_ENV=development to see it."
        )
