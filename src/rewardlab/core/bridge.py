"""The bridge between Gymnasium's `VectorEnv` and Stable-Baselines3's `VecEnv`, both ways.

A `VectorEnv` speaks in columns and says what an episode showed last through `info["final_obs"]`; a `VecEnv` speaks in
one dict per row and says it through `infos[i]["terminal_observation"]`. Every transition that
Stable-Baselines3 sees through the bridge is one that the environment made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space
from stable_baselines3.common.env_util import is_wrapped
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rewardlab.core.arrays import Tree, array
from rewardlab.core.autoreset import check_mode
from rewardlab.core.columns import columns_of, numpy_columns, rows_of
from rewardlab.core.errors import BadOption, BadSeed, BadSpace, FaultyEnvironment

FLAT = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)
VERDICTS = (
    "episode",
    "episode_true",
)  # of the ended episode, although some wrappers write them beside the new one's info
BORDER = ("terminal_observation", "TimeLimit.truncated")  # a VecEnv's words for final_obs and truncated


class ToVecEnv(VecEnv):
    """A Gymnasium `VectorEnv` as a `VecEnv`: Stable-Baselines3's own algorithms train on `gym.make_vec(...)`.

    Rows that ended carry the whole info of their last step, the others an empty dict, so that a step costs no Python
    per row. Observations [N, *obs] are copies in the space's type, rewards [N] float32, as `DummyVecEnv` gives them.

    Args:
        envs: a vector environment that resets in the same step (SAME_STEP). NEXT_STEP is taken where the ended rows
            alone can be reset at once: in a bare `SyncVectorEnv` or `AsyncVectorEnv`.
        info_keys: columns of `info` that every row shows at every step that has them.
        steps: False for an agent that steps `envs` itself and wants a `VecEnv` to be asked about it: then NEXT_STEP is
            taken of every environment.

    Raises:
        BadOption: for another autoreset mode, or none declared.
        BadSpace: for observations other than Box, Discrete, MultiDiscrete, MultiBinary or a Dict of these.
    """

    def __init__(self, envs: VectorEnv, *, info_keys: Sequence[str] = (), steps: bool = True) -> None:
        self.envs, self.info_keys = envs, tuple(info_keys)
        space = envs.single_observation_space
        where = f"ToVecEnv({type(envs.unwrapped).__name__})"
        for part in space.values() if isinstance(space, spaces.Dict) else (space,):
            if not isinstance(part, FLAT):
                raise BadSpace(
                    f"observations of {type(part).__name__}",
                    where=where,
                    expected="Box, Discrete, MultiDiscrete, MultiBinary, or one Dict of these",
                    mend="take the environment's token or one-hot view, or gymnasium's FlattenObservation",
                )
        if steps:
            self._by_hand = _resets_by_hand(envs, where)
        else:
            self._by_hand = check_mode(envs, where) is AutoresetMode.NEXT_STEP
        self._where, self._actions = where, np.zeros(0)
        super().__init__(envs.num_envs, space, envs.single_action_space)
        self.metadata = {**envs.metadata}

    # -- episodes ------------------------------------------------------------------------------------------------

    def reset(self) -> Any:
        """Start episodes in all rows, with the seeds and options set before; both serve once."""
        first = self._options[0]
        if any(o != first for o in self._options):
            raise BadOption("options that differ between rows", where=self._where, expected="one dict for all rows")
        obs, info = self.envs.reset(seed=self._seeds[0], options=first or None)  # row i takes seed + i there as well
        self._reset_seeds()
        self._reset_options()
        self.reset_infos = rows_of(numpy_columns(info), np.arange(self.num_envs), self.num_envs)
        return self._own(obs)

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the actions [N, *action] for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Move all rows: observations [N, *obs], reward [N] float32, done [N] bool, one info dict per row."""
        obs, reward, terminated, truncated, info = self.envs.step(self._actions)
        terminated = array(terminated)
        done = terminated | array(truncated)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for key in self.info_keys:
            self._show(infos, info, key)
        reward = np.array(array(reward), dtype=np.float32)
        if not done.any():
            return self._own(obs), reward, done, infos
        last, after, final = None, info, info
        if self._by_hand:
            last = self._own(obs)
            obs, after = self.envs.reset(options={"reset_mask": done.copy()})
        else:
            if "final_obs" not in info:
                raise FaultyEnvironment(
                    'rows ended without info["final_obs"]', where=self._where, expected="the last observations [N]"
                )
            final = info.get("final_info", {}) | {
                k: info[k] for name in VERDICTS if name in info for k in (name, f"_{name}") if k in info
            }
            after = {k: v for k, v in info.items() if k.lstrip("_") not in ("final_obs", "final_info", *VERDICTS)}
        last = info["final_obs"] if last is None else last
        ended = np.flatnonzero(done)
        ends, begins = (rows_of(numpy_columns(c), ended, self.num_envs) for c in (final, after))
        for i, end, begin in zip(ended.tolist(), ends, begins, strict=True):
            end["TimeLimit.truncated"] = not bool(terminated[i])
            end["terminal_observation"] = self._last(last, i)
            infos[i], self.reset_infos[i] = end, begin
        return self._own(obs), reward, done, infos

    def _own(self, obs: Tree) -> Any:
        """Observations in memory that the environment will not write again: Stable-Baselines3 keeps them for a step."""
        space = self.observation_space
        if isinstance(space, spaces.Dict):
            return {k: np.array(array(obs[k]), dtype=part.dtype) for k, part in space.items()}
        return np.array(array(obs), dtype=space.dtype)

    def _last(self, final: Any, i: int) -> Any:
        """Row i of `final_obs`: of an object array [N], or of a batch."""
        space = self.observation_space
        if isinstance(space, spaces.Dict):
            parts = {k: final[k][i] for k in space} if isinstance(final, Mapping) else final[i]
            return {k: np.array(array(parts[k]), dtype=part.dtype)[()] for k, part in space.items()}
        return np.array(array(final[i]), dtype=space.dtype)[()]

    def _show(self, infos: list[dict[str, Any]], info: Mapping[str, Any], key: str) -> None:
        if key not in info:
            return
        column = numpy_columns({k: info[k] for k in (key, f"_{key}") if k in info})
        for own, shown in zip(infos, rows_of(column, np.arange(self.num_envs), self.num_envs), strict=True):
            own |= shown

    # -- reaching in ---------------------------------------------------------------------------------------------

    def _layers(self) -> list[VectorEnv]:
        """The wrappers from the outermost inwards, and the environment itself."""
        layers = [self.envs]
        while isinstance(layers[-1], VectorWrapper):
            layers.append(layers[-1].env)
        return layers

    def _singles(self) -> list[gym.Env]:
        base = self.envs.unwrapped
        return list(base.envs) if isinstance(base, SyncVectorEnv) else []

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The attribute of each row's environment; of a batched one, its own value once per row."""
        rows, singles, layers = list(self._get_indices(indices)), self._singles(), self._layers()
        if singles and all(e.has_wrapper_attr(attr_name) for e in singles):
            return [singles[i].get_wrapper_attr(attr_name) for i in rows]
        for layer in layers:
            if hasattr(layer, attr_name):
                return [getattr(layer, attr_name)] * len(rows)
        raise AttributeError(f"{self._where} has no attribute {attr_name!r}")

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute in each row's environment; in a batched one, for all rows at once or not at all."""
        rows, singles = list(self._get_indices(indices)), self._singles()
        if singles:
            for i in rows:
                singles[i].set_wrapper_attr(attr_name, value)
            return
        if sorted(rows) != list(range(self.num_envs)):
            raise BadOption(
                f"setting {attr_name!r} for rows {rows[:8]} only",
                where=self._where,
                expected="indices=None: the rows of a batched environment share one object",
                mend='gym.make_vec(id, vectorization_mode="sync", ...) has an object per row',
            )
        layers = self._layers()
        setattr(next((layer for layer in layers if hasattr(layer, attr_name)), layers[-1]), attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of each row's environment.

        A batched environment has no method of one row, with one exception: `compute_reward` of goal tasks is a function
        of its arguments, and is what hindsight replay asks of row 0.

        Raises:
            BadOption: for any other method of a batched environment.
        """
        rows, singles = list(self._get_indices(indices)), self._singles()
        if singles:
            return [singles[i].get_wrapper_attr(method_name)(*method_args, **method_kwargs) for i in rows]
        if method_name != "compute_reward":
            raise BadOption(
                f"env_method({method_name!r}) on a batched environment",
                where=self._where,
                expected="a method of the whole batch",
                mend=f"call venv.unwrapped.envs.{method_name}(...) once for all rows",
            )
        method = self.get_attr(method_name, indices=0)[0]
        return [method(*method_args, **method_kwargs) for _ in rows]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Whether a wrapper of this class stands around each row, or around all of them."""
        rows, singles = list(self._get_indices(indices)), self._singles()
        around = any(isinstance(layer, wrapper_class) for layer in self._layers())
        return [around or (bool(singles) and is_wrapped(singles[i], wrapper_class)) for i in rows]

    def get_images(self) -> Sequence[np.ndarray | None]:
        """One RGB frame [height, width, 3] per row."""
        frames: Any = self.envs.render()
        return [None] * self.num_envs if frames is None else list(frames)

    def close(self) -> None:
        """Close the environments."""
        self.envs.close()


class FromVecEnv(VectorEnv):
    """A `VecEnv` as a Gymnasium `VectorEnv` that resets in the same step.

    Info columns cover the rows whose dict has the key (`_key` masks); in rows that ended, `final_info` holds the last
    step's and the other columns the next episode's reset. An end that was cut in the same step is shown as terminated
    alone: a `VecEnv` does not tell it from a plain end.

    Args:
        venv: any Stable-Baselines3 `VecEnv`, wrapped or not.
    """

    def __init__(self, venv: VecEnv) -> None:
        self.venv, self.num_envs = venv, venv.num_envs
        self.single_observation_space, self.single_action_space = venv.observation_space, venv.action_space
        self.observation_space = batch_space(venv.observation_space, self.num_envs)
        self.action_space = batch_space(venv.action_space, self.num_envs)
        self.render_mode = venv.render_mode
        self.metadata = {**venv.metadata, "autoreset_mode": AutoresetMode.SAME_STEP}

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes in all rows; row i is seeded with seed + i.

        Raises:
            BadSeed: for a list of seeds that are not seed, seed + 1, ...
            BadOption: for `reset_mask`: a `VecEnv` resets all rows or none.
        """
        if options and "reset_mask" in options:
            raise BadOption("reset_mask", where="FromVecEnv.reset", expected="a reset of all rows")
        if isinstance(seed, (list, tuple, np.ndarray)):
            first = seed[0]
            if first is None or list(seed) != [first + i for i in range(self.num_envs)]:
                raise BadSeed(f"seeds {list(seed)[:8]}", where="FromVecEnv.reset", expected="seed, seed + 1, ...")
            seed = int(first)
        if seed is not None:
            super().reset(seed=seed)
            self.venv.seed(seed)
        if options:
            self.venv.set_options(options)
        obs = self.venv.reset()
        return obs, columns_of(self.venv.unwrapped.reset_infos)

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """One step of every row; rows that ended show the next episode's first observation."""
        obs, reward, done, rows = self.venv.step(array(actions))
        done = np.array(done, dtype=bool)
        truncated = np.zeros(self.num_envs, dtype=bool)
        shown: list[Mapping[str, Any] | None] = [{k: v for k, v in row.items() if k not in BORDER} for row in rows]
        final: list[Mapping[str, Any] | None] = [None] * self.num_envs
        last = np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(done):
            truncated[i] = rows[i].get("TimeLimit.truncated", False)
            last[i] = rows[i]["terminal_observation"]
            final[i], shown[i] = shown[i], self.venv.unwrapped.reset_infos[i]
        info = columns_of(shown)
        if done.any():
            info |= {"final_obs": last, "_final_obs": done.copy()}
            info |= {"final_info": columns_of(final), "_final_info": done.copy()}
        return obs, np.array(reward, dtype=np.float64), done & ~truncated, truncated, info

    def render(self) -> Any:
        """One frame per row."""
        return tuple(self.venv.get_images()) if self.render_mode == "rgb_array" else None

    def close_extras(self, **kwargs: Any) -> None:
        """Close the environments."""
        self.venv.close()


def show(venv: VecEnv, *keys: str) -> None:
    """Have a `ToVecEnv` below the wrappers of `venv`, if there is one, show these columns of `info` at every step."""
    while isinstance(venv, VecEnvWrapper):
        venv = venv.venv
    if isinstance(venv, ToVecEnv):
        venv.info_keys = tuple(dict.fromkeys((*venv.info_keys, *keys)))


def _resets_by_hand(envs: VectorEnv, where: str) -> bool:
    """Whether ended rows must be reset by us: False in SAME_STEP, True where NEXT_STEP can be overtaken."""
    declared = envs.metadata.get("autoreset_mode")
    if declared in (AutoresetMode.SAME_STEP, AutoresetMode.SAME_STEP.value):
        return False
    # A wrapper, or a batched environment that ignores `reset_mask`, would not notice that some of its rows begin anew.
    bare = type(envs) in (SyncVectorEnv, AsyncVectorEnv)
    if bare and declared is AutoresetMode.NEXT_STEP:
        return True
    raise BadOption(
        f"autoreset mode {declared!r}" if declared is not None else "no declared autoreset mode",
        where=where,
        expected="SAME_STEP (NEXT_STEP only of a bare SyncVectorEnv or AsyncVectorEnv)",
        mend='autoreset_mode="SameStep" for ids of rewardlab; otherwise gym.make_vec(id, vectorization_mode="sync", '
        'vector_kwargs={"autoreset_mode": "SameStep"})',
    )
