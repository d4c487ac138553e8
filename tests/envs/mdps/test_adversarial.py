"""Adversarial MDP: the comparator by enumeration of policies, regret of steps that adds up, schedules and feedback."""

import itertools

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.mdps import AdversarialMDP


def value(rules, policy, loss):
    """The expected loss of one round by plain recursion."""
    P = rules.process.dense()[0]
    V = np.zeros(rules.process.num_states)
    for s in reversed(range(len(policy))):
        V[s] = loss[s, policy[s]] + P[s, policy[s]] @ V
    return V[0]


@pytest.mark.parametrize("schedule", ["fixed", "switching", "alternating", "drawn"])
def test_the_comparator_is_the_best_of_all_policies(schedule):
    rules = AdversarialMDP(schedule=schedule, rounds=30, period=7, actions=2, instance=3)
    total = rules.loss_tables[rules.order]  # [K, S, A]
    values = {
        p: sum(value(rules, p, loss) for loss in total) for p in itertools.product(range(2), repeat=5)
    }  # fmt: skip
    policy, lost = rules.best_in_hindsight()
    assert lost == pytest.approx(min(values.values()), abs=1e-9)
    assert values[tuple(policy)] == pytest.approx(lost, abs=1e-9)
    assert rules.card().optimal_return == pytest.approx(-lost)
    assert rules.to_mdp().solve().value * 30 == pytest.approx(-lost, abs=1e-9)


def test_what_steps_lose_adds_up_to_the_regret():
    """For a fixed policy, by occupancies and exactly, in each round and in sum."""
    rules = AdversarialMDP(rounds=20, period=5)
    star, lost = rules.best_in_hindsight()
    rng = np.random.default_rng(0)
    policy = rng.dirichlet(np.ones(3), 5)
    visits = rules.process.occupancy(np.concatenate([policy, policy[-1:]]))[:5]
    behind = rules._tables()["behind"]
    total = 0.0
    for j in rules.order:
        own, _ = rules.values(policy, rules.loss_tables[j])
        other, Q = rules.values(star, rules.loss_tables[j])
        np.testing.assert_allclose(behind[j], Q - other[:, None], atol=1e-12)
        assert (visits * behind[j]).sum() == pytest.approx(own[0] - other[0], abs=1e-12)
        total += own[0]
    assert total - lost == pytest.approx((visits * behind[rules.order].sum(0)).sum(), abs=1e-9)
    assert total > lost


def test_losses_are_linear_in_features_and_so_is_the_loss_to_go():
    rules = AdversarialMDP()
    assert rules.loss_tables.min() >= 0 and rules.loss_tables.max() <= 1
    phi = rules.feature_table
    np.testing.assert_allclose(phi.sum(2), 1.0)
    for policy in (np.zeros(5, dtype=int), np.array([2, 1, 0, 1, 2])):
        _, Q = rules.values(policy, rules.loss_tables[1])
        for layer in range(3):
            rows = rules.layer == layer
            x, y = phi[rows].reshape(-1, 4), Q[rows].ravel()
            if len(y) > 4:  # more numbers than parameters: linearity is a claim
                fit = np.linalg.lstsq(x, y, rcond=None)[0]
                np.testing.assert_allclose(x @ fit, y, atol=1e-10)


def test_a_game_is_played_by_its_schedule():
    rules = AdversarialMDP(schedule="alternating", rounds=7, feedback="full")
    envs = WorldVectorEnv(rules, 50, autoreset_mode="Disabled")
    state, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    for t in range(21):
        assert (rules.layer[state] == t % 3).all()
        action = rng.integers(0, 3, 50)
        after, reward, over, _, info = envs.step(action)
        now = rules.loss_tables[t // 3 % 2]
        np.testing.assert_array_equal(info["loss"], now[state, action])
        np.testing.assert_array_equal(reward, -info["loss"])
        assert (info["losses"] == now).all() and (info["round"] == t // 3).all()
        assert over.all() == (t == 20)
        state = after


def test_the_adaptive_adversary_makes_it_cost_where_the_learner_goes():
    rules = AdversarialMDP(schedule="adaptive", rounds=12)
    env = WorldEnv(rules)
    state, _ = env.reset(seed=4)
    visits, counts = np.zeros((5, 3)), np.zeros(8)
    for t in range(36):
        action = t % 3
        state_before = state
        state, _, over, _, info = env.step(action)
        if t % 3 == 0 and t:
            assert info["loss_index"] == (rules.loss_tables * visits).sum((1, 2)).argmax()
        counts[info["loss_index"]] += t % 3 == 0
        visits[state_before, action] += 1
    assert over and counts.sum() == 12
    policy, lost = rules.best_in_hindsight(counts)
    best = sum(counts[j] * value(rules, policy, rules.loss_tables[j]) for j in range(8))
    assert lost == pytest.approx(best, abs=1e-9)
    with pytest.raises(BadOption, match="counts=None"):
        rules.best_in_hindsight()


@pytest.mark.parametrize("schedule", ["drawn", "adaptive"])
def test_torch_plays_as_numpy_does(schedule):
    rules = AdversarialMDP(schedule=schedule, rounds=5)
    a, b = WorldVectorEnv(rules, 6), WorldVectorEnv(rules, 6, device="cpu")
    x, y = a.reset(seed=2)[0], b.reset(seed=2)[0]
    rng = np.random.default_rng(0)
    for _ in range(40):
        np.testing.assert_array_equal(x, y.numpy())
        action = rng.integers(0, 3, 6)
        (x, *left, _), (y, *right, _) = a.step(action), b.step(torch.as_tensor(action))
        for p, q in zip(left, right, strict=True):
            np.testing.assert_array_equal(p, np.asarray(q))
    assert rules.text({"state": np.array([3]), "round": np.array([2])}, 0) == "round 2 of 5, layer 2, state 3"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"layers": 0}, "layers"),
        ({"schedule": "switch"}, "switching"),
        ({"feedback": "none"}, "feedback"),
        ({"rounds": 0}, "rounds"),
        ({"rounds": 10**6, "period": 1}, "1,000,000 switches"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        AdversarialMDP(**options)
