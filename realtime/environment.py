"""Settings of the web process from the environment: nonsense is named, with what would be accepted."""

from collections.abc import Mapping


class BadSetting(ValueError):
    """An environment variable that makes no sense; the message names it and what would be accepted."""


def whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number. Raises BadSetting."""
    given = env.get(name) or str(default)
    if not (given.isascii() and given.isdigit() and least <= int(given) <= most):
        raise BadSetting(f"{name} is {given!r}; it must be a whole number from {least} to {most}")
    return int(given)


def is_on(env: Mapping[str, str], name: str) -> bool:
    """A switch, off unless it is 1. Raises BadSetting."""
    given = env.get(name) or "0"
    if given not in ("0", "1"):
        raise BadSetting(f"{name} is {given!r}; it must be 0 or 1")
    return given == "1"
