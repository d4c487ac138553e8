"""How far a reward is from the task's own, where the task is a table: STARC, and EPIC where it can be told."""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.core.agent import as_vector_env
from rewardlab.core.errors import MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward
from rewardlab.core.tabulate import PaidTable, moves_of, tabulate
from rewardlab.rewards.metrics.auditing.model import Model, Unseen, everywhere, gather, model_of
from rewardlab.rewards.metrics.epic import epic
from rewardlab.rewards.metrics.starc import starc


def distances(env: Any, reward: Reward, *, gamma: float = 0.99, seed: int = 0) -> dict[str, float]:
    """The distances of a reward alone to the reward of the task, in 0..1: 0 orders all policies as the task does.

    Args:
        env: an id, a `gym.Env`, a `VectorEnv`, or a `TabularMDP`.
        reward: it is called, and does not learn.
        gamma: the agent's discount.
        seed: of the play in which info columns are gathered, if the reward reads some.

    Returns:
        "starc", and "epic" where the reward pays for any transition that one can think of; {} without a table.
    """
    envs = None if isinstance(env, TabularMDP) else as_vector_env(env, num_envs=64 if isinstance(env, str) else None)
    try:
        model = model_of(env if isinstance(env, (TabularMDP, gym.Env)) else envs, gamma=gamma)
        table = model if isinstance(model, str) else tabulated(model, reward, envs, seed)
        return {} if isinstance(model, str) or isinstance(table, str) else between(model, table, reward)
    finally:
        if envs is not None and isinstance(env, str):
            envs.close()


def between(model: Model, table: PaidTable, reward: Reward) -> dict[str, float]:
    """The distances of a reward that has been made a table."""
    truth = table.task.with_reward(model.truth[table.base])
    found = {"starc": starc(truth, truth.R, table.mdp.R)}
    whole = everywhere(model, reward)
    if whole is not None:
        own = np.repeat(np.where(model.mdp.terminal[:, None], 0.0, model.truth)[..., None], whole.shape[0], axis=2)
        found["epic"] = epic(model.mdp, own, whole)
    return found


def tabulated(model: Model, reward: Reward, envs: VectorEnv | None, seed: int) -> PaidTable | str:
    """The table as it is paid, or why there is none; columns are gathered in play if the reward asks for one."""
    unseen = Unseen()
    try:
        moves_of(model.mdp, obs=model.obs)
        table = tabulate(model.mdp, reward, obs=model.obs, columns=unseen)
    except MissingColumn:
        if envs is None:
            raise
        columns = gather(envs, model, seed=seed)
        if isinstance(columns, str):
            return columns
        table = tabulate(model.mdp, reward, obs=model.obs, columns=columns)
    return table
