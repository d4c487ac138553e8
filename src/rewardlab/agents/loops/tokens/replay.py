"""Dialogues that were played, as transitions of whole answers that are drawn again.

    (s, a, r, s′):   s the dialogue up to where the agent speaks,  a its answer,  s′ the dialogue where it speaks next

Source: Zhou, Zanette, Pan, Levine, Kumar, "ArCHer: Training Language Model Agents via Hierarchical Multi-Turn RL", ICML
2024, Section 3.1 (the process of answers).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from rewardlab.agents.loops.tokens.rollouts import Rollouts
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys

KEYS = ("tokens", "mask", "window", "length", "reward", "turns", "truncated")


@dataclass(frozen=True)
class Turns:
    """Transitions of B dialogues of T tokens and at most K turns.

    Attributes:
        tokens: int64 [B, T].
        window: int64 [B, T], −1 for padding.
        state: int64 [B, K], the token after which the answer begins.
        action: int64 [B, K], its last token.
        after: int64 [B, K], the token after which the next one begins; −1 where the world ended.
        reward: float32 [B, K].
        there: bool [B, K], whether there is such a turn.
    """

    tokens: Tensor
    window: Tensor
    state: Tensor
    action: Tensor
    after: Tensor
    reward: Tensor
    there: Tensor

    def rows(self, index: Any) -> Self:
        """The dialogues at positions `index`."""
        at = torch.as_tensor(index, device=self.tokens.device)
        return type(self)(**{f.name: getattr(self, f.name)[at] for f in fields(self)})

    def to(self, device: Any) -> Self:
        """The same on a device."""
        return type(self)(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})

    @property
    def looked(self) -> Tensor:
        """bool [B, T], the tokens that `state`, `action` and `after` name."""
        found = torch.zeros_like(self.tokens)
        for place in (self.state, self.action, self.after):
            found.scatter_add_(1, place.clamp(min=0), (self.there & (place >= 0)).long())
        return found > 0


def turns_of(tokens: Tensor, mask: Tensor, window: Tensor, reward: Tensor, truncated: Tensor) -> Turns:
    """The transitions of dialogues [B, T] with rewards [B, K] of their turns; `truncated` [B] by a limit."""
    own = mask != 0
    gap = torch.zeros_like(own[:, :1])
    begins, ends = own & ~torch.cat([gap, own[:, :-1]], 1), own & ~torch.cat([own[:, 1:], gap], 1)
    number = begins.sum(1)
    there = torch.arange(reward.shape[1], device=tokens.device) < number[:, None]
    state, action = (torch.zeros(there.shape, dtype=torch.int64, device=tokens.device) for _ in range(2))
    state[there], action[there] = begins.nonzero()[:, 1] - 1, ends.nonzero()[:, 1]
    last = torch.where(truncated, (window >= 0).sum(1) - 1, -1)
    after = torch.cat([state[:, 1:], state[:, :1]], 1)
    final = torch.arange(reward.shape[1], device=tokens.device) == number[:, None] - 1
    return Turns(tokens, window, state, action, torch.where(final, last[:, None], after), reward, there)


def joined(one: Turns, other: Turns) -> Turns:
    """Both, one after the other, filled up to the longer dialogue and the most turns."""
    made = {}
    for name in (f.name for f in fields(Turns)):
        x, y = getattr(one, name), getattr(other, name)
        fill = -1 if name in ("window", "after") else 0
        width = max(x.shape[1], y.shape[1])
        made[name] = torch.cat([pad(z, (0, width - z.shape[1]), value=fill) for z in (x, y)])
    return Turns(**made)


class Replay:
    """The dialogues that were played last.

    Args:
        capacity: so many of them.
        pad: the id that fills rows up.
    """

    def __init__(self, capacity: int, pad: int) -> None:
        self.capacity, self.pad = capacity, pad
        self.kept: deque[dict[str, Any]] = deque(maxlen=capacity)

    def __len__(self) -> int:
        return len(self.kept)

    def push(self, rollouts: Rollouts) -> None:
        """Keep dialogues; the oldest give way."""
        flat = [x.flatten(0, 1).cpu().numpy() for x in (rollouts.tokens, rollouts.mask, rollouts.window)]
        reward = rollouts.turn_reward.flatten(0, 1).cpu().numpy()
        ended = zip(rollouts.turns.flatten().tolist(), rollouts.truncated.flatten().tolist(), strict=True)
        for i, (turns, truncated) in enumerate(ended):
            n = int((flat[2][i] >= 0).sum())
            self._keep([x[i, :n] for x in flat], reward[i, :turns], truncated)

    def _keep(self, columns: Sequence[np.ndarray], reward: np.ndarray, truncated: bool) -> None:
        tokens, mask, window = columns
        row = {"tokens": tokens.astype(np.int64), "mask": mask != 0, "window": window.astype(np.int64)}
        self.kept.append({**row, "reward": reward.astype(np.float32), "truncated": bool(truncated)})

    def draw(self, count: int, rng: np.random.Generator, device: Any = None) -> Turns:
        """All transitions of `count` dialogues by chance."""
        rows = [self.kept[i] for i in rng.integers(len(self.kept), size=count)]
        fills = {"tokens": self.pad, "mask": 0, "window": -1, "reward": 0}
        tokens, mask, window, reward = (padded([r[name] for r in rows], fill) for name, fill in fills.items())
        made = turns_of(tokens, mask, window, reward, torch.tensor([r["truncated"] for r in rows]))
        return made if device is None else made.to(device)

    def states(self, count: int, rng: np.random.Generator) -> list[list[int]]:
        """The ids before `count` answers by chance, all answers being equally likely; of their own window alone."""
        number = np.array([len(row["reward"]) for row in self.kept])
        found = []
        for place in rng.integers(number.sum(), size=count):
            i = int(np.searchsorted(number.cumsum(), place, side="right"))
            row, k = self.kept[i], int(place - number[:i].sum())
            begins = np.flatnonzero(row["mask"] & ~np.concatenate([[False], row["mask"][:-1]]))
            at = int(begins[k])
            first = int(np.argmax(row["window"] == row["window"][at]))
            found.append(row["tokens"][first:at].tolist())
        return found

    def state_dict(self) -> dict[str, Any]:
        """All dialogues, one after the other."""
        rows = list(self.kept)
        joined = {k: np.concatenate([r[k] for r in rows]) if rows else np.zeros(0) for k in KEYS[:3]}
        reward = np.concatenate([r["reward"] for r in rows]) if rows else np.zeros(0, np.float32)
        counts = {"length": [len(r["tokens"]) for r in rows], "turns": [len(r["reward"]) for r in rows]}
        truncated = np.array([r["truncated"] for r in rows], bool)
        numbers = {k: np.array(v, np.int64) for k, v in counts.items()}
        return {**joined, **numbers, "reward": reward, "truncated": truncated}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, KEYS, where="Replay")
        self.kept.clear()
        at, paid = (np.concatenate([[0], np.cumsum(state[k])]).astype(int) for k in ("length", "turns"))
        for i, truncated in enumerate(state["truncated"].tolist()):
            columns = [state[k][at[i] : at[i + 1]] for k in KEYS[:3]]
            self._keep(columns, state["reward"][paid[i] : paid[i + 1]], truncated)


def answered(contexts: Sequence[Sequence[int]], said: Sequence[tuple[Any, Any]], pad: int) -> tuple[Turns, Group]:
    """Answers to M states as transitions [M, 1] without pay, and as a group [M, 1, T] without reward.

    Args:
        contexts: the ids before each answer.
        said: ids and log π of each.
        pad: the id that fills rows up.
    """
    pairs = list(zip(contexts, said, strict=True))
    tokens = padded([[*c, *ids] for c, (ids, _) in pairs], pad)
    own = padded([[0.0] * len(c) + [1.0] * len(ids) for c, (ids, _) in pairs], 0)
    logp = padded([torch.tensor([0.0] * len(c) + [float(x) for x in lp]) for c, (_, lp) in pairs], 0)
    window = padded([[0] * (len(c) + len(ids)) for c, (ids, _) in pairs], -1)
    state = torch.tensor([[len(c) - 1] for c, _ in pairs])
    action = torch.tensor([[len(c) + len(ids) - 1] for c, (ids, _) in pairs])
    nothing, there = torch.zeros(len(pairs), 1), torch.ones(len(pairs), 1, dtype=torch.bool)
    turns = Turns(tokens, window, state, action, torch.full_like(state, -1), nothing, there)
    columns = {"tokens": tokens[:, None], "window": window[:, None]}
    return turns, Group(logp[:, None], logp[:, None], logp[:, None], own[:, None], nothing, columns)


def padded(rows: Sequence[Any], fill: int) -> Tensor:
    """Rows of different lengths as one table [B, T], filled up at the right."""
    made = [torch.as_tensor(row) for row in rows]
    out = made[0].new_full((len(made), max(map(len, made))), fill)
    for i, row in enumerate(made):
        out[i, : len(row)] = row
    return out
