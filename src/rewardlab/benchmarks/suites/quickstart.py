"""Which reward method helps on which kind of sparse task? One task of each family, six methods, a few minutes.

Every task pays nothing, or next to nothing, until it is solved; the agent of a task is the same for all methods, and so
is its budget. A method may only change what the agent is paid while it learns: it is judged on the task's own reward.
Methods are not told equally much: bonuses know nothing of the task, potentials and milestones know the way, and the
teacher who compares segments knows how good each step was, but is shown random play only. Weights are set by hand, one
for each method and task; a search might do more for any of them.

Where a method has nothing to work on in a task, the cell stays empty: a bandit has no states to be counted and no
progress to be shaped, and neither the deep sea nor the reacher nor the bandit has milestones on the way.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.agents.bandits import UCB1
from rewardlab.agents.tabular import QLearning
from rewardlab.benchmarks.case import AgentFactory, Case, RewardFactory
from rewardlab.benchmarks.recording import random_play
from rewardlab.core.arrays import Array, Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards.combination import GatedAccumulation
from rewardlab.rewards.intrinsic import RND, CountBonus
from rewardlab.rewards.preference import BradleyTerry, NoisyTeacher, pair_segments
from rewardlab.rewards.shaping import Potential, Progress
from rewardlab.rewards.specification import Milestones

SEEDS = (0, 1, 2)
COMPARISONS = 300  # that the simulated teacher is asked for
SEGMENT = 8  # steps in each of the two segments that are compared
EPOCHS = 20  # of fitting: beyond, what was held out is judged no better and what was shown is learned by heart
SUCCESS = 0.05  # return above which an episode has succeeded: late successes in DoorKey pay 0.1

# -- what a method pays ----------------------------------------------------------------------------------------------


def none(envs: VectorEnv, seed: int) -> Reward | None:
    """The task's own reward and nothing else."""
    return None


def shaped(envs: VectorEnv, seed: int, *, phi: Callable[[Tree], Array]) -> Reward:
    """Potential-based shaping with a potential of observations."""
    return Task() + Potential(phi)


def progress(envs: VectorEnv, seed: int, *, column: str, sign: float, start: float) -> Reward:
    """Potential-based shaping with an info column as the potential."""
    return Task() + Progress(column, sign=sign, start=start)


def counted(envs: VectorEnv, seed: int, *, weight: float, key: Callable[[Tree], Tree] | None = None) -> Reward:
    """A bonus for states that were seldom reached."""
    return Task() + weight * CountBonus(key=key)


def distilled(envs: VectorEnv, seed: int, *, weight: float) -> Reward:
    """A bonus for states that surprise a network."""
    return Task() + weight * RND(space=envs.single_observation_space, seed=seed)


def gated(envs: VectorEnv, seed: int, *, steps: Callable[[], Reward]) -> Reward:
    """Step rewards that count only in episodes that succeed."""
    return GatedAccumulation((Task(), steps()), (SUCCESS,))


def preferred(
    envs: VectorEnv, seed: int, *, utility: Callable[[VectorEnv], Callable[[Transitions], Array]], weight: float
) -> Reward:
    """A reward model fitted to comparisons of random play by a teacher who errs between near equals."""
    recording = random_play(envs, 40 * SEGMENT, seed=seed)
    pairs = pair_segments(recording, length=SEGMENT, pairs=COMPARISONS, seed=seed)
    model = BradleyTerry(
        observation_space=envs.single_observation_space, action_space=envs.single_action_space, seed=seed
    )
    model.fit(NoisyTeacher(utility(envs), temperature=0.1, seed=seed).labelled(pairs), epochs=EPOCHS)
    return Task() + weight * model


# -- what the methods know of each task ------------------------------------------------------------------------------


def rights(obs: Tree, *, size: int) -> Array:
    """Deep sea: how near the diagonal, which is the only way to the treasure, a cell lies; 0 to 1."""
    row, column = np.divmod(obs, size)
    return np.where(row < size, 1.0 - (row - column) / size, 0.0)


