"""How likely scores make a judgement: log-probabilities of all answers, and the loss of the answer that was given.

    Thurstone    P(1 ≻ 2) = Φ(d),    d = S_1 − S_2
    Rao-Kupper   P(1 ≻ 2) = σ(d − η),    P(2 ≻ 1) = σ(−d − η),    P(1 ∼ 2) = the rest,    η ≥ 0
    Davidson     P ∝ (e^{d/2}, e^{−d/2}, ν)
    Plackett-Luce    P(ranking) = Π_j exp S_(j) / Σ_{i ≥ j} exp S_(i),    (j) the j-th best
    best-worst   P(b, w) = exp(S_b − S_w) / Σ_{i ≠ j} exp(S_i − S_j)
    cumulative logit    P(rating ≤ c) = σ(cut_c − S)

Pure functions of scores [*, P, G], for NumPy and torch alike; leading axes such as members are carried along. All stay
finite for scores that are far apart. The logistic model itself stands in `kernel`.

Source: Thurstone, "A Law of Comparative Judgment", Psychological Review 1927 (case V, unit deviation of d); Rao,
Kupper, "Ties in Paired-Comparison Experiments: A Generalization of the Bradley-Terry Model", JASA 1967; Davidson, "On
Extending the Bradley-Terry Model to Accommodate Ties in Paired Comparison Experiments", JASA 1970; Plackett, "The
Analysis of Permutations", Applied Statistics 1975; Marley, Louviere, "Some Probabilistic Models of Best, Worst, and
Best-Worst Choices", Journal of Mathematical Psychology 2005; McCullagh, "Regression Models for Ordinal Data", JRSS B
1980.
"""

from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, is_torch, namespace
from rewardlab.rewards.preference.kernel import preference_logit


def log_sigmoid(x: Array) -> Array:
    """log σ(x), exact at both ends."""
    xp = namespace(x)
    return -xp.logaddexp(xp.zeros_like(x), -x)


def log_normal_cdf(x: Array) -> Array:
    """log Φ(x), exact at both ends."""
    if is_torch(x):
        import torch

        return torch.special.log_ndtr(x)
    from scipy.special import log_ndtr

    return log_ndtr(x)


def log_sum_exp(x: Array) -> Array:
    """log Σ exp over the last axis; entries of −∞ count nothing, if one is finite."""
    if is_torch(x):
        return x.logsumexp(-1)
    top = x.max(-1, keepdims=True)
    return np.log(np.exp(x - top).sum(-1)) + top[..., 0]


# -- pairs without ties ------------------------------------------------------------------------------------------------


def logistic_logs(scores: Array) -> Array:
    """Bradley-Terry: log P [*, P, 2] of "the first" and "the second", for scores [*, P, 2]."""
    gap = preference_logit(scores)
    return _stack(log_sigmoid(gap), log_sigmoid(-gap))


def thurstone_logs(scores: Array) -> Array:
    """Thurstone: log P [*, P, 2] of "the first" and "the second", for scores [*, P, 2]."""
    gap = preference_logit(scores)
    return _stack(log_normal_cdf(gap), log_normal_cdf(-gap))


def pair_loss(logs: Array, label: Array) -> Array:
    """Loss [*, P] of labels [P] in [0, 1]: a part `label` of each judgement says the first, the rest the second."""
    return -label * logs[..., 0] - (1 - label) * logs[..., 1]


def margin_loss(scores: Array, label: Array, margin: Array | float) -> Array:
    """Bradley-Terry that wants the better one ahead by `margin` [P]; no likelihood, as its answers sum to less than 1.

    −y log σ(d − m) − (1 − y) log σ(−d − m), the loss of Rao-Kupper's model if no tie is ever told.
    """
    gap = preference_logit(scores)
    return -label * log_sigmoid(gap - margin) - (1 - label) * log_sigmoid(-gap - margin)


def scaled_loss(scores: Array, label: Array, strength: Array) -> Array:
    """Bradley-Terry in which a judgement counts `strength` [P] times: −m [y log σ(d) + (1 − y) log σ(−d)]."""
    return strength * pair_loss(logistic_logs(scores), label)


# -- pairs with ties ---------------------------------------------------------------------------------------------------


def rao_kupper_logs(scores: Array, eta: Array) -> Array:
    """Rao-Kupper: log P [*, P, 3] of "the first", "the second" and "a tie".

    Args:
        scores: [*, P, 2].
        eta: what broadcasts with [*, P], log θ of the paper >= 0: closer pairs than this are told apart badly. At 0
            there are no ties.
    """
    gap = preference_logit(scores)
    xp = namespace(gap)
    first, second = log_sigmoid(gap - eta), log_sigmoid(-gap - eta)
    wide = eta + xp.zeros_like(gap)
    with np.errstate(divide="ignore"):  # log 0 = −∞ is right
        tie = first + second + 2 * wide + xp.log(-xp.expm1(-2 * wide))
    return _stack(first, second, tie)


