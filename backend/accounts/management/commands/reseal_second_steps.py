from typing import Any

from django.core.management.base import BaseCommand

from backend.accounts.protection.actions import reseal_second_steps


class Command(BaseCommand):
    help = "Seals every second step anew, under the first of SECOND_STEP_KEYS. Then the others may be taken out."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reseal_second_steps()} second steps are sealed under the first key.")
