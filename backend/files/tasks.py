"""Jobs of the files."""

from procrastinate.contrib.django import app

from backend.files.keeping import delete_orphans


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="sweep_files", pass_context=False)
def sweep_files(timestamp: int) -> int:
    """Once a night: how many files lay there that no row of any room names."""
    return delete_orphans()
