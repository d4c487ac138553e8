"""Countdown: values of all states against brute force, all solutions, and operations played one by one."""

from fractions import Fraction

import gymnasium as gym
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.countdown import Countdown
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.number_game import Goal

SETTINGS = [
    {}, {"count": 4, "operations": "+-*/"}, {"use": "some", "count": 4}, {"use": "free", "count": 3},
    {"by": "line", "count": 4}, {"by": "line", "use": "some", "operations": "+-*/"}, {"count": 2, "operations": "+"},
    {"count": 4, "largest": 13, "target": 24, "operations": "+-*/", "fractions": True}, {"count": 5, "most": 999},
]  # fmt: skip


@pytest.mark.parametrize("fields", SETTINGS, ids=str)
def test_every_task_can_be_solved_and_the_solution_passes(fields):
    rules = Countdown(split="all", **fields)
    for seed in range(12):
        task = rules._task(rng_of(seed))
        assert 1 <= task.target <= (rules.target or rules.most) and len(task.numbers) == rules.count
        assert rules.target in (0, task.target) and max(task.numbers) <= rules.largest
        if rules.by == "answer":
            assert rules.check(rules.game.expression(task), task)
            assert not rules.check(rules.game.expression(task), Goal(task.numbers, task.target + 1))


def test_operations_replace_numbers_and_what_cannot_be_done_costs_a_message():
    env = gym.make("rewardlab/Countdown-Lines-v0", count=3, spare=2)
    env.reset(seed=3)
    rules, task = env.unwrapped.rules, env.unwrapped.get_state()["state"]["task"][0]
    _, reward, over, _, info = env.step("0+0=0")
    assert reward == 0 and not over and not info["valid"] and info["left"] == 3 and info["understood"]
    assert info["solvable"] and info["fewest"] == 2
    over = False
    while not over:
        memory = env.unwrapped.get_state()["state"]["memory"][0]
        _, reward, over, _, info = env.step(rules.expert(task, memory, None))
        assert info["valid"]
    assert reward == 1 and info["success"] and info["left"] == 1 and info["distance"] == 0


def test_a_dead_end_is_seen_at_once():
    rules = Countdown(by="line", operations="+*", count=3)
    task = Goal((2, 3, 7), 13)  # 2*3+7, and no other way
    good = rules.hear(task, task.numbers, "2*3=6", None)
    bad = rules.hear(task, task.numbers, "3*7=21", None)
    assert good.columns["solvable"] and good.columns["fewest"] == 1
    assert not bad.columns["solvable"] and bad.columns["fewest"] == -1
    end = rules.hear(task, (6, 7), "6*7=42", None)
    assert end.over and not end.success and end.columns["distance"] == 29


def test_distance_is_that_of_the_value():
    rules = Countdown(operations="+-*/", fractions=True)
    task = Goal((2, 3, 7), 4)
    heard = rules.hear(task, None, "7/2+3", None)
    assert heard.columns["distance"] == float(abs(Fraction(7, 2) + 3 - 4)) and heard.columns["valid"]
    assert not rules.hear(task, None, "7+3", None).understood


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"count": 1}, {"count": 6}, {"largest": 1}, {"target": 1000}, {"most": 4}, {"operations": "-*"},
                  {"operations": "+^"}, {"use": "none"}, {"by": "word"}, {"spare": -1}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            Countdown(**wrong)
    for wrong in ({"use": "free"}, {"fractions": True}):
        with pytest.raises(BadOption, match="by='line'"):
            Countdown(by="line", **wrong)
    with pytest.raises(BadOption, match="target=999"):
        Countdown(count=2, largest=3, target=999)._task(rng_of(0))
