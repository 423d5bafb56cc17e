"""Server processes of our own on ports of this machine, for tests that end them."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

from tests.realtime.page import PATIENCE_S
from tests.tied import tied

Start = Callable[..., subprocess.Popen[bytes]]


@contextlib.contextmanager
def starting() -> Iterator[Start]:
    """start(port=…, SHUTDOWN_S="5"): a server process, ready; start("manage.py", "relay"): another one of ours."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str, port: int = 0, **env: str) -> subprocess.Popen[bytes]:
        whole = tied(sys.executable, *(command or ("-m", "realtime.server")))
        given = {"BASE_URL": f"http://localhost:{port}", "PORT": str(port)} if port else {}
        running.append(subprocess.Popen(whole, env={**os.environ, **given, **env}))
        return running[-1]

    try:
        yield start
    finally:
        for process in running:
            process.kill()
            process.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 3 * PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(port: int, path: str = "/healthz") -> bool:
    with contextlib.suppress(OSError):
        return fetch(port, path)[0] == 200
    return False


def fetch(port: int, path: str, cookie: str = "") -> tuple[int, str]:
    request = urllib.request.Request(f"http://localhost:{port}{path}", headers={"Cookie": cookie})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""
