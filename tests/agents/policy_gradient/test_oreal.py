"""OREAL: the law of the best of N, the token weights, and the loss written out."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import Tree, same, token_gradient

from rewardlab.agents.policy_gradient import oreal
from rewardlab.agents.policy_gradient.oreal import best_of_tilt, token_model_loss, token_weights
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import softmax, tilted


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_best_of_n_is_the_tilted_policy(n):
    policy, right = softmax(np.random.default_rng(0).normal(size=5)), np.array([1.0, 0, 1, 0, 0])
    rate, law = policy @ right, np.zeros(5)
    for drawn in itertools.product(range(5), repeat=n):  # uniform among the right ones drawn, else among all
        chance = policy[list(drawn)].prod()
        good = [k for k in drawn if right[k]] or drawn
        for k in good:
            law[k] += chance / len(good)
    formula = policy * np.where(right > 0, (1 - (1 - rate) ** n) / rate, (1 - rate) ** (n - 1))
    same(law, formula)
    tilt = best_of_tilt(rate, n)
    same(law, policy if n == 1 else tilted(policy, right, 1 / tilt))
    assert tilt == pytest.approx(0, abs=1e-12) if n == 1 else tilt > 0


def with_scores(seed=0):
    group = random_group(4, 6, seed=seed)
    right = (np.random.default_rng(seed).random((4, 6)) < 0.5).astype(float)
    return replace(
        group, reward=right, info={"token_score": np.random.default_rng(seed + 9).normal(size=group.logp.shape)}
    )


def test_token_weights_are_sure_one_way_or_the_other():
    group = with_scores()
    good, bad = token_weights(group)
    for p, i in np.ndindex(4, 6):
        for t in range(int(group.mask[p, i].sum())):
            s = 1 / (1 + np.exp(-group.info["token_score"][p, i, : t + 1].mean()))
            assert good[p, i, t] == pytest.approx(np.clip(2 * s - 1, 0, 1), abs=1e-14)
            assert bad[p, i, t] == pytest.approx(np.clip(1 - 2 * s, 0, 1), abs=1e-14)


def test_the_loss_is_the_equation():
    group, total, n = with_scores(), 0.0, [0.0, 0.0]
    good, bad = token_weights(group)
    parts = [0.0, 0.0]
    for p, i in np.ndindex(4, 6):
        a = group.reward[p, i] - np.delete(group.reward[p], i).mean()
        own = group.mask[p, i] != 0
        if group.reward[p, i]:
            parts[1] -= a * (good[p, i] * group.logp[p, i])[own].sum()
        else:
            parts[0] -= 0.4 * a * (bad[p, i] * np.exp(group.logp - group.old_logp)[p, i])[own].sum()
        n[int(group.reward[p, i])] += own.sum()
    d = group.ref_logp - group.logp
    total = parts[0] / n[0] + parts[1] / n[1] + 0.1 * ((np.exp(d) - d - 1) * group.mask).sum() / group.mask.sum()
    assert oreal(group, failures=0.4, beta=0.1).mean() == pytest.approx(total, rel=1e-12)


def test_rights_and_wrongs_together_are_the_gradient_of_the_expected_reward():
    """∇E[r] = p (1 − p) (E_right ∇ log π − E_wrong ∇ log π), for a right or wrong reward."""
    tree = Tree(seed=2)
    tree.paid = (tree.paid > 0).double()
    logp = tree.log_law()
    law, rate = logp.detach().exp(), float(tree.value().detach())
    right = (law * tree.paid * logp).sum() / rate
    wrong = (law * (1 - tree.paid) * logp).sum() / (1 - rate)
    same(tree.gradient(tree.value()), rate * (1 - rate) * tree.gradient(right - wrong))


def test_the_token_model_finds_where_it_went_wrong():
    """Tokens 0..9 and one planted error, token 10, after which nothing is right: −m_t tells before from after."""
    rng = np.random.default_rng(1)
    words, fails = rng.integers(0, 10, (400, 12)), rng.random(400) < 0.5
    at = rng.integers(0, 12, 400)
    words[fails, at[fails]] = 10
    broken = np.cumsum(words == 10, -1)  # what a causal model knows at each token
    table = torch.zeros(2, 11, dtype=torch.float64, requires_grad=True)
    right = torch.tensor(~fails, dtype=torch.float64)[:, None]
    for _ in range(60):
        score = table[torch.as_tensor(broken), torch.as_tensor(words)]
        loss = token_model_loss(score[:, None], right, torch.ones(400, 1, 12)).mean()
        table = (table - 20 * torch.autograd.grad(loss, table)[0]).detach().requires_grad_()
    plain = torch.nn.functional.binary_cross_entropy_with_logits(score.mean(-1), right[:, 0])
    assert loss.item() == pytest.approx(plain.item(), rel=1e-12)
    m = np.cumsum(score.detach().numpy(), -1) / np.arange(1, 13)
    m, after = m[fails].ravel(), (broken[fails] > 0).ravel()
    order = np.argsort(np.argsort(-m))
    auc = (order[after].mean() - (after.sum() - 1) / 2) / (~after).sum()
    assert auc >= 0.8


def test_numbers_outside_their_range_are_refused():
    for rate in (0.0, 1.0):
        with pytest.raises(BadOption, match="rate"):
            best_of_tilt(rate, 4)
    with pytest.raises(BadOption, match="n=0"):
        best_of_tilt(0.5, 0)
    with pytest.raises(BadOption, match="failures"):
        oreal(with_scores(), failures=-1.0)
    assert np.isfinite(token_gradient(oreal, with_scores())).all()
