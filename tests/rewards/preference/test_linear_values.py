"""Best values as functions of weights: beside exact planning, and their gradients beside differences."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.preference.linear_values import SoftValues, SuccessorFeatures, random_policies


def process(seed=0, states=6, actions=3, features=4, gamma=0.9):
    """A random process with one terminal state, and features."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(states, 0.5), (states, actions))
    mdp = TabularMDP(P, np.zeros((states, actions)), gamma=gamma, terminal=np.arange(states) == states - 1)
    return mdp, rng.normal(size=(states, actions, features))


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize("kind", ["features", "soft"])
@pytest.mark.parametrize("seed", range(3))
def test_cold_values_are_the_best_ones(kind, seed):
    mdp, phi = process(seed)
    w = normal(4, seed)
    best = mdp.with_reward(phi @ w).solve()
    if kind == "features":
        made = SuccessorFeatures(mdp, phi, [best.policy, *random_policies(mdp, phi, count=5)], temperature=1e-4)
    else:
        made = SoftValues(mdp, phi, temperature=1e-4)
    V, Q = (x.numpy() for x in made(torch.as_tensor(w)))
    live = ~mdp.terminal
    np.testing.assert_allclose(Q[live], best.Q[live], atol=2e-3)
    np.testing.assert_allclose(V, best.V, atol=2e-3)
    assert V[-1] == 0 and (V[live, None] >= Q[live] - 1e-3).all()


def test_successor_features_give_the_values_of_each_policy_for_any_weights():
    mdp, phi = process(1)
    policies = random_policies(mdp, phi, count=8, seed=3)
    made = SuccessorFeatures(mdp, phi, policies)
    for seed in range(3):
        w = normal(4, seed)
        for k, policy in enumerate(policies):
            exact = mdp.with_reward(phi @ w).evaluate(policy).Q
            np.testing.assert_allclose((made.psi[k].numpy() @ w)[:-1], exact[:-1], atol=1e-10)
        worth = np.stack([mdp.with_reward(phi @ w).evaluate(p).Q for p in policies])
        Q = made(torch.as_tensor(w))[1].numpy()
        assert (worth.max(0) + 1e-12 >= Q).all() and (worth.max(0) - 0.001 * np.log(8) - 1e-12 <= Q).all()


def test_soft_values_are_the_fixed_point_and_their_gradient_that_of_many_sweeps():
    mdp, phi = process(2, gamma=0.8)
    tau, start = 0.3, torch.as_tensor(normal(4, 5))
    w = start.clone().requires_grad_()
    V, Q = SoftValues(mdp, phi, temperature=tau)(w)
    live = torch.as_tensor(~mdp.terminal)
    torch.testing.assert_close(V[live], (tau * torch.logsumexp(Q / tau, 1))[live])
    weight = torch.as_tensor(normal(6, 7))
    (gradient,) = torch.autograd.grad((V * weight).sum() + Q.sin().sum(), w)
    v = start.clone().requires_grad_()
    P, features = torch.as_tensor(mdp.dense()[0]), torch.as_tensor(phi) * live[:, None, None]
    U = torch.zeros(6, dtype=torch.float64)
    for _ in range(200):
        q = features @ v + 0.8 * (P @ U) * live[:, None]
        U = tau * torch.logsumexp(q / tau, 1) * live
    (by_sweeps,) = torch.autograd.grad((U * weight).sum() + q.sin().sum(), v)
    torch.testing.assert_close(V, U)
    torch.testing.assert_close(gradient, by_sweeps)


def test_the_gradient_of_successor_features_is_that_of_differences():
    mdp, phi = process(4)
    made = SuccessorFeatures(mdp, phi, random_policies(mdp, phi, count=6), temperature=0.2)
    w = torch.as_tensor(normal(4, 8)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: made(x)[0], (w,)) and torch.autograd.gradcheck(lambda x: made(x)[1], (w,))


def test_random_policies_are_optimal_ones_and_differ():
    mdp, phi = process(0)
    policies = random_policies(mdp, phi, count=20, seed=1)
    assert len({p.tobytes() for p in policies}) == len(policies) > 3
    again = random_policies(mdp, phi, count=20, seed=1)
    assert all((a == b).all() for a, b in zip(policies, again, strict=True))
    rng = np.random.default_rng(1)
    best = mdp.with_reward(phi @ rng.normal(size=4)).solve().policy
    assert (policies[0] == best).all()


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda m, f: SoftValues(m, f[:2]), "features"),
        (lambda m, f: SoftValues(m, f, temperature=0.0), "temperature"),
        (lambda m, f: SoftValues(m, f, tolerance=0.0), "tolerance"),
        (lambda m, f: SoftValues(m.with_gamma(1.0), f), "gamma"),
        (lambda m, f: SuccessorFeatures(m, f, []), "policies"),
        (lambda m, f: SuccessorFeatures(m, f[..., 0], [np.zeros(6, int)]), "features"),
    ],
)
def test_mistakes_are_named(make, word):
    with pytest.raises(BadOption, match=word):
        make(*process())
