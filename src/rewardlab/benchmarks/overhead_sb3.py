"""What rewardlab costs beside Stable-Baselines3: in its training, across the bridge, and in statistics."""

import statistics
import time
from typing import Any

import gymnasium as gym
from gymnasium.vector import VectorEnv
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnvWrapper, VecMonitor, VecNormalize

from rewardlab.benchmarks.figures import Figure
from rewardlab.benchmarks.measure import interleaved
from rewardlab.benchmarks.programs import SEA, Size, depth, looped, step_all, walk
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.reward import Task
from rewardlab.envs.statistics import EpisodeStatistics, NormalizeObservation
from rewardlab.rewards import PaidVector, Potential


def share(size: Size) -> list[Figure]:
    """What a formula reward takes of an iteration of Stable-Baselines3's PPO on 8 rows of 128 steps, 10 epochs."""
    found = []
    for batch_size in (64, 256):
        bare = Clocked(gym.make_vec(SEA, num_envs=8), batch_size)
        paid = Clocked(PaidVector(gym.make_vec(SEA, num_envs=8), Task() + Potential(depth)), batch_size)
        times = interleaved({"bare": bare.iterate, "paid": paid.iterate}, repeats=size.repeats)
        step = statistics.median(paid.iterations[1:])  # the first one is not timed either
        above = step - statistics.median(bare.iterations[1:])
        found.append(
            Figure(
                f"formula reward x 8 in an iteration of PPO, batches of {batch_size}",
                100 * above / times["paid"].cpu,
                "% of the iteration",
                peer="all of env.step",
                peer_value=100 * step / times["paid"].cpu,
                at_most=5.0 if batch_size == 64 else None,  # the default; larger batches make cheaper iterations
            )
        )
    return found


def bridge(size: Size) -> list[Figure]:
    """A step of DeepSea through `ToVecEnv`, beside Stable-Baselines3's own loop over single environments."""
    found = []
    for n in (8, 64, 1024):
        steps = max(10, size.steps * 8 // n)  # whole episodes
        many = max(steps, size.steps)
        times = interleaved(
            {
                "bare": walk(gym.make_vec(SEA, num_envs=n), many),
                "bridge": step_all(ToVecEnv(gym.make_vec(SEA, num_envs=n)), many),
                "dummy": step_all(DummyVecEnv([lambda: gym.make(SEA) for _ in range(n)]), steps),
            },
            repeats=max(1, size.repeats // 3),
        )
        cost, dummy = times["bridge"].cpu / many * 1e6, times["dummy"].cpu / steps * 1e6
        wall = times["bridge"].wall / many * 1e6
        found += [
            Figure(
                f"DeepSea(10) x {n} through ToVecEnv", cost, "µs/step", wall, "SB3 DummyVecEnv", dummy, at_most=dummy
            ),
            Figure(
                f"the bridge alone x {n}",
                cost - times["bare"].cpu / many * 1e6,
                "µs/step",
                (times["bridge"].wall - times["bare"].wall) / many * 1e6,
                "the bare step",
                times["bare"].cpu / many * 1e6,
            ),
        ]
    return found


def wrappers(size: Size) -> list[Figure]:
    """Normalised observations and episode statistics, beside what `VecNormalize` and `VecMonitor` add to theirs."""

    def dummy(n: int) -> DummyVecEnv:
        return DummyVecEnv([lambda: gym.make("CartPole-v1") for _ in range(n)])

    found = []
    for n in (8, 64):
        steps = max(20, size.steps * 8 // n)
        times = interleaved(
            {
                "bare": walk(looped("CartPole-v1", n), steps),
                "ours": walk(NormalizeObservation(EpisodeStatistics(looped("CartPole-v1", n))), steps),
                "dummy": step_all(dummy(n), steps),
                "theirs": step_all(VecNormalize(VecMonitor(dummy(n)), norm_reward=False), steps),
            },
            repeats=size.repeats,
        )
        cpu, wall = times["ours"].cpu / times["bare"].cpu, times["ours"].wall / times["bare"].wall
        peer = 100 * (times["theirs"].cpu / times["dummy"].cpu - 1)
        found.append(
            Figure(
                f"normalise + episode statistics, CartPole x {n}",
                100 * (cpu - 1),
                "% above the bare step",
                100 * (wall - 1),
                "SB3 VecNormalize + VecMonitor",
                peer,
                at_most=30.0 if n >= 64 else peer,  # few rows cannot share the cost of a NumPy call
            )
        )
    return found


class Clocked(VecEnvWrapper):
    """Notes the CPU time of all steps of each iteration."""

    def __init__(self, envs: VectorEnv, batch_size: int) -> None:
        super().__init__(ToVecEnv(envs))
        self.spent = 0.0
        self.iterations: list[float] = []
        self.model = PPO("MlpPolicy", self, n_steps=128, batch_size=batch_size, seed=0, device="cpu")

    def reset(self) -> Any:
        return self.venv.reset()

    def step_wait(self) -> Any:
        before = time.process_time()
        result = self.venv.step_wait()
        self.spent += time.process_time() - before
        return result

    def iterate(self) -> None:
        self.spent = 0.0
        self.model.learn(1024, reset_num_timesteps=False)
        self.iterations.append(self.spent)
