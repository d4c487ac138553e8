"""The online loop: N rows act, their true transitions are learned from at once, and none is stored.

What the tabular and the bandit loop share: Stable-Baselines3's four verbs over a Gymnasium vector environment.
"""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv

from rewardlab.agents.loops.callbacks import Callback, listen, progress, told
from rewardlab.agents.loops.rollout import Rollout, Spaces, Step, pack, require, unpack
from rewardlab.core import checkpoint
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadCheckpoint, BadOption, BadSpace
from rewardlab.core.rng import check_seed


@dataclass(eq=False)
class OnlineAgent:
    """An agent that learns from each step of N rows as it happens; its fields are what `save` keeps of its making.

    Args:
        env: an id, a `gym.Env`, a Gymnasium `VectorEnv` or a Stable-Baselines3 `VecEnv`; or `Spaces`.
        seed: of the agent's own draws and of the environment's first reset; None for a random one.

    Attributes:
        num_timesteps: transitions learned from so far.
        observation_space: of one row.
        action_space: of one row.

    Raises:
        BadSpace: for spaces that the method cannot work with.
        BadOption: for something that is no environment, or one whose autoreset mode is DISABLED or undeclared.
    """

    env: Any = field(repr=False)
    seed: int | None = field(default=None, kw_only=True)

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Discrete,)
    """The kinds of observation that the method can work with."""
    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Discrete,)
    """The kinds of action."""

    def __post_init__(self) -> None:
        self._name = type(self).__name__
        seed = None if self.seed is None else check_seed(self.seed, where=self._name)
        self._rng, self._predicting = np.random.default_rng(seed).spawn(2)  # predictions do not disturb training
        self._rollout = None if isinstance(self.env, Spaces) else Rollout(self.env, where=self._name)
        given = self.env if self._rollout is None else self._rollout.spaces
        self.observation_space: spaces.Space = given.observation
        self.action_space: spaces.Space = given.action
        require("observations", self.observation_space, self.observations, where=self._name)
        require("actions", self.action_space, self.actions, where=self._name)
        numbered = self.action_space if isinstance(self.action_space, spaces.Discrete) else None
        self.num_actions = int(numbered.n) if numbered else 0
        self.first_action: Any = getattr(self.action_space, "start", 0)  # [*action] where they are many
        self.num_timesteps = 0
        self.prepare()

    # -- what a method writes ------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Check the method's options and make its tables."""
        raise NotImplementedError

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What to do while learning: actions [n, *action], numbers counted from 0, for observations [n, *obs]."""
        raise NotImplementedError

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        """The best actions known [n, *action], counted from 0, the lowest of equals, for observations [n, *obs]."""
        raise NotImplementedError

    def absorb(self, step: Step) -> None:
        """Learn from the live rows of a step, at least one."""
        raise NotImplementedError

    def tables(self) -> dict[str, Any]:
        """Attribute -> array or number: all that was learned."""
        raise NotImplementedError

    # -- the four verbs ------------------------------------------------------------------------------------------

    def learn(self, total_timesteps: int, callback: Callback | None = None, progress_bar: bool = False) -> Self:
        """Learn from `total_timesteps` more transitions, counted over all rows; a second call goes on where one is.

        Args:
            total_timesteps: at least so many; the last step of the N rows is not cut.
            callback: a function or an object with `__call__` that gets after each step a dict of `self`, `step` (a
                `Step`), `obs`, `actions`, `rewards`, `new_obs`, `dones`, `info` and `total_timesteps`, and ends
                training by returning False; or a callback of Stable-Baselines3.
            progress_bar: show one.

        Raises:
            BadOption: without an environment, or for a bad number or callback.
            BadReward: if a reward is not finite.
        """
        whole = isinstance(total_timesteps, (int, np.integer)) and not isinstance(total_timesteps, bool)
        if not whole or total_timesteps < 0:
            raise BadOption(
                f"total_timesteps={total_timesteps!r}", where=self._name, expected="an integer of at least 0"
            )
        rollout, total = self._running(), int(total_timesteps)
        until = self.num_timesteps + total
        call, end = listen(callback, self, total)
        with progress(progress_bar, total) as bar:
            while self.num_timesteps < until:
                step = rollout.step(self._act(rollout))
                count = int(step.live.sum())
                if count:
                    self.absorb(step)
                    self.num_timesteps += count
                if bar is not None:
                    bar.update(count)
                go_on = None if call is None else call(told(self, step, total))
                if go_on is not None and not go_on:
                    break
        end()
        return self

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, None]:
        """The action for one observation or actions [n] for a batch [n, *obs]; and None: there is no recurrent state.

        Args:
            observation: in the observation space; or many of them.
            state: not used.
            episode_start: not used.
            deterministic: the greedy action, the lowest of equals; else what the agent would do while learning.

        Raises:
            BadSpace: for an observation of the wrong shape, or a number outside the space.
        """
        obs, shape = array(observation), self.observation_space.shape or ()
        single = obs.shape == shape
        batch = obs[None] if single else obs
        if batch.shape[1:] != shape:
            raise BadSpace(f"observations of shape {obs.shape}", where=self._name, expected=f"{shape} or [n, {shape}]")
        if isinstance(self.observation_space, spaces.Discrete) and len(batch):
            first, last = (
                int(self.observation_space.start),
                int(self.observation_space.start + self.observation_space.n),
            )
            if batch.dtype.kind not in "iu" or batch.min() < first or batch.max() >= last:
                raise BadSpace(
                    f"observations {batch.min()}..{batch.max()} of type {batch.dtype}",
                    where=self._name,
                    expected=f"integers {first}..{last - 1}",
                )
        chosen = self.greedy(batch) if deterministic else self.choose(batch, self._predicting)
        action = chosen + self.first_action
        return (action[0] if single else action), None

    def save(self, path: str | Path) -> None:
        """Write tables, counters and random state to one file, which `load` reads without pickle.

        Raises:
            BadStore: if it cannot be written.
        """
        options = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "env"}
        state = {
            "spaces": [pack(self.observation_space), pack(self.action_space)],
            "num_timesteps": self.num_timesteps,
            "random": [self._rng.bit_generator.state, self._predicting.bit_generator.state],
            "tables": self.tables(),
        }
        checkpoint.save(path, self._name, {"options": options}, state)

    @classmethod
    def load(cls, path: str | Path, env: Any = None) -> Self:
        """The agent that `save` wrote, to the bit; the environment's state is not in the file, so new episodes begin.

        Args:
            path: the file.
            env: to go on learning in; None for an agent that acts.

        Raises:
            BadCheckpoint: if the file is damaged or another agent's, or the environment has other spaces.
        """
        meta, state = checkpoint.load(path, cls.__name__)
        known = {f.name for f in fields(cls) if f.name != "env"}
        if set(meta["options"]) != known:
            raise BadCheckpoint(f"options {sorted(meta['options'])}", where=str(path), expected=f"{sorted(known)}")
        agent = cls(Spaces(*(unpack(s, where=str(path)) for s in state["spaces"])), **meta["options"])
        if set(state["tables"]) != set(agent.tables()):
            raise BadCheckpoint(f"tables {sorted(state['tables'])}", where=str(path), expected=f"{[*agent.tables()]}")
        for name, value in state["tables"].items():  # arrays of the file cannot be written to
            setattr(agent, name, np.array(value) if isinstance(value, np.ndarray) else value)
        agent.num_timesteps = state["num_timesteps"]
        agent._rng.bit_generator.state, agent._predicting.bit_generator.state = state["random"]
        if env is not None:
            agent.set_env(env)
        return agent

    # -- the environment -----------------------------------------------------------------------------------------

    def set_env(self, env: Any) -> None:
        """Learn in another environment of the same spaces from now on.

        Raises:
            BadCheckpoint: if its spaces are others.
        """
        rollout, mine = Rollout(env, where=self._name), Spaces(self.observation_space, self.action_space)
        if rollout.spaces != mine:
            raise BadCheckpoint(f"an environment with {rollout.spaces}", where=self._name, expected=f"{mine}")
        self.env, self._rollout = env, rollout

    def get_env(self) -> VectorEnv | None:
        """The vector environment that is learned in."""
        return None if self._rollout is None else self._rollout.envs

    @property
    def n_envs(self) -> int:
        """N, the number of rows."""
        return 0 if self._rollout is None else self._rollout.envs.num_envs

    @property
    def logger(self) -> Any:
        """A silent logger, for the callbacks of Stable-Baselines3 to write to."""
        from stable_baselines3.common.logger import Logger

        return Logger(folder=None, output_formats=[])

    def get_vec_normalize_env(self) -> None:
        """None: nothing is normalised. The callbacks of Stable-Baselines3 ask."""

    def _running(self) -> Rollout:
        if self._rollout is None:
            raise BadOption("no environment to learn in", where=self._name, mend="load(path, env=...) or set_env(env)")
        if not self._rollout.running:
            # Under its own seed an agent that was loaded would see its first episodes again.
            self._rollout.start(self.seed if self.num_timesteps == 0 else int(self._rng.integers(2**31)))
        return self._rollout

    def _act(self, rollout: Rollout) -> np.ndarray:
        """Actions [N, *action]; rows that are only being reset take any, and no random number is spent on them."""
        live = rollout.live
        if live.all():
            return self.choose(rollout.obs, self._rng) + self.first_action
        shape, kind = self.action_space.shape or (), self.action_space.dtype
        action = np.zeros((len(live), *shape), dtype=kind) + np.asarray(self.first_action, dtype=kind)
        if live.any():
            action[live] += self.choose(rollout.obs[live], self._rng)
        return action
