"""What does a bonus for the unknown find that play at random does not? Far treasures, on one core for ten minutes.

The deep sea has sizes 20, 30 and 50, where play at random finds the treasure once in 2^20, 2^30 and 2^50 episodes; DQN
learns in the first and Q-learning in the others, with and without a count of cells. In MiniGrid's MultiRoom-N6,
KeyCorridorS3R3 and ObstructedMaze-1Dlhb every episode is a new level and pays only at its end; PPO learns with and
without a bonus added to the task's pay, NovelD over counts of the view or, in ObstructedMaze, of the kinds of things in
it. Network, rows and frames of a task are the same with and without. Judged is the share of episodes that succeed; PPO
draws its actions from the policy's probabilities.

`exploration.yml` beside this file holds the settings of PPO and says where they come from: `rewardlab.benchmarks.
tune_exploration` searches for both sides alike. `none` has three seeds and the bonus five.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import yaml
from gymnasium.vector import VectorEnv

from rewardlab.agents.tabular import QLearning
from rewardlab.benchmarks.case import Case
from rewardlab.core.arrays import Tree, array
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards.intrinsic import CountBonus, NovelD

SEEDS = (0, 1, 2, 3, 4)
PLAIN_SEEDS = (0, 1, 2)
SEAS = (20, 30, 50)
SEA_STEPS: Mapping[int, int] = {20: 150_000, 30: 600_000, 50: 3_000_000}
DEEP_SEAS = (20,)
"""Where a network learns, by settings set by hand."""
DQN_SETTINGS: Mapping[str, Any] = {
    "learning_rate": 1e-3,
    "batch_size": 128,
    "train_freq": 1,
    "target_update_interval": 200,
    "learning_starts": 500,
    "exploration_fraction": 0.1,
    "exploration_final_eps": 0.01,
    "buffer_size": 100_000,
}
GRIDS = ("MultiRoom-N6", "KeyCorridorS3R3", "ObstructedMaze-1Dlhb")
SETTINGS: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
"""Id -> settings of a task."""
BONUS, PLAIN = "NovelD", "none"
"""The two sides of a task, and what the table calls them."""


def sea_id(size: int) -> str:
    """The id of a deep sea of this size; a table has one column for each."""
    return f"rewardlab-suites/DeepSea-{size}-v0"


def _register(size: int) -> None:
    if sea_id(size) not in gym.registry:
        spec = gym.spec("rewardlab/DeepSea-v0")
        kwargs = {**spec.kwargs, "size": size}
        gym.register(
            sea_id(size),
            entry_point=spec.entry_point,
            vector_entry_point=spec.vector_entry_point,
            max_episode_steps=spec.max_episode_steps,
            kwargs=kwargs,
        )


for _size in SEAS:
    _register(_size)

# -- who learns ------------------------------------------------------------------------------------------------------


def q_learning(envs: VectorEnv, seed: int) -> QLearning:
    """Watkins's Q-learning with rate 0.5, ε = 0.1 and γ = 0.99."""
    return QLearning(envs, seed=seed, gamma=0.99, learning_rate=0.5, epsilon=0.1)


def dqn(envs: VectorEnv, seed: int, *, weight: float) -> Any:
    """DQN that counts cells itself and pays a step whenever it draws it, so that no bonus outlives its novelty."""
    from rewardlab.agents.deep import DQN

    reward = Task() + weight * CountBonus() if weight else None
    return DQN(
        "MlpPolicy",
        envs,  # type: ignore[arg-type]
        seed=seed,
        device="cpu",
        reward=reward,
        policy_kwargs={"net_arch": [128]},
        **DQN_SETTINGS,
    )


def ppo(envs: VectorEnv, seed: int, *, settings: Mapping[str, Any], bonus: bool) -> Any:
    """PPO that sees the view as bytes; a bonus has a value of its own where the settings give it a discount."""
    from rewardlab.agents.deep import PPO
    from rewardlab.agents.loops.rewarding import RewardStream
    from rewardlab.benchmarks.grid_features import GridFeatures

    gamma = settings["bonus_gamma"] if bonus else None
    own = {k: v for k, v in settings[BONUS if bonus else PLAIN].items() if k != "bonus_weight"}
    streams = None if gamma is None else {"novelty": RewardStream("novel_d", gamma=gamma)}
    model = PPO(
        "MultiInputPolicy",
        envs,  # type: ignore[arg-type]
        seed=seed,
        device="cpu",
        streams=streams,
        policy_kwargs={"features_extractor_class": GridFeatures, "net_arch": [64]},
        **settings["ppo"],
        **own,
    )
    model.stochastic = True  # type: ignore[attr-defined]
    return model


