"""Combination lock: success of random play, of a guide and of hints in closed form."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.mdps import CombinationLock
from rewardlab.envs.mdps.layers import losses


@pytest.mark.parametrize("options", [{}, {"depth": 1, "actions": 2}, {"depth": 4, "actions": 5, "locks": 7, "code": 2}])
def test_known_successes(options):
    rules = CombinationLock(**options)
    mdp, H, A = rules.to_mdp(), rules.depth, rules.actions
    best = mdp.solve()
    assert best.value == pytest.approx(1.0)
    uniform = np.full((mdp.num_states, A), 1 / A)
    assert mdp.evaluate(uniform).value == pytest.approx(rules.uniform_success, rel=1e-9)
    assert rules.card().random_return == pytest.approx(A**-H, rel=1e-9)
    for right in (0.8, 0.3):
        assert mdp.evaluate(rules.guide(right)).value == pytest.approx(right**H, rel=1e-9)
    np.testing.assert_allclose(losses(mdp), rules._tables()["loss"].reshape(-1, A), atol=1e-9)
    assert mdp.occupancy(uniform).sum() == pytest.approx(H)  # every episode has H steps
    for share in (0.0, 0.25, 0.5, 1.0):  # random play from the state that a hint leads to
        given = round(share * H)
        V = mdp.evaluate(uniform).V
        value = 1.0 if given == H else V[given]
        assert value == pytest.approx(rules.hinted_success(share), rel=1e-9)


def test_a_guide_of_ten_places_is_worth_what_is_published():
    rules = CombinationLock()
    assert rules.to_mdp().evaluate(rules.guide(0.8)).value == pytest.approx(0.107, abs=5e-4)
    assert rules.uniform_success == pytest.approx(1.7e-5, abs=5e-7)


def test_play_opens_the_lock_or_not_and_tells_when_it_may():
    for noticed in (True, False):
        rules = CombinationLock(depth=4, actions=3, locks=5, noticed=noticed, code=1)
        envs = WorldVectorEnv(rules, 40, autoreset_mode="Disabled")
        envs.reset(seed=0)
        number = envs.get_state()["state"]["state"] // 7
        assert len(set(number)) == 5
        rng = np.random.default_rng(0)
        slip = rng.integers(0, 5, 40)  # the place of the mistake; 4 is none
        for d in range(4):
            action = (rules.codes[number, d] + (slip == d)) % 3
            obs, reward, over, _, info = envs.step(action)
            np.testing.assert_array_equal(info["pseudo_regret"], slip == d)
            if d < 3:
                live = number * 7 + d + 1
                told = np.where(slip > d, live, number * 7 + 4 + d) if noticed else number * 4 + d + 1
                np.testing.assert_array_equal(obs, told)
            assert (over == (d == 3)).all()
        np.testing.assert_array_equal(reward, slip == 4)
        np.testing.assert_array_equal(info["success"], slip == 4)


def test_codes_follow_a_rule_that_can_be_learnt():
    codes = CombinationLock(depth=6, actions=5, locks=20, code=4).codes
    step = np.diff(codes, axis=0) % 5
    assert (step == step[0]).all() and (step[0] > 0).all() and codes.min() == 0 and codes.max() == 4


def test_text_hides_what_is_hidden():
    for noticed in (True, False):
        rules = CombinationLock(depth=3, noticed=noticed)
        env = WorldEnv(rules, render_mode="ansi")
        env.reset(seed=0)
        env.step(int(rules.codes[0, 0] + 1) % 3)
        assert env.render() == f"lock 0, 1 of 3 places dialled: {'dead' if noticed else 'not known yet'}"
        right = rules.draw({"state": np.array([1])}, 0)
        wrong = rules.draw({"state": np.array([3])}, 0)
        # beside the words, the pictures differ only where a mistake is noticed
        assert (right[:90] != wrong[:90]).any() == noticed
        assert ("lock * 3" in str(rules.card())) == (not noticed)


@pytest.mark.parametrize("options", [{"depth": 0}, {"actions": 1}, {"locks": 0}, {"locks": 1000}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        CombinationLock(**options)
