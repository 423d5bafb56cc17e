"""The shipped server configuration against RFC 6455, clause by clause, over a raw connection.

An echo stands where the live application would: what is asked is what reaches an application, what is answered, and
with which code a socket ends. Each test begins with its clause.
"""

import base64
import contextlib
import hashlib
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from realtime.server import ServerSettings, bind, build_config
from tests.realtime.page import PATIENCE_S
from tests.realtime.raw import (
    BINARY,
    CLOSE,
    CONT,
    FIN,
    PING,
    PONG,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    RawSocket,
    Received,
    close_payload,
    frame,
    free_port,
)

NORMAL, GOING_AWAY, PROTOCOL_ERROR, NOT_UTF_8, TOO_BIG = 1000, 1001, 1002, 1007, 1009
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MORE = 0
"""The head of a frame that is not the last of its message."""


async def echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        await receive()
        await send({"type": f"{scope['type']}.startup.complete"})
        await receive()
        await send({"type": f"{scope['type']}.shutdown.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    settings = ServerSettings(port=free_port(), shutdown_s=1)
    server = uvicorn.Server(build_config(settings, echo))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bind(settings)]})
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield settings.port
    server.should_exit = True
    thread.join(PATIENCE_S)


@pytest.fixture
def client(port: int) -> Iterator[RawSocket]:
    with RawSocket(port) as client:
        assert client.status == 101
        yield client


def assert_failed(client: RawSocket, code: int) -> None:
    """7.1.7: a close frame with the code, and then the connection ends; nothing is echoed any more."""
    assert client.receive().close_code == code
    assert client.is_ended()


def assert_echoes(client: RawSocket, text: bytes = b"still here") -> None:
    client.send(frame(TEXT, text))
    assert client.receive() == Received(FIN | TEXT, text)


# --- 4.2 The handshake --------------------------------------------------------------------------------------------


def test_4_2_2_the_accept_value_is_made_of_the_key(port: int) -> None:
    key = base64.b64encode(b"the sample nonce").decode()
    with RawSocket(port, Sec_WebSocket_Key=key) as client:
        digest = hashlib.sha1((key + GUID).encode()).digest()  # noqa: S324 - the RFC's choice
        assert client.headers["sec-websocket-accept"] == base64.b64encode(digest).decode().lower()


@pytest.mark.parametrize("key", ["", "dG9vIHNob3J0", "not base64!"])
def test_4_2_1_a_handshake_without_a_key_of_16_bytes_is_refused(port: int, key: str) -> None:
    with RawSocket(port, Sec_WebSocket_Key=key) as client:
        assert client.status == 400


def test_4_2_1_another_version_is_refused(port: int) -> None:
    with RawSocket(port, Sec_WebSocket_Version="12") as client:
        assert client.status in (400, 426)


def test_4_2_2_neither_extension_nor_subprotocol_is_chosen(port: int) -> None:
    with RawSocket(port, Sec_WebSocket_Extensions="permessage-deflate", Sec_WebSocket_Protocol="chat") as client:
        assert client.status == 101
        assert client.headers.keys().isdisjoint({"sec-websocket-extensions", "sec-websocket-protocol"})


# --- 5.1 Masking --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, CLOSE])
def test_5_1_a_frame_that_is_not_masked_fails_the_connection(client: RawSocket, opcode: int) -> None:
    client.send(frame(opcode, b"", is_masked=False))
    assert_failed(client, PROTOCOL_ERROR)


# --- 5.2 The base frame -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 128, 65_535, 65_536])
def test_5_2_payloads_of_every_length_encoding_are_read_and_written(client: RawSocket, size: int) -> None:
    assert_echoes(client, b"*" * size)


@pytest.mark.parametrize("length", [struct.pack("!BH", 126, 5), struct.pack("!BQ", 127, 5)])
def test_5_2_a_length_in_more_bytes_than_it_needs_does_no_harm(client: RawSocket, length: bytes) -> None:
    """Only who sends is bound to the shortest one. We read what it says, or fail; never more than it says."""
    client.send(frame(TEXT, b"hello", length=length))
    answer = client.receive()
    assert answer == Received(FIN | TEXT, b"hello") or answer.close_code == PROTOCOL_ERROR


def test_5_2_a_length_whose_highest_bit_is_set_fails_the_connection(client: RawSocket) -> None:
    client.send(frame(TEXT, b"", length=struct.pack("!BQ", 127, 1 << 63 | 5)))
    assert client.receive().close_code in (PROTOCOL_ERROR, TOO_BIG)
    assert client.is_ended()


