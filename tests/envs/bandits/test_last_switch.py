"""The last-switch bandit: steps by the rule, the best gain by other means, the bound of the linear programme."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import LastSwitchBandit


def largest_cycle_mean(pay, after):
    """The best average reward that can be reached from the last state, by Karp's algorithm on the graph of choices."""
    n = len(pay)
    best = np.full((n + 1, n), -np.inf)
    best[0, -1] = 0.0
    for k in range(n):
        for a in range(pay.shape[1]):
            np.maximum.at(best[k + 1], after[:, a], best[k] + pay[:, a])
    with np.errstate(invalid="ignore"):
        slope = (best[n] - best[:n]) / np.arange(n, 0, -1)[:, None]
    slope = np.where(np.isfinite(best[:n]), slope, np.inf)
    return np.where(np.isfinite(best[n]), slope.min(0), -np.inf).max()


@pytest.mark.parametrize("reach", [1, 2, 4])
def test_states_count_plays_and_rests_as_the_rule_says(reach):
    rules = LastSwitchBandit(arms=2, reach=reach, deviation=0.0)
    envs = WorldVectorEnv(rules, 5)
    obs, _ = envs.reset(seed=0)
    tau = np.full((5, 2), reach)
    rng = np.random.default_rng(0)
    for _ in range(60):
        np.testing.assert_allclose(obs * reach, tau, atol=1e-6)
        action = rng.integers(0, 3, 5)
        places = np.where(tau < 0, tau + reach, tau + reach - 1)
        expected = [0.0 if a == 2 else rules.means[a, p[a]] for a, p in zip(action, places, strict=True)]
        obs, paid, terminated, *_, info = envs.step(action)
        np.testing.assert_allclose(paid, expected, atol=1e-15)
        np.testing.assert_allclose(info["pseudo_regret"], rules.optimal_value - np.array(expected), atol=1e-12)
        assert not terminated.any() and (info["shortfall"] >= 0).all()
        for i, j in itertools.product(range(5), range(2)):
            t = tau[i, j]
            if action[i] == j:
                tau[i, j] = max(t - 1, -reach) if t < 0 else -1
            else:
                tau[i, j] = min(t + 1, reach) if t > 0 else 1


@pytest.mark.parametrize("law", ["random", "recharging", "tiring"])
@pytest.mark.parametrize("instance,reach", [(0, 2), (1, 2), (2, 3)])
def test_the_gain_is_that_of_the_best_cycle_and_at_most_the_bound(law, instance, reach):
    rules = LastSwitchBandit(arms=3, reach=reach, law=law, instance=instance)
    gain = rules.optimal_value
    assert gain == pytest.approx(largest_cycle_mean(*rules._joint), abs=1e-9)
    assert gain <= rules.occupation_bound + 1e-6
    mdp = rules.to_mdp()
    h = rules._solved[1]
    worth = mdp.R + mdp.expect(h)
    np.testing.assert_allclose(worth.max(1), gain + h, atol=1e-9)  # the optimality equation of average reward
    # long horizons earn gain · T up to a bounded number
    values = [mdp.solve(horizon=t).value for t in (200, 400)]
    assert (values[1] - values[0]) / 200 == pytest.approx(gain, abs=0.01)


def test_the_plan_earns_the_gain_and_never_falls_short():
    rules = LastSwitchBandit(deviation=0.0, instance=5)
    envs = WorldVectorEnv(rules, 1)
    envs.reset(seed=0)
    paid = []
    for _ in range(600):
        place = tuple(envs.get_state()["state"]["place"][0])
        _, reward, *_, info = envs.step(rules.plan[place][None])
        assert info["shortfall"][0] == 0.0 and info["success"][0]
        paid.append(reward[0])
    assert np.mean(paid[120:]) == pytest.approx(rules.optimal_value, abs=0.002)
    assert rules.optimal_value <= rules.occupation_bound


@pytest.mark.parametrize("reach", [1, 2, 3, 4])
@pytest.mark.parametrize("instance", range(3))
def test_with_one_arm_the_bound_is_the_optimum(reach, instance):
    rules = LastSwitchBandit(arms=1, reach=reach, instance=instance)
    assert rules.occupation_bound == pytest.approx(rules.optimal_value, abs=1e-9)
    assert rules.optimal_value == pytest.approx(largest_cycle_mean(*rules._joint), abs=1e-9)


def test_occupations_are_laws_that_balance():
    rules = LastSwitchBandit(instance=1)
    value, y = rules.occupation()
    np.testing.assert_allclose(y.sum((1, 2)), 1.0, atol=1e-9)
    assert y[:, :, 1].sum() <= 1 + 1e-9 and (y[:, :, 1] * rules.means).sum() == pytest.approx(value, abs=1e-9)
    for arm in y:
        into = np.zeros(6)
        np.add.at(into, rules.idle, arm[:, 0])
        np.add.at(into, rules.played, arm[:, 1])
        np.testing.assert_allclose(into, arm.sum(1), atol=1e-9)


def test_time_invariant_payoffs_mean_the_best_arm_for_ever():
    rules = LastSwitchBandit(law="constant", instance=2)
    assert rules.optimal_value == pytest.approx(rules.means.max(), abs=1e-12)
    assert (rules.plan == rules.means[:, 0].argmax()).all()
    assert rules.occupation_bound == pytest.approx(rules.means.max(), abs=1e-9)


def test_resting_can_be_best_and_laws_have_their_shapes():
    waits = LastSwitchBandit(payoffs=[[-1.0, -1.0, -1.0, 1.0]])  # worth playing every third round only
    assert waits.optimal_value == pytest.approx(1 / 3, abs=1e-12)
    recharging, tiring = (LastSwitchBandit(law=law).means for law in ("recharging", "tiring"))
    assert (np.ptp(recharging[:, :3], axis=1) == 0).all() and (np.diff(recharging[:, 3:]) > 0).all()
    assert (np.ptp(tiring[:, 3:], axis=1) == 0).all() and (np.diff(tiring[:, :3]) > 0).all()


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"payoffs": [[0.5, 0.4]]}, "payoffs of arm 0 fall"),
        ({"payoffs": [[0.1, 0.2], [0.3, 0.1]]}, "payoffs of arm 1 fall"),
        ({"payoffs": [[0.1, 0.2, 0.3]]}, "payoffs of shape"),
        ({"law": "recharge"}, "(?s)law='recharge'.*recharging"),
        ({"arms": 6}, "6 arms with 2 x 3 states"),
        ({"reach": 0}, "reach=0"),
        ({"deviation": float("inf")}, "deviation=inf"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        LastSwitchBandit(**fields)
