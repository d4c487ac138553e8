"""One class per kind of mistake; every message says what happened, where, what was expected and how to mend it."""

import difflib
from collections.abc import Iterable


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


def nearest(name: str, known: Iterable[str], *, most: int = 3) -> str:
    """The known names closest to `name`, as a phrase for the `mend` line of a message."""
    known = sorted(known)
    folded = {k.lower(): k for k in known}
    close = [folded[c] for c in difflib.get_close_matches(name.lower(), list(folded), n=most, cutoff=0.5)]
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    return "known: " + ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
