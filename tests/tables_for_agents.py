"""A chain with a table behind it: what deep agents are measured against."""

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rewardlab.core.mdp import TabularMDP

STATES, GAMMA = 5, 0.9
FAST = {
    "learning_rate": 1e-2, "buffer_size": 4000, "learning_starts": 200, "batch_size": 64, "train_freq": 8,
    "gradient_steps": 8, "target_update_interval": 200, "gamma": 0.9, "exploration_fraction": 0.5, "seed": 0,
    "exploration_final_eps": 0.3, "policy_kwargs": {"net_arch": [32]}, "device": "cpu",
}  # fmt: skip
"""Options of a relative of DQN that learns the chain in 2,000 steps."""


class Chain(VectorEnv):
    """Rows walk left (0) or right (1) on five places; the right end pays 1 and ends, staying at the left end 0.02."""

    def __init__(self, n: int = 4) -> None:
        self.num_envs = n
        self.single_observation_space = gym.spaces.Box(0, 1, (STATES,), np.float32)
        self.single_action_space = gym.spaces.Discrete(2)
        self.observation_space = batch_space(self.single_observation_space, n)
        self.action_space = batch_space(self.single_action_space, n)
        self.metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}

    def reset(self, *, seed=None, options=None):
        self.draw = np.random.default_rng(seed)
        self.place, self.clock = self.draw.integers(STATES - 1, size=self.num_envs), np.zeros(self.num_envs, int)
        return np.eye(STATES, dtype=np.float32)[self.place], {}

    def step(self, actions):
        left = np.asarray(actions) == 0
        reward = np.where(left & (self.place == 0), 0.02, 0.0)
        self.place = np.clip(self.place + np.where(left, -1, 1), 0, STATES - 1)
        self.clock += 1
        end = self.place == STATES - 1
        reward = np.where(end, 1.0, reward)
        cut = (self.clock >= 20) & ~end
        last, over = np.eye(STATES, dtype=np.float32)[self.place], end | cut
        info = {}
        if over.any():
            final = np.full(self.num_envs, None, dtype=object)
            for i in np.flatnonzero(over):
                final[i] = last[i]
            info = {"final_obs": final, "_final_obs": over}
            self.place = np.where(over, self.draw.integers(STATES - 1, size=self.num_envs), self.place)
            self.clock[over] = 0
        return np.eye(STATES, dtype=np.float32)[self.place], reward, end, cut, info


def chain() -> Chain:
    """Four rows."""
    return Chain()


def table() -> TabularMDP:
    """The same as a table; the last place ends."""
    P, R = np.zeros((STATES, 2, STATES)), np.zeros((STATES, 2))
    for s in range(STATES - 1):
        P[s, 0, max(s - 1, 0)] = P[s, 1, s + 1] = 1.0
    P[STATES - 1, :, STATES - 1] = 1.0
    R[0, 0], R[STATES - 2, 1] = 0.02, 1.0
    return TabularMDP(P, R, gamma=GAMMA, terminal=np.arange(STATES) == STATES - 1)


def optimal(agent) -> tuple[np.ndarray, np.ndarray]:
    """Values [S, A] that the agent has found, and the best ones; of the places where it acts."""
    places = torch.eye(STATES)[: STATES - 1]
    with torch.no_grad():
        found = agent.decode(agent._values(agent.q_net, places)).numpy()
    return found, table().solve().Q[: STATES - 1]
