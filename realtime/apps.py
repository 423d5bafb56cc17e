from django.apps import AppConfig
from django.core.checks import register


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        """Whoever ends access in this process has it told to every other one. `checks` run with Django's own."""
        from backend.accounts import access
        from realtime import checks, revocation

        register(checks.installation, checks.TAG)
        access.when_raised(revocation.publish)
