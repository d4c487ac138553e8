"""Countdown: values of all states against brute force, all solutions, and operations played one by one."""

from fractions import Fraction
from itertools import permutations, product

import gymnasium as gym
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.countdown import Countdown, Goal
from rewardlab.envs.text.dialogue import rng_of

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
            assert rules.check(rules.expression(task), task)
            assert not rules.check(rules.expression(task), Goal(task.numbers, task.target + 1))


@pytest.mark.parametrize("use", ["all", "some", "free"])
def test_solutions_are_all_and_each_passes(use):
    rules = Countdown(use=use, operations="+*")
    task = Goal((1, 2, 3), 6)
    found = rules.solutions(task)
    assert all(rules.check(text, task) for text in found) and len(set(found)) == len(found)
    # every way to write one to three of the numbers with + and *, judged by Python
    repeat = use == "free"
    truth = set()
    for size in (3,) if use == "all" else (2, 3):
        for numbers in product(task.numbers, repeat=size) if repeat else permutations(task.numbers, size):
            for signs in product("+*", repeat=size - 1):
                flat = [str(numbers[0])] + [f"{s}{x}" for s, x in zip(signs, numbers[1:], strict=True)]
                texts = ["".join(flat)]
                if size == 3:
                    texts = [f"({flat[0]}{flat[1]}){flat[2]}", f"{flat[0]}{flat[1][0]}({flat[1][1:]}{flat[2]})"]
                truth |= {text for text in texts if eval(text) == 6}
    assert set(found) <= truth
    assert {canonical(text) for text in truth} == {canonical(text) for text in found}
    assert len({canonical(text) for text in found}) == len(found)


def canonical(text):
    """The tree of an expression over + and *, with the sides of each operation in order."""
    import ast

    def tree(node):
        if isinstance(node, ast.Constant):
            return str(node.value)
        sides = sorted((tree(node.left), tree(node.right)))
        return f"({sides[0]}{'+' if isinstance(node.op, ast.Add) else '*'}{sides[1]})"

    return tree(ast.parse(text, mode="eval").body)


def brute_fewest(left, target, some):
    """The fewest operations by trying all, None if there are none."""
    best = None
    for i, j in permutations(range(len(left)), 2):
        rest = [x for k, x in enumerate(left) if k not in (i, j)]
        for result in (left[i] + left[j], left[i] - left[j], left[i] * left[j]):
            if result == target and (some or not rest):
                return 1
            after = brute_fewest([*rest, result], target, some)
            if after is not None and (best is None or after + 1 < best):
                best = after + 1
    return best


@pytest.mark.parametrize("use", ["all", "some"])
def test_the_value_of_a_partial_state_is_that_of_brute_force(use):
    rules = Countdown(use=use, by="line", count=4)
    seen = set()
    for seed in range(6):
        task = rules._task(rng_of(seed))
        for left in [task.numbers, task.numbers[:3], (*task.numbers[:2], -4), (0, 0, task.target), (1, 1)]:
            found = rules.fewest(tuple(sorted(left)), task)
            assert found == (brute_fewest(list(left), task.target, use == "some") or -1)
            seen.add(found)
    assert -1 in seen and len(seen) > 2


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
