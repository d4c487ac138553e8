"""Advantages of the agent's own tokens: each is a step, whatever the partner says between two of them.

    δ_t = r_t + γ V(s_t′) − V(s_t),    A_t = δ_t + γλ A_t′,    R_t = A_t + V(s_t)

t′ is the next own token, in this turn or the next one; after the last there is no value where the world ended, and that
of the dialogue as it stands where only a limit ended it.

Source: Schulman, Moritz, Levine, Jordan, Abbeel, "High-Dimensional Continuous Control Using Generalized Advantage
Estimation", ICLR 2016, Equation 16; Schulman, Wolski, Dhariwal, Radford, Klimov, "Proximal Policy Optimization
Algorithms", 2017, Section 5; Huang et al., "The N+ Implementation Details of RLHF with PPO", 2024 (clipped values).
"""

import torch
from torch import Tensor


def gae(reward: Tensor, value: Tensor, beyond: Tensor, mask: Tensor, *, gamma: float, lam: float) -> Tensor:
    """Advantages [*lead, T], 0 where the mask is 0; what stands there is never looked at.

    Args:
        reward: [*lead, T], paid for each own token.
        value: [*lead, T] of the states in which own tokens are said.
        beyond: [*lead], the value after the last own token: 0 where the world ended.
        mask: [*lead, T], not 0 on own tokens.
        gamma, lam: γ and λ of one own token.
    """
    own = mask != 0
    out, running, later = torch.zeros_like(value), torch.zeros_like(beyond), beyond
    for t in range(value.shape[-1] - 1, -1, -1):
        here = own[..., t]
        now = reward[..., t] + gamma * later - value[..., t] + gamma * lam * running
        running = torch.where(here, now, running)
        later = torch.where(here, value[..., t], later)
        out[..., t] = torch.where(here, now, 0.0)
    return out


def whitened(x: Tensor, mask: Tensor, epsilon: float = 1e-8) -> Tensor:
    """(x − mean) / (deviation + ε) over all tokens that count, 0 elsewhere."""
    own = mask != 0
    count = own.sum().clamp(min=1)
    centred = torch.where(own, x - torch.where(own, x, 0.0).sum() / count, 0.0)
    return centred / ((centred**2).sum() / count + epsilon).sqrt()


def value_loss(value: Tensor, old: Tensor, target: Tensor, mask: Tensor, clip: float | None) -> Tensor:
    """½ mean over own tokens of max((V − R)², (V_old + min(max(V − V_old, −c), c) − R)²), a number.

    Args:
        value: [*lead, T] as it is now, with its gradient.
        old: [*lead, T] as it was.
        target: [*lead, T], R.
        mask: [*lead, T], not 0 on own tokens.
        clip: c, how far a value is followed from where it was; None for any way.
    """
    own = mask != 0
    v, o, r = (torch.where(own, x, 0.0) for x in (value, old, target))
    off = (v - r) ** 2
    if clip is not None:
        off = torch.maximum(off, (o + (v - o).clamp(-clip, clip) - r) ** 2)
    return 0.5 * off.sum() / own.sum().clamp(min=1)
