"""How much more likely the policy makes what was sampled than the policy that sampled it.

    token     ρ_t = π(y_t | y_<t) / π_old(y_t | y_<t)
    sequence  s   = exp( (1/|y|) Σ_t log ρ_t )
    product   w   = exp( Σ_t log ρ_t )
    trace     ρ_t = exp( Σ_{j≤t} c^(t−j) log ρ_j )

Each is 1, with the gradient of the policy, where the policy is the one that sampled. Padding has ratio 1 and takes no
gradient.
"""

import numpy as np

from rewardlab.agents.parts import masked
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, is_torch, namespace, tensor
from rewardlab.core.batch import Group


def log_ratio(group: Group) -> Array:
    """log π − log π_old, [P, G, T]; 0 on padding."""
    return masked.counted(group.logp, group.mask) - constant(masked.counted(group.old_logp, group.mask))


def token(group: Group) -> Array:
    """ρ_t, [P, G, T]."""
    return namespace(group.logp).exp(log_ratio(group))


def sequence(group: Group) -> Array:
    """s, [P, G, 1]: the geometric mean of the tokens' ratios."""
    return namespace(group.logp).exp(masked.mean(log_ratio(group), group.mask)[..., None])


def sequence_token(group: Group) -> Array:
    """sg[s] π / sg[π], [P, G, T]: the value of `sequence`, with each token's own gradient."""
    own = masked.counted(group.logp, group.mask)
    return constant(sequence(group)) * namespace(own).exp(own - constant(own))


def product(group: Group) -> Array:
    """w, [P, G, 1]: the ratio of whole responses."""
    return namespace(group.logp).exp(log_ratio(group).sum(-1)[..., None])


def bounded(group: Group, low: float, high: float) -> Array:
    """exp(min(max(log ρ_t, log low), log high)), [P, G, T]: clipped before it can overflow; no gradient outside."""
    xp = namespace(group.logp)
    return xp.exp(xp.clip(log_ratio(group), float(np.log(low)), float(np.log(high))))


def trace(group: Group, weights: np.ndarray) -> Array:
    """exp(Σ_j W_tj log ρ_j), [P, G, T], for weights [T, T]: row t holds what the tokens before t still count there."""
    x = log_ratio(group)
    w = tensor(weights, like=x) if is_torch(x) else weights
    return namespace(x).exp(x @ w.T)


def recent(tokens: int, decay: float) -> np.ndarray:
    """W_tj = c^(t−j) for j <= t, else 0, [T, T]: the eligibility trace of TD(λ), c = γλ."""
    lag = np.arange(tokens)[:, None] - np.arange(tokens)
    return np.where(lag >= 0, decay ** np.maximum(lag, 0.0), 0.0)


def both_ends(tokens: int, decay: float) -> np.ndarray:
    """W_tj = max(c^(t−j), c^j) for j < t and 1 for j = t, else 0, [T, T]: the beginning counts like the recent past."""
    first = decay ** np.arange(tokens, dtype=np.float64)
    w = np.tril(np.maximum(recent(tokens, decay), first))
    np.fill_diagonal(w, 1.0)
    return w
