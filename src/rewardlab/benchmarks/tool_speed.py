"""What a call of a tool costs: from the agent's text to the answer, walls included.

    python -m rewardlab.benchmarks.tool_speed [--repeats 100] [--out FILE]

Each call is read from text and answered in an open session, one after the other; "new" ones open the process first, and
a replay makes a lost Python process again from a history of ten calls. Beside the SQL calls the same queries in this
process, unguarded. The median of each counts; it is wall time, which a busy machine lengthens.
"""

import contextlib
import json
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from rewardlab.benchmarks.measure import machine
from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools import (
    SQL,
    Calculator,
    Database,
    Fault,
    Python,
    Search,
    Session,
    Tool,
    read,
    respond,
    schema,
)

EVIDENCE = Path(__file__).parent / "evidence" / "tool_speed.json"
GOALS = {"SQL call, ms": 0.5, "Python call, ms": 0.3, "new SQL database, ms": 20.0, "new Python conversation, ms": 20.0}
LONGEST = 100  # calls of one Python conversation
QUERY = "SELECT name, people FROM town WHERE river = 'river 3' AND people > 20 ORDER BY people DESC LIMIT 5"
GROUPED = "SELECT river, count(*), sum(people) FROM town WHERE people > 20 GROUP BY river ORDER BY 2 DESC LIMIT 5"


@dataclass(frozen=True)
class ToolSpeed:
    """Measure what tools cost.

    Args:
        repeats: turns of each; the median counts.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for no repeats.
    """

    repeats: int = 100
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise BadOption(f"repeats={self.repeats!r}", where="tool_speed", expected="at least 1")


class Talk:
    """A conversation with one tool.

    Args:
        tool: that is called.
        data: the task's data.
    """

    def __init__(self, tool: Tool, data: Any = None) -> None:
        self.tool, self.session = tool, Session(data, None, np.random.default_rng(0))
        (self.argument,) = schema(tool)["parameters"]["required"]

    def __call__(self, argument: str) -> str:
        """The answer to a call whose text is made, read and answered.

        Raises:
            RuntimeError: if it is an error: what fails is not to be timed.
        """
        text = json.dumps({"name": self.tool.name, "arguments": {self.argument: argument}})
        calls = read(f"<tool_call>{text}</tool_call>", [self.tool])
        said = calls.text if isinstance(calls, Fault) else respond(calls[0], [self.tool], self.session)
        if said.startswith("error"):
            raise RuntimeError(said)
        return said


def towns(seed: int = 0) -> Database:
    """A table of a thousand towns, drawn."""
    r = np.random.default_rng(seed)
    rows = [(f"town {k}", int(r.integers(100)), f"river {int(r.integers(20))}") for k in range(1000)]
    return Database.of({"town": (["name", "people", "river"], rows)})


def median(call: Callable[[], Any], repeats: int) -> float:
    """The median wall time of one of `repeats` calls, one after the other, in seconds."""
    call()
    took = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def measured(repeats: int) -> dict[str, float]:
    """Name -> median, in the unit that the name says."""
    held, sql, python = towns(), SQL(), Python()
    ask, run, find, compute = Talk(sql, held), Talk(python), Talk(Search()), Talk(Calculator())
    history = {"seed": 1, "calls": tuple(f"x{k} = {k}" for k in range(10))}

    def step() -> None:
        if run.session.memory and len(run.session.memory["calls"]) >= LONGEST:
            run.session.memory = None
        run("x = 1\nx += 1")

    def fresh(make: Callable[[], Tool], use: Callable[[Talk], Any], data: Any = None) -> Callable[[], None]:
        def once() -> None:
            talk = Talk(make(), data)
            use(talk)
            talk.tool.close()

        return once

    def again(talk: Talk) -> None:
        talk.session.memory = history
        talk("print(x9)")

    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(held.image)
        short: dict[str, Callable[[], Any]] = {
            "SQL call": lambda: ask(QUERY),
            "SQL call that groups": lambda: ask(GROUPED),
            "the first query here, unguarded": lambda: db.execute(QUERY).fetchall(),
            "the second query here, unguarded": lambda: db.execute(GROUPED).fetchall(),
            "Python call": step,
            "search": lambda: find("who invented the silent lantern"),
            "calculator": lambda: compute("(3 + 4) * 2 / 7 - 2**10"),
        }
        long: dict[str, Callable[[], Any]] = {
            "new SQL database": fresh(SQL, lambda talk: talk("SELECT 1"), held),
            "new Python conversation": fresh(Python, lambda talk: talk("x = 1")),
            "replay of ten calls": fresh(Python, again),
        }
        found = {name: median(call, 10 * repeats) for name, call in short.items()}
        found |= {name: median(call, max(1, repeats // 5)) for name, call in long.items()}
    sql.close()
    python.close()
    return {f"{name}, ms": 1e3 * seconds for name, seconds in found.items()}


def main(options: ToolSpeed) -> int:
    """Measure, show and write; 0 if the goals are reached."""
    found = measured(options.repeats)
    reached = {name: found[name] <= goal for name, goal in GOALS.items()}
    for name, value in found.items():
        goal = f"   goal {GOALS[name]:g}: {'reached' if reached[name] else 'missed'}" if name in GOALS else ""
        sys.stdout.write(f"{name:36}{value:>10.3g}{goal}\n")
    content = {"machine": machine(), "cores": os.cpu_count(), "measured": found, "goals": GOALS, "reached": reached}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(ToolSpeed)))
