import numpy as np
import pytest
import torch
from folks import hits, opposed, said

from rewardlab.core.errors import BadOption
from rewardlab.rewards import VPL, BradleyTerry, vector_items

OPTIONS = {"z_dim": 3, "hidden": (32, 32), "lr": 1e-3, "action": False}


SURE = 1.5


@pytest.fixture(scope="module")
def trained():
    """Knows two opposite types, who err as Bradley and Terry say."""
    model = VPL(**OPTIONS)
    model.fit(opposed(24, users=60, sure=SURE), epochs=30)
    return model


def both(pairs, *, users, seed=0):
    """Pairs that are each judged by one of both sides."""
    rng = np.random.default_rng(seed)
    x = np.repeat(rng.normal(size=(pairs, 2, 3)), 2, axis=0)
    who = np.arange(2 * pairs) % 2 + 2 * rng.integers(0, users // 2, 2 * pairs)
    return vector_items(x, label=said(x, who), annotator=who)


def asked(model, side, *, answers=8, seed=0):
    """Accuracy for somebody new of one side, after a few answers."""
    x = np.random.default_rng([seed, side]).normal(size=(300, 2, 3))
    label = said(x, np.full(300, side))
    own = model.for_user(vector_items(x[:answers], label=label[:answers]))
    return hits(own.probabilities(vector_items(x[answers:]))[0], label[answers:])


def test_where_people_disagree_one_reward_is_a_coin_and_one_for_each_is_not():
    items = both(400, users=20)
    pooled = BradleyTerry(error=0.0, members=1, hidden=(16,), weight_decay=0.0, action=False, batch_size=800)
    pooled._bootstraps = lambda count: torch.ones(1, count)
    pooled.fit(items, epochs=60)
    chance = pooled.probabilities(items)[0]
    assert np.abs(chance - 0.5).max() < 0.1  # the gap goes to 0
    assert hits(chance, items.info["label"]) == 0.5  # by counting: each pair is told both ways
    model = VPL(**OPTIONS)
    model.fit(items, epochs=30)
    assert np.mean([asked(model, side, seed=s) for side in (0, 1) for s in range(6)]) >= 0.95


def test_the_mean_of_q_classifies_sets_as_bayes_does(trained):
    """Two types, whose likelihoods are known: the more likely one by all answers, and the nearer one by the encoder."""
    means = [trained.people[k::2].mean(0) for k in (0, 1)]
    rng, agree = np.random.default_rng(3), []
    for s in range(200):
        x = rng.normal(size=(8, 2, 3))
        label = said(x, np.full(8, s), sure=SURE, rng=rng)
        odds = ((2 * label - 1) * SURE * (x[:, 0, 0] - x[:, 1, 0])).sum()  # half the log odds of the even type
        z = trained.person(vector_items(x, label=label))
        agree.append((np.linalg.norm(z - means[0]) < np.linalg.norm(z - means[1])) == (odds > 0))
    assert np.mean(agree) >= 0.95


def test_the_order_of_answers_and_of_pairs_says_nothing(trained):
    answers = opposed(9, users=1, seed=7)
    answers.info["label"][3] = 0.5
    mean, deviation = trained.posterior(answers)
    order = np.random.default_rng(0).permutation(9)
    turned = answers.map(lambda x: x[:, ::-1].copy() if x.ndim > 1 else x)
    turned = turned.paying(turned.reward, label=1 - answers.info["label"])
    for other in (answers.rows(order), turned):
        again = trained.posterior(other)
        np.testing.assert_allclose(again[0], mean, atol=1e-5)
        np.testing.assert_allclose(again[1], deviation, atol=1e-5)
    opposite = answers.paying(answers.reward, label=1 - answers.info["label"])
    assert np.abs(trained.posterior(opposite)[0] - mean).max() > 0.1


def test_more_answers_leave_less_doubt(trained):
    x = np.random.default_rng(5).normal(size=(8, 2, 3))
    answers = vector_items(x, label=said(x, np.zeros(8)))
    batch = answers.map(lambda x: x[:, 0, 0] if x.ndim > 2 else x)
    before, after = trained.uncertainty(batch), trained.uncertainty(batch, answers)
    assert after.mean() < 0.6 * before.mean()
    np.testing.assert_array_equal(trained.posterior(answers.rows(slice(0, 0)))[0], np.zeros(3))


def test_asked_for_questions_it_takes_those_that_tell_the_sides_apart(trained):
    x = 0.05 * np.random.default_rng(6).normal(size=(30, 2, 3))
    x[17, :, 0] = 2.0, -2.0
    assert trained.questions(vector_items(x), 1).tolist() == [17]
    assert trained.probabilities(vector_items(x)).shape == (64, 30)


def test_a_large_beta_tells_nobody_apart():
    model = VPL(beta=50.0, anneal=0, **OPTIONS)
    model.fit(both(200, users=20), epochs=25)
    assert np.ptp(model.people, axis=0).max() < 0.05
    assert 0.4 < np.mean([asked(model, side, seed=s) for side in (0, 1) for s in range(4)]) < 0.6


def test_it_finds_people_of_whom_there_are_few_answers():
    items = opposed(1, users=8)
    model = VPL(**OPTIONS)
    assert np.isfinite(model.fit(items, epochs=2)[-1]["loss"]) and len(model.people) == 8


@pytest.mark.parametrize("bad", [{"z_dim": 0}, {"context": 0}, {"beta": -1.0}, {"anneal": -1}, {"draws": 0}])
def test_options_outside_their_range_are_refused(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        VPL(**bad)
