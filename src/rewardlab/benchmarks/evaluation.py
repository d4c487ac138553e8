"""Judging a policy: the environment as it is, its true reward, its scale."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from rewardlab.benchmarks.case import Case
from rewardlab.core.agent import Agent
from rewardlab.core.arrays import array, tree_map
from rewardlab.core.errors import BadOption, FaultyEnvironment


def evaluate(agent: Agent, envs: VectorEnv, *, seed: int, episodes: int) -> tuple[float, float | None]:
    """Mean true return and success rate of a deterministic policy over the first episode of each row.

    One episode per row: taking whichever episodes end first would favour the short ones. An agent that was trained in a
    `VecNormalize` is shown what that makes of the observations.

    Args:
        agent: predicts.
        envs: `episodes` rows without any reward of ours, SAME_STEP or NEXT_STEP.
        seed: of the first row; the same seed gives the same episodes.
        episodes: how many rows there are.

    Returns:
        The mean undiscounted return of `info["true_reward"]` if there is one, else of the reward; and the share of
        episodes in which `success` was true at the end, None if no environment says.
    """
    obs, _ = envs.reset(seed=seed)
    running, total = np.ones(episodes, dtype=bool), np.zeros(episodes)
    success, told = np.zeros(episodes, dtype=bool), np.zeros(episodes, dtype=bool)
    state: Any = None
    begun = np.ones(episodes, dtype=bool)
    normal = agent.get_vec_normalize_env() if hasattr(agent, "get_vec_normalize_env") else None
    for _ in range(10**7):
        action, state = agent.predict(
            obs if normal is None else normal.normalize_obs(tree_map(array, obs)),
            state=state,
            episode_start=begun,
            deterministic=not getattr(agent, "stochastic", False),
        )
        obs, reward, terminated, truncated, info = envs.step(action)
        done = array(terminated) | array(truncated)
        true = column(info, "true_reward", done)
        total += np.where(running, array(reward) if true is None else true[0], 0.0)
        ending = running & done
        if ending.any():
            for key in ("success", "is_success"):
                shown = column(info, key, done)
                if shown is not None:
                    success |= ending & shown[0].astype(bool)
                    told |= ending & shown[1]
        running &= ~done
        begun = done
        if not running.any():
            return float(total.mean()), float(success.mean()) if told.all() else None
    raise FaultyEnvironment(
        f"{int(running.sum())} of {episodes} episodes do not end",
        where=str(envs.spec.id if envs.spec else envs),
        expected="episodes of fewer than ten million steps",
        mend="register the id with max_episode_steps",
    )


def make_vec(case: Case, rows: int) -> VectorEnv:
    """Rows of a case's environment that reset in the same step where they can."""
    spec = gym.spec(case.env)
    if spec.vector_entry_point is not None:
        return gym.make_vec(case.env, num_envs=rows, **case.env_kwargs)
    same = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec(case.env, num_envs=rows, vectorization_mode="sync", vector_kwargs=same, **case.env_kwargs)


def scale_of(case: Case, envs: VectorEnv) -> tuple[tuple[float, float], dict[str, Any]]:
    """(random, optimal) return and the description of a case's environment, {} if it is none of ours.

    Raises:
        BadOption: if nothing says what random and optimal returns are, or a card says it of what is paid, where runs
            are judged by a true reward.
    """
    from rewardlab.envs.world import WorldVectorEnv

    below = envs.unwrapped
    card = below.describe() if isinstance(below, WorldVectorEnv) else None
    shown = {} if card is None else {k: _plain(getattr(card, k)) for k in card.__dataclass_fields__}
    if case.scale is not None:
        return (float(case.scale[0]), float(case.scale[1])), shown
    if card is None or card.random_return is None or card.optimal_return is None:
        raise BadOption(
            "neither the case nor a card says what random and optimal returns are",
            where=case.name,
            expected="two numbers to normalise the score with",
            mend="Case(..., scale=(random, optimal))",
        )
    if "true_reward" in card.info:
        raise BadOption(
            "a card whose returns are of what is paid, while runs are judged by true_reward",
            where=case.name,
            expected="two numbers to normalise the score with",
            mend="Case(..., scale=(random, optimal)), of the true reward",
        )
    return (float(card.random_return), float(card.optimal_return)), shown


def column(info: Mapping[str, Any], key: str, done: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Info column of this step and its mask, with the ended rows' values from `final_info`; None if there is none."""
    last = info.get("final_info", {})
    if key not in info and key not in last:
        return None
    first = array(info[key] if key in info else last[key])
    value, mask = np.zeros_like(first), np.zeros(len(done), dtype=bool)
    for columns, rows in ((info, ~done if last else np.ones_like(done)), (last, done)):
        if key in columns:
            has = rows & array(columns.get(f"_{key}", np.ones_like(done)))
            value[has], mask = array(columns[key])[has], mask | has
    return value, mask


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
