"""`PaidVector`: a reward paid to N rows in one call."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper

from rewardlab.core.arrays import Array, Tree, array, tree_leaves
from rewardlab.core.autoreset import check_kept, check_mode, last_obs, replaced, reset_rows
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadCheckpoint, BadOption, ResetNeeded
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.columns import VectorColumns
from rewardlab.rewards.drivers.driver import Driver, check_kind
from rewardlab.rewards.drivers.invalid import REFUSE, OnInvalid
from rewardlab.rewards.drivers.kernel import Ledger, below
from rewardlab.rewards.drivers.packing import as_arrays, copied


class PaidVector(Driver, VectorWrapper):
    """A vector environment whose reward is what `reward` pays, N rows in one call.

    SAME_STEP: every row is a true transition; the successor of a row that ended is its `final_obs`, its info that of
    `final_info`. NEXT_STEP: a row that is being reset pays 0, teaches nothing and counts in no episode.

    `info` gets `task_reward` [N] (the environment's own reward, as the innermost driver saw it), `reward_parts` (name
    -> [N], summing to the pay), around another driver `reward_parts_below` ("1/name" for the innermost), and where
    episodes end `episode` = {"r", "l", "t"} of the paid return and `episode_true` of `true_reward` if there is one,
    else of `task_reward`; each with its `_key` mask, and for ended rows in `final_info` too. Nothing that the
    environment returned is changed in place. Tensors stay tensors.

    Args:
        envs: a vector environment that declares SAME_STEP or NEXT_STEP.
        reward: what pays; `Task()` stands for the environment's own reward.
        update_every: vector steps between two updates of a reward that learns, on [T, N] transitions; on [B] of them,
            oldest first, where some rows were being reset.
        on_invalid: what to do where a pay is NaN, infinite or beyond float32; `EndEpisode` is for single environments.
        copy: keep a copy of each observation until the next step. False saves it where every step returns arrays that
            nobody writes again, as rewardlab's own environments do.

    Raises:
        BadOption: for another kind of environment, something that is no reward, a bad option, or an autoreset mode that
            is DISABLED or undeclared.
        BadReward: from `step`, naming reward, part, row and step.
    """

    def __init__(
        self,
        envs: VectorEnv,
        reward: Reward,
        *,
        update_every: int = 1,
        on_invalid: OnInvalid = REFUSE,
        copy: bool = True,
    ) -> None:
        check_kind(envs, VectorEnv, "PaidVector")
        super().__init__(envs)
        where = f"PaidVector({type(envs.unwrapped).__name__} x {envs.num_envs})"
        self.mode = check_mode(envs, where)
        if not copy:
            check_kept(envs, where)
        check_policy(on_invalid, where)
        self.copy = copy
        self._ledger = Ledger(reward, envs.num_envs, update_every=update_every, on_invalid=on_invalid, where=where)
        self._over = np.zeros(envs.num_envs, dtype=bool)  # NEXT_STEP: rows that the step to come will reset
        self._every = np.ones(envs.num_envs, dtype=bool)
        self._every.setflags(write=False)  # one mask for all steps

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start episodes, for the reward too: in all rows, or in those of `options["reset_mask"]` [N] bool."""
        mask = reset_rows(options if self._obs is not None else None, self.num_envs)
        # Gymnasium's own environments take `reset_mask` out of the dict that they are given.
        obs, info = self.env.reset(seed=seed, options=None if options is None else dict(options))
        self._obs = self._kept(obs)
        self._over = self._over & ~mask
        self._ledger.begin(mask, like=tree_leaves(self._obs)[0])
        return obs, info

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """One step of every row: observations [N, *obs], pay [N], terminated [N], truncated [N], info."""
        if self._obs is None:
            raise ResetNeeded("step before the first reset", where=self._ledger.where, mend="call reset() first")
        obs, own, terminated, truncated, info = self.env.step(actions)
        ledger, done = self._ledger, array(terminated | truncated)
        ended = bool(done.any())
        same = self.mode is AutoresetMode.SAME_STEP
        live = ~self._over if self._over.any() else None  # only in NEXT_STEP
        earned, mended = ledger.own(own)
        kept = self._kept(obs)
        columns = VectorColumns(info, self.num_envs, done=done if same and ended else None, live=live)
        taken = as_arrays(actions, self.env.single_action_space)
        task = columns.whole("task_reward")
        columns.made["task_reward"] = task = earned if task is None else task
        after = replaced(kept, last_obs(info, done, kept, ledger.where), done) if same and ended else kept
        batch = Transitions(self._obs, taken, earned, after, terminated, truncated, columns)
        paid, parts, _ = ledger.settle(batch, task, live=live, mended=mended)
        self._obs = kept
        shown = self._shown(columns, task, parts)
        mask = self._every if live is None else live
        out = {**info, **shown, **{f"_{k}": mask for k in shown}}
        if live is not None:
            ledger.begin(self._over, like=own)
        self._over = done if not same else self._over
        if ended:
            records = dict(zip(("episode", "episode_true"), ledger.sums.ended(done), strict=True))
            out |= records | {f"_{k}": done for k in records}
            if same:
                final = shown | records
                out["final_info"] = {**info.get("final_info", {}), **final, **{f"_{k}": done for k in final}}
                out["_final_info"] = done
                ledger.begin(done, like=own)
        return obs, paid, terminated, truncated, out

    def _shown(self, columns: VectorColumns, task: Array, parts: dict[str, Array]) -> dict[str, Any]:
        shown: dict[str, Any] = {"task_reward": task, "reward_parts": parts}
        if "reward_parts" in columns.now or "reward_parts" in columns.last:
            inner = columns.whole("reward_parts") or {}
            shown["reward_parts_below"] = below(inner, columns.whole("reward_parts_below") or {})
        return shown

    def _kept(self, obs: Any) -> Tree:
        tree = as_arrays(obs, self.env.single_observation_space)
        return copied(tree) if self.copy else tree

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next pays depend on, but for the environment itself."""
        return {**super().state_dict(), "over": self._over.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`; tensors go to where the last observations lie.

        Raises:
            BadCheckpoint: if it is not one of such a driver.
        """
        over = np.array(state.get("over"), dtype=bool)
        if over.shape != self._over.shape:
            raise BadCheckpoint(
                f"a state of {over.size} rows", where=self._ledger.where, expected=f"{self._over.size} rows"
            )
        super().load_state_dict(state)
        self._over = over


def check_policy(on_invalid: OnInvalid, where: str) -> None:
    """Raises BadOption for a policy that needs to end single rows."""
    if isinstance(on_invalid, OnInvalid) and on_invalid.ends:
        raise BadOption(
            f"on_invalid={on_invalid!r}",
            where=where,
            expected="Refuse(), PayZero() or ClipTo(limit): rows reset themselves",
            mend="put Paid(env, reward, on_invalid=EndEpisode()) around each single environment",
        )
