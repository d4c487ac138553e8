"""The lockstep program: which ids, how many steps, where results are kept, and the table at the end."""

import fnmatch
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rewardlab.benchmarks.lockstep.ledger import Ledger
from rewardlab.benchmarks.lockstep.report import Difference
from rewardlab.benchmarks.lockstep.task import play_task
from rewardlab.benchmarks.pool import Outcome, Pool
from rewardlab.core.errors import BadOption, UnknownName

HOUR = 3600.0  # after which an id is given up


@dataclass
class Lockstep:
    """Compare our grid worlds with MiniGrid's, step by step.

    Attributes:
        ids: a pattern of MiniGrid's ids, such as "BabyAI-*" or "MiniGrid-DoorKey-5x5-v0".
        steps: compared per id, at least.
        seed: of the first levels and of the players.
        jobs: ids at a time.
        out: a JSON file of results; ids that stand there, from the same settings and sources, are not repeated.
    """

    ids: str = "*"
    steps: int = 20_000
    seed: int = 0
    jobs: int = 2
    out: Path | None = None

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("seed", 0), ("jobs", 1)):
            if (value := getattr(self, name)) < least:
                raise BadOption(f"{name}={value}", where="lockstep", expected=f"at least {least}")


def main(options: Lockstep, *, progress: bool = True) -> int:
    """Compare, show a table; 1 if an id differs or failed.

    Raises:
        UnknownName: if the pattern fits no id.
        BadStore: if the file of results cannot be read or written.
    """
    tasks = matching(options.ids)
    ledger = Ledger(options.out, {"steps": options.steps, "seed": options.seed})
    waiting = [t for t in reversed(tasks) if t not in ledger.ids or "failed" in ledger.ids[t]]
    with tempfile.TemporaryDirectory() as logs:
        pool = Pool(play_task, jobs=min(options.jobs, max(1, len(waiting))), logs=Path(logs), timeout=HOUR)
        bar = tqdm(total=len(tasks), initial=len(tasks) - len(waiting), unit="id", disable=not progress, smoothing=0.1)
        try:
            while waiting or pool.busy:
                while waiting and pool.idle:
                    task = waiting.pop()
                    pool.give(task, (task, options.steps, options.seed))
                    bar.set_postfix_str(task)
                for outcome in pool.wait(1.0):
                    ledger.add(outcome.key, _result(outcome))
                    bar.update()
        finally:
            pool.close()
            bar.close()
    found = {task: ledger.ids[task] for task in tasks}
    sys.stdout.write(table(found))
    return int(any("failed" in r or r.get("difference") is not None for r in found.values()))


def matching(pattern: str) -> list[str]:
    """MiniGrid's ids that fit a pattern, in MiniGrid's order.

    Raises:
        UnknownName: if there is none.
    """
    import gymnasium as gym
    import minigrid  # noqa: F401  registers MiniGrid's ids

    known = [name for name in gym.registry if name.startswith(("MiniGrid-", "BabyAI-"))]
    found = [name for name in known if fnmatch.fnmatchcase(name, pattern)]
    if not found:
        raise UnknownName(
            f"no id fits {pattern!r}", where="lockstep", expected=f"one of {len(known)} ids", mend='try "BabyAI-*"'
        )
    return found


def table(found: dict[str, dict[str, Any]]) -> str:
    """Results as lines: an id each, what was not made or failed, and a last line that sums up."""
    width = max(len(task) for task in found)
    lines = [f"{'id':{width}} {'steps':>8} {'levels':>7} {'successes':>9} {'solved':>9}  result"]
    for task, r in found.items():
        if "steps" not in r:
            lines.append(f"{task:{width}} {'':36}  {'not made: ' + r['not_made'] if 'not_made' in r else 'failed'}")
            continue
        solver = r["players"].get("solver")
        solved = f"{solver['successes']}/{solver['episodes']}" if solver else ""
        verdict = "equal" if r["difference"] is None else f"{r['difference']['what']} differs"
        lines.append(f"{task:{width}} {r['steps']:8} {r['episodes']:7} {r['successes']:9} {solved:>9}  {verdict}")
    told = [(t, r) for t, r in found.items() if r.get("difference") is not None]
    lines += [f"\n{task}: {Difference(**r['difference'])}" for task, r in told]
    lines += [f"\n{task}:\n{r['failed'].strip()}" for task, r in found.items() if "failed" in r]
    played = [r for r in found.values() if "steps" in r]
    counts = {
        "equal": sum(r["difference"] is None for r in played),
        "differ": len(told),
        "failed": sum("failed" in r for r in found.values()),
        "not made by MiniGrid": sum("not_made" in r for r in found.values()),
    }
    total, successes = sum(r["steps"] for r in played), sum(r["successes"] for r in played)
    summary = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return "\n".join([*lines, f"\n{summary}; {total} steps, {successes} successes", ""])


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.text is None:
        return {"failed": outcome.log or outcome.blocked}
    result: dict[str, Any] = json.loads(outcome.text)
    return result