def advantage(envs: VectorEnv) -> Callable[[Transitions], Array]:
    """A teacher who knows how much worse than the best each action is."""
    solution = envs.unwrapped.rules.to_mdp().solve()  # type: ignore[attr-defined]
    return partial(_looked_up, table=solution.Q - solution.V[:, None])


def _looked_up(batch: Transitions, *, table: np.ndarray) -> Array:
    return table[batch.obs, batch.action]


def arm(envs: VectorEnv) -> Callable[[Transitions], Array]:
    """A teacher who knows what each arm pays on average."""
    return partial(_column, name="pseudo_regret", sign=-1.0)


def nearness(envs: VectorEnv) -> Callable[[Transitions], Array]:
    """A teacher who likes to see the fingertip near the target."""
    return partial(_column, name="distance", sign=-1.0)


def remaining(envs: VectorEnv) -> Callable[[Transitions], Array]:
    """A teacher who likes to see the way that is left become short: to the key, to the door, to the goal."""
    return _remaining


def _remaining(batch: Transitions) -> Array:
    place = {k: batch.column(f"{k}_pos", by="the teacher") for k in ("agent", "key", "door", "goal")}

    def way(a: str, b: str) -> Array:
        return np.abs(place[a] - place[b]).sum(-1)

    beyond = batch.column("door_open", by="the teacher")
    holding = batch.column("carrying_key", by="the teacher")
    through = way("agent", "door") + way("door", "goal")
    on_foot = np.where(place["agent"][..., 0] > place["door"][..., 0], way("agent", "goal"), through)
    fetch = way("agent", "key") + way("key", "door") + way("door", "goal") + 2
    return -np.where(beyond, on_foot, np.where(holding, through + 1, fetch))


def _column(batch: Transitions, *, name: str, sign: float) -> Array:
    return sign * batch.column(name, by="the teacher")


def narrowing(envs: VectorEnv) -> Callable[[Transitions], Array]:
    """A teacher who likes guesses that leave few numbers."""
    return partial(_bits, largest=envs.unwrapped.rules.largest)  # type: ignore[attr-defined]


def _bits(batch: Transitions, *, largest: int) -> Array:
    left = [np.maximum(obs[..., :largest].sum(-1), 1.0) for obs in (batch.obs, batch.next_obs)]
    return np.log2(left[0] / left[1])


def possible(obs: Tree, *, largest: int) -> Array:
    """Guessing: minus the bits that are still to be found out, in units of all of them."""
    return -np.log2(np.maximum(obs[..., :largest].sum(-1), 1.0)) / np.log2(largest)


def fingertip(obs: Tree) -> Tree:
    """Reacher: the fingertip's place on a grid of 5 cm, from the two ends of `difference` and `target`."""
    return np.round((obs[..., 6:8] + obs[..., 8:10]) * 20).astype(np.int64)


# -- who learns ------------------------------------------------------------------------------------------------------


def q_learning(envs: VectorEnv, seed: int) -> QLearning:
    """Watkins's Q-learning with a constant rate and ε = 0.1."""
    return QLearning(envs, seed=seed, learning_rate=0.5, epsilon=0.1)


def ucb(envs: VectorEnv, seed: int) -> UCB1:
    """UCB1 as published."""
    return UCB1(envs, seed=seed)


def ppo(envs: VectorEnv, seed: int, **settings: Any) -> Any:
    """Stable-Baselines3's PPO."""
    from stable_baselines3 import PPO

    from rewardlab.core.agent import as_vec_env

    return PPO("MlpPolicy", as_vec_env(envs), seed=seed, device="cpu", **settings)


def dqn(envs: VectorEnv, seed: int, **settings: Any) -> Any:
    """Stable-Baselines3's DQN."""
    from stable_baselines3 import DQN

    from rewardlab.core.agent import as_vec_env

    return DQN("MlpPolicy", as_vec_env(envs), seed=seed, device="cpu", **settings)


