"""Rows that do not wait for each other see what they would see alone."""

import threading
import time

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.at_once import AtOnce

NAME = "rewardlab/ArithChain-v0"


def script(seed, turn):
    return f"{seed}+{turn}={seed + turn}" if turn < 3 else "answer: 3"


def alone(seed):
    env = gym.make(NAME, by="line", length=3)
    seen, over, turn = [env.reset(seed=seed)[0]], False, 0
    while not over:
        obs, reward, over, _, _ = env.step(script(seed, turn))
        seen.append((obs, float(reward)))
        turn += 1
    return seen


def test_every_row_sees_what_it_would_see_alone():
    n = 12
    with AtOnce(lambda: gym.make(NAME, by="line", length=3), n, workers=4) as rows:
        rows.reset(range(n))
        seen, turn = {i: [] for i in range(n)}, np.zeros(n, int)
        while rows.away:
            for a in rows.receive():
                seen[a.row].append((a.obs, a.reward) if seen[a.row] else a.obs)
                if not a.terminated:
                    rows.send([a.row], [script(a.row, int(turn[a.row]))])
                    turn[a.row] += 1
    assert [seen[i] for i in range(n)] == [alone(i) for i in range(n)]


class Gate(gym.Env):
    """Row k answers when its gate opens."""

    observation_space = action_space = spaces.Text(10)

    def __init__(self):
        self.gate = threading.Event()

    def reset(self, *, seed=None, options=None):
        return "", {}

    def step(self, action):
        if action == "fail":
            raise ValueError("no")
        assert self.gate.wait(10)
        return action, 1.0, True, False, {}


def test_a_slow_row_holds_up_nobody_and_a_failing_one_is_named():
    with AtOnce(Gate, 3) as rows:
        rows.reset([None] * 3)
        assert [a.row for a in rows.receive(3)] == [0, 1, 2]
        rows.send([0, 1], ["slow", "quick"])
        rows.envs[1].gate.set()
        assert [(a.row, a.obs) for a in rows.receive()] == [(1, "quick")]
        begun = time.monotonic()
        with pytest.raises(TimeoutError, match="0 of 1"):
            rows.receive(timeout=0.05)
        assert time.monotonic() - begun < 5
        with pytest.raises(BadOption, match="has not been received"):
            rows.send([0], ["again"])
        rows.send([2], ["fail"])
        with pytest.raises(ValueError, match="no") as failed:
            rows.receive()
        assert failed.value.__notes__ == ["in row 2"]
        rows.envs[0].gate.set()
        assert [a.row for a in rows.receive()] == [0]
        with pytest.raises(BadOption, match="least=1"):
            rows.receive()


def test_what_cannot_be_is_refused():
    with pytest.raises(BadOption, match="num_envs=0"):
        AtOnce(Gate, 0)
    with AtOnce(Gate, 1) as rows:
        with pytest.raises(BadOption, match="1 actions"):
            rows.send([], ["a"])
        with pytest.raises(BadOption, match="2 seeds"):
            rows.reset([1, 2])
        with pytest.raises(BadOption, match="does not exist"):
            rows.send([7], ["a"])
