"""Do our agents learn what Stable-Baselines3's learn? The same algorithm and hyper-parameters, two loops.

Every row is an algorithm in one of two loops; the hyper-parameters are those of `hyperparameters/*.yml`, which nobody
has tuned for ours. Judged is the return of the policy, drawn from its probabilities where PPO has discrete actions and
greedy elsewhere. A score of 0 is about random play and 1 a good return, not the best there is: 500 in CartPole, -80 in
Acrobot, -150 in Pendulum, 2000 in HalfCheetah and in Hopper; in MiniGrid's tasks the score is the return itself.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gymnasium.vector import VectorEnv

from rewardlab.benchmarks import zoo
from rewardlab.benchmarks.case import Case
from rewardlab.core.reward import Reward

SEEDS = (0, 1, 2, 3, 4)
OURS, PEER = "ours", "SB3"
SAME = {"vectorization_mode": "sync", "vector_kwargs": {"autoreset_mode": "SameStep"}}
"""Rows in a loop: Gymnasium's vector CartPole resets in the next step, which Stable-Baselines3 cannot take."""
SCALES: dict[str, tuple[float, float]] = {
    "CartPole-v1": (22.0, 500.0),
    "Acrobot-v1": (-500.0, -80.0),
    "Pendulum-v1": (-1200.0, -150.0),
    "HalfCheetah-v5": (-280.0, 2000.0),
    "Hopper-v5": (18.0, 2000.0),
    "rewardlab/MiniGrid-Empty-8x8-v0": (0.0, 1.0),
    "rewardlab/MiniGrid-DoorKey-5x5-v0": (0.0, 1.0),
    "rewardlab/MiniGrid-FourRooms-v0": (0.0, 1.0),
}
"""Id -> the returns whose scores are 0 and 1."""
TRAININGS = (
    ("ppo", "CartPole-v1"),
    ("ppo", "Acrobot-v1"),
    ("ppo", "Pendulum-v1"),
    ("ppo", "rewardlab/MiniGrid-Empty-8x8-v0"),
    ("ppo", "rewardlab/MiniGrid-DoorKey-5x5-v0"),
    ("ppo", "rewardlab/MiniGrid-FourRooms-v0"),
    ("dqn", "CartPole-v1"),
    ("dqn", "Acrobot-v1"),
    ("sac", "Pendulum-v1"),
    ("ppo", "Hopper-v5"),
    ("ppo", "HalfCheetah-v5"),
)
"""Algorithm and id, the cheap ones first."""


def task(envs: VectorEnv, seed: int) -> Reward | None:
    """The task's own reward and nothing else."""
    return None


def ours(envs: VectorEnv, seed: int, *, algorithm: str, entry: Mapping[str, Any]) -> Any:
    """The agent of this package, on the vector environment as it is."""
    from rewardlab.agents import deep

    return _made(getattr(deep, algorithm.upper()), envs, envs, seed, algorithm, entry)


def theirs(envs: VectorEnv, seed: int, *, algorithm: str, entry: Mapping[str, Any]) -> Any:
    """Stable-Baselines3's own class, across the bridge."""
    import stable_baselines3

    from rewardlab.core.bridge import ToVecEnv

    return _made(getattr(stable_baselines3, algorithm.upper()), ToVecEnv(envs), envs, seed, algorithm, entry)


def _made(kind: Any, rows: Any, envs: VectorEnv, seed: int, algorithm: str, entry: Mapping[str, Any]) -> Any:
    from gymnasium import spaces

    recipe = zoo.read(algorithm, str(envs.spec.id if envs.spec else ""), entry)
    model = kind(env=zoo.normalized(rows, recipe), seed=seed, device="cpu", **recipe.arguments)
    model.stochastic = algorithm == "ppo" and isinstance(envs.single_action_space, spaces.Discrete)
    return model


def case(algorithm: str, env: str, side: str) -> Case:
    """One row in one column."""
    entry = zoo.entries(algorithm)[env]
    recipe = zoo.read(algorithm, env, entry)
    return Case(
        env=env,
        method=f"{algorithm.upper()}, {side}",
        reward=task,
        agent=partial(ours if side == OURS else theirs, algorithm=algorithm, entry=entry),
        agent_name=algorithm.upper(),
        budget=recipe.n_timesteps,
        seeds=SEEDS,
        num_envs=recipe.n_envs,
        env_kwargs=SAME if env == "CartPole-v1" else recipe.env_kwargs,
        evaluations=10,
        episodes=20,
        scale=SCALES[env],
    )


CASES = tuple(case(algorithm, env, side) for algorithm, env in TRAININGS for side in (OURS, PEER))
METRIC = "score"
TAGS = ("agents", "Stable-Baselines3", "parity")
