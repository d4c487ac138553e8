"""How good a judge of sub-goals is, without any learning: its answers against flags of the simulator.

    precision = TP / (TP + FP),  recall = TP / (TP + FN),  F1 = 2 TP / (2 TP + FP + FN),  accuracy = (TP + TN) / n

Source: Pignatelli, Ferret, Rocktäschel, Grefenstette, Paglieri, Coward, Toni, "Assessing the Zero-Shot Capabilities of
LLMs for Action Evaluation in RL", 2024, Section 4 (scores of annotations by kind of observation, with sub-goals given
or found).
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.rewards.language.captioned import Words, words_of
from rewardlab.rewards.language.judging import Item, Judge, verdicts


def labelled_steps(batch: Transitions, words: Words, flags: Mapping[str, str]) -> tuple[list[Item], np.ndarray]:
    """Items (sub-goal, step in words) and labels [M]: 1 where a flag of the simulator has risen in the step.

    Args:
        batch: recorded steps [T, N], oldest first, whose first row begins an episode everywhere.
        words: the `info` column of steps in words, or a function of steps to texts.
        flags: sub-goal in words -> `info` column that is up once it was achieved in the episode.
    """
    told = words_of(words, batch, by="labelled_steps").reshape(-1).tolist()
    begun = np.concatenate([np.ones((1, *batch.shape[1:]), dtype=bool), array(batch.done)[:-1]])
    items: list[Item] = []
    labels = []
    for goal, column in flags.items():
        up = array(batch.column(column, by="labelled_steps")).astype(bool)
        before = np.concatenate([np.zeros_like(up[:1]), up[:-1]]) & ~begun
        items += [(goal, text) for text in told]
        labels.append((up & ~before).reshape(-1))
    return items, np.concatenate(labels).astype(np.float64)


def verdict_scores(judge: Judge, items: Sequence[Item], labels: np.ndarray, *, batch: int = 512) -> dict[str, float]:
    """Precision, recall, F1 and accuracy of a judge; "unanswered" counts items without an answer, taken for 0.

    A ratio over nothing is NaN: precision if nothing was said to be achieved, recall if nothing was.

    Args:
        judge: who is asked.
        items: [M].
        labels: [M] of 0 and 1, the truth.
        batch: items that are asked at once.

    Raises:
        BadOption: for another number of labels, or none.
    """
    truth = np.asarray(labels) > 0.5
    if not len(items) or truth.shape != (len(items),):
        raise BadOption(f"{truth.shape} labels of {len(items)} items", where="verdict_scores", expected="one for each")
    said = np.concatenate([_said(judge, items[k : k + batch]) for k in range(0, len(items), batch)])
    yes = said > 0.5
    hits, false, missed = ((yes & truth).sum(), (yes & ~truth).sum(), (~yes & truth).sum())
    return {
        "precision": _ratio(hits, hits + false), "recall": _ratio(hits, hits + missed),
        "f1": _ratio(2 * hits, 2 * hits + false + missed), "accuracy": float((yes == truth).mean()),
        "unanswered": float(np.isnan(said).sum()), "items": float(len(items)),
    }  # fmt: skip


def _said(judge: Judge, items: Sequence[Item]) -> np.ndarray:
    try:
        return verdicts(judge, items)
    except OracleFailed:
        return np.full(len(items), np.nan)


def _ratio(a: float, b: float) -> float:
    return float(a / b) if b else math.nan
