"""The Chromium of the browser tests: CHROMIUM, chromium on PATH, Playwright's own, Debian's package."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from backend.local.trouble import Trouble

DEBIAN = Path("/etc/debian_version")
NAMES = ("chromium", "chromium-browser", "google-chrome")
THREE_WAYS = """The browser tests need a Chromium, and there is none. Any of these gives them one:
  1. your system's package, such as `apt-get install chromium` (as root), or any Chrome named `chromium` on PATH
  2. Playwright's own: `.venv/bin/playwright install chromium`
  3. CHROMIUM=/path/to/chromium ./dev test"""


def find_chromium() -> Path:
    """The first that runs, in the order above; where none does and we are root on Debian, installs one."""
    given = os.environ.get("CHROMIUM")
    if given:
        return _given(Path(given))
    for candidate in (*_on_path(), *_playwrights()):
        if _runs(candidate):
            return candidate
    return _installed()


def _given(path: Path) -> Path:
    if not _runs(path):
        raise Trouble(f"CHROMIUM={path} does not run. Correct it, or unset it to search for another.")
    return path


def _on_path() -> Iterator[Path]:
    return (Path(found) for name in NAMES if (found := shutil.which(name)))


def _playwrights() -> Iterator[Path]:
    """What `playwright install chromium` has put into its cache, the newest first."""
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    yield from sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)
    yield from sorted(cache.glob("chromium-*/chrome-mac*/*.app/Contents/MacOS/*"), reverse=True)


def _runs(path: Path) -> bool:
    """A name on PATH may be a shim or a stub that only asks for an installation: run it."""
    try:
        done = subprocess.run([str(path), "--version"], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _installed() -> Path:
    if os.geteuid() != 0 or not shutil.which("apt-get") or not DEBIAN.exists():
        raise Trouble(THREE_WAYS)
    print("Installing Debian's chromium for the browser tests (apt-get install chromium) …", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("update",), ("install", "-y", "--no-install-recommends", "chromium")):
        done = subprocess.run(["apt-get", "-q", *command], env=env, capture_output=True, text=True, check=False)
    for candidate in _on_path():
        if _runs(candidate):
            return candidate
    raise Trouble(f"`apt-get install chromium` failed:\n{done.stderr.strip()[-2000:]}\n\n{THREE_WAYS}")
