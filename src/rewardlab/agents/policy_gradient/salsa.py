"""SALSA: the reference is the average of the weights of two fine-tuned models.

    θ_s = α θ_1 + (1 − α) θ_2,    max E[r] − β KL(π ‖ π_s)

Two models that were fine-tuned from the same weights lie in one valley; their average is nearer its middle than either,
and the policies around it are better. For logits that are linear in the weights π_s is the geometric mean
π_1^α π_2^(1−α)/Z, and independent noise of both is halved in variance. Models without common origin average to nothing
of use. The policy starts from θ_1; the soup is its reference in any objective, `group.ref_logp`.

Source: Chegini et al., "SALSA: Soup-based Alignment Learning for Stronger Adaptation in RLHF", 2024, Section 3.
"""

from collections.abc import Mapping

from rewardlab.agents.parts.checked import option
from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption


def soup(one: Mapping[str, Array], two: Mapping[str, Array], alpha: float = 0.5) -> dict[str, Array]:
    """θ_s by name, for a model's `load_state_dict`; numbers that are not floats are those of the first.

    Args:
        one, two: the weights of two models of one architecture, by name.
        alpha: α, the share of the first, 0 to 1.

    Raises:
        BadOption: for a share outside 0 to 1, or weights that do not match.
    """
    option("alpha", alpha, 0 <= alpha <= 1, by="soup", expected="0 to 1")
    for name in {*one, *two}:
        if name not in one or name not in two or tuple(one[name].shape) != tuple(two[name].shape):
            raise BadOption(f"weights {name!r} do not match", where="soup", expected="two models of one architecture")
    floats = {name for name, w in one.items() if "float" in str(w.dtype)}
    return {k: alpha * w + (1.0 - alpha) * two[k] if k in floats else w for k, w in one.items()}
