"""Odds ratio preference optimisation.

    L = −log π̄(y_w) − λ log σ(log [odds(y_w) / odds(y_l)]),    odds(y) = p / (1 − p),  p = exp log π̄(y)

Fine-tuning on the better responses, with a penalty on the odds of the worse, in one stage and without a reference.
log π̄ is the mean log-likelihood per token.

Source: Hong, Lee, Thorne, "ORPO: Monolithic Preference Optimization without Reference Model", EMNLP 2024, Equations 6
and 7.
"""

import math

from rewardlab.agents.parts import link
from rewardlab.agents.parts.anchor import unlikely_tokens
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import at_least_0
from rewardlab.agents.parts.score import mean_likelihood
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def orpo(group: Group, *, weight: float = 0.1) -> Array:
    """The mean negative log-likelihood of the better response, and the odds ratio, [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        weight: λ >= 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    at_least_0("orpo", weight=weight)
    p = mean_likelihood(checked(group, "orpo", responses=2))
    return unlikely_tokens(group) + weight * link.logistic(pair(group, log_odds(p)))


def log_odds(log_p: Array) -> Array:
    """log p / (1 − p) of log p <= 0, in its shape; a p of 1 counts as one of 1 − 10⁻¹²."""
    xp = namespace(log_p)
    log_p = xp.where(log_p < -1e-12, log_p, xp.full_like(log_p, -1e-12))
    near = log_p > -math.log(2.0)  # each form where it keeps its digits
    some = xp.full_like(log_p, -1.0)
    complement = xp.where(
        near, xp.log(-xp.expm1(xp.where(near, log_p, some))), xp.log1p(-xp.exp(xp.where(near, some, log_p)))
    )
    return log_p - complement
