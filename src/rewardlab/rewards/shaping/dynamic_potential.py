"""Dynamic potential-based shaping.

    F_t = γ Φ_t+1(s_t+1) − Φ_t(s_t),    Φ(terminal) = 0

For a potential that changes while the agent learns. Each state's potential is taken when the state is entered, and the
same number is taken off when it is left: so the sum of an episode is γ^T Φ_T(s_T) − Φ_0(s_0) however Φ moves, and every
optimal policy stays optimal. Asking for the present Φ(s_t) instead would pay for the change.

Source: Devlin, Kudenko, "Dynamic Potential-Based Reward Shaping", AAMAS 2012 (the potential Φ(s, t)).
"""

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import Standing, discount


@dataclass
class DynamicPotential(Reward):
    """Pays γ Φ_t'(s') − Φ_t(s) for a potential that depends on how much was learned.

    Time within an episode needs no `DynamicPotential`: put it into the observation.

    Args:
        phi: the potential of observations [B, *obs] after n transitions were learned from -> [B]: phi(obs, n). It may
            also change on its own; what it says is asked for once per state.
        gamma: the agent's own discount, in [0, 1]; with another one the invariance is lost.

    Raises:
        BadOption: for a gamma outside [0, 1].
        BadReward: when called, if `phi` does not give one number for each observation.
    """

    phi: Callable[[Tree, int], Array]  # [B, *obs], n -> [B]
    gamma: float = 0.99
    memory: ClassVar[bool] = True
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"
    knowledge: ClassVar[str] = "a potential"

    def __post_init__(self) -> None:
        self.gamma = discount(self.gamma, where="DynamicPotential")
        self._standing = Standing("DynamicPotential")
        self._seen = 0  # transitions

    def __call__(self, batch: Transitions) -> Array:
        return self._standing.pay(batch, functools.partial(self._at, self._seen), self.gamma)

    def _at(self, seen: int, obs: Tree) -> Array:
        return self.phi(obs, seen)

    def update(self, batch: Transitions) -> dict[str, float]:
        self._seen += math.prod(batch.shape)
        return {}

    def reset(self, begun: Array) -> None:
        self._standing.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return {"standing": self._standing.state_dict(), "seen": self._seen}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("standing", "seen"), where="DynamicPotential")
        self._standing.load_state_dict(state["standing"])
        self._seen = int(state["seen"])
