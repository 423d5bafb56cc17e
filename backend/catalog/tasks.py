"""Jobs of the catalogue."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from backend.catalog.lists.actions import notice_schedules
from backend.catalog.transfer import running


@app.task(pass_context=True)
def run_import(context: JobContext, import_id: int) -> None:
    """Works on an import until it waits for a person or is done; a worker that stops leaves the rest to another."""
    running.run_to_its_end(import_id, may_go_on=lambda: not context.should_abort())


@app.periodic(cron="* * * * * */15")
@app.task(queueing_lock="resume_imports", pass_context=True)
def resume_imports(context: JobContext, timestamp: int) -> None:
    """Every quarter of a minute: takes up what a dead worker has left, and clears away what ended imports have left."""
    for pk in running.unfinished():
        running.run_to_its_end(pk, may_go_on=lambda: not context.should_abort())
    running.clear_away()


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="notice_price_schedules", pass_context=False)
def notice_price_schedules(timestamp: int) -> int:
    """Every ten seconds: how many price lists began or ended by themselves since the last time."""
    return notice_schedules()
