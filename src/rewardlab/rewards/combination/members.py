"""What ensembles of rewards share: members on a common scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.several import Several, checked_rewards


@dataclass
class Ensemble(Several):
    """K rewards of the same thing, normalised on reference samples if `fit` was called.

    Args:
        members: K >= 1 rewards, such as reward models that were trained with different seeds.

    Raises:
        BadOption: for no members, or what is no reward.
    """

    members: tuple[Reward, ...]

    def __post_init__(self) -> None:
        self.members = checked_rewards(self.members, least=1, where=type(self).__name__, name="members")
        self._centre, self._spread = np.zeros(len(self.members)), np.ones(len(self.members))  # [K] of each member

    def fit(self, reference: Transitions) -> None:
        """Give each member zero mean and unit deviation on reference samples [B], at least two.

        Raises:
            BadOption: for a member whose pay depends on earlier steps.
            BadBatch: for a member whose pay there is NaN, infinite, or the same everywhere.
        """
        centre, spread = np.zeros_like(self._centre), np.ones_like(self._spread)
        for k, member in enumerate(self.members):
            where = f"{type(self).__name__}.fit, member {k}"
            if member.memory:
                raise BadOption(f"{member.name} remembers the episode", where=where, expected="a pay of single samples")
            pay = array(member(reference)).astype(np.float64)
            centre[k], spread[k] = pay.mean(), pay.std()
            if not np.isfinite(pay).all() or not spread[k] > 1e-9 * (1.0 + abs(centre[k])):
                what = "the same pay everywhere" if np.isfinite(pay).all() else "a pay that is NaN or infinite"
                raise BadBatch(what, where=where, expected="reference samples that the member tells apart")
        self._centre, self._spread = centre, spread

    def scores(self, batch: Transitions) -> Array:
        """What each member pays, on the common scale, [K, *B]."""
        pays = [
            (r(batch) - float(centre)) / float(spread)
            for r, centre, spread in zip(self.members, self._centre, self._spread, strict=True)
        ]
        xp = namespace(*pays)
        dtype = xp.result_type(*pays)
        return xp.stack([xp.astype(p, dtype) for p in pays])

    def state_dict(self) -> dict[str, Any]:
        return {"members": super().state_dict(), "centre": self._centre.copy(), "spread": self._spread.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("members", "centre", "spread"), where=type(self).__name__)
        for key in ("centre", "spread"):
            if np.shape(state[key]) != (len(self.members),):
                raise BadCheckpoint(
                    f"{key} of shape {np.shape(state[key])}", where=self.name, expected=f"[{len(self.members)}]"
                )
        super().load_state_dict(state["members"])
        self._centre, self._spread = (np.array(state[k], dtype=np.float64) for k in ("centre", "spread"))
