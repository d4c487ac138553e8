"""Small worlds of one continuous number each, in which an agent learns within a second."""

import gymnasium as gym
import numpy as np

STEER = "test/Steer-v0"


class Aiming(gym.Env):
    """One step: the closer the action to half of what is shown, the better."""

    observation_space = gym.spaces.Box(-1, 1, (1,))
    action_space = gym.spaces.Box(-1, 1, (1,))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.shown = self.np_random.uniform(-1, 1, 1).astype(np.float32)
        return self.shown, {}

    def step(self, action):
        return self.shown, -float((action[0] - self.shown[0] / 2) ** 2), True, False, {}


def aiming_error(agent):
    """How far an agent's best actions are from those that `Aiming` asks for, on average."""
    shown = np.linspace(-1, 1, 21, dtype=np.float32)[:, None]
    return float(np.abs(agent.predict(shown, deterministic=True)[0] - shown / 2).mean())


class Steer(gym.Env):
    """Eight steps on a line: each costs the square of where it begins, so that an action pays from the next one on.

    Random play costs 3.1 an episode, standing still 2.7, the best policy 0.4.
    """

    observation_space = gym.spaces.Box(-1, 1, (1,))
    action_space = gym.spaces.Box(-1, 1, (1,))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.clock, self.place = 0, self.np_random.uniform(-1, 1)
        return np.array([self.place], np.float32), {}

    def step(self, action):
        cost, self.clock = self.place**2, self.clock + 1
        self.place = float(np.clip(self.place + 0.5 * action[0], -1, 1))
        return np.array([self.place], np.float32), -cost, False, self.clock == 8, {}


gym.register(STEER, entry_point=Steer)
