"""Which bandit algorithm loses how much, and how fast does the loss grow? A thousand runs of each at once.

Ten arms of pay 0 or 1.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from gymnasium.vector import VectorEnv

from rewardlab.agents import bandits as agents
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.regret.played import play
from rewardlab.core.reward import Reward

RUNS, ROUNDS = 1000, 10_000


def task(envs: VectorEnv, seed: int) -> Reward | None:
    """The task's own reward and nothing else."""
    return None


def made(envs: VectorEnv, seed: int, *, kind: Callable[..., Any], **options: Any) -> Any:
    """The agent, with a memory for each row."""
    return kind(envs, seed=seed, independent=True, **options)


def case(
    env: str, name: str, *, runs: int = RUNS, rounds: int = ROUNDS, env_kwargs: Any = None, **options: Any
) -> Case:
    """One algorithm in one environment."""
    kind = getattr(agents, name)
    return Case(
        env=env,
        method=name,
        reward=task,
        agent=partial(made, kind=kind, **options),
        agent_name=name,
        budget=runs * rounds,
        seeds=(0,),
        num_envs=runs,
        env_kwargs={"pulls": rounds, **(env_kwargs or {})},
    )


CASES = tuple(case("rewardlab/BernoulliBandit-v0", name) for name in ("UCB1", "EpsilonGreedy"))
METRIC = "regret"
TAGS = ("bandits", "regret")
TRAIN = play
REPORT = "rewardlab.benchmarks.regret.report"
