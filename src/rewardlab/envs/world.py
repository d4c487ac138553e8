"""Worlds: the rules of an environment, written once for a batch, and the two faces that Gymnasium knows.

A `Rules` says how N rows start, move and look. `WorldEnv` shows one row as a `gymnasium.Env`, `WorldVectorEnv` shows N
as a `gymnasium.vector.VectorEnv`, with NumPy or torch arrays. Row i of a vector environment seeded with s is, bit for
bit, the single environment seeded with s + i.
"""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rewardlab.core.arrays import Array, array, tensor
from rewardlab.core.errors import BadOption, ResetNeeded, nearest
from rewardlab.core.rng import check_seed
from rewardlab.envs.face import RENDER_MODES, Face, check_open, check_options, check_render_mode, render
from rewardlab.envs.resident import ResidentRows
from rewardlab.envs.rows import Rows, blank, spread
from rewardlab.envs.rules import Card as Card
from rewardlab.envs.rules import Columns as Columns
from rewardlab.envs.rules import Rules as Rules
from rewardlab.envs.rules import State as State
from rewardlab.envs.rules import build as build


class WorldEnv(Face, gym.Env):
    """One row of some rules as a `gymnasium.Env`.

    Args:
        rules: the rules, their class, or "module:Class".
        render_mode: None, "rgb_array" or "ansi".
        **fields: parameters of the rules.

    Raises:
        BadOption: unknown keyword or render mode.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 8}

    def __init__(self, rules: str | type[Rules] | Rules, *, render_mode: str | None = None, **fields: Any) -> None:
        self.rules = build(rules, fields)
        self.render_mode = check_render_mode(render_mode, type(self.rules).__name__)
        self.metadata = {**type(self).metadata, "exact": self.rules.exact, "any_text": self.rules.any_text}
        self.observation_space = self.rules.observation_space
        self.action_space = self.rules.action_space
        # every row is copied before it is handed out, so that the rows may write over what they showed
        self._rows = self.rules.rows(1, device=None, where=type(self.rules).__name__, copy=False)
        self._closed = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start the next episode; with a seed, the first one of that seed."""
        where = f"{self._rows.where}.reset"
        check_open(self._closed, where)
        check_options(options, (), where)
        if seed is not None:
            seed = check_seed(seed, where=where)
            super().reset(seed=seed)
            self._rows.rng.reseed(np.ones(1, dtype=bool), [seed])
        self._rows.begin(np.ones(1, dtype=bool))
        return self._rows.shown()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One step; a time limit, where there is one, is Gymnasium's `TimeLimit` around this environment."""
        rows = self._rows
        if self._closed or rows.over[0]:
            check_open(self._closed, f"{rows.where}.step")
            raise ResetNeeded("step without a running episode", where=rows.where, mend="call reset() first")
        return rows.play(action, self.action_space)

    def render(self) -> Any:
        """A frame [height, width, 3] uint8, or text, as `render_mode` says."""
        return render(self.rules, self._rows.state, 0, self.render_mode)

    def close(self) -> None:
        """End; a second call does nothing."""
        if not self._closed:
            self.rules.close()
        self._closed = True


