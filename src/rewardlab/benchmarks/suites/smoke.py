"""Does everything fit together? Q-learning in a small deep sea, with and without a bonus for rare states.

The treasure is found by going right every time; undirected exploration seldom does. A run takes a second.
"""

from gymnasium.vector import VectorEnv

from rewardlab.agents.tabular import QLearning
from rewardlab.benchmarks.case import Case
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards.intrinsic import CountBonus


def none(envs: VectorEnv, seed: int) -> Reward | None:
    """The task's own reward and nothing else."""
    return None


def count_bonus(envs: VectorEnv, seed: int) -> Reward:
    """The task's reward and a bonus for states that were seldom seen."""
    return Task() + 0.1 * CountBonus()


def q_learning(envs: VectorEnv, seed: int) -> QLearning:
    """Watkins's Q-learning with ε = 0.05."""
    return QLearning(envs, seed=seed, learning_rate=0.3, epsilon=0.05)


CASES = tuple(
    Case(
        env="rewardlab/DeepSea-v0",
        env_kwargs={"size": 8},
        method=method,
        reward=reward,
        agent=q_learning,
        agent_name="Q-learning",
        budget=8_000,
        seeds=(0, 1, 2),
        num_envs=4,
        evaluations=10,
        episodes=2,
    )
    for method, reward in (("none", none), ("count bonus", count_bonus))
)
METRIC = "score"
TAGS = ("exploration", "tabular", "quick")
