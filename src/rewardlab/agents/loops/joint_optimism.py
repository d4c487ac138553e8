"""Joint optimism: one arm for each of T tasks, so that the sum of all bounds is largest.

    max over arms (k_1 .. k_T) of  Σ_i a_{i,k_i} + √(s Σ_i q_{i,k_i})

The root couples the tasks. It is below every one of its tangents, √(s Q) ≤ √s (Q / 2c + c / 2), under which the tasks
come apart: this bounds the maximum from above, and the arms that it proposes from below. Where the bounds differ, pairs
(Σ a, Σ q) that no other pair beats in both numbers are carried from task to task, which is exact.
"""

import numpy as np

TANGENTS = 16


def sketch(a: np.ndarray, q: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bounds from tangents.

    Args:
        a: [J, T, n] of J problems.
        q: [J, T, n], >= 0.
        s: [J], >= 0.

    Returns:
        upper bounds [J], values [J] of the arms proposed, and these arms [J, T].
    """
    root = np.sqrt(s)
    low, high = np.sqrt(q.min(2).sum(1)), np.sqrt(q.max(2).sum(1))
    low = np.maximum(low, 1e-9 * high)
    share = np.linspace(0.0, 1.0, TANGENTS)
    c = np.where(high[:, None] > 0, np.maximum(low, 1e-300)[:, None] ** (1 - share) * high[:, None] ** share, 1.0)
    slope = root[:, None] / (2 * c)  # [J, C]
    tilted = a[:, None] + slope[..., None, None] * q[:, None]  # [J, C, T, n]
    arms = tilted.argmax(3)  # [J, C, T]
    upper = (tilted.max(3).sum(2) + root[:, None] * c / 2).min(1)
    picked_a = np.take_along_axis(a[:, None], arms[..., None], 3)[..., 0].sum(2)
    picked_q = np.take_along_axis(q[:, None], arms[..., None], 3)[..., 0].sum(2)
    value = picked_a + np.sqrt(s[:, None] * picked_q)
    best = value.argmax(1)
    rows = np.arange(len(a))
    return upper, value[rows, best], arms[rows, best]


def search(a: np.ndarray, q: np.ndarray, s: float, above: float) -> tuple[float, np.ndarray | None]:
    """The best arms [T] of one problem [T, n] and their value if that is above `above`; else `above` and None."""
    rest_a = np.append(np.cumsum(a.max(1)[::-1])[::-1], 0.0)
    rest_q = np.append(np.cumsum(q.max(1)[::-1])[::-1], 0.0)
    sum_a, sum_q, trail = np.zeros(1), np.zeros(1), []
    for i in range(len(a)):
        total_a, total_q = (sum_a[:, None] + a[i]).ravel(), (sum_q[:, None] + q[i]).ravel()
        hope = total_a + rest_a[i + 1] + np.sqrt(s * (total_q + rest_q[i + 1]))
        kept = np.flatnonzero(hope > above)
        kept = kept[np.lexsort((-total_q[kept], -total_a[kept]))]
        if not len(kept):
            return above, None
        reached = np.maximum.accumulate(total_q[kept])
        kept = kept[np.append(True, total_q[kept][1:] > reached[:-1])]  # nobody has more of both
        trail.append(kept)
        sum_a, sum_q = total_a[kept], total_q[kept]
    value = sum_a + np.sqrt(s * sum_q)
    at, arms, n = int(value.argmax()), [], a.shape[1]
    best = float(value[at])
    for kept in reversed(trail):
        at, arm = divmod(int(kept[at]), n)
        arms.append(arm)
    return best, np.array(arms[::-1])


def jointly(a: np.ndarray, q: np.ndarray, s: np.ndarray) -> tuple[int, np.ndarray, float]:
    """The best of J problems, its arms [T], and its value.

    Args:
        a: [J, T, n].
        q: [J, T, n], >= 0.
        s: [J], >= 0.
    """
    if a.shape[1] == 1:
        value = a[:, 0] + np.sqrt(s[:, None] * q[:, 0])
        j, arm = np.unravel_index(value.argmax(), value.shape)
        return int(j), np.array([arm]), float(value[j, arm])
    upper, value, proposed = sketch(a, q, s)
    best = int(value.argmax())
    most, arms = float(value[best]), proposed[best]
    for j in np.argsort(-upper):
        if upper[j] <= most + 1e-12 * (1 + abs(most)):
            break
        found, better = search(a[j], q[j], float(s[j]), most)
        if better is not None:
            best, most, arms = int(j), found, better
    return best, arms, most
