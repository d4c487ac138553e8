"""What it costs to leave another policy: estimates from one sample of a token, d = log p − log q, sampled from p.

    k1 = d,    k2 = d²/2,    k3 = e^(−d) − 1 + d,    E_p[k1] = E_p[k3] = KL(p ‖ q)

k1 is unbiased and may be negative; k3 is unbiased and never is; k2 is biased and never is. As losses they differ: in
expectation over p the gradient of k1 is 0 and that of k2 is the gradient of KL(p ‖ q); that of k3 is the gradient of
KL(q ‖ p). All are 0 on padding, [P, G, T].

Source: Schulman, "Approximating KL Divergence", 2020 (the three estimates).
"""

from dataclasses import replace

from rewardlab.agents.parts import masked
from rewardlab.agents.parts.advantage import rewards
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption


def k1(logp: Array, other: Array, mask: Array) -> Array:
    """log p − log q."""
    return masked.counted(logp, mask) - masked.counted(other, mask)


def k2(logp: Array, other: Array, mask: Array) -> Array:
    """(log p − log q)² / 2."""
    return 0.5 * k1(logp, other, mask) ** 2


def k3(logp: Array, other: Array, mask: Array) -> Array:
    """q/p − 1 − log(q/p)."""
    d = k1(logp, other, mask)
    return namespace(d).exp(-d) - 1.0 + d


def to_reference(group: Group, beta: float) -> Array:
    """β k3 of the policy from the reference, [P, G, T]; the number 0 for β = 0, where there may be no reference.

    Raises:
        BadOption: for a negative β.
    """
    _at_least_0(beta)
    return beta * k3(group.logp, constant(group.ref_logp), group.mask) if beta else 0.0


def charged(group: Group, beta: float) -> Group:
    """The group whose rewards pay for the divergence of the sampler: r − β Σ_t (log π_old − log π_ref), numbers.

    Raises:
        BadOption: for a negative β.
    """
    _at_least_0(beta)
    if not beta:  # there may be no reference
        return group
    cost = masked.total(k1(constant(group.old_logp), constant(group.ref_logp), group.mask), group.mask)
    return replace(group, reward=rewards(group) - beta * cost)


def _at_least_0(beta: float) -> None:
    if not beta >= 0:
        raise BadOption(f"beta={beta!r}", where="penalty", expected="a number of at least 0", mend="beta=0.01")
