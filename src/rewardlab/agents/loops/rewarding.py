"""Rewards with a value of their own: what each step pays to each stream, and how far each stream looks ahead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from rewardlab.agents.loops.rollouts import Rollout
from rewardlab.agents.loops.stream import Moved
from rewardlab.core.arrays import tensor
from rewardlab.core.batch import ENV_ROW, Transitions
from rewardlab.core.errors import BadOption, BadReward, MissingColumn
from rewardlab.core.reward import Reward


@dataclass(frozen=True)
class RewardStream:
    """A reward that a critic values apart from the environment's.

    Args:
        reward: what pays, called with whole rollouts [T, N] and learning from them; or the name of a part that a driver
            has paid already (`info["reward_parts"]`), which then counts here and no longer in the first stream.
        gamma: discount in [0, 1]; None for the agent's.
        weight: of its advantage beside the environment's, whose weight is 1.
        episodic: False for a stream that goes on across episodes, as curiosity does: no end is an end to it.
        columns: of `info` that the reward reads.

    Source: Burda, Edwards, Storkey, Klimov, "Exploration by Random Network Distillation", ICLR 2019, Section 2.3.
    """

    reward: Reward | str
    gamma: float | None = None
    weight: float = 1.0
    episodic: bool = True
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.reward, (Reward, str)):
            raise BadOption(
                f"reward={type(self.reward).__name__}", where="RewardStream", expected="a Reward, or a part's name"
            )
        if self.gamma is not None and not 0 <= self.gamma <= 1:
            raise BadOption(f"gamma={self.gamma!r}", where="RewardStream", expected="0 <= gamma <= 1")


class Rewarding:
    """The streams of an agent; the first is what the environment paid.

    Args:
        streams: name -> stream.
        gamma: discount of the first stream.
        decay: λ of all.
        device: where the tensors stay.
    """

    def __init__(
        self, streams: Mapping[str, RewardStream], *, gamma: float, decay: float, device: torch.device
    ) -> None:
        self.streams, self.device = dict(streams), device
        gammas = [gamma, *(gamma if s.gamma is None else s.gamma for s in streams.values())]
        self.discount = torch.tensor(gammas, device=device)  # [K]
        self.decay = self.discount * decay  # [K]
        self.weight = torch.tensor([1.0, *(s.weight for s in streams.values())], device=device)  # [K]
        self.episodic = torch.tensor([True, *(s.episodic for s in streams.values())], device=device)  # [K]
        self._columns = tuple(dict.fromkeys(c for s in streams.values() for c in s.columns))
        self._parts = [s.reward for s in streams.values() if isinstance(s.reward, str)]
        self._kept: dict[str, list[Any]] = {}
        self._begun: Tensor | None = None
        self._logged: dict[str, Any] = {}
        self._sums: dict[str, Any] = {}
        self._told: dict[str, float] = {}  # by what the rewards have learned
        self._count = 0

    def note(self, t: int, moved: Moved) -> None:
        """Keep what the streams and the logger need of a step."""
        if isinstance(moved.info, Mapping):
            self._sum(t, moved.info)
        if not self._columns and not self._parts:
            return
        if t == 0:
            self._kept = {}
        for name in self._columns:
            self._kept.setdefault(name, []).append(self._column(moved, name))
        parts = moved.column("reward_parts") if self._parts else {}
        for name in self._parts:
            if parts is None or name not in parts:
                raise MissingColumn(
                    f"no part {name!r} among {sorted(parts or {})}", where="RewardStream", mend="name a part of the pay"
                )
            self._kept.setdefault(f"part {name}", []).append(tensor(parts[name], device=self.device).float())

    def _sum(self, t: int, info: Mapping[str, Any]) -> None:
        """What a driver says that each part has paid."""
        if t == 0:
            self._sums, self._count = {}, 0
        parts: Mapping[str, Any] = info.get("reward_parts", {})
        if not parts:
            return
        self._count += len(info["task_reward"])
        for name, pay in {**parts, "task": info["task_reward"]}.items():
            if not name.startswith("_"):
                self._sums[name] = self._sums.get(name, 0.0) + pay.sum()

    def _column(self, moved: Moved, name: str) -> Tensor:
        value = moved.column(name)
        if value is None:
            raise MissingColumn(f"info has no {name!r}", where="RewardStream", mend="name columns the environment has")
        return tensor(value, device=self.device)

    def settle(
        self, roll: Rollout, beyond: Tensor, final: tuple[Tensor, Tensor, Tensor | None]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Rewards, values beyond and where episodes go on, [T, N, K] each.

        Args:
            roll: the rollout.
            beyond: [T, N, K] values of what stood in the rows at the next step.
            final: steps [M], rows [M] and values [M, K] of successors that did not stand there.
        """
        done = roll.done[..., None]
        goes_on = (~(done & self.episodic)).to(torch.float32)
        if final[2] is not None:
            own = torch.where(self.episodic, final[2], beyond[final[0], final[1]])
            beyond = beyond.index_put((final[0], final[1]), own)
        beyond = beyond * ~(roll.terminated[..., None] & self.episodic)
        first = roll.reward
        paid = []
        for name, stream in self.streams.items():
            if isinstance(stream.reward, str):
                pay = torch.stack(self._kept[f"part {stream.reward}"])
                first = first - pay
            else:
                pay = self._earned(name, stream.reward, roll)
            paid.append(pay)
        reward = torch.stack([first, *paid], -1)
        if not roll.all_live:
            reward = reward * roll.live[..., None]
        self._logged = {n: r.mean() for n, r in zip(("task", *self.streams), reward.unbind(-1), strict=True)}
        self._logged["paid"] = roll.reward.mean()
        return reward, beyond, goes_on

    def _earned(self, name: str, reward: Reward, roll: Rollout) -> Tensor:
        """[T, N] what a reward pays for a rollout; afterwards it has learned from it."""
        assert roll.action is not None
        info = {k: torch.stack(v) for k, v in self._kept.items() if not k.startswith("part ")}
        obs = {k: v[:-1] for k, v in roll.obs.items()} if isinstance(roll.obs, Mapping) else roll.obs[:-1]
        batch = Transitions(obs, roll.action, roll.reward, roll.next_obs(), roll.terminated, roll.truncated, info)
        if reward.memory:
            begun = torch.ones_like(roll.terminated[0]) if self._begun is None else self._begun
            steps = []
            for t in range(roll.steps):
                reward.reset(begun)
                steps.append(reward(batch.rows(t)))
                begun = roll.done[t] | ~roll.live[t]  # what a row that was only reset has paid, it forgets
            pay, self._begun = torch.stack(steps), begun
        else:
            lead = (roll.steps, roll.rows)
            pay = reward(batch.map(lambda x: x.reshape(-1, *x.shape[2:]))).reshape(lead)
        pay = tensor(pay, device=self.device).to(torch.float32)
        if not bool(torch.isfinite(pay).all()):
            raise BadReward(f"stream {name!r} paid what is not finite", where=reward.name, expected="finite rewards")
        if reward.learns:
            with torch.enable_grad():
                self._told |= reward.update(batch if roll.all_live else _lived(batch, roll.live))
        return pay

    def logged(self) -> dict[str, float]:
        """Mean pay per step of each stream, and of each part that a driver has paid, over the last rollout."""
        shown = {name: float(mean) for name, mean in self._logged.items()}
        shown |= self._told
        return shown | {name: float(total) / self._count for name, total in self._sums.items()}

    def state_dict(self) -> dict[str, Any]:
        """What the rewards have learned and remember."""
        return {n: s.reward.state_dict() for n, s in self.streams.items() if isinstance(s.reward, Reward)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        for name, stream in self.streams.items():
            if isinstance(stream.reward, Reward):
                stream.reward.load_state_dict(state[name])


def _lived(batch: Transitions, live: Tensor) -> Transitions:
    """The steps [B] of a rollout [T, N] that are transitions, oldest first."""
    keep = live.flatten()
    rows = torch.arange(live.shape[1], device=live.device).expand(live.shape)
    told = replace(batch, info={**batch.info, ENV_ROW: rows})
    return told.map(lambda x: x.reshape(-1, *x.shape[2:])[keep])
