"""EMPG: sure steps learn more than unsure ones, and leading to sure steps pays.

    h_t = (H_t − min)/(max − min),    g_t = exp(−k h_t) / mean exp(−k h),    f_t = exp(−k' h_t)
    A_it = A_i g_t + ζ f_{t+1} − mean,    f = 0 after the last step;  means over all steps of the batch

H_t is the mean entropy of the tokens of step (turn) t. The gradient of a sure step is small, E‖∇ log π‖² = 1 − e^(−H₂)
for a softmax, whatever was done; the weight corrects it: right and sure is confirmed, wrong and sure is punished, and
unsure steps are damped. The loss is GRPO's with these advantages of steps, all numbers without gradient. With k = ζ = 0
only the centring over steps is left, which is nothing where all responses have equally many steps.

Source: Wang et al., "Harnessing Uncertainty: Entropy-Modulated Policy Gradients for Long-Horizon LLM Agents", 2025,
Section 3.
"""

from rewardlab.agents.parts import advantage, masked, modulate, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def empg(
    group: Group,
    *,
    k: float = 1.0,
    k_future: float = 1.0,
    zeta: float = 0.05,
    low: float = 0.2,
    high: float = 0.2,
    epsilon: float = 1e-6,
) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: with the columns `entropy` [P, G, T] in nats and `turn` [P, G, T], the number of each token's step.
        k: how much less unsure steps learn.
        k_future: k', how much less unsure next steps pay.
        zeta: ζ, the weight of what the next step pays.
        low, high: how far below and above 1 the ratio of a token is followed.
        epsilon: added to the standard deviation.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a negative clip.
        MissingColumn: if there is no entropy or no turn.
    """
    checked(group, "empg")
    turn = column(group, "turn", by="empg")
    a, has = modulated(group, advantage.normalised(group, epsilon), k=k, k_future=k_future, zeta=zeta)
    a = masked.counted(a - masked.batch_mean(a, has), has)
    loss = surrogate.clip(ratio.token(group), modulate.to_tokens(a, turn, group.mask), low, high)
    return reduce.per_response(loss, group.mask)


def modulated(group: Group, a: Array, *, k: float, k_future: float, zeta: float) -> tuple[Array, Array]:
    """A_i g_t + ζ f_{t+1} of each step, [P, G, K], before centring; and which steps a response has, bool."""
    entropy, turn = constant(column(group, "entropy", by="empg")), column(group, "turn", by="empg")
    h, has = modulate.steps(entropy, turn, group.mask)
    h = modulate.scaled(h, has)
    xp = namespace(h)
    g = xp.exp(-k * h)
    return a * (g / masked.batch_mean(g, has)) + zeta * modulate.following(xp.exp(-k_future * h), has), has
