"""Nash learning by mirror prox.

    π_{k+½} = argmax P(π ≻ π_k)     − β KL(π ‖ μ) − (β/η) KL(π ‖ π_k)
    π_{k+1} = argmax P(π ≻ π_{k+½}) − β KL(π ‖ μ) − (β/η) KL(π ‖ π_k)
    log π_new = [P(· ≻ opponent) / β + log μ + log π_k / η] / (1 + 1/η) + const
    KL(π* ‖ π_k) ≤ C (1 + 2β)^{−k}  with η = 2β

Looks one step ahead, and steps from the same place against what it saw there. The last iterate converges linearly, at a
rate that does not depend on how many responses there are.

Source: Tiapkin, Calandriello, Belomestny, et al., "Accelerating Nash Learning from Human Feedback via Mirror Prox",
2025, Section 3.
"""

from typing import Any

import numpy as np

from rewardlab.agents.nash import kernel
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.masked import total
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.score import likelihood, log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def nash_mp(group: Group, *, beta: float = 0.1, eta: float = 0.2) -> Array:
    """The policy-gradient form of one prox step, [P]: P(π ≻ opponent) less both divergences.

    Args:
        group: responses of the policy; the reward of each is P(y ≻ y') in [0, 1] against the opponent, π_k or
            π_{k+½}; `ref_logp` is that of the anchor μ and `old_logp` that of π_k, from which the step is taken.
        beta: β > 0.
        eta: η > 0; 2β is the theory's.

    Raises:
        BadBatch: for fields that do not fit.
        BadOption: for a number outside its range.
    """
    above_0("nash_mp", beta=beta, eta=eta)
    h = log_ratio(checked(group, "nash_mp"))
    own = likelihood(group)
    away = constant(own - total(group.old_logp, group.mask))
    gain = constant(group.reward) - 0.5 - beta * constant(h) - beta / eta * away
    return -(gain * own).mean(-1)


def nash_mp_policies(
    preferences: Any, reference: Any = None, *, beta: float = 0.1, eta: float | None = None, rounds: int = 100
) -> np.ndarray:
    """All iterates of the exact method, [rounds + 1, n], from the reference on; two queries of preferences in each.

    Args:
        preferences: [n, n] with P + Pᵀ = 1.
        reference: μ [n], uniform if not given.
        beta: β > 0.
        eta: η > 0, 2β by default.
        rounds: K.

    Raises:
        BadOption: for preferences or a reference that are none, or a beta or eta that is not above 0.
    """
    p, mu = kernel.game(preferences, reference, where="nash_mp_policies")
    eta = 2.0 * beta if eta is None else eta
    above_0("nash_mp_policies", beta=beta, eta=eta)
    whole = 1.0 + 1.0 / eta

    def move(policy: np.ndarray, k: int) -> np.ndarray:
        anchors = [(1.0 / whole, mu), (1.0 / (eta * whole), policy)]
        ahead = kernel.step(p, policy, size=1.0 / (beta * whole), anchors=anchors)
        return kernel.step(p, ahead, size=1.0 / (beta * whole), anchors=anchors)

    return kernel.iterates(move, mu, rounds)