def davidson_logs(scores: Array, log_nu: Array) -> Array:
    """Davidson: log P [*, P, 3] of "the first", "the second" and "a tie".

    Args:
        scores: [*, P, 2].
        log_nu: what broadcasts with [*, P]: log ν. Equals tie with probability ν / (2 + ν); at −∞ there are no ties.
    """
    half = preference_logit(scores) / 2
    xp = namespace(half)
    logits = _stack(half, -half, log_nu + xp.zeros_like(half))
    return logits - log_sum_exp(logits)[..., None]


def tie_loss(logs: Array, label: Array) -> Array:
    """Loss [*, P] of labels [P] in [0, 1] under logs [*, P, 3]: 1 the first, 0 the second, ½ a tie, mixtures between.

    A label of 0.8 counts as 0.6 "the first" and 0.4 "a tie". Answers that were not given cost nothing, be they
    impossible or not.
    """
    xp = namespace(logs)
    side = 2 * label - 1
    zero = xp.zeros_like(side)
    share = _stack(xp.maximum(side, zero), xp.maximum(-side, zero), 1 - xp.abs(side))  # [P, 3]
    return -(share * xp.where(share > 0, logs, xp.zeros_like(logs))).sum(-1)


# -- lists -------------------------------------------------------------------------------------------------------------


def plackett_luce_loss(scores: Array, rank: Array) -> Array:
    """Negative log-likelihood [*, P] of rankings, whole or in part.

    Args:
        scores: [*, P, G].
        rank: [P, G] integers, 0 the best. The last rank may be shared: by what was judged no better than all others,
            in no order. So best of G is 0 for one and 1 for the others. Below 0: was not in the list.
    """
    xp = namespace(scores)
    listed = rank >= 0
    last = xp.max(rank, axis=-1, keepdims=True)
    left = (rank[..., None, :] >= rank[..., :, None]) & listed[..., None, :]  # [P, G, G]: still there at the choice
    # what was not in the list chooses among all, which is finite, and then is not counted
    left = left | ~listed[..., :, None]
    rows = xp.where(left, scores[..., None, :], xp.full_like(scores[..., None, :], -xp.inf))
    chosen = log_sum_exp(rows) - scores
    return xp.where(listed & (rank < last), chosen, xp.zeros_like(chosen)).sum(-1)


def best_worst_loss(scores: Array, rank: Array) -> Array:
    """Negative log-likelihood [*, P] of naming the best and the worst of a list at once.

    Of two, the gap counts twice what it does in Bradley-Terry: once for the best, once for the worst.

    Args:
        scores: [*, P, G] with G >= 2.
        rank: [P, G] integers, of which the only smallest is the best and the only largest the worst.
    """
    xp = namespace(scores)
    best, worst = (rank == f(rank, axis=-1, keepdims=True) for f in (xp.min, xp.max))
    gaps = scores[..., :, None] - scores[..., None, :]  # [*, P, G, G]
    own = xp.eye(scores.shape[-1]) > 0
    own = own.to(scores.device) if is_torch(scores) else own
    gaps = xp.where(own, xp.full_like(gaps, -xp.inf), gaps)
    every = log_sum_exp(gaps.reshape((*gaps.shape[:-2], -1)))
    zero = xp.zeros_like(scores)
    return every - (xp.where(best, scores, zero) - xp.where(worst, scores, zero)).sum(-1)


# -- ratings -----------------------------------------------------------------------------------------------------------


def squared_loss(scores: Array, rating: Array) -> Array:
    """(S − rating)² summed over the list, [*, P]; what a normal error around the score says."""
    return ((scores - rating) ** 2).sum(-1)


def ordinal_logs(scores: Array, cuts: Array) -> Array:
    """Cumulative logit: log P [*, C] of ratings 0 .. C − 1, for scores [*].

    Args:
        scores: [*].
        cuts: [C − 1] increasing, or [*, C − 1]; rating c means that the score and logistic noise lie between cuts.
    """
    xp = namespace(scores)
    z = cuts - scores[..., None]
    below, above = log_sigmoid(z), log_sigmoid(-z)  # log P(rating <= c), log P(rating > c)
    # σ(b) − σ(a) = σ(b) σ(−a) (1 − e^{a − b}), without a difference of near equals
    inside = below[..., 1:] + above[..., :-1] + xp.log(-xp.expm1(z[..., :-1] - z[..., 1:]))
    return xp.concat((below[..., :1], inside, above[..., -1:]), axis=-1)


def ordinal_loss(scores: Array, rating: Array, cuts: Array) -> Array:
    """Negative log-likelihood [*] of ratings (integers 0 .. C − 1, of the last axes of scores [*])."""
    logs = ordinal_logs(scores, cuts)
    xp = namespace(scores)
    places = xp.arange(logs.shape[-1])
    places = places.to(scores.device) if is_torch(scores) else places
    given = rating[..., None] == places
    return -xp.where(given, logs, xp.zeros_like(logs)).sum(-1)


def ordered(first: Array, steps: Array) -> Array:
    """Increasing cuts [*, 1 + C] from a first one [*, 1] and the logarithms [*, C] of the steps between them."""
    xp = namespace(first)
    return xp.concat((first, first + xp.cumulative_sum(xp.exp(steps), axis=-1)), axis=-1)


def _stack(*parts: Any) -> Any:
    return namespace(parts[0]).stack(parts, axis=-1)