# -- the suite -------------------------------------------------------------------------------------------------------


def _cases(
    env: str, agent: AgentFactory, agent_name: str, methods: dict[str, RewardFactory], **settings: Any
) -> tuple[Case, ...]:
    return tuple(
        Case(env=env, method=name, reward=reward, agent=agent, agent_name=agent_name, seeds=SEEDS, **settings)
        for name, reward in methods.items()
    )


# Weights of bonuses: tenths where an episode has few steps, hundredths where it has many, so that what a novel episode
# pays is of the order of what a solved one does. Learned rewards, whose pay deviates by 1 per step: likewise. 64 steps
# of 32 rows make PPO's usual 2,048 transitions, in fewer and larger steps.
_PPO: dict[str, Any] = {"n_steps": 64, "batch_size": 256, "n_epochs": 4, "learning_rate": 1e-3, "ent_coef": 0.01}
_KEY_AND_DOOR = partial(Milestones, {"carrying_key": 0.25, "door_open": 0.25})
_GOOD_GUESSES = partial(Milestones, {"informative": 0.1})

CASES = (
    *_cases(
        "rewardlab/DeepSea-v0",
        q_learning,
        "Q-learning",
        {
            "none": none,
            "potential": partial(shaped, phi=partial(rights, size=10)),
            "count bonus": partial(counted, weight=0.3),
            "RND": partial(distilled, weight=0.3),
            "preferences": partial(preferred, utility=advantage, weight=0.3),
        },
        budget=30_000,
        num_envs=8,
        evaluations=10,
        episodes=1,
        update_every=4,
    ),
    *_cases(
        "rewardlab/MiniGrid-DoorKey-5x5-v0",
        partial(ppo, **_PPO),
        "PPO",
        {
            "none": none,
            "potential": partial(progress, column="progress", sign=0.5, start=0.0),
            "count bonus": partial(counted, weight=0.01),
            "RND": partial(distilled, weight=0.01),
            "gated": partial(gated, steps=_KEY_AND_DOOR),
            "preferences": partial(preferred, utility=remaining, weight=0.002),
        },
        budget=40_000,
        num_envs=32,
        env_kwargs={"observation": "flat"},
        evaluations=8,
        episodes=16,
        update_every=8,
    ),
    *_cases(
        "rewardlab/BernoulliBandit-v0",
        ucb,
        "UCB1",
        {"none": none, "preferences": partial(preferred, utility=arm, weight=1.0)},
        budget=4_000,
        num_envs=1,
        evaluations=10,
        episodes=100,
    ),
    *_cases(
        "rewardlab/SparseReacher-v0",
        partial(ppo, **_PPO),
        "PPO",
        {
            "none": none,
            "potential": partial(progress, column="distance", sign=-2.0, start=-0.6),
            "count bonus": partial(counted, weight=0.01, key=fingertip),
            "RND": partial(distilled, weight=0.01),
            "preferences": partial(preferred, utility=nearness, weight=0.005),
        },
        budget=40_000,
        num_envs=32,
        evaluations=10,
        episodes=50,
        update_every=8,
    ),
    *_cases(
        "rewardlab/GuessNumber-v0",
        partial(
            dqn,
            learning_rate=5e-4,
            learning_starts=500,
            batch_size=64,
            train_freq=4,
            gradient_steps=8,
            target_update_interval=500,
            exploration_fraction=0.5,
            gamma=0.99,
        ),
        "DQN",
        {
            "none": none,
            "potential": partial(shaped, phi=partial(possible, largest=16)),
            "count bonus": partial(counted, weight=0.05),
            "RND": partial(distilled, weight=0.05),
            "gated": partial(gated, steps=_GOOD_GUESSES),
            "preferences": partial(preferred, utility=narrowing, weight=0.1),
        },
        budget=12_000,
        num_envs=8,
        evaluations=8,
        episodes=100,
        update_every=8,
    ),
)
METRIC = "score"
TAGS = ("exploration", "shaping", "preferences", "sparse reward", "quick")
