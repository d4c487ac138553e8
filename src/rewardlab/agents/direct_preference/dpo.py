"""Direct preference optimisation.

    L = −log σ(m),    m = β [h(y_w) − h(y_l)],    h(y) = log π(y | x) / π_ref(y | x)
    ∂L/∂θ = −β σ(−m) [∂ log π(y_w) − ∂ log π(y_l)]

If preferences follow a reward r by Bradley and Terry, the minimum is the policy that maximises E r − β KL(π ‖ π_ref),
π_ref exp(r/β) / Z: a reward model and its optimal policy in one. `cdpo` believes a label to 1 − ε; `rdpo` takes the
flips of noisy labels out of the loss.

Source: Rafailov, Sharma, Mitchell, Ermon, Manning, Finn, "Direct Preference Optimization: Your Language Model is
Secretly a Reward Model", NeurIPS 2023, Equation 7; Chowdhury, Kini, Natarajan, "Provably Robust DPO: Aligning Language
Models with Noisy Feedback", ICML 2024, Section 3 (cdpo, rdpo).
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import above_0, shares
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def dpo(group: Group, *, beta: float = 0.1) -> Array:
    """−log σ(m), [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        beta: β > 0, the price of a nat away from the reference.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("dpo", beta=beta)
    return link.logistic(beta * pair(group, log_ratio(checked(group, "dpo", responses=2))))


def cdpo(group: Group, *, beta: float = 0.1, flip: float = 0.1) -> Array:
    """Conservative DPO: (1 − ε) ℓ(m) + ε ℓ(−m), [P]; its minimum has σ(m) = 1 − ε.

    Args:
        group: as for `dpo`.
        beta: β > 0.
        flip: ε, the probability that a label is wrong.

    Raises:
        BadBatch: as `dpo`.
        BadOption: for a number outside its range.
    """
    above_0("cdpo", beta=beta)
    shares("cdpo", flip=flip)
    return link.soft(beta * pair(group, log_ratio(checked(group, "cdpo", responses=2))), 1.0 - flip)


def rdpo(group: Group, *, beta: float = 0.1, flip: float = 0.1) -> Array:
    """Robust DPO: [(1 − ε) ℓ(m) − ε ℓ(−m)] / (1 − 2ε), [P]; over flipped labels its mean is DPO's on true ones.

    Args:
        group: as for `dpo`.
        beta: β > 0.
        flip: ε in [0, 1/2), the probability with which labels were flipped.

    Raises:
        BadBatch: as `dpo`.
        BadOption: for a `flip` of 1/2 or more.
    """
    above_0("rdpo", beta=beta)
    return link.debiased(beta * pair(group, log_ratio(checked(group, "rdpo", responses=2))), flip)
