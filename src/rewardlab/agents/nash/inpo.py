"""Iterative Nash policy optimisation.

    π_{t+1} ∝ exp(P(· ≻ π_t) / η) μ^{τ/η} π_t^{1 − τ/η}
    L = [ h_t(y_w) − h_t(y_l) − 1 / (2η) ]²,    h_t = log π − (τ/η) log μ − (1 − τ/η) log π_t

Self-play by mirror descent on the game of preferences with an anchor μ. The squared loss over labelled pairs of π_t has
that step as its minimum, without any estimate of how often a response wins.

Source: Zhang, Yu, Peng, et al., "Iterative Nash Policy Optimization: Aligning LLMs with General Preferences via
No-Regret Learning", ICLR 2025, Algorithm 1.
"""

from typing import Any

import numpy as np

from rewardlab.agents.nash import kernel
from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.masked import total
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import likelihood
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption


def inpo(group: Group, *, eta: float = 1.0, tau: float = 0.1) -> Array:
    """The squared distance from 1/(2η), [P].

    Args:
        group: pairs drawn from π_t, the preferred one with the larger reward; `old_logp` is that of π_t and `ref_logp`
            that of the anchor μ.
        eta: η > 0, one over the step.
        tau: τ in [0, η], the price of a nat away from μ.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    _check("inpo", eta, tau)
    own = likelihood(checked(group, "inpo", responses=2))
    share = tau / eta
    anchor = constant(total(group.ref_logp, group.mask)), constant(total(group.old_logp, group.mask))
    return link.squared(pair(group, own - share * anchor[0] - (1.0 - share) * anchor[1]), 0.5 / eta)


def inpo_policies(
    preferences: Any, reference: Any = None, *, eta: float = 1.0, tau: float = 0.1, rounds: int = 100
) -> np.ndarray:
    """All iterates of the exact method, [rounds + 1, n], from the reference on.

    Args:
        preferences: [n, n] with P + Pᵀ = 1.
        reference: μ [n], uniform if not given.
        eta: η > 0.
        tau: τ in [0, η]; with 0 it is Hedge in self-play.
        rounds: T.

    Raises:
        BadOption: for preferences or a reference that are none, an eta that is not above 0, or a tau outside [0, η].
    """
    p, mu = kernel.game(preferences, reference, where="inpo_policies")
    _check("inpo_policies", eta, tau)
    share = tau / eta

    def move(policy: np.ndarray, t: int) -> np.ndarray:
        return kernel.step(p, policy, size=1.0 / eta, anchors=[(share, mu), (1.0 - share, policy)])

    return kernel.iterates(move, mu, rounds)


def _check(by: str, eta: float, tau: float) -> None:
    above_0(by, eta=eta)
    at_least_0(by, tau=tau)
    if tau > eta:  # the last policy would have a negative weight
        raise BadOption(f"tau={tau!r}", where=by, expected=f"at most eta={eta!r}")
