"""`./dev lock`, for maintainers: requirements.lock anew from pyproject.toml, versions and hashes and nothing else."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from backend.local.places import ROOT
from backend.local.trouble import Trouble

COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--all-extras", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--output-file"),
)


def lock(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write requirements.lock; what follows `./dev lock` goes to uv, such as --upgrade or --upgrade-package NAME."""
    target = root / "requirements.lock"
    with _uv() as uv, tempfile.TemporaryDirectory() as scratch:
        new = Path(scratch) / "requirements.lock"
        if target.exists():
            shutil.copy(target, new)  # uv keeps the versions that it finds there
        _compile([uv, *COMPILE, str(new), *arguments, "pyproject.toml"], root)
        if "://" in new.read_text():
            raise Trouble("The new lock names an address; requirements.lock stays as it was. Look for a direct URL.")
        half = target.with_suffix(".half")
        shutil.copy(new, half)
        half.replace(target)
    print(f"{target} pins {target.read_text().count('==')} packages.")
    return 0


def _compile(command: list[str], root: Path) -> None:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"uv could not resolve pyproject.toml; requirements.lock stays as it was.\n{done.stderr.strip()}")


@contextlib.contextmanager
def _uv() -> Iterator[str]:
    """uv from PATH, else from an environment that is gone afterwards."""
    if found := shutil.which("uv"):
        yield found
        return
    with tempfile.TemporaryDirectory() as place:
        for command in ((sys.executable, "-m", "venv", place), (f"{place}/bin/pip", "install", "--quiet", "uv")):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Trouble(f"uv is not on PATH and could not be installed:\n{(done.stdout + done.stderr).strip()}")
        yield f"{place}/bin/uv"
