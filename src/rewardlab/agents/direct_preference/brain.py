"""Bayesian reward-conditioned inference.

    p(y | good) ∝ p(y) exp(g(y) / γ)
    a = softmax_i(log p(y_i) + g(y_i)/γ − log q'(y_i)),    b = softmax_i(log π(y_i) − log q'(y_i))
    L = KL(a ‖ b) = Σ_i a_i log(a_i / b_i),    gradient −Σ_i (a_i − b_i) ∂ log π(y_i)

Distils the posterior of text that is known to be good, by weights within a set of samples of q'. The same self-
normalised baseline b makes the gradient vanish on every set once the policy is the posterior, which is the optimum of
E g − γ KL(π ‖ p).

Source: Pandey, Nandwani, Naseem, et al., "BRAIn: Bayesian Reward-conditioned Amortized Inference for Natural Language
Generation from Feedback", ICML 2024, Section 3.
"""

from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.masked import total
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.score import likelihood
from rewardlab.agents.parts.stable import log_sum_exp
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def brain(group: Group, *, gamma: float = 0.25) -> Array:
    """KL(a ‖ b), [P].

    Args:
        group: of each prompt G >= 2 samples of q' (`old_logp`, a frozen policy or the prior), the prior p as
            `ref_logp`, and the log-odds g of being good as reward.
        gamma: γ > 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("brain", gamma=gamma)
    own = likelihood(checked(group, "brain", responses=2))
    drawn, prior = (constant(total(x, group.mask)) for x in (group.old_logp, group.ref_logp))
    goal = _log_shares(prior + constant(group.reward) / gamma - drawn)
    share = namespace(own).exp(goal)
    return (share * (goal - _log_shares(own - drawn))).sum(-1)


def _log_shares(x: Array) -> Array:
    xp = namespace(x)
    return x - log_sum_exp(x, xp.ones_like(x, dtype=xp.bool))[..., None]
