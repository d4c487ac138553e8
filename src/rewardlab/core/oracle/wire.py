"""One request to a server that may be slow, broken or hostile: its whole reply, or what went wrong, said in words.

    request ≤ timeout    from connecting to the last byte, however the server drips
    body    ≤ 8 MB       counted as it is read, after decompression

Redirects are not followed. Errors come back as values: nothing that holds the key, and no error of a library that holds
the request, hangs on what is raised later.
"""

import ipaddress
import logging
import socket
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from rewardlab.core.oracle.secret import Secret

MOST_BYTES = 8 << 20


@dataclass(frozen=True)
class Reply:
    """What a server sent.

    Attributes:
        status: the HTTP status.
        headers: by name in small letters.
        body: the whole body, decompressed.
        cut: what ended the body too early, "" if nothing did.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    cut: str = ""


@dataclass(frozen=True)
class Fault:
    """Why a request brought nothing.

    Attributes:
        what: in words.
        again: whether another try may help.
        billed: whether the server may have counted tokens: True unless it surely has not.
        wait: the seconds that the server asked to wait, None if it did not say.
        mend: the next step for a person.
    """

    what: str
    again: bool
    billed: bool = True
    wait: float | None = None
    mend: str = ""


@dataclass
class _Watch:
    """Cuts the connection when the time is over: a read that gets a byte now and then never times out by itself."""

    seconds: float
    over: bool = False
    stream: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "_Watch":
        self.timer = threading.Timer(self.seconds, self._cut)
        self.timer.daemon = True
        self.timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.timer.cancel()

    def _cut(self) -> None:
        with self.lock:
            self.over = True
            self._shut()

    def _shut(self) -> None:
        sock = self.stream.get_extra_info("socket") if self.stream is not None else None
        if sock is not None:
            with suppress(OSError):  # closed already
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # below TLS: a reader in another thread wakes up

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpx calls this with each step of a request; a new connection is kept to be cut."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self.lock:
                self.stream = info.get("return_value")
                if self.over:
                    self._shut()


class _Hiding(logging.Filter):
    """Takes the key out of what the HTTP library logs of a request: a server may send it back in a header."""

    def __init__(self) -> None:
        super().__init__()
        self.of_thread = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        key = getattr(self.of_thread, "key", None)
        if key is not None and key.within(text := record.getMessage()):
            record.msg, record.args = key.hide(text), ()
        return True


@cache
def _hiding() -> _Hiding:
    """The filter, hung once on each logger that httpx and the library below it write to."""
    made = _Hiding()
    for name in ("httpx", *(f"httpcore.{n}" for n in ("connection", "http11", "http2", "proxy", "socks"))):
        logging.getLogger(name).addFilter(made)
    return made


@cache
def _trusted() -> Any:
    """The certificates to check servers by, read once: it takes longer than a short request."""
    import httpx

    return httpx.create_ssl_context()


def post(
    url: str,
    content: bytes | None,
    key: Secret,
    *,
    timeout: float,
    most: int = MOST_BYTES,
    ends: bytes = b"",
    clock: Callable[[], float] = time.monotonic,
) -> Reply | Fault:
    """Send one JSON body (GET without one) and read the whole reply.

    Args:
        url: where to.
        content: the body; None makes it a GET.
        key: shown to the server in a header.
        timeout: seconds from connecting to the last byte.
        most: the largest body, in bytes after decompression.
        ends: the reply is taken to be over when its body ends with these bytes.
        clock: seconds.
    """
    import httpx

    began = clock()
    connect = min(timeout, 15.0)
    _hiding().of_thread.key = key
    try:
        with (
            _Watch(timeout) as watch,
            httpx.Client(
                verify=_trusted() if url.startswith("https:") else False,
                timeout=httpx.Timeout(timeout, connect=connect),
                trust_env=not is_here(url),  # what is for this machine goes through no proxy
                follow_redirects=False,
                headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "rewardlab"},
            ) as client,
        ):
            headers = {"Connection": "close", "Content-Type": "application/json", **key.header()}
            request = client.build_request(
                "GET" if content is None else "POST",
                url,
                content=content,
                headers=headers,
                extensions={"trace": watch.trace},
            )
            response = client.send(request, stream=True)
            try:
                return _whole(response, watch, most, ends)
            finally:
                response.close()
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as e:
        said = key.hide(" ".join(str(e).split())[:200] or type(e).__name__)
        if "CERTIFICATE_VERIFY_FAILED" in said:
            mend = "SSL_CERT_FILE names a file of certificates to trust"
            return Fault(f"its certificate is not trusted: {said}", again=False, billed=False, mend=mend)
        if watch.over or (isinstance(e, httpx.TimeoutException) and not isinstance(e, httpx.ConnectTimeout)):
            return Fault(f"no whole answer within {timeout:g} seconds", again=True)
        if isinstance(e, (httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError)):
            return Fault(f"cannot be called: {said}", again=False, billed=False, mend="mend the base URL")
        if isinstance(e, (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)):
            said = f"not reachable after {clock() - began:.1f} seconds: {said}"
            return Fault(said, again=True, billed=False, mend="is the server running, and the URL right?")
        return Fault(f"connection broke: {said}", again=True)


def is_here(url: str) -> bool:
    """Whether a URL names this machine by its loopback address."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _whole(response: Any, watch: _Watch, most: int, ends: bytes) -> Reply | Fault:
    """The reply with its body, or why it cannot be had."""
    import httpx

    headers = {k.lower(): v for k, v in response.headers.items()}
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", ""):
        return Fault(f"an answer packed as {coding[:40]!r}, which was not asked for", again=False)
    unpack = zlib.decompressobj(wbits=31) if coding == "gzip" else None
    body = bytearray()
    cut = ""
    try:
        for chunk in response.iter_raw():
            # what is unpacked is bounded here, not after: a kilobyte may hold a megabyte
            body += unpack.decompress(chunk, most - len(body) + 1) if unpack else chunk
            if len(body) > most:
                return Fault(f"an answer of more than {most >> 20} MB", again=False, mend="lower max_tokens")
            if ends and body[-64:].rstrip().endswith(ends):
                return Reply(response.status_code, headers, bytes(body))
        if unpack is not None and not unpack.eof:
            cut = "the packed body ends too early"
    except zlib.error:
        return Fault("an answer that cannot be unpacked", again=True)
    except httpx.HTTPError as e:
        if watch.over or isinstance(e, httpx.TimeoutException):
            raise
        cut = "the connection broke within the body"
    if watch.over:
        raise TimeoutError
    return Reply(response.status_code, headers, bytes(body), cut)
