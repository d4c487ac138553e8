"""The text bandit: its three forms against the history of play, and its guide against UCB1."""

import re

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.agents.bandits import UCB1
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit, StochasticBanditText, StochasticBanditTokens
from rewardlab.envs.bandits.words import advice, decoded


@pytest.mark.parametrize("deviation", [None, 1.0])
@pytest.mark.parametrize("digits", [9, 17])
def test_the_largest_advice_is_what_ucb1_pulls(deviation, digits):
    n, pulls = 20, 200
    rules = StochasticBanditText("guide", deviation=deviation, digits=digits, pulls=pulls)
    envs = WorldVectorEnv(rules, n)
    agent = UCB1(WorldVectorEnv(StochasticBandit(5, deviation=deviation), n), seed=0, independent=True)
    obs, _ = envs.reset(seed=0)
    counts, totals, row, regret = np.zeros((n, 5), dtype=int), np.zeros((n, 5)), np.arange(n), 0.0
    for t in range(pulls):
        read = np.stack([advice(text, rules.names) for text in obs])
        index = agent.index(totals / np.maximum(counts, 1), np.maximum(counts, 1), np.full((n, 1), t))
        index = np.where(counts == 0, np.inf, index)
        arm = read.argmax(1)
        assert (index[row, arm] == index.max(1)).all()  # in every row and step, without a tolerance
        tied = (index == index.max(1, keepdims=True)).sum(1) > 1
        assert (arm == index.argmax(1))[~tied].all()
        obs, reward, *_, info = envs.step(tuple(rules.names[k] for k in arm))
        if t == pulls - 1:
            info = info["final_info"]
        counts[row, arm] += 1
        totals[row, arm] += reward
        regret = regret + info["pseudo_regret"]
    if deviation is None:
        bound = 4 * (8 * np.log(pulls) / 0.5 + (1 + np.pi**2 / 3) * 0.5)  # Auer et al. 2002, Theorem 1
        assert regret.mean() < bound and regret.mean() < 0.8 * pulls * 0.5 * 0.8  # and well below chance


def test_the_forms_tell_what_was_seen():
    rules = {form: StochasticBanditText(form, arms=3, pulls=30, digits=5) for form in ("history", "summary", "guide")}
    envs = {form: WorldVectorEnv(r, 1) for form, r in rules.items()}
    for e in envs.values():
        e.reset(seed=2)
    dice, seen = np.random.default_rng(1), []
    for t in range(1, 25):
        arm = int(dice.integers(0, 2))  # the last one is never chosen
        shown = {form: e.step((rules[form].names[arm],)) for form, e in envs.items()}
        seen.append((arm, shown["history"][1][0]))
        text = {form: s[0][0] for form, s in shown.items()}
        lines = re.findall(r"^([BCD]) ([01])$", text["history"], re.MULTILINE)
        assert lines == [("BCD"[k], f"{pay:.0f}") for k, pay in seen]
        for k, name in enumerate("BCD"):
            pays = [pay for a, pay in seen if a == k]
            told = f"{name}: chosen {len(pays)}"
            mean = f"{np.mean(pays):.5g}" if pays else "0"
            assert f"\n{told}, mean {mean}\n" in text["summary"] + "\n" or (not pays and told in text["summary"])
            bonus = f"{np.sqrt(2 * np.log(max(t, 2)) / len(pays)):.5g}" if pays else "inf"
            assert f"\n{told}, mean {mean}, bonus {bonus}\n" in text["guide"] + "\n"
        assert all(f"\n{t} of 30 chosen\n" in x for x in text.values())


def test_tokens_tell_the_guide():
    rules = StochasticBanditTokens("guide", digits=17)
    envs, twin = WorldVectorEnv(rules, 2), WorldVectorEnv(rules.view, 2)
    code, text = envs.reset(seed=0)[0], twin.reset(seed=0)[0]
    for t in range(40):
        read = [advice(decoded(c), rules.view.names) for c in code]
        np.testing.assert_array_equal(read, [advice(s, rules.view.names) for s in text])
        arm = np.array([np.argmax(read[0]), t % 5])
        code, text = envs.step(arm)[0], twin.step(tuple(rules.view.names[k] for k in arm))[0]


@pytest.mark.parametrize("name", ["TextBandit-v0", "TextBandit-Guide-v0", "TextBandit-GuideTokens-v0"])
def test_ids_know_their_returns(name):
    card = gym.make(f"rewardlab/{name}").unwrapped.describe()
    assert card.optimal_return == pytest.approx(150.0) and card.random_return == pytest.approx(200 * 0.35)
    assert gym.make(f"rewardlab/{name}", pulls=3).unwrapped.rules.to_mdp().solve().value == pytest.approx(2.25)


def test_given_means_need_no_gap():
    rules = StochasticBanditText(means=(0.2, 0.9, 0.4))
    assert rules.arms == 3 and rules.bandit.best_arm == 1 and len(rules.names) == 3
    assert StochasticBanditTokens(means=(0.2, 0.9)).action_space.n == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"domain": "product"}, "did you mean 'products'"),
        ({"arms": 25}, "at most 24"),
        ({"digits": 18}, "digits=18"),
        ({"exploration": -1.0}, "exploration=-1.0"),
        ({"gap": 2.0}, "gap=2.0"),
        ({"means": (0.5, 2.0)}, "Bernoulli"),
    ],
)
@pytest.mark.parametrize("kind", [StochasticBanditText, StochasticBanditTokens])
def test_mistakes_are_named(kind, fields, words):
    with pytest.raises(BadOption, match=words):
        kind(**fields)
