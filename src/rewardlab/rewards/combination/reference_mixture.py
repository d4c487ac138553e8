"""Rewards mixed on the scale of a reference policy.

    R = Σ_k w_k (r_k − mean_ref r_k) / std_ref r_k,    R = −c where unsafe

A weight then says the same of each reward: what a deviation is worth that the reference policy shows by itself. Safety
can be a gate, which nothing makes up for.

Source: Han, Chen, Sankararaman, Peng, Xu, Helenowski, Peng, Kumar, Wang, Fang, Talebzadeh, "Reinforcement Learning from
User Feedback", 2025 (helpfulness, safety and love in one reward).
"""

import math
from collections.abc import Sequence

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption


def reference_mixture(
    rewards: Array, reference: Array, weights: Sequence[float], *, unsafe: Array | None = None, cost: float = 10.0
) -> Array:
    """Several rewards [*] mixed by their weights, in units of a reference.

    Args:
        rewards: [*, m].
        reference: [N, m] of responses that the reference policy drew; a reward without spread there is only centred.
        weights: m finite numbers.
        unsafe: [*] bool, what is paid −cost.
        cost: c >= 0.

    Raises:
        BadOption: for weights of another number, too few references, or a negative cost.
    """
    m = rewards.shape[-1]
    if len(weights) != m or tuple(reference.shape[1:]) != (m,) or not all(math.isfinite(w) for w in weights):
        raise BadOption(
            f"weights={weights!r} for rewards {tuple(rewards.shape)} and references {tuple(reference.shape)}",
            where="reference_mixture",
            expected="one finite number for each reward, and references [N, m]",
        )
    if len(reference) < 2 or not 0 <= cost < math.inf:
        raise BadOption(
            f"{len(reference)} references, cost={cost!r}", where="reference_mixture", expected="at least 2, and >= 0"
        )
    xp = namespace(rewards, reference)
    mean = xp.mean(reference, axis=0)
    spread = xp.mean((reference - mean) ** 2, axis=0) ** 0.5
    spread = xp.where(spread > 0, spread, xp.ones_like(spread))
    scaled = (rewards - mean) / spread
    out = sum((w * scaled[..., k] for k, w in enumerate(weights)), 0.0 * scaled[..., 0])
    return out if unsafe is None else xp.where(unsafe, xp.full_like(out, -cost), out)
