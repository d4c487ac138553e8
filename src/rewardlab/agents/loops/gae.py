"""Generalised advantage estimation.

    δₜ = rₜ + γ V(sₜ₊₁) − V(sₜ),    Aₜ = δₜ + γλ Aₜ₊₁ within an episode

Where the world ended there is no value beyond; where only the recording was cut the value of the true successor stands;
the sum ends at both. Streams with an axis of their own have their own discounts.

Source: Schulman, Moritz, Levine, Jordan, Abbeel, "High-Dimensional Continuous Control Using Generalized Advantage
Estimation", ICLR 2016, Equation 16.
"""

import numpy as np
import torch
from numba import njit
from torch import Tensor


def gae(reward: Tensor, value: Tensor, beyond: Tensor, goes_on: Tensor, discount: Tensor, decay: Tensor) -> Tensor:
    """Advantages [T, N, K].

    Args:
        reward: [T, N, K] of K streams.
        value: [T, N, K] of the states that were acted in.
        beyond: [T, N, K] value of the true successor, 0 where the world ended.
        goes_on: [T, N, K] 1 where the next step belongs to the same episode (or the stream knows no episodes), else 0.
        discount: [K] γ.
        decay: [K] γλ.

    Returns:
        A [T, N, K]; A + V are the targets of the values.
    """
    if reward.device.type == "cpu" and reward.dtype == torch.float32:
        advantage = torch.empty_like(reward)
        arrays = [x.contiguous().numpy() for x in (reward, value, beyond, goes_on, discount, decay, advantage)]
        _backwards(*arrays)  # type: ignore[call-arg]
        return advantage
    return gae_of_tensors(reward, value, beyond, goes_on, discount, decay)


def gae_of_tensors(
    reward: Tensor, value: Tensor, beyond: Tensor, goes_on: Tensor, discount: Tensor, decay: Tensor
) -> Tensor:
    """The same on any device, T products of [N, K]."""
    delta = reward + discount * beyond - value
    keep = decay * goes_on
    out, running = torch.empty_like(delta), torch.zeros_like(delta[0])
    for t in range(len(delta) - 1, -1, -1):
        running = delta[t] + keep[t] * running
        out[t] = running
    return out


@njit(cache=True, nogil=True)
def _backwards(
    reward: np.ndarray,
    value: np.ndarray,
    beyond: np.ndarray,
    goes_on: np.ndarray,
    discount: np.ndarray,
    decay: np.ndarray,
    out: np.ndarray,
) -> None:
    steps, rows, streams = reward.shape
    for n in range(rows):
        for k in range(streams):
            running = np.float32(0.0)
            for t in range(steps - 1, -1, -1):
                delta = reward[t, n, k] + discount[k] * beyond[t, n, k] - value[t, n, k]
                running = delta + decay[k] * goes_on[t, n, k] * running
                out[t, n, k] = running
