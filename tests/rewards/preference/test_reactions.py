import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards import ReactionReward, calibration, telling_users, unsampled, vector_items

OPTIONS = {"hidden": (), "lr": 0.05, "weight_decay": 0.0, "batch_size": 20000, "action": False}


def turns(count, *, seed, slope=1.0):
    """Logged turns [count, 1, 1] of two numbers with a rare reaction, its chance, and who reacted."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 1, 2))
    chance = 1 / (1 + np.exp(4 - slope * (1.2 * x[:, 0, 0] + 0.8 * x[:, 0, 1])))
    return vector_items(x, reaction=(rng.random(count) < chance) * 1), chance


def test_thrown_away_negatives_shift_the_log_odds_by_the_log_of_what_was_kept():
    p, q = np.random.default_rng(0).uniform(0.001, 0.9, 50), 0.05
    left = p / (p + q * (1 - p))  # P(reaction | kept)
    np.testing.assert_allclose(unsampled(np.log(left / (1 - left)), q), np.log(p / (1 - p)), atol=1e-12)


def test_probabilities_are_calibrated_after_the_correction_and_not_before():
    model = ReactionReward(keep=0.05, **OPTIONS)
    model.fit(turns(60000, seed=0)[0], epochs=150)
    test, chance = turns(20000, seed=1)
    p = model.probabilities(test)[0]
    assert calibration(p, chance).expected_error < 0.01
    logit = np.log(p / (1 - p)) - np.log(0.05)
    assert calibration(1 / (1 + np.exp(-logit)), chance).expected_error > 0.1
    rate, error = model.love_rate(test)
    assert rate == pytest.approx(p.mean()) and rate == pytest.approx(chance.mean(), abs=0.005)
    assert error == pytest.approx(p.std() / np.sqrt(20000), rel=1e-3)
    steps = test.map(lambda x: x[:, 0, 0] if x.ndim > 2 else x)
    np.testing.assert_allclose(model(steps), p, rtol=1e-4)


def test_all_positives_and_a_share_of_the_negatives_are_learned_from():
    items, _ = turns(20000, seed=0)
    kept = ReactionReward(keep=0.1).checked(items)
    reaction = items.info["reaction"]
    assert kept.info["reaction"].sum() == reaction.sum()
    negatives = (reaction == 0).sum()
    assert (kept.info["reaction"] == 0).sum() == pytest.approx(0.1 * negatives, abs=4 * np.sqrt(0.09 * negatives))
    assert len(ReactionReward(keep=1.0).checked(items)) == 20000


def test_weights_of_zero_leave_turns_out():
    items, _ = turns(4000, seed=0)
    turned = items.paying(items.reward, reaction=np.where(np.arange(4000) < 2000, items.info["reaction"], 1))
    found = []
    for batch in (turned.paying(turned.reward, weight=(np.arange(4000) < 2000) * 1.0), items.rows(slice(0, 2000))):
        model = ReactionReward(keep=1.0, **OPTIONS)
        model._whiten(items)
        model.fit(batch, epochs=150)
        found.append(model.probabilities(items).mean())
    assert found[0] == pytest.approx(found[1], rel=0.05)


def test_users_whose_reactions_follow_no_content_are_found():
    """Of 40 users 10 react at random, and 5 against what the score says."""
    rng = np.random.default_rng(0)
    user, score = np.repeat(np.arange(40), 150), rng.normal(size=6000)
    slope = np.where(user < 10, 0.0, np.where(user < 15, -1.5, 1.5))
    chance = 1 / (1 + np.exp(2.5 - slope * score))
    told = telling_users(score, (rng.random(6000) < chance) * 1, user, 40)
    assert told[15:].mean() >= 0.95 and told[:10].mean() <= 0.2 and not told[10:15].any()
    assert telling_users(score, np.zeros(6000), user, 40).sum() == 0


def test_trust_is_by_user():
    items, _ = turns(6000, seed=2, slope=2.0)
    rng, user = np.random.default_rng(3), np.repeat(np.arange(12), 500) * 7
    reaction = np.where(user < 21, rng.random(6000) < 0.5, items.info["reaction"]) * 1
    items = items.paying(items.reward, annotator=user, reaction=reaction)
    model = ReactionReward(keep=0.5, **OPTIONS)
    model.fit(items, epochs=60)
    trust = model.trust(items)
    assert trust.dtype == np.float32 and set(np.unique(trust)) == {0.0, 1.0}
    assert trust[user >= 21].all() and trust[user < 21].mean() < 0.4


def test_mistakes_are_named():
    for bad in (0.0, 1.5):
        with pytest.raises(BadOption, match="keep"):
            ReactionReward(keep=bad)
    items, _ = turns(20, seed=0)
    with pytest.raises(MissingColumn, match="reaction"):
        ReactionReward().fit(vector_items(np.zeros((3, 1, 2))))
    with pytest.raises(BadBatch, match=r"\[P, 1, T\]"):
        ReactionReward().fit(vector_items(np.zeros((3, 2, 2)), reaction=np.ones(3)))
    with pytest.warns(UserWarning, match="reaction"):
        ReactionReward(keep=1.0).fit(items.paying(items.reward, reaction=np.where(np.arange(20) < 3, 7, 1)), epochs=1)
