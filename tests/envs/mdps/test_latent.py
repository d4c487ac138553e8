"""Latent MDP: the house with two doors in closed form, by play, on torch; what is told and when."""

from math import comb

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.mdps import LatentMDP


def test_two_steps_are_worth_one_sight():
    """Listen, then open where one stands: right with the accuracy, unless listening ended it."""
    for accuracy, hazard in ((0.8, 0.05), (0.6, 0.3), (1.0, 0.0)):
        rules = LatentMDP(accuracy=accuracy, hazard=hazard, horizon=2)
        assert rules.optimal_value == pytest.approx((1 - hazard) * accuracy, abs=1e-12)
    assert LatentMDP(horizon=1).optimal_value == 0.0
    # with unequal doors one sight still decides, as long as it weighs more than the prior
    assert LatentMDP(weights=(0.7, 0.3), horizon=2).optimal_value == pytest.approx(0.95 * 0.8)


@pytest.mark.parametrize(("horizon", "accuracy"), [(2, 0.8), (4, 0.7), (6, 0.55), (8, 0.7)])
def test_free_sights_are_worth_the_majority_of_an_odd_number(horizon, accuracy):
    """H − 1 sights: who stands at the wrong door after the last one had the lead, and could have opened, before."""
    sights = horizon - 1
    law = [comb(sights, k) * accuracy**k * (1 - accuracy) ** (sights - k) for k in range(horizon)]
    rules = LatentMDP(accuracy=accuracy, hazard=0.0, horizon=horizon)
    assert rules.optimal_value == pytest.approx(sum(law[horizon // 2 :]), abs=1e-12)


def test_a_long_time_to_look_finds_out():
    assert LatentMDP(accuracy=0.7, hazard=0.0, horizon=120).optimal_value > 0.99


@pytest.mark.parametrize("horizon", [8, 32])
def test_play_by_the_plan_earns_the_optimum(horizon):
    rules = LatentMDP(horizon=horizon)
    best, n = rules.to_mdp().solve(horizon=horizon), 6000
    assert best.value == pytest.approx(rules.optimal_value, abs=1e-12)
    assert rules.card().optimal_return == pytest.approx(rules.optimal_value, abs=1e-12)
    envs = WorldVectorEnv(rules, n, autoreset_mode="Disabled")
    envs.reset(seed=0)
    going, total, lost, told = np.ones(n, dtype=bool), np.zeros(n), np.zeros(n), np.full(n, -1)
    for t in range(horizon):
        state = envs.get_state()["state"]
        action = best.policy[min(t, horizon - 1)][state["node"]]
        _, reward, over, _, info = envs.step(action)
        total += reward * going
        lost += info["pseudo_regret"] * going
        assert (info["context"][going & ~over] == -1).all()
        told = np.where(going & over, info["context"], told)
        going &= ~over
        if not going.any():
            break
        envs.reset(options={"reset_mask": over})
    assert (lost == 0).all() and set(told) == {0, 1}
    assert abs(total.mean() - rules.optimal_value) < 4 * total.std() / np.sqrt(n)


def test_losses_add_up_to_what_random_play_falls_short():
    rules = LatentMDP(horizon=6)
    mdp = rules.to_mdp()
    uniform = np.full((mdp.num_states, 2), 0.5)
    loss = rules._tables()["loss"]
    short = rules.optimal_value - mdp.evaluate(uniform).value
    assert (mdp.occupancy(uniform) * loss).sum() == pytest.approx(short, abs=1e-10)
    assert rules.card().random_return == pytest.approx(mdp.evaluate(uniform).value, abs=1e-10)


@pytest.mark.parametrize("view", ["index", "belief"])
def test_torch_plays_as_numpy_does(view):
    rules = LatentMDP(observation=view)
    a, b = WorldVectorEnv(rules, 6), WorldVectorEnv(rules, 6, device="cpu")
    x, y = a.reset(seed=2)[0], b.reset(seed=2)[0]
    rng = np.random.default_rng(0)
    for _ in range(30):
        assert x.dtype == y.numpy().dtype
        np.testing.assert_array_equal(x, y.numpy())
        action = rng.integers(0, 2, 6)
        (x, *left, info), (y, *right, told) = a.step(action), b.step(torch.as_tensor(action))
        for p, q in zip(left, right, strict=True):
            np.testing.assert_array_equal(p, np.asarray(q))
        np.testing.assert_array_equal(info["context"], told["context"].numpy())


def test_given_tables_are_played_with_their_belief():
    rng = np.random.default_rng(0)
    P, R = rng.dirichlet(np.ones(3), (2, 3, 2)), rng.random((2, 3, 2))
    rules = LatentMDP(transitions=P.tolist(), pays=R.tolist(), weights=(0.9, 0.1), horizon=4, observation="belief")
    envs = WorldVectorEnv(rules, 400, autoreset_mode="Disabled")
    obs, _ = envs.reset(seed=0)
    context = envs.get_state()["state"]["context"]
    assert abs((context == 0).mean() - 0.9) < 4 * 0.3 / 20
    weight = np.tile([0.9, 0.1], (400, 1))
    for _ in range(4):
        s = obs[:, :3].argmax(1)
        np.testing.assert_allclose(obs[:, 3:], weight, atol=1e-6)
        action = rng.integers(0, 2, 400)
        obs, reward, over, _, info = envs.step(action)
        np.testing.assert_array_equal(reward, R[context, s, action])
        weight = weight * P[:, s, action, obs[:, :3].argmax(1)].T
        weight /= weight.sum(1, keepdims=True)
    assert over.all() and (info["context"] == context).all()
    text = WorldEnv(LatentMDP(), render_mode="ansi")
    text.reset(seed=0)
    assert text.render() == "the hall, step 0 of 8, belief 0.500, 0.500"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"accuracy": 0.4}, "accuracy"),
        ({"hazard": 1.0}, "hazard"),
        ({"horizon": 0}, "horizon"),
        ({"observation": "state"}, "observation"),
        ({"weights": (0.5, 0.6)}, "weights"),
        ({"transitions": [[[[1.0]]]], "pays": [[1.0]]}, "transitions"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        LatentMDP(**options)
