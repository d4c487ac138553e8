"""The tallying bandit: losses by the formula, best sequences by going through all of them."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import TallyBandit


def mean_losses(rules, plays):
    """[T] by the definition."""
    w, out = rules._w, []
    top = w.sum()
    for t, arm in enumerate(plays):
        y = sum(w[i] for i in range(len(w)) if t - i >= 0 and plays[t - i] == arm)
        curve = np.asarray(rules.curves[arm])
        out.append(np.interp(y, np.linspace(0, top, len(curve)), curve))
    return np.array(out)


def test_losses_follow_the_formula_and_regret_that_of_the_best_arm_alone():
    rules = TallyBandit(
        curves=[[0.1, 0.9, 0.3], [0.5, 0.2, 0.6]], weights=[1.0, 0.5, 0.0, 0.25], deviation=0.0, rounds=40
    )
    plans = np.random.default_rng(0).integers(0, 2, (6, 40))
    envs = WorldVectorEnv(rules, 6)
    envs.reset(seed=0)
    paid, regret = np.zeros((6, 40)), np.zeros((6, 40))
    for t in range(40):
        _, paid[:, t], terminated, *_, info = envs.step(plans[:, t])
        info = info.get("final_info", info)
        regret[:, t] = info["pseudo_regret"]
        assert (terminated == (t == 39)).all()
        np.testing.assert_allclose(-paid[:, t], info["loss_mean"], atol=1e-15)
    expected = np.array([mean_losses(rules, list(p)) for p in plans])
    np.testing.assert_allclose(-paid, expected, atol=1e-12)
    constant = min(mean_losses(rules, [arm] * 40).sum() for arm in range(2))
    np.testing.assert_allclose(regret.sum(1), expected.sum(1) - constant, atol=1e-12)


def test_a_repeated_arm_has_its_steady_loss_after_m_plays():
    rules = TallyBandit(deviation=0.0)
    envs = WorldVectorEnv(rules, 5)
    obs, _ = envs.reset(seed=0)
    for t in range(25):
        obs, paid, *_, info = envs.step(np.arange(5))
        np.testing.assert_allclose(-paid, rules.repeated(25)[:, t], atol=1e-12)
    np.testing.assert_allclose(-paid, [0.42, 0.44, 0.2, 0.46, 0.48], atol=1e-12)
    np.testing.assert_allclose(rules.steady, -paid, atol=1e-12)
    np.testing.assert_allclose(obs[:, :5], np.eye(5), atol=1e-6)
    np.testing.assert_array_equal(info["success"], np.arange(5) == 2)
    assert rules.best_arm == 2 and rules.exposure_optimal


@pytest.mark.parametrize("weights", [[1.0], [1.0, 1.0], [0.5, 0.3, 0.2], [0.1, 0.0, 0.5, 0.4]])
@pytest.mark.parametrize("instance", range(3))
def test_the_best_sequence_is_the_best_of_all(weights, instance):
    curves = np.random.default_rng(instance).random((2, 3)).tolist()
    for rounds in (1, 5, 9):
        rules = TallyBandit(curves=curves, weights=weights, rounds=rounds)
        plays, loss = rules.best_sequence(rounds)
        every = [mean_losses(rules, p).sum() for p in itertools.product(range(2), repeat=rounds)]
        assert loss == pytest.approx(min(every), abs=1e-12)
        assert mean_losses(rules, list(plays)).sum() == pytest.approx(loss, abs=1e-12)
        mdp = rules.to_mdp()
        assert mdp.solve().value == pytest.approx(-loss, abs=1e-10)
        uniform = mdp.evaluate(np.full((mdp.num_states, 2), 0.5)).value
        assert uniform == pytest.approx(-np.mean(every), abs=1e-10)


def test_where_exposure_is_optimal_repeating_loses_at_most_the_first_rounds():
    rules = TallyBandit(curves=[[0.45, 0.45], [0.9, 0.2]], weights=[0.4, 0.3, 0.2, 0.1])
    assert rules.exposure_optimal
    for rounds in (4, 8, 12):
        plays, loss = rules.best_sequence(rounds)
        repeated = rules.repeated(rounds).sum(1).min()
        assert loss - 1e-12 <= repeated <= loss + 4 * 0.7
    assert (plays[:8] == 1).all()  # near the end nothing changes any more
    wears = TallyBandit(curves=[[0.1, 0.9], [0.1, 0.9]], weights=[0.5, 0.5])
    assert not wears.exposure_optimal  # alternating is better than any arm alone
    assert wears.best_sequence(12)[1] < wears.repeated(12).sum(1).min() - 1


def test_one_weight_makes_an_ordinary_bandit():
    rules = TallyBandit(curves=[[0.9, 0.5], [0.0, 0.2], [0.9, 0.4]], weights=[2.0], rounds=6)
    assert (rules.best_sequence(6)[0] == 1).all() and rules.best_sequence(6)[1] == pytest.approx(1.2)
    envs = WorldVectorEnv(rules, 3)
    envs.reset(seed=0)
    for _ in range(5):
        info = envs.step(np.arange(3))[4]
        np.testing.assert_allclose(info["pseudo_regret"], [0.3, 0.0, 0.2], atol=1e-12)


@pytest.mark.parametrize("instance", range(4))
def test_where_arms_only_wear_out_the_greedy_play_is_best(instance):
    # all plays count alike for ever, and no curve falls: taking the least loss of the moment is optimal
    curves = np.sort(np.random.default_rng(instance).random((2, 4)), axis=1)
    rules = TallyBandit(curves=curves.tolist(), memory=8, decay=1.0, rounds=8)
    plays, total = [], 0.0
    for _ in range(8):
        loss = [mean_losses(rules, [*plays, arm])[-1] for arm in range(2)]
        plays.append(int(np.argmin(loss)))
        total += min(loss)
    assert rules.best_sequence(8)[1] == pytest.approx(total, abs=1e-12)
    assert total <= rules.repeated(8).sum(1).min() + 1e-12


def test_losses_are_noisy_with_the_deviation_that_was_asked_for():
    envs = WorldVectorEnv(TallyBandit(deviation=0.3), 20_000)
    envs.reset(seed=0)
    loss = -envs.step(np.zeros(20_000, int))[1]
    assert abs(loss.mean() - 0.42) < 4 * 0.3 / np.sqrt(20_000)  # four standard errors
    assert loss.std() == pytest.approx(0.3, rel=4 / np.sqrt(40_000))


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"curves": [[0.1, 0.2]]}, "curves of shape"),
        ({"curves": [[0.1], [0.2]]}, "curves of shape"),
        ({"curves": [[0.1, 1.2], [0.1, 0.2]]}, "curves="),
        ({"weights": []}, "weights="),
        ({"weights": [0.0, 1.0]}, "weights="),
        ({"weights": [1.0, -1.0]}, "weights="),
        ({"decay": 0.0}, "decay=0.0"),
        ({"memory": 0}, "memory=0"),
        ({"rounds": 0}, "rounds=0"),
        ({"deviation": -0.1}, "deviation=-0.1"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        TallyBandit(**fields)


def test_what_is_too_large_to_go_through_says_so():
    with pytest.raises(BadOption, match="5 arms with a memory of 20"):
        TallyBandit().best_sequence(3)
    with pytest.raises(BadOption, match="fewer rounds"):
        TallyBandit(memory=4, rounds=10_000).to_mdp()
