"""The checks by themselves: which hosts, tokens, paths, origins and bodies pass, and what each answer carries."""

import asyncio
import json

import pytest

from rewardlab.core import guard
from rewardlab.core.errors import RewardlabError
from rewardlab.core.guard import Guard, Refused, body_of, same

SECRET = "ab" * 32
METHODS = {"/": ("GET",), "/api/label": ("POST",), "/api/clip/": ("GET",)}


async def inner(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-mine", b"1")]})
    await send({"type": "http.response.body", "body": b"in"})


def ask(gate, method="GET", path="/", query="", **headers):
    """(status, headers, body) of a request; host is our own unless given."""
    headers = {"host": "127.0.0.1:8080", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
    }  # fmt: skip
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(gate(scope, receive, send))
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}, sent[1]["body"]


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        ("127.0.0.1", True), ("127.0.0.1:8080", True), ("localhost:1", True), ("LOCALHOST", True), ("[::1]:80", True),
        ("127.0.0.2", False), ("127.0.0.1.", False), ("localhost.evil.example", False), ("evil.example:8080", False),
        ("", False), ("localhost:", False), ("localhost:99999999", False), ("[::1", False), ("::1", False),
        ("user@localhost", False), ("localhost localhost", False), ("localhost/x", False), ("192.168.0.5", False),
    ],
)  # fmt: skip
def test_only_names_that_were_allowed_pass(host, passes):
    assert (ask(Guard(inner, SECRET, methods=METHODS), host=host)[0] == 200) == passes


def test_where_all_addresses_are_served_literal_ones_pass_and_names_do_not():
    gate = Guard(inner, SECRET, "a-long-token", hosts=["lab.example"], addresses=True, methods=METHODS)
    for host, status in {"10.0.0.5:80": 401, "[fe80::1]:80": 401, "lab.example": 401, "evil.example": 403}.items():
        assert ask(gate, host=host)[0] == status


def test_a_token_is_brought_once_and_kept_in_a_cookie():
    gate = Guard(inner, SECRET, "a-long-token", methods=METHODS)
    other = Guard(inner, SECRET, "another-token", methods=METHODS)
    assert ask(gate)[0] == 401 and ask(gate, query="token=a-long-toke")[0] == 401 and ask(gate, path="/none")[0] == 401
    assert ask(gate, path="/api/clip/1", query="token=a-long-token")[0] == 401  # only where the page begins
    status, headers, _ = ask(gate, query="token=a-long-token")
    assert status == 303 and headers["location"] == "/" and "HttpOnly; SameSite=Strict" in headers["set-cookie"]
    cookie = headers["set-cookie"].partition(";")[0]
    assert "a-long-token" not in cookie and headers["referrer-policy"] == "no-referrer"
    assert ask(gate, cookie=cookie)[0] == 200 and ask(gate, cookie=f"a=b; {cookie}; c=d")[0] == 200
    assert ask(gate, cookie=cookie[:-1])[0] == 401 and ask(other, cookie=cookie)[0] == 401
    renamed = cookie.replace(
        cookie.partition("=")[0], ask(other, query="token=another-token")[1]["set-cookie"].partition("=")[0]
    )
    assert ask(other, cookie=renamed)[0] == 401  # the name alone opens nothing


def test_tokens_and_csrf_are_compared_in_constant_time(monkeypatch):
    calls = []
    real = guard.hmac.compare_digest
    monkeypatch.setattr(guard.hmac, "compare_digest", lambda a, b: (calls.append((a, b)), real(a, b))[1])
    gate = Guard(inner, SECRET, "a-long-token", methods=METHODS)
    ask(gate, query="token=wrong")
    assert (b"wrong", b"a-long-token") in calls
    assert not same("é", "a-long-token") and not same("\udcff", "x") and same("日", "日")


def test_paths_and_methods_outside_the_table_are_refused():
    gate = Guard(inner, SECRET, methods=METHODS)
    for path, method, status in [
        ("/", "GET", 200), ("/api/clip/5", "GET", 200), ("/api/clip/", "GET", 200), ("/api/clip/a/b", "GET", 404),
        ("/api", "GET", 404), ("/none", "GET", 404), ("//", "GET", 404), ("", "GET", 404),
        ("/", "PUT", 405), ("/", "get", 405),
    ]:  # fmt: skip
        assert ask(gate, method, path)[0] == status, (path, method)
    assert ask(gate, "PUT")[1]["allow"] == "GET"


