"""Bidirectional max-average similarity (BMAS).

    S_ij = cos(e(u_i), e(v_j)),    BMAS = ½ [ (1/n) Σ_i max_j S_ij + (1/m) Σ_j max_i S_ij ]

Scores a free response of n tokens against a reference of m tokens by their embeddings, for answers that no rule can
check. One direction alone is hacked by a single right token, the other by listing the vocabulary; the mean punishes
both. The order of tokens does not count. Evidence: waits for a policy that writes captions.

Source: Xu, Li, Yang, Zhang, Sun, Chow, Li, Song, Xu, Tong, Li, Fei, "Mixed-R1: Unified Reward Perspective For Reasoning
Capability in Multimodal Large Language Models", arXiv 2505.24164, 2025 (open-ended rewards).
"""

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadBatch


def similarity_parts(response: Array, reference: Array) -> tuple[Array, Array]:
    """The two directions: how well each response token is found in the reference, and the other way round.

    Args:
        response: [n, D] embeddings; n may be 0, which scores 0.
        reference: [m, D] embeddings.

    Raises:
        BadBatch: if the widths differ, or the reference is empty.
    """
    xp = namespace(response, reference)
    if response.ndim != 2 or reference.ndim != 2 or response.shape[1] != reference.shape[1] or not len(reference):
        raise BadBatch(
            f"embeddings {list(response.shape)} and {list(reference.shape)}",
            where="bidirectional_similarity",
            expected="[n, D] and [m, D] with m >= 1",
        )
    if not len(response):
        return xp.zeros_like(reference[0, 0]), xp.zeros_like(reference[0, 0])
    similar = _unit(response) @ _unit(reference).T  # [n, m]
    return xp.mean(xp.max(similar, axis=1)), xp.mean(xp.max(similar, axis=0))


def bidirectional_similarity(response: Array, reference: Array) -> Array:
    """BMAS, a scalar in [-1, 1]; 1 for a response with the reference's own tokens. Arguments as above."""
    forward, backward = similarity_parts(response, reference)
    return 0.5 * (forward + backward)


def _unit(rows: Array) -> Array:
    xp = namespace(rows)
    size = xp.sqrt(xp.sum(rows * rows, axis=1))[:, None]
    return rows / xp.where(size > 0, size, xp.ones_like(size))  # a token of no direction is like none
