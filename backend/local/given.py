"""Databases that the environment names instead of our own: tried before anything is built on them."""

import os
import re
import subprocess
import sys
from urllib.parse import unquote, urlsplit

from backend.local.trouble import Trouble

NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
ANSWER_S = 5
# In a process of their own: this package imports nothing but the standard library.
_POSTGRES = f"import os, psycopg; psycopg.connect(os.environ['ENTREPOT_TRIES'], connect_timeout={ANSWER_S}).close()"
_REDIS = (
    "import os, redis; redis.from_url(os.environ['ENTREPOT_TRIES'], "
    f"socket_connect_timeout={ANSWER_S}, socket_timeout={ANSWER_S}).ping()"
)


def given_env() -> dict[str, str]:
    """Those of the three addresses that are set, each of them reachable."""
    env = {name: value for name in NAMES if (value := os.environ.get(name))}
    if "DATABASE_OWNER_URL" in env and "DATABASE_URL" not in env:
        raise Trouble("DATABASE_OWNER_URL is set and DATABASE_URL is not. Set both, or neither.")
    if not sys.platform.startswith("linux"):
        _require_both(env)
    tries = {name: _try(name, url) for name, url in env.items()}  # at the same time
    for name, process in tries.items():
        _judge(name, env[name], process)
    return env


def _require_both(env: dict[str, str]) -> None:
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if name not in env]
    if missing:
        raise Trouble(
            f"The embedded PostgreSQL and Valkey run on Linux; on {sys.platform} please start your own and set "
            f"{' and '.join(missing)}.\nFor example: DATABASE_URL=postgresql://me@localhost/entrepot "
            "REDIS_URL=redis://localhost:6379 ./dev run"
        )


def _try(name: str, url: str) -> subprocess.Popen[str]:
    script = _REDIS if name == "REDIS_URL" else _POSTGRES
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "ENTREPOT_TRIES": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _judge(name: str, url: str, process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate()
    if process.returncode == 0:
        return
    reason = errors.strip().splitlines()[-1] if errors.strip() else "no answer"
    raise Trouble(
        f"{name} cannot be reached.\n"
        f"  tried:  {hidden(url, url)}\n"
        f"  answer: {hidden(reason, url)}\n"
        f"Start that server or correct {name}; without {name} ./dev starts its own."
    )


def hidden(text: str, url: str) -> str:
    """The text without the password of that URL, however it stands there."""
    try:
        password = urlsplit(url).password or ""
    except ValueError:
        password = ""
    for secret in filter(None, {password, unquote(password)}):
        text = text.replace(secret, "***")
    return re.sub(r"(password=)('[^']*'|[^\s&]+)", r"\1***", text)
