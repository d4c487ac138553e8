"""Hostile bytes on the socket of the label server: each is answered 4xx, or closed, without a traceback or a label."""

import json
import re
import socket
import time
from contextlib import suppress

import pytest
from label_server import Client, answer, film, pairs, served

from rewardlab.rewards.preference.labelling.store import LabelStore

PATIENCE = 1.5
CLOSED = 0


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile")
    with LabelStore(path, repeats=0) as store:
        store.add(pairs(8), frames=film(8))
    return path


@pytest.fixture(scope="module")
def server(place):
    with served(place, patience=PATIENCE) as (port, child):
        yield port, child


@pytest.fixture(scope="module")
def client(server):
    made = Client(server[0])
    assert made.get("/api/next")[1]["query"] == 1
    return made


KEY = "k" * 32
GOOD = {"query": 1, "label": 1, "key": KEY, "seconds": 1.0}


class Raw:
    """Requests by hand, with the right cookie, token and host where a case does not say otherwise."""

    def __init__(self, client: Client) -> None:
        self.cookie = "; ".join(f"{k}={v}" for k, v in client.jar.items())
        self.csrf, self.port = client.csrf, client.port

    def request(self, line, headers=(), body=b"", *, drop=()):
        standard = {
            "Host": f"127.0.0.1:{self.port}",
            "Cookie": self.cookie,
            "X-CSRF": self.csrf,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        for name in drop:
            del standard[name]
        names = {n.lower() for n, _ in headers}
        lines = [f"{k}: {v}" for k, v in standard.items() if k.lower() not in names]
        lines += [f"{k}: {v}" for k, v in headers]
        return line.encode("latin-1") + b"\r\n" + "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    def label(self, body=GOOD, headers=(), *, drop=(), path="/api/label", method="POST"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request(f"{method} {path} HTTP/1.1", headers, data, drop=drop)

    def get(self, path, headers=(), *, drop=()):
        return self.request(f"GET {path} HTTP/1.1", headers, drop=drop)


def raw(text):
    return text.encode("latin-1")


CASES = {
    # paths that want another file
    "traversal": (lambda r: r.get("/../../../../etc/passwd"), {404}),
    "traversal, coded": (lambda r: r.get("/%2e%2e/%2e%2e/etc/passwd"), {404}),
    "traversal, coded twice": (lambda r: r.get("/%252e%252e/server.py"), {404}),
    "traversal, back strokes": (lambda r: r.get("/..\\..\\server.py"), {404}),
    "traversal below a clip": (lambda r: r.get("/api/clip/../../labels.sqlite"), {404}),
    "traversal in a clip's name": (lambda r: r.get("/api/clip/%2e%2e%2flabels.sqlite"), {404}),
    "absolute file": (lambda r: r.get("//etc/passwd"), {404}),
    "NUL in a path": (lambda r: r.get("/page.js%00.html"), {404}),
    "source of the server": (lambda r: r.get("/server.py"), {404}),
    "the label file": (lambda r: r.get("/labels.sqlite"), {404}),
    "a long path": (lambda r: r.get("/" + "a" * 20_000), {404}),
    "bytes that are no UTF-8": (lambda r: r.get("/%ff%fe"), {404}),
    "script in a path": (lambda r: r.get("/<script>alert(1)</script>"), {404, 400}),
    "whole address of another host": (lambda r: r.get("http://evil.example/api/session"), {404, 403, 400}),
    # clips
    "clip of words": (lambda r: r.get("/api/clip/all"), {404}),
    "clip of another tag": (lambda r: r.get("/api/clip/1-000000000000"), {404}),
    "clip 10^400": (lambda r: r.get("/api/clip/" + "9" * 400 + "-x"), {404}),
    "clip, SQL": (lambda r: r.get("/api/clip/1-'%20OR%201=1--"), {404}),
    "clip -1": (lambda r: r.get("/api/clip/-1-x"), {404}),
    "clip, other digits": (lambda r: r.get("/api/clip/%D9%A1-x"), {404}),
    # methods
    "PUT": (lambda r: r.label(method="PUT"), {405}),
    "DELETE": (lambda r: r.label(method="DELETE"), {405}),
    "GET where POST belongs": (lambda r: r.get("/api/label"), {405}),
    "POST where GET belongs": (lambda r: r.label(path="/api/next"), {405}),
    "TRACE": (lambda r: r.label(method="TRACE", path="/"), {405}),
    "CONNECT": (lambda r: r.request("CONNECT evil.example:443 HTTP/1.1"), {404, 405, 400}),
    "no method of anyone": (lambda r: r.label(method="LABEL"), {405}),
    "OPTIONS from another page": (lambda r: r.label(method="OPTIONS", headers=[("Origin", "http://e.example")]), {405}),
    # rebinding, foreign pages
    "Host of another": (lambda r: r.get("/api/session", [("Host", "evil.example")]), {403}),
    "Host that begins like ours": (lambda r: r.get("/", [("Host", "127.0.0.1.evil.example")]), {403}),
    "Host that ends like ours": (lambda r: r.get("/", [("Host", "evil.example#127.0.0.1")]), {403, 400}),
    "Host with a name and @": (lambda r: r.get("/", [("Host", "localhost@evil.example")]), {403, 400}),
    "Host, empty": (lambda r: r.get("/", [("Host", "")]), {403, 400}),
    "Host, none": (lambda r: r.get("/", drop=["Host"]), {400}),
    "Host, two": (lambda r: r.get("/", [("Host", "localhost"), ("host", "evil.example")]), {400}),
    "Host, a port of words": (lambda r: r.get("/", [("Host", "localhost:http")]), {403, 400}),
    "Host, another address": (lambda r: r.get("/", [("Host", "10.0.0.1")]), {403}),
    "Host only in X-Forwarded-Host": (
        lambda r: r.get("/", [("Host", "evil.example"), ("X-Forwarded-Host", "localhost")]), {403},
    ),
    "Origin of another": (lambda r: r.label(headers=[("Origin", "http://evil.example")]), {403}),
    "Origin null": (lambda r: r.label(headers=[("Origin", "null")]), {403}),
    "Origin of another port": (lambda r: r.label(headers=[("Origin", "http://127.0.0.1:1")]), {403}),
    "Origin of a file": (lambda r: r.label(headers=[("Origin", "file://")]), {403}),
    "another site says the browser": (lambda r: r.label(headers=[("Sec-Fetch-Site", "cross-site")]), {403}),
    "a sister site says the browser": (lambda r: r.label(headers=[("Sec-Fetch-Site", "same-site")]), {403}),
    "no CSRF token": (lambda r: r.label(drop=["X-CSRF"]), {403}),
    "wrong CSRF token": (lambda r: r.label(headers=[("X-CSRF", "0" * 64)]), {403}),
    "CSRF token that is no ASCII": (lambda r: r.label(headers=[("X-CSRF", "\xe9" * 64)]), {403}),
    "CSRF token of no session": (lambda r: r.label(drop=["Cookie"]), {403}),
    "a session of one's own making": (lambda r: r.label(headers=[("Cookie", "rewardlab_session=" + "A" * 32)]), {403}),
    "a form": (lambda r: r.label(headers=[("Content-Type", "application/x-www-form-urlencoded")]), {415}),
    "plain text": (lambda r: r.label(headers=[("Content-Type", "text/plain")]), {415}),
    "no type": (lambda r: r.label(drop=["Content-Type"]), {415}),
    # cookies
    "an annotator who is no base64": (
        lambda r: r.get("/api/next", [("Cookie", "rewardlab_annotator=%%%")]), {409},
    ),
    "an annotator of control characters": (
        lambda r: r.get("/api/next", [("Cookie", "rewardlab_annotator=AAECAw")]), {409},
    ),
    "a cookie of 20 kB": (lambda r: r.get("/api/next", [("Cookie", "x=" + "y" * 20_000)]), {409}),
    "cookies that are none": (lambda r: r.get("/api/next", [("Cookie", '=;;,"\\; =; \xff')]), {409}),
    # bodies
    "no JSON": (lambda r: r.label(b"{label: 1}"), {400}),
    "half a JSON": (lambda r: r.label(b'{"query": 1, "lab'), {400}),
    "empty body": (lambda r: r.label(b""), {400}),
    "a list": (lambda r: r.label(b"[1, 2]"), {400}),
    "a number": (lambda r: r.label(b"1"), {400}),
    "nested 30,000 deep": (lambda r: r.label(b"[" * 30_000 + b"]" * 30_000), {400}),
    "objects nested deep": (lambda r: r.label(b'{"a":' * 9_000 + b"1" + b"}" * 9_000), {400}),
    "NaN": (lambda r: r.label(b'{"query": 1, "label": NaN, "key": "kkkkkkkk"}'), {400}),
    "Infinity": (lambda r: r.label(b'{"query": 1, "label": 1, "key": "kkkkkkkk", "seconds": Infinity}'), {400}),
    "1e999": (lambda r: r.label(b'{"query": 1, "label": 1e999, "key": "kkkkkkkk"}'), {400}),
    "60,000 digits": (lambda r: r.label(b'{"query": ' + b"9" * 60_000 + b"}"), {400}),
    "query 10^18": (lambda r: r.label({**GOOD, "query": 10**18}), {409}),
    "query 2^63": (lambda r: r.label({**GOOD, "query": 2**63}), {400}),
    "query -1": (lambda r: r.label({**GOOD, "query": -1}), {400}),
    "query true": (lambda r: r.label({**GOOD, "query": True}), {400}),
    "query of text": (lambda r: r.label({**GOOD, "query": "1; DROP TABLE answer"}), {400}),
    "query 1.0": (lambda r: r.label({**GOOD, "query": 1.0}), {400}),
    "query of nobody": (lambda r: r.label({**GOOD, "query": 5}), {409}),
    "no query": (lambda r: r.label({k: v for k, v in GOOD.items() if k != "query"}), {400}),
    "label 2": (lambda r: r.label({**GOOD, "label": 2}), {400}),
    "label true": (lambda r: r.label({**GOOD, "label": True}), {400}),
    "label of text": (lambda r: r.label({**GOOD, "label": "1"}), {400}),
    "no label": (lambda r: r.label({k: v for k, v in GOOD.items() if k != "label"}), {400}),
    "label a list": (lambda r: r.label({**GOOD, "label": [1]}), {400}),
    "no key": (lambda r: r.label({k: v for k, v in GOOD.items() if k != "key"}), {400}),
    "key a number": (lambda r: r.label({**GOOD, "key": 123456789}), {400}),
    "key of markup": (lambda r: r.label({**GOOD, "key": "<script>alert(1)</script>"}), {400}),
    "key of 60 kB": (lambda r: r.label({**GOOD, "key": "k" * 60_000}), {400}),
    "seconds -1": (lambda r: r.label({**GOOD, "seconds": -1}), {400}),
    "seconds 10^300": (lambda r: r.label({**GOOD, "seconds": 1e300}), {400}),
    "seconds of text": (lambda r: r.label({**GOOD, "seconds": "1"}), {400}),
    "a key twice": (lambda r: r.label(b'{"query": 1, "label": 1, "label": 0, "key": "kkkkkkkk"}'), {400}),
    "a lone surrogate": (lambda r: r.label(b'{"query": 1, "label": 1, "key": "\\ud800kkkkkkk"}'), {400}),
    "UTF-16": (lambda r: r.label(json.dumps(GOOD).encode("utf-16")), {400}),
    "bytes that are no text": (lambda r: r.label(b"\xff\xfe\x00\x80"), {400}),
    "gzip": (lambda r: r.label(b"\x1f\x8b\x08\x00", [("Content-Encoding", "gzip")]), {400}),
    "undo without key of text": (lambda r: r.label({"key": 5}, path="/api/undo"), {400}),
    "a name of nobody": (lambda r: r.label({"name": ""}, path="/api/annotator"), {400}),
    "a name that is none": (lambda r: r.label({"name": ["ann"]}, path="/api/annotator"), {400}),
    "a name of 10 kB": (lambda r: r.label({"name": "a" * 10_000}, path="/api/annotator"), {400}),
    "a name that turns the text round": (lambda r: r.label({"name": "ann\u202egpj"}, path="/api/annotator"), {400}),
    "a name of a lone surrogate": (lambda r: r.label(b'{"name": "\\udfff"}', path="/api/annotator"), {400}),
    "besides of words": (lambda r: r.get("/api/next?besides=1,x"), {400}),
    "besides without end": (lambda r: r.get("/api/next?besides=" + ",".join("1" * 15 for _ in range(1000))), {400}),
    # sizes
    "64 MB announced": (lambda r: r.label(b"", [("Content-Length", str(64 << 20))]), {413}),
    "10^400 bytes announced": (lambda r: r.label(b"", [("Content-Length", "9" * 400)]), {413, 400}),
    "-1 bytes announced": (lambda r: r.label(b"", [("Content-Length", "-1")]), {400}),
    "0x10 bytes announced": (lambda r: r.label(b"", [("Content-Length", "0x10")]), {400}),
    "70 kB": (lambda r: r.label(b" " * 70_000), {413}),
    "70 kB in chunks": (
        lambda r: r.request("POST /api/label HTTP/1.1", [("Transfer-Encoding", "chunked")], drop=["Content-Length"])
        + (b"1000\r\n" + b" " * 4096 + b"\r\n") * 18 + b"0\r\n\r\n", {413},
    ),
    "a header of 70 kB": (lambda r: r.get("/", [("X-Long", "x" * 70_000)]), {CLOSED, 400, 431}),
    "20,000 headers": (lambda r: r.get("/", [(f"X-{i}", "1") for i in range(20_000)]), {CLOSED, 400, 431}),
    # smuggling, and lines that are no HTTP
    "two lengths": (lambda r: r.label(GOOD, [("Content-Length", "5"), ("Content-Length", "6")]), {400}),
    "length and chunks": (
        lambda r: r.label(b"0\r\n\r\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n", [("Transfer-Encoding", "chunked")]), {400},
    ),
    "chunks twice": (
        lambda r: r.request(
            "POST /api/label HTTP/1.1", [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
            drop=["Content-Length"],
        ), {400, 501},
    ),
    "chunks of another spelling": (
        lambda r: r.request("POST /api/label HTTP/1.1", [("Transfer-Encoding", "xchunked")], drop=["Content-Length"]),
        {400, 501},
    ),
    "a chunk of letters": (
        lambda r: r.request("POST /api/label HTTP/1.1", [("Transfer-Encoding", "chunked")], drop=["Content-Length"])
        + b"zz\r\n{}\r\n", {400},
    ),
    "a chunk of 10^16 bytes": (
        lambda r: r.request("POST /api/label HTTP/1.1", [("Transfer-Encoding", "chunked")], drop=["Content-Length"])
        + b"fffffffffffffffffffff\r\n", {400},
    ),
    "space before the colon": (lambda r: raw(f"GET / HTTP/1.1\r\nHost : 127.0.0.1:{r.port}\r\n\r\n"), {400}),
    "a folded header": (lambda r: r.get("/", [("X-A", "1\r\n Host: evil.example")]), {400, 200}),
    "a bare line feed in a header": (lambda r: r.get("/", [("X-A", "1\nHost: evil.example")]), {400}),
    "NUL in a header": (lambda r: r.get("/", [("X-A", "a\0b")]), {400}),
    "HTTP/0.9": (lambda r: b"GET /\r\n\r\n", {400}),
    "HTTP/9.9": (lambda r: r.request("GET / HTTP/9.9"), {400, 505}),
    "HTTP/2": (lambda r: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    "TLS": (lambda r: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200 + b"\r\n\r\n", {400}),
    "another protocol": (lambda r: b"SSH-2.0-OpenSSH_9.2\r\n\r\n", {400}),
    "zeros": (lambda r: b"\0" * 5000 + b"\r\n\r\n", {400}),
    "a websocket": (
        lambda r: r.get(
            "/api/socket", [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")],
        ), {404, 400},
    ),
}  # fmt: skip
SAFE = re.compile(rb"Traceback|File \"|site-packages|/home/|/root/|sqlite3|\.py\b", re.I)


@pytest.mark.parametrize("name", CASES)
def test_each_is_refused_without_a_traceback(server, client, name):
    port, child = server
    make, allowed = CASES[name]
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        with suppress(ConnectionError):  # refused before all of it was sent
            connection.sendall(make(Raw(client)))
        status, headers, body = answer(connection)
    assert status in allowed, (status, body[:300])
    assert not SAFE.search(body), body[:300]
    assert b"<script" not in body or status == 200
    if status >= 400 and headers.get("content-type", "").startswith("application/json"):
        assert list(json.loads(body)) == ["error"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
    assert time.monotonic() - began < 8 and child.poll() is None


def test_a_64_mb_body_is_answered_before_it_has_come(server, client):
    head = Raw(client).label(b"", [("Content-Length", str(64 << 20))])
    with socket.create_connection(("127.0.0.1", server[0]), timeout=10) as connection:
        connection.sendall(head)
        sent = 0
        connection.settimeout(5)
        try:
            while sent < 64 << 20:
                sent += connection.send(b" " * 65536)
        except OSError:
            pass
        assert sent < 32 << 20  # the server hung up, it did not read on


def test_200_slow_clients_are_dropped_and_keep_nobody_out(server, client):
    head = Raw(client).label(GOOD)[:60]
    slow = [socket.create_connection(("127.0.0.1", server[0]), timeout=15) for _ in range(200)]
    try:
        for i, s in enumerate(slow):
            if i % 3:  # some send nothing, some half a head, some a head without its body
                s.sendall(head if i % 3 == 1 else Raw(client).label(b"", [("Content-Length", "100")]))
        other = Client(server[0], "bob")
        began = time.monotonic()
        assert other.get("/api/next")[0] == 200
        assert time.monotonic() - began < 2
        other.close()
        deadline = time.monotonic() + 10 * PATIENCE
        dropped = 0
        for s in slow:
            s.settimeout(max(0.1, deadline - time.monotonic()))
            dropped += answer(s)[0] in (CLOSED, 400, 408)
        assert dropped == 200
    finally:
        for s in slow:
            s.close()


def test_a_client_that_drips_is_dropped_too(server, client):
    with socket.create_connection(("127.0.0.1", server[0]), timeout=5) as connection:
        began = time.monotonic()
        with pytest.raises(OSError):
            for byte in Raw(client).get("/"):
                connection.sendall(bytes([byte]))
                time.sleep(0.05)
                connection.setblocking(False)
                try:
                    if connection.recv(1) == b"":
                        raise ConnectionResetError
                except BlockingIOError:
                    pass
                connection.setblocking(True)
        assert time.monotonic() - began < 6 * PATIENCE


def test_pipelined_requests_are_answered_in_order(server, client):
    raw_ = Raw(client)
    with socket.create_connection(("127.0.0.1", server[0]), timeout=5) as connection:
        connection.sendall(raw_.get("/api/statistics") + raw_.get("/none") + raw_.get("/api/session"))
        assert [answer_one(connection) for _ in range(3)] == [200, 404, 200]


def answer_one(connection):
    """The status of one answer, reading no byte of the next."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    length = int(re.search(rb"content-length: (\d+)", head)[1])
    while length:
        length -= len(connection.recv(length))
    return int(head.split()[1])


def test_after_all_of_it_no_label_is_there_and_the_server_works(server, client, place):
    """Stands last in the file: it looks at what the others left."""
    assert len(CASES) >= 100
    with LabelStore(place, create=False) as store:
        assert len(store.labelled()[0]) == 0
        assert client.label(1, 1)[0] == 200
        assert len(store.labelled()[0]) == 1
    assert server[1].poll() is None
