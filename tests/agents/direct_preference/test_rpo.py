"""RPO keeps mass at what its data cover: the toy of three responses with linear features."""

from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import as_group
from scipy.integrate import solve_ivp

from rewardlab.agents.direct_preference import dpo, rpo

FEATURES = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, -2.0]], dtype=torch.float64)  # the third, bad one is not covered
REF = np.full(3, np.log(1 / 3))


def after(objective, time):
    """The policy when gradient flow from the reference on "the first beats the second" has run so long."""

    def slope(_, w):
        x = torch.tensor(w, requires_grad=True)
        objective(as_group(torch.log_softmax(FEATURES @ x, -1), REF, [[0, 1]])).sum().backward()
        return -x.grad.numpy()

    w = solve_ivp(slope, (0, time), np.zeros(2), method="LSODA", rtol=1e-6, atol=1e-8).y[:, -1]
    return torch.softmax(FEATURES @ torch.tensor(w), -1).numpy(), w


# 200 000 steps of gradient descent with step 0.1 are a time of 20 000
@pytest.mark.parametrize(
    ("beta", "weight", "policy"),
    [(0.1, 0.02, (0.915, 0.0, 0.085)), (0.1, 0.1, (0.983, 0.0, 0.017)), (1.0, 0.05, (0.9945, 0.0004, 0.005))],
)
def test_the_covered_response_keeps_its_mass(beta, weight, policy):
    found, _ = after(partial(rpo, beta=beta, weight=weight), 2e4)
    np.testing.assert_allclose(found, policy, atol=2e-3)


def test_without_the_likelihood_all_mass_goes_to_the_response_that_nobody_compared():
    found, w = after(partial(dpo, beta=0.1), 2e4)
    assert found[2] > 0.99 and w[0] == pytest.approx(-w[1], rel=1e-9)  # along the margin alone


def test_the_loss_is_dpo_and_the_likelihood():
    logp = np.log([0.5, 0.3, 0.2])
    group = as_group(logp, REF, [[0, 1], [2, 1]])
    np.testing.assert_allclose(rpo(group, beta=0.4, weight=0.3), dpo(group, beta=0.4) - 0.3 * logp[[0, 2]], rtol=1e-14)
