"""Late pay in words: what is told against what arrived, and the guides from the whole history."""

import re

import numpy as np
import pytest
from spoken_bandits import largest, told

from rewardlab.envs.bandits import BanditText
from rewardlab.envs.bandits.words import advice

LABELLED = {"arms": 3, "deviation": 1.0, "pulls": 60, "delay": 3.0}


def ucb1(counts, totals, t):
    with np.errstate(divide="ignore", invalid="ignore"):
        index = totals / counts + np.sqrt(2.0 * np.log(max(t, 2)) / counts)
    return np.where(counts > 0, index, np.inf)


@pytest.mark.parametrize("law", ["geometric", "uniform", "fixed"])
def test_labelled_advice_is_ucb1_of_what_has_arrived(law):
    rules = BanditText("DelayedBandit", {**LABELLED, "law": law}, "guide", digits=17)
    dice, arrived, totals = np.random.default_rng(0), np.zeros(3), np.zeros(3)
    follow = told(rules, lambda t, text: largest(advice(text, rules.names), dice), steps=60)
    for t, (text, _, arm, _, info) in enumerate(follow):
        index = ucb1(arrived, totals, t)
        read = advice(text, rules.names)
        np.testing.assert_allclose(read, index, rtol=1e-12)
        assert index[arm] >= index.max() - 1e-12
        for k, pay in zip(info["arrived_arm"], info["arrived_pay"], strict=True):
            if k >= 0:
                arrived[k] += 1
                totals[k] += pay
    assert 0 < arrived.sum() < 60


def test_a_labelled_history_tells_each_arrival():
    rules = BanditText("DelayedBandit", LABELLED, digits=17, window=60)
    plays, lines = np.random.default_rng(1).integers(0, 3, 60), []
    for text, _, arm, _, info in told(rules, lambda t, text: plays[t], steps=60):
        assert text.split("\n")[2:] == lines
        came = []
        for k, name in enumerate("BCD"):
            own = info["arrived_arm"] == k
            if own.any():
                came.append(f"{name} {np.where(own, info['arrived_pay'], 0.0).sum():.17g} of {own.sum()}")
        lines.append(f"{'BCD'[arm]}: came {', '.join(came) or 'nothing'}")
    assert any(" of 2" in line for line in lines) and any("nothing" in line for line in lines)


def test_anonymous_pay_is_booked_to_the_choice_of_its_round():
    fields = {**LABELLED, "feedback": "anonymous"}
    rules = BanditText("DelayedBandit", fields, "guide", digits=17)
    dice, counts, totals = np.random.default_rng(0), np.zeros(3), np.zeros(3)
    follow = told(rules, lambda t, text: largest(advice(text, rules.names), dice), steps=60)
    for t, (text, _, arm, reward, info) in enumerate(follow):
        np.testing.assert_allclose(advice(text, rules.names), ucb1(counts, totals, t), rtol=1e-12)
        assert "arrived_arm" not in info
        counts[arm] += 1
        totals[arm] += reward
    summary = [text for text, *_ in told(BanditText("DelayedBandit", fields, "summary"), lambda t, text: 0, steps=5)]
    assert "mean" not in summary[-1].split("\n", 1)[1] and "came in all" in summary[-1]


def test_sums_of_episodes_are_solved_for_the_means():
    rules = BanditText(
        "DelayedBandit-End-v0", {"arms": 3, "pulls": 10}, "guide", episodes=40, digits=17, options={"alpha": 0.5}
    )
    dice, plays, sums, here = np.random.default_rng(0), [], [], np.zeros(3)
    error = None
    for t, (text, _, arm, reward, _) in enumerate(told(rules, lambda t, text: int(dice.integers(3)), steps=400)):
        if t % 7 == 0:
            n, r = np.array(plays).reshape(-1, 3), np.array(sums)
            V = np.eye(3) + n.T @ n
            inverse = np.linalg.inv(V)
            expected = inverse @ (n.T @ r) + 0.5 * np.sqrt(np.diagonal(inverse))
            np.testing.assert_allclose(advice(text, rules.names), expected, atol=1e-9)
            error = inverse @ (n.T @ r) - rules.bandit._means
            assert re.search(r"^\d+ of 400 chosen$", text.split("\n")[1])
        here[arm] += 1
        if t % 10 == 9:
            plays.append(here)
            sums.append(reward)
            here = np.zeros(3)
        else:
            assert reward == 0.0
    assert np.abs(error).max() < 4 * 0.5 / np.sqrt(400 / 9)  # deviations of at most 1/2, of 400 choices in 3 directions
