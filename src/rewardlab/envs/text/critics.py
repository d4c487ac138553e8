"""Critics and solvers of known rates: what goes wrong, what is said of it, what comes of that.

    P(right after one round) = (1 − s)(1 − α φ s) + s δ φ [λ χ + (1 − λ)(1 − s) / 2]

s: a solution has a wrong line; α: a right one is called wrong; δ: a wrong one is called wrong; λ: its wrong line is
named, else any other; χ: and rightly mended; φ: the solver follows. Who is told no line begins anew, who is told a line
without a mend begins anew from there.

Source: Zheng et al., "Critic-CoT", 2024, and Xi et al., "Critique-RL: Training Language Models for Critiquing through
Two-Stage Reinforcement Learning", 2025, Section 3 (accuracy after refinement from discrimination and helpfulness).
"""

import re
from dataclasses import dataclass

import numpy as np

from rewardlab.envs.text.chains import Chain, applied, split

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
Slips = tuple[tuple[int, int], ...]
"""(line from 0, what is added to its result), in order of the lines; none for a right solution."""

_VERDICT = re.compile(r"\s*(?:verdict\s*:?)?\s*(right|wrong)\s*\.?\s*", re.IGNORECASE)
_WHERE = re.compile(r"\s*line\s*:?\s*([0-9]{1,3})\s*\.?\s*", re.IGNORECASE)
_NUMBER = r"\s*([0-9]{1,9})\s*"
_FIX = re.compile(rf"\s*(?:fix\s*:?)?{_NUMBER}([-+*]){_NUMBER}={_NUMBER}\.?\s*", re.IGNORECASE)
_ANSWER = re.compile(r"\s*(?:answer\s*:?\s*|#\s*)([0-9]{1,9})\s*\.?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Critique:
    """What a critic says of a solution.

    Attributes:
        right: the verdict.
        lines: those that are called wrong, from 0, in the order in which they were named.
        fixes: (line, a mended line) of those for which one was given.
    """

    right: bool
    lines: tuple[int, ...] = ()
    fixes: tuple[tuple[int, str], ...] = ()

    def text(self) -> str:
        """As one writes it, lines numbered from 1."""
        said, mended = [f"verdict: {'right' if self.right else 'wrong'}"], dict(self.fixes)
        for k in self.lines:
            said.append(f"line: {k + 1}")
            if k in mended:
                said.append(f"fix: {mended[k]}")
        return "\n".join(said)


def read(said: str, count: int) -> Critique | None:
    """The critique in a message, None if it has no verdict, two different ones, or names a line that there is not.

    A fix belongs to the line that was named last before it; other lines are analysis, and say nothing.
    """
    verdicts, lines, fixes = set(), [], {}
    for line in split(said):
        if found := _VERDICT.fullmatch(line):
            verdicts.add(found[1].lower())
        elif found := _WHERE.fullmatch(line):
            k = int(found[1]) - 1
            if not 0 <= k < count:
                return None
            if k not in lines:
                lines.append(k)
        elif line.lower().lstrip().startswith("fix") and (found := _FIX.fullmatch(line)) and lines:
            a, sign, b, result = found.groups()
            fixes[lines[-1]] = f"{int(a)}{sign}{int(b)}={int(result)}"
    if len(verdicts) != 1:
        return None
    right = verdicts == {"right"}
    return Critique(right) if right and not lines else Critique(right, tuple(lines), tuple(fixes.items()))


def truth(chain: Chain, slips: Slips) -> Critique:
    """The right critique: every wrong line, the first one with its mend."""
    if not slips:
        return Critique(True)
    first = slips[0][0]
    return Critique(False, tuple(k for k, _ in slips), ((first, chain.lines()[first]),))


def slipped(
    rng: np.random.Generator, chain: Chain, *, slip: float, faults: int, begin: int = 0, kept: Slips = ()
) -> Slips:
    """The slips of a solver that works from line `begin` on, after lines with the slips `kept`.

    With chance `slip` it has faults in 1..`faults` different lines; all numbers of them, lines and errors are equally
    likely.
    """
    lines = len(chain.steps) - begin
    wrong, count = rng.random() < slip, int(rng.integers(1, min(faults, lines) + 1))
    at = sorted(int(k) + begin for k in rng.permutation(lines)[:count])
    offsets = rng.integers(1, chain.modulus, size=count)
    found = tuple(zip(at, map(int, offsets), strict=True)) if wrong else ()
    return (*(pair for pair in kept if pair[0] < begin), *found)


def refined(
    rng: np.random.Generator, chain: Chain, slips: Slips, critique: Critique, *, slip: float, faults: int, follow: float
) -> Slips:
    """What the solver makes of a critique: nothing of praise, and with chance `follow` what it is told.

    A mended line is taken over with its result, right or wrong, and what follows is worked out from it with the slips
    that it had. Without a mend the solver works anew, from the first line that was named or from the beginning.
    """
    followed, fresh = rng.random() < follow, np.random.Generator(np.random.PCG64(int(rng.integers(2**62))))
    if critique.right or not followed:
        return slips
    if not critique.fixes:
        begin = min(critique.lines, default=0)
        return slipped(fresh, chain, slip=slip, faults=faults, begin=begin, kept=slips)
    now, value, mended = [], chain.first, {k: int(line.partition("=")[2]) for k, line in critique.fixes}
    old = dict(slips)
    for k, (sign, number) in enumerate(chain.steps):
        due = applied(value, sign, number, chain.modulus)
        value = mended[k] % chain.modulus if k in mended else (due + old.get(k, 0)) % chain.modulus
        if value != due:
            now.append((k, (value - due) % chain.modulus))
    return tuple(now)


@dataclass(frozen=True)
class Critic:
    """A scripted critic.

    Attributes:
        detect: the chance that it calls a wrong solution wrong.
        alarm: that it calls a right one wrong, without a line.
        locate: that it names the first wrong line of one that it calls wrong; else it names any other.
        mend: that it mends a line that it found rightly; else it gives another result.
        blind: signs of operations whose slips it never notices.
    """

    detect: float = 0.8
    alarm: float = 0.1
    locate: float = 0.9
    mend: float = 0.9
    blind: str = ""

    def says(self, rng: np.random.Generator, chain: Chain, slips: Slips) -> Critique:
        """Its critique of a solution."""
        draws = rng.random(4)
        other, offset = int(rng.integers(max(1, len(chain.steps) - 1))), int(rng.integers(1, chain.modulus))
        seen = [k for k, _ in slips if chain.steps[k][0] not in self.blind]
        if not seen:
            return Critique(not draws[0] < self.alarm)
        if draws[1] >= self.detect:
            return Critique(True)
        first = seen[0]
        if draws[2] >= self.locate:
            return Critique(False, (other + (other >= first),))
        before = {k: offset for k, offset in slips if k < first}
        left, _, result = chain.lines(before)[first].partition("=")
        due = int(result)
        if draws[3] >= self.mend:
            due = (due + offset) % chain.modulus
        return Critique(False, (first,), ((first, f"{left}={due}"),))

    def success(self, *, slip: float, follow: float) -> float:
        """The chance that a solution with at most one slip is right after one round, if it is blind to nothing."""
        wrong = self.locate * self.mend + (1 - self.locate) * (1 - slip) / 2
        return (1 - slip) * (1 - self.alarm * follow * slip) + slip * self.detect * follow * wrong


def first_wrong(said: tuple[str, ...], chain: Chain) -> tuple[int, int | None]:
    """(the first line of a solution that is not the right one, −1 for none; the answer on its last line).

    A solution may leave lines out at the end; what is no line of a calculation is wrong where it stands.
    """
    answer = _ANSWER.fullmatch(said[-1]) if said else None
    body = said[:-1] if answer else said
    for k, line in enumerate(body):
        found = _FIX.fullmatch(line)
        plain = found and f"{int(found[1])}{found[2]}{int(found[3])}={int(found[4])}"
        if k >= len(chain.steps) or plain != chain.lines()[k]:
            return k, int(answer[1]) if answer else None
    return -1, int(answer[1]) if answer else None


def feedback(chain: Chain, wrong: int, hints: int) -> str:
    """What a solver is told of a wrong answer; the answer itself never stands in it.

    Args:
        chain: the calculation.
        wrong: the first wrong line, −1 where none is or none was written.
        hints: 1 that it is wrong, 2 in which line, 3 also how that line should be.
    """
    if hints == 1 or not 0 <= wrong < len(chain.steps):
        return "wrong"
    line = chain.lines()[wrong]
    where = f"wrong in the {ORDINALS[wrong]} line"
    told = re.findall(r"[0-9]+", line)
    return where if hints == 2 or str(chain.results()[-1]) in told else f"{where}: {line}"
