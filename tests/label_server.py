"""Pairs to be labelled, a label server in a process of its own, and a client that speaks HTTP by hand."""

import json
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions

SERVE = """
import json, sys
from rewardlab.rewards.preference.labelling.serving import serve
from rewardlab.rewards.preference.labelling.store import LabelStore
options = json.loads(sys.argv[2])
store = LabelStore(sys.argv[1], create=False, **options.pop("store", {}))
serve(store, port=0, ready=lambda a: print(a, flush=True), **options)
"""


def pairs(p: int = 3, t: int = 4, *, seed: int = 0, size: Any = None) -> Transitions:
    """Pairs [p, 2, t] of three features; `size` [p, 2] steps count, all without it."""
    rng = np.random.default_rng(seed)
    axes = (p, 2, t)
    info = {} if size is None else {"mask": np.arange(t) < np.asarray(size)[..., None]}
    return Transitions(
        obs=rng.normal(size=(*axes, 3)).astype(np.float32),
        action=rng.integers(0, 4, axes),
        reward=rng.normal(size=axes),
        next_obs=rng.normal(size=(*axes, 3)).astype(np.float32),
        terminated=rng.random(axes) < 0.1,
        truncated=np.zeros(axes, dtype=bool),
        info={**info, "stage": rng.integers(0, 3, axes).astype(np.int16)},
    )


def film(p: int, t: int = 4, *, seed: int = 0, height: int = 4, width: int = 6) -> np.ndarray:
    """Clips for p pairs: [p, 2, t, height, width, 3] uint8."""
    return np.random.default_rng(seed).integers(0, 256, (p, 2, t, height, width, 3), dtype=np.uint8)


@contextmanager
def served(path: Path, **options: Any) -> Iterator[tuple[int, subprocess.Popen]]:
    """(port, process) of a server of the label file at `path`; its errors must be none when it ends by itself."""
    command = [sys.executable, "-c", SERVE, str(path), json.dumps(options)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        address = child.stdout.readline()
        assert address, child.communicate()[1]
        yield int(address.split(":")[2].partition("/")[0]), child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)


class Client:
    """A browser without a screen: keeps its cookies and its connection.

    Args:
        port: of the server, on this machine.
        name: of the annotator; none is told to the server if it is empty.
    """

    def __init__(self, port: int, name: str = "ann") -> None:
        self.port = port
        self.jar: dict[str, str] = {}
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.csrf = self.get("/api/session")[1]["csrf"]
        if name:
            assert self.post("/api/annotator", name=name)[0] == 200

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status and body."""
        return self.ask("GET", path, b"", headers)

    def post(self, path: str, **body: Any) -> tuple[int, Any]:
        """Status and body of a JSON POST."""
        headers = {"X-CSRF": self.csrf, "Content-Type": "application/json"}
        return self.ask("POST", path, json.dumps(body).encode(), headers)

    def label(self, query: int, label: float | None, key: str = "", **more: Any) -> tuple[int, Any]:
        """Send an answer."""
        return self.post("/api/label", query=query, label=label, key=key or secrets.token_hex(16), **more)

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        """One request on the kept connection."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(body)}"]
        lines += [f"{k}: {v}" for k, v in headers.items()]
        if self.jar:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.jar.items()))
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        status, self.headers, content = answer(self.socket)
        for cookie in self.headers.get("set-cookie", "").split("\n"):
            name, _, value = cookie.partition(";")[0].partition("=")
            if name:
                self.jar[name.strip()] = value
        if self.headers.get("content-type", "").startswith("application/json"):
            return status, json.loads(content)
        return status, content

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer; status 0 if the server closed without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            more = connection.recv(65536)
        except ConnectionError:
            more = b""
        if not more:
            return 0, {}, data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        known = headers.get(name.lower())
        headers[name.lower()] = value.strip() if known is None else f"{known}\n{value.strip()}"
    length = headers.get("content-length")
    while length is not None and len(body) < int(length):
        more = connection.recv(1 << 16)
        if not more:
            break
        body += more
    return int(first.split()[1]), headers, body
