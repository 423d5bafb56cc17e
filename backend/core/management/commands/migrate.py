from typing import Any

from django.core.management.commands import migrate

from backend.core.database import use_owner_role


class Command(migrate.Command):
    """Django's migrate, as the role that owns the tables."""

    def handle(self, *args: Any, **options: Any) -> None:
        use_owner_role()
        super().handle(*args, **options)
