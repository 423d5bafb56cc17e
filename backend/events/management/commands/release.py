from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import connection

from backend.core import clock
from backend.core.database import application_role, use_owner_role
from backend.core.grants import grant_to_application
from backend.events.listeners import passed_by_all
from backend.events.partitions import drop_old_partitions, ensure_partitions
from backend.events.watch.beating import Beat, beat
from backend.events.watch.known import RELEASE


class Command(BaseCommand):
    """What a new version needs before it serves, as the owner: tables, months of events, the application's rights.

    Months of events that are older than EVENT_RETENTION_MONTHS are dropped.
    """

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        application = application_role()
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        use_owner_role()
        ensure_partitions(clock.now().date())
        drop_old_partitions(clock.now().date(), settings.EVENT_RETENTION_MONTHS, passed_by_all())
        grant_to_application(connection, application)
        beat([Beat(RELEASE)])
