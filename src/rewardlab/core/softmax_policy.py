"""Softmax policies of tables: exact returns, exact expected updates, and their derivatives.

    π(a | s) = exp θ(s, a) / Σ_b exp θ(s, b)
    F(s, a) = d_β(s) [ β(a | s) Q_β(s, a) − π(a | s) Σ_b β(b | s) Q_β(s, b) ]

F is what REINFORCE adds to θ on average, from the episodes of a policy β, with d_β the visits of the states and Q_β the
values of a reward. With β = π and one discount throughout it is the gradient of the return.

Source: Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", Machine
Learning 1992; Sutton, McAllester, Singh, Mansour, "Policy Gradient Methods for Reinforcement Learning with Function
Approximation", NeurIPS 1999, Theorem 1.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def softmax(theta: np.ndarray) -> np.ndarray:
    """The probabilities [..., A] of preferences [..., A]."""
    weight = np.exp(theta - theta.max(-1, keepdims=True))
    return weight / weight.sum(-1, keepdims=True)


def slope(policy: np.ndarray) -> np.ndarray:
    """∂π(a | s) / ∂θ(s, b), [S, A, A], of a softmax policy [S, A]; across states it is 0."""
    return policy[:, :, None] * (np.eye(policy.shape[1]) - policy[:, None, :])


def return_gradient(mdp: TabularMDP, theta: np.ndarray) -> np.ndarray:
    """∂J / ∂θ [S, A] of the return J = Σ_s initial(s) V(s) of the softmax policy of `theta` [S, A]."""
    policy = softmax(theta)
    found = mdp.evaluate(policy)
    return mdp.occupancy(policy) * (found.Q - found.V[:, None])


@dataclass(frozen=True)
class Episodes:
    """All that the average update knows of the episodes of a policy.

    Args:
        mdp: the process; what it pays itself does not enter.
        policy: β [S, A], which plays the episodes.
        reward: the reward [S, A] to learn from; in terminal states it is not used.
        gamma: the discount of the returns, in [0, 1].
        counting: the discount of the visits, in [0, 1]: 1 counts every step alike, as most programs do.

    Raises:
        BadOption: for a discount outside [0, 1], or one of 1 if the policy may never end.
    """

    mdp: TabularMDP
    policy: np.ndarray  # [S, A]
    reward: np.ndarray  # [S, A]
    gamma: float
    counting: float = 1.0

    def __post_init__(self) -> None:
        S, A = self.mdp.num_states, self.mdp.num_actions
        live = ~self.mdp.terminal
        onward = self.mdp.P.toarray().reshape(S, A, S) * live[:, None, None] * live
        chain = np.einsum("sa,sax->sx", self.policy, onward)
        to = [self._resolvent(chain, discount) for discount in (self.gamma, self.counting)]
        paid = np.where(live[:, None], self.reward, 0.0)
        value = to[0] @ (self.policy * paid).sum(1)
        made = {
            "visits": np.where(live, self.mdp.initial, 0.0) @ to[1],  # d [S]
            "value": value,  # V [S]
            "Q": paid + self.gamma * onward @ value,  # [S, A]
            "_live": live,
            "_onward": onward,
            "_paying": self.gamma * onward @ to[0],  # [S, A, S] discounted visits of states after a pair
            "_counted": self.counting * onward @ to[1],
        }
        for name, x in made.items():
            object.__setattr__(self, name, x)

    visits: np.ndarray = None  # type: ignore[assignment]  # d [S]
    value: np.ndarray = None  # type: ignore[assignment]  # V [S]
    Q: np.ndarray = None  # type: ignore[assignment]  # [S, A]
