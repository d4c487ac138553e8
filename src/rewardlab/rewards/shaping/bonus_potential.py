"""A bonus as a potential.

    F_t = γ Φ_t+1 − Φ_t,    Φ_t+1 = b(s_t, a_t, s_t+1; history),    Φ_0 = 0,    Φ(terminal) = 0

Any bonus, read as how good it is to have come here, and paid by its change. A novel state pays when it is entered and
takes back when it is left, so that no bonus can be farmed: what remains of an episode sums to −Φ_t whatever is done,
and every optimal policy stays optimal, also while the bonus learns and where it depends on the whole past. It steers
one step at a time; for exploration over long stretches the plain bonus is stronger, and biased.

Source: Forbes, Gupta, Villalobos-Arias, Potts, Jhala, Roberts, "Potential-Based Reward Shaping for Intrinsic
Motivation", AAMAS 2024 (potentials that depend on any past variables; its PBIM takes the whole bonus back at
the end instead); Lidayan, Dennis, Russell, "BAMDP Shaping: a Unified Framework for Intrinsic Motivation and Reward
Shaping", ICLR 2025 (the form γ φ(h_t) − φ(h_t−1) over histories).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rewardlab.core.algebra import Composite
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import discount, kept


@dataclass
class BonusPotential(Composite):
    """Pays γ Φ' − Φ, where Φ' is what a bonus pays for the step and Φ what it paid for the step before.

    Args:
        bonus: what pays for a state that was reached: `CountBonus()`, `RND(...)`, or any other reward.
        gamma: the agent's own discount, in [0, 1]; with another one the invariance is lost.

    Raises:
        BadOption: for anything but a reward, or a gamma outside [0, 1].
    """

    bonus: Reward
    gamma: float = 0.99
    memory: ClassVar[bool] = True  # type: ignore[misc]
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"
    knowledge: ClassVar[str] = "that of the bonus"

    def __post_init__(self) -> None:
        if not isinstance(self.bonus, Reward):
            raise BadOption(f"{self.bonus!r} is no reward", where="BonusPotential", expected="a Reward object")
        self.gamma = discount(self.gamma, where="BonusPotential")
        self._before = EpisodeMemory(where="BonusPotential")  # Φ_t [N]

    def __call__(self, batch: Transitions) -> Array:
        before = self._before.read(batch.reward)
        after = namespace(before).astype(self.bonus(batch), before.dtype)
        self._before.write(after)
        return self.gamma * kept(after, batch) - before

    def reset(self, begun: Array) -> None:
        super().reset(begun)
        self._before.reset(begun)

    def update(self, batch: Transitions) -> dict[str, float]:
        return self.bonus.update(batch)

    def state_dict(self) -> dict[str, Any]:
        return {"bonus": super().state_dict(), "before": self._before.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("bonus", "before"), where="BonusPotential")
        super().load_state_dict(state["bonus"])
        self._before.load_state_dict(state["before"])


def as_potential(bonus: Reward, gamma: float = 0.99) -> BonusPotential:
    """What `bonus` pays as a potential, under the agent's discount `gamma`: `Task() + 0.1 * as_potential(RND())`."""
    return BonusPotential(bonus, gamma)
