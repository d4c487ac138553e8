import numpy as np
import torch
from steps import as_torch, random_steps, steps

from rewardlab.core.responses import best_of, expected
from rewardlab.core.reward import Task
from rewardlab.rewards import EnsembleMean, UncertaintyWeighted, WorstCase


class Head(Task):
    def __init__(self, i):
        self.i = i

    def __call__(self, batch):
        return batch.column("heads")[..., self.i]


def heads(values):
    values = np.asarray(values, dtype=float)
    return steps(values.shape[:-1], heads=values)


def test_it_is_the_minimum_and_one_member_is_the_single_model():
    values = np.random.default_rng(0).normal(size=(4, 6, 5))
    np.testing.assert_array_equal(WorstCase(tuple(map(Head, range(5))))(heads(values)), values.min(-1))
    np.testing.assert_array_equal(WorstCase((Head(0),))(heads(values)), values[..., 0])
    batch = random_steps(8, np.random.default_rng(1))
    np.testing.assert_array_equal(WorstCase((Task(),))(as_torch(batch)).numpy(), batch.reward)


def test_a_nan_member_shows_in_both_libraries():
    batch = heads([[1.0, np.nan], [np.nan, 1.0], [1.0, 2.0]])
    assert np.isnan(WorstCase((Head(0), Head(1)))(batch)).tolist() == [True, True, False]
    assert torch.isnan(WorstCase((Head(0), Head(1)))(as_torch(batch))).tolist() == [True, True, False]


def test_heavy_tails_fool_one_model_and_the_mean_but_not_the_worst_case():
    """Errors by Student's t with 2 degrees of freedom; the exact law of best-of-n in 300 pools of 1000 answers."""
    rng = np.random.default_rng(3)
    pools, size, members = 300, 1000, 5
    gold = rng.normal(size=(pools, size))
    batch = heads(gold[..., None] + rng.standard_t(2, size=(pools, size, members)))
    every = tuple(map(Head, range(members)))
    rules = {
        "single": Head(0),
        "mean": EnsembleMean(every),
        "worst": WorstCase(every),
        "weighted": UncertaintyWeighted(every, penalty=0.5),
    }
    reference = np.full((pools, size), 1 / size)
    ns = (1, 4, 16, 64, 256, 1000)
    curve = {
        name: np.array([expected(best_of(reference, rule(batch), n), gold).mean() for n in ns])
        for name, rule in rules.items()
    }
    last = {name: values[-1] for name, values in curve.items()}
    assert last["single"] < 0.25 and last["mean"] < 0.5
    assert 2.3 < last["worst"] < 2.8 and 2.3 < last["weighted"] < 2.8
    for name in ("single", "mean"):  # rises, then falls
        assert curve[name].max() > last[name] + 0.3 and 0 < curve[name].argmax() < len(ns) - 1
    for name in ("worst", "weighted"):  # keeps rising
        assert (np.diff(curve[name]) > 0).all()
