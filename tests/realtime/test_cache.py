"""Pages work while Redis is away: what is cached is forgotten, and nothing fails."""

import socket

import pytest
from django.core.cache import cache
from django.test import Client

from realtime.cache import ForgetfulRedisCache
from tests.cast import Cast, set_password


@pytest.fixture
def away() -> ForgetfulRedisCache:
    """A cache whose server does not exist."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    return ForgetfulRedisCache(f"redis://127.0.0.1:{port}", {})


def test_a_cache_that_is_there_remembers() -> None:
    assert cache.add("k", 1)
    assert not cache.add("k", 2)
    assert (cache.get("k"), cache.get("nothing", "default"), cache.incr("k")) == (1, "default", 2)


def test_a_cache_that_is_away_finds_nothing_and_fails_nobody(away: ForgetfulRedisCache) -> None:
    assert away.add("k", 1)
    away.set("k", 1)
    assert (away.get("k", []), away.get("k"), away.incr("k"), away.delete("k"), away.get_many(["k"])) == (
        [], None, 1, False, {},
    )  # fmt: skip


def test_people_log_in_while_redis_is_away(
    cast: Cast,
    client: Client,
    away: ForgetfulRedisCache,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(cache, "_cache", away._cache)
    password = set_password(cast.bea)
    response = client.post("/accounts/login/", {"login": cast.bea.email, "password": password})
    assert response.status_code == 302
    assert "the cache is away" in caplog.text
