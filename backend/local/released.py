"""A stopped cluster whose database has been released: what `manage.py release` makes, kept for the next run.

It is only a head start: whoever copies it releases once more, which does what hangs on the day, and nothing twice.
"""

import hashlib
import shutil
import sys
from pathlib import Path

from backend.local import cluster, foreground
from backend.local.account import Account
from backend.local.children import stop
from backend.local.places import ROOT
from backend.local.postgres import APPLICATION, OWNER, STOP_S, Postgres
from backend.local.trouble import Trouble

SHAPING = ("*/migrations/*.py", "core/*.py")
"""The code that tables come from. What a migration takes from elsewhere makes none."""
RELEASE = (sys.executable, "manage.py", "release", "-v0")


def fingerprint(root: Path = ROOT) -> str:
    """Of every migration, our own and those of installed packages, and of what they make tables with."""
    found = sorted(path for pattern in SHAPING for path in (root / "backend").rglob(pattern))
    digest = hashlib.sha256((root / "requirements.lock").read_bytes())
    for path in found:
        digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def make(account: Account, template: Path, target: Path, log: Path, database: str) -> None:
    """Copies the stopped cluster at `template` to `target` and releases `database` there; or leaves nothing there."""
    half = target.with_name(f"{target.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    cluster.copy(template, half)
    account.own(half)
    postgres = Postgres(account, half, log, durable=False)
    running = postgres.start()
    try:
        _release(postgres, database, log.with_suffix(".output"))
    finally:
        stop([running], deadline_s=STOP_S)
        postgres.forget()
    half.rename(target)


def _release(postgres: Postgres, database: str, said: Path) -> None:
    """No redis is asked: nothing is written that anybody would want to hear of."""
    addresses = {
        "DATABASE_URL": postgres.url(APPLICATION, database),
        "DATABASE_OWNER_URL": postgres.url(OWNER, database),
        "REDIS_URL": "redis://localhost",
    }
    settings = {"ENTREPOT_ENV": "test", "SECRET_KEY": "only-for-tests", "DATA_DIR": str(said.parent)}
    with said.open("wb") as output:
        code = foreground.run(RELEASE, foreground.base_env() | addresses | settings, output=output)
    if code:
        raise Trouble(f"{said.read_text(errors='replace').strip()}\n\nThe tests' database could not be released.")
