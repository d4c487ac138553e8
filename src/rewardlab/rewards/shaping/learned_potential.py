"""Learned potential.

    Φ ← V by temporal differences:  V(s) ← V(s) + lr [r + γ V(s') − V(s)],    V(terminal) = 0
    F_t = γ Φ_t+1(s_t+1) − Φ_t(s_t),    Φ(terminal) = 0

Shapes with the values of what the agent does now, learned beside it from the environment's own rewards. It needs no
knowledge, and helps where values are learned faster than behaviour: through a coarser view of the states (`key`), or
with a larger step. Values move in `update` alone, and each state's potential is taken once, on entering it, so that
every optimal policy stays optimal.

Source: Grzes, Kudenko, "Online Learning of Shaping Rewards in Reinforcement Learning", Neural Networks 2010 (a
potential learned on a coarser grid); Devlin, Kudenko, "Dynamic Potential-Based Reward Shaping", AAMAS 2012.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from rewardlab.core.algebra import finite
from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import Standing, discount
from rewardlab.rewards.shaping.values import NetValues, TableValues, numbered, rows_of


@dataclass(kw_only=True)
class LearnedPotential(Reward):
    """Pays γ Φ' − Φ for values that it learns.

    Observations that are one integer each (Discrete) have a table, all others a network, drawn when the first batch is
    learned from; before that Φ is 0.

    Args:
        gamma: the agent's own discount, in [0, 1]; with another one the invariance is lost.
        scale: potential per unit of value.
        key: observations [B, *obs] -> the coarser view that is learned on, [B] integers >= 0 or [B, D] numbers.
        lr: the step of the table, in (0, 1]. Ours.
        net_lr: the step of Adam. Ours, as are the widths.
        hidden: widths of the network.
        seed: of the network.

    Raises:
        BadOption: for a gamma outside [0, 1], a step that is not positive, or a scale that is not finite.
        BadBatch: from `update`, for an observation with NaN or infinity.
    """

    gamma: float = 0.99
    scale: float = 1.0
    key: Callable[[Tree], Tree] | None = None
    lr: float = 0.1
    net_lr: float = 1e-3
    hidden: tuple[int, ...] = (64, 64)
    seed: int = 0
    memory: ClassVar[bool] = True
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"

    def __post_init__(self) -> None:
        self.gamma = discount(self.gamma, where="LearnedPotential")
        self.scale = finite(self.scale, "scale", "LearnedPotential")
        if not (0 < self.lr <= 1 and self.net_lr > 0):
            raise BadOption(
                f"lr={self.lr!r}, net_lr={self.net_lr!r}", where="LearnedPotential", expected="(0, 1] and above 0"
            )
        self._standing = Standing("LearnedPotential")
        self._values: TableValues | NetValues | None = None

    def _view(self, obs: Tree) -> Tree:
        return obs if self.key is None else self.key(obs)

    def _phi(self, batch: Transitions, obs: Tree) -> Array:
        if self._values is None:
            return namespace(batch.reward).zeros_like(batch.reward)
        return self.scale * self._values(self._view(obs), batch)

    def __call__(self, batch: Transitions) -> Array:
        return self._standing.pay(batch, functools.partial(self._phi, batch), self.gamma)

    def update(self, batch: Transitions) -> dict[str, float]:
        if not rows_of(batch):
            return {}
        seen = replace(batch, obs=self._view(batch.obs), next_obs=self._view(batch.next_obs))
        if self._values is None:
            table = numbered(seen.obs, batch.shape)
            self._values = TableValues(self.lr, where="LearnedPotential") if table else self._net(seen.obs, batch.shape)
        return {f"{self.name}/error": self._values.learn(seen, self.gamma)}

    def _net(self, obs: Tree, lead: tuple[int, ...]) -> NetValues:
        from rewardlab.core.nets import encoder_like

        return NetValues(encoder_like(obs, lead), self.hidden, self.net_lr, self.seed, where="LearnedPotential")

    def reset(self, begun: Array) -> None:
        self._standing.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        values = {} if self._values is None else self._values.state_dict()
        return {"standing": self._standing.state_dict(), "values": values}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("standing", "values"), where="LearnedPotential")
        held, where = state["values"], "LearnedPotential"
        values: TableValues | NetValues | None = None
        if "encoder" in held:
            from rewardlab.core.nets import Encoder

            encoder = Encoder.from_state(held["encoder"])
            values = NetValues(encoder, self.hidden, self.net_lr, self.seed, where=where)
        elif held:
            values = TableValues(self.lr, where=where)
        if values is not None:
            values.load_state_dict(held)
        self._standing.load_state_dict(state["standing"])
        self._values = values
