"""Rollouts of Stable-Baselines3's PPO in one of MiniGrid's tasks, flat: with our environments, and with MiniGrid's."""

from typing import Any

import gymnasium as gym
import minigrid  # noqa: F401  (registers its ids)

import rewardlab  # noqa: F401  (registers the ids)
from rewardlab.benchmarks.throughput_scores import Score
from rewardlab.benchmarks.throughput_turns import Case, Size, turns
from rewardlab.core.agent import as_vec_env

ROWS, STEPS = 8, 32
"""Environments, and steps of a rollout."""


def rollouts(task: str, size: Size) -> list[Score]:
    """Nanoseconds per step of an environment while PPO plays, its network included, its updates not."""
    import torch

    torch.set_num_threads(1)  # more only get into each other's way with networks so small
    laps = turns({"ours": rollout(ours(task)), "MiniGrid": rollout(theirs(task))}, size)
    return [
        Score.of(f"PPO's rollouts x {ROWS}: MiniGrid", laps["MiniGrid"]),
        Score.of(
            f"PPO's rollouts x {ROWS}: ours", laps["ours"], peer="MiniGrid, DummyVecEnv", against=laps["MiniGrid"]
        ),
    ]


def ours(task: str) -> Any:
    """Our environments behind the bridge, with flat observations."""
    return as_vec_env(gym.make_vec(f"rewardlab/{task}", num_envs=ROWS, observation="flat"))


def theirs(task: str) -> Any:
    """MiniGrid's in Stable-Baselines3's own loop; its wrappers make the same picture flat, without the direction."""
    from minigrid.wrappers import ImgObsWrapper, OneHotPartialObsWrapper
    from stable_baselines3.common.vec_env import DummyVecEnv

    def make() -> gym.Env:
        return gym.wrappers.FlattenObservation(ImgObsWrapper(OneHotPartialObsWrapper(gym.make(task))))

    return DummyVecEnv([make] * ROWS)


def rollout(envs: Any) -> Case:
    """Rollouts of `STEPS` steps by one and the same policy."""
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback

    class Quiet(BaseCallback):
        def _on_step(self) -> bool:
            return True

    model = PPO("MlpPolicy", envs, n_steps=STEPS, batch_size=ROWS * STEPS, seed=0, device="cpu")
    _, callback = model._setup_learn(2**60, Quiet())

    def run(rounds: int) -> None:
        for _ in range(rounds):
            model.collect_rollouts(model.env, callback, model.rollout_buffer, n_rollout_steps=STEPS)  # type: ignore[arg-type]

    return Case(ROWS * STEPS, run)
