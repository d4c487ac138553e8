"""Answers to sums modulo 5, right or wrong, in two forms of which a rule knows one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.rewards import Cooper, VerifyRM, hybrid_labels, vector_items
from rewardlab.rewards.preference.likelihoods import log_sigmoid

RNG = np.random.default_rng(0)


def answers(count, seed=0):
    """One answer each: is it right (noisily seen), its form, and a number without meaning. Column `gold`."""
    rng = np.random.default_rng(seed)
    gold = rng.random(count) < 0.5
    x = np.stack([2.0 * gold - 1, rng.integers(0, 2, count), rng.normal(size=count)], -1)
    return vector_items(x[:, None], correct=gold[:, None] * 1.0, gold=gold[:, None] * 1.0)


def rule(batch):
    """Accepts right answers of form 0: no false alarm, half are missed."""
    return (batch.obs[:, -1, 0] > 0) & (batch.obs[:, -1, 1] == 0)


def corrupt(batch, rng):
    obs = batch.obs.copy()
    obs[..., 0] *= -1
    return replace(batch, obs=obs, info={k: 1 - v for k, v in batch.info.items()})


def half_corrupt(batch, rng):
    """An assistant that leaves some answers right."""
    obs = batch.obs.copy()
    obs[::2, ..., 0] *= -1
    return replace(batch, obs=obs)


def cooper(**options):
    return Cooper(**{"rule": rule, "corrupt": corrupt, "hidden": (16,), "lr_rm": 1e-2, "action": False} | options)


def scores(model, batch):
    """Log odds [B] of answers of one step."""
    return model.step_scores(model.encoded(batch)).mean(0).detach().numpy()[:, 0]


def test_labels_on_which_rule_and_judge_differ_are_dropped():
    np.testing.assert_array_equal(
        hybrid_labels([True, True, False, False], [True, False, True, False]), [1, np.nan, np.nan, 0]
    )
    items = answers(40)
    dropped = np.where(np.arange(40)[:, None] < 10, np.nan, items.info["correct"])
    with pytest.warns(UserWarning, match="10 of 40"):
        assert VerifyRM(action=False).fit(items.paying(items.reward, correct=dropped), epochs=1)[0]["pairs"] == 30


def test_the_verifier_pays_the_chance_that_an_answer_is_right():
    """Seen through noise, the best verifier is known: P(right | z) = σ(2 z / s²) for z = ±1 + s · noise."""
    gold = RNG.random(4000) < 0.5
    z = (2.0 * gold - 1 + RNG.normal(size=4000))[:, None, None]
    model = VerifyRM(hidden=(), lr=0.02, batch_size=500, weight_decay=0.0, action=False)
    items = vector_items(z, correct=gold[:, None] * 1.0)
    log = model.fit(items, epochs=60)[-1]
    np.testing.assert_allclose(model(items)[:, 0, 0], 1 / (1 + np.exp(-2 * z[:, 0, 0])), atol=0.05)
    assert log["accuracy"] == pytest.approx(0.841, abs=0.02)  # Φ(1)


def test_pairs_are_right_and_wrong_by_the_gold_oracle():
    for wrong_by in (corrupt, half_corrupt):
        right, wrong = cooper(corrupt=wrong_by).pairs(answers(200))
        assert len(right) == len(wrong) > 20
        assert (right.obs[:, 0, 0] > 0).all() and (wrong.obs[:, 0, 0] < 0).all()
        assert (right.info["gold"] == 1).all() and (right.obs[..., 1:] == wrong.obs[..., 1:]).all()


def test_a_frozen_verifier_stays_to_the_bit():
    batch, moving, frozen = answers(100), cooper(), cooper(lr_rm=0.0)
    never = cooper()
    for model in (moving, frozen, never):
        model.fit(answers(200, seed=1), epochs=2)
    for _ in range(5):
        assert frozen.update(bare(batch)) and moving.update(bare(batch))
    np.testing.assert_array_equal(frozen(batch), never(batch))
    assert not np.allclose(moving(batch), never(batch), atol=1e-3)


def bare(batch):
    return replace(batch, info={})


def test_the_gradient_pushes_right_up_and_wrong_down():
    pair = torch.tensor([[0.3, 0.9], [2.0, -1.0]], requires_grad=True)
    (slope,) = torch.autograd.grad(-log_sigmoid(pair[:, 0] - pair[:, 1]).mean(), pair)
    assert (slope[:, 0] < 0).all() and (slope[:, 1] > 0).all()
    model, batch = cooper(), bare(answers(200))
    model(batch)
    right, wrong = model.pairs(batch)
    before = scores(model, right).mean(), scores(model, wrong).mean()
    log = [model.update(batch) for _ in range(10)]
    assert scores(model, right).mean() > before[0] and scores(model, wrong).mean() < before[1]
    assert log[-1]["cooper/loss"] < log[0]["cooper/loss"] and log[0]["cooper/pairs"] == len(right)


def test_more_steps_are_as_many_updates_with_the_same_pairs():
    one, two = cooper(rm_steps=1), cooper(rm_steps=2)
    batch = bare(answers(60))
    two.update(batch)
    one.update(batch)
    one.update(batch)
    np.testing.assert_array_equal(one(batch), two(batch))


def test_without_a_right_answer_nothing_is_learned():
    batch = answers(50)
    wrong = bare(batch.rows(np.flatnonzero(batch.obs[:, 0, 0, 0] < 0)))
    model = cooper()
    before = model(wrong)
    assert model.update(wrong) == {} and (model(wrong) == before).all()


def test_steps_and_segments_are_both_answers():
    batch = bare(answers(30))
    flat = batch.map(lambda x: x.reshape(30, *x.shape[3:]))
    one, two = cooper(), cooper()
    assert one.update(batch) == two.update(flat)
    np.testing.assert_array_equal(one(flat), two(flat))
    long = vector_items(RNG.normal(size=(6, 4, 3)))
    long = long.map(lambda x: np.concatenate([x, x], 2))
    right, _ = cooper(rule=lambda b: b.obs[:, 0, 0] > 0).pairs(long)
    assert right.shape[1:] == (2,)


def test_a_copy_goes_on_where_it_stood():
    batch, one, other = bare(answers(60)), cooper(), cooper()
    one.update(batch)
    other.load_state_dict(one.state_dict())
    assert one.update(batch) == other.update(batch)
    np.testing.assert_array_equal(one(batch), other(batch))


def test_mistakes_are_named():
    for options in ({"lr_rm": -1.0}, {"lr_rm": float("nan")}, {"rm_steps": 0}):
        with pytest.raises(BadOption, match="lr_rm="):
            cooper(**options)
    with pytest.raises(MissingColumn, match="correct"):
        VerifyRM().fit(vector_items(np.zeros((3, 1, 2))))
