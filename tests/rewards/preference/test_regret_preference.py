"""Regret preferences: what they tell and sums do not, and learning from them."""

from itertools import product

import numpy as np
import pytest
import torch
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption, MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import (
    RegretPreference,
    SoftValues,
    SuccessorFeatures,
    TableUtility,
    Teacher,
    regrets,
)

S, A = 6, 2


def corridor(R=None, gamma=0.9, slip=0.0):
    """Cells 0..5: 0 is a trap, 5 the goal, both terminal; actions are left and right, and slip to the other side."""
    P = np.zeros((S, A, S))
    for s in range(S):
        for a, side in enumerate((-1, 1)):
            P[s, a, np.clip(s + side, 0, S - 1)] += 1 - slip
            P[s, a, np.clip(s - side, 0, S - 1)] += slip
    ends = np.isin(np.arange(S), (0, S - 1))
    return TabularMDP(P, np.zeros((S, A)) if R is None else R, gamma=gamma, terminal=ends, initial=2)


def features(mdp):
    """[S, A, 3]: the chance to enter the trap, the goal, another cell."""
    kind = np.eye(3)[[0, 2, 2, 2, 2, 1]]
    return mdp.dense()[0] @ kind


W = np.array([-1.0, 2.0, -0.1])


def every_segment(mdp, length):
    """All segments [N, T] of a deterministic process that do not go beyond an end: states, actions."""
    P, found = mdp.dense()[0], []
    for s in np.flatnonzero(~mdp.terminal):
        for actions in product(range(A), repeat=length):
            path = [s]
            for a in actions:
                path.append(int(P[path[-1], a].argmax()))
            if not mdp.terminal[path[:-1]].any():
                found.append((path[:-1], list(actions), path[-1]))
    return [np.array(x) for x in zip(*found, strict=True)]


def every_pair(mdp, length):
    """All ordered pairs of different segments, [P, 2, T]."""
    state, action, _ = every_segment(mdp, length)
    pair = np.array([(i, j) for i in range(len(state)) for j in range(len(state)) if i != j])
    return steps((len(pair), 2, length), obs=state[pair], action=action[pair])


def labels(mdp, pairs, table):
    return Teacher(TableUtility(table))(pairs)


def test_a_constant_changes_what_is_best_and_no_partial_return():
    """With −1 a step it is best to fall into the near trap, with +1 to turn round for ever: the same sums prefer."""
    base = np.zeros((S, A))
    base[4, 1] = 0.5
    costs, pays = corridor(base - 1), corridor(base + 1)
    pairs = every_pair(costs, 3)
    np.testing.assert_array_equal(labels(costs, pairs, costs.R), labels(pays, pairs, pays.R))
    scores = [m.R[pairs.obs, pairs.action].sum(-1) for m in (costs, pays)]
    np.testing.assert_allclose(*(s[:, 0] - s[:, 1] for s in scores), atol=1e-12)  # so every logistic label too
    best = [m.optimal_actions() for m in (costs, pays)]
    assert (best[0] != best[1]).any() and (
        labels(costs, pairs, -regrets(costs)) != labels(pays, pairs, -regrets(pays))
    ).any()


def test_a_lottery():
    """Win or lose against a sure 0: sums order outcomes alike for −10 and −0.5, regrets know what the choice was."""
    P = np.zeros((4, 2, 4))  # 0 chooses; 1 sure, 2 won, 3 lost
    P[0, 0, 1], P[0, 1, 2], P[0, 1, 3] = 1.0, 0.5, 0.5
    P[1:, :, 1] = 1.0
    found = []
    for loss in (-10.0, -0.5):
        R = np.zeros((4, 2, 4))
        R[0, 1, 2], R[0, 1, 3] = 1.0, loss
        mdp = TabularMDP(P, R, gamma=1.0, terminal=np.arange(4) > 0)
        outcomes = np.array([0.0, 1.0, loss])
        lost = regrets(mdp)
        pair = steps((1, 2, 1), obs=np.zeros((1, 2, 1), int), action=np.array([[[0], [1]]]))
        found.append((np.argsort(outcomes).tolist(), int(mdp.solve().policy[0]), float(labels(mdp, pair, -lost)[0])))
        assert lost[0].tolist() == pytest.approx([max(0, 0.5 + 0.5 * loss), max(0, -0.5 - 0.5 * loss)])
    assert found[0][0] == found[1][0] and (found[0][1], found[1][1]) == (0, 1) and (found[0][2], found[1][2]) == (1, 0)


@pytest.mark.parametrize("seed", range(3))
def test_regret_is_0_for_optimal_actions_alone(seed):
    rng = np.random.default_rng(seed)
    mdp = TabularMDP(rng.dirichlet(np.ones(5), (5, 3)), rng.integers(-1, 2, (5, 3)) * 1.0, gamma=0.9)
    lost, best = regrets(mdp), mdp.optimal_actions()
    assert (lost >= 0).all() and ((lost <= 1e-9) == best).all()


def test_the_deterministic_form_is_the_general_one():
    mdp = corridor(features(corridor()) @ W, gamma=1.0)
    V, lost = mdp.solve().V, regrets(mdp)
    state, action, end = every_segment(mdp, 3)
    general = lost[state, action].sum(1)
    np.testing.assert_allclose(V[state[:, 0]] - (mdp.R[state, action].sum(1) + V[end]), general, atol=1e-12)


