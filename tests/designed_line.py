"""A world of one number, agents in closed form, and scripted answers: what the tests of the designer loop stand on.

A step goes from x to x + a; success is x = 1. An "agent" trained on a reward does at each x what the reward pays most,
so whether it arrives follows from the program alone. Programs here are the tests' own and run as plain Python.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadReward
from rewardlab.core.oracle import Answer
from rewardlab.core.reward import Reward
from rewardlab.rewards.language.design.context import Context
from rewardlab.rewards.language.design.system import Run, System
from rewardlab.rewards.language.design.trained import Trained

GOOD = 'def reward(obs, action, next_obs, info):\n    near = -abs(next_obs[0] - 1.0)\n    return near, {"near": near}\n'
AWAY = "def reward(obs, action, next_obs, info):\n    return -next_obs[0]\n"
LAZY = "def reward(obs, action, next_obs, info):\n    return -abs(action[0]) + 0.001 * next_obs[0]\n"
BROKEN = "def reward(obs, action, next_obs, info)\n    return 0\n"
NAN = "def reward(obs, action, next_obs, info):\n    return float('nan') * next_obs[0]\n"
ELSEWHERE = 'def reward(obs, action, next_obs, info):\n    return -info["gripper_height"]\n'
CONSTANT = "def reward(obs, action, next_obs, info):\n    return 1.0\n"
ONE = SimpleNamespace(shape=(1,), kind="float")
SIGNATURE = SimpleNamespace(obs=ONE, action=ONE, info={"success": SimpleNamespace(shape=(), kind="bool")})
CONTEXT = Context("test/Line-v0", "bring x to 1", "A number that is moved.", SIGNATURE)  # type: ignore[arg-type]


def fenced(source: str) -> str:
    """An answer as a model gives it."""
    return f"Here it is.\n```python\n{source}```\n"


def steps(x: Any, a: Any) -> Transitions:
    """Steps from x by a, [..]."""
    x, a = np.asarray(x, float), np.asarray(a, float)
    after = np.clip(x + a, -1, 1)
    won = after > 0.99
    return Transitions(
        x[..., None], a[..., None], won * 1.0, after[..., None], won, np.zeros_like(won), {"success": won}
    )


BATCH = steps(np.tile(np.linspace(-1, 1, 9), 3), np.repeat([-0.25, 0.0, 0.25], 9))


class Plain(Reward):
    """A program of the tests, run step by step."""

    def __init__(self, source: str) -> None:
        space: dict[str, Any] = {"np": np, "math": math}
        exec(source, space)  # the tests' own text
        self.function: Callable[..., Any] = space["reward"]

    def _row(self, batch: Transitions, i: int) -> Any:
        return self.function(batch.obs[i], batch.action[i], batch.next_obs[i], {k: v[i] for k, v in batch.info.items()})

    def __call__(self, batch: Transitions) -> np.ndarray:
        out = [self._row(batch, i) for i in range(len(batch))]
        pay = np.array([r[0] if isinstance(r, tuple) else r for r in out], float)
        if not np.isfinite(pay).all():
            raise BadReward("it pays NaN", where="a program")
        return pay


@dataclass
class Scripted(System):
    """Asks the same question in each round; its programs run as plain Python."""

    repairs: int = 2
    name: str = "scripted"

    def propose(self, run: Run) -> list[Any]:
        from rewardlab.rewards.language.design.system import Proposal

        return [Proposal(run.prompt(f"round {run.round}: {run.context.task}", i)) for i in range(run.size)]

    def reward(self, source: str, run: Run) -> Reward:
        return Plain(source)

    def reflect(self, run: Run) -> str:
        return f"best {run.best.name if run.best else 'none'}"


def vet(sources: Sequence[str], batch: Transitions) -> list[Any]:
    """A sandbox that finds what the tests plant."""
    out = []
    for source in sources:
        problems: tuple[str, ...] = ()
        try:
            Plain(source)(batch)
        except SyntaxError as e:
            problems = (f"line {e.lineno}: {e.msg}",)
        except KeyError as e:
            problems = (f"no info column {e}: there is 'success'",)
        except Exception as e:
            problems = (str(e),)
        out.append(
            SimpleNamespace(accepted=not problems, problems=problems, report={"seconds": float("nan")}, layers=())
        )
    return out


@dataclass
class Train:
    """Agents that do what pays most at once; counts what it was given."""

    trained: list[Reward] = field(default_factory=list)
    fails: Callable[[Reward], str | None] = lambda reward: None
    kill_after: int | None = None

    def __call__(self, rewards: Sequence[Reward]) -> Any:
        for reward in rewards:
            if self.kill_after is not None and len(self.trained) >= self.kill_after:
                raise KeyboardInterrupt
            self.trained.append(reward)
            error = self.fails(reward)
            yield Trained.failed(error) if error else agent(reward)


def agent(reward: Reward) -> Trained:
    """The greedy agent of a reward, from two places; ten steps at most."""
    moves = np.array([-0.25, 0.0, 0.25])
    columns = []
    for start in (-0.5, 0.5):
        x, rows = start, []
        for t in range(10):
            pay = reward(steps(np.full(3, x), moves))
            row = steps([x], [moves[int(np.argmax(pay))]])
            last = t == 9 and not row.terminated[0]
            rows.append(
                Transitions(
                    row.obs, row.action, row.reward, row.next_obs, row.terminated, row.truncated | last, row.info
                )
            )
            x = 0.0 if row.done.any() else float(row.next_obs[0, 0])
        columns.append(Transitions.stack(rows))
    keys = ("obs", "action", "reward", "next_obs", "terminated", "truncated")
    success = np.concatenate([c.info["success"] for c in columns], 1)
    both = Transitions(
        **{k: np.concatenate([getattr(c, k) for c in columns], 1) for k in keys}, info={"success": success}
    )
    won = both.info["success"].any(0)
    return Trained(float(won.mean()), float(won.mean()), ((10, float(won.mean())),), both, 0.0)


class Answers:
    """An oracle that answers by key (round, candidate), or for every key by a function; counts its prompts."""

    def __init__(self, by: Any, cost: float = 0.5) -> None:
        self.by, self.cost, self.asked = by, cost, []

    def __call__(self, prompts: Sequence[str]) -> list[Any]:
        out = []
        for p in prompts:
            self.asked.append(p)
            _, _, r, c = p.key
            given = self.by(p) if callable(self.by) else self.by.get((r, c), self.by.get(c, ""))
            out.append(Answer(given, author="hand", cost=self.cost) if isinstance(given, str) else given)
        return out
