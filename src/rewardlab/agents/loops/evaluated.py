"""A rollout as a batch to learn from: what the acting policy thought of it, advantages and targets."""

from typing import Any

import torch
from torch import Tensor

from rewardlab.agents.loops.actor_critic import ActorCritic
from rewardlab.agents.loops.gae import gae
from rewardlab.agents.loops.rewarding import Rewarding
from rewardlab.agents.loops.rollouts import Minibatch, Rollout
from rewardlab.core.arrays import tree_map


def evaluated(
    roll: Rollout, networks: ActorCritic, rewarding: Rewarding, held: Any, begun: Tensor
) -> tuple[Minibatch, tuple[Tensor, Tensor]]:
    """All steps that rows moved in, and values and returns [T, N] of the environment's reward.

    Args:
        roll: T full steps of N rows.
        networks: of the policy that acted.
        rewarding: the rewards, each with a value of its own.
        held: what the policy remembered before the first step; None for one without a memory.
        begun: [N] bool: the rows whose episode begins after the last step.
    """
    assert roll.action is not None
    steps, rows = roll.steps, roll.rows
    flat = tree_map(lambda x: x[:-1].flatten(0, 1), roll.obs)
    last = tree_map(lambda x: x[-1], roll.obs)
    action = roll.action.flatten(0, 1)
    mask = None if roll.mask is None else roll.mask.flatten(0, 1)
    at, row, final = roll.cut()
    seen = networks.judge(flat, action, mask, last, final, (held, roll.begun, at, row, begun))
    value = networks.decode(seen.steps.values).view(steps, rows, -1)
    beyond = torch.cat([value[1:], networks.decode(seen.last)[None]])
    extra = None if seen.final is None else networks.decode(seen.final)
    reward, beyond, goes_on = rewarding.settle(roll, beyond, (at, row, extra))
    advantage = gae(reward, value, beyond, goes_on, rewarding.discount, rewarding.decay)
    returns = advantage + value
    total = (advantage * rewarding.weight).sum(-1)
    roll.judged = {"log_probs": seen.steps.log_prob.view(steps, rows), "advantages": total}
    roll.judged |= {"values": value[..., 0], "returns": returns[..., 0]}
    roll.judged |= {"paid": reward[..., 0], "beyond": rewarding.discount[0] * beyond[..., 0]}
    thought = (seen.steps.log_prob, seen.steps.outputs, value.flatten(0, 1))
    batch = Minibatch(flat, action, *thought, total.flatten(), returns.flatten(0, 1), mask)
    if held is not None:
        batch.memory = (held, roll.begun)
    elif not roll.all_live:
        batch = batch.rows(roll.live.flatten().nonzero()[:, 0])
    return batch, (value[..., 0], returns[..., 0])
