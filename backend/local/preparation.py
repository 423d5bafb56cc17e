"""What has to happen once before the market opens: release, and loading the demo market."""

import datetime
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.local import foreground
from backend.local.databases import Databases
from backend.local.places import ROOT, data_dir
from backend.local.trouble import Trouble

CODE = ("backend", "requirements.lock", "Procfile")


def prepare(databases: Databases, release: Sequence[str], env: Mapping[str, str]) -> None:
    """Run both, unless our own database saw them with exactly this code, and this month, before."""
    now = _fingerprint()
    if databases.are_ours and _stamp().exists() and _stamp().read_text() == now:
        return
    forget()
    print("Preparing the database …", flush=True)
    _run(tuple(release), env)
    print("Opening the demo market …", flush=True)
    _run(("python", "manage.py", "load_market"), env)
    if databases.are_ours:
        _stamp().write_text(now)


def _run(command: tuple[str, ...], env: Mapping[str, str]) -> None:
    """Its many lines go to a log; a failure shows them."""
    log = data_dir() / "log" / "preparation.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        code = foreground.run(command, env, output=output)
    if code:
        said = log.read_text(errors="replace").strip()
        raise Trouble(f"{said}\n\n`{' '.join(command)}` ended with code {code}; what it said stands above.")


def forget() -> None:
    """Somebody may have changed the database by hand: prepare it again at the next start."""
    _stamp().unlink(missing_ok=True)


def _stamp() -> Path:
    return data_dir() / "prepared"


def _fingerprint() -> str:
    """Of the code's names, sizes and times; of the month, because event tables have one partition each."""
    digest = hashlib.sha256(datetime.datetime.now(datetime.UTC).strftime("%Y-%m").encode())
    digest.update(sys.version.encode())
    for name in CODE:
        for path in _files(ROOT / name):
            state = path.stat()
            digest.update(f"{path.relative_to(ROOT)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts)