class WorldVectorEnv(Face, VectorEnv):
    """N rows of some rules as a `gymnasium.vector.VectorEnv`.

    Args:
        rules: the rules, their class, or "module:Class".
        num_envs: N >= 1.
        max_episode_steps: truncate after so many steps; None for never.
        autoreset_mode: "SameStep" (default), "NextStep" or "Disabled".
        device: None for NumPy, or a torch device on which state and observations stay.
        copy: False allows observations in memory that the next step overwrites, where the rules save time by it.
        threads: how many may work on the rows, None for what fits; rules in plain NumPy use one.
        resident: keep all on `device`, so that no step waits for it: `final_obs` holds all rows [N, *obs], masks are
            tensors, and an action outside the space is refused at the next `reset`. SAME_STEP, and rules in torch.
        render_mode: None, "rgb_array" or "ansi".
        **fields: parameters of the rules.

    Raises:
        BadOption: unknown keyword, mode or render mode, N below 1, or resident rows where they cannot be.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 8}

    def __init__(
        self,
        rules: str | type[Rules] | Rules,
        num_envs: int = 1,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = "SameStep",
        device: Any = None,
        copy: bool = True,
        threads: int | None = None,
        resident: bool = False,
        render_mode: str | None = None,
        **fields: Any,
    ) -> None:
        self.rules = build(rules, fields)
        where = f"{type(self.rules).__name__} x {num_envs}"
        if not _counts(num_envs):
            raise BadOption(
                f"num_envs={num_envs!r}", where=where, expected="an integer of at least 1", mend="num_envs=8"
            )
        if max_episode_steps is not None and not _counts(max_episode_steps):
            raise BadOption(f"max_episode_steps={max_episode_steps!r}", where=where, expected="None, or at least 1")
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
        self.render_mode = check_render_mode(render_mode, where)
        self.metadata = {**type(self).metadata, "autoreset_mode": self.autoreset_mode, "overwrites": not copy}
        self.single_observation_space = self.rules.observation_space
        self.single_action_space = self.rules.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._rows = self._held(device, where, copy, threads, resident)
        self.device = device

    def _held(self, device: Any, where: str, copy: bool, threads: int | None, resident: bool) -> Rows:
        if not resident:
            return self.rules.rows(self.num_envs, device=device, where=where, copy=copy, threads=threads)
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            raise BadOption(f"resident=True in mode {self.autoreset_mode.value!r}", where=where, expected='"SameStep"')
        return ResidentRows(self.rules, self.num_envs, device=device, where=where)

    # -- episodes ------------------------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes: in all rows, or in those of `options["reset_mask"]` [N] bool; row i gets seed + i."""
        where = f"{self._rows.where}.reset"
        check_open(self.closed, where)
        check_options(options, ("reset_mask",), where)
        mask = np.ones(self.num_envs, dtype=bool)
        if options and options.get("reset_mask") is not None:
            mask = array(options["reset_mask"])
            if mask.shape != (self.num_envs,) or mask.dtype != np.bool_ or not mask.any():
                raise BadOption(
                    f"reset_mask of shape {mask.shape} and dtype {mask.dtype}",
                    where=where,
                    expected=f"[{self.num_envs}] bool with at least one True",
                )
        if not self._rows.state and not mask.all():
            raise ResetNeeded("a partial reset before the first one", where=where, mend="call reset() first")
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
        return self._look(), self._marked(self._rows.inform(), mask)

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """One step of every row, with resets as `autoreset_mode` says.

        Returns:
            observations [N, *obs], reward [N] float64, terminated [N], truncated [N], info columns with `_key` masks.
            SAME_STEP: rows that ended show the first observation of the next episode, and `final_obs` [N] (object) and
            `final_info` hold what the ended ones showed. NEXT_STEP: the step after an end ignores the action, pays 0.
        """
        rows = self._rows
        if self.closed:
            check_open(self.closed, f"{rows.where}.step")
        moving = ~rows.over if rows.over.any() else None  # [N], None for all
        if moving is not None and (self.autoreset_mode is not AutoresetMode.NEXT_STEP or not rows.state):
            raise ResetNeeded(
                f"rows {np.flatnonzero(rows.over)[:8].tolist()} have no running episode",
                where=rows.where,
                mend='call reset(), or reset(options={"reset_mask": mask}) for these rows',
            )
        if isinstance(rows, ResidentRows):
            return rows.turn(actions, self.limit)
        action = rows.check_action(actions, self.single_action_space)
        reward, terminated, columns = rows.step(action, moving)
        cut = rows.cut(self.limit)
        if moving is not None:
            rows.begin(~moving)
            cut = cut & moving
            if not moving.any():
                columns = {}
        ended = array(terminated)
        done = ended | cut
        truncated = cut if self.device is None else tensor(cut, device=self.device)
        if not done.any():
            info = self._marked(rows.inform(), None) | self._marked(columns, moving)
            return self._look(), reward, terminated, truncated, info
        rows.over = rows.over | done
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            info = self._marked(rows.inform(), None) | self._marked(columns, moving)
            return self._look(), reward, terminated, truncated, info
        over = np.flatnonzero(done)
        last = rows.last(done, over)
        final = self._final(rows.told(over), columns, done, over)
        rows.begin(done, over)
        info = self._marked(rows.inform(), None) | (self._marked(columns, ~done) if not done.all() else {})
        info |= {
            "final_obs": last,
            "_final_obs": done.copy(),
            "final_info": final,
            "_final_info": done.copy(),
        }
        return self._look(), reward, terminated, truncated, info

    def _look(self) -> Any:
        obs = self._rows.look()
        return tuple(obs) if isinstance(self.single_observation_space, spaces.Text) else obs

    def _marked(self, columns: Columns, mask: np.ndarray | None) -> dict[str, Any]:
        """Columns with their `_key` masks, zero where the mask is not set, as Gymnasium's own vectors give them."""
        if not columns:
            return {}
        masks = np.ones((len(columns), self.num_envs), dtype=bool)  # at once, and yet none is another's memory
        out: dict[str, Any] = {}
        if mask is None:
            for (key, value), whole in zip(columns.items(), masks, strict=True):
                out[key], out[f"_{key}"] = value, whole
            return out
        masks[:] = mask
        for (key, value), some in zip(columns.items(), masks, strict=True):
            out[key], out[f"_{key}"] = blank(value, mask, self.device), some
        return out

    def _final(self, told: Columns, columns: Columns, done: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
        """What `rows`, those of `done` [N], told in their last step: columns [k, ...] of theirs, [N, ...] of all."""
        n, device = self.num_envs, self.device
        where = rows if device is None else tensor(rows, device=device)
        parts = {**told, **{key: value[where] for key, value in columns.items()}}
        masks = np.empty((len(parts), n), dtype=bool)
        masks[:] = done
        out: dict[str, Any] = {}
        for (key, part), some in zip(parts.items(), masks, strict=True):
            out[key], out[f"_{key}"] = spread(part, rows, n, device), some
        return out

    # -- the rest ------------------------------------------------------------------------------------------------

    def render(self) -> Any:
        """One frame or text per row, as `render_mode` says."""
        if self.render_mode is None:
            return None
        return tuple(render(self.rules, self._rows.state, i, self.render_mode) for i in range(self.num_envs))

    def close_extras(self, **kwargs: Any) -> None:
        """What `close` does beside marking the end."""
        self.rules.close()


def _counts(x: Any) -> bool:
    return isinstance(x, (int, np.integer)) and not isinstance(x, bool) and int(x) >= 1
