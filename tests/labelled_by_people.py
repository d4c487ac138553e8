"""Pairs whose clips show their worth: a dot moves right by the reward of each step; a line grows with time."""

import numpy as np
from steps import steps


def worth(p, length=6, *, seed=0):
    """Pairs [P, 2, T] of one feature, rewarded by it; and their clips, P pairs of [T, 16, 16, 3]."""
    obs = np.random.default_rng(seed).normal(size=(p, 2, length, 1)).astype(np.float32)
    obs += (
        np.where(np.random.default_rng(seed + 1).random((p, 1, 1, 1)) < 0.5, 1, -1) * np.array([1, -1])[:, None, None]
    )
    frames = np.full((p, 2, length, 16, 16, 3), 255, dtype=np.uint8)
    at = np.clip(8 + np.cumsum(obs[..., 0], -1), 0, 15).astype(int)
    for p_, g, t in np.ndindex(at.shape):
        frames[p_, g, t, 15, : t + 1] = 0
        frames[p_, g, t, 6:10, at[p_, g, t]] = (0, 90, 150)
    batch = steps((p, 2, length), obs=obs, action=np.zeros((p, 2, length), dtype=np.int64), reward=obs[..., 0])
    return batch, frames
