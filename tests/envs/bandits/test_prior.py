"""Means from a prior: their law, and Bayes-optimal play against published numbers, enumeration and simulation."""

import functools

import numpy as np
import pytest
import torch
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import PriorBandit


@pytest.mark.parametrize(("pulls", "per_pull"), [(10, 0.6022), (20, 0.6216), (30, 0.6307)])
def test_two_uniform_arms_pay_the_known_optimum(pulls, per_pull):
    assert PriorBandit(pulls=pulls).optimal_value / pulls == pytest.approx(per_pull, abs=6e-5)


@pytest.mark.parametrize(("arms", "pulls", "a", "b"), [(2, 6, 1, 1), (2, 5, 2, 3), (3, 4, 1, 2)])
def test_the_optimum_is_that_of_recursion_and_of_the_table(arms, pulls, a, b):
    @functools.cache
    def best(seen):
        if sum(map(sum, seen)) == pulls:
            return 0.0
        found = []
        for k, (wins, losses) in enumerate(seen):
            p = (a + wins) / (a + b + wins + losses)
            won, lost = ((*seen[:k], pair, *seen[k + 1 :]) for pair in ((wins + 1, losses), (wins, losses + 1)))
            found.append(p * (1 + best(won)) + (1 - p) * best(lost))
        return max(found)

    rules = PriorBandit(arms, pulls, a, b)
    known = best(((0, 0),) * arms)
    assert rules.optimal_value == pytest.approx(known, abs=1e-12)
    mdp = rules.to_mdp()
    assert mdp.solve().value == pytest.approx(known, abs=1e-9)
    uniform = np.full((mdp.num_states, arms), 1 / arms)
    assert mdp.evaluate(uniform).value == pytest.approx(rules.card().random_return, abs=1e-9)
    assert rules.card().random_return < known < rules.oracle_value


def test_the_best_arm_is_worth_its_order_statistic():
    assert PriorBandit(arms=4, pulls=10).oracle_value == pytest.approx(10 * 4 / 5)  # E[max of 4 uniform] = 4 / 5
    for rules in (PriorBandit(arms=9, pulls=200), PriorBandit(pulls=201)):
        assert rules.optimal_value is None and rules.card().optimal_return is None


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 5), (3, 1)])
def test_means_are_drawn_afresh_by_their_law(a, b):
    envs = WorldVectorEnv(PriorBandit(3, 2, a, b), 4000)
    envs.reset(seed=0)
    first = envs.get_state()["state"]["means"]
    assert stats.kstest(first.ravel(), stats.beta(a, b).cdf).pvalue > 0.001
    assert abs(np.corrcoef(first.T)[0, 1]) < 4 / np.sqrt(4000)
    info = envs.step(np.zeros(4000, dtype=int))[4]
    np.testing.assert_array_equal(info["pseudo_regret"], first.max(1) - first[:, 0])
    np.testing.assert_array_equal(info["best_arm"], first.argmax(1))
    np.testing.assert_array_equal(info["success"], first.argmax(1) == 0)
    np.testing.assert_array_equal(envs.get_state()["state"]["means"], first)  # within the episode they stay
    envs.step(np.zeros(4000, dtype=int))
    assert (envs.get_state()["state"]["means"] != first).all()


def test_play_of_the_optimal_table_earns_the_optimum():
    rules, n = PriorBandit(pulls=8), 6000
    policy = rules.to_mdp().solve().policy
    start = (0, 0, 0, 0)
    number, order = {start: 0}, [start]
    for seen in order:  # as `to_mdp` numbers what was seen
        for k in (0, 1) if sum(seen) < 8 else ():
            for place in (k, 2 + k):
                after = tuple(np.add(seen, np.eye(4, dtype=int)[place]).tolist())
                if after not in number:
                    number[after] = len(order)
                    order.append(after)
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=1)
    seen, total, row = np.zeros((n, 4), dtype=int), np.zeros(n), np.arange(n)
    for _ in range(8):
        arm = np.array([policy[number[tuple(s)]] for s in seen.tolist()])
        reward = envs.step(arm)[1]
        seen[row, np.where(reward > 0, arm, 2 + arm)] += 1
        total += reward
    assert abs(total.mean() - rules.optimal_value) < 3.5 * total.std() / np.sqrt(n)


def test_torch_steps_as_numpy_does():
    rules = PriorBandit(3, 4, 2, 2)
    a, b = WorldVectorEnv(rules, 5), WorldVectorEnv(rules, 5, device="cpu")
    a.reset(seed=1), b.reset(seed=1)
    dice = np.random.default_rng(2)
    for _ in range(10):
        action = dice.integers(0, 3, 5)
        (x, *left, first), (y, *right, second) = a.step(action), b.step(torch.as_tensor(action))
        np.testing.assert_allclose(x, y.numpy(), rtol=1e-6)
        for p, q in zip(left, right, strict=True):
            np.testing.assert_array_equal(p, q.numpy())
        for key in {"pseudo_regret", "best_arm", "success"} & first.keys():
            np.testing.assert_array_equal(first[key], second[key].numpy())


def test_pictures_and_words_show_pulls():
    envs = WorldVectorEnv(PriorBandit(pulls=2), 1, render_mode="rgb_array")
    envs.reset(seed=0)
    empty = envs.render()[0]
    envs.step([1])
    assert (envs.render()[0] != empty).any()
    assert "true mean" not in envs.rules.text(envs.get_state()["state"], 0)


@pytest.mark.parametrize(
    ("fields", "words"), [({"arms": 1}, "arms=1"), ({"pulls": 0}, "pulls=0"), ({"a": 0}, "a=0"), ({"b": 1.5}, "b=1.5")]
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        PriorBandit(**fields)


def test_too_large_a_table_is_refused():
    with pytest.raises(BadOption, match="states"):
        PriorBandit(arms=5, pulls=40).to_mdp()