# -- what a method pays ----------------------------------------------------------------------------------------------


def none(envs: VectorEnv, seed: int, *, scale: float = 1.0) -> Reward | None:
    """The task's own reward and nothing else."""
    return scale * Task()


def counted(envs: VectorEnv, seed: int, *, weight: float) -> Reward:
    """A lifelong count of cells."""
    return Task() + weight * CountBonus()


def novelty(envs: VectorEnv, seed: int, *, scale: float, weight: float, by: str) -> Reward:
    """The step beyond what was seen, once per episode, by counts of the view or of the kinds of things in it."""
    key = KEYS[by]
    return scale * Task() + weight * NovelD(CountBonus(key=key), key=key)


def seen(obs: Tree) -> Tree:
    """The view, and where the agent faces; what it was told stays out."""
    return {"image": obs["image"], "direction": obs["direction"]}


def things(obs: Tree) -> np.ndarray:
    """Kinds of things in the hand, in front and anywhere in view [*lead, 3]; not where they are or of which colour.

    A kind is an object and a door's state; walls, floor and what is hidden are no things.
    """
    image = array(obs["image"])
    kind = image[..., 0].astype(np.int64) * STATES + image[..., 2]  # [*lead, 7, 7], below 33
    middle, last = kind.shape[-2] // 2, kind.shape[-1] - 1
    hand, front = kind[..., middle, last].copy(), kind[..., middle, last - 1]
    kind[..., middle, last] = 0
    seen = np.bitwise_or.reduce(1 << kind, axis=(-2, -1))
    return np.stack([hand, front, seen & -(1 << 4 * STATES)], -1)


STATES = 3
KEYS: Mapping[str, Callable[[Tree], Tree]] = {"view": seen, "things": things}
"""What novelty is counted by."""


# -- the cases -------------------------------------------------------------------------------------------------------


def sea_case(size: int, *, bonus: bool) -> Case:
    """DQN or Q-learning in a deep sea; the one counts itself, for the other a wrapper does."""
    deep = size in DEEP_SEAS
    return Case(
        env=sea_id(size),
        method="count" if bonus else PLAIN,
        reward=partial(counted, weight=0.3) if bonus and not deep else none,
        agent=partial(dqn, weight=0.3 if bonus else 0.0) if deep else q_learning,
        agent_name="DQN" if deep else "Q-learning",
        budget=SEA_STEPS[size],
        seeds=SEEDS if bonus else PLAIN_SEEDS,
        evaluations=20,
        episodes=1,
        update_every=4,
        scale=(0.0, 0.99),
    )


def grid_case(task: str, *, bonus: bool, frames: int | None = None, settings: Mapping[str, Any] | None = None) -> Case:
    """PPO in a task of MiniGrid; `frames` and `settings` in place of those of the file for a pilot or a search."""
    chosen = SETTINGS[f"rewardlab/MiniGrid-{task}-v0"] if settings is None else settings
    settings = {k: v for k, v in chosen.items() if k != "found"}
    scale = settings["task_scale"]
    paid = partial(novelty, scale=scale, weight=settings[BONUS]["bonus_weight"], by=settings["bonus_by"])
    return Case(
        env=f"rewardlab/MiniGrid-{task}-v0",
        method=BONUS if bonus else PLAIN,
        reward=paid if bonus else partial(none, scale=scale),
        agent=partial(ppo, settings=settings, bonus=bonus),
        agent_name="PPO",
        budget=settings["frames"] if frames is None else frames,
        seeds=SEEDS if bonus else PLAIN_SEEDS,
        num_envs=settings["rows"],
        evaluations=20,
        episodes=100,
        update_every=8,
        scale=(0.0, 1.0),
    )


CASES = (
    *(sea_case(size, bonus=bonus) for size in SEAS for bonus in (True, False)),
    *(grid_case(task, bonus=bonus) for task in GRIDS for bonus in (True, False)),
)
METRIC = "success"
TAGS = ("exploration", "intrinsic rewards", "MiniGrid", "deep sea")
