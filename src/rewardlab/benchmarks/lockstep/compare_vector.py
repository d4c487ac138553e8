"""A vector environment of ours beside one MiniGrid environment per row, step by step, with no tolerance."""

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from rewardlab.benchmarks.lockstep.follower import Follower, Read
from rewardlab.benchmarks.lockstep.players import Player, uniform
from rewardlab.benchmarks.lockstep.report import Report
from rewardlab.core.errors import BadOption


def compare_vector(
    ours: VectorEnv,
    reference_factory: Callable[[], Any],
    play: Player,
    *,
    steps: int,
    seed: int,
    read: Read | None = None,
) -> Report:
    """Play all rows and their references through the same levels, until they differ or enough was seen.

    Args:
        ours: N rows that reset in the same step; info holds "mission" and "level_seed" per row.
        reference_factory: makes one of MiniGrid's environments.
        play: chooses the actions of each row; a row whose player ends goes on with random ones.
        steps: vector steps, N compared steps each.
        seed: of the rows, and of the players.
        read: turns the mission of one observation into its text, if that is to be compared too.

    Returns:
        What was counted, and the first difference; "final ..." where the last observation of an episode differs.

    Raises:
        BadOption: if the rows do not reset in the same step.
    """
    if ours.metadata.get("autoreset_mode") is not AutoresetMode.SAME_STEP:
        raise BadOption(
            f"autoreset_mode={ours.metadata.get('autoreset_mode')}", where="compare_vector", expected="SameStep"
        )
    n, report, root = ours.num_envs, Report(), np.random.SeedSequence(seed)
    rngs = [np.random.default_rng(s) for s in root.spawn(n)]
    followers = [Follower(reference_factory(), play, report, read=read, row=i) for i in range(n)]
    obs, info = ours.reset(seed=seed)
    for i, follower in enumerate(followers):
        follower.begin(info["level_seed"][i], _row(obs, i), info["mission"][i], rngs[i])
    for _ in range(steps):
        if report.difference is not None:
            break
        actions = [_action(follower, rngs[i]) for i, follower in enumerate(followers)]
        obs, reward, terminated, truncated, info = ours.step(np.array(actions))
        for i, follower in enumerate(followers):
            outcome = (reward[i], terminated[i], truncated[i])
            if not (terminated[i] or truncated[i]):
                follower.step(actions[i], _row(obs, i), info["mission"][i], outcome)
                continue
            last, mission = info["final_obs"][i], info["final_info"]["mission"][i]
            follower.step(actions[i], last, mission, outcome, "final ")
            if report.difference is None:
                follower.begin(info["level_seed"][i], _row(obs, i), info["mission"][i], rngs[i])
    return report


def _row(obs: Any, i: int) -> dict[str, Any]:
    return {key: value[i] for key, value in obs.items()}


def _action(follower: Follower, rng: np.random.Generator) -> int:
    chosen = follower.action()
    return next(uniform(follower.reference.unwrapped, rng)) if chosen is None else chosen
