"""Gated accumulation (G-RA).

    R = S_1 + Σ_{k ≥ 2} [ Π_{j < k} 1(S_j ≥ τ_j) ] S_k,    S_k = Σ_t r_k,t over the episode

Rewards in levels of priority, the outcome first. What a level pays counts only in episodes whose higher levels all
reached their thresholds, so that step rewards cannot be farmed by episodes that fail. Fillers still pay in episodes
that succeed: cap them below what the outcome pays.

Source: Sun, Li, Chen, Qin, Hu, "Stabilizing Long-term Multi-turn Reinforcement Learning with Gated Rewards", arXiv
2508.10548, 2025 (gated reward accumulation).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardlab.core.algebra import Composite
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward, add, joined


@dataclass
class GatedAccumulation(Composite):
    """Pays the first level at its own time, and lower levels only where every higher level reached its threshold.

    Online, lower levels are held back and paid as a lump at the episode's last step, by termination or truncation.
    Recorded episodes are paid in place, each step at its own time; an episode that the recording cuts off before its
    end has no verdict, and as online its lower levels pay nothing. Both give the same sum per episode.

    Args:
        levels: K >= 2 rewards, the highest priority (the outcome) first.
        thresholds: K - 1 gates τ: what the sum of each level but the last must reach for those below it to count.

    Raises:
        BadOption: if the numbers of levels and thresholds do not fit.
    """

    levels: tuple[Reward, ...]
    thresholds: tuple[float, ...] = (0.5,)
    memory: ClassVar[bool] = True  # type: ignore[misc]
    knowledge: ClassVar[str] = "which rewards matter more"

    def __post_init__(self) -> None:
        self.levels, self.thresholds = tuple(self.levels), tuple(self.thresholds)
        if len(self.levels) < 2 or len(self.thresholds) != len(self.levels) - 1:
            raise BadOption(
                f"{len(self.levels)} levels with {len(self.thresholds)} thresholds",
                where="GatedAccumulation",
                expected="at least two levels, and a threshold for each but the last",
                mend="GatedAccumulation((Task(), Milestones({...})), (0.5,))",
            )
        self._sums = EpisodeMemory(shape=(len(self.levels),), where="GatedAccumulation")  # S_k [K, N]

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        before = self._sums.read(batch.reward)
        xp = namespace(before)
        pays = [r(batch) for r in self.levels]
        sums = before + xp.stack([xp.astype(p, before.dtype) for p in pays])  # [K, N]
        self._sums.write(sums)
        # Products, not `where`: a NaN that was held back must show even if its gate is closed.
        lumps = [s * (gate & batch.done) for s, gate in zip(sums[1:], self._gates(sums), strict=True)]
        return self._named([pays[0], *lumps])

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        pays = [add(r.recorded(batch)) for r in self.levels]  # [T, N]
        if not len(batch):
            return self._named(pays)
        xp = namespace(batch.reward)
        running, sums = EpisodeMemory(shape=(len(pays),), where="GatedAccumulation"), []
        for t in range(len(batch)):
            before = running.read(batch.reward[t])
            sums.append(before + xp.stack([xp.astype(p[t], before.dtype) for p in pays]))
            running.write(sums[-1])
            running.reset(batch.done[t])
        verdict = [xp.zeros_like(batch.terminated[0])] * (len(pays) - 1)  # what the recording cuts off has none
        paid: list[list[Array]] = [[] for _ in verdict]
        for t in reversed(range(len(batch))):
            ends = batch.done[t]
            verdict = [xp.where(ends, g, v) for g, v in zip(self._gates(sums[t]), verdict, strict=True)]
            for k, gate in enumerate(verdict):
                paid[k].append(pays[k + 1][t] * gate)
        return self._named([pays[0], *(xp.stack(p[::-1]) for p in paid)])

    def _gates(self, sums: Array) -> list[Array]:
        """Π_{j < k} 1(S_j ≥ τ_j) [N] for each level k below the first, from S [K, N]."""
        gates = [sums[0] >= self.thresholds[0]]
        for s, tau in zip(sums[1:], self.thresholds[1:], strict=False):
            gates.append(gates[-1] & (s >= tau))
        return gates

    def _named(self, pays: list[Array]) -> dict[str, Array]:
        return joined([{r.name: pay} for r, pay in zip(self.levels, pays, strict=True)])

    def reset(self, begun: Array) -> None:
        super().reset(begun)
        self._sums.reset(begun)

    def update(self, batch: Transitions) -> dict[str, float]:
        return joined([r.update(batch) for r in self.levels])

    def state_dict(self) -> dict[str, Any]:
        return {"levels": super().state_dict(), "sums": self._sums.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("levels", "sums"), where=self.name)
        super().load_state_dict(state["levels"])
        self._sums.load_state_dict(state["sums"])
