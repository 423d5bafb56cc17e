"""Compiled translations: Babel's, since a fresh machine has no msgfmt. Git keeps only the .po files."""

import os
import subprocess
import sys
from pathlib import Path

from backend.local.places import ROOT
from backend.local.trouble import Trouble


def compile_translations(root: Path = ROOT) -> None:
    """Compile each django.po that is newer than its .mo."""
    for source in sorted(root.glob("frontend_htmx/locale/*/LC_MESSAGES/django.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            _compile(source, compiled)


def _compile(source: Path, compiled: Path) -> None:
    half = compiled.with_suffix(f".{os.getpid()}")  # others may be reading, or compiling, the same one
    command = ("babel.messages.frontend", "compile", "-i", str(source), "-o", str(half), "-l", source.parts[-3])
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        half.unlink(missing_ok=True)
        raise Trouble(f"{source} cannot be compiled:\n{done.stderr.strip()}")
    half.replace(compiled)
