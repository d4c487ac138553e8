"""Dialogues that were played, as columns: P tasks, G copies each, T tokens of both sides, K turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.row import Row
from rewardlab.core.batch import Group

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Rollouts:
    """What was said in P tasks by G copies each, T tokens, K turns.

    Attributes:
        tokens: int64 [P, G, T], of both sides; pad where a dialogue is shorter.
        mask: float32 [P, G, T], 1 on the tokens that the policy sampled.
        turn: int64 [P, G, T], the turn that a token leads to or is of.
        window: int64 [P, G, T], which context of the model a token stands in; −1 for padding.
        old_logp: float32 [P, G, T] under the policy that sampled; 0 elsewhere.
        reward: float32 [P, G], the sum over turns.
        turn_reward: float32 [P, G, K].
        turns: int64 [P, G].
        parts: name -> float32 [P, G], sums of the parts of the reward.
        success: float32 [P, G], NaN where the environment does not tell.
        dropped: int64 [P, G], tokens that did not fit into the context of the model any more.
        truncated: bool [P, G], ended by a limit.
        cut: bool [P, G], an answer reached `max_tokens` before its end.
        messages: [P][G] lists of `{"role", "content"}`.
        seeds: [P].
    """

    tokens: Tensor
    mask: Tensor
    turn: Tensor
    window: Tensor
    old_logp: Tensor
    reward: Tensor
    turn_reward: Tensor
    turns: Tensor
    parts: dict[str, Tensor]
    success: Tensor
    dropped: Tensor
    truncated: Tensor
    cut: Tensor
    messages: list[list[Messages]]
    seeds: list[int]

    @property
    def step_reward(self) -> Tensor:
        """float32 [P, G, T]: the reward of each turn on the last token that was sampled in it."""
        own = self.mask != 0
        after = torch.cat([own[..., 1:], torch.zeros_like(own[..., :1])], -1)
        last = own & ~after
        return torch.where(last, self.turn_reward.gather(-1, self.turn), 0.0)

    def group(self, ref_logp: Tensor | None = None) -> Group:
        """As a `Group`; info: tokens, window, turn, step_reward, turns, success, and truncated, by whichever limit.

        Args:
            ref_logp: [P, G, T] under the reference; None for the policy that sampled.
        """
        info = {
            "tokens": self.tokens,
            "window": self.window,
            "turn": self.turn,
            "step_reward": self.step_reward,
            "turns": self.turns,
            "success": self.success,
            "truncated": self.truncated | self.cut,
        }
        reference = self.old_logp if ref_logp is None else ref_logp
        return Group(self.old_logp, self.old_logp, reference, self.mask, self.reward, info)

    def records(self) -> list[dict[str, Any]]:
        """One JSON value per dialogue: seed, copy, reward, success, messages."""
        found = []
        for p, seed in enumerate(self.seeds):
            for g, messages in enumerate(self.messages[p]):
                success = float(self.success[p, g])
                found.append(
                    {
                        "seed": seed,
                        "copy": g,
                        "reward": float(self.reward[p, g]),
                        "success": None if success != success else success,
                        "truncated": bool(self.truncated[p, g]),
                        "messages": messages,
                    }
                )
        return found


def gathered(rows: Sequence[Row], seeds: Sequence[int], policy: TokenPolicy) -> Rollouts:
    """Rows that have ended as `Rollouts` on the policy's device."""
    lead, device = (len(seeds), len(rows) // len(seeds)), policy.device
    names = sorted({name for row in rows for name in row.parts})

    def table(columns: list[list[Any]], fill: Any, dtype: Any) -> Tensor:
        longest = max(map(len, columns))
        whole = [c + [fill] * (longest - len(c)) for c in columns]
        return torch.tensor(whole, dtype=dtype, device=device).reshape(*lead, longest)

    def number(values: list[Any], dtype: Any) -> Tensor:
        return torch.tensor(values, dtype=dtype, device=device).reshape(lead)

    turn_reward = table([row.rewards for row in rows], 0.0, torch.float32)
    messages = [row.messages for row in rows]
    return Rollouts(
        tokens=table([row.tokens for row in rows], policy.vocabulary.pad, torch.int64),
        mask=table([row.mask for row in rows], 0, torch.float32),
        turn=table([row.turn for row in rows], 0, torch.int64).clamp(max=turn_reward.shape[-1] - 1),
        window=table([row.window for row in rows], -1, torch.int64),
        old_logp=table([row.logp for row in rows], 0.0, torch.float32),
        reward=number([sum(row.rewards) for row in rows], torch.float32),
        turn_reward=turn_reward,
        turns=number([len(row.rewards) for row in rows], torch.int64),
        parts={n: number([row.parts.get(n, 0.0) for row in rows], torch.float32) for n in names},
        success=number([row.success for row in rows], torch.float32),
        dropped=number([row.dropped for row in rows], torch.int64),
        truncated=number([row.truncated for row in rows], torch.bool),
        cut=number([row.cut for row in rows], torch.bool),
        messages=[messages[p * lead[1] : (p + 1) * lead[1]] for p in range(lead[0])],
        seeds=list(map(int, seeds)),
    )


def told(rollouts: Rollouts) -> dict[str, float]:
    """Means over dialogues, as loggers name them; the rate of success where the environment tells it."""
    found = {
        "rollout/ep_rew_mean": float(rollouts.reward.mean()),
        "rollout/ep_len_mean": float(rollouts.turns.float().mean()),
        "rollout/tokens_mean": float(rollouts.mask.sum(-1).mean()),
        "rollout/truncated": float(rollouts.truncated.float().mean()),
        "rollout/cut": float(rollouts.cut.float().mean()),
        "rollout/dropped_tokens": float(rollouts.dropped.float().mean()),
    }
    known = rollouts.success[~rollouts.success.isnan()]
    return {**found, "rollout/success_rate": float(known.mean())} if len(known) else found
