"""`Paid`: a reward paid to one environment, step by step."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.core.arrays import Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadReward, ResetNeeded
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.columns import RowColumns
from rewardlab.rewards.drivers.driver import Driver, check_kind
from rewardlab.rewards.drivers.invalid import REFUSE, OnInvalid
from rewardlab.rewards.drivers.kernel import Ledger, below


class Paid(Driver, gym.Wrapper):
    """One environment whose reward is what `reward` pays: batches of one row.

    `info` gets `task_reward` (the environment's own reward, as the innermost driver saw it), `reward_parts` (name ->
    float, summing to the pay), around another driver `reward_parts_below` ("1/name" for the innermost), and where an
    episode ends `episode` = {"r", "l", "t"} of the paid return and `episode_true` of `true_reward` if there is one,
    else of `task_reward`. Nothing that the environment returned is changed in place.

    What changes or ends episodes belongs inside: around it, a `TimeLimit` would cut episodes unseen, and Gymnasium's
    `RecordEpisodeStatistics` refuses the `episode` that is there already unless it is given another `stats_key`.

    Args:
        env: the environment.
        reward: what pays; `Task()` stands for the environment's own reward.
        update_every: steps between two updates of a reward that learns, [T, 1] transitions each.
        on_invalid: what to do where a pay is NaN, infinite or beyond float32.

    Raises:
        BadOption: for another kind of environment, something that is no reward, or a bad option.
        BadReward: from `step`, naming reward, part, row and step.
    """

    def __init__(
        self,
        env: gym.Env,
        reward: Reward,
        *,
        update_every: int = 1,
        on_invalid: OnInvalid = REFUSE,
    ) -> None:
        check_kind(env, gym.Env, "Paid")
        super().__init__(env)
        where = f"Paid({type(env.unwrapped).__name__})"
        self._ledger = Ledger(reward, 1, update_every=update_every, on_invalid=on_invalid, where=where)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start the next episode, for the reward too."""
        obs, info = self.env.reset(seed=seed, options=options)
        self._obs = one(obs)
        self._ledger.begin(np.ones(1, dtype=bool))
        return obs, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One step: observation, pay, terminated, truncated, info."""
        if self._obs is None:
            raise ResetNeeded("step before the first reset", where=self._ledger.where, mend="call reset() first")
        obs, own, terminated, truncated, info = self.env.step(action)
        ledger, after = self._ledger, one(obs)
        earned, mended = ledger.own(self._number(own))
        columns = RowColumns([info])
        task = columns.whole("task_reward") if "task_reward" in info else earned
        columns.made["task_reward"] = task
        batch = Transitions(
            self._obs, one(action), earned, after, np.array([bool(terminated)]), np.array([bool(truncated)]), columns
        )
        paid, parts, mended = ledger.settle(batch, task, mended=mended)
        self._obs = after
        terminated = bool(terminated) or (ledger.on_invalid.ends and mended is not None)
        shown = {k: v.item() for k, v in parts.items()}
        info = {**info, "task_reward": float(task[0]), "reward_parts": shown}
        if "reward_parts" in columns.rows[0]:
            inner = columns.rows[0]
            info["reward_parts_below"] = below(inner["reward_parts"], inner.get("reward_parts_below", {}))
        if terminated or truncated:
            for key, record in zip(("episode", "episode_true"), ledger.sums.ended(np.ones(1, dtype=bool)), strict=True):
                info[key] = {k: v[0].item() for k, v in record.items()}
        return obs, float(paid[0]), terminated, bool(truncated), info

    def _number(self, own: Any) -> np.ndarray:
        if isinstance(own, (bool, int, float, np.number, np.bool_)) or (isinstance(own, np.ndarray) and own.ndim == 0):
            try:
                return np.array([own], dtype=np.float64)
            except (TypeError, ValueError):
                pass
        raise BadReward(
            f"the environment's own reward is {str(own)[:60]} ({type(own).__name__}) at step {self._ledger.steps}",
            where=self._ledger.where,
            expected="one number",
        )


def one(x: Any) -> Tree:
    """A single observation or action as a batch of one row, in memory of its own; text as an object array."""
    if isinstance(x, Mapping):
        return {k: one(v) for k, v in x.items()}
    if isinstance(x, tuple):
        return tuple(one(v) for v in x)
    return np.array([x], dtype=object) if isinstance(x, str) else np.array(x)[None]
