"""Our own server, but for one thing: each handshake also reads its session and its user from the database.

So the Channels documentation does it (AuthMiddlewareStack). `python -m tests.bench.servers.sessions PEOPLE` with HOST
and PORT in the environment; its first line has the people's cookies.
"""

import os
import sys
from typing import Any, cast

import django
import uvicorn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - needs the settings
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from starlette.types import Receive, Scope, Send  # noqa: E402

from backend.accounts.models import User  # noqa: E402
from realtime import server  # noqa: E402
from realtime.asgi import application as ours  # noqa: E402
from tests.bench.children import raise_descriptor_limit  # noqa: E402
from tests.bench.lines import answer  # noqa: E402

with_session: Any = AuthMiddlewareStack(cast(Any, ours))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The socket's person is in the scope before our own application sees it."""
    if scope["type"] == "websocket":
        await with_session(scope, receive, send)
    else:
        await ours(scope, receive, send)


def logged_in(people: int) -> list[str]:
    """Cookies of so many people, each with a session of their own."""
    nobody = make_password(None)
    users = User.objects.bulk_create(
        User(email=f"visitor{number}@storm.example", name="Visitor", password=nobody) for number in range(people)
    )
    return [f"{settings.SESSION_COOKIE_NAME}={session_of(user)}" for user in users]


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    (session[BACKEND_SESSION_KEY],) = settings.AUTHENTICATION_BACKENDS
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def main(people: int) -> None:
    raise_descriptor_limit()
    answer(cookies=logged_in(people))
    config = server.build_config(server.ServerSettings.from_environment(os.environ), cast(Any, application))
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
