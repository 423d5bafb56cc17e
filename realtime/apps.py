from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        """Whoever ends access in this process has it told to every other one."""
        from backend.accounts import access
        from realtime import revocation

        access.when_raised(revocation.publish)
