"""Between the loop and its memory: what is kept of a step, and what it is worth when it is drawn."""

from typing import Any

import torch
from torch import Tensor

from rewardlab.agents.loops.stream import MASK, Moved
from rewardlab.core.arrays import Tree, array, is_torch, tensor, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import MissingColumn


class Stored:
    """The memory of an agent as its loop uses it.

    Args:
        agent: whose `replay`, `reward`, `columns`, `gamma`, `n_steps` and `VecNormalize` are used.
    """

    def __init__(self, agent: Any) -> None:
        self.agent = agent
        self._original: Tree = None  # what a VecNormalize was shown last

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
        if agent.reward is not None and agent.reward.learns:
            batch = Transitions(before, action, reward, after, moved.terminated, moved.truncated, info)
            if moved.live is not None:
                keep = moved.live
                batch = batch.map(lambda x: x[keep])
            agent.reward.update(batch)

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
        pay = None if agent.reward is None else self._pay
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

    def _pay(self, batch: Transitions) -> Tensor:
        pay = self.agent.reward(batch)
        return tensor(pay, device=self.agent.device).float()
