"""Direct Nash optimisation.

    r_t(y) = P(y ≻ π_t),    π_{t+1} ∝ π_t exp(r_t / η)
    L = −q log σ(d) − (1 − q) log σ(−d),    q = σ(r_t(y) − r_t(y')),    d = η [h(y) − h(y')],    h = log π / π_t
    max_y P(y ≻ π̄) − ½ ≤ η log(1 / min π_1) / T + 1 / (8η)

Each round fits the log ratio to the rate at which responses win against the current policy: policy iteration towards
the equilibrium of any preferences, with DPO's loss and soft labels. The average policy converges.

Source: Rosset, Cheng, Mitra, Santacroce, Awadallah, Xie, "Direct Nash Optimization: Teaching Language Models to
Self-Improve with General Preferences", 2024, Algorithms 1 and 2.
"""

import math
from typing import Any

import numpy as np

from rewardlab.agents.nash import kernel
from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import better, differences, mean_over
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.agents.parts.stable import sigmoid
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def dno(group: Group, *, eta: float = 1.0) -> Array:
    """The contrastive regression, [P]: the mean over all pairs of a prompt's responses.

    Args:
        group: of each prompt G >= 2 responses of π_t, each with its win rate r_t in [0, 1] as reward; `ref_logp` is
            that of π_t.
        eta: η > 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("dno", eta=eta)
    h = log_ratio(checked(group, "dno", responses=2))
    label = sigmoid(differences(constant(group.reward) + 0.0 * constant(h)))
    loss, size = link.soft(eta * differences(h), label), h.shape[-1]
    # a response against itself costs log 2, whatever the policy
    return (loss.sum(-1).sum(-1) - size * math.log(2.0)) / (size * (size - 1))


def dno_practical(group: Group, *, eta: float = 1.0, margin: float = 0.3) -> Array:
    """DPO on the pairs that are clear, r_t(y) > r_t(y') + margin, [P]: their mean, 0 if there is none.

    Args:
        group: as for `dno`; one of the responses may be a teacher's.
        eta: η > 0.
        margin: the least difference of win rates, in [0, 1).

    Raises:
        BadBatch: as `dno`.
        BadOption: for a number outside its range.
    """
    above_0("dno_practical", eta=eta)
    at_least_0("dno_practical", margin=margin)
    h = log_ratio(checked(group, "dno_practical", responses=2))
    reward = constant(group.reward)
    clear = better(reward) & (differences(reward) > margin)
    return mean_over(link.logistic(eta * differences(h)), clear)


def dno_policies(preferences: Any, start: Any = None, *, eta: float = 1.0, rounds: int = 100) -> np.ndarray:
    """All iterates of the exact method, [rounds + 1, n]; what converges is their mean.

    Args:
        preferences: [n, n] with P + Pᵀ = 1.
        start: π_1 [n], uniform if not given.
        eta: η > 0; √(T / (8 log n)) is the theory's for T rounds.
        rounds: T.

    Raises:
        BadOption: for preferences or a start that are none, or an eta that is not above 0.
    """
    p, first = kernel.game(preferences, start, where="dno_policies")
    above_0("dno_policies", eta=eta)

    def move(policy: np.ndarray, t: int) -> np.ndarray:
        return kernel.step(p, policy, size=1.0 / eta, anchors=[(1.0, policy)])

    return kernel.iterates(move, first, rounds)
