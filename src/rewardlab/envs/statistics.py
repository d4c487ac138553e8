"""Vector wrappers that keep statistics: normalised observations, and the sums of episodes.

Gymnasium's own normalisation takes NEXT_STEP environments only and its own statistics lose the last observation; these
take SAME_STEP too, NumPy or torch, and each observation counts exactly once.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.autoreset import check_mode, last_obs, reset_rows
from rewardlab.core.columns import step_column
from rewardlab.core.errors import BadCheckpoint, BadOption, BadSpace
from rewardlab.core.statistics import EpisodeSums, RunningMoments, by_rows


class NormalizeObservation(VectorWrapper):
    """Observations of mean 0 and variance 1, by the moments of all observations so far.

        x' = (x − mean) / √(var + ε)

    The observations of a step are taken in before they are normalised. In SAME_STEP the last observations of ended
    episodes (`final_obs`) count and are normalised too; after a partial reset only the rows that were reset count.

    Args:
        envs: a vector environment that declares SAME_STEP or NEXT_STEP, with Box observations or a Dict of Boxes.
        epsilon: added to the variance.

    Attributes:
        update_running_mean: False to freeze the moments, e.g. for evaluation.
        moments: key -> `RunningMoments`; the key is "" where observations are no Dict.

    Raises:
        BadSpace: for other observations.
        BadOption: for another autoreset mode, or an epsilon that is not positive.
    """

    def __init__(self, envs: VectorEnv, *, epsilon: float = 1e-8) -> None:
        super().__init__(envs)
        where = f"NormalizeObservation({type(envs.unwrapped).__name__})"
        self._mode = check_mode(envs, where)
        if not epsilon > 0:
            raise BadOption(f"epsilon={epsilon!r}", where=where, expected="a number above 0", mend="epsilon=1e-8")
        space = envs.single_observation_space
        boxes = dict(space.spaces) if isinstance(space, spaces.Dict) else {"": space}
        for key, box in boxes.items():
            if not isinstance(box, spaces.Box):
                raise BadSpace(
                    f"observations {key!r} of {type(box).__name__}" if key else f"observations of {type(box).__name__}",
                    where=where,
                    expected="Box, or a Dict of Boxes",
                    mend="take a one-hot view of the environment",
                )
        self.epsilon, self._where = epsilon, where
        self.update_running_mean = True
        self.moments = {k: RunningMoments(box.shape or ()) for k, box in boxes.items()}
        free: dict[str, spaces.Space] = {
            k: spaces.Box(-np.inf, np.inf, box.shape, np.float32) for k, box in boxes.items()
        }
        single: spaces.Space = spaces.Dict(free) if isinstance(space, spaces.Dict) else free[""]
        self.single_observation_space, self.observation_space = single, batch_space(single, envs.num_envs)
        self._scale: dict[str, tuple[Array, Array]] = {}  # mean and 1 / √(var + ε) in use
        self._begun = False

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start episodes: in all rows, or in those of `options["reset_mask"]` [N] bool."""
        mask = reset_rows(options if self._begun else None, self.num_envs)
        obs, info = self.env.reset(seed=seed, options=None if options is None else dict(options))
        self._begun = True
        self._count(obs if mask.all() else _rows(obs, mask))
        return self._normalised(obs), info

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """One step of every row, with normalised observations [N, *obs] float32."""
        obs, reward, terminated, truncated, info = self.env.step(actions)
        self._count(obs)
        if self._mode is AutoresetMode.SAME_STEP and "final_obs" in info:
            done = array(terminated | truncated)
            last = last_obs(info, done, obs, self._where)
            self._count(last)
            final = np.full(self.num_envs, None, dtype=object)
            shown = self._normalised(last)
            if isinstance(shown, Mapping):
                for j, i in enumerate(np.flatnonzero(done)):
                    final[i] = {k: v[j] for k, v in shown.items()}
            else:
                final[done] = np.fromiter(shown, dtype=object, count=len(shown))
            info = {**info, "final_obs": final}
        return self._normalised(obs), reward, terminated, truncated, info

    def _count(self, obs: Tree) -> None:
        if self.update_running_mean:
            for key, x in _parts(obs).items():
                self.moments[key].update(x)
            self._scale = {}

    def _normalised(self, obs: Tree) -> Tree:
        if not self._scale:
            self._scale = {k: (m.mean, (m.var + self.epsilon) ** -0.5) for k, m in self.moments.items()}
        out = {k: _scaled(x, *self._scale[k]) for k, x in _parts(obs).items()}
        return out if isinstance(obs, Mapping) else out[""]

    def state_dict(self) -> dict[str, Any]:
        """The moments of each observation."""
        return {"moments": {k: m.state_dict() for k, m in self.moments.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of the same observations.
        """
        held = state.get("moments")
        if not isinstance(held, Mapping) or set(held) != set(self.moments):
            raise BadCheckpoint("no such moments", where=self._where, expected=f"moments of {sorted(self.moments)}")
        for key, m in self.moments.items():
            m.load_state_dict(held[key])
        self._scale = {}


class EpisodeStatistics(VectorWrapper):
    """Return, length and duration of every episode, in SAME_STEP as well as in NEXT_STEP.

    Where episodes end, `info["episode"]` = {"r", "l", "t"} [N] of the reward and `info["episode_true"]` of the column
    `true_reward` if there is one, else of `task_reward`, else of the reward; 0 in the rows of which the mask `_episode`
    says that they go on.

    Args:
        envs: a vector environment that declares SAME_STEP or NEXT_STEP.

    Raises:
        BadOption: for another autoreset mode, or none declared.
    """

    def __init__(self, envs: VectorEnv) -> None:
        super().__init__(envs)
        self._mode = check_mode(envs, f"EpisodeStatistics({type(envs.unwrapped).__name__})")
        self._sums = EpisodeSums(envs.num_envs)
        self._over = np.zeros(envs.num_envs, dtype=bool)
        self._begun = False

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start episodes: in all rows, or in those of `options["reset_mask"]` [N] bool."""
        mask = reset_rows(options if self._begun else None, self.num_envs)
        obs, info = self.env.reset(seed=seed, options=None if options is None else dict(options))
        self._begun = True
        self._over = self._over & ~mask
        self._sums.begin(mask)
        return obs, info

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """One step of every row; the info of a step in which episodes end has their records."""
        obs, reward, terminated, truncated, info = self.env.step(actions)
        done = array(terminated | truncated)
        same, ended = self._mode is AutoresetMode.SAME_STEP, bool(done.any())
        over = done if same and ended else None
        live = ~self._over if self._over.any() else None
        known = (step_column(info, k, self.num_envs, done=over, live=live) for k in ("true_reward", "task_reward"))
        self._sums.add(reward, next((x for x in known if x is not None), reward))
        if self._over.any():  # these rows were being reset
            self._sums.begin(self._over)
        if not same:
            self._over = done
        if ended:
            episode, true = self._sums.ended(done)
            info = {**info, "episode": episode, "_episode": done, "episode_true": true, "_episode_true": done}
            if same:
                self._sums.begin(done)
        return obs, reward, terminated, truncated, info


def _parts(obs: Tree) -> Mapping[str, Array]:
    return obs if isinstance(obs, Mapping) else {"": obs}


def _rows(obs: Tree, mask: np.ndarray) -> Tree:
    return {k: v[mask] for k, v in obs.items()} if isinstance(obs, Mapping) else obs[mask]


def _scaled(x: Array, mean: Array, scale: Array) -> Array:
    if is_torch(x):
        return ((x.double() - tensor(mean, device=x.device)) * tensor(scale, device=x.device)).float()
    # What float32 holds exactly is normalised in float32, in a third of the time.
    kind = np.result_type(x.dtype, np.float32)
    d = by_rows(np.subtract, x.astype(kind, copy=False), mean.astype(kind))
    return by_rows(np.multiply, d, scale.astype(kind), out=d).astype(np.float32, copy=False)
