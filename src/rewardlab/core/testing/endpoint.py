"""An OpenAI-compatible server on loopback that does what a test tells it: answers, faults, and a log of requests.

```python
with endpoint([behaviours.status(429, retry_after=1), "the answer"]) as server:
    ask = Endpoint("test", server.url, "a key")
    assert ask(["?"]) == ["the answer"] and len(server.requests) == 2
```
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = ("test", "test-embed")


@dataclass(frozen=True)
class Request:
    """One request as it came.

    Attributes:
        number: 0 for the first one.
        method: "GET" or "POST".
        path: "/v1/chat/completions".
        headers: by name in small letters.
        body: its JSON, None if it was none.
        time: seconds of the monotonic clock.
    """

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    time: float

    @property
    def prompt(self) -> str:
        """The text of the last message, or the first text to embed."""
        said = self.body["messages"][-1]["content"] if "messages" in self.body else self.body["input"]
        return said if isinstance(said, str) else str(said[0])


@dataclass
class Exchange:
    """A request and the means to answer it, well or badly.

    Attributes:
        request: what came.
        server: whose log it is in.
    """

    request: Request
    server: "Server"
    handler: BaseHTTPRequestHandler = field(repr=False)

    def json(self, data: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """A whole JSON answer."""
        self.whole(json.dumps(data).encode(), status=status, headers=headers)

    def whole(
        self, body: bytes, *, status: int = 200, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        """An answer with its length."""
        self.head(status, {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})})
        self.raw(body)

    def head(self, status: int, headers: dict[str, str]) -> None:
        """Status line and headers alone."""
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name, value)
        self.handler.end_headers()

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def wait(self, seconds: float) -> bool:
        """Wait, or less if the server is closed; whether it is."""
        return self.server.closing.wait(seconds)

    def reset(self) -> None:
        """Break the connection off: the other side gets ECONNRESET, not an end."""
        sock = self.handler.connection
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handler.close_connection = True
        self.handler.rfile.close()
        sock.close()


Behaviour = Callable[[Exchange], None]
"""What the server does with one request to `/chat/completions` or `/embeddings`."""
Script = Sequence["Behaviour | str"] | Callable[[Request], "Behaviour | str"]
"""Behaviours in order, of which the last one goes on for ever; or a function that chooses one. A text is an answer."""


class Server:
    """The running server.

    Attributes:
        url: its base URL, "http://127.0.0.1:PORT/v1".
        requests: all that came, in order; those to `/models` too.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self._lock = threading.Lock()
        self._scripted = 0
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.ours = self
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the server and what it is doing; a second call does nothing."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def asked(self) -> list[str]:
        """The prompts that came, in order."""
        return [r.prompt for r in list(self.requests) if r.method == "POST"]

    def _behaviour(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[Request, Behaviour]:
        from rewardlab.core.testing import behaviours

        with self._lock:
            request = Request(len(self.requests), method, path, headers, body, time.monotonic())
            self.requests.append(request)
            turn = self._scripted
            self._scripted += method == "POST"
        if path.endswith("/models"):
            return request, behaviours.models
        wanted = (("/chat/completions", "messages"), ("/embeddings", "input"))
        if not any(path.endswith(p) and isinstance(body, dict) and field in body for p, field in wanted):
            return request, behaviours.status(404, message=f"nothing at {path}")
        script = self._script
        chosen = script(request) if callable(script) else script[min(turn, len(script) - 1)]
        return request, behaviours.say(chosen) if isinstance(chosen, str) else chosen


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    ours: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "test"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        raw = self.rfile.read(size)
        if len(raw) < size:  # the client ended on the way: nothing was asked
            self.close_connection = True
            return
        try:
            self._answer(json.loads(raw))
        except ValueError:
            self._answer(None)

    def _answer(self, body: Any) -> None:
        ours: Server = self.server.ours  # type: ignore[attr-defined]
        headers = {k.lower(): v for k, v in self.headers.items()}
        request, behaviour = ours._behaviour(self.command, self.path, headers, body)
        try:
            behaviour(Exchange(request, ours, self))
        except (OSError, ValueError):  # the client went away, or the connection was reset
            self.close_connection = True

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are kept, not printed."""


@contextmanager
def endpoint(script: Script = ("",)) -> Iterator[Server]:
    """A server that follows a script, for as long as the block runs."""
    server = Server(script)
    try:
        yield server
    finally:
        server.close()
