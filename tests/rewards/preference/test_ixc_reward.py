import numpy as np
import pytest
import torch
from judged import WEIGHT, vectors

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import best_of
from rewardlab.rewards import BradleyTerry, IXCReward, not_much_longer, vector_items

LINEAR = {"hidden": (), "weight_decay": 0.0, "lr": 0.03, "batch_size": 2000, "action": False}


def biased(count, seed=0, share=0.8):
    """Pairs whose better side is the longer one in most; the last feature is the length."""
    rng = np.random.default_rng(seed)
    x = 0.7 * vectors(count, 2, seed=seed)
    first = (x[:, 0] - x[:, 1]) @ WEIGHT > 0
    length = np.sort(rng.uniform(10, 40, (count, 2)), -1)
    longer_first = np.where(rng.random(count) < share, first, ~first)
    length = np.where(longer_first[:, None], length[:, ::-1], length)
    noise = rng.random(count) < 0.3
    label = np.where(noise, longer_first, first) * 1.0  # some judges look at lengths alone
    return vector_items(np.concatenate([x, length[..., None] / 10], -1), label=label, length=length, truth=first * 1.0)


def test_pairs_whose_better_side_is_much_longer_are_left_out():
    length = np.array([[15, 10], [16, 10], [10, 16], [10, 40], [40, 10]])
    label = np.array([1.0, 1, 1, 0, 0.5])
    assert not_much_longer(length, label).tolist() == [True, False, True, False, True]
    assert not_much_longer(length, label, ratio=1).tolist() == [False, False, True, False, True]
    items = biased(300)
    kept = IXCReward(**LINEAR).checked(items)
    chosen = np.where(kept.info["label"][:, None] > 0.5, kept.info["length"], kept.info["length"][:, ::-1])
    assert 0 < len(kept) < 300 and (chosen[:, 0] <= 1.5 * chosen[:, 1]).all()


def test_without_the_rule_it_is_bradley_terry_to_the_bit():
    items = biased(200)
    ours, plain = IXCReward(ratio=np.inf, **LINEAR), BradleyTerry(error=0.0, members=1, **LINEAR)
    ours.fit(items, epochs=3)
    plain.fit(items, epochs=3)
    np.testing.assert_array_equal(ours(items), plain(items))


def test_masks_are_lengths_where_nothing_else_is_said():
    x = np.repeat(vectors(2, 2)[:, :, None], 4, 2)
    pairs = vector_items(x[:, :, 0], label=np.array([1.0, 0.0])).map(lambda a: np.repeat(a, 4, 2) if a.ndim > 2 else a)
    mask = np.arange(4) < np.array([[4, 2], [4, 2]])[..., None]
    assert len(IXCReward().checked(pairs.paying(pairs.reward, mask=mask))) == 1
    assert len(IXCReward().checked(pairs)) == 2  # all as long


def test_the_rule_keeps_most_of_length_out_of_the_score():
    weights = []
    for ratio in (np.inf, 1.5):
        model = IXCReward(ratio=ratio, **LINEAR)
        model.fit(biased(2000), epochs=100)
        basis = np.concatenate([np.zeros((1, 4)), np.eye(4)])
        s = model.segment_scores(vector_items(basis[:, None])).numpy()[0, :, 0]
        weights.append((s[1:] - s[0]) / np.linalg.norm(s[1:4] - s[0]))
    assert weights[0][3] > 0.3 and weights[1][3] < weights[0][3] / 2  # per 10 tokens, in units of true features
    flipped = biased(3000, seed=3, share=0.0)
    hits = []
    for w in weights:
        d = (flipped.obs[:, 0, 0] - flipped.obs[:, 1, 0]) @ w
        hits.append(((d > 0) == (flipped.info["truth"] > 0.5)).mean())
    assert hits[1] > hits[0] + 0.1


def test_best_of_n_rises_with_n_by_the_law_of_order():
    model = IXCReward(**LINEAR)
    items = vector_items(vectors(1500, 2), label=((vectors(1500, 2)[:, 0] - vectors(1500, 2)[:, 1]) @ WEIGHT > 0) * 1.0)
    model.fit(items, epochs=60)
    lists = vectors(4000, 16, seed=9)
    gold = lists @ WEIGHT
    means = []
    for n in (1, 2, 4, 8, 16):
        picked = model.best(vector_items(lists[:, :n]))
        means.append(np.take_along_axis(gold[:, :n], picked[:, None], 1).mean())
    assert (np.diff(means) > 0).all()
    order = np.sort(gold.ravel())
    law = best_of(np.full(len(order), 1 / len(order)), order, 16) @ order
    assert means[-1] == pytest.approx(law, rel=0.05) and means[-1] <= gold.max(-1).mean() + 1e-9


def test_cleaning_drops_the_low_tail():
    model = IXCReward(**LINEAR)
    model.fit(biased(500), epochs=20)
    samples = vector_items(np.concatenate([vectors(100, 1, seed=4), np.ones((100, 1, 1))], -1))
    kept = model.clean(samples, quantile=0.1)
    s = model.segment_scores(samples).numpy()[0, :, 0]
    assert (~kept).sum() == 10 and s[~kept].max() <= s[kept].min()
    assert model.clean(samples, quantile=0.0).all()


def test_the_critic_begins_as_the_reward_and_then_learns_alone():
    model = IXCReward(members=3, hidden=(16,), action=False)
    items = biased(200)
    model.fit(items, epochs=2)
    critic = model.critic()
    x = model.encoded(items).reshape(-1, 4)
    before = model(items)
    np.testing.assert_allclose(critic(x).detach().numpy(), before.reshape(-1), rtol=1e-4, atol=1e-5)
    loss = ((critic(x) - 5) ** 2).mean()
    with torch.no_grad():
        for p, g in zip(critic.parameters(), torch.autograd.grad(loss, list(critic.parameters())), strict=True):
            p -= 0.01 * g
    assert ((critic(x) - 5) ** 2).mean() < loss
    np.testing.assert_array_equal(model(items), before)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="ratio=0"):
        IXCReward(ratio=0)
    with pytest.raises(BadOption, match="ratio=-1"):
        not_much_longer(np.ones((1, 2)), np.ones(1), ratio=-1)
    with pytest.raises(BadOption, match="quantile=1"):
        IXCReward().clean(biased(3), quantile=1)
    with pytest.raises(BadOption, match="no network"):
        IXCReward().critic()
    items = biased(5)
    with pytest.raises(BadBatch, match="lengths"):
        IXCReward().fit(items.paying(items.reward, length=np.ones(5)))
