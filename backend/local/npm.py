"""JavaScript packages that only tests use: what a package-lock.json names, by its hashes, outside the tree."""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from backend.local import filelocks, wheels
from backend.local.places import ROOT, data_dir
from backend.local.trouble import Trouble

PARTNER_CLIENT = ROOT / "tests" / "partners"
TIME_LIMIT_S = 300


def install(wanted: Path, node: Path | None) -> Path:
    """The folder that has `node_modules` as `wanted`/package-lock.json says; npm fetches them if it has changed.

    Raises Trouble where there is no npm, or it cannot fetch them.
    """
    place = data_dir() / "npm" / wanted.name
    lock = (wanted / "package-lock.json").read_bytes()
    stamp, written = place / "installed", hashlib.sha256(lock).hexdigest()
    with filelocks.held(data_dir() / "npm.lock", "npm", wait=True):
        if not stamp.exists() or stamp.read_text() != written:
            _fetch(wanted, place, node)
            stamp.write_text(written)
    return place


def _fetch(wanted: Path, place: Path, node: Path | None) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / "installed").unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(wanted / name, place / name)
    command = [*npm_command(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=TIME_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Trouble(_what_to_do(wanted, str(problem))) from problem
    if done.returncode:
        raise Trouble(_what_to_do(wanted, done.stdout + done.stderr))


def npm_command(node: Path | None) -> Sequence[str]:
    """How npm is called: the one on PATH, else the one that came with the node of the wheel. Raises Trouble."""
    on_path = shutil.which("npm")
    if on_path:
        return [on_path]
    script = wheels.npm_script()
    if node is None or script is None:
        raise Trouble("There is no npm: install Node.js with it, or remove .venv, so that ./dev test brings its own.")
    return [str(node), str(script)]


def _what_to_do(wanted: Path, said: str) -> str:
    last = "\n".join(said.strip().splitlines()[-8:])
    return (
        f"npm could not fetch what {wanted.relative_to(ROOT)}/package-lock.json names, and the tests of the Socket.IO "
        "client need it. Is this machine online? Behind a proxy set HTTPS_PROXY; for a registry of your own, "
        f"npm_config_registry. Then try again: it is fetched once. npm said:\n{last}"
    )
