"""The critique loop: what each critique pays, what becomes of solutions, and feedback that never tells the answer."""

import re
from itertools import product

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.chains import Chain
from rewardlab.envs.text.critics import ORDINALS, Critic, Critique, feedback, truth
from rewardlab.envs.text.critique_loop import CritiqueLoop, Work
from rewardlab.envs.text.dialogue import rng_of

PAY = {"pay_verdict": 0.1, "pay_line": 0.2, "pay_fix": 0.3, "pay_refined": 0.4}


def play(rules, task, critic, rng, rounds=1):
    """(what is paid, the last columns) of a critic, a function of the memory."""
    memory, paid = rules.begin(task), 0.0
    for _ in range(rounds):
        heard = rules.hear(task, memory, critic(memory[0]).text(), rng)
        memory, paid = heard.memory, paid + sum(heard.parts.values())
        if heard.over:
            break
    assert heard.over
    return paid, heard.columns


def test_each_part_is_paid_for_what_it_says():
    rules = CritiqueLoop(follow=1.0, slip=0.0, **PAY)
    steps = tuple(zip("+-*+-", (1, 2, 3, 4, 5), strict=True))
    good, bad = Work(Chain(1, steps, 10), ()), Work(Chain(1, steps, 10), ((1, 4),))
    mended = truth(bad.chain, bad.slips).fixes[0][1]
    for task, said, paid, refined in (
        (good, Critique(True), 1.0, True),
        (good, Critique(False), 0.4, True),  # worked out anew, without a slip
        (good, Critique(True, (1,)), 0.5, True),
        (bad, Critique(True), 0.0, False),
        (bad, Critique(False, (1,), ((1, mended),)), 1.0, True),
        (bad, Critique(False, (1,)), 0.1 + 0.2 + 0.4, True),
        (bad, Critique(False, (1,), ((1, mended + "1"),)), 0.1 + 0.2, False),
        (bad, Critique(False, (2,)), 0.1, False),
        (bad, Critique(False, (0,)), 0.1 + 0.4, True),
    ):
        heard = rules.hear(task, rules.begin(task), said.text(), rng_of(0))
        assert sum(heard.parts.values()) == pytest.approx(paid), said
        assert heard.columns["refined_right"] == refined and heard.over and heard.columns["wrong"] == bool(task.slips)
        assert heard.success == rules.check(said.text(), task)


@pytest.mark.parametrize(("follow", "rounds"), [(0.7, 1), (0.7, 3), (0.0, 2)])
def test_the_return_of_flawless_critiques_is_the_closed_form(follow, rounds):
    rules = CritiqueLoop(follow=follow, rounds=rounds, **PAY)
    rng = np.random.default_rng(0)
    found = []
    for seed in range(600):
        task = rules.task(rng_of(seed))
        found.append(play(rules, task, lambda slips, t=task: truth(t.chain, slips), rng, rounds)[0])
    assert abs(np.mean(found) - rules.optimum()) <= 4 * np.std(found) / np.sqrt(len(found)) + 1e-9


def test_the_loop_of_a_known_critic_succeeds_as_often_as_the_closed_form_says():
    rules, critic = CritiqueLoop(slip=0.5, follow=0.8), Critic(0.7, 0.2, 0.8, 0.9)
    rng, right, harmed, n = np.random.default_rng(1), 0, 0, 1200
    for seed in range(n):
        task = rules.task(rng_of(seed))
        _, columns = play(rules, task, lambda slips, t=task: critic.says(rng, t.chain, slips), rng)
        right, harmed = right + columns["refined_right"], harmed + columns["harmed"]
    p, h = critic.success(slip=0.5, follow=0.8), 0.5 * 0.2 * 0.8 * 0.5  # right, false alarm, followed, slipped
    assert abs(right / n - p) < 4 * np.sqrt(p * (1 - p) / n) and abs(harmed / n - h) < 4 * np.sqrt(h * (1 - h) / n)


def test_several_faults_take_several_rounds_and_are_counted():
    rules = CritiqueLoop(length=6, faults=3, slip=1.0, follow=1.0, rounds=3)
    for seed in range(30):
        task = rules.task(rng_of(seed))
        memory = rules.begin(task)
        for done in range(len(task.slips)):
            heard = rules.hear(task, memory, truth(task.chain, memory[0]).text(), rng_of(0))
            memory = heard.memory
            assert heard.columns["fault_f1"] == 1 and len(memory[0]) == len(task.slips) - done - 1
        assert heard.columns["refined_right"]
        named = Critique(False, (task.slips[0][0], *({0, 1, 2, 3, 4, 5} - {k for k, _ in task.slips})))
        f1 = rules.hear(task, rules.begin(task), named.text(), rng_of(0)).columns["fault_f1"]
        assert f1 == pytest.approx(2 / (len(named.lines) + len(task.slips)))


def test_feedback_never_tells_the_answer():
    told = 0
    for seed, hints, length in product(range(120), (1, 2, 3), (2, 5)):
        rules = CritiqueLoop(role="solver", hints=hints, length=length)
        task = rules.task(rng_of(seed))
        answer = str(task.chain.results()[-1])
        for wrong in range(-1, length):
            said = feedback(task.chain, wrong, hints)
            assert answer not in re.findall(r"\d+", said)
            told += task.chain.lines()[max(wrong, 0)] in said
            assert (hints > 1 and wrong >= 0) == ("line" in said)
            assert wrong < 0 or hints == 1 or ORDINALS[wrong] in said
    assert told > 100  # and yet the third grade tells most of the other lines


def test_who_tries_every_answer_once_finds_it_as_without_replacement():
    env = gym.make("rewardlab/CritiqueLoop-v0", role="solver", rounds=7, modulus=7, operations="+", hints=1)
    tries = []
    for seed in range(300):
        env.reset(seed=seed)
        for value in range(7):
            _, reward, over, _, info = env.step(f"answer: {value}")
            assert reward == info["success"] == over or (over and value == 6)
            if over:
                break
        assert info["success"]
        tries.append(value + 1)
    for t in range(1, 8):
        share, p = np.mean(np.array(tries) <= t), t / 7
        assert abs(share - p) <= 4 * np.sqrt(p * (1 - p) / 300) + 1e-9


def test_what_cannot_be_asked_is_refused():
    for wrong in (
        {"role": "judge"}, {"length": 1}, {"length": 9}, {"modulus": 2}, {"slip": 1.1}, {"faults": 0}, {"faults": 4},
        {"follow": -0.1}, {"rounds": 0}, {"rounds": 11}, {"hints": 0}, {"hints": 4}, {"operations": ""},
        {"operations": "/"}, {"pay_verdict": 2}, {"pay_line": -1}, {"pay_fix": 2}, {"pay_refined": 2},
    ):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            CritiqueLoop(**wrong)
    with pytest.raises(BadOption, match="nothing is paid"):
        CritiqueLoop(pay_verdict=0, pay_refined=0)
