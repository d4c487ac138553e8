"""NFT: GRPO on the policy, and the right answers' law from the wrong ones alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import minimiser, same, token_gradient

from rewardlab.agents.policy_gradient import dr_grpo, grpo, nft
from rewardlab.agents.policy_gradient.nft import failures
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption


def binary(seed=0, **fields):
    group = random_group(5, 8, tokens=4, seed=seed)
    right = (np.random.default_rng(seed).random((5, 8)) < 0.4).astype(float)
    right[0], right[1] = 0.0, 1.0  # hopeless and solved
    return replace(group, reward=right, mask=np.ones_like(group.mask), **fields)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(nft, lambda g: grpo(g, epsilon=0.0)), (lambda g: nft(g, weight=failures), lambda g: dr_grpo(g, length=4))],
    ids=["GRPO", "Dr. GRPO"],
)
def test_on_policy_the_gradient_is_that_of(ours, theirs):
    group = binary()
    group = replace(group, old_logp=group.logp)
    group = replace(group, **{k: getattr(group, k)[2:] for k in ("logp", "old_logp", "ref_logp", "mask", "reward")})
    same(token_gradient(ours, group), token_gradient(theirs, group))


def test_the_loss_off_policy_is_the_equation():
    group, total = binary(seed=1), np.zeros(5)
    for p in range(2, 5):
        r = group.reward[p].mean()
        assert 0 < r < 1
        w = np.sqrt((1 - r) / r)
        rho = np.exp(group.logp[p] - group.old_logp[p])
        wrong = -np.log(np.maximum((1 - r * rho) / (1 - r), 0.9))
        total[p] = w * np.where(group.reward[p][:, None] > 0, -np.log(rho), wrong).mean()
    same(nft(group, epsilon=0.9), total)
    assert (nft(group)[:2] == 0).all() and (token_gradient(nft, group)[:2] == 0).all()


def test_the_maximum_cuts_the_value_and_keeps_the_gradient():
    """ρ = 1.2 and r = 1/2: the argument is 0.8, cut to 1; its slope −r/(1 − r) ρ stays, over the cut value."""
    shape = (1, 2, 1)
    logp = np.log(1.2) * np.ones(shape)
    group = Group(logp, np.zeros(shape), np.zeros(shape), np.ones(shape), np.array([[1.0, 0.0]]))
    assert nft(group)[0] == pytest.approx(-np.log(1.2) / 2, rel=1e-12)  # the wrong answer adds −log 1
    same(token_gradient(nft, group)[0, :, 0], [-0.5, 0.5 * 1.2 / 1.0])
    same(token_gradient(lambda g: nft(g, epsilon=0.1), group)[0, :, 0], [-0.5, 0.5 * 1.2 / 0.8])


OLD = np.array([4, 1, 2, 3, 2, 4, 3, 1]) / 20  # one prompt, 8 answers, of which the first 3 are right
RIGHT = np.arange(8) < 3
RATE = OLD[RIGHT].sum()
INDEX = np.repeat(np.arange(8), (20 * OLD).round().astype(int))  # a batch in their proportions


def batch_loss(logp, learned):
    """The loss of the batch for log π [8], where only the answers in `learned` [8] depend on it."""
    fixed = torch.tensor(np.log(OLD)[INDEX]).reshape(1, -1, 1)
    own = torch.where(torch.tensor(learned[INDEX])[None, :, None], logp[INDEX].reshape(1, -1, 1), fixed)
    reward = torch.tensor(RIGHT[INDEX].astype(float)).reshape(1, -1)
    return nft(Group(own, fixed, fixed, torch.ones_like(fixed), reward), epsilon=1e-12).sum()


@pytest.mark.parametrize("learned", [np.ones(8, bool), ~RIGHT], ids=["all", "wrong alone"])
def test_one_batch_teaches_the_law_of_the_right_answers(learned):
    """All answers lead to π_old(· | right); the wrong ones alone lead to some policy that is never wrong."""
    found = np.exp(minimiser(lambda logp: batch_loss(logp, learned), np.log(OLD)))
    assert found[~RIGHT].sum() < 1e-4
    if learned.all():
        assert 0.5 * np.abs(found - OLD * RIGHT / RATE).sum() < 1e-3


def test_the_wrong_answers_alone_name_one_policy_where_they_imply_a_law():
    """Where (π_old − r π)/(1 − r) is nowhere negative, π_old(· | right) has the least loss of wrong answers."""
    best = OLD * RIGHT / RATE
    with np.errstate(divide="ignore"):
        least = float(batch_loss(torch.tensor(np.log(np.maximum(best, 1e-300))), ~RIGHT))
    rng, tried = np.random.default_rng(0), 0
    for _ in range(200):
        part = rng.random() ** 3
        moved = np.where(RIGHT, OLD / RATE * (1 - part * rng.random(8)), 0)
        wrong = rng.dirichlet(np.ones(5)) * (1 - moved.sum())
        other = np.r_[moved[:3], wrong]
        if (other <= OLD / RATE).all():
            assert float(batch_loss(torch.tensor(np.log(other)), ~RIGHT)) > least
            tried += 1
    assert tried > 100


def test_epsilon_is_above_0():
    with pytest.raises(BadOption, match="epsilon"):
        nft(binary(), epsilon=0.0)
