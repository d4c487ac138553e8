"""People at the label server, many at once: a process of its own that asks, answers, and keeps what was acknowledged.

    python -m rewardlab.benchmarks.labelling_clients --port 8080 --clients 32 --seconds 10

Every client keeps one connection. An answer that gets none is sent again with the same key until it is acknowledged, on
a new connection if need be, as the page does it: the server may be killed meanwhile.
"""

import asyncio
import json
import random
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tyro

from rewardlab.core.errors import FaultyEnvironment

PATIENCE = 60.0  # seconds that a client waits for a server that does not come back


@dataclass
class Load:
    """What the clients do.

    Attributes:
        port: of the server, on this machine.
        clients: how many at once.
        seconds: how long; with `ahead`, at most.
        ahead: take so many queries first, and then only answer them; 0 to ask and answer in turns.
        seed: of the labels.
    """

    port: int = 8080
    clients: int = 32
    seconds: float = 5.0
    ahead: int = 0
    seed: int = 0


@dataclass
class Seen:
    """What the clients saw.

    Attributes:
        acknowledged: query, name, label as shown, key; of every answer that was acknowledged.
        label: seconds of each answer that was acknowledged at once.
        next: seconds of each question.
        retries: requests that were sent again.
        unknown: query, name, label and key of answers sent and not acknowledged when the time was over.
        refused: answers that the server did not take.
    """

    acknowledged: list[list[Any]] = field(default_factory=list)
    label: list[float] = field(default_factory=list)
    next: list[float] = field(default_factory=list)
    retries: int = 0
    unknown: list[list[Any]] = field(default_factory=list)
    refused: list[list[Any]] = field(default_factory=list)


class Person:
    """One client: a name, cookies, a connection that is made again when it breaks.

    Args:
        port: of the server.
        name: of the annotator.
        seen: where everything is noted.
    """

    def __init__(self, port: int, name: str, seen: Seen) -> None:
        self.port, self.name, self.seen = port, name, seen
        self.jar: dict[str, str] = {}
        self.csrf = ""
        self._socket: socket.socket | None = None

    async def enter(self) -> None:
        """Open a session and say the name."""
        self.csrf = json.loads((await self.ask("GET", "/api/session"))[1])["csrf"]
        await self.ask("POST", "/api/annotator", {"name": self.name})

    async def next(self, besides: list[int]) -> int | None:
        """The number of the next query."""
        began = time.perf_counter()
        status, body = await self.ask("GET", "/api/next?besides=" + ",".join(map(str, besides[-60:])))
        self.seen.next.append(time.perf_counter() - began)
        return json.loads(body)["query"] if status == 200 else None

    async def answer(self, query: int, label: float) -> None:
        """Answer a query, until it is acknowledged."""
        said = [query, self.name, label, secrets.token_hex(16)]
        self.seen.unknown.append(said)
        retries = self.seen.retries
        began = time.perf_counter()
        body = {"query": query, "label": label, "key": said[3], "seconds": 1.0}
        status, _ = await self.ask("POST", "/api/label", body)
        if self.seen.retries == retries:
            self.seen.label.append(time.perf_counter() - began)
        self.seen.unknown.remove(said)
        (self.seen.acknowledged if status == 200 else self.seen.refused).append(said)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
        """Status and body of one request, sent until it is answered; 503 is no answer."""
        content = b"" if body is None else json.dumps(body).encode()
        cookies = "; ".join(f"{k}={v}" for k, v in self.jar.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookies}\r\n"
        if body is not None:
            head += f"X-CSRF: {self.csrf}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
        whole = head.encode() + b"\r\n" + content
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                status, answer = await self._once(whole)
                if status != 503:
                    return status, answer
            except OSError:
                self._drop()
            if time.monotonic() > deadline:
                raise FaultyEnvironment("the server did not come back", where=f"port {self.port}")
            self.seen.retries += 1
            await asyncio.sleep(0.05)

    async def _once(self, whole: bytes) -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        if self._socket is None:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(self._socket, ("127.0.0.1", self.port))
        await loop.sock_sendall(self._socket, whole)
        data = b""
        while b"\r\n\r\n" not in data:
            data += await self._more(loop)
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            low = line.lower()
            if low.startswith(b"content-length:"):
                length = int(line[15:])
            elif low.startswith(b"set-cookie:"):
                name, _, value = line[11:].strip().partition(b";")[0].partition(b"=")
                self.jar[name.decode()] = value.decode()
            elif low == b"connection: close":
                self._drop()
        while len(body) < length:
            body += await self._more(loop)
        return int(head[9:12]), body

    async def _more(self, loop: asyncio.AbstractEventLoop) -> bytes:
        data = await loop.sock_recv(self._socket, 1 << 16) if self._socket else b""
        if not data:
            raise ConnectionResetError
        return data

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


