"""ConvexDA: which variants of an answer to train a reward model on.

    keep the vertices of  conv{ P e_1, ..., P e_m },    P the projection on the first principal components

Of m light, meaning-preserving variants of an answer, those inside the hull of the others' embeddings are mixtures of
its vertices and add little; the vertices alone are kept. Spends the same number of training items where they differ.

Source: Shen, Chen, Song, Jin, Peng, Mi, Khashabi, Yu, "The Trickle-down Impact of Reward (In-)consistency on RLHF",
ICLR 2024 (ConvexDA).
"""

import numpy as np

from rewardlab.core.errors import BadBatch, BadOption


def principal_components(embeddings: np.ndarray, *, dimensions: int = 2) -> np.ndarray:
    """Centred embeddings [m, D] on their first principal components: [m, d] with d the rank, at most `dimensions`.

    Raises:
        BadBatch: for no embeddings, or numbers that are not finite.
        BadOption: for dimensions below 1.
    """
    e = np.asarray(embeddings, dtype=np.float64)
    if e.ndim != 2 or not e.size or not np.isfinite(e).all():
        raise BadBatch(f"embeddings {e.shape}", where="ConvexDA", expected="finite [m, D], m >= 1")
    if dimensions < 1:
        raise BadOption(f"dimensions={dimensions!r}", where="ConvexDA", expected="an integer >= 1")
    centred = e - e.mean(0)
    _, size, ways = np.linalg.svd(centred, full_matrices=False)
    scale = max(float(np.abs(e).max()), 1.0)
    return centred @ ways[: min(dimensions, int((size > 1e-10 * scale).sum()))].T


def hull_vertices(embeddings: np.ndarray, *, dimensions: int = 2) -> np.ndarray:
    """Positions [v] of the variants to keep, ascending: the vertices of the hull after projection.

    Equal embeddings are kept once; those on a line leave its two ends.

    Args:
        embeddings: [m, D] of the variants.
        dimensions: of the projection.

    Raises:
        BadBatch: for no embeddings, or numbers that are not finite.
        BadOption: for dimensions below 1.
    """
    points = principal_components(embeddings, dimensions=dimensions)
    if points.shape[1] == 0:
        return np.array([0])
    if points.shape[1] == 1:
        return np.unique([points[:, 0].argmin(), points[:, 0].argmax()])
    from scipy.spatial import ConvexHull

    return np.sort(ConvexHull(points).vertices)
