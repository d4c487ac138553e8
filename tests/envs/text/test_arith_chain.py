"""Chains of operations: every line is judged against arithmetic, and every way of going wrong is seen where it is."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.arith_chain import ArithChain, Chain, split
from rewardlab.envs.text.dialogue import rng_of

KINDS = [
    {"length": 1}, {"length": 8, "modulus": 97}, {"length": 5, "least": 1, "operations": "-"}, {"modulus": 2},
    {"kind": "columns", "length": 4}, {"kind": "columns", "length": 8}, {"kind": "product", "length": 3},
]  # fmt: skip


def drawn(rules, count=50):
    return [rules._task(rng_of(seed)) for seed in range(count)]


@pytest.mark.parametrize("fields", KINDS, ids=str)
def test_every_line_of_a_solution_is_true_and_the_last_is_the_answer(fields):
    rules = ArithChain(split="all", **fields)
    for task in drawn(rules):
        value = task.first
        for sign, number in task.steps:
            value = eval(f"{value}{sign}{number}")  # Python as the judge
            value = value % task.modulus if task.modulus else value
        *lines, answer = rules.solution(task)
        for line in lines:
            said, found = line.split("=")
            true = eval(said)
            assert (true - int(found)) % task.modulus == 0 if task.modulus else true == int(found)
        assert answer == f"answer: {value}" and rules.judge([*lines, answer], task) == (len(lines), -1, value)
        assert len("\n".join(rules.solution(task))) <= rules.said


def test_columns_carry_and_products_add_up():
    rules = ArithChain(kind="columns", length=3)
    assert rules.solution(Chain(958, (("+", 47),), 0)) == ["8+7=15", "6+4=10", "10+0=10", "answer: 1005"]
    rules = ArithChain(kind="product", length=3)
    assert rules.solution(Chain(204, (("*", 7),), 0)) == [
        "4*7=28", "0*7=0", "28+0=28", "200*7=1400", "28+1400=1428", "answer: 1428",
    ]  # fmt: skip


def test_a_planted_error_is_found_where_it_is_and_the_rest_goes_on_from_it():
    rules, rng = ArithChain(length=5), np.random.default_rng(0)
    for task in drawn(rules):
        for at in range(5):
            lines = rules.wrong(task, at, rng)
            right, first, answer = rules.judge(lines, task)
            assert right == first == at
            assert answer == int(lines[-1].split(":")[1])
            carried = [line.split("=")[1] for line in lines[:-1]]
            assert all(line.startswith(v) for line, v in zip(lines[1:-1], carried, strict=False))
    with pytest.raises(BadOption, match="a step of a chain"):
        rules.wrong(task, 5, rng)


def test_an_error_may_still_end_in_the_right_answer_and_then_only_the_lines_tell():
    rules = ArithChain()
    task = Chain(1, (("+", 2), ("*", 2)), 4)  # 3, then 6 mod 4 = 2
    assert rules.judge(["1+2=1", "1*2=2", "answer: 2"], task) == (0, 0, 2)
    assert rules.check("1+2=1\n1*2=2\nanswer: 2", task)


@pytest.mark.parametrize("by", ["answer", "line"])
def test_lines_are_paid_in_equal_parts_and_once(by):
    env = gym.make("rewardlab/ArithChain-v0", by=by, line_pay=0.5, length=4)
    env.reset(seed=2)
    rules, task = env.unwrapped.rules, env.unwrapped.get_state()["state"]["task"][0]
    lines = rules.solution(task)
    if by == "answer":
        _, reward, over, _, info = env.step("\n".join([*lines[:2], "0+0=0", lines[3], lines[4]]))
        assert over and reward == pytest.approx(0.5 + 0.5 * 2 / 4)
        assert (info["lines"], info["lines_right"], info["first_error"]) == (4, 2, 2)
        return
    rewards = [env.step(line)[1] for line in lines]
    assert rewards == pytest.approx([0.125] * 4 + [0.5])


def test_line_by_line_nonsense_costs_a_turn_and_nothing_else():
    env = gym.make("rewardlab/ArithChain-v0", by="line", length=2)
    env.reset(seed=2)
    rules, state = env.unwrapped.rules, env.unwrapped.get_state()["state"]
    _, reward, over, _, info = env.step("  \n ")
    assert not info["understood"] and reward == 0 and not over
    lines = rules.solution(state["task"][0])
    assert env.step(lines[0])[4]["lines_right"] == 1
    _, _, over, _, info = env.step(lines[1])
    assert over and not info["success"]  # the answer found no turn left


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"length": 0}, {"length": 9}, {"modulus": 1}, {"operations": "+/"}, {"kind": "sum"}, {"by": "word"},
                  {"line_pay": 1.5}, {"least": 4}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            ArithChain(**wrong)


def test_lines_end_at_breaks_and_semicolons():
    assert split("a;b\n\n ;c") == ("a", "b", "c")


def test_the_calculator_finds_what_the_chain_finds():
    env = gym.make("rewardlab/ArithChain-Calculator-v0")
    rules = env.unwrapped.rules
    for seed in range(20):
        env.reset(seed=seed)
        state = env.unwrapped.get_state()["state"]
        task = state["task"][0]
        _, reward, over, _, info = env.step(rules.expert(task, state["memory"][0], None))
        assert reward == 0 and not over and info["reply"] == str(task.results()[-1])
        _, reward, over, _, info = env.step(f"answer: {info['reply']}")
        assert reward == 1 and over and info["turn"] == 2
