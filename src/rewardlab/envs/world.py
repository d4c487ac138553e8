"""Worlds: the rules of an environment, written once for a batch, and the two faces that Gymnasium knows.

A `Rules` says how N rows start, move and look. `WorldEnv` shows one row as a `gymnasium.Env`, `WorldVectorEnv` shows N
as a `gymnasium.vector.VectorEnv`, with NumPy or torch arrays. Row i of a vector environment seeded with s is, bit for
bit, the single environment seeded with s + i.
"""

import copy
import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor, tree_copy, tree_map, tree_where
from rewardlab.core.errors import BadAction, BadOption, ResetNeeded, nearest
from rewardlab.core.rng import Streams, check_seed, entropy

State = dict[str, Array]  # every value has leading axis n
Columns = Mapping[str, Array]  # every value has leading axis n


@dataclasses.dataclass(frozen=True)
class Card:
    """What one must know of an environment: the text behind documentation and behind a designed reward.

    Attributes:
        summary: what the task is, in one or two sentences.
        observation: component -> meaning with unit and range.
        action: component -> meaning with unit and range.
        reward: the true reward, in words.
        info: column -> meaning with unit and range.
        random_return: expected undiscounted return of uniformly random actions, where known.
        optimal_return: the largest expected undiscounted return, where known.
        source: where the task was published.
    """

    summary: str
    observation: Mapping[str, str]
    action: Mapping[str, str]
    reward: str
    info: Mapping[str, str]
    random_return: float | None = None
    optimal_return: float | None = None
    source: str = ""

    def __str__(self) -> str:
        def block(title: str, rows: Mapping[str, str]) -> list[str]:
            return [f"{title}:", *(f"  {k}: {v}" for k, v in rows.items())] if rows else []

        lines = [self.summary, *block("Observation", self.observation), *block("Action", self.action)]
        lines += [f"Reward: {self.reward}", *block("Info", self.info)]
        for title, value in (("Random return", self.random_return), ("Optimal return", self.optimal_return)):
            lines += [f"{title}: {value:.6g}"] if value is not None else []
        return "\n".join(lines + ([f"Source: {self.source}"] if self.source else []))


