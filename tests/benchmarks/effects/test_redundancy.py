"""Coupled learners: variances beside theory, and the score of a softmax policy."""

import pytest
import torch

from rewardlab.benchmarks.effects import redundancy


def test_replicas_vary_as_theory_says_and_less_when_coupled():
    found = redundancy.least_squares(0, inputs=2, topology="complete", strength=1.0, rate=0.02, steps=500)
    assert found["centroid"] == pytest.approx(1, rel=0.2) and found["disagreement"] == pytest.approx(1, rel=0.2)
    free, held = (redundancy.bandit(0, replicas=8, batch=1, strength=k, pulls=480) for k in (0.0, 1.0))
    assert held["replica_variance"] < 0.7 * free["replica_variance"]


def test_the_score_is_the_gradient_of_the_log_probability():
    logits = torch.randn(3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    pulled, paid = (
        torch.tensor([[0, 0], [3, 1], [4, 2]]),
        torch.tensor([[1.0, 2], [-1, 3], [0, 5]], dtype=torch.float64),
    )
    (logits.log_softmax(-1).gather(1, pulled) * paid).mean(1).sum().backward()
    torch.testing.assert_close(redundancy._score(logits.detach().softmax(-1), pulled, paid), logits.grad)
