"""A running environment as the deep loops see it: actions in, tensors out, no Python per row.

Gymnasium's vector environments are read by columns; a `VecEnv` of Stable-Baselines3 by its rows, of which only those
that ended are touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.preprocessing import is_image_space, is_image_space_channels_first
from stable_baselines3.common.vec_env import VecEnv, VecMonitor, VecTransposeImage
from torch import Tensor

from rewardlab.core.arrays import Tree, array, is_torch, tree_leaves, tree_map
from rewardlab.core.autoreset import check_mode, stacked
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.columns import columns_of, numpy_columns, rows_of, step_column
from rewardlab.core.errors import BadReward, FaultyEnvironment, MissingColumn

MASK = "action_mask"  # the column of info that says which actions are allowed


@dataclass
class Moved:
    """One step of N rows.

    Attributes:
        obs: [N, *obs] tensors that the next actions are for: of the next episode where one ended in SAME_STEP.
        reward: [N] float32 what was paid.
        terminated: [N] bool.
        truncated: [N] bool.
        done: [N] bool: the episode ended here, for either reason.
        live: [N] bool, False where a row was only being reset (NEXT_STEP); None where every row moved.
        ended: the rows that ended, NumPy [M]; None where only the device knows.
        final: what the rows of `ended` showed last [M, *obs]; all rows [N, *obs] where `ended` is None; None where the
            successor stands in `obs` itself.
        info: columns, or one dict per row, as the environment gave them.
    """

    obs: Tree  # [N, *obs]
    reward: Tensor  # [N]
    terminated: Tensor  # [N]
    truncated: Tensor  # [N]
    done: Tensor  # [N]
    live: Tensor | None
    ended: np.ndarray | None
    final: Tree | None
    info: Any

    def column(self, name: str) -> Any:
        """The info column `name` [N] of this step if every row that moved has it, else None."""
        if isinstance(self.info, Mapping):
            info, n = self.info, len(self.reward)
            done = array(self.done) if "final_info" in info else None
            return step_column(info, name, n, done=done, live=None if self.live is None else array(self.live))
        return columns_of(self.info).get(name) if all(name in row for row in self.info) else None

    def infos(self) -> list[dict[str, Any]]:
        """One dict per row, as callbacks of Stable-Baselines3 read them; made on demand."""
        if not isinstance(self.info, Mapping):
            return list(self.info)
        n = len(self.reward)
        shown = {k: v for k, v in self.info.items() if k.lstrip("_") not in ("final_obs", "final_info")}
        rows = rows_of(numpy_columns(shown), np.arange(n), n)
        ended = np.flatnonzero(array(self.done))
        last = rows_of(numpy_columns(self.info.get("final_info", {})), ended, n)
        for k, (i, final) in enumerate(zip(ended.tolist(), last, strict=True)):
            rows[i] |= final
            rows[i]["TimeLimit.truncated"] = bool(self.truncated[i]) and not bool(self.terminated[i])
            if self.final is not None:
                at = i if self.ended is None else k
                rows[i]["terminal_observation"] = tree_map(lambda x, at=at: array(x[at]), self.final)
        return rows


class Stream:
    """N running rows behind a `VecEnv`, stepped through the vector environment inside where there is one.

    Args:
        env: what a deep agent holds as `env`.
        device: where tensors go.
        where: who asks, for messages.

    Raises:
        BadOption: if the autoreset mode is DISABLED or undeclared.
    """

    def __init__(self, env: VecEnv, *, device: torch.device, where: str) -> None:
        self.env, self.device, self.where = env, device, where
        self._host = device.type == "cpu"
        self.transposed = False
        inner: Any = env
        if type(inner) is VecTransposeImage and not isinstance(env.observation_space, spaces.Dict):
            self.transposed, inner = True, inner.venv
        self.monitored = type(inner) is VecMonitor and inner.results_writer is None
        if self.monitored:
            inner = inner.venv  # it sums what the loop sums as well
        self.envs = inner.envs if isinstance(inner, ToVecEnv) else None
        if self.envs is None:
            self.transposed = self.monitored = False
        self._takes_tensors = getattr(self.envs, "device", None) is not None
        self.same = self.envs is None or check_mode(self.envs, where) is AutoresetMode.SAME_STEP
        self.num_envs, self.action_space = env.num_envs, env.action_space
        self.over: Tensor | None = None  # NEXT_STEP: rows that the step to come will reset
        self.steps = 0
        self.masked = False

    def begun(self, obs: Any) -> tuple[Tree, Tensor | None]:
        """What `env.reset()` returned as tensors [N, *obs], and the mask [N, A] of the actions allowed there."""
        self.over = None
        rows = self.env.unwrapped.reset_infos
        self.masked = bool(rows) and all(MASK in row for row in rows)
        mask = self._tensor(np.stack([array(row[MASK]) for row in rows])).bool() if self.masked else None
        return self._tensors(obs), mask

    def mask(self, moved: Moved) -> Tensor | None:
        """[N, A] bool: the actions allowed in `moved.obs`; None where the environment does not say.

        Raises:
            MissingColumn: if it said so before and does no longer.
        """
        if not self.masked:
            return None
        if isinstance(moved.info, Mapping):
            column = moved.info.get(MASK)
        else:
            begun, ended = self.env.unwrapped.reset_infos, set(() if moved.ended is None else moved.ended.tolist())
            rows = [(begun if i in ended else moved.info)[i].get(MASK) for i in range(self.num_envs)]
            column = None if any(row is None for row in rows) else np.stack([array(row) for row in rows])
        if column is None:
            raise MissingColumn(
                f"info has no {MASK!r} at step {self.steps}", where=self.where, expected="a mask [N, A] at every step"
            )
        return self._tensor(column).bool()

    def step(self, action: Tensor) -> Moved:
        """Move all rows by actions [N, *action], clipped to the space already.

        Raises:
            BadReward: if a reward is not finite.
            FaultyEnvironment: if rows ended in SAME_STEP without `final_obs`.
        """
        self.steps += 1
        with torch.enable_grad():  # rewards that pay there may learn
            return self._by_rows(action) if self.envs is None else self._by_columns(action)

    def _paid(self, reward: Any) -> Tensor:
        """Rewards [N] that the host knows, as float32 on the device."""
        paid = array(reward)
        if not np.isfinite(paid).all():
            check_rewards(torch.as_tensor(paid), self.where, self.steps)
        return self._tensor(paid if paid.dtype == np.float32 else paid.astype(np.float32))

    def _by_columns(self, action: Tensor) -> Moved:
        assert self.envs is not None
        seen, reward, terminated, truncated, info = self.envs.step(self._given(action))
        obs = self._tensors(seen, transpose=self.transposed)
        live = None if self.over is None else ~self.over
        if is_torch(terminated) and is_torch(info.get("final_obs")):  # all on the device: nobody waits for it
            final = self._tensors(info["final_obs"], transpose=self.transposed)
            paid = reward.to(self.device, torch.float32)
            return Moved(obs, paid, terminated, truncated, terminated | truncated, live, None, final, info)
        ends, cuts = array(terminated), array(truncated)
        done = ends | cuts
        ended, final = done.nonzero()[0], None
        if self.same and len(ended):
            if "final_obs" not in info:
                raise FaultyEnvironment(
                    "rows ended without final_obs", where=self.where, expected='info["final_obs"] [N]'
                )
            last = info["final_obs"]
            if isinstance(last, np.ndarray) and last.dtype == object:
                final = self._tensors(stacked(list(last[ended]), seen), transpose=self.transposed)
            else:
                final = self._tensors(tree_map(lambda x: x[ended], last), transpose=self.transposed)
        paid, over = self._paid(reward), self._tensor(done)
        if not self.same:
            self.over = over if len(ended) else None
        return Moved(obs, paid, self._tensor(ends), self._tensor(cuts), over, live, ended, final, info)

    def _by_rows(self, action: Tensor) -> Moved:
        obs, reward, done, infos = self.env.step(array(action))
        ended = np.flatnonzero(done)
        cuts = np.zeros(self.num_envs, dtype=bool)
        final, seen = None, self._tensors(obs)
        if len(ended):
            cuts[ended] = [infos[i].get("TimeLimit.truncated", False) for i in ended]
            final = self._tensors(stacked([infos[i]["terminal_observation"] for i in ended], seen))
        ends = done & ~cuts
        over = (self._tensor(ends), self._tensor(cuts), self._tensor(ends | cuts))
        return Moved(seen, self._paid(reward), *over, None, ended, final, infos)

    def _given(self, action: Tensor) -> Any:
        """Actions in the kind and type that the environment takes."""
        if self._takes_tensors:
            return action
        given = array(action)
        return given if given.dtype == self.action_space.dtype else given.astype(self.action_space.dtype)

    def _tensors(self, obs: Any, *, transpose: bool = False) -> Tree:
        seen = tree_map(self._tensor, dict(obs) if isinstance(obs, Mapping) else obs)
        return seen.permute(0, 3, 1, 2) if transpose else seen

    def _tensor(self, x: Any) -> Tensor:
        if self._host and type(x) is np.ndarray:
            return torch.from_numpy(x)  # the same in a third of the time
        return torch.as_tensor(x, device=self.device)


def check_rewards(reward: Tensor, where: str, step: int) -> None:
    """Raises BadReward naming the first row whose reward [N] is not finite."""
    wrong = ~torch.isfinite(reward)
    if bool(wrong.any()):
        row = int(wrong.nonzero()[0, 0])
        raise BadReward(
            f"row {row} paid {float(reward[row])} at step {step}",
            where=where,
            expected="finite rewards",
            mend="find the term that divides by zero or overflows; on_invalid=PayZero() at a driver goes on without it",
        )


def check_observations(obs: Tree, where: str, what: str = "") -> None:
    """Raises FaultyEnvironment naming the first place where observations [*lead, *obs] are not finite."""
    names: Sequence[str] = sorted(obs) if isinstance(obs, Mapping) else [""]
    for name, x in zip(names, tree_leaves(obs), strict=True):
        if x.is_floating_point() and not bool(torch.isfinite(x).all()):
            place = (~torch.isfinite(x)).nonzero()[0].tolist()
            raise FaultyEnvironment(
                f"{float(x[tuple(place)])} in observation {name!r} at {place}{what}",
                where=where,
                expected="finite observations",
                mend="the environment's dynamics have diverged: bound its state, or end the episode",
            )


def is_transposed(space: spaces.Space) -> bool:
    """Whether Stable-Baselines3 would move the channels of these pictures to the front."""
    return is_image_space(space) and not is_image_space_channels_first(space)  # type: ignore[arg-type]
