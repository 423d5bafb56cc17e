"""What the road could not understand or show, kept for the operator. The road itself goes on without it.

A row says where it happened and what kind of error it was; never the error's text, which may quote personal data.
"""

from collections.abc import Sequence
from traceback import extract_tb

from django.db import connection
from django.db.models.functions import Now

from backend.events.models import DeadLetter

MAX_TEXT = 300


def bury(position: int, subject: str, *, what: str, problem: BaseException, topic: str = "") -> None:
    """Writes down that an event came to nothing at some reader, or adds to the row of the same that nobody has seen.

    `what` is the fragment, the kind of event or the listener that failed.
    """
    row: list[str | int] = [position, subject[:MAX_TEXT], topic[:MAX_TEXT], what[:MAX_TEXT], named(problem)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_deadletter (position, subject, topic, what, problem, times)"
            " VALUES (%s, %s, %s, %s, %s, 1)"
            " ON CONFLICT (topic, what) WHERE seen_at IS NULL DO UPDATE SET position = excluded.position,"
            " subject = excluded.subject, problem = excluded.problem, at = now(), times = events_deadletter.times + 1",
            row,
        )


def unseen() -> Sequence[DeadLetter]:
    """What no operator has marked as seen, the newest first."""
    return list(DeadLetter.objects.filter(seen_at=None).order_by("-at", "-pk"))


def mark_seen(pks: Sequence[int]) -> int:
    """An operator has looked at these; returns how many that were new. The same failure again makes a new row."""
    return DeadLetter.objects.filter(pk__in=pks, seen_at=None).update(seen_at=Now())


def named(problem: BaseException) -> str:
    """The class of an error and the line that raised it."""
    last = extract_tb(problem.__traceback__)[-1:]
    place = f" in {last[0].name}, {last[0].filename.rpartition('/')[2]}:{last[0].lineno}" if last else ""
    return f"{type(problem).__name__}{place}"[:MAX_TEXT]
