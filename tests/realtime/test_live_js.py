"""The page's own rules, in Node; and that all of live.js is JavaScript that a browser can read."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from realtime.templatetags.live import SCRIPTS


@pytest.fixture(scope="module")
def node() -> str:
    """Node from `./dev test` (PATH, else the wheel)."""
    found = os.environ.get("NODE") or shutil.which("node")
    assert found, "the JavaScript tests need Node 20 or newer: ./dev test brings one where PATH has none"
    return found


def test_the_rules_of_the_page_hold(node: str) -> None:
    tests = Path(__file__).with_name("live_rules.test.cjs")
    done = subprocess.run([node, "--test", str(tests)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", [*SCRIPTS, "live.js"])
def test_the_scripts_can_be_read(node: str, script: str) -> None:
    path = settings.ROOT / "frontend_htmx" / "static" / script
    subprocess.run([node, "--check", str(path)], capture_output=True, check=True)
