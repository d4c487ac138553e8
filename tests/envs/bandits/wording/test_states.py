"""Arms with a state in words: the guides against counts made from the whole history."""

from collections import defaultdict

import numpy as np
import pytest
from spoken_bandits import largest, told

from rewardlab.envs.bandits import BanditText
from rewardlab.envs.bandits.words import advice


def index_of(pays, t, c=2.0):
    return np.mean(pays) + np.sqrt(c * np.log(max(t, 2)) / len(pays)) if len(pays) else np.inf


@pytest.mark.parametrize("law", ["random", "recharging", "tiring"])
def test_arms_that_rest_are_judged_in_the_state_they_are_in(law):
    rules = BanditText("LastSwitchBandit", {"law": law}, "guide", digits=17)
    dice, paid, tau = np.random.default_rng(0), defaultdict(list), np.full(3, 3)
    follow = told(rules, lambda t, text: largest(advice(text, rules.names), dice), steps=120)
    for t, (text, _, arm, reward, _) in enumerate(follow):
        index = [index_of(paid[k, tau[k]], t) for k in range(3)] + [0.0]
        np.testing.assert_allclose(advice(text, rules.names), index, atol=1e-9)
        words = [f"rested {x}" if x > 0 else f"{-x} in a row" for x in tau]
        assert text.split("\n")[-1] == "now " + ", ".join(f"{n} {w}" for n, w in zip("BCD", words, strict=True))
        if arm < 3:
            paid[arm, tau[arm]].append(reward)
        for k in range(3):  # the law of the states, written out
            if k == arm:
                tau[k] = max(tau[k] - 1, -3) if tau[k] < 0 else -1
            else:
                tau[k] = min(tau[k] + 1, 3) if tau[k] > 0 else 1
    assert len(paid) > 8  # many states were met


def test_none_is_a_choice_by_its_name():
    rules = BanditText("LastSwitchBandit")
    assert rules.parse("none") == rules.parse("I take None.") == 3 and rules.parse("none or B") is None
    lines = [text for text, *_ in told(rules, lambda t, text: (0, 3, 0, 0)[t % 4], steps=9)][-1].split("\n")
    assert lines[3] == "none 0" and lines[2].startswith("B, rested 3: ") and lines[5].startswith("B, 1 in a row: ")


@pytest.mark.parametrize("warm", [0, 4])
def test_only_plays_in_a_row_count_for_the_guide(warm):
    rules = BanditText("TallyBandit", {"rounds": 150}, "guide", digits=17, options={"warm": warm})
    dice, pays, streak, last = np.random.default_rng(0), [[] for _ in range(5)], 0, None
    follow = told(rules, lambda t, text: largest(advice(text, rules.names), dice), steps=150)
    for t, (text, _, arm, reward, _) in enumerate(follow):
        np.testing.assert_allclose(advice(text, rules.names), [index_of(p, t) for p in pays], atol=1e-9)
        streak = streak + 1 if arm == last else 1
        last = arm
        if streak > warm:
            pays[arm].append(reward)
    assert (sum(map(len, pays)) == 150) == (warm == 0)


def test_held_vectors_are_judged_by_a_ridge_regression():
    options = {"warm": 3, "alpha": 0.7}
    rules = BanditText("DynamicalBandit", {"noise": 0.01, "disturbance": 0.0}, "guide", digits=17, options=options)
    points, xs, ys, streak, last = rules.bandit.points, [], [], 0, None

    def choose(t, text):
        return int((advice(text, rules.names) + 1e-9 * np.arange(8)).argmax()) if t % 8 == 0 else plays[-1]

    plays = []
    for text, _, arm, reward, _ in told(rules, choose, steps=300):
        x, y = np.array(xs).reshape(-1, 2), np.array(ys)
        V = np.eye(2) + x.T @ x
        theta = np.linalg.solve(V, x.T @ y)
        index = points @ theta + 0.7 * np.sqrt(np.einsum("kd,dk->k", points, np.linalg.solve(V, points.T)))
        np.testing.assert_allclose(advice(text, rules.names), index, atol=1e-9)
        plays.append(arm)
        streak = streak + 1 if arm == last else 1
        last = arm
        if streak > 3:
            xs.append(points[arm])
            ys.append(reward)
    # who holds what the guide says comes to the action that is best in the long run, not the one that pays at once
    assert plays[-1] == rules.bandit.best_action != int((points @ rules.bandit.theta).argmax())


def test_the_vectors_stand_in_the_prompt():
    rules = BanditText("DynamicalBandit")
    for name, u in zip(rules.names, rules.bandit.points, strict=True):
        assert f"{name} ({u[0]:+.2f} {u[1]:+.2f})" in rules.prompt()
