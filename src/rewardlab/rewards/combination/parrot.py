"""Parrot: Pareto-optimal multi-reward selection.

    P = {i : no j has r_k(j) ≥ r_k(i) for all k and > for some k}
    weight_i = 1(i ∈ P) / |P| · Σ_k w_k z_k(i),    z_k = (r_k − mean r_k) / (std r_k + ε) over the prompt's samples
    ε̂ = w_1 ε(x, c) + w_2 ε(x, c') − (w_1 + w_2 − 1) ε(x, ∅)

Of each prompt's samples only those that no other one dominates push the policy gradient, so that no objective is bought
with a sample that is worse in everything. It helps where fixed weights would let one reward win. What is summed within
P, the weighted sum or the reward of the prompt's token, the paper leaves open: `weights` says it. Evidence: waits for a
diffusion policy that is trained on rewards.

Source: Lee et al., "Parrot: Pareto-optimal Multi-Reward Reinforcement Learning Framework for Text-to-Image Generation",
ECCV 2024, Section 3 (selection, joint training and original-prompt-centred guidance).
"""

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption
from rewardlab.rewards.combination.pareto import non_dominated


def pareto_weights(rewards: Array, weights: Array | None = None, *, epsilon: float = 1e-8) -> Array:
    """What each sample's log-likelihood gradient is multiplied by; 0 for dominated samples.

    Args:
        rewards: [P, N, m], N samples per prompt under m objectives; any axes may stand before N. NumPy or torch.
        weights: [m] or [P, m]; a row with a single 1 is a prompt whose token asks for one reward. Equal shares if not
            given.
        epsilon: added to the deviation. Ours.

    Returns:
        [P, N].

    Raises:
        BadReward: for NaN.
        BadOption: for fewer axes, or weights of another length.
    """
    xp = namespace(rewards)
    if rewards.ndim < 2 or (weights is not None and tuple(weights.shape[-1:]) != tuple(rewards.shape[-1:])):
        raise BadOption(
            f"rewards of shape {tuple(rewards.shape)}",
            where="pareto_weights",
            expected="[P, N, m], and weights [m] or [P, m]",
        )
    kept = xp.astype(non_dominated(rewards), rewards.dtype)  # [P, N]
    centred = rewards - xp.mean(rewards, axis=-2, keepdims=True)
    deviation = xp.sqrt(xp.mean(centred * centred, axis=-2, keepdims=True))
    z = centred / (deviation + epsilon)
    if weights is None:
        total = xp.mean(z, axis=-1)
    else:
        total = xp.sum(z * xp.astype(weights, rewards.dtype)[..., None, :], axis=-1)
    return kept * total / xp.sum(kept, axis=-1, keepdims=True)


def prompt_centred_guidance(plain: Array, expanded: Array, empty: Array, *, w1: float = 5.0, w2: float = 5.0) -> Array:
    """The guided noise estimate, which keeps to the user's prompt when a prompt expander has written another.

    Args:
        plain, expanded, empty: [...] noise estimates for the user's prompt, the expanded one and none.
        w1, w2: the weights of the first two.
    """
    return w1 * plain + w2 * expanded - (w1 + w2 - 1.0) * empty
