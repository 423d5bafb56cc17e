"""Commands for processes that end with the tests that start them, even when those are killed."""

from backend.local.children import Program


def tied(*command: str) -> list[str]:
    """What to start in place of the command; only from the main thread, because it ends with its thread."""
    return Program(command[0], command).argv
