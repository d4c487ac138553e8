"""Responses to prompts in words: what is told is of the prompt that is asked, and the guide is UCB1 of it."""

from collections import defaultdict

import numpy as np
import pytest
from spoken_bandits import largest, told

from rewardlab.envs.bandits import BanditText
from rewardlab.envs.bandits.words import advice

FIELDS = {"prompts": 3, "responses": 4}


@pytest.mark.parametrize("of", ["ResponseBandit", "GoldProxy"])
def test_the_largest_advice_is_what_ucb1_gives_to_each_prompt(of):
    rules = BanditText(of, FIELDS, "guide", episodes=90, digits=17)
    dice, paid = np.random.default_rng(0), defaultdict(list)
    rounds = list(told(rules, lambda t, text: largest(advice(text, rules.names), dice), steps=90))
    assert len(rounds) == 90
    for text, state, response, reward, info in rounds:
        x = int(state["prompt"])
        t = sum(len(paid[x, k]) for k in range(4))
        index = [
            np.mean(paid[x, k]) + np.sqrt(2 * np.log(max(t, 2)) / len(paid[x, k])) if paid[x, k] else np.inf
            for k in range(4)
        ]
        np.testing.assert_allclose(advice(text, rules.names), index, atol=1e-12)
        assert index[response] >= max(index) - 1e-12
        assert text.split("\n")[-1] == f"now prompt {x + 1}"
        assert reward == rules.bandit.scores[x, response]
        if of == "GoldProxy":
            assert info["true_reward"] == rules.bandit.gold[x, response] != reward  # the proxy alone is told
        paid[x, response].append(reward)
    assert {x for x, _ in paid} == {0, 1, 2}


def test_history_tells_all_and_summary_what_was_given_to_this_prompt():
    plays = np.random.default_rng(0).integers(0, 4, 40)
    history, summary = (
        list(told(BanditText("ResponseBandit", FIELDS, form, episodes=40, digits=17), lambda t, _: plays[t]))
        for form in ("history", "summary")
    )
    lines, paid = [], defaultdict(list)
    for (text, state, k, reward, _), (sums, *_) in zip(history, summary, strict=True):
        x = int(state["prompt"])
        assert text.split("\n")[2:-1] == lines
        given = [(j, paid[x, j]) for j in range(4) if paid[x, j]]
        assert sums.split("\n")[2:-1] == [
            f"R{j + 1}: given {len(p)}, mean {np.cumsum(p)[-1] / len(p):.17g}" for j, p in given
        ]
        lines.append(f"prompt {x + 1}: R{k + 1} paid {reward:.17g}")
        paid[x, k].append(reward)


def test_names_tell_one_from_eleven_in_any_case():
    rules = BanditText("GoldProxy", {"responses": 200})
    assert rules.parse("r1") == 0 and rules.parse("I give R11.") == 10 and rules.parse("R200") == 199
    assert rules.parse("R1 or R11") is None and rules.parse("R201") is None and rules.parse("R011") is None
    assert "R1 to R200" in rules.prompt()
    assert BanditText("GoldProxy", {"responses": 3}, domain="products").parse("the tin kettle, please") == 2
