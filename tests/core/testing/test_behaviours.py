"""Faults are what they say, seen at the bytes."""

import json
import socket
import zlib

import pytest

from rewardlab.testing import behaviours as b
from rewardlab.testing import endpoint

BODY = b'{"model": "test", "messages": [{"content": "?"}]}'
ASK = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"


def received(behaviour, *, most=1 << 20, body=BODY):
    """The first bytes that come, until the connection ends."""
    raw = b""
    with endpoint([behaviour]) as server, socket.create_connection(server._http.server_address, timeout=5) as sock:
        sock.sendall(ASK % (len(body), body))
        while len(raw) < most and (part := sock.recv(1 << 16)):
            raw += part
    return raw


def split(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return int(lines[0].split()[1]), dict(line.lower().split(": ", 1) for line in lines[1:]), body


@pytest.mark.parametrize(
    "behaviour", [b.malformed, b.nested, b.page, b.empty_body, b.packed_otherwise, b.redirect("/x"), b.gzip_bomb]
)
def test_these_are_as_long_as_they_say(behaviour):
    _, headers, body = split(received(behaviour))
    assert int(headers["content-length"]) == len(body)


@pytest.mark.parametrize("behaviour", [b.malformed, b.nested, b.page, b.empty_body])
def test_these_are_no_json(behaviour):
    _, _, body = split(received(behaviour))
    with pytest.raises((ValueError, RecursionError)):
        json.loads(body)


def test_a_truncated_body_is_shorter_than_it_says():
    _, headers, body = split(received(b.truncated_body))
    assert len(body) < int(headers["content-length"])


def test_a_truncated_stream_ends_in_order_without_an_end_of_the_answer():
    _, headers, body = split(received(b.truncated_stream))
    assert headers["transfer-encoding"] == "chunked" and body.endswith(b"0\r\n\r\n")
    assert b'"finish_reason": null' in body and b"[DONE]" not in body


def test_a_broken_stream_and_a_reset_are_reset():
    for behaviour in (b.broken_stream, b.reset):
        with pytest.raises(ConnectionResetError):
            received(behaviour)


@pytest.mark.parametrize("behaviour", [b.endless, b.endless_stream, b.huge])
def test_these_go_on(behaviour):
    assert len(received(behaviour, most=1 << 21)) >= 1 << 21


def test_the_bomb_is_small_and_unpacks_to_200_megabytes():
    _, headers, body = split(received(b.gzip_bomb))
    assert headers["content-encoding"] == "gzip" and len(body) < 2 << 20
    unpack, size, rest = zlib.decompressobj(wbits=31), 0, body
    while rest:
        size += len(unpack.decompress(rest, 1 << 24))
        rest = unpack.unconsumed_tail
    assert size == 200 << 20 and unpack.eof


def test_errors_and_redirects_say_their_headers():
    status, headers, body = split(received(b.status(429, retry_after=3, message="slow down", error_code="busy")))
    assert status == 429 and headers["retry-after"] == "3"
    assert json.loads(body)["error"] == {"message": "slow down", "type": "scripted", "code": "busy"}
    assert split(received(b.redirect("http://elsewhere/", 307)))[1]["location"] == "http://elsewhere/"


def test_drips_come_byte_by_byte():
    for behaviour in (b.drip, b.drip_headers):
        with endpoint([behaviour]) as server, socket.create_connection(server._http.server_address, timeout=5) as sock:
            sock.sendall(ASK % (len(BODY), BODY))
            parts = [sock.recv(1 << 16) for _ in range(5)]
        assert all(len(p) == 1 for p in parts[2:])


@pytest.mark.parametrize("usage", [None, *b.ABSURD_USAGE])
def test_counts_are_said_as_scripted(usage):
    body = json.loads(split(received(b.say("x", usage=usage)))[2])
    assert body.get("usage") == usage and body["choices"][0]["message"]["content"] == "x"
