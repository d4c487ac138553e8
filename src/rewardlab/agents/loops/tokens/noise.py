"""Noise of samples: one counter-based stream per row, a place in it for each token that the row has sampled.

    next token = argmax_v (log p_v / temperature + g_v),    g_v ~ Gumbel(0, 1), a hash of (seed, place, v)

A row draws what it would draw alone, whatever else is in the batch and in whatever order rows are served.

Source: Maddison, Tarlow, Minka, "A* Sampling", NeurIPS 2014, Section 2; Salmon, Moraes, Dror, Shaw, "Parallel Random
Numbers: As Easy as 1, 2, 3", SC 2011.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewardlab.core.rng import GOLDEN, mix


def keys(seeds: Sequence[int], *, device: Any = None) -> Tensor:
    """int64 [B]: what the draws of rows of these seeds, in [0, 2^64), are hashed from."""
    bits = np.array([s - 2**64 if s >= 2**63 else s for s in map(int, seeds)], dtype=np.int64)
    with np.errstate(over="ignore"):
        return torch.from_numpy(np.atleast_1d(mix(bits * GOLDEN + 1))).to(device)


def gumbel(key: Tensor, place: Tensor, size: int) -> Tensor:
    """float32 [B, V] standard Gumbel noise for rows of keys [B] at places [B]."""
    base = mix(key + place * GOLDEN)
    token = torch.arange(1, size + 1, device=key.device, dtype=torch.int64)
    bits = mix(base[:, None] + token * GOLDEN)
    uniform = ((bits >> 11) & ((1 << 53) - 1)).to(torch.float64).add_(0.5).mul_(2.0**-53)  # (0, 1]
    return -torch.log(-torch.log(uniform.clamp_(max=1 - 2.0**-53))).to(torch.float32)
