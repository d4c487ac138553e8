"""Observations that show the state of a machine: the product of an environment and a reward machine.

    Discrete(S)      ->  Discrete(S · U), the number s · U + u
    Box [D] floats   ->  Box [D + U], the machine's state one-hot behind them
    Dict             ->  Dict with the further key "machine_state", Discrete(U)
    all else         ->  Dict {"observation", "machine_state"}

A reward that remembers is no function of what an agent sees; with the machine's state in sight it is one again, and
tabular and deep agents learn as ever. The episode goes on in a terminal state of the machine, which pays nothing.
"""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space

from rewardlab.core.arrays import Array, Tree, array, is_torch, namespace, tensor
from rewardlab.core.autoreset import check_mode, last_obs, replaced, reset_rows
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadSpace, ResetNeeded
from rewardlab.rewards.drivers.columns import RowColumns, VectorColumns
from rewardlab.rewards.drivers.packing import as_arrays, copied
from rewardlab.rewards.drivers.single import one
from rewardlab.rewards.specification.machine import Labelled

KEY = "machine_state"


def with_machine_state(obs: Tree, u: Array, num_states: int) -> Tree:
    """Observations that show the machine's state too, in the form of the table above.

    Args:
        obs: [B, *obs]; integers [B] are numbers of states, floats [B, D] vectors.
        u: [B] integers, the machine's states.
        num_states: U.
    """
    if isinstance(obs, dict):
        return {**obs, KEY: u}
    kind = str(getattr(obs, "dtype", ""))
    if "int" in kind and obs.ndim == 1:
        return obs * num_states + u
    if "float" in kind and obs.ndim == 2:
        xp = namespace(obs)
        shown = u[:, None] == xp.arange(num_states, **({"device": obs.device} if is_torch(obs) else {}))
        return xp.concat([obs, xp.astype(shown, obs.dtype)], axis=1)
    return {"observation": obs, KEY: u}


def product_space(space: spaces.Space, num_states: int) -> spaces.Space:
    """The space of what `with_machine_state` makes of observations of `space`.

    Raises:
        BadSpace: for a Dict that has the key already.
    """
    u = spaces.Discrete(num_states)
    if isinstance(space, spaces.Discrete):
        return spaces.Discrete(int(space.n) * num_states, start=int(space.start) * num_states)
    if isinstance(space, spaces.Box) and len(space.shape) == 1 and np.issubdtype(space.dtype, np.floating):
        low, high = (np.concatenate([b, np.full(num_states, x)]) for b, x in ((space.low, 0), (space.high, 1)))
        return spaces.Box(low.astype(space.dtype), high.astype(space.dtype), dtype=space.dtype.type)  # type: ignore[union-attr]
    if isinstance(space, spaces.Dict):
        if KEY in space.spaces:
            raise BadSpace(f"the observations have {KEY!r} already", where="ProductObservation", expected="another key")
        return spaces.Dict({**space.spaces, KEY: u})
    return spaces.Dict({"observation": space, KEY: u})


class ProductObservation(gym.Wrapper):
    """One environment whose observations show the state of a reward machine.

    Wrap it around the drivers of rewards: `ProductObservation(Paid(env, machine), machine)`, so that labels are made of
    what the environment itself shows. It keeps a machine state of its own and changes no reward.

    Args:
        env: the environment.
        machine: a `RewardMachine`; its labels are read from `info`, or made of the step by its `labels`.
    """

    def __init__(self, env: gym.Env, machine: Labelled) -> None:
        super().__init__(env)
        self.machine = machine
        self.observation_space = product_space(env.observation_space, len(machine.compiled.states))
        self._u = np.zeros(1, dtype=np.int64)
        self._obs: Tree = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start the next episode, for the machine too."""
        obs, info = self.env.reset(seed=seed, options=options)
        self._obs, self._u = one(obs), np.full(1, self.machine.compiled.initial)
        return self._shown(obs), info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """One step; `info["machine_state"]` names the machine's state."""
        if self._obs is None:
            raise ResetNeeded("step before the first reset", where="ProductObservation", mend="call reset() first")
        obs, reward, terminated, truncated, info = self.env.step(action)
        (ended, cut), after = (np.array([[bool(terminated)], [bool(truncated)]])), one(obs)
        earned = np.array([float(info.get("task_reward", reward))])
        batch = Transitions(self._obs, one(action), earned, after, ended, cut, RowColumns([info]))
        compiled = self.machine.compiled
        self._u = compiled.move(self._u, self.machine.words(batch))
        self._obs = after
        info = {**info, KEY: compiled.states[int(self._u[0])]}
        return self._shown(obs), reward, terminated, truncated, info

    def _shown(self, obs: Any) -> Any:
        """The observation of one row, in memory of its own."""
        if isinstance(self.env.observation_space, spaces.Discrete):
            return np.int64(int(obs) * len(self.machine.compiled.states) + int(self._u[0]))
        shown = with_machine_state(
            obs if isinstance(obs, dict) else one(obs), self._u, len(self.machine.compiled.states)
        )
        if isinstance(obs, dict):
            return {**obs, KEY: np.int64(self._u[0])}
        if isinstance(shown, dict):
            return {"observation": obs, KEY: np.int64(self._u[0])}
        return shown[0]


