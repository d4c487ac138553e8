import numpy as np
import pytest
import torch
from folks import hits, opposed, said

from rewardlab.core.errors import BadOption
from rewardlab.rewards import PALA, vector_items
from rewardlab.rewards.preference.pal_a import ideal_point_scores


def nearer(pairs, ideal, *, seed):
    """Pairs [P, 2, D] by one person without noise, who prefers what is nearer to `ideal`."""
    x = np.random.default_rng(seed).normal(size=(pairs, 2, len(ideal)))
    label = (((x - ideal) ** 2).sum(-1) @ [1, -1] < 0) * 1.0
    return vector_items(x, label=label, annotator=np.zeros(pairs, np.int64))


def found(pairs, ideal, *, seed):
    """Where the ideal point is found, and the share of half-spaces that it lies in."""
    items = nearer(pairs, ideal, seed=seed)
    # the more planes, the smaller the cell: sharper, that none is stepped over
    model = PALA(annotators=1, prototypes=1, hidden=None, slope=pairs / 4, lr=0.03, batch_size=pairs)
    model.fit(items, epochs=200)
    a = model.ideal_points()[0]
    x, sign = items.obs[:, :, 0], 2 * items.info["label"] - 1
    left = 2 * (x[:, 0] - x[:, 1]) @ a
    right = (x[:, 0] ** 2).sum(-1) - (x[:, 1] ** 2).sum(-1)
    return np.linalg.norm(a - ideal), float((sign * (left - right) >= 0).mean())


def test_comparisons_without_noise_are_half_spaces_and_their_cell_shrinks():
    errors = []
    for pairs in (40, 160):
        results = [found(pairs, np.array([0.5, -0.4]), seed=s) for s in range(3)]
        assert np.mean([share for _, share in results]) >= 0.99
        errors.append(np.mean([e for e, _ in results]))
    assert errors[1] <= errors[0] / 2


def test_rigid_motions_of_the_mapped_space_change_nothing():
    items = opposed(10, users=4)
    model = PALA(annotators=4, prototypes=3, dim=5, hidden=(16,))
    model.fit(items, epochs=3)
    before = model.probabilities(items)
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))
    turn, shift = torch.as_tensor(turn, dtype=torch.float32), torch.arange(5.0)
    last, points = model._fit.module["map"][-1], model._fit.module.get_parameter("points")
    with torch.no_grad():
        last.weight.copy_(turn @ last.weight)
        last.bias.copy_(turn @ last.bias + shift)
        points.copy_(points @ turn.T + shift)
    np.testing.assert_allclose(model.probabilities(items), before, atol=2e-5)
    with torch.no_grad():
        points.mul_(1.5)  # no rigid motion
    assert np.abs(model.probabilities(items) - before).max() > 1e-3


def test_scores_are_minus_squared_distances():
    place, ideal = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([1.0, 0.0])
    assert ideal_point_scores(place, ideal, 0.5).tolist() == [-2.0, -0.5]


def test_two_opposed_groups_need_two_prototypes():
    """Every pair is judged by both: a single taste is right once of two times, whatever it says."""
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(300, 2, 3)), 2, axis=0)
    who = np.arange(600) % 2 + 2 * rng.integers(0, 5, 600)
    items = vector_items(x, label=said(x, who), annotator=who)
    test = rng.normal(size=(500, 2, 3))
    accuracy = {}
    for k in (1, 2):
        model = PALA(annotators=10, prototypes=k, dim=4, hidden=(16,), lr=0.02, batch_size=100)
        model.fit(items, epochs=40)
        chance = model.probabilities(vector_items(test))
        accuracy[k] = np.mean([hits(chance[u], said(test, np.full(500, u))) for u in range(10)])
    assert accuracy[1] == pytest.approx(0.5, abs=1e-12)  # one of two, by counting
    assert accuracy[2] >= 0.95
    new = model.for_user(vector_items(test[:10], label=said(test[:10], np.ones(10))))
    assert hits(new.probabilities(vector_items(test))[0], said(test, np.ones(500))) >= 0.95


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="slope"):
        PALA(annotators=1, slope=0.0)
    with pytest.raises(BadOption, match="no points yet"):
        PALA(annotators=1).ideal_points()
