"""Accelerated DPO grows its log ratios by the recursion of momentum; without momentum it is iterated DPO."""

import numpy as np
import pytest
import torch
from preference_tables import as_group, best_policy, labelled_pairs, random_table

from rewardlab.agents.direct_preference import AcceleratedDPO, dpo
from rewardlab.core.responses import beats

REF, REWARD = random_table(4, seed=2)
PAIRS, WEIGHT = labelled_pairs(beats(REWARD), np.full(4, 0.25))
BETA = 2.0


class Table(torch.nn.Module):
    """A table of logits as a policy."""

    def __init__(self):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor(REF))

    def logp(self):
        return torch.log_softmax(self.logits, -1).detach().numpy()


def run(momentum, rounds):
    """The log-probabilities of the policy after each round, solved to its end, and of the reference."""
    policy = Table()
    objective = AcceleratedDPO(policy, 1, beta=BETA, momentum=momentum)
    found, references = [REF], [objective.reference.module.logp()]
    for _ in range(rounds):
        table = np.log(best_policy(objective, references[-1], PAIRS, WEIGHT))
        with torch.no_grad():
            policy.logits.copy_(torch.tensor(table) + 3.0)  # a constant of a softmax
        objective.update(as_group(table, table, PAIRS))
        found.append(policy.logp())
        references.append(objective.reference.module.logp())
    return np.array(found), np.array(references)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.6])
def test_after_some_rounds_the_log_ratios_are_the_closed_form(momentum):
    found, _ = run(momentum, 5)
    for t, logp in enumerate(found):
        grown = (t - momentum * (1 - momentum**t) / (1 - momentum)) / (1 - momentum)
        ratio = logp - REF
        np.testing.assert_allclose(ratio - ratio[0], (REWARD - REWARD[0]) / BETA * grown, atol=1e-5)


def test_the_pace_grows_to_one_over_one_less_the_momentum():
    steps = [np.diff((found - REF) @ (np.eye(4)[0] - np.eye(4)[1])) for found, _ in (run(0.3, 6), run(0.0, 6))]
    assert steps[0][-1] / steps[1][-1] == pytest.approx(1 / 0.7, rel=0.02)


def test_without_momentum_the_reference_is_the_last_policy_and_the_loss_dpo():
    found, references = run(0.0, 3)
    np.testing.assert_allclose(references, found, atol=1e-14)
    group = as_group(found[2], found[1], PAIRS)
    np.testing.assert_array_equal(AcceleratedDPO(Table(), 1, beta=BETA, momentum=0.0)(group), dpo(group, beta=BETA))


def test_the_reference_moves_at_the_end_of_a_round_alone():
    policy = Table()
    objective = AcceleratedDPO(policy, 2)
    with torch.no_grad():
        policy.logits += torch.tensor([1.0, 0, 0, 0])
    before, group = objective.reference.module.logp(), as_group(REF, REF, PAIRS)
    objective.update(group)
    np.testing.assert_array_equal(objective.reference.module.logp(), before)
    objective.update(group)
    ahead = objective.reference.module.logits.detach().numpy() - REF
    np.testing.assert_allclose(ahead, [1.3, 0, 0, 0], atol=1e-12)
