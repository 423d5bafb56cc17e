"""When a SKU runs low, and when it no longer does. Pure: it reads no database."""

SLACK_TENTHS = 2


def is_low(available: int, low_at: int | None, *, was_low: bool) -> bool:
    """At `low_at` available units it runs low; it has recovered above two tenths more. So what hovers about the mark
    is told once, not with every sale."""
    if low_at is None:
        return False
    return available <= (low_at + low_at * SLACK_TENTHS // 10 if was_low else low_at)
