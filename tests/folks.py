"""People with tastes that are known, and what they say of pairs of vectors."""

import numpy as np

from rewardlab.rewards import vector_items


def opposed(pairs, *, users, width=3, sure=np.inf, seed=0):
    """Half of `users` want more of the first number, the others less; each judges `pairs` of their own.

    Returns:
        Items [users · pairs, 2, 1] with labels and annotators; annotators of even number want more.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(users * pairs, 2, width))
    who = np.repeat(np.arange(users), pairs)
    return vector_items(x, label=said(x, who, sure=sure, rng=rng), annotator=who)


def said(x, who, *, sure=np.inf, rng=None):
    """Labels [P] of pairs [P, 2, D] by people `who` [P], by Bradley and Terry with the slope `sure`."""
    gap = (x[:, 0, 0] - x[:, 1, 0]) * np.where(who % 2, -1, 1)
    if np.isinf(sure):
        return (gap > 0) * 1.0
    return (rng.random(len(gap)) < 1 / (1 + np.exp(-sure * gap))) * 1.0


def hits(chance, label):
    """The share of labels [P] that chances [..., P] foretell."""
    return float(((chance > 0.5) == (label > 0.5)).mean())
