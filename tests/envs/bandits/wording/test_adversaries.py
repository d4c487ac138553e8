"""Arms without a law in words: the chances of the guide against Exp3 and Hedge."""

import re

import numpy as np
import pytest
from spoken_bandits import told

from rewardlab.agents.bandits import Exp3
from rewardlab.agents.loops.regularisers import simplex_entropy
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit, BanditText


def chances(text, names):
    return np.array([float(re.search(rf"(?m)^{name}: .*chance (\S+)$", text)[1]) for name in names])


@pytest.mark.parametrize("fields", [{}, {"dimension": 3}, {"sequence": "adaptive", "spread": 0.0}])
def test_the_chances_are_those_of_exp3(fields):
    fields = {"arms": 4, "rounds": 80, **fields}
    rules = BanditText("AdversarialBandit", fields, "guide", digits=17)
    agent = Exp3(WorldVectorEnv(AdversarialBandit(**fields), 1), seed=0, independent=True)
    dice, losses = np.random.default_rng(0), np.zeros((1, 4))

    def choose(t, text):
        p = chances(text, rules.names)
        return int((dice.random() >= np.cumsum(p / p.sum())).sum())

    for t, (text, _, arm, reward, info) in enumerate(told(rules, choose, steps=80)):
        p = agent.law(losses, agent.pace(np.array([t + 1])))[0]
        np.testing.assert_allclose(chances(text, rules.names), p, rtol=1e-10)
        assert info["loss"] == -reward
        losses[0, arm] += info["loss"] / p[arm]


def test_the_chances_are_those_of_hedge_where_all_losses_are_told():
    rules = BanditText("AdversarialBandit-Full-v0", {"arms": 4, "rounds": 60}, "guide", digits=17)
    losses, lost = np.zeros(4), 0.0
    for t, (text, _, _, _, info) in enumerate(told(rules, lambda t, text: t % 4, steps=60)):
        p = simplex_entropy(losses, np.sqrt(8 * np.log(4) / (t + 1)))
        np.testing.assert_allclose(chances(text, rules.names), p, rtol=1e-10)
        losses += info["losses"]
        lost += p @ info["losses"]
    bound = np.sqrt(2 * 60 * np.log(4)) + np.sqrt(np.log(4) / 8)  # Cesa-Bianchi, Lugosi 2006, Theorem 2.3
    assert lost - losses.min() <= bound


def test_an_arm_without_a_chance_hurts_nobody():
    rules = BanditText("AdversarialBandit", {"arms": 3, "rounds": 2000, "sequence": "fixed"}, "guide")
    last = list(told(rules, lambda t, text: 0, steps=2000))[-1][0]
    p = chances(last, rules.names)
    assert np.isfinite(p).all() and p.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("feedback", ["bandit", "full"])
def test_what_is_told_is_what_was_shown(feedback):
    fields = {"arms": 3, "rounds": 30, "feedback": feedback}
    plays, lines, seen = np.random.default_rng(2).integers(0, 2, 30), [], [[], [], []]
    history = told(BanditText("AdversarialBandit", fields, digits=17), lambda t, text: plays[t], steps=30)
    summary = told(BanditText("AdversarialBandit", fields, "summary", digits=17), lambda t, text: plays[t], steps=30)
    everything = []
    for (text, _, arm, _, info), (sums, *_) in zip(history, summary, strict=True):
        assert text.split("\n")[2:] == lines
        for k, name in enumerate("BCD"):
            line = re.search(rf"(?m)^{name}: (.*)$", sums)[1]
            assert line.startswith(f"chosen {len(seen[k])}") and ("mean loss" in line) == bool(seen[k])
            if seen[k]:
                assert float(line.rpartition(" ")[2]) == pytest.approx(np.mean(seen[k]))
            if feedback == "full" and everything:
                in_all = float(re.search(r"loss in all rounds (\S+?),?( |$)", line)[1])
                assert in_all == pytest.approx(np.mean(everything, axis=0)[k])
        seen[arm].append(info["loss"])
        if feedback == "full":
            everything.append(info["losses"])
            told_ = ", ".join(f"{n} {x:.17g}" for n, x in zip("BCD", info["losses"], strict=True))
            lines.append(f"{'BCD'[arm]}; losses {told_}")
        else:
            lines.append(f"{'BCD'[arm]} lost {info['loss']:.17g}")


def test_features_stand_in_the_prompt():
    rules = BanditText("AdversarialBandit", {"arms": 3, "dimension": 2})
    for name, f in zip("BCD", rules.bandit.features, strict=True):
        assert f"{name} ({f[0]:+.2f} {f[1]:+.2f})" in rules.prompt()
