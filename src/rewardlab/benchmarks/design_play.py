"""The play behind the designer loop: who is trained and how, what is recorded of them, what programs are tried on."""

from dataclasses import dataclass, field, replace
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv

from rewardlab.benchmarks.recording import Recorder
from rewardlab.core.agent import as_vector_env
from rewardlab.core.arrays import array, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.rewards.drivers.vector import PaidVector
from rewardlab.rewards.language.reward_file import HIDDEN

_LIMIT = 10_000  # steps after which a recording gives up on an episode
_FIELDS = ("obs", "action", "reward", "next_obs", "terminated", "truncated")


@dataclass(frozen=True)
class Recipe:
    """The PPO that an environment is trained with: the zoo's where it has one.

    Attributes:
        rows: of training.
        env_kwargs: of the environment.
        arguments: of the agent's constructor.
        zoo: the zoo's own recipe, if there is one.
    """

    rows: int
    env_kwargs: dict[str, Any]
    arguments: dict[str, Any]
    zoo: Any = field(default=None, repr=False)

    @staticmethod
    def of(env_id: str) -> "Recipe":
        """The recipe of an id."""
        from rewardlab.benchmarks import zoo

        if env_id in zoo.entries("ppo"):
            found = zoo.recipe("ppo", env_id)
            return Recipe(found.n_envs, found.env_kwargs, found.arguments, found)
        probe = as_vector_env(env_id)
        space, discrete = probe.single_observation_space, not isinstance(probe.single_action_space, spaces.Box)
        probe.close()
        arguments: dict[str, Any] = {
            "policy": "MultiInputPolicy" if isinstance(space, spaces.Dict) else "MlpPolicy",
            "n_steps": 128 if discrete else 256,
            "batch_size": 256,
            "n_epochs": 8,
            "ent_coef": 0.01 if discrete else 0.0,
            "learning_rate": 1e-3 if discrete else 3e-4,
        }
        return Recipe(16 if discrete else 8, {}, arguments)

    def make(self, env_id: str, *, rows: int | None = None) -> VectorEnv:
        """Rows of the environment as the agent sees it."""
        if not self.env_kwargs:
            return as_vector_env(env_id, num_envs=rows or self.rows)
        return gym.make_vec(env_id, num_envs=rows or self.rows, **self.env_kwargs)

    def agent(self, envs: VectorEnv, *, steps: int, seed: int) -> Any:
        """Our PPO on these rows, with shorter rollouts where a whole one is longer than the training."""
        from rewardlab.agents.deep import PPO
        from rewardlab.benchmarks import zoo

        rows: Any = zoo.normalized(envs, self.zoo) if self.zoo is not None and self.zoo.normalize else envs
        arguments = dict(self.arguments)
        if "n_steps" in arguments and arguments["n_steps"] * self.rows > steps:
            arguments["n_steps"] = max(2, steps // self.rows)
            arguments["batch_size"] = arguments["n_steps"] * self.rows
        return PPO(env=rows, seed=seed, device="cpu", **arguments)


def record(agent: Any, envs: VectorEnv, *, seed: int) -> Transitions:
    """The first episode of every row, played as `evaluate` plays it: [T, N] with the info columns.

    Rows that end before the last go on with further episodes.
    """
    recorder = Recorder()
    paid = PaidVector(envs, recorder, update_every=1)
    obs, _ = paid.reset(seed=seed)
    running, state = np.ones(paid.num_envs, dtype=bool), None
    begun = running.copy()
    normal = agent.get_vec_normalize_env() if hasattr(agent, "get_vec_normalize_env") else None
    for _ in range(_LIMIT):
        shown = obs if normal is None else normal.normalize_obs(tree_map(array, obs))
        action, state = agent.predict(
            shown, state=state, episode_start=begun, deterministic=not getattr(agent, "stochastic", False)
        )
        obs, _, terminated, truncated, _ = paid.step(action)
        begun = array(terminated) | array(truncated)
        running &= ~begun
        if not running.any():
            break
    return _joined(recorder.batches)


def _joined(batches: list[Transitions]) -> Transitions:
    """Batches [1, N] or [T, N] one after the other, with the columns that all have."""
    names = [k for k in batches[0].info if all(k in b.info for b in batches)]
    plain = [replace(b, info={k: b.info[k] for k in names if not isinstance(b.info[k], dict)}) for b in batches]
    return Transitions.concat(plain)


def recorded_batch(
    env_id: str, *, rows: int = 1024, seed: int = 0, most: int = 20_000, recipe: Recipe | None = None
) -> Transitions:
    """Varied steps of random play for the dry run of programs: [B], with what is rare over-represented.

    Half of the rows of play repeat their actions for a while, which leads further than fresh ones at each step. Steps
    that end an episode are kept first, those that succeed before all others.

    Args:
        env_id: a Gymnasium id.
        rows: B.
        seed: of play.
        most: transitions that are played.
        recipe: the environment as who sees it; what `Recipe.of` knows if not given.
    """
    envs = (recipe or Recipe.of(env_id)).make(env_id, rows=32)
    recorder, rng = Recorder(), np.random.default_rng(seed)
    paid = PaidVector(envs, recorder, update_every=1)
    paid.reset(seed=seed)
    paid.action_space.seed(int(rng.integers(2**31)))
    action = paid.action_space.sample()
    length = np.where(np.arange(32) % 2, 1, 8)
    for _ in range(most // 32):
        action = _changed(action, paid.action_space.sample(), rng.random(32) < 1 / length)
        paid.step(action)
    paid.close()
    whole = _joined(recorder.batches)
    names = {k: v for k, v in whole.info.items() if k not in HIDDEN and not k.startswith("_")}
    plain = Transitions(**{k: getattr(whole, k) for k in _FIELDS}, info=names)
    flat = plain.map(lambda x: x.reshape(-1, *x.shape[2:]))
    won = array(flat.info["success"]).astype(bool) if "success" in flat.info else np.zeros(len(flat), dtype=bool)
    chosen: list[int] = []
    for mask, share in ((won, 0.125), (array(flat.done) & ~won, 0.25), (np.ones(len(flat), dtype=bool), 1.0)):
        at = np.flatnonzero(mask)
        at = at[~np.isin(at, chosen)]
        room = min(len(at), int(share * rows) - (len(chosen) if share == 1.0 else 0))
        chosen += rng.choice(at, room, replace=False).tolist() if room > 0 else []
    return flat.rows(np.array(sorted(chosen)))


def _changed(old: Any, new: Any, change: np.ndarray) -> Any:
    """`new` actions in the rows of `change` [N] bool, `old` ones elsewhere."""
    return tree_map(lambda a, b: np.where(change.reshape(-1, *[1] * (a.ndim - 1)), a, b), new, old)
