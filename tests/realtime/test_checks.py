"""What a process says before it starts, and when it would rather not."""

import copy
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata

import pytest
import redis
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, run_checks
from pytest_django.fixtures import Settings

from realtime import checks
from realtime.server import ServerSettings, build_config
from tests.realtime.raw import free_port


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        yield client
        client.config_set("maxmemory-policy", "noeviction")


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """install("daphne", "4.2.1"): as if that version were there."""

    def install(name: str, found: str) -> None:
        true = metadata.version
        monkeypatch.setattr(metadata, "version", lambda asked: found if asked == name else true(asked))

    return install


def alone(found: list[CheckMessage]) -> CheckMessage:
    (one,) = found
    return one


def test_nothing_is_wrong_with_what_the_lock_installs_and_the_settings_say() -> None:
    assert run_checks(tags=[checks.TAG]) == []
    assert checks.store() == []


@pytest.mark.parametrize(
    ("name", "old", "floor"),
    [
        ("uvicorn", "0.52.0", "0.54"),
        ("daphne", "4.2.1", "4.2.2"),
        ("websockets", "16.1", "17"),
        ("redis", "7.4.0", "8"),
        ("channels", "4.2.1", "4.3"),
    ],
)
def test_an_old_part_is_named_with_the_version_that_is_needed(
    settings: Settings, install: Callable[[str, str], None], name: str, old: str, floor: str
) -> None:
    install(name, old)
    found = alone(checks.installation())
    assert found.msg.startswith(f"{name} {old} is installed, {floor} or newer is needed")
    assert not found.is_serious()
    settings.PRODUCTION = True
    assert alone(checks.installation()).is_serious()


def test_a_part_that_was_never_tried_is_only_told_of(settings: Settings, install: Callable[[str, str], None]) -> None:
    settings.PRODUCTION = True
    install("uvicorn", "0.55.0.dev1")
    assert not alone(checks.installation()).is_serious()


@pytest.mark.parametrize(
    "backend", ["channels_redis.core.RedisChannelLayer", "channels_redis.pubsub.RedisPubSubChannelLayer"]
)
def test_a_layer_that_loses_messages_is_refused_in_production(settings: Settings, backend: str) -> None:
    layers = copy.deepcopy(settings.CHANNEL_LAYERS)
    layers["default"] |= {"BACKEND": backend}
    settings.CHANNEL_LAYERS = layers
    settings.PRODUCTION = True
    found = alone(checks.installation())
    assert "drop beyond a capacity, or are cut when quiet" in found.msg
    assert found.is_serious()


def test_a_redis_that_evicts_is_refused_in_production_and_told_of_elsewhere(
    settings: Settings, store: redis.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    store.config_set("maxmemory-policy", "allkeys-lru")
    checks.tell("relay", checks.store())
    told = capsys.readouterr().err
    assert told.startswith("relay: Redis evicts keys (maxmemory-policy allkeys-lru)")
    assert told.count("\n") == 1
    settings.PRODUCTION = True
    with pytest.raises(SystemExit):
        checks.tell("relay", checks.store())


def test_a_redis_that_is_away_stops_nobody(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.PRODUCTION = True
    settings.REDIS_URL = "redis://127.0.0.1:1"
    checks.tell("relay", checks.store())
    assert "does not answer (ConnectionError)" in capsys.readouterr().err


def test_deflate_is_off() -> None:
    async def nothing(*_: object) -> None: ...

    assert not build_config(ServerSettings(), nothing).ws_per_message_deflate


@pytest.mark.parametrize("command", [["-m", "realtime.server"], ["manage.py", "relay"]])
def test_a_process_in_production_does_not_start_on_a_redis_that_evicts(store: redis.Redis, command: list[str]) -> None:
    store.config_set("maxmemory-policy", "allkeys-lru")
    production = {"ENTREPOT_ENV": "production", "SECRET_KEY": "x" * 50, "BASE_URL": "http://localhost"}
    env = os.environ | production | {"PORT": str(free_port()), "HOST": "127.0.0.1"}
    ended = subprocess.run([sys.executable, *command], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "Redis evicts keys (maxmemory-policy allkeys-lru)" in ended.stderr.splitlines()[-1]
