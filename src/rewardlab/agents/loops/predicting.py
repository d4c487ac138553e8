"""What an actor-critic does when it is asked, outside its loop."""

from typing import Any

import numpy as np
import torch
from gymnasium import spaces

from rewardlab.core.arrays import array, tree_leaves
from rewardlab.core.errors import BadBatch


def check_shown(observation: Any, where: str) -> None:
    """Raises BadBatch for what `env.reset()` of Gymnasium returns: an observation and its info."""
    if isinstance(observation, tuple) and len(observation) == 2 and isinstance(observation[1], dict):
        raise BadBatch(
            "a pair in place of an observation",
            where=f"{where}.predict",
            expected="an observation [*obs] or a batch [B, *obs]",
            mend="obs, info = env.reset(): you are probably mixing Gym API and that of a VecEnv",
        )


def predicted(
    agent: Any, observation: Any, state: Any, episode_start: Any, deterministic: bool, action_masks: Any
) -> tuple[np.ndarray, Any]:
    """`predict` of an on-policy agent, drawn from a generator of the agent's own."""
    policy, networks, device = agent.policy, agent.networks, agent.device
    policy.set_training_mode(False)
    check_shown(observation, type(agent).__name__)
    obs, batched = policy.obs_to_tensor(observation)
    rows = len(tree_leaves(obs)[0])
    held = networks.initial(rows)
    begun = torch.zeros(rows, dtype=torch.bool, device=device)
    if held is not None:
        if state is not None:
            held = torch.as_tensor(state, dtype=torch.float32, device=device).reshape(rows, -1)
        if episode_start is not None:
            begun = torch.as_tensor(np.atleast_1d(episode_start), device=device).bool()
    mask = None
    if action_masks is not None:
        mask = torch.as_tensor(np.asarray(action_masks), device=device).bool().reshape(rows, -1)
    outputs, held = networks.act(obs, mask, held, begun)
    action = agent._sent(networks.head.sample(outputs, None if deterministic else agent.predicting))
    space = agent.action_space
    out = array(action).reshape((-1, *(space.shape or ())))
    out = out.astype(space.dtype if isinstance(space, (spaces.Box, spaces.MultiBinary)) else np.int64)
    return (out if batched else out.squeeze(axis=0)), None if held is None else array(held)[None]
