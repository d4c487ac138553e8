"""Delayed chain: what the first action is worth, what noise adds, and that nothing else matters."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.mdps import DelayedChain
from rewardlab.envs.mdps.layers import losses


@pytest.mark.parametrize(
    ("length", "actions", "noise", "gamma"), [(1, 2, 0.0, 1.0), (5, 3, 0.0, 0.9), (7, 2, 2.0, 0.8)]
)
def test_values_in_closed_form(length, actions, noise, gamma):
    rules = DelayedChain(length=length, actions=actions, noise=noise, gamma=gamma)
    mdp = rules.to_mdp()
    best = mdp.solve()
    assert best.value == pytest.approx(gamma**length, abs=1e-12)
    np.testing.assert_allclose(best.Q[0], gamma**length * np.where(np.arange(actions), -1, 1), atol=1e-12)
    uniform = np.full((mdp.num_states, actions), 1 / actions)
    assert mdp.evaluate(uniform).value == pytest.approx(gamma**length * (2 / actions - 1), abs=1e-12)
    np.testing.assert_allclose(losses(mdp), rules._tables()["loss"].reshape(-1, actions), atol=1e-9)
    assert mdp.with_gamma(1.0).occupancy(uniform).sum() == pytest.approx(length + 1)
    assert rules.card().random_return == pytest.approx(2 / actions - 1, abs=1e-12)


def test_pays_between_are_fair_coins_and_the_last_is_the_truth():
    rules = DelayedChain(length=6, noise=0.5)
    envs = WorldVectorEnv(rules, 3000, autoreset_mode="Disabled")
    envs.reset(seed=0)
    first = np.arange(3000) % 2
    rng = np.random.default_rng(0)
    pays = []
    for t in range(7):
        _, reward, over, _, info = envs.step(first if t == 0 else rng.integers(0, 2, 3000))
        pays.append(reward)
        np.testing.assert_array_equal(info["pseudo_regret"], 2.0 * first if t == 0 else 0.0)
    pays = np.array(pays)
    assert set(np.unique(pays[:6])) == {-0.5, 0.5}
    assert abs(pays[:6].mean()) < 4 * 0.5 / np.sqrt(18000)
    assert np.abs(np.corrcoef(pays[:6]) - np.eye(6)).max() < 4.5 / np.sqrt(3000)  # no coin knows of another
    np.testing.assert_array_equal(pays[6], 1 - 2 * first)
    np.testing.assert_array_equal(info["success"], first == 0)
    assert over.all()
    assert rules._name(0) == "the fork" and rules._name(rules._number(1, 3, 0)) == "place 4 after the wrong action"


@pytest.mark.parametrize("options", [{"length": 0}, {"length": 2.5}, {"actions": 1}, {"noise": -1.0}, {"gamma": 1.1}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        DelayedChain(**options)
