"""Anchors: what is added to a comparison so that likelihoods do not sink together, or so that a policy explores.

    likelihood   −log π(y_best), or its mean over tokens                     RPO, ORPO, SLiC
    sinking      max(0, log π_ref(y_best) − log π(y_best))                   DPOP
    value        E_{y ~ calibration} log π(y) / π_ref(y) = −J* / β           VPO, SELM

A comparison sees only the difference of two likelihoods, and both may fall. The value anchor is read from further
responses of a prompt, those whose column `calibration` [P, G] is above 0; the others are the pair.

Source: Pal, Karkhanis, Dooley, Roberts, Naidu, White, "Smaug: Fixing Failure Modes of Preference Optimisation with
DPO-Positive", 2024, Equation 3; Cen, Mei, Goshvadi, et al., "Value-Incentivized Preference Optimization: A Unified
Approach to Online and Offline RLHF", ICLR 2025, Algorithms 1 and 2.
"""

from rewardlab.agents.parts.checked import column
from rewardlab.agents.parts.compare import chosen
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.score import likelihood, mean_likelihood
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group

CALIBRATION = "calibration"
"""The `info` column [P, G]: 0 for the responses that are compared, above 0 for those that a value is read from."""


def unlikely(group: Group) -> Array:
    """−log π of the best response, [P]."""
    return -chosen(group, likelihood(group))


def unlikely_tokens(group: Group) -> Array:
    """The mean of −log π over the tokens of the best response, [P]."""
    return -chosen(group, mean_likelihood(group))


def sinking(h: Array) -> Array:
    """max(0, −h): by how much a response is less likely than under the reference."""
    xp = namespace(h)
    return xp.where(h < 0, -h, xp.zeros_like(h))


def calibration(group: Group, *, by: str) -> Array:
    """The weights [P, G] of the further responses.

    Raises:
        MissingColumn: without a column `calibration`.
    """
    return constant(column(group, CALIBRATION, by=by, axes=2))


def expected_ratio(h: Array, weight: Array) -> Array:
    """Σ_g w h / Σ_g w, [P, G] -> [P]: the mean log ratio of the responses of a calibration policy; 0 without any."""
    xp = namespace(h)
    weight = weight + xp.zeros_like(h)
    whole = weight.sum(-1)
    return (weight * h).sum(-1) / xp.where(whole == 0, xp.ones_like(whole), whole)
