"""Between the loop and its memory: what is kept of a step, and what it is worth when it is drawn."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.buffers import DictReplayBuffer, NStepReplayBuffer, ReplayBuffer
from torch import Tensor

from rewardlab.agents.loops.stream import MASK, Moved
from rewardlab.core.arrays import Tree, array, is_torch, tensor, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadReward, MissingColumn
from rewardlab.core.reward import Reward

PLAIN = (None, ReplayBuffer, DictReplayBuffer, NStepReplayBuffer)


def check_kept(reward: Any, buffer: Any, where: str) -> None:
    """Raises BadOption for a reward that cannot pay steps drawn one by one, or a replay buffer of another kind."""
    if reward is not None and (not isinstance(reward, Reward) or reward.memory):
        raise BadOption(
            f"reward={type(reward).__name__}",
            where=where,
            expected="a Reward without a memory of episodes: steps are drawn one by one",
            mend="PaidVector(envs, reward) pays such a reward while it acts",
        )
    if buffer not in PLAIN:
        raise BadOption(
            f"replay_buffer_class={buffer.__name__}",
            where=where,
            expected="None: steps are kept as tensors",
            mend=f"stable_baselines3.{where} takes buffers of any kind",
        )


class Stored:
    """The memory of an agent as its loop uses it.

    Args:
        agent: whose `replay`, `reward`, `columns`, `gamma`, `n_steps` and `VecNormalize` are used.
    """

    def __init__(self, agent: Any) -> None:
        self.agent = agent
        self._original: Tree = None  # what a VecNormalize was shown last
        self.paid: Tensor | None = None  # the mean pay of what was drawn last
        self.begin(agent.n_envs or 1)

    def begin(self, rows: int) -> None:
        """New episodes in all N rows."""
        self._original = None
        self.earned = torch.zeros(rows, device=self.agent.device)  # by the reward, in the running episodes

    def add(self, obs: Tree, action: Tensor, moved: Moved) -> None:
        """Keep one step of all rows; a reward that learns does so from it."""
        agent = self.agent
        after, reward, before = moved.obs, moved.reward, obs
        normal = agent._vec_normalize_env
        if normal is not None:  # kept as the world showed it, and normalised by what is known when it is drawn
            raw = self._tensors(normal.get_original_obs())
            before = self._original if self._original is not None else self._unnormalised(obs)
            after, reward = raw, tensor(normal.get_original_reward(), device=agent.device).float()
            self._original = raw
        if moved.final is not None:
            final = moved.final if normal is None else self._unnormalised(moved.final)
            after = self._successors(after, final, moved)
        step = {
            "obs": before,
            "next_obs": after,
            "action": action,
            "reward": reward,
            "terminated": moved.terminated,
            "truncated": moved.truncated,
        }
        info = {name: self._column(moved, name) for name in agent.columns}
        if agent.stream.masked:  # of what the step led to, also where an episode was cut
            led = moved.column(MASK)
            info[f"next_{MASK}"] = self._tensors(agent.stream.mask(moved) if led is None else led).bool()
        agent.replay.add(step, moved.live, info)
        if agent.reward is None:
            return
        batch = self._shown(Transitions(before, action, reward, after, moved.terminated, moved.truncated, info))
        pay = self._pay(batch)
        self.earned = self.earned + (pay if moved.live is None else pay * moved.live)
        if agent.reward.learns:
            if moved.live is not None:
                keep = moved.live
                batch = batch.map(lambda x: x[keep])
            agent.reward.update(batch)

    def earned_by(self, records: list[dict[str, Any]], ended: np.ndarray) -> list[dict[str, Any]]:
        """Records of episodes that ended in the rows `ended` [M], "r" being what the reward paid for them."""
        if self.agent.reward is None or not len(ended):
            return records
        rows = torch.as_tensor(ended, device=self.agent.device)
        pay = array(self.earned[rows])
        self.earned[rows] = 0.0
        return [{"true": r["r"], **r, "r": float(p)} for r, p in zip(records, pay, strict=True)]

    def _unnormalised(self, obs: Tree) -> Tree:
        return self._tensors(self.agent._vec_normalize_env.unnormalize_obs(tree_map(array, obs)))

    @staticmethod
    def _successors(shown: Tree, final: Tree, moved: Moved) -> Tree:
        """[N, *obs] what each step led to."""
        if moved.ended is None:
            done = moved.done
            return tree_map(
                lambda a, b: torch.where(done.reshape(-1, *[1] * (a.ndim - 1)), b.to(a.dtype), a), shown, final
            )
        rows = torch.as_tensor(moved.ended)

        def put(a: Tensor, b: Tensor) -> Tensor:
            return a.index_put((rows.to(a.device),), b.to(a.dtype))

        return tree_map(put, shown, final)

    def _tensors(self, obs: Any) -> Tree:
        return tree_map(lambda x: torch.as_tensor(x, device=self.agent.device), obs)

    def _column(self, moved: Moved, name: str) -> Tensor:
        value = moved.column(name)
        if value is None:
            raise MissingColumn(
                f"info has no {name!r}", where=type(self.agent).__name__, mend="name columns that the environment has"
            )
        return value if is_torch(value) else torch.as_tensor(array(value), device=self.agent.device)

    def sample(self, size: int) -> tuple[Transitions, Tensor]:
        """B steps, paid as the reward pays now, and the discounts [B] of what follows."""
        agent = self.agent
        pay = None if agent.reward is None else self._drawn
        with torch.no_grad():
            batch, discount = agent.replay.sample(
                size, agent.generator, gamma=agent.gamma, n_steps=getattr(agent, "n_steps", 1), pay=pay
            )
        normal = agent._vec_normalize_env
        if normal is None:
            return batch, discount
        seen = [self._tensors(normal.normalize_obs(tree_map(array, x))) for x in (batch.obs, batch.next_obs)]
        reward = torch.as_tensor(normal.normalize_reward(array(batch.reward)), device=agent.device).float()
        return (
            Transitions(seen[0], batch.action, reward, seen[1], batch.terminated, batch.truncated, batch.info),
            discount,
        )

    def _drawn(self, batch: Transitions) -> Tensor:
        pay = self._pay(self._shown(batch))
        self.paid = pay.mean()
        return pay

    def _shown(self, batch: Transitions) -> Transitions:
        """Steps as a reward may see them: with the actions of the environment's space, whatever the agent keeps."""
        return replace(batch, action=self.agent._sent(batch.action))

    def _pay(self, batch: Transitions) -> Tensor:
        pay = tensor(self.agent.reward(batch), device=self.agent.device).float()
        if self.agent.device.type == "cpu" and not bool(torch.isfinite(pay).all()):
            raise BadReward("paid what is not finite", where=self.agent.reward.name, expected="finite rewards")
        return pay
