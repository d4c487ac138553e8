"""What dialogues are paid by something other than their environment.

Source: Stiennon et al., "Learning to Summarize from Human Feedback", NeurIPS 2020, Section 3.4 (one pay per response).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from rewardlab.agents.loops.tokens.rollouts import Rollouts
from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadReward
from rewardlab.core.reward import Reward

Paying = Reward | Callable[[Rollouts], Array]


def transitions(rollouts: Rollouts) -> Transitions:
    """Each dialogue as one step [P·G] of an episode of one step, the copies of a task one after the other.

    `obs` is the first message, `action` the last answer, `next_obs` the whole dialogue as text, `reward` the
    environment's; info: `messages`, `turns`, `success`, and `part_NAME` for each part of the environment's reward.
    """
    dialogues = [m for group in rollouts.messages for m in group]
    n = len(dialogues)
    whole = ["\n".join(f"{m['role']}: {m['content']}" for m in d) for d in dialogues]
    answers = [next((m["content"] for m in reversed(d) if m["role"] == "agent"), "") for d in dialogues]
    return Transitions(
        obs=_objects([d[0]["content"] for d in dialogues]),
        action=_objects(answers),
        reward=array(rollouts.reward).reshape(-1),
        next_obs=_objects(whole),
        terminated=np.ones(n, dtype=bool),
        truncated=np.zeros(n, dtype=bool),
        info={
            "messages": _objects(dialogues),
            "turns": array(rollouts.turns).reshape(-1),
            "success": array(rollouts.success).reshape(-1),
            **{f"part_{name}": array(value).reshape(-1) for name, value in rollouts.parts.items()},
        },
    )


def paid(rollouts: Rollouts, reward: Paying | None) -> tuple[Rollouts, dict[str, float]]:
    """The rollouts with the pay [P, G] of `reward` on their last turns; and the mean of each part, to be logged.

    A reward that learns does so afterwards.

    Raises:
        BadReward: for a pay of another shape, or one that is not finite.
    """
    parts = {name: float(value.mean()) for name, value in rollouts.parts.items()}
    if reward is None:
        return rollouts, parts
    told: dict[str, float] = {}
    name = getattr(reward, "name", getattr(reward, "__name__", type(reward).__name__))
    if isinstance(reward, Reward):
        batch = transitions(rollouts)
        reward.reset(batch.terminated)
        pay: Any = reward(batch)
        if reward.learns:
            told = reward.update(batch)
        shape = tuple(np.shape(pay))
        pay = array(pay).reshape(rollouts.reward.shape) if shape == batch.shape else pay
    else:
        pay = reward(rollouts)
    made = torch.as_tensor(array(pay), dtype=torch.float32, device=rollouts.reward.device)
    if made.shape != rollouts.reward.shape or not bool(made.isfinite().all()):
        what = f"shape {tuple(made.shape)}" if made.shape != rollouts.reward.shape else "a pay that is not finite"
        raise BadReward(what, where=name, expected=f"finite numbers [P, G] = {tuple(rollouts.reward.shape)}")
    last = (rollouts.turns - 1).clamp(min=0)[..., None]
    turn_reward = torch.zeros_like(rollouts.turn_reward).scatter(-1, last, made[..., None])
    logged = {**parts, "task": float(rollouts.reward.mean()), name: float(made.mean()), **told}
    return replace(rollouts, reward=made, turn_reward=turn_reward), logged


def _objects(values: list[Any]) -> np.ndarray:
    """[B] of objects, also of lists of one length."""
    out = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        out[i] = value
    return out
