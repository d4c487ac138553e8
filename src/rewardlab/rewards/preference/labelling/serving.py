"""A label file on a port: uvicorn, with deadlines for clients that send or read slowly.

A request must be whole within 10 seconds of its first byte, a connection must begin one within 10 seconds, and at most
512 connections are open: a few hundred clients that hold theirs do not keep others out.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable, Collection
from typing import Any

from rewardlab.core.errors import BadOption, BadStore
from rewardlab.core.guard import LOOPBACK
from rewardlab.rewards.preference.labelling.server import app, needs
from rewardlab.rewards.preference.labelling.store import LabelStore

PATIENCE = 10.0  # seconds for a whole request
IDLE = 30  # seconds that a connection is kept without a request
CONNECTIONS = 512
STUCK = 6  # times that patience, in which something of an answer must have been read


def serve(
    store: LabelStore,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    token: str = "",
    names: Collection[str] = (),
    frames_per_second: float = 8.0,
    ready: Callable[[str], None] | None = None,
    patience: float = PATIENCE,
) -> None:
    """Serve until interrupted.

    Args:
        store: the label file.
        host: the address to listen at.
        port: 0 for any that is free.
        token: what a browser must bring once; demanded where `host` is not this machine alone.
        names: further names by which the server may be called, without port.
        frames_per_second: of the clips.
        ready: called with the address to open, when connections are taken.
        patience: seconds for a whole request; six times that for any part of an answer to be read.

    Raises:
        BadOption: for another host without a token, a port that is taken or may not be used, a host that is none of
            this machine, or without uvicorn.
        BadStore: if a query has no pictures.
    """
    needs("uvicorn")
    check_token(host, token)
    check_pictures(store)
    listening = listen(host, port)
    everywhere = host in ("0.0.0.0", "::")
    known = {*hosts_of(host), *names}
    application = app(store, token=token, hosts=known, addresses=everywhere, frames_per_second=frames_per_second)
    if ready is not None:
        ready(address_of(host, listening) + (f"?token={token}" if token else ""))
    run(application, listening, patience=patience)


def run(application: Any, listening: socket.socket, *, patience: float = PATIENCE) -> None:
    """Serve an ASGI application on a socket until interrupted."""
    import uvicorn

    config = uvicorn.Config(
        application,
        http=protocol(patience),
        ws="none",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=1 << 15,
        loop="asyncio",
        lifespan="on",
    )
    with listening:
        uvicorn.Server(config).run(sockets=[listening])


def check_token(host: str, token: str, *, where: str = "rewardlab label") -> None:
    """Refuse to be reached from other machines without a token.

    Raises:
        BadOption: for a host that is not this machine alone, and a token of fewer than 8 characters.
    """
    if not is_loopback(host) and len(token) < 8:
        raise BadOption(
            f"host {host} can be reached from other machines",
            where=where,
            expected="a token of at least 8 characters",
            mend="--token WORD, or leave --host away to serve this machine alone",
        )


def hosts_of(host: str) -> set[str]:
    """Names by which a server that listens at `host` may be called, without port."""
    everywhere = host in ("0.0.0.0", "::")
    own = () if is_loopback(host) else (socket.gethostname(),)
    return {*LOOPBACK, *(() if everywhere else (_literal(host),)), *own}


def address_of(host: str, listening: socket.socket) -> str:
    """The address to open, of a socket that listens at `host`."""
    shown = socket.gethostname() if host in ("0.0.0.0", "::") else _literal(host)
    return f"http://{shown}:{listening.getsockname()[1]}/"


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _literal(host: str) -> str:
    return f"[{host.strip('[]')}]" if ":" in host else host


def listen(host: str, port: int, *, where: str = "rewardlab label") -> socket.socket:
    """A socket that listens; `where` is the command that mistakes are told for.

    Raises:
        BadOption: if the port is taken, or host or port may not be used.
    """
    name = host.strip("[]")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 1 << 16:
        raise BadOption(f"port {port!r}", where=where, expected="0 to 65535", mend="--port 8080")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    # by its number: asyncio turns Nagle's delay off (40 ms an answer) only where the protocol is named
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((name, port))
        made.listen(1024)
    except OSError as e:
        made.close()
        taken = e.errno == errno.EADDRINUSE
        raise BadOption(
            f"port {port} of {host} is taken" if taken else f"cannot listen at {host}:{port}: {e.strerror or e}",
            where=where,
            expected="a free port" if taken else "an address of this machine and a port that you may use",
            mend=f"--port {port + 1 if 0 < port < 65535 else 8080}" if taken else "--host 127.0.0.1 --port 8080",
        ) from e
    made.setblocking(False)
    return made


def protocol(patience: float) -> Any:
    """uvicorn's h11 protocol with deadlines: a class, made here because uvicorn is imported late."""
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Patient(H11Protocol):
        """Closes what does not send a whole request, or does not read its answer, in time."""

        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            joined: Any = _Joined(transport, self.loop)
            super().connection_made(joined)
            if len(self.connections) > 2 * CONNECTIONS:
                transport.abort()
                return
            self._deadline = self.loop.call_later(patience, self._late)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._watch()
            if self.transport.get_write_buffer_size():
                self.loop.call_later(STUCK * patience, self._stuck, self.transport.get_write_buffer_size())

        def connection_lost(self, exc: Exception | None) -> None:
            self._settle()
            super().connection_lost(exc)

        def _watch(self) -> None:
            """A deadline runs while a request has begun and is not whole."""
            waiting = self.conn.their_state is h11.SEND_BODY or (
                self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
            )
            if not waiting:
                self._settle()
            elif self._deadline is None:
                self._deadline = self.loop.call_later(patience, self._late)

        def _settle(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _late(self) -> None:
            self._deadline = None
            self.transport.abort()

        def _stuck(self, before: int) -> None:
            left = self.transport.get_write_buffer_size()
            if left and left >= before:
                self.transport.abort()
            elif left:
                self.loop.call_later(STUCK * patience, self._stuck, left)

    return Patient


class _Joined:
    """A transport that sends what is written in one turn of the loop at once: head and body of an answer together."""

    def __init__(self, transport: Any, loop: Any) -> None:
        self._transport, self._loop = transport, loop
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self._waiting)) + int(self._transport.get_write_buffer_size())

    def _flush(self) -> None:
        if self._waiting:
            data, self._waiting = b"".join(self._waiting), []
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def check_pictures(store: LabelStore) -> None:
    """Refuse a file with queries that a page cannot show.

    Raises:
        BadStore: saying how many.
    """
    blind = store.blind()
    if blind:
        raise BadStore(
            f"{blind} open queries have no pictures",
            where=str(store.path),
            expected="frames for every pair",
            mend="LabelStore.add(pairs, frames=...)",
        )
