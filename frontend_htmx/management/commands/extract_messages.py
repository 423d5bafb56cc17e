from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from frontend_htmx.translating import bring_up_to_date, locale_file, untranslated


class Command(BaseCommand):
    """Brings every language up to date with the strings in the code, and says what waits for a translator."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for language, _name in settings.LANGUAGES:
            if language != settings.LANGUAGE_CODE:
                waiting = untranslated(bring_up_to_date(language))
                self.stdout.write(f"{locale_file(language)}: {len(waiting)} waiting for a translation")
