"""Graded preferences of several annotators: the few that agree best, and no outliers.

    the `keep` preferences with the smallest range;    none if that range is above `spread`
    label = 1(mean > 0),    strength = |mean|, rounded;    none if it is 0

One annotator who took the task the other way round no longer cancels the rest; pairs on which nobody agrees, and ties,
are left out. Where all err alike, and none by much, the mean of all annotators tells more.

Source: Wang, Bukharin, Delalleau, Egert, Shen, Zeng, Kuchaiev, Dong, "HelpSteer2-Preference: Complementing Ratings with
Preferences", ICLR 2025 (the three most agreeing annotations, outliers dropped).
"""

import numpy as np

from rewardlab.core.arrays import Array, array
from rewardlab.core.errors import BadBatch, BadOption


def agreed(preferences: Array, *, keep: int = 3, spread: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and strengths of pairs that several annotators judged.

    Args:
        preferences: [P, A] in −3 .. 3, the larger the better the first; NaN where an annotator did not judge.
        keep: how many annotators count; fewer count where fewer judged.
        spread: the largest range among those that count.

    Returns:
        `label` [P] in {1, 0}, NaN for what is left out, and `strength` [P] in {1, 2, 3}, 0 for what is left out.

    Raises:
        BadOption: for fewer than one annotator to keep, or a negative spread.
        BadBatch: if the preferences are not [P, A].
    """
    if keep < 1 or not spread >= 0:
        raise BadOption(f"keep={keep!r}, spread={spread!r}", where="agreed", expected="keep >= 1, spread >= 0")
    x = np.sort(array(preferences).astype(np.float64), axis=-1)  # NaN last
    if x.ndim != 2:
        raise BadBatch(f"preferences {x.shape}", where="agreed", expected="[P, A]")
    many = np.isfinite(x).sum(-1)
    mean, wide = np.full(len(x), np.nan), np.full(len(x), np.inf)
    for size in range(1, keep + 1):  # rows with fewer judgements than `keep` use all of theirs
        rows = np.flatnonzero(np.minimum(many, keep) == size)
        windows = np.lib.stride_tricks.sliding_window_view(x[rows], size, axis=-1) if x.shape[1] >= size else None
        if windows is None or not len(rows):
            continue
        ranges = windows[..., -1] - windows[..., 0]
        best = np.nanargmin(ranges, axis=-1)
        chosen = windows[np.arange(len(rows)), best]
        mean[rows], wide[rows] = chosen.mean(-1), chosen[:, -1] - chosen[:, 0]
    strength = np.where(wide <= spread, np.floor(np.abs(mean) + 0.5), 0.0)
    strength = np.nan_to_num(strength)
    return np.where(strength > 0, (mean > 0) * 1.0, np.nan), strength
