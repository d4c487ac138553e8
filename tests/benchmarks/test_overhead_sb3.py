"""The clocks of the figures beside Stable-Baselines3; the figures themselves are checked in test_overhead.py."""

import gymnasium as gym
from gymnasium.vector import VectorWrapper

from rewardlab.benchmarks.overhead_sb3 import Clocked
from rewardlab.benchmarks.programs import SEA


class Busy(VectorWrapper):
    """Counts the steps and burns CPU in each."""

    count = 0

    def step(self, actions):
        self.count += 1
        sum(range(50_000))
        return self.env.step(actions)


def test_the_clock_runs_in_the_steps_of_one_iteration() -> None:
    busy = Busy(gym.make_vec(SEA, num_envs=8))
    slow, fast = Clocked(busy, 256), Clocked(gym.make_vec(SEA, num_envs=8), 256)
    for clocked in (slow, fast):
        clocked.iterate()
    assert busy.count == 128 and slow.model.num_timesteps == 1024
    assert len(slow.iterations) == 1 and slow.iterations[0] > 3 * fast.iterations[0] > 0
