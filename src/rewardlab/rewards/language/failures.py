"""How recorded episodes failed, by cause; and whether a reward's sign agrees with how they ended.

An episode that ended without success died; one that ran out of time lacks the first of the flags (in the order of the
columns) that never came true. A column `failure` with words of its own is taken as it stands.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward

DEATH = "death"
STANDS_OUT = 0.4
"""The gap between two shares from which on a sign is told."""


@dataclass(frozen=True)
class Failures:
    """A histogram of causes.

    Attributes:
        failed: episodes that failed and were looked at.
        episodes: all of them.
        causes: cause -> how many of the failed ones.
        before_death: what stood out on the last step of those that died: sign -> (share there, share elsewhere).
    """

    failed: int
    episodes: int
    causes: Mapping[str, int]
    before_death: Mapping[str, tuple[float, float]]

    def text(self) -> str:
        """In lines: "7 of 10 failed episodes: death"."""
        lines = [f"{n} of {self.failed} failed episodes: {cause}" for cause, n in self.causes.items()]
        lines += [
            f"on the step of a death: {sign} (in {there:.0%}, elsewhere in {elsewhere:.0%})"
            for sign, (there, elsewhere) in self.before_death.items()
        ]
        return "\n".join(lines)


def histogram(steps: Transitions, *, most: int = 10, card: str = "") -> Failures:
    """The causes of the first `most` failed episodes of recorded steps [T, N].

    Args:
        steps: oldest first; the first row begins an episode everywhere.
        most: failed episodes that are looked at, in the order of their ends.
        card: the description, which may say where in a picture of codes the agent itself stands.
    """
    done, died = array(steps.done), array(steps.terminated)
    won = array(steps.info["success"]).astype(bool) if "success" in steps.info else np.zeros_like(done)
    flags = {k: c for k, c in _flags(steps).items() if k not in ("success", "is_success")}
    told = array(steps.info["failure"]) if "failure" in steps.info else None
    causes: Counter[str] = Counter()
    last: list[tuple[int, int]] = []
    failed = 0
    begun = np.zeros(done.shape[1], dtype=int)
    for t, n in np.argwhere(done):
        span, begun[n] = slice(begun[n], t + 1), t + 1
        if won[t, n] or failed == most:
            continue
        failed += 1
        word = str(told[t, n]) if told is not None and told.dtype.kind in "OUS" else ""
        never = next((k for k, c in flags.items() if not c[span, n].any()), "")
        if died[t, n]:
            last.append((int(t), int(n)))
            causes[f"{DEATH} ({word})" if word else DEATH] += 1
        else:
            causes[(f"{word or 'time'}" + (f", never {never}" if never else ""))] += 1
    return Failures(failed, int(done.sum()), dict(causes.most_common()), _before(steps, last, card))


def signs(reward: Reward, batch: Transitions) -> list[str]:
    """Wrong signs of a reward on recorded steps [B]: deaths that are paid, successes that are not."""
    if "success" not in batch.info:
        return []
    won = array(batch.info["success"]).astype(bool)
    died = array(batch.terminated) & ~won
    pay = array(reward(batch)).astype(float)
    found = []
    if won.any() and pay[won].mean() <= 0:
        found.append(f"a step that succeeds is paid {pay[won].mean():.3g} on average: it should be above 0")
    if died.any() and pay[died].mean() > 0:
        found.append(
            f"a step that ends the episode without success is paid {pay[died].mean():.3g} on average: "
            "it should not be above 0"
        )
    return found


def _flags(steps: Transitions) -> dict[str, np.ndarray]:
    columns = {k: array(c) for k, c in steps.info.items() if not isinstance(c, Mapping)}
    return {k: c for k, c in columns.items() if c.dtype == bool and c.shape == steps.shape}


def _before(steps: Transitions, last: list[tuple[int, int]], card: str) -> dict[str, tuple[float, float]]:
    """Codes of a picture that are one step away before a death much more often than before other steps."""
    found: dict[str, tuple[float, float]] = {}
    if not last or not isinstance(steps.obs, Mapping):
        return found
    at = tuple(np.array(last).T)
    own = re.search(r"itself at \[(\d+), (\d+)\]", card)
    for key, value in steps.obs.items():
        image = array(value)
        if own is None or image.ndim != 5 or image.dtype.kind not in "ui":
            continue
        x, y = int(own[1]), int(own[2])
        beside = [(x + dx, y + dy) for dx, dy in ((0, -1), (-1, 0), (1, 0), (0, 1))]
        cells = [image[..., i, j, 0] for i, j in beside if 0 <= i < image.shape[2] and 0 <= j < image.shape[3]]
        for code in np.unique(np.stack([c[at] for c in cells])):
            near = np.any([c == code for c in cells], axis=0)  # [T, N]
            others = near.sum() - near[at].sum(), near.size - len(last)
            there, elsewhere = float(near[at].mean()), float(others[0] / max(others[1], 1))
            if there - elsewhere >= STANDS_OUT:
                found[f"{key}_to_{code} <= 1"] = (there, elsewhere)
    return found
