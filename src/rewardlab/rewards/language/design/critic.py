"""The critic: what a program must pass before an agent is trained on it.

First the sandbox: parsed, typed, run in the jail on recorded and extreme steps. Then what the numbers say of the task:
a constant teaches nothing, a program that reads nothing of the goal cannot lead there, pay that falls with success
leads away from it. Problems are sent back to the designer; remarks are kept and shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import RewardlabError
from rewardlab.core.reward import Reward

GOAL_WORDS = ("goal", "target", "distance", "progress", "success", "difference", "stage", "desired")
LARGEST, LARGE = 1e6, 1e3  # pay per step that is refused, that is remarked on

Audit = Callable[[Reward], str]
"""A reward to what an audit of it says in one line: whether it keeps the optimum of the task, which loops it pays."""


@dataclass(frozen=True)
class Verdict:
    """What the critic says of a program.

    Attributes:
        accepted: whether an agent may be trained on it.
        problems: what must be mended, in sentences.
        remarks: what is worth knowing.
        report: the numbers of the dry run.
        audit: the audit's line, "" without one.
    """

    accepted: bool
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    audit: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "accepted": self.accepted,
            "problems": list(self.problems),
            "remarks": list(self.remarks),
            "report": plain(self.report),
            "audit": self.audit,
        }

    @staticmethod
    def from_json(held: Mapping[str, Any]) -> "Verdict":
        """What `to_json` wrote."""
        return Verdict(
            held["accepted"], tuple(held["problems"]), tuple(held["remarks"]), held["report"], held.get("audit", "")
        )


def refused(problem: str) -> Verdict:
    """The verdict on what is no program."""
    return Verdict(False, (problem,))


def of_vetting(vetting: Any) -> Verdict:
    """The sandbox's finding as a verdict."""
    report = dict(vetting.report) | {"layers": plain(getattr(vetting, "layers", ()))}
    return Verdict(bool(vetting.accepted), tuple(vetting.problems), tuple(getattr(vetting, "notes", ())), report)


def semantics(verdict: Verdict, reward: Reward, uses: Any, batch: Transitions, audit: Audit | None = None) -> Verdict:
    """What an accepted program means for the task.

    Args:
        verdict: of the sandbox.
        reward: the program as a reward.
        uses: names of the observation's parts and info columns that it reads; None if nobody knows.
        batch: [B] recorded steps.
        audit: says in a line what an audit of the reward finds.
    """
    problems, remarks = list(verdict.problems), list(verdict.remarks)
    try:
        pay = array(reward(batch)).astype(np.float64)
    except RewardlabError as e:
        return Verdict(False, (*problems, str(e)), tuple(remarks), verdict.report)
    largest = float(np.abs(pay).max()) if pay.size else 0.0
    if pay.size and float(pay.max()) == float(pay.min()):
        problems.append(f"it pays {pay[0]:.4g} on every recorded step: a constant teaches nothing")
    if largest > LARGEST:
        problems.append(f"it pays up to {largest:.3g} per step; keep the pay of a step within about -10 to 10")
    elif largest > LARGE:
        remarks.append(f"it pays up to {largest:.3g} per step, which is much for a value network")
    goal = [k for k in batch.info if any(w in k for w in GOAL_WORDS) and not k.startswith("_")]
    read = "obs" if uses is None else " ".join(map(str, uses))  # 'next_obs', 'obs["image"]', 'info["distance"]'
    if goal and "obs" not in read and not any(f'"{k}"' in read for k in goal):
        remarks.append(f"it reads neither the observation nor {' nor '.join(goal[:4])}: does it know the goal?")
    problems += _sign(pay, batch)
    said = ""
    if audit is not None and not problems:
        try:
            said = audit(reward)
        except RewardlabError as e:
            said = f"no audit: {str(e).splitlines()[0]}"
    return Verdict(not problems, tuple(problems), tuple(remarks), verdict.report, said)


def _sign(pay: np.ndarray, batch: Transitions) -> list[str]:
    """A reward that pays least where the task succeeds points the wrong way."""
    for name in ("success", "is_success"):
        if name in batch.info:
            won = array(batch.info[name]).astype(bool)
            if won.any() and not won.all():
                good, other = float(pay[won].mean()), pay[~won]
                if good < float(np.quantile(other, 0.1)):
                    return [
                        f"it pays {good:.4g} on the steps that succeed and {float(other.mean()):.4g} on the others: "
                        "the sign of a term is wrong"
                    ]
            break
    return []


def plain(value: Any) -> Any:
    """A value as JSON knows it: numbers that are not finite become None, arrays lists."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value if value is None or isinstance(value, str) else str(value)
