"""How Django is asked: in one thread, and for no static file."""

import asyncio
import runpy
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable
from wsgiref.headers import Headers

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import AsyncRequestFactory, RequestFactory, override_settings
from django.urls import path

from realtime.requests import OneThread
from tests.realtime.door import Door, open_door

NOTING = f"{__name__}.noting"
threads: list[int] = []


def noting(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def note(request: HttpRequest) -> HttpResponse:
        return there(get_response(request))

    return note


def there(answer: HttpResponse) -> HttpResponse:
    threads.append(threading.get_ident())
    return answer


urlpatterns = [path("", lambda _request: there(HttpResponse("here")))]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as door:
        yield door


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[NOTING, "django.middleware.common.CommonMiddleware", NOTING])
async def test_a_request_stays_in_the_thread_in_which_it_began() -> None:
    threads.clear()
    await OneThread().get_response_async(AsyncRequestFactory().get("/"))
    assert len(threads) == 3
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


async def test_a_static_file_is_found_and_is_what_it_says_it_is(door: Door) -> None:
    address = f"{door.origin}/static/mark.svg"
    with await asyncio.to_thread(urllib.request.urlopen, address) as answer:
        assert answer.headers["Content-Type"] == "image/svg+xml"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers, "which is said over HTTPS alone"


def test_over_https_static_files_say_of_safety_what_pages_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "https://market.example")
    said = runpy.run_path(str(settings.ROOT / "backend" / "settings.py"))
    headers = Headers([])
    said["SERVESTATIC_ADD_HEADERS_FUNCTION"](headers, "", "")
    with override_settings(**{name: value for name, value in said.items() if name.startswith("SECURE_")}):
        asked = RequestFactory().get("/", secure=True)
        page = SecurityMiddleware(lambda _request: HttpResponse()).process_response(asked, HttpResponse())
    assert "max-age=31536000" in str(headers["Strict-Transport-Security"])
    assert dict(headers.items()) == {name: page[name] for name in headers.keys()}  # noqa: SIM118  # it is no mapping


async def test_what_is_no_static_file_is_djangos_to_answer(door: Door) -> None:
    status, text = await door.get("/static/none.svg")
    assert status == 404
    assert "<h1>" in text
