import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from prometheus_client import start_http_server

from realtime import checks
from realtime.delivery import Delivery
from realtime.relay import Relay


class Command(BaseCommand):
    help = "Carries the event log to the live pages. Run two: one leads, the other takes over when it ends."

    def handle(self, *_args: Any, **_options: Any) -> None:
        checks.tell("relay", checks.store())  # what depends on the installation alone, Django has looked at
        if settings.RELAY_METRICS_PORT:
            start_http_server(settings.RELAY_METRICS_PORT, settings.RELAY_METRICS_HOST)
        with asyncio.Runner() as runner:
            delivery = runner.run(open_delivery())
            relay = Relay(delivery, runner.run)
            signal.signal(signal.SIGTERM, relay.stop)
            signal.signal(signal.SIGINT, relay.stop)
            relay.run_until_stopped()
            runner.run(delivery.close())


async def open_delivery() -> Delivery:
    """Redis's connections belong to the loop that makes them."""
    return Delivery()
