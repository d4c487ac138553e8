"""Twenty questions: the optimal return by dynamic programming, the belief by Bayes, every question enumerated."""

from functools import cache

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.twenty_questions import KINDS, Item, TwentyQuestions


def optimum(rules):
    """The least expected number of messages over all strategies, by search over all beliefs."""
    masks = [[sum(1 << s for s in np.flatnonzero(row == r)) for r in np.unique(row)] for row in rules.replies]
    size = len(rules.items)

    @cache
    def messages(left):
        count = left.bit_count()
        if count == 0:
            return 0.0
        if count == 1:
            return 1.0
        best = np.inf
        seen = set()
        for q, parts in enumerate(masks):
            inside = tuple(sorted(left & p for p in parts if left & p))
            right = q < size and bool(left >> q & 1)
            if (len(inside) == 1 and not right) or (inside, right) in seen:
                continue
            seen.add((inside, right))
            rest = [p for p in inside if not (right and p == 1 << q)]
            best = min(best, 1 + sum(p.bit_count() / count * messages(p) for p in rest))
        return best

    return messages((1 << size) - 1)


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
    if attributes < 4:  # over all 2^16 beliefs of sixteen items the search is long; below, by halving
        assert optimum(rules) == pytest.approx(attributes + 0.5)
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
    rules = TwentyQuestions(attributes=2, values=3, feedback="match")
    best, expert = optimum(rules), -np.mean(returns(rules))
    assert best <= expert + 1e-9 <= best + 0.3
    rules = TwentyQuestions(attributes=4, values=3, feedback="match")
    lengths = [-r for r in returns(rules)]
    assert max(lengths) <= 10 and np.mean(lengths) < 5


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
