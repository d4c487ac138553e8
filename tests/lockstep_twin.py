"""MiniGrid's own environments dressed as ours, healthy or with one planted fault: what comparisons are tested on."""

import contextlib
import io
import warnings

import gymnasium as gym
import minigrid  # noqa: F401  registers MiniGrid's ids
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

LETTERS = 160


def reference(task):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the v0 of some ids is out of date, and yet to be equal
        return gym.make(task, disable_env_checker=True).unwrapped


def started(task, seed):
    """A level of MiniGrid, freshly reset; BabyAI's print which drafts they reject."""
    env = reference(task)
    with contextlib.redirect_stdout(io.StringIO()):
        env.reset(seed=seed)
    return env


def text(ids):
    return "".join(chr(i) for i in ids if i)


class Twin(gym.Env):
    """Shows what MiniGrid shows, as ours does: the mission as numbers, its text and the level's seed in info."""

    def __init__(self, task):
        self.inner = reference(task)
        self.action_space = self.inner.action_space
        self.observation_space = spaces.Dict(
            {
                "image": spaces.Box(0, 255, (7, 7, 3), np.uint8),
                "direction": spaces.Discrete(4),
                "mission": spaces.MultiDiscrete([256] * LETTERS),
            }
        )

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        level = int(self.np_random.integers(2**31)) if seed is None else seed
        with contextlib.redirect_stdout(io.StringIO()):
            obs, _ = self.inner.reset(seed=level)
        self.level, self.time = level, 0
        return self.shown(obs), self.info()

    def step(self, action):
        obs, reward, terminated, truncated, _ = self.inner.step(int(action))
        self.time += 1
        return self.shown(obs), reward, terminated, truncated, self.info()

    def shown(self, obs):
        ids = np.array([ord(c) for c in obs["mission"]] + [0] * (LETTERS - len(obs["mission"])))
        return {"image": obs["image"], "direction": obs["direction"], "mission": ids}

    def info(self):
        return {"mission": self.inner.mission, "level_seed": self.level}


class DoorsStayOpen(Twin):
    """An open door cannot be shut."""

    def step(self, action):
        thing = self.inner.grid.get(*self.inner.front_pos)
        shuts = action == 5 and thing is not None and thing.type == "door" and thing.is_open
        return super().step(6 if shuts else action)


class WrongColour(Twin):
    """Any key opens any door."""

    def step(self, action):
        thing, held = self.inner.grid.get(*self.inner.front_pos), self.inner.carrying
        if action == 5 and thing is not None and thing.type == "door" and held is not None and held.type == "key":
            thing.is_locked = False
        return super().step(action)


class LateReward(Twin):
    """Pays as if the last step had not been counted."""

    def step(self, action):
        obs, reward, *rest = super().step(action)
        return obs, reward + 0.9 / self.inner.max_steps if reward > 0 else reward, *rest


class RoundedReward(Twin):
    """Pays in single precision."""

    def step(self, action):
        obs, reward, *rest = super().step(action)
        return obs, float(np.float32(reward)), *rest


class StaleText(Twin):
    """The text of the mission is that of the episode before."""

    def reset(self, *, seed=None, options=None):
        old = self.inner.mission if seed is None else None
        obs, info = super().reset(seed=seed, options=options)
        return obs, info if old is None else info | {"mission": old}


class StaleWords(Twin):
    """The mission in the observation is that of the episode before; its text is right."""

    words = None

    def reset(self, *, seed=None, options=None):
        obs, info = super().reset(seed=seed, options=options)
        old, self.words = self.words, obs["mission"]
        return obs if old is None else obs | {"mission": old}, info


class EarlyCut(Twin):
    """Cut off one step before its time."""

    def step(self, action):
        obs, reward, terminated, _, info = super().step(action)
        return obs, reward, terminated, self.time >= self.inner.max_steps - 1, info


class Lives(Twin):
    """Lava does not end the episode."""

    def step(self, action):
        obs, reward, terminated, *rest = super().step(action)
        return obs, reward, terminated and reward > 0, *rest


class Compass(Twin):
    """Left and right are mixed up in the direction, not in the image."""

    def shown(self, obs):
        shown = super().shown(obs)
        return shown | {"direction": -shown["direction"] % 4}


class WrongLevel(Twin):
    """Names the next level's seed."""

    def info(self):
        return super().info() | {"level_seed": self.level + (self.time >= 0 and self.level >= 2**20)}


class EmptyHand(Twin):
    """The hand's content is not shown beneath the agent."""

    def shown(self, obs):
        image = obs["image"].copy()
        image[3, 6] = (1, 0, 0)
        return super().shown(obs | {"image": image})


class WideImage(Twin):
    """The right numbers in the wrong type."""

    def shown(self, obs):
        return super().shown(obs | {"image": obs["image"].astype(np.int64)})


def rows(kind, task, n):
    """n of a kind as a vector environment whose rows reset in the same step."""
    return SyncVectorEnv([lambda: kind(task)] * n, autoreset_mode=AutoresetMode.SAME_STEP)
