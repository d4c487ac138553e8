"""DPOP is DPO with a penalty, and keeps a better response up where DPO lets it sink."""

from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import as_group

from rewardlab.agents.direct_preference import dpo, dpop
from rewardlab.core.responses import sigmoid

REF = np.log([0.4, 0.4, 0.2])


def test_the_loss_is_its_definition():
    logp = np.log([0.3, 0.5, 0.2])
    h = logp - REF
    sunk = dpop(as_group(logp, REF, [[0, 1]]), beta=0.3, weight=5.0)[0]
    assert sunk == pytest.approx(-np.log(sigmoid(0.3 * (h[0] - h[1] - 5.0 * -h[0]))), rel=1e-13)
    group = as_group(logp, REF, [[1, 0]])  # the better one is likelier than under the reference
    np.testing.assert_array_equal(dpop(group, beta=0.3), dpo(group, beta=0.3))


@pytest.mark.parametrize("h", [-0.5, 0.5])
def test_the_gradient_pulls_a_sunk_response_harder(h):
    logp = torch.tensor(REF + np.array([h, 0.0, 0.0]), requires_grad=True)
    loss = dpop(as_group(logp, REF, [[0, 1]]), beta=0.3, weight=5.0)
    loss.sum().backward()
    outer = -0.3 * (1 - np.exp(-loss.item()))
    np.testing.assert_allclose(logp.grad, outer * np.array([1 + 5.0 * (h < 0), -1, 0]), rtol=1e-12)


@pytest.mark.parametrize(("objective", "sinks"), [(partial(dpo, beta=0.3), True), (dpop, False)])
def test_of_two_alike_responses_the_better_one_sinks_under_dpo_alone(objective, sinks):
    features = torch.tensor([[1.0, 0.2], [0.9, 0.2], [3.0, 0.0]], dtype=torch.float64)  # the third gains from both
    w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    ref = np.full(3, np.log(1 / 3))
    for _ in range(300):
        logp = torch.log_softmax(features @ w, -1)
        (grad,) = torch.autograd.grad(objective(as_group(logp, ref, [[0, 1]])).sum(), w)
        with torch.no_grad():
            w -= 0.05 * grad
    logp = torch.log_softmax(features @ w, -1).detach().numpy()
    assert (logp[0] < ref[0] - 0.01) == sinks