async def play(load: Load) -> tuple[Seen, float]:
    """Let the clients work; what they saw, and the seconds that answering took."""
    seen, draw, run = Seen(), random.Random(load.seed), secrets.token_hex(4)
    people = [Person(load.port, f"client {run} {i}", seen) for i in range(load.clients)]
    await asyncio.gather(*(p.enter() for p in people))
    held: list[list[int]] = [[] for _ in people]
    for _ in range(load.ahead):
        given = await asyncio.gather(*(p.next(h) for p, h in zip(people, held, strict=True)))
        for mine, query in zip(held, given, strict=True):
            mine.extend([query] if query is not None else [])
    began = time.perf_counter()
    end = began + load.seconds

    async def work(person: Person, mine: list[int]) -> None:
        while time.perf_counter() < end:
            query = (mine.pop(0) if mine else None) if load.ahead else await person.next([])
            if query is None:
                return
            await person.answer(query, draw.choice([0, 0.5, 1]))

    tasks = [asyncio.ensure_future(work(p, h)) for p, h in zip(people, held, strict=True)]
    _, late = await asyncio.wait(tasks, timeout=load.seconds + PATIENCE)
    for task in late:
        task.cancel()
    for task in tasks:
        if task not in late:
            task.result()
    return seen, time.perf_counter() - began


def told(seen: Seen, seconds: float) -> dict[str, Any]:
    """Rates and quantiles."""
    out: dict[str, Any] = {
        "labels": len(seen.acknowledged),
        "seconds": round(seconds, 3),
        "labels_per_second": round(len(seen.acknowledged) / seconds, 1),
        "retries": seen.retries,
        "refused": len(seen.refused),
    }
    for name, times in (("label", seen.label), ("next", seen.next)):
        if times:
            p50, p99, most = np.quantile(times, [0.5, 0.99, 1.0]) * 1000
            out[f"{name}_ms"] = {"p50": round(p50, 2), "p99": round(p99, 2), "max": round(most, 2)}
    return out


def start(load: Load) -> subprocess.Popen:
    """The clients in a process of their own."""
    options = [w for k, v in vars(load).items() for w in (f"--{k}", str(v))]
    command = [sys.executable, "-m", "rewardlab.benchmarks.labelling_clients", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def result(child: subprocess.Popen, *, patience: float) -> dict[str, Any]:
    """What such a process says: rates, and every acknowledged, unknown and refused answer.

    Raises:
        FaultyEnvironment: if it fails.
    """
    out, _ = child.communicate(timeout=patience)
    if child.returncode:
        raise FaultyEnvironment(f"the clients ended with {child.returncode}", where="labelling_clients")
    found: dict[str, Any] = json.loads(out)
    return found


def main(load: Load) -> int:
    """Work, and print what was seen as JSON."""
    seen, seconds = asyncio.run(play(load))
    lists = {"acknowledged": seen.acknowledged, "unknown": seen.unknown, "refused_answers": seen.refused}
    sys.stdout.write(json.dumps({**told(seen, seconds), **lists}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Load)))