class Rules:
    """How the rows of an environment start, move and look; a dataclass whose fields are its parameters.

    Methods are pure: they return new arrays and never write into the state or action they are given. Randomness comes
    from `rng` alone. A state is a dict of arrays with leading axis n.
    """

    observation_space: spaces.Space
    action_space: spaces.Space
    torch: ClassVar[bool] = False
    """True if the rules are written for torch states as well (through `rng.xp`)."""
    max_episode_steps: ClassVar[int | None] = None
    """The time limit that a registered id gets unless its table says otherwise."""

    def start(self, n: int, rng: Streams) -> State:
        """n fresh episodes."""
        raise NotImplementedError

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        """One step of n rows: next state, reward [n] float64, terminated [n] bool, info columns of this step.

        A column `success` [n] bool is shown as `is_success` too.
        """
        raise NotImplementedError

    def look(self, state: State) -> Tree:
        """The observations [n, *obs] of n rows, in arrays of their own."""
        raise NotImplementedError

    def inform(self, state: State) -> Columns:
        """Info columns that a state carries, shown at reset as well as after each step."""
        return {}

    def draw(self, state: State, i: int) -> np.ndarray:
        """An RGB frame [height, width, 3] uint8 of row i."""
        raise NotImplementedError

    def text(self, state: State, i: int) -> str:
        """Row i as text for the `ansi` render mode."""
        raise NotImplementedError

    def card(self) -> Card:
        """The description of this environment with these parameters."""
        raise NotImplementedError

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of this environment, where it can be enumerated."""
        raise BadOption(
            f"{type(self).__name__} has no tabular form",
            where="to_mdp",
            mend="use an environment of rewardlab.envs.mdps",
        )


def build(rules: "str | type[Rules] | Rules", fields: Mapping[str, Any]) -> Rules:
    """Rules from an instance, a class, or a string "module:Class", with fields set by keyword.

    Raises:
        BadOption: for a keyword that the rules do not have, with the nearest one.
    """
    if isinstance(rules, str):
        module, _, name = rules.partition(":")
        rules = getattr(importlib.import_module(module), name)
    if isinstance(rules, Rules):
        return dataclasses.replace(rules, **fields) if fields else rules  # type: ignore[type-var]
    known = [f.name for f in dataclasses.fields(rules) if f.init]  # type: ignore[arg-type]
    for key in fields:
        if key not in known:
            raise BadOption(
                f"unknown keyword {key!r}",
                where=rules.__name__,  # type: ignore[union-attr]
                expected=f"one of {', '.join(known)}",
                mend=nearest(key, known),
            )
    return rules(**fields)  # type: ignore[operator]


class Rows:
    """N rows of some rules with their states, streams and clocks: what both faces share."""

    def __init__(self, rules: Rules, n: int, *, device: Any = None, where: str = "") -> None:
        if device is not None and not rules.torch:
            raise BadOption(
                f"device={device!r}",
                where=where,
                expected="None: these rules are written for NumPy only",
                mend="leave it out",
            )
        self.rules, self.n, self.device, self.where = rules, n, device, where
        first = entropy()  # until a seed is given
        self.rng = Streams([(first + i) % 2**64 for i in range(n)], device=device)
        self.state: State = {}
        self.clock = np.zeros(n, dtype=np.int64)  # steps of the running episode
        self.over = np.ones(n, dtype=bool)  # no episode runs in this row

    def begin(self, mask: np.ndarray) -> None:
        """A fresh episode in each row of `mask` [N] bool."""
        own = mask if self.device is None else tensor(mask, device=self.device)
        self.rng.begin(own)
        if mask.all():
            self.state = self.rules.start(self.n, self.rng)
        else:
            part = self.rng.rows(own)
            fresh = self.rules.start(int(mask.sum()), part)
            self.rng.put(own, part)
            self.state = {k: _put(v, own, fresh[k]) for k, v in self.state.items()}
        self.clock = np.where(mask, 0, self.clock)
        self.over = self.over & ~mask

    def step(self, action: Tree, active: np.ndarray | None = None) -> tuple[Array, Array, dict[str, Array]]:
        """Move all rows, or the rows of `active` [N] bool: reward, terminated, info columns of the step."""
        state, reward, terminated, info = self.rules.move(self.state, action, self.rng)
        columns = dict(info)
        if "success" in columns:
            columns["is_success"] = columns["success"]
        if active is None:
            self.state = state
            self.clock = self.clock + 1
            return reward, terminated, columns
        own = active if self.device is None else tensor(active, device=self.device)
        self.state = tree_where(own, state, self.state)
        self.clock = self.clock + active
        return reward * own, terminated & own, columns

    def check_action(self, action: Any, space: spaces.Space) -> Tree:
        """`action` for all rows as arrays, if it lies in `space`.

        Raises:
            BadAction: naming the environment, the value and what was expected; nothing has moved.
        """
        return check_action(action, space, self.n, where=self.where, device=self.device)

    def get_state(self) -> dict[str, Any]:
        """Everything that the next steps depend on, sharing no memory."""
        return copy.deepcopy({"state": self.state, "rng": self.rng, "clock": self.clock, "over": self.over})

    def set_state(self, saved: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        mine = copy.deepcopy(dict(saved))
        self.state, self.rng, self.clock, self.over = mine["state"], mine["rng"], mine["clock"], mine["over"]


def check_action(action: Any, space: spaces.Space, n: int, *, where: str, device: Any = None) -> Tree:
    """Actions of n rows of a single-row `space` as arrays [n, *action] of the space's own kind.

    Raises:
        BadAction: for a wrong type, shape or dtype, NaN, or a value outside the space.
    """

    def bad(what: str) -> BadAction:
        return BadAction(
            what, where=where, expected=f"actions in {space}, shape ({n}, ...)", mend="action_space.sample()"
        )

    if isinstance(space, spaces.Text):
        texts = [action] if isinstance(action, str) else list(action)
        for t in texts:
            if not isinstance(t, str) or t not in space:
                raise bad(f"text action {str(t)[:60]!r} ({type(t).__name__}, length {len(str(t))})")
        if len(texts) != n:
            raise bad(f"{len(texts)} texts")
        return np.array(texts, dtype=object)
    if device is not None and is_torch(action):
        x = action
        kind = "i" if "int" in str(x.dtype) else "f"
    else:
        try:
            x = array(action)
        except (TypeError, ValueError) as e:
            raise bad(f"{_brief(action)} is no array ({e})") from None
        kind = x.dtype.kind
    if tuple(x.shape) != (n, *(space.shape or ())):
        raise bad(f"{_brief(action)} has shape {tuple(x.shape)}")
    if isinstance(space, (spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)):
        if kind not in "iu" and not (kind == "b" and isinstance(space, spaces.MultiBinary)):
            raise bad(f"{_brief(action)} has dtype {x.dtype}")
        if isinstance(space, spaces.Discrete):
            low, high = int(space.start), int(space.start + space.n - 1)
            if n and not (low <= x.min() and x.max() <= high):
                raise bad(f"{_brief(action)} is outside {low}..{high}")
        elif isinstance(space, spaces.MultiDiscrete):
            if not ((array(x) >= space.start).all() and (array(x) < space.start + space.nvec).all()):
                raise bad(f"{_brief(action)} is out of range")
        elif not np.isin(array(x), (0, 1)).all():
            raise bad(f"{_brief(action)} is not binary")
    elif isinstance(space, spaces.Box):
        if kind not in "iuf":
            raise bad(f"{_brief(action)} has dtype {x.dtype}")
        y = array(x)
        if not (np.isfinite(y).all() and (y >= space.low).all() and (y <= space.high).all()):
            raise bad(f"{_brief(action)} is not finite and within the bounds")
    else:
        raise bad(f"{type(space).__name__} actions are not supported")
    return x if is_torch(x) or device is None else tensor(x, device=device)


def _brief(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 80 else text[:77] + "..."


def _put(old: Array, mask: Array, rows: Array) -> Array:
    new = old.clone() if is_torch(old) else old.copy()
    new[mask] = rows
    return new


def take(tree: Tree, i: int) -> Tree:
    """Row i of a batch of observations or columns, in memory of its own."""

    def row(x: Array) -> Any:
        value = x[i]
        if isinstance(value, np.ndarray):
            return value.copy()
        return bool(value) if isinstance(value, np.bool_) else value

    return tree_map(row, tree)


def _apart(tree: Tree, mask: np.ndarray) -> np.ndarray:
    """The rows of `mask` [N] as an object array [N] of single observations, None elsewhere."""
    kept = np.full(len(mask), None, dtype=object)
    if isinstance(tree, np.ndarray) and tree.ndim == 1:
        kept[mask] = tree[mask]
    elif isinstance(tree, np.ndarray):
        for i, row in zip(np.flatnonzero(mask), tree[mask], strict=True):
            kept[i] = row
    else:
        for i in np.flatnonzero(mask):
            kept[i] = take(tree, int(i))
    return kept


class WorldEnv(gym.Env):
    """One row of some rules as a `gymnasium.Env`.

    Args:
        rules: the rules, their class, or "module:Class".
        render_mode: None, "rgb_array" or "ansi".
        **fields: parameters of the rules.

    Raises:
        BadOption: unknown keyword or render mode.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array", "ansi"], "render_fps": 8}

    def __init__(self, rules: str | type[Rules] | Rules, *, render_mode: str | None = None, **fields: Any) -> None:
        self.rules = build(rules, fields)
        self.render_mode = _check_render_mode(render_mode, type(self.rules).__name__)
        self.observation_space = self.rules.observation_space
        self.action_space = self.rules.action_space
        self._rows = Rows(self.rules, 1, where=type(self.rules).__name__)
        self._closed = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start the next episode; with a seed, the first one of that seed."""
        where = f"{self._rows.where}.reset"
        _check_open(self._closed, where)
        _check_options(options, (), where)
        if seed is not None:
            seed = check_seed(seed, where=where)
            super().reset(seed=seed)
            self._rows.rng.reseed(np.ones(1, dtype=bool), [seed])
        self._rows.begin(np.ones(1, dtype=bool))
        return take(self._look(), 0), self._info({})

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One step; a time limit, where there is one, is Gymnasium's `TimeLimit` around this environment."""
        rows = self._rows
        _check_open(self._closed, f"{rows.where}.step")
        if rows.over[0]:
            raise ResetNeeded("step without a running episode", where=rows.where, mend="call reset() first")
        if isinstance(self.action_space, spaces.Text):
            batch: Any = [action]
        else:
            try:
                batch = np.asarray(action)[None]
            except (TypeError, ValueError):
                batch = action
        reward, terminated, info = rows.step(rows.check_action(batch, self.action_space))
        ended = bool(terminated[0])
        rows.over[0] = ended
        return take(self._look(), 0), float(reward[0]), ended, False, self._info(info)

    def _look(self) -> Tree:
        return self.rules.look(self._rows.state)

    def _info(self, columns: Columns) -> dict[str, Any]:
        return {k: take(v, 0) for k, v in {**self.rules.inform(self._rows.state), **columns}.items()}

    def render(self) -> Any:
        """A frame [height, width, 3] uint8, or text, as `render_mode` says."""
        return _render(self.rules, self._rows.state, 0, self.render_mode)

    def get_state(self) -> dict[str, Any]:
        """A copy of everything that the next steps depend on."""
        return self._rows.get_state()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        self._rows.set_state(state)

    def describe(self) -> Card:
        """What this environment is: spaces, reward, info columns, known returns."""
        return self.rules.card()

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`, where the environment can be enumerated."""
        return self.rules.to_mdp()

    def close(self) -> None:
        """End; a second call does nothing."""
        self._closed = True


class WorldVectorEnv(VectorEnv):
    """N rows of some rules as a `gymnasium.vector.VectorEnv`.

    Args:
        rules: the rules, their class, or "module:Class".
        num_envs: N >= 1.
        max_episode_steps: truncate after so many steps; None for never.
        autoreset_mode: "SameStep" (default), "NextStep" or "Disabled".
        device: None for NumPy, or a torch device on which state and observations stay.
        render_mode: None, "rgb_array" or "ansi".
        **fields: parameters of the rules.

    Raises:
        BadOption: unknown keyword, mode or render mode, or N below 1.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array", "ansi"], "render_fps": 8}

    def __init__(
        self,
        rules: str | type[Rules] | Rules,
        num_envs: int = 1,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = "SameStep",
        device: Any = None,
        render_mode: str | None = None,
        **fields: Any,
    ) -> None:
        self.rules = build(rules, fields)
        where = f"{type(self.rules).__name__} x {num_envs}"
        if isinstance(num_envs, bool) or not isinstance(num_envs, (int, np.integer)) or num_envs < 1:
            raise BadOption(
                f"num_envs={num_envs!r}", where=where, expected="an integer of at least 1", mend="num_envs=8"
            )
        if max_episode_steps is not None and max_episode_steps < 1:
            raise BadOption(f"max_episode_steps={max_episode_steps!r}", where=where, expected="None or at least 1")
        try:
            self.autoreset_mode = AutoresetMode(autoreset_mode)
        except ValueError:
            modes = [m.value for m in AutoresetMode]
            raise BadOption(
                f"autoreset_mode={autoreset_mode!r}",
                where=where,
                expected=f"one of {modes}",
                mend=nearest(str(autoreset_mode), modes),
            ) from None
        self.num_envs = int(num_envs)
        self.limit = max_episode_steps
        self.render_mode = _check_render_mode(render_mode, where)
        self.metadata = {**type(self).metadata, "autoreset_mode": self.autoreset_mode}
        self.single_observation_space = self.rules.observation_space
        self.single_action_space = self.rules.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._rows = Rows(self.rules, self.num_envs, device=device, where=where)
        self.device = device

    # -- episodes ------------------------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes: in all rows, or in those of `options["reset_mask"]` [N] bool; row i is seeded with seed + i."""
        where = f"{self._rows.where}.reset"
        _check_open(self.closed, where)
        _check_options(options, ("reset_mask",), where)
        mask = np.ones(self.num_envs, dtype=bool)
        if options and "reset_mask" in options:
            mask = array(options["reset_mask"])
            if mask.shape != (self.num_envs,) or mask.dtype != np.bool_ or not mask.any():
                raise BadOption(
                    f"reset_mask of shape {mask.shape} and dtype {mask.dtype}",
                    where=where,
                    expected=f"[{self.num_envs}] bool with at least one True",
                )
        if seed is not None:
            if isinstance(seed, (list, tuple, np.ndarray)):
                if len(seed) != self.num_envs:
                    raise BadOption(f"{len(seed)} seeds", where=where, expected=f"{self.num_envs}, one per row")
                seeds = [None if s is None else check_seed(s, where=where) for s in seed]
            else:
                first = check_seed(seed, where=where)
                seeds = [(first + i) % 2**64 for i in range(self.num_envs)]
            given = next((s for s in seeds if s is not None), None)
            if given is not None:
                super().reset(seed=given)
            self._rows.rng.reseed(mask & [s is not None for s in seeds], [s or 0 for s in seeds])
        self._rows.begin(mask)
        return self._look(), self._marked(self.rules.inform(self._rows.state), mask)

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """One step of every row, with resets as `autoreset_mode` says.

        Returns:
            observations [N, *obs], reward [N] float64, terminated [N], truncated [N], info columns with `_key` masks.
            SAME_STEP: rows that ended show the first observation of the next episode, and `final_obs` [N] (object) and
            `final_info` hold what the ended ones showed. NEXT_STEP: the step after an end ignores the action and pays 0.
        """
        rows = self._rows
        _check_open(self.closed, f"{rows.where}.step")
        moving = ~rows.over
        waiting = not moving.all()
        if waiting and (self.autoreset_mode is not AutoresetMode.NEXT_STEP or not rows.state):
            raise ResetNeeded(
                f"rows {np.flatnonzero(rows.over)[:8].tolist()} have no running episode",
                where=rows.where,
                mend='call reset(), or reset(options={"reset_mask": mask}) for these rows',
            )
        action = rows.check_action(actions, self.single_action_space)
        if waiting:
            reward, terminated, columns = rows.step(action, moving)
            rows.begin(~moving)
        else:
            reward, terminated, columns = rows.step(action)
        ended = array(terminated)
        cut = rows.clock >= self.limit if self.limit is not None else np.zeros(self.num_envs, dtype=bool)
        if waiting:
            cut = cut & moving
        done = ended | cut
        truncated = cut if self.device is None else tensor(cut, device=self.device)
        if not done.any():
            info = self._marked(self.rules.inform(rows.state), None) | self._marked(
                columns, moving if waiting else None
            )
            return self._look(), reward, terminated, truncated, info
        rows.over = rows.over | done
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            info = self._marked(self.rules.inform(rows.state), None) | self._marked(
                columns, moving if waiting else None
            )
            return self._look(), reward, terminated, truncated, info
        last = self._look()
        final = self._marked({**self.rules.inform(rows.state), **columns}, done)
        rows.begin(done)
        info = self._marked(self.rules.inform(rows.state), None) | (
            self._marked(columns, ~done) if not done.all() else {}
        )
        info |= {
            "final_obs": _apart(last, done),
            "_final_obs": done.copy(),
            "final_info": final,
            "_final_info": done.copy(),
        }
        return self._look(), reward, terminated, truncated, info

    def _look(self) -> Any:
        obs = self.rules.look(self._rows.state)
        return tuple(obs) if isinstance(self.single_observation_space, spaces.Text) else obs

    def _marked(self, columns: Columns, mask: np.ndarray | None) -> dict[str, Any]:
        """Columns with their `_key` masks, zero where the mask is not set, as Gymnasium's own vectors give them."""
        out: dict[str, Any] = {}
        for key, value in columns.items():
            if mask is None:
                out[key], out[f"_{key}"] = value, np.ones(self.num_envs, dtype=bool)
            else:
                out[key], out[f"_{key}"] = _blank(value, mask, self.device), mask.copy()
        return out

    # -- the rest ------------------------------------------------------------------------------------------------

    def render(self) -> Any:
        """One frame or text per row, as `render_mode` says."""
        if self.render_mode is None:
            return None
        return tuple(_render(self.rules, self._rows.state, i, self.render_mode) for i in range(self.num_envs))

    def get_state(self) -> dict[str, Any]:
        """A copy of everything that the next steps of all rows depend on."""
        return self._rows.get_state()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        self._rows.set_state(state)

    def describe(self) -> Card:
        """What this environment is: spaces, reward, info columns, known returns."""
        return self.rules.card()

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`, where the environment can be enumerated."""
        return self.rules.to_mdp()


def _blank(value: Array, mask: np.ndarray, device: Any) -> Array:
    if is_torch(value):
        return tree_where(tensor(mask, device=device), value, value * 0)
    if value.dtype == object:
        out = np.full(value.shape, None, dtype=object)
        out[mask] = value[mask]
        return out
    return value * mask.reshape(mask.shape + (1,) * (value.ndim - 1)).astype(value.dtype)


def _check_open(closed: bool, where: str) -> None:
    if closed:
        raise ResetNeeded("this environment is closed", where=where, mend="make a new one")


def _check_options(options: Mapping[str, Any] | None, known: tuple[str, ...], where: str) -> None:
    for key in options or {}:
        if key not in known:
            raise BadOption(
                f"unknown option {key!r}", where=where, expected=f"one of {known}" if known else "no options"
            )


def _check_render_mode(mode: str | None, where: str) -> str | None:
    modes = WorldEnv.metadata["render_modes"]
    if mode is not None and mode not in modes:
        raise BadOption(
            f"render_mode={mode!r}", where=where, expected=f"None or one of {modes}", mend=nearest(str(mode), modes)
        )
    return mode


def _render(rules: Rules, state: State, i: int, mode: str | None) -> Any:
    if mode is None:
        return None
    if not state:
        raise ResetNeeded("render before the first reset", where=type(rules).__name__, mend="call reset() first")
    here = tree_copy({k: v for k, v in state.items()}) if is_torch(next(iter(state.values()))) else state
    here = {k: array(v) for k, v in here.items()}
    return rules.draw(here, i) if mode == "rgb_array" else rules.text(here, i)
