"""The adversarial bandit: regret against the best arm, what feedback tells, losses linear in features."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit


def play(rules, plan):
    """One episode by a plan [T, n]; observations and columns, [T, n, ...]."""
    envs = WorldVectorEnv(rules, plan.shape[1])
    envs.reset(seed=0)
    shown, out = [], []
    for t, action in enumerate(plan):
        obs, reward, terminated, *_, info = envs.step(action)
        last = t == rules.rounds - 1
        assert (terminated == last).all()
        shown.append(np.stack(info["final_obs"]) if last else obs)
        info = info.get("final_info", info)
        keys = {"loss", "losses", "comparator_loss", "pseudo_regret", "dynamic_regret"} & set(info)
        out.append({k: np.asarray(info[k]) for k in keys} | {"reward": reward})
    return np.array(shown), {k: np.array([o[k] for o in out]) for k in out[0]}


@pytest.mark.parametrize("dimension", [None, 2, 4])
@pytest.mark.parametrize("sequence", ["switching", "zero", "alternating", "rotating"])
def test_regret_is_that_against_the_best_arm_in_hindsight(dimension, sequence):
    rules = AdversarialBandit(dimension=dimension, sequence=sequence, rounds=30)
    plan = np.random.default_rng(0).integers(0, 8, (30, 3))
    _, out = play(rules, plan)
    table = rules.losses[0]  # [T, K]
    assert table.min() >= 0 and table.max() <= 1
    own = table[np.arange(30)[:, None], plan]
    np.testing.assert_array_equal(out["loss"], own)
    np.testing.assert_array_equal(out["reward"], -own)
    for t in (1, 7, 30):
        regret = own[:t].sum(0) - table[:t].sum(0).min()
        np.testing.assert_allclose(out["pseudo_regret"][:t].sum(0), regret, atol=1e-12)
    arm, loss = rules.best_fixed()
    assert loss[0] == pytest.approx(min(table[:, k].sum() for k in range(8)))
    assert table[:, arm[0]].sum() == pytest.approx(loss[0])
    np.testing.assert_allclose(out["dynamic_regret"], own - table.min(1)[:, None], atol=1e-12)


def test_bandit_feedback_tells_one_loss_and_full_feedback_all():
    plan = np.random.default_rng(1).integers(0, 8, (20, 2))
    seen, out = play(AdversarialBandit(rounds=20), plan)
    told, whole = play(AdversarialBandit(rounds=20, feedback="full"), plan)
    assert "losses" not in out
    one = np.eye(8)[plan]
    np.testing.assert_array_equal(seen[:, :, 8:16], one)
    np.testing.assert_allclose(seen[:, :, :8], whole["losses"] * one, atol=1e-7)
    np.testing.assert_allclose(told[:, :, :8], whole["losses"], atol=1e-7)
    assert (told[:, :, 8:16] == 1).all()
    np.testing.assert_array_equal(out["pseudo_regret"], whole["pseudo_regret"])


def test_losses_are_linear_in_the_features():
    rules = AdversarialBandit(arms=12, dimension=4, sequence="drifting", rounds=50)
    np.testing.assert_allclose(np.linalg.norm(rules.features, axis=1), 1.0)
    theta, *_ = np.linalg.lstsq(rules.features, rules.losses[0].T, rcond=None)
    np.testing.assert_allclose(rules.features @ theta, rules.losses[0].T, atol=1e-12)
    assert np.linalg.matrix_rank(rules.losses[0]) <= 4 and np.linalg.norm(theta, axis=0).max() <= 1 + 1e-12


def test_the_adaptive_adversary_hits_the_arm_that_was_played_most():
    rules = AdversarialBandit(arms=3, sequence="adaptive", spread=0.0, rounds=300, feedback="full")
    loyal = play(rules, np.zeros((300, 1), int))[1]
    assert loyal["loss"].sum() == 300 and loyal["pseudo_regret"].sum() == 299  # in the first round all are equal
    turns = play(rules, (np.arange(300) % 3)[:, None])[1]
    assert turns["loss"].sum() == 100  # an arm is hit only where all were played equally often
    features = AdversarialBandit(dimension=3, sequence="adaptive", spread=0.0, rounds=40, feedback="full")
    out = play(features, np.full((40, 1), 2))[1]
    np.testing.assert_allclose(out["losses"][1:, 0, 2], 1.0)
    assert (out["losses"][1:, 0].argmax(1) == 2).all()


def test_the_table_has_the_returns_of_the_card_and_of_play():
    rules = AdversarialBandit(arms=3, rounds=12, sequence="drifting")
    mdp, card = rules.to_mdp(), rules.card()
    assert mdp.solve().value == pytest.approx(card.optimal_return, abs=1e-12)
    assert mdp.evaluate(np.full((13, 3), 1 / 3)).value == pytest.approx(card.random_return, abs=1e-12)
    best = rules.losses[0].argmin(1)
    assert play(rules, best[:, None])[1]["reward"].sum() == pytest.approx(card.optimal_return, abs=1e-12)
    several = AdversarialBandit(arms=3, rounds=4, sequence="zero", spread=1.0, sequences=5)
    assert several.to_mdp().evaluate(np.full((21, 3), 1 / 3)).value == pytest.approx(several.card().random_return)
    assert several.card().optimal_return is None


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"arms": 1}, "arms=1"),
        ({"dimension": 1}, "dimension=1"),
        ({"feedback": "some"}, "feedback='some'"),
        ({"sequence": "no"}, "sequence='no'"),
        ({"rounds": 0}, "rounds=0"),
        ({"sequences": 0}, "sequences=0"),
        ({"spread": -0.1}, "spread=-0.1"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        AdversarialBandit(**fields)
    with pytest.raises(BadOption, match="adaptive"):
        AdversarialBandit(sequence="adaptive").to_mdp()
