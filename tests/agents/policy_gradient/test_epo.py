"""EPO: the corridor, its history and its schedule."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import same

from rewardlab.agents.policy_gradient import EPO, grpo
from rewardlab.core.errors import BadCheckpoint, BadOption

GROUP = random_group(4, 5, tokens=8, seed=3)


def seen(past, **options):
    """An objective after one update at this entropy."""
    objective = EPO(horizon=100, **options)
    objective.load_state_dict({"updates": 1, "total": past})
    return objective


@pytest.mark.parametrize(("below", "outside"), [(0.8, [0.03, 0, 0, 0.05]), (0.0, [0, 0, 0, 0.05])])
def test_only_entropies_outside_the_corridor_pay(below, outside):
    same(seen(1.0, below=below).outside(np.array([0.5, 1.0, 1.9, 2.5])), outside, atol=1e-15)


def test_before_the_first_update_there_is_no_corridor():
    objective = EPO(horizon=100)
    assert objective.past is None and (objective.outside(np.array([0.0, 99.0])) == 0).all()


def test_the_history_is_the_mean_of_means_over_tokens_turns_and_responses():
    means, objective = [], EPO(horizon=10)
    for seed in range(3):
        group = random_group(2, 3, tokens=7, seed=seed)
        of = []
        for p, i in np.ndindex(2, 3):
            own, turn = group.mask[p, i] != 0, group.info["turn"][p, i]
            of.append(np.mean([group.info["entropy"][p, i][own & (turn == n)].mean() for n in set(turn[own])]))
        means.append(np.mean(of))
        objective.update(group)
    assert objective.past == pytest.approx(np.mean(means), rel=1e-14)
    assert objective.state_dict() == {"updates": 3, "total": objective.total}


def test_the_weight_falls_slowly_then_fast():
    objective, weights = EPO(horizon=100), []
    for _ in range(120):
        weights.append(objective.weight)
        objective.update(GROUP)
    assert (
        weights[0] == 1 and weights[50] == pytest.approx(0.8, rel=1e-14) and weights[100] == pytest.approx(0, abs=1e-15)
    )
    assert (np.diff(weights) <= 0).all() and weights[110] == weights[100]
    assert weights[50] - weights[75] > 2 * (weights[0] - weights[50])


def test_the_loss_is_grpo_less_entropy_and_with_the_corridor():
    objective = seen(1.0, entropy_weight=0.3)
    h = objective.entropy(GROUP)
    out = replace(GROUP, info={**GROUP.info, "entropy": objective.outside(GROUP.info["entropy"])})
    assert objective.entropy(out).min() > 0
    same(objective(GROUP), grpo(GROUP) - 0.3 * (h - objective.weight * objective.entropy(out)))
    same(seen(1.0, entropy_weight=0.0)(GROUP), grpo(GROUP))


def test_entropies_move_the_policy_by_their_gradient():
    """One response of two tokens in two turns: the entropies 0.4 (below the corridor) and 3.0 (above it)."""
    entropy = torch.tensor([[[0.4, 3.0]]], dtype=torch.float64, requires_grad=True)
    one = random_group(1, 1, tokens=2)
    info = {"entropy": entropy, "turn": torch.tensor([[[0, 1]]])}
    group = replace(one, **{k: torch.tensor(getattr(one, k)) for k in ("logp", "old_logp", "ref_logp", "reward")},
                    mask=torch.ones(1, 1, 2), info=info)  # fmt: skip
    objective = seen(1.0, entropy_weight=2.0)
    objective(group).sum().backward()
    w = objective.weight
    same(entropy.grad, np.array([[[-2 * (0.5 + w * 0.05), -2 * (0.5 - w * 0.05)]]]))


@pytest.mark.parametrize("bad", [{"horizon": 0}, {"horizon": 5, "below": 3.0}, {"horizon": 5, "below": -1.0}])
def test_a_corridor_and_a_horizon_make_sense(bad):
    with pytest.raises(BadOption):
        EPO(**bad)


def test_a_foreign_state_is_refused():
    with pytest.raises(BadCheckpoint):
        EPO(horizon=3).load_state_dict({"updates": 1})
