"""Mixtures of kernels: variances from moments, and the function of states that is known least."""

import numpy as np

_ENUMERATED = 12  # up to so many states every V in {0, 1}^S is tried


def variance_of_moments(mean: np.ndarray) -> np.ndarray:
    """Var[U^(2^m)] [..., L − 1] from the means of U^(2^m) [..., L]: moment m + 1 less the square of moment m."""
    return np.maximum(mean[..., 1:] - mean[..., :-1] ** 2, 0.0)


def most_uncertain(phi: np.ndarray, inverse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The V in {0, 1}^S with the largest ‖φ_V(s, a)‖ [n, S, A, S] and that norm [n, S, A].

    A convex function is largest at a corner. Up to 12 states all corners are tried; beyond, the corner that the slope
    points to is taken until it stays, which never lowers the norm but may end in a lesser maximum.

    Args:
        phi: [d, S, A, S].
        inverse: Σ⁻¹ [n, d, d].
    """
    S = phi.shape[3]
    if S <= _ENUMERATED:
        # V and 1 − V differ, as the features of a constant are no less uncertain: all 2^S.
        corners = ((np.arange(2**S)[:, None] >> np.arange(S)) & 1).astype(float)  # [C, S]
        x = np.moveaxis(phi @ corners.T, 0, 3).reshape(-1, len(phi))  # [S * A * C, d]
        square = ((x @ inverse) * x).sum(2).reshape(-1, *phi.shape[1:3], 2**S)
        best = square.argmax(3)  # [n, S, A]
        return corners[best], np.sqrt(np.maximum(square.max(3), 0.0))
    A = np.einsum("dsay,nde,esaz->nsayz", phi, inverse, phi, optimize=True)
    V = np.ones(A.shape[:-1])
    square = np.einsum("nsay,nsayz,nsaz->nsa", V, A, V)
    first = np.linalg.eigh(A)[1][..., -1]
    for start in ((first > 0).astype(float), (first < 0).astype(float), V.copy()):
        corner = start
        for _ in range(4 * S):
            after = (np.einsum("nsayz,nsaz->nsay", A, corner) > 0).astype(float)
            if (after == corner).all():
                break
            corner = after
        found = np.einsum("nsay,nsayz,nsaz->nsa", corner, A, corner)
        V = np.where((found > square)[..., None], corner, V)
        square = np.maximum(square, found)
    return V, np.sqrt(np.maximum(square, 0.0))
