"""Automatic shaping of a reward machine.

    F = γ Φ(u') − Φ(u),    Φ(u) = max_w [δ_r(u, w) + γ Φ(δ_u(u, w))],    Φ(end of the episode) = 0

Value iteration on the machine alone says how far each of its states is from its pay; the difference pays each stage
when it is passed, and the optimal policies of the product stay optimal. Helps where the pay is at the end of many
stages. The authors' code takes −Φ, which is equally invariant but pays for waiting; this sign pays progress.

Source: Camacho, Toro Icarte, Klassen, Valenzano, McIlraith, "LTL and Beyond: Formal Languages for Reward Function
Specification in Reinforcement Learning", IJCAI 2019; Toro Icarte, Klassen, Valenzano, McIlraith, "Reward
Machines: Exploiting Reward Function Structure in Reinforcement Learning", JAIR 2022 (automated reward shaping).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.rewards.specification.machine import Labelled, picked


@dataclass
class MachinePotential(Reward):
    """Pays γ Φ(u') − Φ(u) for the states of a reward machine; add the machine itself for its own pay.

    Args:
        machine: a `RewardMachine`; it is not paid here, and its memory is not touched.
        gamma: the agent's own discount; with another one the invariance is lost.

    Raises:
        BadOption: for a gamma outside [0, 1], or 1 for a machine with cycles.
    """

    machine: Labelled
    gamma: float = 0.99
    memory: ClassVar[bool] = True
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"
    knowledge: ClassVar[str] = "the task's stages, and what marks them"

    def __post_init__(self) -> None:
        compiled = self.machine.compiled
        self._phi = compiled.potential(self.gamma, "MachinePotential")  # [U]
        self._state = EpisodeMemory(float(compiled.initial), where="MachinePotential")  # u [N]

    def __call__(self, batch: Transitions) -> Array:
        state = self._state.read(batch.reward)
        xp = namespace(state)
        now, hidden = xp.astype(state, xp.int64), self.machine.hidden(batch)
        after = self.machine.compiled.move(now, self.machine.words(batch))
        self._state.write(xp.astype(after, state.dtype))
        left, met = (picked(self._phi, u, state) for u in (now, after))
        pay = self.gamma * xp.where(batch.terminated, xp.zeros_like(met), met) - left
        return pay if hidden is None else xp.where(hidden, xp.full_like(pay, float("nan")), pay)

    def reset(self, begun: Array) -> None:
        self._state.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._state.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._state.load_state_dict(state)
