"""Virtual states: the programme against exact plans, and what its multiplier says of each arm."""

import numpy as np
import pytest

from rewardlab.agents.loops.virtual_states import advantages, check_payoffs, moves, plan
from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits import LastSwitchBandit


def cycle(how, place, decide, rounds):
    """Places and plays of one arm that is played where `decide` says so."""
    out = []
    for _ in range(rounds):
        play = bool(decide[place])
        out.append((place, play))
        place = how.played[place] if play else how.idle[place]
    return out


def test_moves_are_those_of_plays_in_a_row_and_of_rounds_at_rest():
    how = moves(3)
    assert how.tau.tolist() == [-3, -2, -1, 1, 2, 3]
    assert how.tau[how.played].tolist() == [-3, -3, -2, -1, -1, -1]
    assert how.tau[how.idle].tolist() == [1, 1, 1, 2, 3, 3]


@pytest.mark.parametrize("instance", range(6))
@pytest.mark.parametrize("law", ["random", "recharging", "tiring"])
def test_the_programme_is_a_bound_of_the_best_plan(instance, law):
    rules = LastSwitchBandit(arms=2, instance=instance, law=law)
    found = plan(rules.means)
    assert found.value >= rules.optimal_value - 1e-6
    assert found.value == pytest.approx(rules.occupation_bound, abs=1e-9)
    how, y = moves(3), found.y
    np.testing.assert_allclose(y.sum((1, 2)), 1.0, atol=1e-9)
    assert y[:, :, 1].sum() <= 1 + 1e-9
    for arm in y:  # what leaves a place is what comes to it
        arrives = np.zeros(6)
        np.add.at(arrives, how.idle, arm[:, 0])
        np.add.at(arrives, how.played, arm[:, 1])
        np.testing.assert_allclose(arrives, arm.sum(1), atol=1e-9)
    assert (y[:, :, 1] * rules.means).sum() == pytest.approx(found.value, abs=1e-9)
    np.testing.assert_allclose(found.law.sum(1), 1.0)


@pytest.mark.parametrize("instance", range(5))
def test_of_one_arm_the_programme_is_the_best_plan(instance):
    rules = LastSwitchBandit(arms=1, reach=4, instance=instance)
    found = plan(rules.means)
    assert found.value == pytest.approx(rules.optimal_value, abs=1e-8)
    # of all plans that look at the state alone, by enumeration
    how, best = moves(4), 0.0
    for code in range(2**8):
        decide = [(code >> place) & 1 for place in range(8)]
        late = cycle(how, 7, decide, 24 + 840)[24:]  # 840 is a multiple of all lengths of cycles up to 8
        best = max(best, sum(rules.means[0, p] for p, play in late if play) / 840)
    assert found.value == pytest.approx(best, abs=1e-8)


def test_payoffs_that_never_change_are_those_of_an_ordinary_bandit():
    found = plan(np.repeat([[0.3], [0.8], [0.5]], 6, 1))
    assert found.value == pytest.approx(0.8) and found.y[1, :, 1].sum() == pytest.approx(1.0)
    assert found.requests[1, 0] == 1.0  # always played, so always at −N


@pytest.mark.parametrize("instance", range(4))
def test_at_the_price_each_arm_alone_follows_its_own_plan(instance):
    means = LastSwitchBandit(arms=3, instance=instance).means
    found = plan(means)
    gain = advantages(means, found.price)
    asks, mass = found.requests, found.law > 0
    assert (gain[mass & (asks > 0.01)] > -1e-6).all() and (gain[mass & (asks < 0.99)] < 1e-6).all()
    assert (np.diff(advantages(means, 10.0), axis=1) >= -1e-9).all() and (advantages(means, 10.0) < 0).all()
    free = advantages(means, 0.0)
    for k, arm in enumerate(means):  # pay is worth having: with price 0 an arm is played for what it pays at rest
        late = cycle(moves(3), 5, free[k] > 0, 24 + 840)[24:]
        alone = plan(arm[None]).value
        assert sum(arm[p] for p, play in late if play) / 840 == pytest.approx(alone, abs=1e-6)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="fall along tau"):
        plan([[0.5, 0.4]])
    for wrong in ([[0.1, 0.2, 0.3]], [0.1, 0.2], [[np.nan, 1.0]], np.zeros((0, 2))):
        with pytest.raises(BadOption, match="payoffs of shape"):
            check_payoffs(wrong, "here")