@pytest.mark.parametrize("reserved", [RSV1, RSV2, RSV3, RSV1 | RSV2 | RSV3])
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, CLOSE])
def test_5_2_a_reserved_bit_that_no_extension_gave_a_meaning_fails_the_connection(
    client: RawSocket, reserved: int, opcode: int
) -> None:
    client.send(frame(opcode, b"", head=FIN | reserved))
    assert_failed(client, PROTOCOL_ERROR)


@pytest.mark.parametrize("opcode", [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF])
def test_5_2_a_reserved_opcode_fails_the_connection(client: RawSocket, opcode: int) -> None:
    client.send(frame(TEXT, b"before"), frame(opcode, b""))
    received = client.receive()
    if received.opcode == TEXT:
        received = client.receive()
    assert received.close_code == PROTOCOL_ERROR
    assert client.is_ended()


def test_5_2_frames_that_come_in_single_bytes_are_frames_all_the_same(client: RawSocket) -> None:
    for byte in frame(TEXT, "Grüße".encode()):
        client.send(bytes((byte,)))
    assert client.receive().payload.decode() == "Grüße"


# --- 5.4 Fragmentation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_5_4_fragments_are_one_message(client: RawSocket, opcode: int) -> None:
    client.send(frame(opcode, b"one ", head=MORE), frame(CONT, b"", head=MORE), frame(CONT, b"two"))
    assert client.receive() == Received(FIN | opcode, b"one two")


def test_5_4_an_empty_message_may_come_in_fragments(client: RawSocket) -> None:
    client.send(frame(TEXT, b"", head=MORE), frame(CONT, b"", head=MORE), frame(CONT, b""))
    assert client.receive() == Received(FIN | TEXT, b"")


def test_5_4_control_frames_between_fragments_are_answered_at_once(client: RawSocket) -> None:
    client.send(frame(TEXT, b"one ", head=MORE), frame(PING, b"between"))
    assert client.receive() == Received(FIN | PONG, b"between")
    client.send(frame(PONG, b"unasked"), frame(CONT, b"two"))
    assert client.receive() == Received(FIN | TEXT, b"one two")


@pytest.mark.parametrize("head", [FIN, MORE])
def test_5_4_a_continuation_of_nothing_fails_the_connection(client: RawSocket, head: int) -> None:
    client.send(frame(CONT, b"of nothing", head=head))
    assert_failed(client, PROTOCOL_ERROR)


def test_5_4_a_continuation_after_the_last_fragment_fails_the_connection(client: RawSocket) -> None:
    assert_echoes(client)
    client.send(frame(CONT, b"more"))
    assert_failed(client, PROTOCOL_ERROR)


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_5_4_messages_are_not_interleaved(client: RawSocket, opcode: int) -> None:
    client.send(frame(TEXT, b"one ", head=MORE), frame(opcode, b"another"))
    assert_failed(client, PROTOCOL_ERROR)


def test_5_4_fragments_together_are_not_greater_than_a_message_may_be(client: RawSocket) -> None:
    client.send(frame(TEXT, b"x" * 40_000, head=MORE), frame(CONT, b"x" * 40_000))
    assert_failed(client, TOO_BIG)


# --- 5.5 Control frames -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_5_5_a_control_frame_of_more_than_125_bytes_fails_the_connection(client: RawSocket, opcode: int) -> None:
    client.send(frame(opcode, close_payload(NORMAL) + b"x" * 124))
    assert_failed(client, PROTOCOL_ERROR)


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_5_5_a_control_frame_in_fragments_fails_the_connection(client: RawSocket, opcode: int) -> None:
    client.send(frame(opcode, close_payload(NORMAL), head=MORE))
    assert_failed(client, PROTOCOL_ERROR)


@pytest.mark.parametrize("payload", [b"", b"hello", bytes(range(125))])
def test_5_5_2_a_ping_is_answered_with_its_own_payload(client: RawSocket, payload: bytes) -> None:
    client.send(frame(PING, payload))
    assert client.receive() == Received(FIN | PONG, payload)


def test_5_5_2_every_ping_is_answered_in_order(client: RawSocket) -> None:
    client.send(*(frame(PING, b"%d" % number) for number in range(10)))
    assert [client.receive().payload for _ in range(10)] == [b"%d" % number for number in range(10)]


def test_5_5_3_a_pong_that_nobody_asked_for_is_not_answered(client: RawSocket) -> None:
    client.send(frame(PONG, b"unasked"))
    assert_echoes(client)


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 3000, 3999, 4000, 4999])
def test_5_5_1_a_close_is_answered_with_a_close_of_the_same_code(client: RawSocket, code: int) -> None:
    client.send(frame(CLOSE, close_payload(code, b"Auf Wiedersehen")))
    assert_failed(client, code)


