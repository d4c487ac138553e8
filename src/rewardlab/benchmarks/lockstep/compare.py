"""One environment of ours beside MiniGrid's, step by step, with no tolerance."""

from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.benchmarks.lockstep.follower import Follower, Read
from rewardlab.benchmarks.lockstep.players import Player
from rewardlab.benchmarks.lockstep.report import Report


def compare(
    ours: gym.Env,
    reference: Any,
    play: Player,
    *,
    steps: int,
    seed: int,
    episodes: int | None = None,
    successes: int | None = None,
    read: Read | None = None,
) -> Report:
    """Play both through the same levels, until they differ or enough was seen.

    Args:
        ours: observes a Dict of image, direction and mission; info holds "mission" as text and "level_seed".
        reference: MiniGrid's environment, reset with the level seed of each episode of ours.
        play: chooses the actions.
        steps: at most so many steps.
        seed: of our first episode, and of the player.
        episodes: at most so many; None for no limit. A player who plays nothing needs one.
        successes: enough of them end the comparison; None for never.
        read: turns the mission of our observation into its text, if that is to be compared too.

    Returns:
        What was counted, and the first difference in image, direction, mission, reward, terminated or truncated.
    """
    report = Report()
    follower = Follower(reference, play, report, read=read)
    root = np.random.SeedSequence(seed)
    obs, info = ours.reset(seed=seed)
    over = False
    while report.difference is None and report.steps < steps:
        if report.episodes == episodes or report.successes == successes:
            break
        if over:
            obs, info = ours.reset()
        follower.begin(info["level_seed"], obs, info["mission"], np.random.default_rng(root.spawn(1)[0]))
        over = False
        while not over and report.difference is None and report.steps < steps:
            action = follower.action()
            if action is None:
                break
            obs, reward, terminated, truncated, info = ours.step(action)
            follower.step(action, obs, info["mission"], (reward, terminated, truncated))
            over = bool(terminated or truncated)
        over = True
    return report
