"""How Django is asked: in one thread, and for no static file."""

import asyncio
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, override_settings
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


async def test_what_is_no_static_file_is_djangos_to_answer(door: Door) -> None:
    status, text = await door.get("/static/none.svg")
    assert status == 404
    assert "<h1>" in text
