"""Who may ask a server of this machine, and for what: the checks before any page, label or conversation.

An ASGI application around another one. In this order: a Host that was allowed (a foreign page whose name was bound to
this machine's address is refused), the token, a known path and method; and for what changes something: an Origin of
this host, the session's CSRF token, JSON of at most 64 kB. All answers carry a policy by which the page can load
nothing from elsewhere, run no inline script and be framed by nobody.
"""

import hashlib
import hmac
import ipaddress
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BODY = 1 << 16  # bytes of a body
HEAD = 1 << 15  # bytes of headers
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
SESSION = "rewardlab_session"
_SESSION_FORM = re.compile(r"[A-Za-z0-9_-]{22,64}\Z")


class Refused(Exception):
    """An answer of 4xx.

    Args:
        status: of HTTP.
        why: one sentence for the page.
        close: the connection afterwards; where a body was not read.
    """

    def __init__(self, status: int, why: str, *, close: bool = False, allow: str = "") -> None:
        super().__init__(why)
        self.status, self.why, self.close, self.allow = status, why, close, allow


@dataclass
class Guard:
    """The checks around an application.

    Args:
        inner: the application.
        secret: of this label file, hex; makes CSRF tokens.
        token: "" where none is asked for.
        hosts: names by which the server may be called, without port; literal addresses are always allowed where
            `addresses` is.
        addresses: whether any literal address may stand in Host: where the server listens on all of them. A page of
            someone else can only ever bring a name.
        methods: path -> methods; a path that ends in "/" stands for all below it.
    """

    inner: Callable[[Scope, Receive, Send], Awaitable[None]]
    secret: str
    token: str = ""
    hosts: Collection[str] = LOOPBACK
    addresses: bool = False
    methods: Mapping[str, Collection[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hosts = {h.lower() for h in self.hosts}
        self._pass = hmac.new(self.token.encode(), b"cookie", hashlib.sha256).hexdigest()
        self._cookie = f"rewardlab_token_{self._pass[:8]}"  # cookies of all ports of a host are one: no clash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        try:
            entered = self._check(scope)
            if entered is not None:
                await _answer(guarded, 303, b"", [(b"location", b"/"), (b"set-cookie", entered)])
                return
            await self.inner(scope, receive, guarded)
        except Refused as e:
            await refuse(guarded, e)

    def _check(self, scope: Scope) -> bytes | None:
        """Refuse what may not pass; the cookie to set, if a right token was brought in the address."""
        headers = admitted(scope, self._hosts, self.addresses)
        cookies = cookies_of(headers)
        if self.token:
            given = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=16).get("token", [""])[0]
            if scope["path"] == "/" and scope["method"] == "GET" and same(given, self.token):
                return f"{self._cookie}={self._pass}; Path=/; HttpOnly; SameSite=Strict".encode()
            if not same(cookies.get(self._cookie, ""), self._pass):
                raise Refused(401, "open the address with ?token= that the server printed", close=True)
        self._method(scope)
        if scope["method"] == "POST":
            self._writing(headers, cookies)
        scope["rewardlab"] = cookies
        return None

    def _method(self, scope: Scope) -> None:
        path, method = scope["path"], scope["method"]
        known = self.methods.get(path)
        if known is None:
            folder = path[: path.rfind("/") + 1]
            known = self.methods.get(folder) if folder != "/" and path != folder else None
        if known is None:
            raise Refused(404, "nothing here", close=method not in ("GET", "HEAD"))
        if method not in known:
            raise Refused(405, "not this method", close=True, allow=", ".join(sorted(known)))

    def _writing(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> None:
        check_origin(headers)
        session = session_of(cookies)
        if session is None or not same(headers.get("x-csrf", ""), self.csrf(session)):
            raise Refused(403, "X-CSRF is not that of this session: ask /api/session", close=True)
        check_json(headers)

    def csrf(self, session: str) -> str:
        """The token that POSTs of this session bring."""
        return hmac.new(bytes.fromhex(self.secret), session.encode(), hashlib.sha256).hexdigest()


def admitted(scope: Scope, hosts: Collection[str], addresses: bool) -> dict[str, str]:
    """The headers of a request that asks for one of `hosts` (small letters), or any literal address with `addresses`.

    Raises:
        Refused: for another host, another version of HTTP, too many headers, or a body with two ends.
    """
    headers = _headers(scope)
    if scope["http_version"] not in ("1.0", "1.1"):
        raise Refused(505, "HTTP/1.1 is spoken here", close=True)
    if "transfer-encoding" in headers and "content-length" in headers:  # two ends of one body: smuggling
        raise Refused(400, "both a length and chunks", close=True)
    name, port = _split(headers.get("host", ""))
    right = name is not None and (not port or (port.isascii() and port.isdigit()))
    if not right or not (name in hosts or (addresses and _is_address(name or ""))):
        raise Refused(403, "this host name was not allowed", close=True)
    return headers


def check_origin(headers: Mapping[str, str]) -> None:
    """Refuse what a page of another origin sends.

    Raises:
        Refused: with 403.
    """
    origin = headers.get("origin")
    if origin is not None and (not _is_origin(origin) or urlsplit(origin).netloc.lower() != headers["host"].lower()):
        raise Refused(403, "a page of another origin may not write", close=True)
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, "a page of another site may not write", close=True)


def check_json(headers: Mapping[str, str]) -> None:
    """Refuse a body that is not JSON or says that it is larger than 64 kB.

    Raises:
        Refused: with 415 or 413.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "the body is to be application/json", close=True)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 12 or int(length) > BODY:
        raise Refused(413, "the body is larger than 64 kB", close=True)


def same(given: str, right: str) -> bool:
    """Equality that takes as long whatever is given."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


def session_of(cookies: Mapping[str, str]) -> str | None:
    """The session that a browser brings; None if it has none that could be ours."""
    found = cookies.get(SESSION, "")
    return found if _SESSION_FORM.match(found) else None


def new_session() -> str:
    """A session nobody can guess."""
    return secrets.token_urlsafe(24)


def _headers(scope: Scope) -> dict[str, str]:
    """Headers by name.

    Raises:
        Refused: where they are too many, or one that decides something comes twice.
    """
    if sum(len(k) + len(v) for k, v in scope["headers"]) > HEAD or len(scope["headers"]) > 100:
        raise Refused(431, "headers larger than 32 kB", close=True)
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        if name in found and name in ("host", "origin", "x-csrf", "content-type", "content-length"):
            raise Refused(400, f"two headers {name}", close=True)
        found[name] = f"{found[name]}; {value.decode('latin-1')}" if name in found else value.decode("latin-1")
    return found


def cookies_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The cookies of a request; none if they cannot be read."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", "")[:8192])
    except CookieError:
        return {}
    return {k: m.value for k, m in jar.items()}


