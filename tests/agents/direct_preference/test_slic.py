"""SLiC asks for a margin: its value, and that it lets go of what has it."""

import numpy as np
import pytest
import torch
from preference_tables import as_group, random_table

from rewardlab.agents.direct_preference import hinge_dpo, slic

REF = np.log([0.2, 0.3, 0.5])


@pytest.mark.parametrize(("gap", "weight"), [(1.0, 0.0), (0.3, 0.4)])
def test_the_loss_is_the_hinge_and_the_likelihood_of_the_better_one(gap, weight):
    p = np.array([0.6, 0.3, 0.1])
    found = slic(as_group(np.log(p), REF, [[0, 1], [1, 0], [0, 2]]), gap=gap, weight=weight)
    margin = np.log([p[0] / p[1], p[1] / p[0], p[0] / p[2]])
    np.testing.assert_allclose(found, np.maximum(0, gap - margin) - weight * np.log([p[0], p[1], p[0]]), rtol=1e-14)


def test_a_pair_with_its_margin_gives_no_gradient():
    logp = torch.log(torch.tensor([0.8, 0.1, 0.1], dtype=torch.float64)).requires_grad_()
    slic(as_group(logp, REF, [[0, 1]]), weight=0.0).sum().backward()
    assert (logp.grad == 0).all()
    slic(as_group(logp, REF, [[1, 0]]), weight=0.0).sum().backward()
    np.testing.assert_array_equal(logp.grad, [1, -1, 0])


def test_on_ratios_the_hinge_lies_at_one_over_beta():
    ref, shift = random_table(3)[0], np.array([4.0, 0.0, 0.0])
    assert hinge_dpo(as_group(ref + shift, ref, [[0, 1]]), beta=0.25)[0] == pytest.approx(0, abs=1e-15)
    assert hinge_dpo(as_group(ref + shift, ref, [[0, 1]]), beta=0.1)[0] == pytest.approx(0.6)
    assert hinge_dpo(as_group(ref, ref, [[0, 1]]))[0] == 1.0
