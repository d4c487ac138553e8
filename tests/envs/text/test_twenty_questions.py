"""Twenty questions: the optimal return by dynamic programming, the belief by Bayes, every question enumerated."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.beliefs import gains
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.twenty_questions import KINDS, Item, TwentyQuestions


def returns(rules, **fields):
    """What the expert earns on every item of one set of words."""
    found = []
    task = rules._task(rng_of(0))
    for values in rules.items:
        item, memory, paid = Item(task.names, values), rules.begin(task), 0.0
        for _ in range(rules.turns):
            heard = rules.hear(item, memory, rules.expert(item, memory, None), None)
            memory, paid = heard.memory, paid + sum(heard.parts.values())
            if heard.over:
                break
        assert heard.success
        found.append(paid)
    return found


@pytest.mark.parametrize("attributes", [1, 2, 3, 4])
def test_the_optimum_is_k_and_a_half_messages_and_the_expert_has_it(attributes):
    rules = TwentyQuestions(attributes=attributes)
    assert rules.value(rules.begin(None)) == pytest.approx(attributes + 0.5)  # over all beliefs and all questions
    assert np.mean(returns(rules)) == rules.optimal() == -(attributes + 0.5)


def test_no_strategy_over_any_questions_needs_fewer():
    """Even if every set could be asked for: the least messages for n items, by dynamic programming over n."""
    least = [0.0, 1.0]
    for n in range(2, 17):
        guess = 1 + (n - 1) / n * least[n - 1]
        ask = min(1 + (k * least[k] + (n - k) * least[n - k]) / n for k in range(1, n // 2 + 1))
        least.append(min(guess, ask))
    assert [least[n] for n in (1, 2, 4, 8, 16)] == [1, 1.5, 2.5, 3.5, 4.5]


@pytest.mark.parametrize(("attributes", "turns"), [(4, 1), (4, 3), (4, 4), (4, 5), (3, 2), (2, 6)])
def test_with_few_messages_at_most_a_share_of_the_items_is_found(attributes, turns):
    n = 2**attributes
    found = [[0.0] * (turns + 1) for _ in range(n + 1)]  # items found of n with t messages, any sets being asked for
    for t in range(1, turns + 1):
        for k in range(1, n + 1):
            ask = max((found[j][t - 1] + found[k - j][t - 1] for j in range(1, k)), default=0)
            found[k][t] = max(1 + found[k - 1][t - 1], ask)
    rules = TwentyQuestions(attributes=attributes, turns=turns, pay="right")
    assert rules.optimal() == found[n][turns] / n == min(1, 2 ** (turns - 1) / n)


def test_codes_are_found_almost_as_fast_as_can_be():
    for attributes, values in ((2, 3), (2, 4), (4, 2)):
        rules = TwentyQuestions(attributes=attributes, values=values, feedback="match")
        best, expert = rules.value(rules.begin(None)), -np.mean(returns(rules))
        assert best <= expert + 1e-9 <= best + 0.3
    rules = TwentyQuestions(attributes=4, values=3, feedback="match")
    lengths = [-r for r in returns(rules)]
    assert max(lengths) <= 10 and np.mean(lengths) < 5


@pytest.mark.parametrize("split", ["train", "test"])
def test_all_items_are_as_likely_in_either_split(split):
    """What is held out are words, not items: otherwise the belief would not be uniform."""
    rules, n = TwentyQuestions(split=split), 1600
    found = np.bincount([rules.items.index(rules._task(rng_of(s)).values) for s in range(n)], minlength=16)
    assert ((found - n / 16) ** 2 / (n / 16)).sum() < 37.7  # chi-square with 15 degrees of freedom, one in a thousand


def test_belief_and_information_are_exact_and_add_up():
    env = gym.make("rewardlab/TwentyQuestions-v0")
    for seed in range(20):
        env.reset(seed=seed)
        rules, state = env.unwrapped.rules, env.unwrapped.get_state()["state"]
        task, told, over = state["task"][0], 0.0, False
        rng = np.random.default_rng(seed)
        asked = []
        while not over:
            question = rules.questions[rng.integers(16, len(rules.questions))] if len(asked) < 5 else task.values
            asked.append(question)
            _, reward, over, _, info = env.step("is it " + rules.words(question, task))
            fits = [
                v for v in rules.items
                if all(answer(q, v) == answer(q, task.values) for q in asked)
            ]  # fmt: skip
            assert info["left"] == len(fits) and info["belief"] == 1 / len(fits) and reward == -1
            assert -1e-9 <= info["expected_gain"] <= info["best_gain"] + 1e-9
            told += info["gain"]
        assert told == pytest.approx(4, abs=1e-6) and info["success"] and info["belief"] == 1


def answer(question, values):
    return all(q is None or q == v for q, v in zip(question, values, strict=True))


def test_every_question_is_known_and_the_best_ones_halve():
    rules = TwentyQuestions(attributes=3)
    assert len(rules.questions) == len(set(rules.questions)) == 3**3 - 1
    assert rules.replies.sum(1).tolist() == [2 ** sum(v is None for v in q) for q in rules.questions]
    rules = TwentyQuestions(attributes=2, values=4, feedback="match")
    assert [sorted(np.bincount(row).tolist()) for row in rules.replies] == [[1, 6, 9]] * 16


def test_messages_are_read_and_what_is_no_question_costs_its_turn():
    rules = TwentyQuestions(attributes=3)
    task = Item(KINDS[:3], (0, 1, 0))
    assert rules.questions[rules.read("Is it BLUE, and big?", task)] == (0, 1, None)
    assert rules.questions[rules.read("blue", task)] == (None, 1, None)
    for nothing in ("", "yes", "is it wet?", "big or small", "big small", "not big", "redblue"):
        assert rules.read(nothing, task) is None
        heard = rules.hear(task, rules.begin(task), nothing, None)
        assert not heard.understood and heard.parts["turns"] == -1 and heard.memory == rules.begin(task)


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"attributes": 0}, {"attributes": 9}, {"values": 3}, {"feedback": "maybe"}, {"pay": "gold"},
                  {"turns": 0}, {"feedback": "match", "values": 11}):  # fmt: skip
        with pytest.raises(BadOption, match=list(wrong)[-1]):
            TwentyQuestions(**wrong)
    with pytest.raises(BadOption, match="at most 256"):
        TwentyQuestions(feedback="match", values=5)


def test_values_are_consistent_and_the_most_telling_question_is_mostly_the_best():
    rules = TwentyQuestions()
    rng = np.random.default_rng(0)
    best_is_most_telling = []
    for _ in range(40):
        left = tuple(sorted(int(s) for s in rng.choice(16, size=int(rng.integers(3, 9)), replace=False)))
        useful = [q for q in range(len(rules.questions)) if 0 < rules.replies[q, list(left)].sum() < len(left)]
        worth = {q: rules.worth(q, left) for q in useful}
        assert rules.value(left) == pytest.approx(min(worth.values()))
        told = gains(rules.replies, left)
        top = [q for q in useful if told[q] == told.max()]
        best_is_most_telling.append(min(worth[q] for q in top) <= rules.value(left) + 1e-9)
    assert np.mean(best_is_most_telling) >= 0.8
