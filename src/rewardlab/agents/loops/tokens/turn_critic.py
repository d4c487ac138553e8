"""Critics of whole answers: two of them, with slow copies that their targets come from.

    L_Q = Σ_k (Q_k(s, a) − r − γ min_j V̄_j(s′))²,    L_V = Σ_k (V_k(s) − min_j Q̄_j(s, a))²,    θ̄ ← θ̄ + τ (θ − θ̄)

Each reads a dialogue once: V where the agent is about to speak, Q where it has spoken.

Source: Zhou, Zanette, Pan, Levine, Kumar, "ArCHer: Training Language Model Agents via Hierarchical Multi-Turn RL", ICML
2024, Section 3.2, Equations 1 and 2; Fujimoto, van Hoof, Meger, "Addressing Function Approximation Error in
Actor-Critic Methods", ICML 2018, Section 4.2 (the lesser of two).
"""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rewardlab.agents.loops.tokens.heads import Heads
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.replay import Turns, joined
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.nets import Fit, child_seed, weights

KEYS = ("critics", "targets", "first", "second", "steps")


class TurnCritic:
    """Q and V of answers, by temporal differences.

    Args:
        policy: two copies of it are the trunks.
        gamma: γ of a turn, 0 to 1.
        tau: τ, above 0 and at most 1.
        learning_rate: of Adam.
        seed: of the heads' first weights.
        reading: `micro_batch` and `recompute`, see `TokenPolicy.fill`.

    Raises:
        BadOption: for values outside their ranges.
    """

    def __init__(
        self, policy: TokenPolicy, *, gamma: float, tau: float, learning_rate: float, seed: int, **reading: Any
    ) -> None:
        for name, value, allowed, expected in (
            ("gamma", gamma, 0 <= gamma <= 1, "0 to 1"),
            ("tau", tau, 0 < tau <= 1, "above 0 and at most 1"),
            ("learning_rate", learning_rate, learning_rate >= 0, "at least 0"),
        ):
            if not allowed:
                raise BadOption(f"{name}={value!r}", where="TurnCritic", expected=expected)
        self.gamma, self.tau, self.reading = gamma, tau, reading
        self.critics = [Heads(policy.copy(), 2, scale=0.02, seed=child_seed(seed, k)) for k in range(2)]
        self.targets = [copy.deepcopy(c).requires_grad_(False) for c in self.critics]
        self.fit = Fit(nn.ModuleList(self.critics), learning_rate, clip=1.0, name="TurnCritic")

    def step(self, kept: Turns, new: Turns) -> dict[str, float]:
        """One step down L_Q on kept transitions and L_V on new answers, then one of the slow copies; what to log."""
        n, both = len(kept.tokens), joined(kept, new)
        q, v, _ = self._read(self.critics, both)  # [2, B + B', K]
        aims = self.aims(kept, new)
        pairs = ((q[:, :n], aims[0], both.there[:n]), (v[:, n:], aims[1], both.there[n:]))
        told = self.fit(torch.stack([((x - aim)[:, there] ** 2).mean(1).sum() for x, aim, there in pairs]).sum())
        with torch.no_grad():
            for slow, fast in zip(self.targets, self.critics, strict=True):
                for x, y in zip(slow.parameters(), fast.parameters(), strict=True):
                    x.lerp_(y, self.tau)
        return told

    @torch.no_grad()
    def aims(self, kept: Turns, new: Turns) -> tuple[Tensor, Tensor]:
        """What Q of kept transitions and V of the states of new answers are drawn to, [B, K] and [B', K]."""
        n, both = len(kept.tokens), joined(kept, new)
        q, _, beyond = (x.amin(0) for x in self._read(self.targets, both))
        return both.reward[:n] + self.gamma * torch.where(both.after >= 0, beyond, 0.0)[:n], q[n:]

    @torch.no_grad()
    def judged(self, turns: Turns) -> tuple[Tensor, Tensor]:
        """Q(s, a) and V(s) [B, K], the mean of both critics."""
        q, v, _ = self._read(self.critics, turns)
        return q.mean(0), v.mean(0)

    def _read(self, critics: list[Heads], turns: Turns) -> tuple[Tensor, Tensor, Tensor]:
        """Q(s, a), V(s) and V(s′), [2, B, K] each."""
        looked = turns.looked
        every = torch.stack([c(turns.tokens, looked, turns.window, **self.reading) for c in critics])  # [2, B, T, 2]

        def at(place: Tensor, output: int) -> Tensor:
            return every[..., output].gather(-1, place.clamp(min=0).expand(len(critics), -1, -1))

        return at(turns.action, 0), at(turns.state, 1), at(turns.after, 1)

    def state_dict(self) -> dict[str, Any]:
        """Weights of the critics and of their slow copies, moments, the number of steps."""
        adam = self.fit.state_dict()
        held = {"critics": [c.numbers() for c in self.critics], "targets": [c.numbers() for c in self.targets]}
        return {**held, **{k: adam[k] for k in KEYS[2:]}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, KEYS, where="TurnCritic")
        for heads, held in ((self.critics, state["critics"]), (self.targets, state["targets"])):
            for mine, theirs in zip(heads, held, strict=True):
                mine.take(theirs)
        self.fit.load_state_dict({"module": weights(self.fit.module), **{k: state[k] for k in KEYS[2:]}})
