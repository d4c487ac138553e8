"""Potential-based advice (look-back).

    F_t = Φ(s_t, a_t) − Φ(s_t−1, a_t−1) / γ,    Φ = 0 before an episode, and for the step that terminates it

Advises actions where `Potential` knows only states. It pays at each step what is known then; the one step by which it
lags behind look-ahead advice costs the factor 1 / γ. What remains of an episode sums to −Φ(s_t−1, a_t−1) / γ whatever
is done, so every optimal policy stays optimal without a change of the agent. The paper's form has no correction for the
terminating step: there the last Φ would be left over, and pay for where the episode ends.

Source: Wiewiora, Cottrell, Elkan, "Principled Methods for Advising Reinforcement Learning Agents", ICML 2003
(look-back advice); Grzes, "Reward Shaping in Episodic Reinforcement Learning", AAMAS 2017 (the terminal potential).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import checked, discount, kept


@dataclass
class Advice(Reward):
    """Pays Φ(s, a) − Φ(s before, a before) / γ.

    Args:
        phi: the potential of observations and actions, [B, *obs] and [B, *action] -> [B].
        gamma: the agent's own discount, in (0, 1]; with another one the invariance is lost.

    Raises:
        BadOption: for a gamma outside (0, 1].
        BadReward: when called, if `phi` does not give one number for each step.
    """

    phi: Callable[[Tree, Tree], Array]  # [B, *obs], [B, *action] -> [B]
    gamma: float = 0.99
    memory: ClassVar[bool] = True
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"
    knowledge: ClassVar[str] = "which actions are good where"

    def __post_init__(self) -> None:
        self.gamma = discount(self.gamma, where="Advice", above=True)
        self._before = EpisodeMemory(where="Advice")  # Φ(s_t−1, a_t−1) [N]

    def __call__(self, batch: Transitions) -> Array:
        before = self._before.read(batch.reward)
        now = checked(self.phi(batch.obs, batch.action), batch, where="Advice")
        now = namespace(before).astype(now, before.dtype)
        self._before.write(now)
        return kept(now, batch) - before / self.gamma

    def reset(self, begun: Array) -> None:
        self._before.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._before.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._before.load_state_dict(state)
