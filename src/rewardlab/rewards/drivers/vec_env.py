"""`PaidVecEnv`: a reward paid to a Stable-Baselines3 `VecEnv`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rewardlab.core.arrays import Tree
from rewardlab.core.autoreset import replaced, stacked
from rewardlab.core.batch import Transitions
from rewardlab.core.bridge import show
from rewardlab.core.errors import ResetNeeded
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.columns import RowColumns
from rewardlab.rewards.drivers.driver import Driver, check_kind
from rewardlab.rewards.drivers.invalid import REFUSE, OnInvalid
from rewardlab.rewards.drivers.kernel import Ledger, below
from rewardlab.rewards.drivers.packing import copied
from rewardlab.rewards.drivers.vector import check_policy


class PaidVecEnv(Driver, VecEnvWrapper):
    """A `VecEnv` whose reward is what `reward` pays, N rows in one call.

    The reward is paid before any advantage is computed; the successor of a row that ended is its
    `terminal_observation`, and `TimeLimit.truncated` tells a truncation from a termination.

    Each row's info gets `task_reward` (the environment's own reward, as the innermost driver saw it), `reward_parts`
    (name -> float, summing to the pay), around another driver `reward_parts_below`, and where its episode ends
    `episode` = {"r", "l", "t"} of the paid return (also where a `Monitor` further in wrote its own) and `episode_true`
    of `true_reward` if there is one, else of `task_reward`.

    Args:
        venv: any `VecEnv`, wrapped or not.
        reward: what pays; `Task()` stands for the environment's own reward.
        update_every: vector steps between two updates of a reward that learns, on [T, N] transitions.
        on_invalid: what to do where a pay is NaN, infinite or beyond float32; `EndEpisode` is for single environments.

    Raises:
        BadOption: for another kind of environment, something that is no reward, or a bad option.
        BadReward: from `step`, naming reward, part, row and step.
    """

    def __init__(
        self,
        venv: VecEnv,
        reward: Reward,
        *,
        update_every: int = 1,
        on_invalid: OnInvalid = REFUSE,
    ) -> None:
        check_kind(venv, VecEnv, "PaidVecEnv")
        where = f"PaidVecEnv({type(venv.unwrapped).__name__} x {venv.num_envs})"
        check_policy(on_invalid, where)
        super().__init__(venv)
        show(venv, "reward_parts", "reward_parts_below", "task_reward", "true_reward")
        self._ledger = Ledger(reward, venv.num_envs, update_every=update_every, on_invalid=on_invalid, where=where)
        self._sent: Tree = None  # [N, *action]

    def reset(self) -> Any:
        """Start episodes in all rows, for the reward too."""
        obs = self.venv.reset()
        self._obs = copied(obs)
        self._ledger.begin(np.ones(self.num_envs, dtype=bool))
        return obs

    def step_async(self, actions: np.ndarray) -> None:
        """Send the actions [N, *action] on."""
        self._sent = np.array(actions)
        self.venv.step_async(actions)

    def step_wait(self) -> Any:
        """Observations [N, *obs], pay [N], done [N] bool, one info dict per row."""
        if self._obs is None:
            raise ResetNeeded("step before the first reset", where=self._ledger.where, mend="call reset() first")
        obs, own, done, infos = self.venv.step_wait()
        ledger, done = self._ledger, np.asarray(done, dtype=bool)
        earned, mended = ledger.own(own)
        cut = np.zeros(self.num_envs, dtype=bool)
        kept = after = copied(obs)
        ended = np.flatnonzero(done)
        if len(ended):
            cut[ended] = [bool(infos[i].get("TimeLimit.truncated", False)) for i in ended]
            after = replaced(kept, stacked([infos[i]["terminal_observation"] for i in ended], kept), done)
        columns = RowColumns(infos)
        task = columns.whole("task_reward") if "task_reward" in infos[0] else None
        columns.made["task_reward"] = task = earned if task is None else task
        batch = Transitions(self._obs, self._sent, earned, after, done & ~cut, cut, columns)
        paid, parts, _ = ledger.settle(batch, task, mended=mended)
        self._obs = kept
        out = [self._row(info, i, task, parts) for i, info in enumerate(infos)]
        if len(ended):
            for key, record in zip(("episode", "episode_true"), ledger.sums.ended(done), strict=True):
                for i in ended:
                    out[i][key] = {k: v[i].item() for k, v in record.items()}
            ledger.begin(done)
        return obs, paid, done, out

    def _row(self, info: Mapping[str, Any], i: int, task: np.ndarray, parts: dict[str, np.ndarray]) -> dict[str, Any]:
        row = {**info, "task_reward": task[i].item(), "reward_parts": {k: v[i].item() for k, v in parts.items()}}
        if "reward_parts" in info:
            row["reward_parts_below"] = below(info["reward_parts"], info.get("reward_parts_below", {}))
        return row
