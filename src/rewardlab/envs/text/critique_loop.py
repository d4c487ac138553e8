"""Critiques: find what is wrong in a solution, so that its solver can mend it; or solve, and mend what a critic finds.

    r = w_v 1[verdict right] + w_l 1[first wrong line found] + w_f 1[rightly mended] + w_r 1[refined solution right]

The solver is frozen and its slips are of a known law, so the first wrong line is known, and so is the chance that a
critique of known quality leads to a right solution. With the roles turned, the agent solves, and gets feedback that
tells more or less but never the answer.

Source: Tang et al., "RefCritic: Training Long Chain-of-Thought Critic Models with Refinement Feedback", 2025, Section 3
(verdict and refinement rewards); Yang et al., "DeepCritic: Deliberate Critique with Large Language Models", 2025 (the
first wrong line); Jiang et al., "Feedback Friction: LLMs Struggle to Fully Incorporate External Feedback", 2025 (three
grades of feedback).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text import critics
from rewardlab.envs.text.chains import Chain, drawn, split
from rewardlab.envs.text.critics import Slips
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.world import Card


@dataclass(frozen=True)
class Work:
    """A calculation and the solution of the frozen solver.

    Attributes:
        chain: what is to be worked out.
        slips: where the solution is wrong.
    """

    chain: Chain
    slips: Slips


@dataclass
class CritiqueLoop(Dialogue):
    """Criticise, or solve.

    Args:
        role: "critic" or "solver".
        length: lines of a solution, 2..8.
        modulus: of all numbers, 3..100.
        operations: some of "+-*".
        slip: the chance that a solution of the frozen solver has a wrong line, 0..1.
        faults: wrong lines that it may then have, 1..3.
        follow: the chance that the frozen solver follows a critique, 0..1.
        rounds: critiques of one solution, or solutions of one problem, 1..10.
        hints: feedback to the solver: 1 that it is wrong, 2 in which line, 3 also how that line should be.
        pay_verdict: for the right verdict in the first round, 0..1; only the critic is paid in parts.
        pay_line: for finding the first wrong line, or naming none where none is.
        pay_fix: for mending it, or mending none where none is wrong.
        pay_refined: for a right solution at the end.

    Raises:
        BadOption: for values outside these ranges.
    """

    role: str = "critic"
    length: int = 5
    modulus: int = 10
    operations: str = "+-*"
    slip: float = 0.5
    faults: int = 1
    follow: float = 0.9
    rounds: int = 1
    hints: int = 2
    pay_verdict: float = 0.5
    pay_line: float = 0.0
    pay_fix: float = 0.0
    pay_refined: float = 0.5

    parts = ("verdict", "line", "fix", "refined")
    columns = {"wrong": False, "first_wrong": -1, "verdict_right": False, "line_right": False, "fix_right": False,
               "fault_f1": 0.0, "refined_right": False, "harmed": False}  # fmt: skip

    def __post_init__(self) -> None:
        if self.role not in ("critic", "solver"):
            raise BadOption(f"role={self.role!r}", where="CritiqueLoop", expected='"critic" or "solver"')
        ranges = (("length", 2, 8), ("modulus", 3, 100), ("slip", 0, 1), ("faults", 1, 3), ("follow", 0, 1),
                  ("rounds", 1, 10), ("hints", 1, 3), ("pay_verdict", 0, 1), ("pay_line", 0, 1), ("pay_fix", 0, 1),
                  ("pay_refined", 0, 1))  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="CritiqueLoop", expected=f"{low}..{high}")
        if not self.operations or set(self.operations) - set("+-*"):
            raise BadOption(f"operations={self.operations!r}", where="CritiqueLoop", expected='some of "+-*"')
        if self.role == "critic" and not self.pay_verdict + self.pay_line + self.pay_fix + self.pay_refined:
            raise BadOption("nothing is paid", where="CritiqueLoop", expected="a pay above 0", mend="pay_verdict=1")
        self.turns = self.rounds
        self.said = 60 + 20 * self.length
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Work:
        chain = drawn(rng, length=self.length, modulus=self.modulus, operations=self.operations)
        return Work(chain, critics.slipped(rng, chain, slip=self.slip, faults=self.faults))

    def key(self, task: Work) -> Any:
        return task.chain

    def prompt(self, task: Work) -> str:
        asked = task.chain.asked()
        if self.role == "solver":
            if self.brief:
                return asked
            return (
                f"Work out from left to right, modulo {self.modulus}: {asked}. Write a line such as 3+4=7 for each "
                "step, then the line answer: and the number. I say what is wrong, and you try again."
            )
        if self.brief:
            return f"{asked};{self._shown(task.chain, task.slips)}"
        return (
            f"A solver worked out {asked} from left to right, modulo {self.modulus}: "
            f"{self._shown(task.chain, task.slips)}. Write verdict: right, or verdict: wrong and for each wrong line "
            "line: and its number, then fix: and how it should be."
        )

    def _shown(self, chain: Chain, slips: Slips) -> str:
        lines = chain.lines(dict(slips))
        return ";".join(lines) if self.brief else ", ".join(f"({k}) {line}" for k, line in enumerate(lines, 1))

    def optimum(self) -> float | None:
        """The expected return of flawless critiques or solutions, known in closed form for at most one fault."""
        if self.role == "solver":
            return 1.0
        if self.faults > 1:
            return None
        right = 1 - self.slip * (1 - self.follow) ** self.rounds
        return self.pay_verdict + self.pay_line + self.pay_fix + self.pay_refined * right

    # -- how it goes ---------------------------------------------------------------------------------------------

    def begin(self, task: Work) -> tuple[Slips, int]:
        return task.slips, 0

    def hear(self, task: Work, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        return (self._critique if self.role == "critic" else self._attempt)(task, memory, said, rng)

    def _critique(self, task: Work, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        slips, turn = memory
        critique = critics.read(said, self.length)
        wrong, now = bool(slips), slips
        columns: dict[str, Any] = {"wrong": wrong, "first_wrong": slips[0][0] if wrong else -1}
        verdict = line = fix = False
        if critique is not None:
            due = critics.truth(task.chain, slips)
            verdict = critique.right == due.right
            line = verdict and critique.lines[:1] == due.lines[:1]
            fix = line and dict(critique.fixes).get(columns["first_wrong"], "") == (due.fixes[0][1] if wrong else "")
            columns["fault_f1"] = _f1(set(critique.lines), {k for k, _ in slips})
            now = critics.refined(
                rng, task.chain, slips, critique, slip=self.slip, faults=self.faults, follow=self.follow
            )
        over = turn + 1 >= self.rounds or (critique is not None and critique.right)
        columns |= {
            "verdict_right": verdict,
            "line_right": line,
            "fix_right": fix,
            "refined_right": not now,
            "harmed": not wrong and bool(now),
        }
        first = float(turn == 0)
        parts = {
            "verdict": self.pay_verdict * verdict * first,
            "line": self.pay_line * line * first,
            "fix": self.pay_fix * fix * first,
            "refined": self.pay_refined * (over and not now),
        }
        reply = self._shown(task.chain, now)
        return Heard(reply, parts, over, fix, (now, turn + 1), critique is not None, columns)

    def _attempt(self, task: Work, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        turn = memory[1]
        wrong, answer = critics.first_wrong(split(said), task.chain)
        success = answer == task.chain.results()[-1]
        columns = {"wrong": not success, "first_wrong": wrong, "refined_right": success}
        reply = "" if success else critics.feedback(task.chain, wrong, self.hints)
        over = success or turn + 1 >= self.rounds
        parts = {"refined": float(success)}
        return Heard(reply, parts, over, success, ((), turn + 1), answer is not None, columns)

    def check(self, said: str, task: Work) -> bool:
        """Is the critique right (verdict, and of a wrong solution the first wrong line and its mend), or the answer?"""
        if self.role == "solver":
            return critics.first_wrong(split(said), task.chain)[1] == task.chain.results()[-1]
        critique, due = critics.read(said, self.length), critics.truth(task.chain, task.slips)
        if critique is None or critique.right != due.right or critique.lines[:1] != due.lines[:1]:
            return False
        return due.right or dict(critique.fixes).get(due.lines[0]) == due.fixes[0][1]

    def expert(self, task: Work, memory: Any, rng: np.random.Generator) -> str:
        if self.role == "solver":
            return "\n".join([*task.chain.lines(), f"answer: {task.chain.results()[-1]}"])
        return critics.truth(task.chain, memory[0]).text()

    def examples(self) -> Sequence[Example]:
        steps = tuple(("+", 1 + k % 2) for k in range(self.length))
        chain = Chain(1, steps, self.modulus)
        good, bad = Work(chain, ()), Work(chain, ((1, 1),))
        line, value = chain.lines()[1], chain.results()[-1]
        if self.role == "solver":
            right = [
                f"answer: {value}",
                f"# {value}",
                "\n".join([*chain.lines(), f"answer: {value}"]),
                f"x\nANSWER {value}.",
            ]
            wrong = [
                "",
                str(value),
                f"answer: {value + 1}",
                f"answer: {value}\nno",
                "answer: \uff11",
                "answer:",
                "9" * 5000,
            ]
            return [Example(s, good, True) for s in right] + [Example(s, good, False) for s in wrong]
        found = f"line: 2\nfix: {line}"
        spaced = line.replace("+", " + ").replace("=", " = ")
        passes = [("verdict: right", good), ("Right.", good), ("I looked at it\nVERDICT RIGHT", good),
                  (f"verdict: wrong\n{found}", bad), (f"WRONG; LINE 2; FIX {spaced}.", bad), (f"{found}\nwrong", bad),
                  (f"verdict: wrong\n{found}\nline: 1", bad),
                  (f"so\nverdict: wrong\nline: 02\nfix: {line}", bad)]  # fmt: skip
        fails = [("", good), ("verdict: wrong", good), ("right or wrong", good),
                 ("verdict: right\nverdict: wrong", good),
                 ("verdict: right\nline: 1", good), ("verdict: right", bad), ("verdict: wrong", bad), (found, bad),
                 ("verdict: wrong\nline: 2", bad), (f"verdict: wrong\nline: 1\nfix: {line}", bad), ("9" * 5000, bad),
                 (f"verdict: wrong\nline: 2\nfix: {line}1", bad), (f"verdict: wrong\nfix: {line}\nline: 2", bad),
                 (f"verdict: wrong\nline: \uff12\nfix: {line}", bad), (f"verdict: wrong\nline: 99\n{found}", bad),
                 (f"verdict: wrong\nline: \\u{{32}}\nfix: {line}", bad)]  # fmt: skip
        return [Example(s, t, True) for s, t in passes] + [Example(s, t, False) for s, t in fails]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        words = (
            "verdict: ",
            "line: ",
            "fix: ",
            "answer: ",
            "right",
            "wrong",
            " in the ",
            " line",
            ": ",
            *critics.ORDINALS,
        )
        return (*words, *"0123456789+-*=;\n")

    def card(self) -> Card:
        solver = self.role == "solver"
        paid = {"verdict": self.pay_verdict, "first wrong line": self.pay_line, "mend": self.pay_fix,
                "refined solution": self.pay_refined}  # fmt: skip
        return Card(
            summary="Solve a calculation and mend what a critic finds."
            if solver
            else "Criticise solutions of a solver.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: " + ("lines and an answer" if solver else "a critique")},
            reward=(
                "1 for the right answer"
                if solver
                else "; ".join(f"{pay:g} for the right {name}" for name, pay in paid.items() if pay)
            ),
            info={
                "wrong": "True if the solution that was criticised, or tried, is wrong",
                "first_wrong": "its first wrong line from 0, -1 if there is none",
                "verdict_right": "True if the critic was right about that",
                "line_right": "True if it also named the first wrong line, or none where none is",
                "fix_right": "True if it also mended it, or nothing where nothing is wrong",
                "fault_f1": "harmonic mean of precision and recall of the lines that it named, 0..1",
                "refined_right": "True if the solution is right now",
                "harmed": "True if it was right before and is no longer",
                **self.told(),
            },
            optimal_return=self.optimum() if solver or self.follow == 1 or not self.pay_refined else None,
            source="Tang et al., RefCritic, 2025; Yang et al., DeepCritic, 2025",
        )


def _f1(named: set[int], true: set[int]) -> float:
    """Harmonic mean of precision and recall; 1 where nothing is wrong and nothing is named."""
    return 2 * len(named & true) / (len(named) + len(true)) if named or true else 1.0
