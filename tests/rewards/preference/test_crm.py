import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.rewards import CRM, BradleyTerry, peer_reviewed, vector_items

OPTIONS = {"hidden": (128,), "weight_decay": 0.0, "action": False}
RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=20)


def pairs(count, noise=0.0, seed=1):
    """Odd pairs (x, −x) with linear preferences, a share of them turned round; and which."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 20)).astype(np.float32)
    wrong = rng.random(count) < noise
    return vector_items(np.stack([x, -x], 1), label=np.where(wrong, x @ WEIGHT <= 0, x @ WEIGHT > 0) * 1.0), wrong


def accuracy(model, items):
    return (model.margins(items) > 0).float().mean(-1).numpy()


def test_each_model_learns_from_what_the_one_before_it_believes():
    margins = torch.tensor([[3.0, 1.0, 2.0, 0.0, -1.0], [0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 5.0, 1.0, 1.0, 1.0]])
    kept = peer_reviewed(margins, 0.4)
    assert kept.sum(-1).tolist() == [2, 2, 2]
    assert [set(np.flatnonzero(k)) for k in kept.numpy()] == [{0, 1}, {0, 2}, {3, 4}]
    assert peer_reviewed(margins, 1.0).all() and peer_reviewed(margins, 1e-9).sum(-1).tolist() == [1, 1, 1]


def test_the_loss_is_the_mean_over_the_pairs_that_the_peer_keeps():
    model = CRM(noise=0.5, warmup=0)
    scores = torch.randn(2, 8, 2, generator=torch.Generator().manual_seed(0))
    label = torch.tensor([1.0, 0, 1, 0, 1, 0, 1, 1])
    signed = (2 * label - 1) * (scores[..., 0] - scores[..., 1])
    found = model.losses(scores, {"label": label}).mean(-1)
    for me, peer in ((0, 1), (1, 0)):
        best = signed[peer].argsort(descending=True)[:4]
        torch.testing.assert_close(found[me], -torch.nn.functional.logsigmoid(signed[me][best]).mean())


def test_the_share_falls_to_what_is_clean_and_the_curriculum_feeds_the_rest_in_stages():
    model = CRM(noise=0.4, warmup=4, stages=3, stage_epochs=2, hidden=(4,), action=False)
    items, _ = pairs(60)
    shares, fed, seen = [], [], []
    for _ in range(10):
        shares.append(model.share)
        fed.append(model.fed)
        seen.append(model.fit(items, epochs=1)[0]["pairs"])
    np.testing.assert_allclose(shares, [1, 0.9, 0.8, 0.7] + [0.6] * 6)
    np.testing.assert_allclose(fed, [1] * 4 + [1 / 3] * 2 + [2 / 3] * 2 + [1] * 2)
    assert seen == [60] * 4 + [20] * 2 + [40] * 2 + [60] * 2


def test_the_curriculum_feeds_the_pairs_with_the_largest_mean_margin():
    model = CRM(noise=0.4, warmup=1, stages=2, hidden=(8,), action=False)
    items, _ = pairs(50)
    model.fit(items, epochs=1)
    margin = model.margins(items).mean(0).numpy()
    kept = model._easy(items)
    assert set(kept.obs[:, 0, 0, 0]) == set(items.obs[np.argsort(-margin)[:25], 0, 0, 0])


def test_without_noise_it_is_bradley_terry_without_bootstraps():
    class Whole(BradleyTerry):
        def _bootstraps(self, count):
            return torch.ones(self.members, count)

    items, _ = pairs(200)
    ours = CRM(noise=0.0, seed=3, **OPTIONS)
    plain = Whole(members=2, error=0.0, seed=3, **OPTIONS)
    ours.fit(items, epochs=3)
    for _ in range(3):
        plain.fit(items, epochs=1)
    np.testing.assert_allclose(ours(items), plain(items), rtol=1e-5, atol=1e-5)


def test_with_two_of_five_labels_wrong_it_finds_the_others():
    items, wrong = pairs(1500, noise=0.4)
    test, _ = pairs(2000, seed=2)
    crm, all_pairs = (CRM(noise=n, lr=3e-3, **OPTIONS) for n in (0.4, 0.0))
    crm.fit(items, epochs=25)
    all_pairs.fit(items, epochs=25)
    assert accuracy(crm, test).mean() > accuracy(all_pairs, test).mean() + 0.08
    order = np.argsort(-crm.margins(items).mean(0).numpy())[:900]
    assert 1 - wrong[order].mean() > 0.78 > 1 - wrong.mean() + 0.1


def test_a_copy_goes_on_where_it_stood():
    items, _ = pairs(100, noise=0.3)
    one, other = CRM(noise=0.3, **OPTIONS), CRM(noise=0.3, **OPTIONS)
    one.fit(items, epochs=3)
    other.load_state_dict(one.state_dict())
    assert one.share == other.share == pytest.approx(1 - 0.3 * 3 / 5)
    assert one.fit(items, epochs=2)[-1] == pytest.approx(other.fit(items, epochs=2)[-1], nan_ok=True)
    np.testing.assert_array_equal(one(items), other(items))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"members": 1}, "members=1"),
        ({"noise": 1.0}, "noise=1.0"),
        ({"warmup": -1}, "warmup=-1"),
        ({"stages": 0}, "stages=0"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        CRM(**options)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(BadOption, match="share=0"):
        peer_reviewed(torch.zeros(2, 3), 0.0)
