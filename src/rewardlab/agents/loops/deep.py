"""What every deep agent has, whichever loop it runs in: the environment as a stream, seeds, callbacks, checks.

Stands in front of Stable-Baselines3's `BaseAlgorithm`.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from gymnasium.vector import VectorEnv
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import safe_mean
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from rewardlab.agents.loops.archived import Archived
from rewardlab.agents.loops.checked import Checked
from rewardlab.agents.loops.episodes import Episodes
from rewardlab.agents.loops.locals import RECIPES, Locals, Recipes, Step
from rewardlab.agents.loops.predicting import Predicting
from rewardlab.agents.loops.stream import Moved, Stream
from rewardlab.core.agent import as_vec_env
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.core.nets import child_seed
from rewardlab.core.shown import shown_space


class Deep(Archived, Predicting, Checked):
    """A `BaseAlgorithm` that steps its environment through a `Stream`."""

    generator: torch.Generator  # of every draw of the agent
    stream: Stream
    episodes: Episodes
    compile: str = "off"
    recipes: Recipes = RECIPES
    _obs: Any = None  # [N, *obs] tensors that the next actions are for
    _mask: Tensor | None = None  # [N, A] bool of the actions that are allowed there
    _locals: Locals | None = None

    # -- the environment -----------------------------------------------------------------------------------------

    @staticmethod
    def _wrap_env(env: Any, verbose: int = 0, monitor_wrapper: bool = True) -> VecEnv:
        if isinstance(env, VectorEnv):
            env = ToVecEnv(env, steps=False)
        elif not isinstance(env, VecEnv) and (monitor_wrapper or isinstance(env, str)):
            env = as_vec_env(env)
        return BaseAlgorithm._wrap_env(env, verbose, monitor_wrapper)

    def set_env(self, env: Any, force_reset: bool = True) -> None:
        """Learn in another environment of the same spaces from now on."""
        made = self._wrap_env(env, self.verbose)
        for what, mine, theirs in (
            ("observations", self.observation_space, made.observation_space),
            ("actions", self.action_space, made.action_space),
        ):
            if mine != theirs:
                raise BadSpace(
                    f"an environment with {what} in {shown_space(theirs)}",
                    where=type(self).__name__,
                    expected=shown_space(mine),
                    mend="an environment of the same spaces, or a new agent",
                )
        rows = self.n_envs
        super().set_env(made, force_reset=force_reset)
        if force_reset or self.n_envs != rows:
            self._obs = self._last_obs = None
        self.stream = self._made_stream()

    def _made_stream(self) -> Stream:
        assert self.env is not None
        return Stream(self.env, device=self.device, where=type(self).__name__)

    def set_random_seed(self, seed: int | None = None) -> None:
        """Seed the agent's own generator, the action space and the next reset; global generators stay as they are."""
        given = int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] >> 1) if seed is None else int(seed)
        self._weights_seed = child_seed(given, 0)
        self.generator = torch.Generator(device=self.device)
        self.generator.manual_seed(child_seed(given, 1))
        self.predicting = torch.Generator(device=self.device)
        self.predicting.manual_seed(child_seed(given, 3))
        if seed is not None:
            self.action_space.seed(seed)
            if self.env is not None:
                self.env.seed(seed)

    def _setup_learn(
        self,
        total_timesteps: int,
        callback: Any = None,
        reset_num_timesteps: bool = True,
        tb_log_name: str = "run",
        progress_bar: bool = False,
    ) -> tuple[int, BaseCallback]:
        if self.env is None:
            raise BadOption(
                "no environment to learn in", where=type(self).__name__, mend="load(path, env=...) or set_env(env)"
            )
        fresh = reset_num_timesteps or self._obs is None
        if getattr(self, "stream", None) is None or self.stream.env is not self.env:
            self.stream = self._made_stream()
        if not fresh:
            self._last_obs = self._obs  # not None: no reset
        total, call = super()._setup_learn(total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar)
        if fresh:
            self._obs, self._mask = self.stream.begun(self._last_obs)
            self.episodes = Episodes(self.n_envs)
        return total, call

    def _follow(self, moved: Moved) -> None:
        """What the next actions are for."""
        self._obs = self._last_obs = moved.obs
        self._mask = self.stream.mask(moved)

    # -- callbacks and the logger --------------------------------------------------------------------------------

    def _init_callback(self, callback: Any, progress_bar: bool = False) -> BaseCallback:
        made = super()._init_callback(callback, progress_bar)
        self._locals = Locals({"self": self}, self.recipes)
        start = made.on_training_start

        def begin(given: dict[str, Any], _globals: dict[str, Any]) -> None:
            assert self._locals is not None
            self._locals.update({k: v for k, v in given.items() if k != "self"})
            start(self._locals, {})

        made.on_training_start = begin  # type: ignore[method-assign, assignment]
        return made

    def _tell(self, step: Step) -> None:
        """What callbacks may read of this step."""
        assert self._locals is not None
        self._locals.now(step)

    def _remember(self, records: list[dict[str, Any]]) -> None:
        """Take records of ended episodes into the means that are logged."""
        assert self.ep_info_buffer is not None and self.ep_success_buffer is not None
        for record in records:
            self.ep_info_buffer.append(record)
            if "success" in record:
                self.ep_success_buffer.append(record["success"])

    def _record_true_returns(self) -> None:
        true = [e["true"] for e in self.ep_info_buffer or () if "true" in e]
        if true:
            self.logger.record("rollout/ep_true_rew_mean", safe_mean(true))

    # -- learning ------------------------------------------------------------------------------------------------

    @cached_property
    def _bounds(self) -> tuple[Tensor, Tensor]:
        """The least and the largest action [*action]."""
        assert isinstance(self.action_space, spaces.Box)
        low, high = self.action_space.low, self.action_space.high
        return tuple(torch.as_tensor(x, dtype=torch.float32, device=self.device) for x in (low, high))  # type: ignore[return-value]

    def _compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as `compile` wants it."""
        if self.compile == "off":
            return function
        if self.compile == "default":
            return torch.compile(function)
        return torch.compile(function, mode="reduce-overhead")

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), *_MADE_ANEW, *(k for k in vars(self) if k in _HELD)]


_MADE_ANEW = (
    *("generator", "predicting", "stream", "episodes", "networks", "rewarding"),
    *("descent", "streams", "value_loss", "replay", "reward"),
)
_HELD = (
    *("_obs", "_mask", "_locals", "_act", "_losses", "_batch"),
    *("_explained", "_bounds", "_last_obs", "_held", "_begun"),
)
