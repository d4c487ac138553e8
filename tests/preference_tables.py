"""Preferences over a finite set of responses, as groups: population losses, and where they are smallest."""

import numpy as np
import torch

from rewardlab.core.batch import Group


def as_group(logp, reference, chosen, *, reward=None, info=None):
    """The group whose responses are those numbered `chosen` [P, G] of a table of log-probabilities [K], one token each.

    Earlier ones have the larger reward if none is given. NumPy if `logp` is, else torch.
    """
    torchly = isinstance(logp, torch.Tensor)
    of = torch.tensor if torchly else np.array
    chosen = np.asarray(chosen)
    rank = np.broadcast_to(-np.arange(chosen.shape[1], dtype=np.float64), chosen.shape) if reward is None else reward
    ref = of(np.asarray(reference))[chosen][..., None]
    ones = of(np.ones(ref.shape))
    own = logp[torch.as_tensor(chosen)] if torchly else logp[chosen]
    return Group(own[..., None], ref, ref, ones, of(rank), {k: of(v) for k, v in (info or {}).items()})


def labelled_pairs(preference, sampling):
    """All ordered pairs (i, j), i preferred: numbers [P, 2], and their probabilities [P] if both are drawn alike."""
    i, j = np.nonzero(~np.eye(len(preference), dtype=bool))
    return np.stack([i, j], -1), sampling[i] * sampling[j] * preference[i, j]


def random_table(size, *, seed=0):
    """Log-probabilities [size] of a reference that is not uniform, and rewards [size]."""
    rng = np.random.default_rng(seed)
    logits = 0.7 * rng.normal(size=size)
    return logits - np.log(np.exp(logits).sum()), rng.normal(size=size)


def minimum(loss, start, *, rounds=300):
    """Where a smooth function of a tensor is smallest, as an array, from `start` on."""
    x = torch.tensor(np.asarray(start, dtype=np.float64), requires_grad=True)
    solver = torch.optim.LBFGS(
        [x], max_iter=rounds, tolerance_grad=1e-13, tolerance_change=1e-16, line_search_fn="strong_wolfe"
    )

    def closure():
        solver.zero_grad()
        value = loss(x)
        value.backward()
        return value

    for _ in range(3):  # a fresh memory helps the last digits
        solver.step(closure)
    return x.detach().numpy()


def best_policy(objective, reference, chosen, weight, *, reward=None, info=None, start=None):
    """The table [K] of probabilities that minimises the weighted sum of an objective's losses."""
    weight = torch.as_tensor(np.asarray(weight))
    scale = 1.0 / weight.sum()

    def loss(logits):
        logp = torch.log_softmax(logits, -1)
        return (weight * objective(as_group(logp, reference, chosen, reward=reward, info=info))).sum() * scale

    found = minimum(loss, reference if start is None else start)
    return np.exp(found - found.max()) / np.exp(found - found.max()).sum()


def gradient(objective, logits, reference, chosen, weight, **options):
    """The gradient [K] of the weighted sum of losses with respect to the logits of a softmax policy."""
    x = torch.tensor(np.asarray(logits, dtype=np.float64), requires_grad=True)
    group = as_group(torch.log_softmax(x, -1), reference, chosen, **options)
    (torch.as_tensor(np.asarray(weight)) * objective(group)).sum().backward()
    return x.grad.numpy()


def total_variation(p, q):
    """½ Σ |p − q|."""
    return 0.5 * np.abs(p - q).sum()


def random_preference(size, *, seed=0):
    """Probabilities [size, size] with P + Pᵀ = 1 that no reward explains."""
    p = np.random.default_rng(seed).random((size, size))
    upper = np.triu(p, 1)
    return upper + np.tril(1.0 - upper.T, -1) + 0.5 * np.eye(size)
