"""Judgements of vectors whose worth is known, and how exactly they can tell it."""

import numpy as np

from rewardlab.rewards import vector_items

WEIGHT = np.array([1.2, -0.8, 0.4])
PLAIN = {"hidden": (), "members": 4, "weight_decay": 0.0, "lr": 0.03}
"""Options of a linear score; with one batch for all items, some hundred epochs find the maximum."""


def vectors(items, group, *, seed=0):
    """[P, G, 3] normal features."""
    return np.random.default_rng(seed).normal(size=(items, group, len(WEIGHT)))


def draw(logs, *, seed=1):
    """One answer [P] of each row of log-probabilities [P, C]."""
    u = np.random.default_rng(seed).random(len(logs))
    return (u[:, None] > np.exp(logs).cumsum(-1)).sum(-1).clip(max=logs.shape[-1] - 1)


def weights(model):
    """The weights [K, D] of a linear model, as its scores tell them."""
    d = len(WEIGHT)
    scores = model.segment_scores(vector_items(np.concatenate([np.eye(d), np.zeros((1, d))])[None])).numpy()[:, 0]
    return scores[:, :d] - scores[:, d:]


def standard_errors(answers, truth):
    """Of the most likely parameters, from the information that all items hold at the true ones.

    Args:
        answers: parameters [n] -> log-probabilities [P, C] of all answers.
        truth: [n].
    """
    slopes = []
    for i in range(len(truth)):
        step = np.zeros(len(truth))
        step[i] = 1e-5
        slopes.append((answers(truth + step) - answers(truth - step)) / 2e-5)
    slope = np.stack(slopes, -1)  # [P, C, n]
    information = np.einsum("pc,pci,pcj->ij", np.exp(answers(truth)), slope, slope)
    return np.sqrt(np.diag(np.linalg.inv(information)))


def near(found, truth, error, *, members=4, limit=4.0):
    """Whether the mean of members, each fitted to its own bootstrap, is as near to the truth as the data allow.

    A bootstrap adds the noise of the data once more, which the mean over K members divides by K.
    """
    gap = np.abs(found.mean(0) - truth) / (error * np.sqrt(1 + 1 / members))
    assert (gap < limit).all(), f"{gap} standard errors away"
