import numpy as np
import pytest
import torch
from judged import WEIGHT, vectors
from scipy.special import expit

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import BradleyTerry, MetaRM, vector_items
from rewardlab.rewards.preference.meta_rm import spread

X = vectors(200, 2)
PAIRS = vector_items(X, label=((X[:, 0] - X[:, 1]) @ WEIGHT > 0) * 1.0)
MET = vector_items(vectors(40, 4, seed=5) * 0.2 + 2)
OPTIONS = {"hidden": (16,), "action": False}


def test_the_spread_of_scores_is_its_sum_over_pairs():
    s = np.random.default_rng(0).normal(size=(3, 5, 4))
    sums = [sum(expit(abs(a[i] - a[j])) for i in range(4) for j in range(i)) * 2 / 16 for a in s.reshape(-1, 4)]
    np.testing.assert_allclose(spread(torch.as_tensor(s)).numpy().ravel(), sums)
    assert float(spread(torch.zeros(1, 2))) == 0.25  # all alike: (2/k²) k(k−1)/2 · ½


@pytest.mark.parametrize("meets", [False, True])
def test_a_step_of_nothing_is_bradley_terry_to_the_bit(meets):
    ours, plain = MetaRM(eta=0.0, **OPTIONS), BradleyTerry(error=0.0, **OPTIONS)
    ours.meet(MET if meets else None)
    assert ours.fit(PAIRS, epochs=3)[-1] == plain.fit(PAIRS, epochs=3)[-1]
    np.testing.assert_array_equal(ours(PAIRS), plain(PAIRS))


def test_the_gradient_is_that_of_the_loss_at_the_ascended_point():
    model = MetaRM(eta=0.5, prompts=99, members=2, **OPTIONS)
    model(PAIRS)
    model.meet(MET)
    x, info = model.encoded(PAIRS), model._columns(PAIRS)
    module, times = model._fit.module, torch.ones(2, 200)
    params = list(module.parameters())
    found = torch.autograd.grad(model._loss(x, info, times)[0], params)
    with torch.no_grad():
        start = [p.clone() for p in params]
    scores = model.step_scores(model.encoded(MET))[..., 0]
    before = spread(scores).mean(-1)
    up = torch.autograd.grad(before.sum(), params, materialize_grads=True)
    with torch.no_grad():
        for p, g in zip(params, up, strict=True):
            p += 0.5 * g
        assert (spread(model.step_scores(model.encoded(MET))[..., 0]).mean(-1) > before).all()  # it ascends
    plain = BradleyTerry(error=0.0, members=2, **OPTIONS)
    logit = model.step_scores(x)[..., 0]
    loss = plain.losses(logit, info).mean(-1).sum() * 200 / 400  # the mean over both members
    expected = torch.autograd.grad(loss, params)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
    with torch.no_grad():
        for p, s in zip(params, start, strict=True):
            p.copy_(s)
    other = torch.autograd.grad(plain.losses(model.step_scores(x)[..., 0], info).mean(), params)
    assert not torch.allclose(found[0], other[0], rtol=1e-3)  # it is not the gradient where it stands


def test_what_it_met_changes_what_it_learns_and_it_still_fits_the_comparisons():
    pays = []
    for met in (None, MET):
        model = MetaRM(eta=0.3, lr=3e-3, **OPTIONS)
        model.meet(met)
        log = model.fit(PAIRS, epochs=20)[-1]
        assert log["accuracy"] > 0.9
        pays.append(model(PAIRS))
    assert not np.allclose(pays[0], pays[1], atol=1e-3)


def test_padded_steps_of_responses_do_not_count():
    model = MetaRM(eta=0.3, **OPTIONS)
    model(vector_items(X))
    long = MET.map(lambda a: np.concatenate([a, a[::-1]], 2))  # another step, masked below
    mask = np.zeros((*MET.shape[:2], 2), dtype=bool)
    mask[..., 0] = True
    slopes = []
    for met in (MET, long.paying(long.reward, mask=mask)):
        model.meet(met)
        slopes.append({k: v.detach() for k, v in model.ascended().items()})
    for k in slopes[0]:
        torch.testing.assert_close(slopes[0][k], slopes[1][k])


def test_mistakes_are_named():
    for options in ({"eta": -1.0}, {"eta": float("inf")}, {"prompts": 0}):
        with pytest.raises(BadOption, match="eta="):
            MetaRM(**options)
    with pytest.raises(BadBatch, match="k >= 2"):
        MetaRM().meet(vector_items(vectors(3, 1)))
