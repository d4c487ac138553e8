"""Adversarial soft advantage fitting (ASAF).

    D(τ) = Π_t π_θ(a_t | s_t) / (Π_t π_θ(a_t | s_t) + Π_t π_G(a_t | s_t))
    min_θ −E_{τ ~ expert} log D(τ) − E_{τ ~ π_G} log(1 − D(τ)),    then π_G ← π_θ

Imitation without a reinforcement-learning step: the discriminator is made of two policies, the one that plays now and
the one that is fitted, so that fitting it is already the next policy. At the optimum the fitted policy gives the
expert's windows of steps their own probabilities, and D is 1/2 once the two policies agree.

Source: Roy, "Effective Reward Specification in Deep Reinforcement Learning", PhD thesis, Polytechnique Montréal 2024;
Barde, Roy, Jeon, Pineau, Pal, Nowrouzezahrai, "Adversarial Soft Advantage Fitting: Imitation Learning without Policy
Optimization", NeurIPS 2020, Equation 8.
"""

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadBatch


def structured_logit(fitted: Array, playing: Array, mask: Array) -> Array:
    """log D − log(1 − D) [B] of windows of steps.

    Args:
        fitted: [B, T] log π_θ of the actions taken; may carry a gradient.
        playing: [B, T] log π_G.
        mask: [B, T] bool, the steps that there are.

    Raises:
        BadBatch: for arrays of different shapes.
    """
    if not tuple(fitted.shape) == tuple(playing.shape) == tuple(mask.shape):
        raise BadBatch(
            f"shapes {tuple(fitted.shape)}, {tuple(playing.shape)}, {tuple(mask.shape)}",
            where="structured_logit",
            expected="three of [B, T]",
        )
    xp = namespace(fitted)
    return xp.where(mask, fitted - playing, xp.zeros_like(fitted)).sum(-1)


def asaf_loss(expert: Array, own: Array) -> Array:
    """The binary cross entropy [] of structured logits: of expert windows [B], and of the playing policy's own [C]."""
    return _softplus(-expert).mean() + _softplus(own).mean()


def _softplus(x: Array) -> Array:
    """log(1 + exp(x)) without overflow; its slope at 0, where every fit begins, is 1/2."""
    xp = namespace(x)
    size = xp.abs(x)
    return 0.5 * (x + size) + xp.log1p(xp.exp(-size))
