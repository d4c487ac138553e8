"""The speed of bandits: the plain loop is UCB1, and the file tells what held."""

import json

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents.bandits import UCB1
from rewardlab.agents.loops.bandit_compiled import play
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.benchmarks.bandit_speed import ARMS, BanditSpeed, Pace, main, plain, table
from rewardlab.core.errors import BadOption


def test_the_plain_loop_plays_what_the_compiled_one_plays() -> None:
    idle = UCB1(Spaces(spaces.Box(0, 1, (20,)), spaces.Discrete(10)), seed=0)
    fast = play(idle, ARMS, 200, 500)[1]
    slow = np.array([plain(500, seed) for seed in range(60)])
    error = np.sqrt(fast.var(0) / 200 + slow.var(0) / 60)
    assert slow.sum(1).tolist() == [500] * 60 and (np.abs(fast.mean(0) - slow.mean(0)) < 4 * error).all()


def test_the_file_tells_speeds_floors_and_planning(tmp_path, capsys) -> None:
    code = main(BanditSpeed(pulls=50, repeats=1, states=300, out=tmp_path / "e" / "b.json"))
    kept = json.loads((tmp_path / "e" / "b.json").read_text(encoding="utf-8"))
    assert [p["name"] for p in kept["paces"]] == ["compiled", "1000 rows of an environment", "plain loop"]
    assert code == (0 if all(kept["holds"].values()) else 1) and kept["value_iteration"]["residual"] < 1e-6
    assert "million pulls / s" in capsys.readouterr().out
    with pytest.raises(BadOption, match="pulls=0"):
        BanditSpeed(pulls=0)


def test_ratios_are_against_the_plain_loop() -> None:
    assert table([Pace("a", 1, 1.0, 1.0, 50.0), Pace("plain", 1, 1.0, 1.0, 0.5)]).splitlines()[1].split()[-1] == "100"
