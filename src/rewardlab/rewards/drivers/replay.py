"""Replay memories of Stable-Baselines3 under a reward that has changed: what is kept is paid anew.

    r_t ← R(o_t, a_t, o_{t+1})    for every step that the memory holds

Plain, Dict and n-step memories keep one reward a step, so that paying these is all there is to do; n-step sums are made
when steps are drawn. Hindsight also draws steps towards goals that nobody had, which `HindsightPaid` pays when drawn.

Source: Lee, Smith, Abbeel, "PEBBLE: Feedback-Efficient Interactive Reinforcement Learning via Relabeling Experience and
Unsupervised Pre-training", ICML 2021, Section 4.3; Andrychowicz et al., "Hindsight Experience Replay", NeurIPS 2017.
"""

from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3 import HerReplayBuffer
from stable_baselines3.common.buffers import DictReplayBuffer, ReplayBuffer
from stable_baselines3.common.type_aliases import DictReplayBufferSamples

from rewardlab.core.arrays import Tree, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadReward
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.kernel import check_reward

_CHUNK = 65536  # steps that are paid at once


def relabel_replay(agent: Any, reward: Reward) -> int:
    """Pay all steps in an agent's replay memory anew, in place.

    Args:
        agent: an off-policy algorithm of Stable-Baselines3 with a `ReplayBuffer` or one that inherits from it. The
            reward sees actions as the environment gets them, not as they are kept.
        reward: what pays from now on; it must not remember episodes, and sees no columns of `info`.

    Returns:
        How many steps were paid.

    Raises:
        BadOption: for an agent without such a memory, or a reward with a memory of episodes.
        BadReward: for a pay that is not finite; the memory is as it was.
    """
    buffer = getattr(agent, "replay_buffer", None)
    if not isinstance(buffer, ReplayBuffer):
        raise BadOption(
            f"{type(agent).__name__} with {type(buffer).__name__}",
            where="relabel_replay",
            expected="an agent whose replay_buffer is Stable-Baselines3's",
            mend="agents of rewardlab take reward= and pay when steps are drawn",
        )
    if check_reward(reward, "relabel_replay").memory:
        raise BadOption(
            f"{reward.name} remembers episodes", where="relabel_replay", expected="a reward of single steps"
        )
    held = buffer.buffer_size if buffer.full else buffer.pos
    size = max(1, _CHUNK // buffer.n_envs)
    paid = [_paid(reward, _steps(agent, buffer, np.arange(a, min(a + size, held)))) for a in range(0, held, size)]
    if paid:
        buffer.rewards[:held] = np.concatenate(paid)  # all or nothing
    return held * buffer.n_envs


def _paid(reward: Reward, steps: Transitions) -> np.ndarray:
    flat = steps.map(lambda x: x.reshape(-1, *x.shape[2:]))
    pay = array(reward(flat)).reshape(steps.shape)
    if not np.isfinite(pay).all():
        raise BadReward(
            f"{int((~np.isfinite(pay)).sum())} kept steps are paid NaN or infinity",
            where=f"relabel_replay with {reward.name}",
            expected="finite numbers",
        )
    return pay


def _steps(agent: Any, buffer: ReplayBuffer, places: np.ndarray) -> Transitions:
    """Kept steps [T, N]. Where successors are not kept apart, an ended step has the first one of the next episode."""
    if isinstance(buffer, DictReplayBuffer):
        obs: Tree = {k: v[places] for k, v in buffer.observations.items()}
        after: Tree = {k: v[places] for k, v in buffer.next_observations.items()}
    else:
        obs = buffer.observations[places]
        after = (
            buffer.observations[(places + 1) % buffer.buffer_size]
            if buffer.optimize_memory_usage
            else buffer.next_observations[places]
        )
    cut = buffer.timeouts[places] > 0
    ended = buffer.dones[places] > 0
    action = _sent(agent.action_space, buffer.actions[places], scaled=agent.policy.squash_output)
    return Transitions(obs, action, buffer.rewards[places].copy(), after, ended & ~cut, cut)


def _sent(space: spaces.Space, kept: np.ndarray, *, scaled: bool) -> np.ndarray:
    """Actions [*lead, D] as they are kept -> [*lead, *action] as the environment gets them.

    `scaled`: those of a Box are kept between -1 and 1.
    """
    whole = kept.reshape(*kept.shape[:-1], *(space.shape or ()))
    if isinstance(space, spaces.Box) and scaled:
        whole = space.low + 0.5 * (whole + 1.0) * (space.high - space.low)
    return np.asarray(whole, dtype=space.dtype)


class HindsightPaid(HerReplayBuffer):
    """Hindsight replay in which a reward pays: steps towards the goals that they had, and towards others.

    Everything is paid when it is drawn, so that a reward that learns never goes stale. Real steps and virtual ones are
    paid alike; the environment's `compute_reward` is not asked.

    Args:
        *args: those of `HerReplayBuffer`.
        reward: what pays steps of Dict observations with a `desired_goal`.
        **kwargs: those of `HerReplayBuffer`.

    Raises:
        BadOption: for something that is no reward, or one that remembers episodes.
    """

    def __init__(self, *args: Any, reward: Reward, **kwargs: Any) -> None:
        if check_reward(reward, "HindsightPaid").memory:
            raise BadOption(
                f"{reward.name} remembers episodes", where="HindsightPaid", expected="a reward of single steps"
            )
        super().__init__(*args, **kwargs)
        self.reward = reward

    def _get_real_samples(self, batch_indices: Any, env_indices: Any, env: Any = None) -> DictReplayBufferSamples:
        return self._drawn(batch_indices, env_indices, None, env)

    def _get_virtual_samples(self, batch_indices: Any, env_indices: Any, env: Any = None) -> DictReplayBufferSamples:
        return self._drawn(batch_indices, env_indices, self._sample_goals(batch_indices, env_indices), env)

    def _drawn(self, places: Any, rows: Any, goals: np.ndarray | None, env: Any) -> DictReplayBufferSamples:
        obs = {k: v[places, rows] for k, v in self.observations.items()}
        after = {k: v[places, rows] for k, v in self.next_observations.items()}
        if goals is not None:
            obs["desired_goal"] = after["desired_goal"] = goals
        ended, cut = self.dones[places, rows] > 0, self.timeouts[places, rows] > 0
        action = _sent(self.action_space, self.actions[places, rows], scaled=True)  # as all who use hindsight keep them
        steps = Transitions(obs, action, self.rewards[places, rows].copy(), after, ended & ~cut, cut)
        pay = _paid(self.reward, steps.map(lambda x: x[None]))[0]
        seen, then = (self._normalize_obs(x, env) for x in (obs, after))
        return DictReplayBufferSamples(
            observations={k: self.to_torch(v) for k, v in seen.items()},  # type: ignore[union-attr]
            actions=self.to_torch(self.actions[places, rows]),
            next_observations={k: self.to_torch(v) for k, v in then.items()},  # type: ignore[union-attr]
            dones=self.to_torch((ended & ~cut).astype(np.float32)).reshape(-1, 1),
            rewards=self.to_torch(self._normalize_reward(pay.reshape(-1, 1).astype(np.float32), env)),
        )
