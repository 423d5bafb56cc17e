"""The channel layer: Channels' own promises, and that it comes back by itself and says so."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.conf import settings
from redis.asyncio import Redis

from realtime import subscription
from realtime.layer import RedisLayer
from realtime.subscription import Subscription
from tests.realtime.page import PATIENCE_S, until


@pytest.fixture
async def layer() -> AsyncIterator[RedisLayer]:
    layer = RedisLayer(settings.REDIS_URL, prefix="test")
    yield layer
    await layer.flush()


@pytest.fixture
async def other() -> AsyncIterator[RedisLayer]:
    """As another process has one."""
    layer = RedisLayer(settings.REDIS_URL, prefix="test")
    yield layer
    await layer.flush()


async def received(layer: RedisLayer, channel: str) -> dict[str, object]:
    async with asyncio.timeout(PATIENCE_S):
        return await layer.receive(channel)


async def test_a_group_is_heard_from_the_moment_that_it_was_joined(layer: RedisLayer, other: RedisLayer) -> None:
    channel, second = await layer.new_channel(), await layer.new_channel()
    for n in range(20):
        await layer.group_add_many([f"group.{n}", f"twin.{n}"], channel)
        await other.group_send(f"group.{n}", {"type": "test", "n": n, "bytes": b"\xff"})
        assert await received(layer, channel) == {"type": "test", "n": n, "bytes": b"\xff"}
    await layer.group_add("group.1", second)
    await other.group_send("group.1", {"type": "test"})
    assert await received(layer, channel) == await received(layer, second) == {"type": "test"}


async def test_a_group_that_was_left_is_not_heard_and_others_are(layer: RedisLayer, other: RedisLayer) -> None:
    channel = await layer.new_channel()
    await layer.group_add_many(["left", "kept"], channel)
    await layer.group_discard("left", channel)
    await layer.group_discard("left", channel)
    await other.group_send("left", {"type": "left"})
    await other.group_send("kept", {"type": "kept"})
    assert await received(layer, channel) == {"type": "kept"}


async def test_one_channel_can_be_spoken_to(layer: RedisLayer, other: RedisLayer) -> None:
    channel = await layer.new_channel()
    await other.send(channel, {"type": "test"})
    assert await received(layer, channel) == {"type": "test"}


async def test_only_channels_of_this_process_join_groups(layer: RedisLayer) -> None:
    with pytest.raises(RuntimeError, match="no channel of this process"):
        await layer.group_add("group", "elsewhere")
    with pytest.raises(TypeError):
        await layer.group_send("no group!", {"type": "test"})


async def test_a_connection_that_was_cut_is_back_with_all_groups_and_says_so(
    layer: RedisLayer, other: RedisLayer
) -> None:
    restored: list[int] = []
    layer.restored = lambda: restored.append(1)
    channel = await layer.new_channel()
    await layer.group_add_many(["one", "two"], channel)
    assert restored == []
    async with Redis.from_url(settings.REDIS_URL) as redis:
        await redis.client_kill_filter(_type="pubsub")
    await until(lambda: restored)
    await other.group_send("two", {"type": "test"})
    assert await received(layer, channel) == {"type": "test"}
    await layer.group_add("three", channel)
    await other.group_send("three", {"type": "third"})
    assert await received(layer, channel) == {"type": "third"}


async def test_a_redis_that_asks_for_a_password_and_speaks_tls_is_heard_too(tmp_path: Path) -> None:
    address = urlsplit(settings.REDIS_URL)
    async with Redis.from_url(settings.REDIS_URL) as redis, tls_door(tmp_path, address.path) as port:
        await redis.acl_setuser("ear", enabled=True, passwords=["+long-enough"], channels=["*"], categories=["+@all"])
        url = f"rediss://ear:long-enough@localhost:{port}?ssl_ca_certs={tmp_path / 'cert.pem'}"
        heard: list[tuple[bytes, bytes]] = []
        ear = Subscription(url, lambda *message: heard.append(message), lambda: None)
        async with asyncio.timeout(PATIENCE_S):
            await ear.subscribe(["over.tls"])
        await redis.publish("over.tls", "said")
        await until(lambda: heard == [(b"over.tls", b"said")])
        ear.close()
        await redis.acl_deluser("ear")


@asynccontextmanager
async def tls_door(directory: Path, redis: str) -> AsyncIterator[int]:
    """The port of a door with a certificate of its own, behind which this Redis is."""
    make_certificate(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(redis)
        await asyncio.gather(carry(reader, inner_writer), carry(inner_reader, writer))

    server = await asyncio.start_server(lead, "localhost", 0, ssl=context, family=socket.AF_INET)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


def make_certificate(directory: Path) -> None:
    """For localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (directory / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (directory / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


async def test_a_redis_that_drops_what_it_takes_leads_to_one_connection_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one behind a proxy does while it starts again: a drop must not make one connection into two."""
    monkeypatch.setattr(subscription, "RETRY_S", 0.001)
    monkeypatch.setattr(subscription, "RETRY_MOST_S", 0.002)
    kept: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "redis.sock"))
        door.listen()
        Thread(target=drop_then_keep, args=(door, kept), daemon=True).start()
        ear = Subscription(f"unix://{tmp_path / 'redis.sock'}", lambda *_: None, lambda: None)
        asking = asyncio.create_task(ear.subscribe(["test"]))
        await until(lambda: kept)
        await asyncio.sleep(0.2)  # a second one would be here by now
        assert len(kept) == 1
        asking.cancel()
        ear.close()
    kept[0].close()


def drop_then_keep(door: socket.socket, kept: list[socket.socket]) -> None:
    """Beside the event loop, so that a connection may be gone before its protocol has heard of it."""
    with suppress(OSError):  # the door is closed
        for _ in range(100):
            door.accept()[0].close()
        while True:
            kept.append(door.accept()[0])
