"""Jobs of the analytics' room: what the clock changes, with nothing happening."""

from procrastinate.contrib.django import app

from backend.analytics.floor.actions import note_lateness


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="note_lateness", pass_context=False)
def note_floors_lateness(timestamp: int) -> bool:
    """Every minute: whether more or fewer orders are late or stuck than the floor's pages were told."""
    return note_lateness()
