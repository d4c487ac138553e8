"""Softmax policies of tables: exact gradients of returns, exact expected updates, and their derivatives.

    π(a | s) = exp θ(s, a) / Σ_b exp θ(s, b)
    F(s, a) = d_β(s) [ β(a | s) Q_β(s, a) − π(a | s) Σ_b β(b | s) Q_β(s, b) ]

F is what REINFORCE adds to θ on average, from the episodes of a policy β, with d_β the visits of the states and Q_β the
values of a reward. With β = π and one discount throughout it is the gradient of the return.

Source: Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", Machine
Learning 1992; Sutton, McAllester, Singh, Mansour, "Policy Gradient Methods for Reinforcement Learning with Function
Approximation", NeurIPS 1999, Theorem 1.
"""

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import reachable


def softmax(theta: np.ndarray) -> np.ndarray:
    """The probabilities [..., A] of preferences [..., A]."""
    weight = np.exp(theta - theta.max(-1, keepdims=True))
    return weight / weight.sum(-1, keepdims=True)


def slope(policy: np.ndarray) -> np.ndarray:
    """∂π(a | s) / ∂θ(s, b), [S, A, A], of a softmax policy [S, A]; between two states it is 0."""
    return policy[:, :, None] * (np.eye(policy.shape[1]) - policy[:, None, :])


def return_gradient(mdp: TabularMDP, theta: np.ndarray) -> np.ndarray:
    """∂J / ∂θ [S, A] of the return J = Σ_s initial(s) V(s) of the softmax policy of `theta` [S, A]."""
    policy = softmax(theta)
    found = mdp.evaluate(policy)
    return mdp.occupancy(policy) * (found.Q - found.V[:, None])


class Episodes:
    """What the average update knows of the episodes of a policy, and how it changes.

    Args:
        mdp: the process; its own pay and discount do not enter.
        policy: β [S, A], which plays the episodes.
        reward: what is learned from, [S, A]; in terminal states it is not used.
        gamma: the discount of the returns, in [0, 1].
        counting: the discount of the visits, in [0, 1]; 1 counts every step alike, as most programs do.

    Attributes:
        visits: d [S], from the initial distribution.
        V, Q: values [S] and [S, A] of the reward.

    Raises:
        BadOption: for a discount outside [0, 1], or one of 1 where episodes may never end.
    """

    def __init__(
        self, mdp: TabularMDP, policy: np.ndarray, reward: np.ndarray, *, gamma: float, counting: float = 1.0
    ) -> None:
        S, A = mdp.num_states, mdp.num_actions
        live = ~mdp.terminal & reachable(mdp)  # where nothing leads, nothing is learned
        self.policy, self._live = policy, live
        self._onward = mdp.P.toarray().reshape(S, A, S) * live[:, None, None] * live
        chain = np.einsum("sa,sax->sx", policy, self._onward)
        returns, counts = (_resolvent(chain, g, n) for g, n in ((gamma, "gamma"), (counting, "counting")))
        self._gamma, self._returns = gamma, returns
        self.visits = np.where(live, mdp.initial, 0.0) @ counts
        self.V = returns @ (policy * self._paid(reward)).sum(1)
        self.Q = self._paid(reward) + gamma * self._onward @ self.V
        self._paying = gamma * self._onward @ returns  # [S, A, S]: discounted visits of states after a pair
        self._counted = counting * self._onward @ counts

    def _paid(self, reward: np.ndarray) -> np.ndarray:
        return np.where(self._live[:, None], reward, 0.0)

    def update(self, target: np.ndarray) -> np.ndarray:
        """F [S, A] for the policy `target` [S, A], which learns from these episodes."""
        return self._field(self.Q, target)

    def by_target(self, target: np.ndarray) -> np.ndarray:
        """∂F / ∂θ [S, A, S, A] through `target` = softmax(θ), the episodes held still."""
        gained = self.visits * (self.policy * self.Q).sum(1)  # [S]
        out = np.zeros((*self.Q.shape, *self.Q.shape))
        at = np.arange(len(gained))
        out[at, :, at, :] = -gained[:, None, None] * slope(target)
        return out

    def by_episodes(self, target: np.ndarray) -> np.ndarray:
        """∂F / ∂θ [S, A, S, A] through the policy = softmax(θ) that plays the episodes, `target` held still."""
        turn = slope(self.policy)  # [S, A, A]
        paid = self.policy * self.Q
        gain = paid - target * paid.sum(1, keepdims=True)  # F per visit
        more = self.visits[:, None, None] * self._counted  # ∂d(y) / ∂β(x, b), [x, b, y]
        visits = np.einsum("xby,xbc->yxc", more, turn)
        advantage = np.einsum("xb,xbc->xc", self.Q, turn)  # ∂V(x) / ∂θ(x, c), of the first step alone
        paid_by = self.policy[:, :, None, None] * self._paying[:, :, :, None] * advantage  # β ∂Q(s, a) / ∂θ(x, c)
        at = np.arange(len(self.V))
        paid_by[at, :, at, :] += turn * self.Q[:, :, None]
        moved = paid_by - target[:, :, None, None] * paid_by.sum(1, keepdims=True)
        return gain[:, :, None, None] * visits[:, None] + self.visits[:, None, None, None] * moved

    def by_reward(self, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Σ_{s, a} weight(s, a) ∂F(s, a) / ∂r, [S, A] of each reward, for `weight` [S, A]."""
        mean = (target * weight).sum(1, keepdims=True)
        onto_q = self.visits[:, None] * self.policy * (weight - mean)  # Σ weight ∂F / ∂Q
        reached = np.einsum("sa,sax->x", onto_q, self._paying)
        return self._paid(onto_q + reached[:, None] * self.policy)

    def by_gamma(self, target: np.ndarray) -> np.ndarray:
        """∂F / ∂γ [S, A] by the discount of the returns."""
        after = self._onward @ self.V
        return self._field(after + self._paying @ (self.policy * after).sum(1), target)

    def _field(self, values: np.ndarray, target: np.ndarray) -> np.ndarray:
        paid = self.policy * values
        return self.visits[:, None] * (paid - target * paid.sum(1, keepdims=True))


def _resolvent(chain: np.ndarray, discount: float, name: str) -> np.ndarray:
    """(I − discount · chain)⁻¹ [S, S]."""
    if not 0.0 <= discount <= 1.0:
        raise BadOption(f"{name}={discount!r}", where="Episodes", expected="a number in [0, 1]")
    matrix = np.eye(len(chain)) - discount * chain
    found = np.linalg.inv(matrix) if np.linalg.cond(matrix) < 1e12 else None
    if found is None:
        raise BadOption(
            f"{name}={discount:g}, and episodes may never end",
            where="Episodes",
            expected="an end that is reached from everywhere",
            mend=f"take {name} < 1",
        )
    return found
