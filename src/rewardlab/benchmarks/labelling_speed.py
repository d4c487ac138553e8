"""The label server under load: how many labels a second, how long each takes, and whether one is ever lost.

    python -m rewardlab.benchmarks.labelling_speed [--full] [--out FILE]

Each label is acknowledged after it is on the disk. Clients run in a process of their own, on the same machine: its
cores serve both sides. The parts: 32 clients and one client; a trainer that reads and writes the same file meanwhile;
kills; a file of many clips and labels. With `--full` the trainer works for ten minutes and the file holds a million of
each.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import tyro

from rewardlab.benchmarks.labelling_clients import Load, result, start
from rewardlab.benchmarks.labelling_kills import Kills, fill, free_port, good, serve, stop
from rewardlab.benchmarks.labelling_kills import measure as kill
from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.core.errors import BadOption, BadStore
from rewardlab.rewards.preference.labelling.store import LabelStore
from rewardlab.rewards.preference.labelling.tables import Answer, book

EVIDENCE = Path(__file__).parent / "evidence" / "labelling_speed.json"
PARTS = ("load", "trainer", "kills", "large")
AHEAD = 60  # queries that a client takes before it only answers: what the server lets one page hold
SUPPLY = 3000  # pairs to label, for each second of load
GOALS = {
    "labels a second, 32 clients": 1000.0,
    "p99 of a label, 32 clients, ms": 100.0,
    "p50 of a label, one client, ms": 3.0,
    "p99 of a label beside a trainer, ms": 250.0,
    "p50 of a restart after a kill, s": 2.0,
    "slowest answer of the large file, ms": 300.0,
    "memory of its server, MB": 300.0,
    "memory of its export, MB": 300.0,
}


@dataclass(frozen=True)
class LabellingSpeed:
    """Measure the label server.

    Args:
        parts: some of load, trainer, kills, large; others stay as they are in the file.
        rounds: of the load; the median counts.
        seconds: of each load, and of the trainer.
        kills: of the server.
        large: clips and labels of the large file.
        full: ten minutes of the trainer, a million clips.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for a part that there is not, or numbers below 1.
    """

    parts: tuple[str, ...] = PARTS
    rounds: int = 3
    seconds: float = 8.0
    kills: int = 50
    large: int = 100_000
    full: bool = False
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        unknown = set(self.parts) - set(PARTS)
        if unknown or min(self.rounds, self.seconds, self.kills, self.large) < 1:
            raise BadOption(
                f"{sorted(unknown) or 'a number below 1'}",
                where="labelling_speed",
                expected="parts load, trainer, kills, large; numbers from 1 on",
            )


def load(rounds: int, seconds: float, *, clients: int = 32) -> dict[str, Any]:
    """Three kinds of load: answers alone, turns of question and answer, and one client's turns."""
    kinds = {
        f"{clients} clients, answers": Load(clients=clients, seconds=seconds, ahead=AHEAD),
        f"{clients} clients, turns": Load(clients=clients, seconds=seconds),
        "one client, turns": Load(clients=1, seconds=min(seconds, 4.0)),
    }
    found: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        with LabelStore(folder) as store:
            fill(store, int(rounds * seconds * SUPPLY))
        port = free_port()
        server, _ = serve(Path(folder), port)
        for _ in range(rounds):
            for name, kind in kinds.items():
                before = cpu(server.pid)
                one = result(start(Load(**{**vars(kind), "port": port})), patience=seconds + 200)
                one["server_cpu_ms_per_label"] = round((cpu(server.pid) - before) / max(one["labels"], 1) * 1000, 3)
                one["machine_load"] = round(os.getloadavg()[0], 1)
                found.setdefault(name, []).append(_short(one))
        stop(server)
    return {name: median(ones, "labels_per_second") for name, ones in found.items()}