def _split(host: str) -> tuple[str | None, str]:
    """Name and port of a Host header; name None if it is none."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?", host)
    return (found[1].lower(), found[2] or "") if found else (None, "")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_origin(origin: str) -> bool:
    return re.fullmatch(r"https?://[^/@\\?#\s]+", origin) is not None


async def body_of(receive: Receive) -> dict[str, Any]:
    """The JSON object of a request, of at most 64 kB.

    Raises:
        Refused: if it is larger, no JSON, no object, nested too deeply, or holds numbers or text that no label needs.
    """
    data, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the body has not come whole", close=True)
        data += message.get("body", b"")
        more = message.get("more_body", False)
        if len(data) > BODY:
            raise Refused(413, "the body is larger than 64 kB", close=True)
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")  # no 1e999, no lone surrogates
    except RecursionError:
        raise Refused(400, "JSON nested too deeply") from None
    except ValueError:
        raise Refused(400, "this is no JSON") from None
    if not isinstance(value, dict):
        raise Refused(400, "the body is to be a JSON object")
    return value


def _no_number(word: str) -> float:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


async def refuse(send: Send, e: Refused) -> None:
    """Send a refusal as JSON."""
    more = [(b"connection", b"close")] if e.close else []
    if e.allow:
        more.append((b"allow", e.allow.encode()))
    await _answer(send, e.status, json.dumps({"error": e.why}).encode(), [(b"cache-control", b"no-store"), *more])


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    kind = (b"content-type", b"application/json; charset=utf-8")
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [kind, length, *headers]})
    await send({"type": "http.response.body", "body": body})