class ProductVectorObservation(VectorWrapper):
    """N rows whose observations show the states of a reward machine, one for each row.

    SAME_STEP: where a row ended, `final_obs` shows the state at its end and the observation that of a new episode.
    NEXT_STEP: the row that is being reset shows a new episode.

    Args:
        envs: a vector environment that declares SAME_STEP or NEXT_STEP.
        machine: as for `ProductObservation`.

    Raises:
        BadOption: for another autoreset mode.
    """

    def __init__(self, envs: VectorEnv, machine: Labelled) -> None:
        super().__init__(envs)
        self.machine, self.mode = machine, check_mode(envs, "ProductVectorObservation")
        self.single_observation_space = product_space(envs.single_observation_space, len(machine.compiled.states))
        self.observation_space = batch_space(self.single_observation_space, envs.num_envs)
        self._u = np.zeros(envs.num_envs, dtype=np.int64)
        self._over = np.zeros(envs.num_envs, dtype=bool)
        self._obs: Tree = None

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start episodes: in all rows, or in those of `options["reset_mask"]` [N] bool."""
        mask = reset_rows(options if self._obs is not None else None, self.num_envs)
        obs, info = self.env.reset(seed=seed, options=None if options is None else dict(options))
        self._obs = copied(as_arrays(obs, self.env.single_observation_space))
        self._u = np.where(mask, self.machine.compiled.initial, self._u)
        self._over = self._over & ~mask
        return self._shown(self._obs, self._u), info

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """One step of every row."""
        if self._obs is None:
            raise ResetNeeded(
                "step before the first reset", where="ProductVectorObservation", mend="call reset() first"
            )
        obs, reward, terminated, truncated, info = self.env.step(actions)
        compiled, same = self.machine.compiled, self.mode is AutoresetMode.SAME_STEP
        done, over = array(terminated | truncated), self._over
        ended = bool(done.any()) and same
        kept = copied(as_arrays(obs, self.env.single_observation_space))
        columns = VectorColumns(info, self.num_envs, done=done if ended else None, live=~over if over.any() else None)
        after = replaced(kept, last_obs(info, done, kept, "ProductVectorObservation"), done) if ended else kept
        earned = columns.whole("task_reward")
        taken = as_arrays(actions, self.env.single_action_space)
        batch = Transitions(
            self._obs, taken, reward if earned is None else earned, after, terminated, truncated, columns
        )
        u = np.full_like(self._u, compiled.initial)
        if not over.all():  # where all rows are being reset, no info tells of a step
            u = np.where(over, u, compiled.move(self._u, array(self.machine.words(batch))))
        self._obs, self._over = kept, done if not same else over
        self._u = np.where(done, compiled.initial, u) if same else u
        if ended:
            info = {**info, "final_obs": self._final(info["final_obs"], after, u, done)}
        return self._shown(kept, self._u), reward, terminated, truncated, info

    def _shown(self, obs: Tree, u: np.ndarray) -> Tree:
        like = next(iter(obs.values())) if isinstance(obs, dict) else obs
        states = tensor(u, device=like.device) if is_torch(like) else u
        return with_machine_state(obs, states, len(self.machine.compiled.states))

    def _final(self, final: Any, after: Tree, u: np.ndarray, done: np.ndarray) -> Any:
        """`final_obs` in the form in which it came: an object array of rows, or a tree of arrays."""
        shown = self._shown(after, u)
        if not (isinstance(final, np.ndarray) and final.dtype == object):
            return shown
        out = np.full(len(done), None, dtype=object)
        for i in np.flatnonzero(done):
            out[i] = {k: v[i] for k, v in shown.items()} if isinstance(shown, dict) else shown[i]
        return out
