"""The label server is killed under load, again and again: is every acknowledged label there, once?

    python -m rewardlab.benchmarks.labelling_kills --kills 50

Clients label without a break; the server gets SIGKILL at random moments and is started again with the same command. In
the end the file is compared with what the clients know: acknowledged answers that are missing or differ are lost; one
person's second answer to a query is a duplicate.
"""

import json
import random
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import tyro

from rewardlab.benchmarks.labelling_clients import Load, result, start
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import FaultyEnvironment
from rewardlab.rewards.preference.labelling.store import LabelStore


@dataclass
class Kills:
    """What is killed.

    Attributes:
        kills: how often.
        clients: that label meanwhile.
        pairs: that there are to label.
        apart: longest time between two kills, seconds.
        seed: of the moments.
    """

    kills: int = 50
    clients: int = 32
    pairs: int = 40_000
    apart: float = 1.0
    seed: int = 0


def fill(store: LabelStore, pairs: int, *, seed: int = 0, raters: int = 1, batch: int = 5000) -> None:
    """Add pairs of four steps with small pictures."""
    rng = np.random.default_rng(seed)
    film = list(rng.integers(0, 256, (2, 4, 8, 8, 3), dtype=np.uint8))
    for start_ in range(0, pairs, batch):
        n = min(batch, pairs - start_)
        axes, obs = (n, 2, 4), rng.normal(size=(n, 2, 4, 3)).astype(np.float32)
        flags = np.zeros(axes, dtype=bool)
        steps = Transitions(obs, np.zeros(axes, dtype=np.int64), obs[..., 0], obs, flags, flags)
        store.add(steps, frames=(film for _ in range(n)), environment="none", raters=raters)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(path: Path, port: int) -> tuple[subprocess.Popen, float]:
    """A server with the command that people use, and the seconds until it answered.

    Raises:
        FaultyEnvironment: if it does not.
    """
    began = time.monotonic()
    command = [sys.executable, "-m", "rewardlab", "label", str(path), "--port", str(port)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while time.monotonic() - began < 60:
        if child.poll() is not None:
            raise FaultyEnvironment(f"the server ended: {child.communicate()[1][-500:]}", where=str(path))
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as asked:
                asked.sendall(b"GET /api/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if asked.recv(12) == b"HTTP/1.1 200":
                    return child, time.monotonic() - began
        except OSError:
            time.sleep(0.01)
    child.kill()
    raise FaultyEnvironment("the server did not begin within 60 seconds", where=str(path))


def stop(child: subprocess.Popen) -> None:
    """End a server as Ctrl-C does."""
    child.terminate()
    try:
        child.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()


def compare(path: Path, seen: dict[str, Any]) -> dict[str, int]:
    """How the file differs from what the clients know."""
    with LabelStore(path, create=False) as store:
        rows = store._database.read(
            """SELECT a.key, a.query, w.name, CASE WHEN a.mirrored THEN 1 - a.label ELSE a.label END, a.repeat
            FROM answer a JOIN annotator w ON w.number = a.annotator"""
        )
        broken = store._database.read("PRAGMA integrity_check")[0][0] != "ok"
        done = store.progress()[0]
    there = {key: [query, name, label] for key, query, name, label, _ in rows}
    given = [(query, name) for _, query, name, _, repeat in rows if not repeat]
    maybe = {said[3] for said in seen["unknown"]}
    known = {said[3] for said in seen["acknowledged"]}
    return {
        "acknowledged": len(known),
        "lost": sum(there.get(key) != said for *said, key in seen["acknowledged"]),
        "duplicates": len(given) - len(set(given)) + len(rows) - len(there),
        "from_nowhere": len(set(there) - known - maybe),
        "refused": len(seen["refused_answers"]),
        "miscounted": abs(done - len({query for query, _ in given})),
        "damaged": int(broken),
    }


def measure(options: Kills) -> dict[str, Any]:
    """Kill, restart, and compare in the end."""
    moments = random.Random(options.seed)
    with TemporaryDirectory() as folder:
        path = Path(folder)
        with LabelStore(path) as store:
            fill(store, options.pairs)
        port, restarts = free_port(), list[float]()
        server, first = serve(path, port)
        clients = start(Load(port=port, clients=options.clients, seconds=_span(options, first)))
        began = time.monotonic()
        kills = 0
        while kills < options.kills and clients.poll() is None:
            time.sleep(moments.uniform(0.0, options.apart))
            server.kill()
            server.communicate()
            kills += 1
            server, seconds = serve(path, port)
            restarts.append(seconds)
        seen = result(clients, patience=600)
        took = time.monotonic() - began
        stop(server)
        found = compare(path, seen)
    return {
        "kills": kills,
        **found,
        "retries": seen["retries"],
        "restart_s": {
            "first": round(first, 2),
            "p50": round(float(np.median(restarts)), 2),
            "max": round(max(restarts), 2),
        },
        "seconds": round(took, 1),
    }


def _span(options: Kills, start_seconds: float) -> float:
    """For how long the clients work: as long as the kills will take, and a little more."""
    return options.kills * (options.apart / 2 + 1.2 * start_seconds) + 2


def good(found: dict[str, Any]) -> bool:
    """Whether nothing was lost, doubled, invented, refused, miscounted or damaged."""
    faults = ("lost", "duplicates", "from_nowhere", "refused", "miscounted", "damaged")
    return not any(found[k] for k in faults) and found["acknowledged"] > 0


def main(options: Kills) -> int:
    """Kill and compare; 0 if every acknowledged label is there once."""
    found = measure(options)
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if good(found) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Kills)))
