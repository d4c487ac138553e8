"""Small vector environments whose every number is known beforehand."""

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space


class Counter(VectorEnv):
    """Row i shows its clock and its episode; pays the clock; ends after `lengths[i]` steps, by a cut if `cut`.

    Args:
        lengths: of the rows' episodes.
        cut: truncated instead of terminated.
        mode: autoreset.
        masks: whether info tells that action 1 is forbidden at even clocks.
    """

    def __init__(
        self, lengths=(3, 4), *, cut=False, mode: Any = AutoresetMode.SAME_STEP, masks=False, nan_at: int = -1
    ) -> None:
        self.lengths, self.cut, self.mode, self.masks, self.nan_at = np.array(lengths), cut, mode, masks, nan_at
        self.num_envs = len(lengths)
        self.single_observation_space = gym.spaces.Box(0, 100, (2,), np.float32)
        self.single_action_space = gym.spaces.Discrete(2)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.metadata = {"autoreset_mode": mode} if mode else {}
        self.taken: list[np.ndarray] = []

    def _look(self) -> np.ndarray:
        return np.stack([self.clock, self.episode], 1).astype(np.float32)

    def _info(self) -> dict[str, Any]:
        if not self.masks:
            return {}
        return {"action_mask": np.stack([np.ones(self.num_envs, bool), self.clock % 2 == 1], 1)}

    def reset(self, *, seed=None, options=None):
        self.clock, self.episode = np.zeros(self.num_envs, int), np.zeros(self.num_envs, int)
        self.over, self.steps = np.zeros(self.num_envs, bool), 0
        return self._look(), self._info()

    def step(self, actions):
        self.taken.append(np.array(actions))
        self.steps += 1
        fresh = self.over.copy()
        self.clock[~fresh] += 1
        reward = np.where(fresh, 0.0, self.clock)
        if self.steps == self.nan_at:
            reward[1] = np.nan
        end = (self.clock == self.lengths) & ~fresh
        self.episode[fresh] += 1
        self.clock[fresh] = 0
        info: dict[str, Any] = {}
        if self.mode is AutoresetMode.SAME_STEP and end.any():
            last, final = self._look(), np.full(self.num_envs, None, dtype=object)
            for i in np.flatnonzero(end):
                final[i] = last[i]
            info = {"final_obs": final, "_final_obs": end}
            self.clock[end], self.episode[end] = 0, self.episode[end] + 1
        else:
            self.over = end
        no = np.zeros(self.num_envs, bool)
        return self._look(), reward, no if self.cut else end, end if self.cut else no, self._info() | info


class OnDevice(VectorEnv):
    """`Counter` in tensors: nothing in a step asks the device for an answer."""

    def __init__(self, lengths=(3, 4), *, cut=False) -> None:
        self.lengths, self.cut, self.device = torch.tensor(lengths), cut, torch.device("cpu")
        self.num_envs = len(lengths)
        self.single_observation_space = gym.spaces.Box(0, 100, (2,), np.float32)
        self.single_action_space = gym.spaces.Discrete(2)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}

    def _look(self) -> torch.Tensor:
        return torch.stack([self.clock, self.episode], 1).to(torch.float32)

    def reset(self, *, seed=None, options=None):
        self.clock, self.episode = torch.zeros_like(self.lengths), torch.zeros_like(self.lengths)
        return self._look(), {}

    def step(self, actions):
        self.clock = self.clock + 1
        reward, end = self.clock.to(torch.float32), self.clock == self.lengths
        final, no = self._look(), torch.zeros_like(end)
        self.clock, self.episode = self.clock * ~end, self.episode + end
        info = {"final_obs": final}
        return self._look(), reward, no if self.cut else end, end if self.cut else no, info


class Cue(VectorEnv):
    """Shows +1 or -1 at first, then nothing for `delay` steps, then asks which: 1 for the right answer."""

    def __init__(self, n=16, delay=4) -> None:
        self.num_envs, self.delay = n, delay
        self.single_observation_space = gym.spaces.Box(-1, 1, (2,), np.float32)
        self.single_action_space = gym.spaces.Discrete(2)
        self.observation_space = batch_space(self.single_observation_space, n)
        self.action_space = batch_space(self.single_action_space, n)
        self.metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}

    def _look(self) -> np.ndarray:
        shown = np.where(self.clock == 0, self.cue * 2 - 1, 0)
        return np.stack([shown, self.clock == self.delay], 1).astype(np.float32)

    def reset(self, *, seed=None, options=None):
        self.draw = np.random.default_rng(seed)
        self.clock, self.cue = np.zeros(self.num_envs, int), self.draw.integers(2, size=self.num_envs)
        return self._look(), {}

    def step(self, actions):
        end = self.clock == self.delay
        reward = np.where(end, actions == self.cue, 0.0)
        self.clock = self.clock + 1
        last, final = self._look(), np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(end):
            final[i] = last[i]
        self.clock[end] = 0
        self.cue = np.where(end, self.draw.integers(2, size=self.num_envs), self.cue)
        info = {"final_obs": final, "_final_obs": end} if end.any() else {}
        return self._look(), reward, end, np.zeros_like(end), info
