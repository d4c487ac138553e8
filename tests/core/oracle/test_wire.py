"""One request: time and bytes are bounded whatever comes."""

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from contextlib import contextmanager, suppress

import pytest

from rewardlab.core.oracle import wire
from rewardlab.core.oracle.secret import Secret
from rewardlab.core.oracle.wire import Fault, Reply, is_here, post
from rewardlab.testing import behaviours as b
from rewardlab.testing import endpoint

NO_KEY = Secret("")


def asked(behaviour, **options):
    with endpoint([behaviour]) as server:
        content = b'{"messages": [{"content": "?"}]}'
        return post(f"{server.url}/chat/completions", content, NO_KEY, **{"timeout": 10.0, **options})


def test_a_reply_is_whole():
    got = asked(b.status(418, retry_after=3, message="teapot"))
    assert isinstance(got, Reply) and got.status == 418 and b"teapot" in got.body and got.headers["retry-after"] == "3"
    assert asked(b.packed("x" * 5000)).body.endswith(b'"stop"}]}')


def test_a_list_is_had_by_get():
    with endpoint() as server:
        got = post(f"{server.url}/models", None, NO_KEY, timeout=10.0)
        assert b'"test-embed"' in got.body and server.requests[0].method == "GET"


@pytest.mark.parametrize("behaviour", [b.endless, b.huge, b.gzip_bomb])
def test_a_flood_takes_little_room(behaviour):
    asked(b.gzip_bomb)  # packs once
    tracemalloc.start()
    got = asked(behaviour)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(got, Fault) and "more than 8 MB" in got.what and not got.again
    assert peak < 40 << 20  # 8 MB, grown in steps, on both sides


def test_the_limit_is_a_byte_sharp():
    body = b"x" * 1000
    for wrap, headers in ((bytes, {}), (gzip.compress, {"Content-Encoding": "gzip"})):
        raw = wrap(body)
        assert asked(lambda x, raw=raw, h=headers: x.whole(raw, headers=h), most=1000).body == body
        assert isinstance(asked(lambda x, raw=raw, h=headers: x.whole(raw, headers=h), most=999), Fault)


@pytest.mark.parametrize("behaviour", [b.hang, b.drip, b.drip_headers])
def test_time_is_counted_from_the_first_byte_to_the_last(behaviour):
    began = time.monotonic()
    got = asked(behaviour, timeout=0.15)
    assert isinstance(got, Fault) and got.again and got.billed and "0.15 seconds" in got.what
    assert 0.15 <= time.monotonic() - began < 5


def cut_pack(x):
    x.whole(gzip.compress(b"some text" * 99)[:-20], headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize("behaviour", [b.truncated_body, cut_pack])
def test_a_reply_that_is_cut_says_so(behaviour):
    got = asked(behaviour)
    assert isinstance(got, Reply) and got.cut


@pytest.mark.parametrize(
    ("behaviour", "what"),
    [
        (b.reset, "connection broke"),
        (b.closed, "connection broke"),
        (b.not_http, "connection broke"),
        (lambda x: x.whole(b"no gzip", headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
        (b.packed_otherwise, "'br'"),
    ],
)
def test_faults_are_values(behaviour, what):
    got = asked(behaviour)
    assert isinstance(got, Fault) and what in got.what and got.billed


def test_who_cannot_be_reached_bills_nothing():
    for url, again in (("http://127.0.0.1:1/v1", True), ("nothing://x", False)):
        got = post(url, b"", NO_KEY, timeout=1.0)
        assert isinstance(got, Fault) and not got.billed and got.again == again


def test_what_is_for_this_machine_goes_through_no_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    assert asked(b.say("x")).status == 200
    assert [is_here(u) for u in ("http://localhost/x", "http://[::1]", "http://localhost.far.example", "http:")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_what_comes_after_the_end_is_not_waited_for():
    def lingers(x):
        x.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        b.chunk(x, b"data: 1\n\ndata: [DONE]\n\n")
        x.wait(60)

    began = time.monotonic()
    assert asked(lingers, ends=b"data: [DONE]").body.endswith(b"[DONE]\n\n") and time.monotonic() - began < 5


# Who trusts this certificate trusts 127.0.0.1, and only the test below does.
CERTIFICATE = (
    "MIIBjzCCATagAwIBAgIUdsDUehFSZ6WcJligaRAm96FBnF0wCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2"
    "MTEzMDEwMjQwOFoYDzIxMjYxMTA2MTAyNDA4WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC"
    "AASQKnRz9ybvcXiOFzvdZUdjXeErlZRdqTCto7OPvlSvwhWOaVgWkS8uYbz24UTB/gVdqyvVdrzU4PtUgOmZcV7/o2QwYjAdBgNV"
    "HQ4EFgQUZrqD55+hn1xF3qO2UfX5XqH6CtgwHwYDVR0jBBgwFoAUZrqD55+hn1xF3qO2UfX5XqH6CtgwDwYDVR0TAQH/BAUwAwEB"
    "/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQCIGwI9E3rusGGdNv9t6mvLGr1qP7puNc5rYVB8T2iUATuAiBpkzox"
    "JW1Kda3K+8UOJhAVLBmGdLGo0SSZToBQlOv47A=="
)
ITS_KEY = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZh2W65fef9f5tp2gN1DkPJXbPhRwyONS5WHdyGl39VahRANCAASQ"
    "KnRz9ybvcXiOFzvdZUdjXeErlZRdqTCto7OPvlSvwhWOaVgWkS8uYbz24UTB/gVdqyvVdrzU4PtUgOmZcV7/"
)


@contextmanager
def encrypted(tmp_path, monkeypatch, behave):
    """The address of a server behind TLS that does `behave(socket)` with one connection at a time."""
    for name, text in (("CERTIFICATE", CERTIFICATE), ("PRIVATE KEY", ITS_KEY)):
        (tmp_path / name).write_text(f"-----BEGIN {name}-----\n{text}\n-----END {name}-----\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "CERTIFICATE", tmp_path / "PRIVATE KEY")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "CERTIFICATE"))
    wire._trusted.cache_clear()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            while True:
                sock, _ = listening.accept()
                with suppress(OSError), context.wrap_socket(sock, server_side=True) as safe:
                    safe.recv(1 << 16)
                    behave(safe)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        wire._trusted.cache_clear()


def test_time_is_counted_behind_tls_too(tmp_path, monkeypatch):
    def good(safe):
        safe.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def drip(safe):
        while True:
            safe.sendall(b"H")
            time.sleep(0.02)

    def drip_body(safe):
        safe.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
        while True:
            safe.sendall(b" ")
            time.sleep(0.02)

    with encrypted(tmp_path, monkeypatch, good) as url:
        assert post(url, b"", NO_KEY, timeout=10.0).body == b"{}"
    for behave in (drip, drip_body, lambda safe: time.sleep(0.6)):
        with encrypted(tmp_path, monkeypatch, behave) as url:
            began = time.monotonic()
            got = post(url, b"", NO_KEY, timeout=0.2)
            assert isinstance(got, Fault) and "0.2 seconds" in got.what and got.again
            assert 0.2 <= time.monotonic() - began < 5


def test_a_certificate_that_is_not_trusted_is_refused(tmp_path, monkeypatch):
    heard = []
    with encrypted(tmp_path, monkeypatch, heard.append) as url:
        monkeypatch.delenv("SSL_CERT_FILE")
        got = post(url, b"", NO_KEY, timeout=10.0)
    assert isinstance(got, Fault) and "certificate" in got.what.lower() and not got.again and not got.billed
    assert heard == []
