"""Which rooms react to events: every installed one that has a `reactions.py`."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps


def reacting_rooms() -> Mapping[str, ModuleType]:
    """Their `reactions.py`, by the room's name."""
    rooms = [config.name for config in apps.get_app_configs() if config.name.startswith("backend.")]
    return {room: import_module(f"{room}.reactions") for room in rooms if find_spec(f"{room}.reactions")}
