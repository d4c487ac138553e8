"""What all drivers show, and that a state of something else changes nothing."""

from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import DummyVecEnv
from support_rewards import Centred, Streak, Walk, play, walks

from rewardlab.core.errors import BadCheckpoint
from rewardlab.rewards import Paid, PaidVecEnv, PaidVector


def made(kind: str, n: int = 3) -> Any:
    reward = Centred() + Streak()
    if kind == "single":
        return Paid(Walk(), reward)
    if kind == "vec_env":
        return PaidVecEnv(DummyVecEnv([Walk] * n), reward)
    return PaidVector(walks(n, AutoresetMode.NEXT_STEP), reward)


def moved(kind: str, n: int = 3) -> Any:
    driver = made(kind, n)
    if kind == "vector":
        play(driver, 4)
    else:
        driver.reset()
        for _ in range(4):
            driver.step(1 if kind == "single" else np.ones(n, dtype=int))
    return driver


def flat(state: Any) -> list[Any]:
    if isinstance(state, dict):
        return [x for k in sorted(state) if k != "seconds" for x in flat(state[k])]
    return [np.asarray(state).tolist()] if not isinstance(state, list) else [x for v in state for x in flat(v)]


@pytest.mark.parametrize("kind", ["single", "vector", "vec_env"])
def test_books_are_open(kind: str) -> None:
    driver = moved(kind)
    assert driver.reward.name == "sum" and driver.invalid == 0 and set(driver.logs) == {"centred/mean"}


@pytest.mark.parametrize("kind", ["single", "vector", "vec_env"])
def test_a_foreign_state_changes_nothing(kind: str) -> None:
    driver = moved(kind)
    before = flat(driver.state_dict())
    state = driver.state_dict()
    lacking = [{k: v for k, v in state.items() if k != name} for name in state]
    others = [] if kind == "single" else [moved(kind, 2).state_dict()]
    for foreign in (*lacking, *others, {**state, "obs": {"map": 3}}, {**state, "reward": {"0_task": {"x": 1}}}):
        with pytest.raises(BadCheckpoint):
            driver.load_state_dict(foreign)
        assert flat(driver.state_dict()) == before
    driver.load_state_dict(state)
    assert flat(driver.state_dict()) == before