def post(gate, session="s" * 32, **headers):
    given = {
        "cookie": f"rewardlab_session={session}",
        "x_csrf": gate.csrf(session),
        "content_type": "application/json; charset=utf-8",
        **headers,
    }
    return ask(gate, "POST", "/api/label", **{k: v for k, v in given.items() if v is not None})[0]


def test_what_writes_needs_origin_csrf_type_and_size():
    gate = Guard(inner, SECRET, methods=METHODS)
    assert post(gate) == 200 and post(gate, origin="http://127.0.0.1:8080") == 200
    assert post(gate, host="localhost:8080", origin="http://LOCALHOST:8080") == 200
    assert post(gate, origin="https://127.0.0.1:8080") == 200  # behind a proxy that speaks TLS
    for origin in (
        "http://localhost:8080",
        "http://127.0.0.1",
        "null",
        "http://127.0.0.1:8080@evil.example",
        "http://127.0.0.1:8080/x",
    ):
        assert post(gate, origin=origin) == 403, origin
    assert post(gate, x_csrf=None) == 403 and post(gate, x_csrf=gate.csrf("t" * 32)) == 403
    assert post(gate, session="short", x_csrf=gate.csrf("short")) == 403  # sessions are ours to make
    assert post(Guard(inner, "cd" * 32, methods=METHODS), x_csrf=gate.csrf("s" * 32)) == 403  # another file's secret
    assert post(gate, sec_fetch_site="cross-site") == 403 and post(gate, sec_fetch_site="same-origin") == 200
    assert post(gate, content_type="text/json") == 415 and post(gate, content_type=None) == 415
    assert post(gate, content_length="65536") == 200 and post(gate, content_length="65537") == 413
    assert post(gate, content_length="5", transfer_encoding="chunked") == 400


def test_heads_that_are_too_large_or_contradict_themselves_are_refused():
    gate = Guard(inner, SECRET, methods=METHODS)
    assert ask(gate, x_long="x" * 33_000)[0] == 431
    assert ask(gate, **{f"x_{i}": "1" for i in range(101)})[0] == 431


def test_every_answer_carries_the_policy():
    gate = Guard(inner, SECRET, "a-long-token", methods=METHODS)
    for answer in (ask(gate), ask(gate, query="token=a-long-token"), ask(Guard(inner, SECRET, methods=METHODS))):
        policy = answer[1]["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer[1]["x-content-type-options"] == "nosniff" and answer[1]["x-frame-options"] == "DENY"


def read(*chunks):
    sent = [{"type": "http.request", "body": c, "more_body": i + 1 < len(chunks)} for i, c in enumerate(chunks)]

    async def receive():
        return sent.pop(0) if sent else {"type": "http.disconnect"}

    return asyncio.run(body_of(receive))


def test_a_body_is_one_json_object():
    assert read(b'{"a": ', b"[1, null, 0.5]}") == {"a": [1, None, 0.5]}
    text = {"a": "日本 \\ud83d"}
    assert read(json.dumps({"a": "𝄞"}).encode()) == {"a": "𝄞"} and read(json.dumps(text).encode()) == text
    for bad in (
        b"",
        b"[]",
        b"1",
        b"{",
        b'{"a": NaN}',
        b'{"a": -1e400}',
        b'{"a": 1, "a": 1}',
        b'{"a": "\\ud800"}',
        b"\xff{}",
    ):
        with pytest.raises(Refused) as e:
            read(bad)
        assert e.value.status == 400, bad
    with pytest.raises(Refused) as e:
        read(b"[" * 60_000)
    assert e.value.status == 400
    with pytest.raises(Refused) as e:
        read(*[b" " * 40_000] * 2)
    assert e.value.status == 413 and e.value.close
    assert not issubclass(Refused, RewardlabError)


def test_websockets_are_closed_and_sessions_cannot_be_guessed():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(inner, SECRET)({"type": "websocket"}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
    made = {guard.new_session() for _ in range(100)}
    assert len(made) == 100 and all(guard.session_of({guard.SESSION: s}) == s for s in made)
    assert guard.session_of({guard.SESSION: "a b" * 10}) is None and guard.session_of({}) is None
    assert guard.cookies_of({"cookie": "a=1; b=2"}) == {"a": "1", "b": "2"} and guard.cookies_of({}) == {}
