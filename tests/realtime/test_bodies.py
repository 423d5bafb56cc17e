"""What is too large is refused as it comes, whatever it says about itself, and nobody keeps it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from django.conf import settings
from django.test import AsyncClient
from django.urls import reverse

from backend.catalog.transfer.files import MAX_BYTES
from realtime import bodies
from tests.cast import Cast
from tests.realtime.door import Door, open_door

IMPORTS = "/c/northfield/products/imports/"
LOGIN = "/accounts/login/"
CHUNK = b"400\r\n" + b"x" * 1024 + b"\r\n"


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as door:
        yield door


async def answer(door: Door, head: str, *body: bytes) -> str:
    """The whole answer to a request whose body is sent piece by piece, as long as anybody takes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"{head}\r\nHost: 127.0.0.1:{door.port}\r\n\r\n".encode())
    try:
        for piece in body:
            writer.write(piece)
            await writer.drain()
        return (await asyncio.wait_for(reader.read(), 30)).decode()
    finally:
        writer.close()


def test_only_the_import_takes_more_than_a_form_does() -> None:
    assert bodies.most_of(reverse("imports", args=["northfield"])) > MAX_BYTES
    assert bodies.most_of(LOGIN) == bodies.most_of(f"{IMPORTS}7/") == bodies.OTHERWISE


def too_large(path: str, cookie: str = "") -> str:
    return f"POST {path} HTTP/1.1\r\nExpect: 100-continue\r\nCookie: a=b; {cookie}\r\nContent-Length: {600 * bodies.MB}"


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(door: Door) -> None:
    said = await answer(door, too_large(LOGIN))
    assert said.startswith("HTTP/1.1 413")
    assert "at most 32 MB" in said
    page = await answer(door, too_large(LOGIN).replace("Cookie", "Accept: text/html\r\nCookie"))
    assert "At most 32 MB can be sent here" in page
    assert "<h1>" in page


@pytest.mark.django_db(transaction=True)
async def test_only_who_is_logged_in_may_send_what_is_larger_than_a_form(door: Door, cast: Cast) -> None:
    client = AsyncClient()
    await client.aforce_login(cast.nora)
    name = settings.SESSION_COOKIE_NAME
    said = await answer(door, too_large(IMPORTS, f"{name}={client.cookies[name].value}"))
    assert "at most 501 MB" in said, "hers is too large, too"
    for stranger in ("", f"{name}=", f"{name}=forged"):
        assert "at most 32 MB" in await answer(door, too_large(IMPORTS, stranger))


@pytest.mark.django_db(transaction=True)
async def test_a_stranger_who_does_not_say_how_much_it_is_gets_no_further(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "OTHERWISE", 5_000)
    said = await answer(door, f"POST {IMPORTS} HTTP/1.1\r\nTransfer-Encoding: chunked", *[CHUNK] * 10, b"0\r\n\r\n")
    assert said.startswith("HTTP/1.1 413")


async def test_a_body_that_turns_out_too_large_is_refused_while_it_comes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "OTHERWISE", 5_000)
    said = await answer(door, f"POST {LOGIN} HTTP/1.1\r\nTransfer-Encoding: chunked", *[CHUNK] * 10, b"0\r\n\r\n")
    assert said.startswith("HTTP/1.1 413")


async def test_a_body_within_the_limit_reaches_its_view(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "OTHERWISE", 5_000)
    head = f"POST {LOGIN} HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked"
    assert (await answer(door, head, CHUNK, b"0\r\n\r\n")).startswith("HTTP/1.1 403"), "no token, so CSRF says no"