@pytest.mark.parametrize("slip", [0.0, 0.2])
def test_shaping_by_a_potential_leaves_regrets_and_moves_sums(slip):
    mdp = corridor(features(corridor(slip=slip)) @ W, slip=slip)
    height = np.random.default_rng(0).normal(size=S) * ~mdp.terminal
    shaped = mdp.with_reward(mdp.R + 0.9 * mdp.expect(height) - height[:, None])
    np.testing.assert_allclose(regrets(shaped), regrets(mdp), atol=1e-10)
    pairs = every_pair(corridor(), 2)
    assert (labels(mdp, pairs, mdp.R) != labels(shaped, pairs, shaped.R)).any()
    np.testing.assert_array_equal(labels(mdp, pairs, -regrets(mdp)), labels(shaped, pairs, -regrets(shaped)))


@pytest.mark.parametrize("way", ["features", "soft"])
def test_noiseless_labels_of_all_pairs_return_the_same_optimal_policy(way):
    world = corridor()
    phi = features(world)
    truth = world.with_reward(phi @ W)
    pairs = every_pair(world, 2)
    pairs = pairs.paying(pairs.reward, label=labels(truth, pairs, -regrets(truth)))
    values = {
        "features": lambda: SuccessorFeatures(world, phi, [np.array([0, *p, 0]) for p in product(range(A), repeat=4)]),
        "soft": lambda: SoftValues(world, phi, temperature=0.05),
    }[way]()
    model = RegretPreference(features=phi, values=values)
    logs = model.fit(pairs, epochs=300)
    assert logs[-1]["loss"] < 0.5 * logs[0]["loss"] and logs[-1]["accuracy"] == 1.0
    learned = world.with_reward(phi @ model.weights)
    np.testing.assert_array_equal(learned.optimal_actions()[1:-1], truth.optimal_actions()[1:-1])


def test_its_probabilities_are_the_logistic_of_regrets_and_its_pay_the_reward():
    world = corridor(slip=0.1)
    phi = features(world)
    model = RegretPreference(features=phi, values=SoftValues(world, phi, temperature=1e-4))
    model.weights = W.copy()
    lost, pairs = regrets(world.with_reward(phi @ W)), every_pair(corridor(), 3).rows(slice(0, 40))
    mask = np.random.default_rng(0).random(pairs.shape) < 0.7
    pairs = pairs.paying(pairs.reward, mask=mask)
    own = (lost[pairs.obs, pairs.action] * mask).sum(-1)
    np.testing.assert_allclose(model.segment_scores(pairs), -own, atol=2e-3)
    np.testing.assert_allclose(model.probabilities(pairs)[0], 1 / (1 + np.exp(own[:, 0] - own[:, 1])), atol=1e-3)
    np.testing.assert_allclose(model(pairs), (phi @ W)[pairs.obs, pairs.action])


def test_laws_torch_memory_and_padding():
    world = corridor()
    phi = features(world)
    pairs = every_pair(world, 2)
    truth = world.with_reward(phi @ W)
    pairs = pairs.paying(pairs.reward, label=labels(truth, pairs, -regrets(truth)))

    def make():
        return RegretPreference(features=phi, values=SoftValues(world, phi, temperature=0.1))

    a, b, c = make(), make(), make()
    logs = a.update(pairs)
    assert sorted(logs) == ["regret_preference/accuracy", "regret_preference/loss"]
    assert b.update(as_torch(pairs)) == logs and (a.weights == b.weights).all()
    c.load_state_dict(a.state_dict())
    assert a.fit(pairs, epochs=3) == c.fit(pairs, epochs=3)
    batch = steps(8, obs=np.arange(8) % S, action=np.arange(8) // 4)
    check_reward(a, batch, skip=["finite_at_extremes"])  # a million is no state of this table
    assert torch.is_tensor(a(as_torch(batch))) and a.update(batch) == {}
    one = RegretPreference(features=phi, values=SoftValues(world, phi, temperature=0.1))
    mask = np.ones(pairs.shape, bool)
    mask[..., 1] = False
    one.fit(pairs.paying(pairs.reward, mask=mask), epochs=3)
    short = make()
    cut = pairs.map(lambda x: x[:, :, :1] if x.ndim > 1 else x)
    short.fit(cut, epochs=3)
    np.testing.assert_allclose(one.weights, short.weights, atol=1e-12)


def test_a_number_of_the_state_can_be_told():
    world = corridor()
    phi = features(world)
    plain = RegretPreference(features=phi, values=SoftValues(world, phi))
    told = RegretPreference(features=phi, values=SoftValues(world, phi), state=lambda obs: obs[..., 0] // 2)
    plain.weights = told.weights = W
    state = np.arange(S)
    far = np.stack([2 * state + 1, state], -1)
    np.testing.assert_array_equal(told(steps(S, obs=far)), plain(steps(S, obs=state)))
    np.testing.assert_array_equal(
        TableUtility(phi @ W, told.state)(steps(S, obs=far)), TableUtility(phi @ W)(steps(S, obs=state))
    )


def test_mistakes_are_named():
    world = corridor()
    phi = features(world)
    for options in ({"features": phi[..., 0]}, {"features": phi * np.nan}, {"features": phi, "lr": 0.0}):
        with pytest.raises(BadOption, match="RegretPreference"):
            RegretPreference(values=SoftValues(world, phi), **options)
    model = RegretPreference(features=phi, values=SoftValues(world, phi))
    for batch in (steps(2, obs=np.array([0, S])), steps(2, obs=np.zeros((2, 3))), steps(1, action=np.array([A]))):
        with pytest.raises(BadBatch, match="states"):
            model(batch)
    with pytest.raises(MissingColumn, match="label"):
        model.fit(steps((2, 2, 1), obs=np.zeros((2, 2, 1), int)))
    with pytest.raises(BadCheckpoint, match="weights"):
        model.load_state_dict({"weights": np.zeros(7)})
