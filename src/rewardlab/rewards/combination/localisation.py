"""Vision-R1: criterion-driven localisation reward.

    R = (r_f + r_r + r_p) / 3,    r_r = (1/M) Σ_i 1[u_i > ξ],    r_p = (1/n) Σ_i φ(u_i)
    φ(u) = 0 if u < low, 1 if u > high, u otherwise

Pays an answer of n boxes for its form r_f, for the M true boxes that it finds and for how well its own boxes fit, after
the best one-to-one matching (u: IoU of matched boxes; a second box on one target counts against r_p). The thresholds
tighten once recall is good: loose ones give answers of early training different pays, strict ones keep pushing later.
Evidence: waits for a policy that reads pictures.

Source: Zhan, Zhu, Zheng, Zhao, Yang, Tang, Wang, "Vision-R1: Evolving Human-Free Alignment in Large Vision-Language
Models via Vision-Guided Reinforcement Learning", arXiv 2503.18013, 2025, Section 3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.answers import paid, parsed, told
from rewardlab.rewards.combination.boxes import assign, giou_matrix, iou_matrix, read_boxes, unknown

EARLY, LATE = (0.5, 0.5, 0.75), (0.75, 0.75, 0.9)
"""ξ, low and high at the beginning, and once the thresholds have tightened."""
NOTHING = {"format": 0.0, "recall": 0.0, "precision": 0.0}


def localisation_parts(
    boxes: Any,
    truth: Any,
    *,
    xi: float = 0.5,
    low: float = 0.5,
    high: float = 0.75,
    labels: Sequence[Any] | None = None,
    true_labels: Sequence[Any] | None = None,
    extent: float = 1.0,
) -> dict[str, float]:
    """Format, recall and precision of one answer, each in [0, 1].

    Where there is nothing to find, no boxes is the right answer in all three. Labels guide the matching alone.

    Args:
        boxes: n boxes [n, 4] of the answer; None, or what is not finite or not in order, does not parse.
        truth: M true boxes [M, 4], or one [4]; NaN in it gives NaN.
        xi: ξ, the IoU above which a target is found.
        low, high: thresholds of φ.
        labels: n classes of the boxes; all the same if None.
        true_labels: M classes of the targets.
        extent: the side of the picture, which brings distances between boxes to [0, 1] for the matching.

    Raises:
        BadBatch: for a truth that is not boxes, or labels of another length.
    """
    targets, found = read_boxes(truth), read_boxes(boxes)
    if targets is None:
        if unknown(truth):
            return dict.fromkeys(NOTHING, float("nan"))
        raise BadBatch(f"truth {truth!r}", where="localisation_parts", expected="[M, 4] with x1 <= x2 and y1 <= y2")
    if found is None:
        return dict(NOTHING)
    if not len(targets) or not len(found):
        return dict.fromkeys(NOTHING, float(len(targets) == len(found)))
    overlap = iou_matrix(found, targets)
    distance = np.abs(found[:, None] - targets[None]).sum(-1) / extent
    rows, columns = assign(distance - _same(labels, true_labels, overlap.shape) - giou_matrix(found, targets))
    u = overlap[rows, columns]
    graded = np.where(u < low, 0.0, np.where(u > high, 1.0, u))
    return {
        "format": 1.0,
        "recall": float((u > xi).sum() / len(targets)),
        "precision": float(graded.sum() / len(found)),
    }


def localisation_reward(boxes: Any, truth: Any, **options: Any) -> float:
    """R in [0, 1]: the mean of the three parts; arguments as for `localisation_parts`."""
    return sum(localisation_parts(boxes, truth, **options).values()) / 3


@dataclass
class Localisation(Reward):
    """Pays R of each answer with thresholds that tighten for good after `steps`, or once recall passes `enough`.

    Args:
        parse: makes boxes [n, 4] of an action, or None if it cannot; the action itself is the boxes if None.
        column: the info column with the true boxes, [B, 4] or B arrays [M, 4].
        early: ξ, low, high at the beginning.
        late: the same once tightened.
        enough: the mean recall of a batch above which they tighten.
        steps: transitions learned from after which they tighten in any case; never if None.
        extent: the side of the picture.

    Raises:
        BadOption: for thresholds outside [0, 1] or out of order, or steps below 1.
        MissingColumn: when called, without the column.
    """

    parse: Callable[[Any], Any] | None = None
    column: str = "boxes"
    early: tuple[float, float, float] = EARLY
    late: tuple[float, float, float] = LATE
    enough: float = 0.75
    steps: int | None = None
    extent: float = 1.0
    knowledge: ClassVar[str] = "the true boxes"

    def __post_init__(self) -> None:
        for name in ("early", "late"):
            values = getattr(self, name)
            if len(values) != 3 or not (0 <= values[0] <= 1 and 0 <= values[1] <= values[2] <= 1):
                raise BadOption(f"{name}={values!r}", where="Localisation", expected="(ξ, low <= high), all in [0, 1]")
        if self.steps is not None and self.steps < 1:
            raise BadOption(f"steps={self.steps!r}", where="Localisation", expected="an integer >= 1, or None")
        if not self.extent > 0:
            raise BadOption(f"extent={self.extent!r}", where="Localisation", expected="a number above 0")
        self._seen, self._tight = 0, False

    @property
    def tight(self) -> bool:
        """Whether the late thresholds are in force."""
        return self._tight

    def __call__(self, batch: Transitions) -> Array:
        return paid([sum(p.values()) / 3 for p in self._parts(batch)], batch)

    def update(self, batch: Transitions) -> dict[str, float]:
        recalls = [p["recall"] for p in self._parts(batch)]
        if not recalls:
            return {}
        recall = float(np.mean(recalls))
        self._seen += len(recalls)
        self._tight = self._tight or recall > self.enough or (self.steps is not None and self._seen >= self.steps)
        return {f"{self.name}/recall": recall, f"{self.name}/tight": float(self._tight)}

    def _parts(self, batch: Transitions) -> list[dict[str, float]]:
        xi, low, high = self.late if self._tight else self.early
        rows = zip(parsed(batch, self.parse), told(batch, self.column, by="Localisation"), strict=True)
        return [localisation_parts(b, t, xi=xi, low=low, high=high, extent=self.extent) for b, t in rows]

    def state_dict(self) -> dict[str, Any]:
        return {"seen": self._seen, "tight": self._tight}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("seen", "tight"), where="Localisation")
        self._seen, self._tight = int(state["seen"]), bool(state["tight"])


def _same(labels: Sequence[Any] | None, true_labels: Sequence[Any] | None, shape: tuple[int, int]) -> np.ndarray:
    """[n, m]: 1 where the classes agree; 1 everywhere without classes."""
    if labels is None or true_labels is None:
        return np.ones(shape)
    if (len(labels), len(true_labels)) != shape:
        raise BadBatch(f"{len(labels)} and {len(true_labels)} labels", where="localisation_parts", expected=f"{shape}")
    return np.array([[float(a == b) for b in true_labels] for a in labels])
