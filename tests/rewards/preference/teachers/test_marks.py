from itertools import permutations

import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import Ranker, Rater


def items(sums, length=2):
    """Lists whose segments have these sums of reward [P, G]."""
    sums = np.asarray(sums, dtype=float)
    return steps((*sums.shape, length), reward=np.repeat(sums[..., None] / length, length, -1))


def test_exact_ratings_count_the_cuts_that_are_exceeded():
    out = Rater(Task(), (-1.0, 0.0, 2.0)).labelled(items([[-3, -0.5, 0.0], [1, 5, np.nan]]))
    np.testing.assert_array_equal(out.info["rating"], [[0, 1, 1], [2, 3, np.nan]])
    assert Rater(Task(), (0.0,))(as_torch(items([[1.0]]))).tolist() == [[1.0]]


@pytest.mark.parametrize(("utility", "noise"), [(0.0, 1.0), (1.5, 0.5), (-0.7, 2.0)])
def test_noisy_ratings_follow_the_cumulative_logit(utility, noise):
    count, cuts = 20_000, np.array([-1.0, 0.3, 2.0])
    rating = Rater(Task(), cuts, noise=noise, seed=1)(items(np.full((count, 1), utility)))
    below = 1 / (1 + np.exp(-(cuts - utility) / noise))
    exact = np.diff(below, prepend=0, append=1)
    share = np.bincount(rating[:, 0].astype(int), minlength=4) / count
    assert (np.abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / count)).all()  # four standard errors


def test_exact_rankings_are_orders_and_the_named_ones_come_first():
    u = [[3, 1, 2], [0, 5, -1]]
    out = Ranker(Task()).labelled(items(u))
    assert out.info["rank"].tolist() == [[0, 2, 1], [1, 0, 2]] and out.info["rank"].dtype == np.int64
    assert Ranker(Task(), best=1)(as_torch(items(u))).tolist() == [[0, 1, 1], [1, 0, 1]]


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_noisy_rankings_follow_plackett_luce(temperature):
    count, u = 20_000, np.array([1.0, 0.0, -0.5])
    rank = Ranker(Task(), temperature=temperature, seed=2)(items(np.tile(u, (count, 1))))
    for order in permutations(range(3)):
        z = np.exp(u[list(order)] / temperature)
        exact = z[0] / z.sum() * z[1] / z[1:].sum()
        share = (rank[:, list(order)] == [0, 1, 2]).all(1).mean()
        assert abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / count)  # four standard errors


def test_equals_are_ranked_by_chance_and_draws_go_on_after_a_checkpoint():
    one, two = Ranker(Task(), seed=0), Ranker(Task(), seed=1)
    rank = one(items(np.zeros((6000, 3))))
    counts = np.unique(rank, axis=0, return_counts=True)[1]
    assert len(counts) == 6 and ((counts - 1000) ** 2 / 1000).sum() < 20.5  # χ² with 5 degrees, 0.1 %
    two.load_state_dict(one.state_dict())
    assert (one(items(np.zeros((50, 3)))) == two(items(np.zeros((50, 3))))).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rater(Task(), ()),
        lambda: Rater(Task(), (1.0, 1.0)),
        lambda: Rater(Task(), (1.0,), noise=-1.0),
        lambda: Ranker(Task(), temperature=-1.0),
        lambda: Ranker(Task(), best=0),
    ],
)
def test_options_that_cannot_be_are_refused(make):
    with pytest.raises(BadOption):
        make()
