"""What recorded episodes say about an agent: how often it succeeds, what each term paid, how it fails, in words.

Nothing here knows a task: episodes are cut at `done`, failures are grouped by how they end and by which of the boolean
info columns ever came true, and each group is told with the numeric columns at its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import array, tree_leaves
from rewardlab.core.batch import Transitions

_OWN = ("success", "is_success", "task_reward", "true_reward", "level_seed", "env_row", "reward_parts")
_MOST_BOOLEANS, _MOST_NUMBERS, _MOST_GROUPS = 6, 4, 4
_STILL = 1e-6


@dataclass(frozen=True)
class Analysis:
    """Recorded episodes in numbers and words; plain values, so that a transcript keeps all of it.

    Attributes:
        episodes: that ended within the recording.
        success: share of them that succeeded; None where no column says.
        task_return: mean return of the task's own reward.
        length: mean number of steps.
        ends: "terminated" and "truncated" -> share of the episodes.
        terms: part of the reward -> "mean", "minimum", "maximum" per step and "share" of all that was paid, by size.
        failures: one sentence per group of failed episodes, the largest first.
        shares: the share of all episodes in each of these groups.
    """

    episodes: int
    success: float | None
    task_return: float
    length: float
    ends: Mapping[str, float]
    terms: Mapping[str, Mapping[str, float]]
    failures: tuple[str, ...]
    shares: tuple[float, ...]

    def text(self) -> str:
        """All of it in a few lines, as a designer reads it."""
        if not self.episodes:
            return "No episode ended within the recording."
        head = (
            f"{self.episodes} episodes of {self.length:.3g} steps on average; mean task return {self.task_return:.4g}"
        )
        head += "" if self.success is None else f"; success in {self.success:.0%}"
        ends = ", ".join(f"{share:.0%} {kind}" for kind, share in self.ends.items() if share)
        lines = [f"{head}.", f"Ends: {ends}."]
        if self.terms:
            lines.append("Terms of the reward per step (mean, minimum .. maximum, share of what was paid):")
            lines += [
                f"  {k}: {v['mean']:.4g}, {v['minimum']:.4g} .. {v['maximum']:.4g}, {v['share']:.0%}"
                for k, v in self.terms.items()
            ]
        if self.failures:
            lines.append("Failures:")
            lines += [
                f"  {share:.0%} of the episodes {words}"
                for share, words in zip(self.shares, self.failures, strict=True)
            ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "episodes": self.episodes,
            "success": self.success,
            "task_return": self.task_return,
            "length": self.length,
            "ends": dict(self.ends),
            "terms": {k: dict(v) for k, v in self.terms.items()},
            "failures": list(self.failures),
            "shares": list(self.shares),
        }

    @staticmethod
    def from_json(held: Mapping[str, Any]) -> "Analysis":
        """What `to_json` wrote."""
        return Analysis(**{**held, "failures": tuple(held["failures"]), "shares": tuple(held["shares"])})


def analyse(steps: Transitions, terms: Mapping[str, Any] | None = None) -> Analysis:
    """Read the first recorded episode of every row: taking all that ended would favour the short ones.

    Args:
        steps: [T, N], oldest first; the first row begins an episode everywhere.
        terms: part of the reward -> its pay [T, N].
    """
    done = array(steps.done)
    spans = [(n, 0, int(done[:, n].argmax())) for n in range(done.shape[1]) if done[:, n].any()]
    ended = np.where(done.any(0), done.argmax(0), len(done))
    counts = np.arange(len(done))[:, None] <= ended
    paid = _own_pay(steps)
    if not spans:
        return Analysis(0, None, 0.0, 0.0, {}, _terms(terms, counts), (), ())
    lasts = (np.array([e for _, _, e in spans]), np.array([n for n, _, _ in spans]))
    won = _success(steps, spans)
    cut = ~array(steps.terminated)[lasts]
    groups: dict[tuple[str, ...], list[int]] = {}
    booleans, numbers = _columns(steps)
    still = _still(steps, spans)
    for i, (n, begin, end) in enumerate(spans):
        if won is not None and won[i]:
            continue
        came = tuple(k for k, v in booleans.items() if v[begin : end + 1, n].any())
        at_end = tuple(k for k, v in booleans.items() if v[end, n] and not v[begin:end, n].any())
        how = "still" if still[i] else "cut" if cut[i] else "ended"
        groups.setdefault((how, *came, "|", *(at_end if how == "ended" else ())), []).append(i)
    if won is None:
        groups = {}
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:_MOST_GROUPS]
    return Analysis(
        episodes=len(spans),
        success=None if won is None else float(won.mean()),
        task_return=float(np.mean([paid[b : e + 1, n].sum() for n, b, e in spans])),
        length=float(np.mean([e + 1 - b for _, b, e in spans])),
        ends={"terminated": float((~cut).mean()), "truncated": float(cut.mean())},
        terms=_terms(terms, counts),
        failures=tuple(_words(key, [spans[i] for i in own], list(booleans), numbers) for key, own in ranked),
        shares=tuple(len(own) / len(spans) for _, own in ranked),
    )


def _own_pay(steps: Transitions) -> np.ndarray:
    for name in ("true_reward", "task_reward"):
        if name in steps.info:
            return array(steps.info[name]).astype(np.float64)
    return array(steps.reward).astype(np.float64)


def _success(steps: Transitions, spans: list[tuple[int, int, int]]) -> np.ndarray | None:
    for name in ("success", "is_success"):
        if name in steps.info:
            column = array(steps.info[name]).astype(bool)
            return np.array([column[e, n] for n, _, e in spans])
    return None


def _columns(steps: Transitions) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Scalar info columns [T, N]: booleans, and numbers with distances and progress first."""
    booleans, numbers = {}, {}
    for name, value in steps.info.items():
        column = array(value) if not isinstance(value, Mapping) else np.empty(0, dtype=object)
        if name in _OWN or name.startswith("_") or column.shape != steps.shape:
            continue
        if column.dtype == bool:
            booleans[name] = column
        elif column.dtype.kind in "fiu":
            numbers[name] = column.astype(np.float64)
    order = sorted(numbers, key=lambda k: (not any(w in k for w in ("distance", "progress", "stage")), k))
    return dict(list(booleans.items())[:_MOST_BOOLEANS]), {k: numbers[k] for k in order[:_MOST_NUMBERS]}