def test_5_5_1_a_close_may_say_nothing(client: RawSocket) -> None:
    client.send(frame(CLOSE))
    assert client.receive() == Received(FIN | CLOSE, b"")
    assert client.is_ended()


def test_5_5_1_a_close_may_give_as_long_a_reason_as_fits(client: RawSocket) -> None:
    client.send(frame(CLOSE, close_payload(NORMAL, b"x" * 123)))
    assert_failed(client, NORMAL)


def test_5_5_1_a_close_of_a_single_byte_fails_the_connection(client: RawSocket) -> None:
    client.send(frame(CLOSE, b"\x03"))
    assert_failed(client, PROTOCOL_ERROR)


def test_5_5_1_a_reason_that_is_not_utf_8_fails_the_connection(client: RawSocket) -> None:
    client.send(frame(CLOSE, close_payload(NORMAL, b"\xff\xfe")))
    assert client.receive().close_code in (PROTOCOL_ERROR, NOT_UTF_8)
    assert client.is_ended()


@pytest.mark.parametrize("after", [frame(TEXT, b"late"), frame(PING, b"late"), frame(CLOSE, close_payload(GOING_AWAY))])
def test_5_5_1_what_comes_after_a_close_is_not_answered(client: RawSocket, after: bytes) -> None:
    client.send(frame(CLOSE, close_payload(NORMAL)), after)
    assert_failed(client, NORMAL)


# --- 7.4 Close codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
def test_7_4_a_code_that_must_not_be_sent_fails_the_connection(client: RawSocket, code: int) -> None:
    client.send(frame(CLOSE, close_payload(code)))
    assert_failed(client, PROTOCOL_ERROR)


# --- 5.6 and 8.1 UTF-8 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["κόσμε", "\x00", "\ud7ff\ue000", "\ufffd\uffff", "\U0010ffff", "𝄞 clef"])
def test_5_6_every_text_arrives_as_it_was_sent(client: RawSocket, text: str) -> None:
    assert_echoes(client, text.encode())


NOT_TEXTS = [
    b"\x80",  # a continuation byte alone
    b"\xce",  # cut off in a character
    b"\xc0\xaf",  # overlong
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",  # half of a UTF-16 pair
    b"\xf4\x90\x80\x80",  # beyond Unicode
    b"\xf8\x88\x80\x80\x80",  # five bytes
    b"fine until \xff",
]


@pytest.mark.parametrize("wrong", NOT_TEXTS, ids=bytes.hex)
def test_8_1_a_text_that_is_not_utf_8_fails_the_connection(client: RawSocket, wrong: bytes) -> None:
    client.send(frame(TEXT, wrong))
    assert client.receive().close_code == NOT_UTF_8


@pytest.mark.parametrize("wrong", NOT_TEXTS, ids=bytes.hex)
def test_8_1_nor_may_fragments_add_up_to_one(client: RawSocket, wrong: bytes) -> None:
    client.send(frame(TEXT, wrong[:1], head=MORE), frame(CONT, wrong[1:]))
    assert client.receive().close_code == NOT_UTF_8


def test_8_1_a_character_may_be_cut_by_a_fragment(client: RawSocket) -> None:
    whole = "κόσμε 𝄞".encode()
    pieces = [whole[at : at + 1] for at in range(len(whole))]
    first, last = frame(TEXT, pieces[0], head=MORE), frame(CONT, pieces[-1])
    client.send(first, *(frame(CONT, piece, head=MORE) for piece in pieces[1:-1]), last)
    assert client.receive() == Received(FIN | TEXT, whole)


def test_5_6_bytes_are_no_text_and_need_not_be_utf_8(client: RawSocket) -> None:
    client.send(frame(BINARY, b"\xff\xfe\x00"))
    assert client.receive() == Received(FIN | BINARY, b"\xff\xfe\x00")


# --- 7.1 and 10.4 -------------------------------------------------------------------------------------------------


def test_10_4_a_message_greater_than_we_take_is_closed_with_a_code_that_says_so(client: RawSocket) -> None:
    client.send(frame(TEXT, b"x" * 65_537))
    assert_failed(client, TOO_BIG)


def test_7_1_5_a_connection_that_ends_in_a_frame_harms_no_other(client: RawSocket, port: int) -> None:
    with RawSocket(port) as other:
        other.send(frame(TEXT, b"never whole")[:5])
    assert_echoes(client)


def test_7_1_7_a_connection_that_failed_harms_no_other(client: RawSocket, port: int) -> None:
    with RawSocket(port) as other, contextlib.suppress(EOFError):
        other.send(frame(0xF, b""), frame(TEXT, b"ignored"))
        assert_failed(other, PROTOCOL_ERROR)
    assert_echoes(client)
