"""As whom PostgreSQL runs: it refuses root, so root needs another face.

Root in a user namespace of its own (`unshare`) keeps its files and works below a closed home. Where
that is refused, as in most containers, or where the checkout belongs to somebody else, the server
runs as nobody, on a copy below /var/tmp that nobody can reach.
"""

import functools
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
REACHES = 'test -x "$1" && test -w "$2"'


@dataclass(frozen=True)
class Account:
    """before: the command in front; uid: whom to become (None: stay); install: where the binaries are."""

    install: Path
    before: tuple[str, ...] = ()
    uid: int | None = None

    def place(self, path: Path) -> Path:
        """A directory that this account can reach; with a copy's account, `path` becomes a link to it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.uid is None:
            return path
        target = _reachable_base(path.parent) / path.name
        if path.is_dir() and not path.is_symlink():
            shutil.move(path, target)
        target.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        return target

    def own(self, path: Path) -> Path:
        """Hand the path, and what is below it, to the account."""
        if self.uid is not None:
            for one in (path, *path.rglob("*")):
                os.chown(one, self.uid, self.uid, follow_symlinks=False)
        return path


def account_for(install: Path, data: Path) -> Account:
    """How to run the server in `install` so that it can write below `data` (which must exist)."""
    if os.geteuid() != 0:
        return Account(install)
    if namespace_reaches(install / "bin" / "postgres", data):
        return Account(install, before=NAMESPACE)
    return Account(_copied(install, data), uid=pwd.getpwnam("nobody").pw_uid)


@functools.cache
def namespace_reaches(binary: Path, data: Path) -> bool:
    """Whether root in a namespace of its own may run the binary and write the data."""
    command = [*NAMESPACE, "sh", "-c", REACHES, "sh", str(binary), str(data)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _reachable_base(owner: Path) -> Path:
    name = hashlib.sha256(str(owner.resolve()).encode()).hexdigest()[:12]
    base = Path("/var/tmp") / f"entrepot-{name}"  # noqa: S108 - ours alone: checked just below
    base.mkdir(mode=0o711, exist_ok=True)
    if base.is_symlink() or base.stat().st_uid != 0:
        raise PermissionError(f"{base} is not root's own directory: remove it, then try again")
    return base


def _copied(install: Path, data: Path) -> Path:
    """A copy of the binaries, made once per version of the wheel.

    The wheel keeps the libraries that they load beside its package, where their run path looks for them.
    """
    package = install.parent
    made = int((install / "bin" / "postgres").stat().st_mtime)
    copy = _reachable_base(data) / f"postgresql-{made}"
    if not copy.exists():
        half = Path(tempfile.mkdtemp(prefix="half-", dir=copy.parent))
        half.chmod(0o755)
        for part in package.parent.glob(f"{package.name}*"):
            shutil.copytree(part, half / part.name, symlinks=True)
        _swap_in(half, copy)
    return copy / install.relative_to(package.parent)


def _swap_in(half: Path, whole: Path) -> None:
    try:
        half.rename(whole)
    except OSError:  # somebody else was faster; theirs is as good
        shutil.rmtree(half)
