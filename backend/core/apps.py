from django.apps import AppConfig
from django.core.signals import got_request_exception
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    name = "backend.core"
    label = "core"

    def ready(self) -> None:
        from backend.core.database import replace_dead_connections
        from backend.core.row_security import tell_whose_work

        got_request_exception.connect(replace_dead_connections)
        connection_created.connect(tell_whose_work)