def _still(steps: Transitions, spans: list[tuple[int, int, int]]) -> np.ndarray:
    """[E] whether no component of the observation ever changed."""
    moved = np.zeros(steps.shape, dtype=bool)
    for before, after in zip(tree_leaves(steps.obs), tree_leaves(steps.next_obs), strict=True):
        one, two = array(before), array(after)
        if one.dtype.kind in "fiub" and one.shape == two.shape:
            gap = np.abs(one.astype(np.float64) - two.astype(np.float64)) > _STILL
            moved |= gap.reshape(*steps.shape, -1).any(-1)
        else:
            moved |= True
    return np.array([not moved[b : e + 1, n].any() for n, b, e in spans])


def _terms(terms: Mapping[str, Any] | None, counts: np.ndarray) -> dict[str, dict[str, float]]:
    """Of the steps that count, [T, N] bool."""
    held = {k: np.broadcast_to(array(v).astype(np.float64), counts.shape)[counts] for k, v in (terms or {}).items()}
    sizes = {k: float(np.abs(v).sum()) for k, v in held.items()}
    whole = sum(sizes.values())
    return {
        k: {
            "mean": float(v.mean()),
            "minimum": float(v.min()),
            "maximum": float(v.max()),
            "share": sizes[k] / whole if whole > 0 else 0.0,
        }
        for k, v in held.items()
        if v.size
    }


def _words(
    key: tuple[str, ...], spans: list[tuple[int, int, int]], booleans: list[str], numbers: Mapping[str, np.ndarray]
) -> str:
    """One group of failures as the rest of a sentence that begins "20% of the episodes"."""
    how, names = key[0], key[1:]
    came, last = names[: names.index("|")], names[names.index("|") + 1 :]
    length = float(np.mean([e + 1 - b for _, b, e in spans]))
    if how == "still":
        return f"never moved: the observation stayed the same for {length:.3g} steps"
    text = (
        f"ran out of time after {length:.3g} steps"
        if how == "cut"
        else f"ended without success after {length:.3g} steps"
    )
    if last:
        text += " when " + " and ".join(last) + " came true"
    before = [k for k in came if k not in last]
    never = [k for k in booleans if k not in came]
    if before:
        text += ", with " + ", ".join(before) + " true on the way"
    if never and booleans:
        text += ", never with " + ", ".join(never)
    shown = []
    for name, column in numbers.items():
        ends = [column[e, n] for n, _, e in spans]
        least = [column[b : e + 1, n].min() for n, b, e in spans]
        most = [column[b : e + 1, n].max() for n, b, e in spans]
        best, word = (most, "most") if "progress" in name or "stage" in name else (least, "least")
        shown.append(f"{name} {np.mean(ends):.3g} at the end ({word} {np.mean(best):.3g})")
    return text + ("; " + ", ".join(shown) if shown else "")
