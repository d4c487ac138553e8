"""Guides of arms that stay and of arms that change, against the algorithms themselves."""

import re

import numpy as np
import pytest
from spoken_bandits import largest, told

from rewardlab.agents.bandits import UCB1, DiscountedUCB
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import BanditText, StochasticBanditText
from rewardlab.envs.bandits.words import advice

HEAVY = {"tail": "student", "index": 2.5, "arms": 4, "pulls": 60}


def agent_of(kind, arms, **options):
    from rewardlab.envs.bandits import StochasticBandit

    return kind(WorldVectorEnv(StochasticBandit(arms), 1), seed=0, independent=True, **options)


@pytest.mark.parametrize(
    ("of", "fields"),
    [("StochasticBandit", HEAVY), ("PriorBandit", {"arms": 3, "pulls": 60}), ("BernoulliBandit-v0", {"pulls": 60})],
)
def test_the_largest_advice_is_what_ucb1_pulls(of, fields):
    rules = BanditText(of, fields, "guide", digits=17)
    k, dice = len(rules.names), np.random.default_rng(0)
    agent = agent_of(UCB1, k)
    for seed in range(3):
        counts, totals = np.zeros((1, k), dtype=int), np.zeros((1, k))
        follow = told(rules, lambda t, text: largest(advice(text, rules.names), dice), seed=seed, steps=60)
        for t, (text, _, arm, reward, _) in enumerate(follow):
            index = agent.index(totals / np.maximum(counts, 1), np.maximum(counts, 1), np.full((1, 1), t))
            index = np.where(counts == 0, np.inf, index)[0]
            np.testing.assert_array_equal(advice(text, rules.names), index)
            assert index[arm] == index.max()  # at every step, without a tolerance
            counts[0, arm] += 1
            totals[0, arm] += reward


@pytest.mark.parametrize("of", ["PiecewiseBandit", "DriftingBandit", "SwingingBandit"])
@pytest.mark.parametrize("options", [{}, {"discount": 0.8, "xi": 0.2, "span": 2.0}])
def test_the_largest_advice_is_what_discounted_ucb_pulls(of, options):
    rules = BanditText(of, {"pulls": 80}, "guide", digits=17, options=options)
    k, dice, zero = len(rules.names), np.random.default_rng(0), np.zeros(1, dtype=int)
    own = {"gamma": options.get("discount", 0.95), "xi": options.get("xi", 0.6), "span": options.get("span", 1.0)}
    for seed in range(2):
        agent = agent_of(DiscountedUCB, k, **own)
        follow = told(rules, lambda t, text: largest(advice(text, rules.names), dice), seed=seed, steps=80)
        for text, _, arm, reward, _ in follow:
            means, counts, pulled = agent.evidence()
            index = np.where(counts > 0, agent.index(means, np.where(counts > 0, counts, 1.0), pulled), np.inf)[0]
            np.testing.assert_array_equal(advice(text, rules.names), index)
            assert index[arm] == index.max()
            agent.feed(zero, np.array([arm]), np.array([reward]))


def test_the_generic_guide_is_that_of_the_text_bandit():
    own = StochasticBanditText("guide", pulls=30)
    other = BanditText("StochasticBandit", {"arms": 5, "deviation": None, "gap": 0.5, "pulls": 30}, "guide")
    dice = np.random.default_rng(3)
    plays = dice.integers(0, 5, 30)
    lines = [[text.split("\n")[1:] for text, *_ in told_plain(r, plays)] for r in (own, other)]
    assert lines[0] == lines[1] and len(lines[0]) == 30


def told_plain(rules, plays):
    from rewardlab.envs import WorldEnv

    env = WorldEnv(rules)
    text, _ = env.reset(seed=2)
    for arm in plays:
        yield (text,)
        text = env.step(rules.names[arm])[0]


def test_summaries_count_and_say_when_an_arm_was_last_seen():
    rules = BanditText("PiecewiseBandit", {"pulls": 40, "arms": 3, "deviation": 1.0}, "summary", digits=6)
    plays, seen = np.random.default_rng(1).integers(0, 2, 40), []  # the last arm never
    for t, (text, _, arm, reward, _) in enumerate(told(rules, lambda t, text: plays[t])):
        for k, name in enumerate("BCD"):
            mine = [(s, pay) for s, (a, pay) in enumerate(seen) if a == k]
            line = re.search(rf"(?m)^{name}: (.*)$", text)[1]
            if not mine:
                assert line == "chosen 0"
                continue
            mean = np.mean([pay for _, pay in mine])
            when, last = mine[-1]
            assert line == f"chosen {len(mine)}, last pay {last:.6g}, {t - when} rounds back, mean {mean:.6g}"
        seen.append((arm, reward))
