"""Cells of regret benchmarks: an algorithm with a memory for each row, in the task's own reward."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gymnasium.vector import VectorEnv

from rewardlab.benchmarks.case import Case
from rewardlab.core.reward import Reward


def task(envs: VectorEnv, seed: int) -> Reward | None:
    """The task's own reward and nothing else."""
    return None


def made(envs: VectorEnv, seed: int, *, kind: Callable[..., Any], **options: Any) -> Any:
    """The agent, with a memory for each row."""
    return kind(envs, seed=seed, independent=True, **options)


def cell(
    kind: type,
    env: str,
    steps: int,
    *,
    runs: int,
    env_kwargs: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Case:
    """An algorithm in an environment.

    Args:
        kind: the agent's class.
        env: a name, without namespace and version.
        steps: of each run.
        runs: at once.
        env_kwargs: keywords of the environment.
        options: of the agent.
    """
    return Case(
        env=f"rewardlab/{env}-v0",
        method=kind.__name__,
        reward=task,
        agent=partial(made, kind=kind, **(options or {})),
        agent_name=kind.__name__,
        budget=runs * steps,
        seeds=(0,),
        num_envs=runs,
        env_kwargs=dict(env_kwargs or {}),
    )
