"""Networks of tasks that share their features, fitted by Gauss-Newton steps, with the gradients that widths need.

    f_i(x; θ) = w_i · φ(x),    φ(x) = tanh(B_L ... tanh(B_1 x + c_1) ... + c_L),    θ = (B, c, w),    L >= 0 layers
    min_θ  Σ (f − f₀ − r)² + λ |θ − θ₀|²,    step  (JᵀJ + λ I + μ I)⁻¹ (Jᵀ (r − f + f₀) − λ (θ − θ₀))

What the network says at first, f₀, is taken from it: nothing known is a pay of 0. Without layers the network is linear,
and a single step with μ = 0 is the ridge regression.

Source: Marquardt, "An Algorithm for Least-Squares Estimation of Nonlinear Parameters", SIAM Journal on Applied
Mathematics 1963 (μ, which grows until the step helps).
"""

from collections.abc import Sequence

import numpy as np


class Network:
    """Sizes and functions of a network for T tasks; its parameters [P] are one vector, of which it holds none.

    Args:
        size: d of the inputs.
        hidden: outputs of each layer, the last is k; none for φ(x) = x.
        tasks: T.

    Attributes:
        count: P.
        features: k.
    """

    def __init__(self, size: int, hidden: Sequence[int], tasks: int) -> None:
        self.shapes: list[tuple[int, ...]] = []
        for width in hidden:
            self.shapes += [(width, size), (width,)]
            size = width
        self.features, self.tasks = size, tasks
        self.shapes.append((tasks, size))
        self.count = sum(int(np.prod(s)) for s in self.shapes)

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        """[P] parameters to begin with: entries N(0, 1 / inputs), offsets 0, and heads N(0, 1 / k)."""
        parts = [rng.normal(size=s) / np.sqrt(s[1]) if len(s) == 2 else np.zeros(s) for s in self.shapes]
        return np.concatenate([part.ravel() for part in parts])

    def parts(self, theta: np.ndarray) -> list[np.ndarray]:
        """Matrices and offsets of each layer and the heads [T, k], as views of [P]."""
        out, at = [], 0
        for shape in self.shapes:
            size = int(np.prod(shape))
            out.append(theta[at : at + size].reshape(shape))
            at += size
        return out

    def phi(self, theta: np.ndarray, x: np.ndarray) -> np.ndarray:
        """[..., k] of inputs [..., d]."""
        *layers, _ = self.parts(theta)
        for B, c in zip(layers[::2], layers[1::2], strict=True):
            x = np.tanh(x @ B.T + c)
        return x

    def value(self, theta: np.ndarray, x: np.ndarray, task: np.ndarray) -> np.ndarray:
        """f [B] of inputs [B, d] of tasks [B]."""
        out: np.ndarray = (self.phi(theta, x) * self.parts(theta)[-1][task]).sum(-1)
        return out

    def gradient(self, theta: np.ndarray, x: np.ndarray, task: np.ndarray) -> np.ndarray:
        """∂f/∂θ [B, P] of inputs [B, d] of tasks [B]."""
        *layers, heads = self.parts(theta)
        shown = [x]
        for B, c in zip(layers[::2], layers[1::2], strict=True):
            shown.append(np.tanh(shown[-1] @ B.T + c))
        rows = np.arange(len(x))
        head = np.zeros((len(x), *heads.shape))
        head[rows, task] = shown[-1]
        found, back = [head.reshape(len(x), -1)], heads[task]
        for level in reversed(range(len(layers) // 2)):
            back = back * (1.0 - shown[level + 1] ** 2)  # [B, width]
            found += [back, (back[:, :, None] * shown[level][:, None]).reshape(len(x), -1)]
            back = back @ layers[2 * level]
        return np.concatenate(found[::-1], axis=1)


def fitted(
    net: Network,
    theta: np.ndarray,
    first: np.ndarray,
    x: np.ndarray,
    task: np.ndarray,
    pay: np.ndarray,
    lam: float,
    steps: int,
) -> np.ndarray:
    """[P] parameters after at most so many Gauss-Newton steps that lower the penalised squares; never higher ones.

    Args:
        net: the network.
        theta: [P] where to begin.
        first: [P] θ₀.
        x: [B, d] inputs.
        task: [B] whose.
        pay: [B] r.
        lam: λ > 0.
        steps: at most.
    """
    aim, damp = pay + net.value(first, x, task), 0.0

    def loss(at: np.ndarray) -> float:
        return float(((net.value(at, x, task) - aim) ** 2).sum() + lam * ((at - first) ** 2).sum())

    now = loss(theta)
    for _ in range(steps):
        J = net.gradient(theta, x, task)
        H, pull = J.T @ J, J.T @ (aim - net.value(theta, x, task)) - lam * (theta - first)
        before = now
        while damp < 1e8 * lam:
            H[np.diag_indices(net.count)] += lam + damp
            tried = theta + np.linalg.solve(H, pull)
            H[np.diag_indices(net.count)] -= lam + damp
            after = loss(tried)
            if after < now:
                theta, now, damp = tried, after, damp / 10 if damp > lam / 10 else 0.0
                break
            damp = max(10 * damp, lam)
        if before - now <= 1e-6 * before:
            break
    return theta
