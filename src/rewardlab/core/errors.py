"""One class per kind of mistake; every message says what happened, where, what was expected and how to mend it."""

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache


class RewardlabError(Exception):
    """What went wrong, in at most four short lines.

    Args:
        what: the mistake, naming the offending value.
        where: the object or file it was found in.
        expected: what would have been right.
        mend: the next step for the person who reads this.
    """

    def __init__(self, what: str, *, where: str = "", expected: str = "", mend: str = "") -> None:
        self.what, self.where, self.expected, self.mend = what, where, expected, mend
        head = f"{where}: {what}" if where else what
        tail = [f"  {label}: {text}" for label, text in (("expected", expected), ("mend", mend)) if text]
        super().__init__("\n".join([head, *tail]))

    def __str__(self) -> str:  # KeyError would print the message in quotes
        return str(self.args[0])

    def __reduce__(self) -> tuple:
        return _rebuild, (type(self), self.what, self.where, self.expected, self.mend)


def _rebuild(kind: type[RewardlabError], what: str, where: str, expected: str, mend: str) -> RewardlabError:
    return kind(what, where=where, expected=expected, mend=mend)


class UnknownName(RewardlabError, LookupError):
    """An id, case, method or option that does not exist; the message offers the nearest right one."""


class BadOption(RewardlabError, ValueError):
    """A parameter or keyword outside its allowed values."""


class BadAction(RewardlabError, ValueError):
    """An action outside the action space; the environment's state is unchanged."""


class BadSeed(RewardlabError, ValueError):
    """A seed that is not an integer in [0, 2^64)."""


class BadSpace(RewardlabError, TypeError):
    """An observation or action space that a method cannot work with."""


class BadBatch(RewardlabError, ValueError):
    """Transitions whose columns disagree in shape, kind or type."""


class BadReward(RewardlabError, ValueError):
    """A reward of the wrong shape or type, or NaN or infinite."""


class MissingColumn(RewardlabError, KeyError):
    """An `info` column that a reward needs and the environment does not give."""


class Diverged(RewardlabError, ArithmeticError):
    """A loss or gradient that is NaN or infinite; nothing was stepped."""


class ResetNeeded(RewardlabError, RuntimeError):
    """`step` on an environment or row that has no running episode, or on a closed one."""


class BadStore(RewardlabError, OSError):
    """A result store or run folder that cannot be read or written."""


class BadCheckpoint(RewardlabError, ValueError):
    """A file that is not a checkpoint of ours, or a damaged one, or one of something else."""


class FaultyEnvironment(RewardlabError, AssertionError):
    """A law that an environment breaks, found by `rewardlab.testing.check_env`."""


class BadProgram(RewardlabError, ValueError):
    """Reward code that leaves the reward language, does not fit the environment, or pays no finite number.

    Attributes:
        line: of the program, from 1; None where no single line is to blame. It is read from `where`.
    """

    @property
    def line(self) -> int | None:
        """The line of the program that is to blame."""
        found = re.search(r"\bline (\d+)", self.where)
        return int(found[1]) if found else None


class SandboxUnavailable(RewardlabError, RuntimeError):
    """A layer that must shut in foreign code is missing on this machine; nothing was run."""


class OracleFailed(RewardlabError, RuntimeError):
    """A language model, an embedder or a person gave no answer: refused, unreachable, too slow, or not readable."""


class NoRecording(RewardlabError, LookupError):
    """A recorded dialogue does not hold the answer that was asked for; nothing was called instead."""


class BudgetSpent(RewardlabError, RuntimeError):
    """The next call could cost more than is left of the money, tokens or calls that were allowed."""


class DesignFailed(RewardlabError, RuntimeError):
    """A design that ended without a reward that an agent was trained on.

    Attributes:
        best: the source of a program that passed the critic, where one did; else "".
    """

    best: str = ""


def nearest(name: str, known: Iterable[str], *, most: int = 3) -> str:
    """The known names closest to `name`, as a phrase for the `mend` line of a message.

    Ids are compared with and without their namespace and version: "DeepSee" is near "rewardlab/DeepSea-v0".
    """
    known = sorted(known)
    mine = _forms(name)
    score = {k: max(_alike(a, b) for a, b in zip(mine, _forms(k), strict=True)) for k in known}
    best = max(score.values(), default=0.0)
    close = [k for k in sorted(known, key=lambda k: -score[k]) if score[k] >= max(0.5, best - 0.2)]
    if close:
        return "did you mean " + " or ".join(repr(k) for k in close[:most]) + "?"
    return "known: " + (", ".join(known[:12]) or "none") + (", ..." if len(known) > 12 else "")


def _forms(name: str) -> tuple[str, str, str]:
    """A name in small letters; without "namespace/"; without "-v0" too."""
    whole = name.lower()
    short = whole.rpartition("/")[2]
    return whole, short, re.sub(r"-v\d+$", "", short)


@lru_cache(maxsize=4096)  # a policy that learns asks its tools for the same wrong names again and again
def _alike(one: str, two: str) -> float:
    """0..1: twice the letters that two names share in order, over all their letters; much if one lies in the other."""
    ratio = difflib.SequenceMatcher(None, one, two, autojunk=False).ratio()
    return max(ratio, 0.8) if len(one) > 2 and one in two else ratio
