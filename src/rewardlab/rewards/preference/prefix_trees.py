"""Tree-structured preference data: comparisons of the leaves of a prefix tree, and what they leave open.

    K(y, y') = level_var · |common prefix|,    S = K − K Aᵀ (A K Aᵀ + v I)⁻¹ A K,    d(i, j) = S_ii + S_jj − 2 S_ij
    flat prior: d is a resistance: in series d = d₁ + d₂, in parallel 1/d = 1/d₁ + 1/d₂

Each branch of a tree stands in many responses, so that one label informs of all that share it: with few labels, mean d
is about half of that of independent responses (the chain). With many labels the two come together.

Source: Qiu, Zeng, Ji, Yan, Wang, Zhou, Han, Dai, Pan, Yang, "Reward Generalization in RLHF: A Topological Perspective",
Findings of ACL 2025, Sections 3 and 4; the Gaussian form is ours. Resistances: Klein, Randić, "Resistance Distance",
Journal of Mathematical Chemistry 1993.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption


@dataclass(frozen=True)
class PrefixLikeness:
    """Covariance of responses as sequences: what each shared step of their common prefix adds to both.

        K(y, y') = level_var · length of the common prefix

    Args:
        level_var: variance of the effect of one step, > 0.

    Raises:
        BadOption: if it is not positive.
    """

    level_var: float = 1.0

    def __post_init__(self) -> None:
        if not self.level_var > 0:
            raise BadOption(f"level_var={self.level_var!r}", where="PrefixLikeness", expected="> 0")

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """[N, M] of sequences [N, D] and [M, D]."""
        same = x[:, None] == y[None]
        return self.level_var * np.logical_and.accumulate(same, -1).sum(-1)


def posterior(prior: np.ndarray, first: np.ndarray, second: np.ndarray, *, noise: float = 1.0) -> np.ndarray:
    """S [N, N] after comparisons of responses first [n] with second [n], under the prior K [N, N]."""
    signs = np.zeros((len(first), len(prior)))
    np.add.at(signs, (np.arange(len(first)), first), 1.0)
    np.add.at(signs, (np.arange(len(first)), second), -1.0)
    across = signs @ prior
    return prior - across.T @ np.linalg.solve(across @ signs.T + noise * np.eye(len(first)), across)


def inference_distance(covariance: np.ndarray) -> np.ndarray:
    """d [N, N] of a covariance S [N, N]."""
    own = np.diagonal(covariance)
    return own[:, None] + own[None] - 2.0 * covariance


def resistance(nodes: int, first: np.ndarray, second: np.ndarray, variance: Array = 1.0) -> np.ndarray:
    """d [N, N] under a flat prior: variances [n] of comparisons add in series, and their inverses in parallel.

    It is infinite between responses that no path of comparisons joins.
    """
    from scipy.sparse.csgraph import connected_components

    weight = np.broadcast_to(1.0 / np.asarray(variance, dtype=np.float64), np.shape(first))
    laplacian = np.zeros((nodes, nodes))
    for a, b, w in zip(first, second, weight, strict=True):
        laplacian[[a, b], [a, b]] += w
        laplacian[[a, b], [b, a]] -= w
    part = connected_components(laplacian, directed=False)[1]  # [N]
    found = inference_distance(np.linalg.pinv(laplacian, hermitian=True))
    return np.where(part[:, None] == part, found, np.inf)


def prefix_tree(*, depth: int = 6, branching: int = 2, vocabulary: int | None = None, seed: int = 0) -> np.ndarray:
    """The leaves [B^D, D] of a prefix tree of responses: every prefix goes on with B different tokens.

    Args:
        depth: D >= 1 tokens of a response.
        branching: B >= 1 children of each prefix.
        vocabulary: number of tokens that children are drawn from, at least B; B by default, so that all are taken.
        seed: of the draw.

    Raises:
        BadOption: for a number outside its range.
    """
    tokens = branching if vocabulary is None else vocabulary
    if depth < 1 or branching < 1 or tokens < branching:
        raise BadOption(
            f"depth={depth!r}, branching={branching!r}, vocabulary={vocabulary!r}",
            where="prefix_tree",
            expected="depth >= 1, branching >= 1, vocabulary >= branching",
        )
    rng, leaves = np.random.default_rng(seed), np.zeros((1, 0), dtype=np.int64)
    for _ in range(depth):
        drawn = rng.permuted(np.tile(np.arange(tokens), (len(leaves), 1)), axis=1)[:, :branching]
        leaves = np.concatenate([np.repeat(leaves, branching, 0), np.sort(drawn, 1).reshape(-1, 1)], 1)
    return leaves


def different_pairs(count: int, *, pairs: int, seed: int = 0) -> np.ndarray:
    """Positions [P, 2] of pairs of different responses out of `count`, each pair drawn alike.

    Raises:
        BadOption: for fewer than two responses or one pair.
    """
    if count < 2 or pairs < 1:
        raise BadOption(f"count={count!r}, pairs={pairs!r}", where="different_pairs", expected="count >= 2, pairs >= 1")
    rng = np.random.default_rng(seed)
    first = rng.integers(0, count, pairs)
    return np.stack([first, (first + rng.integers(1, count, pairs)) % count], 1)