def median(ones: list[dict[str, Any]], by: str) -> dict[str, Any]:
    """The round in the middle, and what all rounds had."""
    ranked = sorted(ones, key=lambda one: one[by])
    return {**ranked[len(ranked) // 2], "rounds": [one[by] for one in ones]}


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used; 0 where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _short(one: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in one.items() if k not in ("acknowledged", "unknown", "refused_answers")}


def beside_a_trainer(seconds: float, *, clients: int = 32) -> dict[str, Any]:
    """Clients label while another process reads the labels, learns from them and adds pairs to the same file."""
    with TemporaryDirectory() as folder:
        with LabelStore(folder) as store:
            fill(store, int(min(seconds, 120) * SUPPLY / 2))
        port = free_port()
        server, _ = serve(Path(folder), port)
        call = f"from rewardlab.benchmarks import labelling_speed as s; print(s.dumps(s.train({folder!r}, {seconds})))"
        trainer = subprocess.Popen([sys.executable, "-c", call], stdout=subprocess.PIPE, text=True)
        one = result(start(Load(port=port, clients=clients, seconds=seconds)), patience=seconds + 200)
        learned = json.loads(trainer.communicate(timeout=seconds + 200)[0])
        stop(server)
    return {**_short(one), "trainer": learned}


dumps = json.dumps


def train(folder: str, seconds: float) -> dict[str, Any]:
    """Read what is new, take a step of logistic regression on it, add eight pairs; until the time is over."""
    weights, since, read, added, errors, longest = np.zeros(3), 0, 0, 0, 0, 0.0
    end = time.monotonic() + seconds
    with LabelStore(folder, create=False) as store:
        while time.monotonic() < end:
            try:
                batch, since = store.labelled(since, most=2000)
                if len(batch):
                    gap = batch.obs.sum(2)[:, 0] - batch.obs.sum(2)[:, 1]
                    chance = 1 / (1 + np.exp(-gap @ weights))
                    weights += 0.1 * (batch.info["label"] - chance) @ gap / len(batch)
                    read += len(batch)
                began = time.monotonic()
                fill(store, 8, seed=added)
                longest = max(longest, time.monotonic() - began)
                added += 8
            except BadStore:
                errors += 1
            time.sleep(0.1)
    return {"read": read, "added": added, "lock_errors": errors, "longest_write_ms": round(longest * 1000, 1)}


def large(size: int) -> dict[str, Any]:
    """A file of `size` clips and labels: what its pages take, how it is exported, and in how much memory."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        with LabelStore(path) as store:
            began = time.monotonic()
            fill(store, size // 2, raters=2)
            filled = time.monotonic() - began
            _answer_all(store, size // 2)
            fill(store, 200)  # which are open
            file = store.path.stat().st_size
        port = free_port()
        server, opened = serve(path, port)
        pages = _pages(port)
        memory = peak(server.pid)
        stop(server)
        call = f"from rewardlab.benchmarks import labelling_speed as s; print(s.dumps(s.export({folder!r})))"
        exported = json.loads(
            subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=True).stdout
        )
    return {
        "clips": size,
        "labels": size,
        "file_mb": round(file / 1e6),
        "added_per_second": round(size / 2 / filled),
        "opened_s": round(opened, 2),
        "pages_ms": pages,
        "server_memory_mb": memory,
        "export": exported,
    }


def _answer_all(store: LabelStore, queries: int) -> None:
    """Two people's answers to the first `queries`."""
    for start_ in range(1, queries + 1, 5000):
        with store.together() as db:
            for name in ("ann", "bob"):
                db.execute("INSERT OR IGNORE INTO annotator (name) VALUES (?)", (name,))
            for query in range(start_, min(start_ + 5000, queries + 1)):
                for who in (1, 2):
                    book(db, Answer(f"key-{query}-{who}", query, who, query % 2, seconds=1.0, time="2030-01-01"))


def _pages(port: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each kind of answer, 30 times: median and slowest."""
    import asyncio

    from rewardlab.benchmarks.labelling_clients import Person, Seen

    async def ask() -> dict[str, list[float]]:
        person = Person(port, "cat", Seen())
        await person.enter()
        clip = json.loads((await person.ask("GET", "/api/next"))[1])["first"]["clip"]
        paths = {"page": "/", "session": "/api/session", "next": "/api/next", "clip": f"/api/clip/{clip}"}
        paths["statistics"] = "/api/statistics"
        out: dict[str, list[float]] = {}
        for name, path in paths.items():
            for _ in range(30):
                began = time.perf_counter()
                status, _ = await person.ask("GET", path)
                out.setdefault(name, []).append((time.perf_counter() - began) * 1000 if status == 200 else np.inf)
        return out

    found = asyncio.run(ask())
    return {name: {"p50": round(float(np.median(t)), 2), "max": round(max(t), 2)} for name, t in found.items()}


def peak(pid: int | str) -> float:
    """The most resident memory that a process had, MB; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return round(next((int(x.split()[1]) / 1000 for x in lines if x.startswith("VmHWM")), 0.0), 1)


def export(folder: str) -> dict[str, Any]:
    """Write all labels of a file; seconds, size and memory of this process."""
    out = Path(folder) / "labels.jsonl"
    with LabelStore(folder, create=False) as store:
        began = time.monotonic()
        count = store.export(out)
        seconds = time.monotonic() - began
    size = out.stat().st_size
    return {"labels": count, "seconds": round(seconds, 1), "mb": round(size / 1e6), "memory_mb": peak("self")}


def judged(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every goal with what was measured and whether it is reached."""
    measured: dict[str, float] = {}
    if "load" in found:
        many, _, one = (v for k, v in found["load"].items() if k != "measured")
        measured["labels a second, 32 clients"] = many["labels_per_second"]
        measured["p99 of a label, 32 clients, ms"] = many["label_ms"]["p99"]
        measured["p50 of a label, one client, ms"] = one["label_ms"]["p50"]
    if "trainer" in found:
        measured["p99 of a label beside a trainer, ms"] = found["trainer"]["label_ms"]["p99"]
    if "kills" in found:
        measured["p50 of a restart after a kill, s"] = found["kills"]["restart_s"]["p50"]
    if "large" in found:
        measured["slowest answer of the large file, ms"] = max(p["max"] for p in found["large"]["pages_ms"].values())
        measured["memory of its server, MB"] = found["large"]["server_memory_mb"]
        measured["memory of its export, MB"] = found["large"]["export"]["memory_mb"]
    out = {}
    for name, value in measured.items():
        more = name.startswith("labels a second")
        reached = value >= GOALS[name] if more else value <= GOALS[name]
        out[name] = {"goal": GOALS[name], "measured": value, "reached": bool(reached)}
    return out


def lossless(found: dict[str, Any]) -> bool:
    """Whether nothing was lost, refused or locked: what must hold however slow the machine is."""
    loads = [
        *(v for k, v in found.get("load", {}).items() if k != "measured"),
        *([found["trainer"]] if "trainer" in found else []),
    ]
    locked = found.get("trainer", {}).get("trainer", {}).get("lock_errors", 0)
    return not locked and not any(one["refused"] for one in loads) and ("kills" not in found or good(found["kills"]))


def kept(path: Path) -> dict[str, Any]:
    """The parts that a file holds already: those that are not measured again stay, with their own date."""
    if not path.is_file():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    return {name: content[name] for name in PARTS if name in content}


def _busy() -> float:
    return round(os.getloadavg()[0], 1)


def main(options: LabellingSpeed) -> int:
    """Measure, show and write; 0 if nothing was lost. Speeds depend on what else the machine does: both are told."""
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "load": lambda: load(options.rounds, options.seconds),
        "trainer": lambda: beside_a_trainer(600.0 if options.full else options.seconds),
        "kills": lambda: kill(Kills(kills=options.kills)),
        "large": lambda: large(1_000_000 if options.full else options.large),
    }
    found = kept(options.out)
    for name, part in parts.items():
        if name in options.parts:
            state = {"date": machine()["date"], "source": versions()["source"], "load_before": _busy()}
            found[name] = {**part(), "measured": {**state, "load_after": _busy()}}
            sys.stdout.write(f"{name}: {json.dumps(found[name])}\n")
            sys.stdout.flush()
    goals = judged(found)
    for name, goal in goals.items():
        sys.stdout.write(
            f"{name}: {goal['measured']:g} (goal {goal['goal']:g}){'' if goal['reached'] else ': missed'}\n"
        )
    content = {"machine": machine(), "versions": versions(), **found, "goals": goals, "nothing_lost": lossless(found)}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if content["nothing_lost"] else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(LabellingSpeed)))
