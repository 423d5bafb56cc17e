"""What is refused because somebody else in the company has to approve it first is asked for instead."""

from backend.core.errors import Refused
from backend.events.once import MAX_KEY_LENGTH


def require_approvable(no: Refused) -> None:
    """Raises it again, unless an approval is all that is missing."""
    if not no.detail.get("needs_approval"):
        raise no


def waiting_key(key: str) -> str:
    """Of what waits instead of being done: its action is another one."""
    return f"waits {key}"[:MAX_KEY_LENGTH]
