"""Which orders of policies a Markov reward can express.

    find R:  ⟨d_i − d_j, R⟩ ≥ margin for i above j,  ⟨d_i − d_j, R⟩ = 0 for equals;  d the discounted occupancy
    or y:    Σ_k y_k (d_i(k) − d_j(k)) = 0,  y ≥ 0 on the strict pairs, Σ y = 1 there

The return of a Markov reward is linear in the occupancy, so an order of finitely many policies is a linear programme.
If there is no such reward, the weights y prove it: they mix the strict demands to one that no reward meets. Assumes
one process, one discount and stationary policies.

Source: Subramani, Williams, Heitmann, Holm, Griffin, Skalse, "On The Expressivity of Objective-Specification Formalisms
in Reinforcement Learning", ICLR 2024; Abel, Dabney, Harutyunyan, Ho, Littman, Precup, Singh, "On the Expressivity of
Markov Reward", NeurIPS 2021 (the linear programme).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP

_LARGEST = 1e7
"""The largest reward, in margins: beyond, policies would be told apart by rounding."""


@dataclass(frozen=True)
class Ordering:
    """Whether a reward orders some policies as asked, and what proves it.

    Attributes:
        reward: [S, A] such a reward, at most 10^7 margins in size; None if there is none.
        pairs: [K, 2] the demands: the policy of the first number is above that of the second, or equal to it.
        strict: [K] bool, whether it is above.
        weights: [K] the certificate, if there is no reward: the demands with these weights cancel out, the strict
            ones have weights of at least 0 that sum to 1.
    """

    reward: np.ndarray | None
    pairs: np.ndarray
    strict: np.ndarray
    weights: np.ndarray | None

    @property
    def expressible(self) -> bool:
        """Whether there is such a reward."""
        return self.reward is not None


def orders_by_reward(
    mdp: TabularMDP,
    policies: Sequence[Any],
    ordering: Sequence[float],
    *,
    gamma: float | None = None,
    margin: float = 1.0,
) -> Ordering:
    """A reward under which policies are ordered as their numbers are, or the proof that there is none.

    Args:
        mdp: the process; its own rewards play no part.
        policies: n of them, [S] actions or [S, A] probabilities each.
        ordering: n numbers; the larger, the better, and equal ones are to be equal.
        gamma: the discount; that of the process if not given.
        margin: by how much what is better must be, > 0; scales the reward.

    Raises:
        BadOption: for lengths that differ, a NaN, a margin that is not positive, or a process without a discount.
    """
    ranks = np.asarray(ordering, dtype=float)
    discounted = mdp if gamma is None else mdp.with_gamma(gamma)
    for wrong, what, expected in (
        (len(policies) != len(ranks) or len(ranks) < 2, f"{len(policies)} policies, {ranks.size} numbers", "as many"),
        (np.isnan(ranks).any(), "a NaN in the ordering", "numbers"),
        (not 0.0 < margin < np.inf, f"margin={margin!r}", "a number > 0"),
        (discounted.gamma is None, "average reward", "a discount in [0, 1]"),
    ):
        if wrong:
            raise BadOption(what, where="orders_by_reward", expected=expected)
    occupancy = np.array([discounted.occupancy(p).ravel() for p in policies])  # [n, S * A]
    # Neighbours suffice: equality and order are transitive.
    order = np.argsort(-ranks, kind="stable")
    pairs = np.stack([order[:-1], order[1:]], axis=1)
    strict = ranks[pairs[:, 0]] > ranks[pairs[:, 1]]
    gaps = occupancy[pairs[:, 0]] - occupancy[pairs[:, 1]]  # [K, S * A]
    shape = (mdp.num_states, mdp.num_actions)
    if not strict.any():
        return Ordering(np.zeros(shape), pairs, strict, None)
    size = _LARGEST * margin
    reward = _solved(gaps[~strict], np.zeros((~strict).sum()), -gaps[strict], -margin, [(-size, size)] * gaps.shape[1])
    if reward is not None:
        return Ordering(reward.reshape(shape), pairs, strict, None)
    cancel = np.append(gaps.T, strict[None].astype(float), axis=0)
    goal = np.append(np.zeros(gaps.shape[1]), 1.0)
    weights = _solved(cancel, goal, None, None, [(0 if above else None, None) for above in strict])
    if weights is None:
        raise BadOption(
            "neither a reward nor a proof that there is none was found",
            where="orders_by_reward",
            expected="policies that are not almost equal",
            mend="drop policies that differ by rounding only",
        )
    return Ordering(None, pairs, strict, weights)


def ranked(values: Sequence[float], tolerance: float = 1e-9) -> np.ndarray:
    """[n] ranks from 0 of some values: the larger, the better; values within `tolerance` of a neighbour are equal."""
    held = np.asarray(values, dtype=float)
    order = np.argsort(held, kind="stable")
    steps = np.append(0, np.cumsum(np.diff(held[order]) > tolerance))
    out = np.empty(len(held), dtype=np.int64)
    out[order] = steps
    return out


def _solved(equal: np.ndarray, value: np.ndarray, above: Any, bound: Any, bounds: list[Any]) -> np.ndarray | None:
    """A point x with equal · x = value and above · x <= bound, within its bounds; None if there is none."""
    from scipy.optimize import linprog

    held = None if above is None else np.full(len(above), bound)
    fixed = (equal, value) if len(equal) else (None, None)
    found = linprog(np.zeros(len(bounds)), above, held, *fixed, bounds, method="highs")
    return np.asarray(found.x) if found.status == 0 else None
