"""What agents do when they are asked, outside their loops: one observation or many, from Gymnasium or as tensors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor

from rewardlab.core.arrays import Tree, array, tree_leaves
from rewardlab.core.errors import BadBatch, BadOption


@dataclass(frozen=True)
class Asked:
    """What an agent is asked for.

    Attributes:
        obs: [B, *obs] on the policy's device.
        rows: B.
        many: whether a batch was shown; else B is 1, and the answer is that of one row.
        mask: [B, A] bool of the actions that are allowed; None for all.
    """

    obs: Tree
    rows: int
    many: bool
    mask: Tensor | None

    def memory(self, state: Any, episode_start: Any, empty: Tensor | None) -> tuple[Any, Any]:
        """Memories [B, H], and [B] bool of the rows whose memory is to be emptied first; None for no memory.

        Args:
            state: [1, B, H] of the last answer; None for empty ones.
            episode_start: [B] bool; None for none.
            empty: [B, H].
        """
        if empty is None:
            return None, None
        begun = torch.zeros(self.rows, dtype=torch.bool, device=empty.device)
        if episode_start is not None:
            begun = torch.as_tensor(np.atleast_1d(episode_start), device=empty.device).bool()
        if state is not None:
            empty = torch.as_tensor(state, dtype=torch.float32, device=empty.device).reshape(self.rows, -1)
        return empty, begun

    def answer(self, action: Tensor, space: spaces.Space) -> np.ndarray:
        """Actions [B, ...] as their space has them; without B for one observation."""
        out = array(action).reshape((-1, *(space.shape or ())))
        out = out.astype(space.dtype if isinstance(space, (spaces.Box, spaces.MultiBinary)) else np.int64)
        return out if self.many else out.squeeze(axis=0)


def asked(policy: Any, observation: Any, action_masks: Any = None, *, where: str) -> Asked:
    """An observation [*obs], or a batch [B, *obs], as a policy sees it; the policy leaves training mode.

    Args:
        policy: of Stable-Baselines3.
        observation: as the environment shows it.
        action_masks: [B, A] bool of the actions that are allowed.
        where: whose error it is.

    Raises:
        BadBatch: for what `env.reset()` of Gymnasium returns: an observation and its info.
    """
    if isinstance(observation, tuple) and len(observation) == 2 and isinstance(observation[1], dict):
        raise BadBatch(
            "a pair in place of an observation",
            where=f"{where}.predict",
            expected="an observation [*obs] or a batch [B, *obs]",
            mend="obs, info = env.reset(): you are probably mixing Gym API and that of a VecEnv",
        )
    policy.set_training_mode(False)
    obs, many = policy.obs_to_tensor(observation)
    rows, mask = len(tree_leaves(obs)[0]), None
    if action_masks is not None:
        mask = torch.as_tensor(np.asarray(action_masks), device=policy.device).bool().reshape(rows, -1)
    return Asked(obs, rows, many, mask)


class Predicting(BaseAlgorithm):
    """A `BaseAlgorithm` whose `predict` draws from a generator of its own."""

    predicting: torch.Generator  # asking an agent does not disturb its training

    # -- what a kind of agent writes -----------------------------------------------------------------------------

    def _policy_answers(self, deterministic: bool) -> bool:
        """Whether Stable-Baselines3's own `predict` serves."""
        return False

    def _answer(self, ask: Asked, state: Any, episode_start: Any, deterministic: bool) -> tuple[Tensor, Any]:
        """Actions [B, ...] as the network shows them, and the state afterwards."""
        raise NotImplementedError

    def _sent(self, action: Tensor) -> Tensor:
        """Actions as the environment may have them."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def predict(
        self,
        observation: Any,
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
        action_masks: Any = None,
    ) -> tuple[np.ndarray, Any]:
        """Actions for one observation or a batch [B, *obs], and the memory afterwards if the policy has one.

        Args:
            observation: as the environment shows it.
            state: the memory [1, B, H] that the last call returned; policies without one hand back what they get.
            episode_start: [B] bool: rows whose memory is empty.
            deterministic: the best or likeliest actions, without noise or ε.
            action_masks: [B, A] bool of the actions that are allowed.

        Raises:
            BadBatch: for what `env.reset()` of Gymnasium returns: an observation and its info.
            BadOption: for masks of actions in a box.
        """
        if action_masks is not None and isinstance(self.action_space, spaces.Box):
            raise BadOption(
                "action_masks for actions in a box",
                where=f"{type(self).__name__}.predict",
                expected="masks of discrete actions",
                mend="leave action_masks out",
            )
        if self._policy_answers(deterministic):
            return super().predict(observation, state, episode_start, deterministic)
        ask = asked(self.policy, observation, action_masks, where=type(self).__name__)
        action, state = self._answer(ask, state, episode_start, deterministic)
        return ask.answer(self._sent(action), self.action_space), state
