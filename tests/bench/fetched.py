"""The peers that are no Python: fetched into `.data/bench`, never installed on the machine."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from backend.local.node import find_node
from tests.bench.report import bench_dir

FETCH_S = 120
WS = "ws@8"
DEBIAN = ("nginx", "libnginx-mod-nchan")
NGINX, MODULE = "usr/sbin/nginx", "usr/lib/nginx/modules/ngx_nchan_module.so"


class Missing(Exception):
    """A peer cannot be had here; the message says why."""


@dataclass(frozen=True)
class Node:
    """Node.js and the directory that has the package ws."""

    binary: Path
    modules: Path


@dataclass(frozen=True)
class Nchan:
    """nginx and the module nchan, as Debian builds them."""

    nginx: Path
    module: Path


def node_ws() -> Node:
    """Raises Missing."""
    binary, home = find_node(), bench_dir() / "node"
    if binary is None:
        raise Missing("there is no Node.js 18 or newer")
    if not (home / "node_modules" / "ws" / "package.json").exists():
        home.mkdir(exist_ok=True)
        npm = (*_npm(binary), "install", "--prefix", str(home), "--no-save", "--no-audit", "--no-fund", WS)
        _run(npm, home, env={"PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"})
    return Node(binary, home / "node_modules")


def _npm(node: Path) -> tuple[str, ...]:
    """The npm beside this node: a command, or the wheel's script."""
    found = shutil.which("npm", path=str(node.parent)) or shutil.which("npm")
    if found:
        return (found,)
    script = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.exists():
        raise Missing("there is no npm")
    return (str(node), str(script))


def nchan() -> Nchan:
    """Raises Missing."""
    home = bench_dir() / "nchan"
    found = Nchan(home / NGINX, home / MODULE)
    if not (found.nginx.exists() and found.module.exists()):
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            raise Missing("only Debian's packages are known, and this is no Debian")
        home.mkdir(exist_ok=True)
        _run(("apt-get", "-q", "download", *DEBIAN), home)
        for package in home.glob("*.deb"):
            _run(("dpkg-deb", "-x", str(package), str(home)), home)
    _run((str(found.nginx), "-v"), home)
    return found


def _run(command: tuple[str, ...], directory: Path, env: dict[str, str] | None = None) -> None:
    """Raises Missing with the end of what the command said."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=FETCH_S,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Missing(f"{Path(command[0]).name}: {problem}") from None
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Missing(f"{' '.join((Path(command[0]).name, *command[1:3]))} failed: {' '.join(last)}")
