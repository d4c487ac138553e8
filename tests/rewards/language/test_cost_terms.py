"""Cost terms as a reward: linear in the weights, part by part, and the same for arrays and tensors."""

import numpy as np
import pytest
import torch

from rewardlab.core.batch import Transitions
from rewardlab.rewards import CostTerms
from rewardlab.rewards.language.bodies import REACHER
from rewardlab.rewards.language.cost_spec import Spec, Term

RNG = np.random.default_rng(0)
BATCH = Transitions(
    RNG.uniform(-1, 1, (6, 10)), RNG.uniform(-1, 1, (6, 2)), np.zeros(6), RNG.uniform(-1, 1, (6, 10)),
    np.zeros(6, bool), np.zeros(6, bool),
)  # fmt: skip
SPEC = Spec.default(REACHER).put(Term("distance fingertip, target", 0.0, 2.0, "smooth_abs")).put(Term("joint elbow", 1))


def test_it_is_minus_the_sum_and_linear_in_the_weights():
    reward = CostTerms(SPEC, REACHER)
    parts = reward.parts(BATCH)
    assert set(parts) == {t.key for t in SPEC.terms}
    np.testing.assert_allclose(reward(BATCH), sum(parts.values()))
    assert (reward(BATCH) < 0).all()
    np.testing.assert_array_equal(CostTerms(SPEC.scaled(4.0), REACHER)(BATCH), 4.0 * reward(BATCH))
    one, two = SPEC.put(Term("effort", 0.0, 0.7)), SPEC.put(Term("effort", 0.0, 0.3))
    mean = SPEC.put(Term("effort", 0.0, 0.5))
    both = 0.5 * (CostTerms(one, REACHER)(BATCH) + CostTerms(two, REACHER)(BATCH))
    np.testing.assert_allclose(CostTerms(mean, REACHER)(BATCH), both)


def test_tensors_and_nothing_at_all():
    tensors = BATCH.map(torch.as_tensor)
    np.testing.assert_allclose(CostTerms(SPEC, REACHER)(tensors).numpy(), CostTerms(SPEC, REACHER)(BATCH), atol=1e-12)
    assert (CostTerms(Spec(()), REACHER)(BATCH) == 0).all()


@pytest.mark.parametrize("at", [0.0, 0.7])
def test_what_is_as_it_should_be_costs_nothing(at):
    obs = np.zeros((1, 10))
    obs[0, :4] = np.cos(at), 1.0, np.sin(at), 0.0
    still = Transitions(obs, np.zeros((1, 2)), np.zeros(1), obs, np.zeros(1, bool), np.zeros(1, bool))
    spec = Spec.default(REACHER).put(Term("joint shoulder", at, 9.0)).put(Term("joint elbow", 0.0, 9.0))
    assert CostTerms(spec, REACHER)(still)[0] == pytest.approx(0.0, abs=1e-15)
