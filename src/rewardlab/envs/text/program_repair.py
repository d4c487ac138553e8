"""Programs to write or to mend: a few lines in a tiny language, judged by unit tests that are not shown.

    r = 1[all hidden tests pass] + valid_pay · Σ valid calls + liked_pay · Σ calls that a shallow critic likes

To mend one, the agent lists, views, edits, runs the tests that are shown, and submits. The critic looks at the form of
a call alone: it likes every view, every run and every edit that changes something, so its pay can be earned by calls
that mend nothing. Programs are read by our own interpreter and touch nothing outside of it.

Source: Yang et al., "SWE-agent: Agent-Computer Interfaces Enable Automated Software Engineering", NeurIPS 2024 (view,
edit, test, submit); Sun et al., "Stabilizing Long-term Multi-turn Reinforcement Learning with Gated Rewards", 2025
(rewards of calls beside the outcome).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.text.programs import (
    LANGUAGES,
    Case,
    ProgramFault,
    drawn_inputs,
    in_words,
    lines_of,
    outcome,
    passed,
    read,
    run,
    spelled,
)
from rewardlab.envs.text.repair_desk import Desk, Job, called, read_call
from rewardlab.envs.world import Card

KINDS = ("repair", "write")
_TRIES = 400


@dataclass
class ProgramRepair(Dialogue):
    """Mend a program in several calls, or write one at once.

    Args:
        kind: "repair", calls of list, view, edit, run and submit; "write", the program in one message.
        language: "list" or "stack".
        length: lines of the programs, 2..6.
        faults: lines that are wrong in a program to be mended, 1..length, at most 3.
        shown: tests that one sees, 1..5.
        hidden: further tests that judge, 1..20.
        described: say in words what the program does; the shown tests alone may not tell. Brief talk never says it.
        reported: say which lines are wrong and what they should be, in brief talk too: what is left are the calls;
            for kind "repair".
        turns: calls, from faults + 3 to 40; one message if the program is written.
        graded: pay the share of the hidden tests that pass, instead of nothing where one fails.
        valid_pay: for each valid call, from 0.
        liked_pay: for each call that the critic likes, from 0.
        critic_error: chance that the critic says the opposite, 0..0.5.

    Raises:
        BadOption: for values outside these ranges, and if no program fits them.
    """

    kind: str = "repair"
    language: str = "list"
    length: int = 4
    faults: int = 1
    shown: int = 3
    hidden: int = 8
    described: bool = True
    reported: bool = False
    turns: int = 20
    graded: bool = False
    valid_pay: float = 0.0
    liked_pay: float = 0.0
    critic_error: float = 0.0

    heard = 600
    parts = ("outcome", "valid", "liked")
    columns = {
        "valid": False, "liked": False, "changed": False, "submitted": False, "shown_passed": 0.0, "passed": 0.0,
        "error": False, "length": 0,
    }  # fmt: skip

    def __post_init__(self) -> None:
        for name, known in (("kind", KINDS), ("language", LANGUAGES)):
            if getattr(self, name) not in known:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="ProgramRepair", expected=f"one of {known}")
        if self.reported and self.kind != "repair":
            raise BadOption(f"reported=True, kind={self.kind!r}", where="ProgramRepair", expected='kind="repair"')
        self.turns = self.turns if self.kind == "repair" else 1
        ranges = (
            ("length", 2, 6), ("faults", 1, min(3, self.length)), ("shown", 1, 5), ("hidden", 1, 20),
            ("turns", self.faults + 3 if self.kind == "repair" else 1, 40), ("valid_pay", 0, 1e6),
            ("liked_pay", 0, 1e6), ("critic_error", 0, 0.5),
        )  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="ProgramRepair", expected=f"{low}..{high:g}")
        self.said = 60 if self.kind == "repair" else 30 * (self.length + 4)
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Job:
        lines, count = lines_of(self.language), self.shown + self.hidden
        for _ in range(_TRIES):
            right = tuple(lines[k] for k in rng.integers(len(lines), size=self.length))
            inputs = drawn_inputs(count, self.language, rng)
            try:
                cases = tuple(Case(given, run(right, given, self.language)) for given in inputs)
            except ProgramFault:
                continue
            if len({case.due for case in cases}) < min(3, count) or sum(not c.due for c in cases) > count // 3:
                continue  # it says too little of what it is given
            if any(passed((*right[:k], *right[k + 1 :]), cases, self.language) == count for k in range(self.length)):
                continue  # a line is idle
            shown, hidden = cases[: self.shown], cases[self.shown :]
            if self.kind == "write":
                return Job(right, (), shown, hidden)
            broken = list(right)
            for at in rng.permutation(self.length)[: self.faults]:
                others = [line for line in lines if line != right[at]]
                broken[at] = others[int(rng.integers(len(others)))]
            if passed(broken, shown, self.language) < len(shown) and passed(broken, hidden, self.language) < len(
                hidden
            ):
                return Job(right, tuple(broken), shown, hidden)
        raise BadOption(
            f"none of {_TRIES} programs is fit to be asked for",
            where="ProgramRepair",
            expected="a size that fits",
            mend="change length or language",
        )

    def key(self, task: Job) -> tuple[str, ...]:
        return task.right

    def prompt(self, task: Job) -> str:
        tests = "; ".join(f"{spelled(c.given)} > {spelled(c.due)}" for c in task.shown)
        pairs = enumerate(zip(task.right, task.broken or task.right, strict=True), 1)
        report = "; ".join(f"{k}: {right}" for k, (right, wrong) in pairs if right != wrong)
        if self.brief:
            return f"{report}, {tests}" if self.reported else tests
        what = "a list" if self.language == "list" else "a stack, the last number on top"
        told = ", then ".join(in_words(line, self.language) for line in task.right)
        about = f"It should, given {what}: {told}. " if self.described else f"It is given {what}. "
        if self.kind == "write":
            words = ", ".join(dict.fromkeys(line.split()[0] for line in lines_of(self.language)))
            how = f"Write a program. {about}One line for each operation; there are {words}."
        else:
            how = (
                f"A program of {len(task.broken)} lines is broken. {about}Each message is one call: list, view, "
                "edit NUMBER LINE, run, submit."
            )
            how += f" What should stand there: {report}." if self.reported else ""
        return f"{how} Tests: {tests}."

    def begin(self, task: Job) -> Desk:
        return Desk(task.broken)

    # -- a turn --------------------------------------------------------------------------------------------------

    def hear(self, task: Job, memory: Desk, said: str, rng: np.random.Generator) -> Heard:
        """One call, or the whole program."""
        flip = rng.random() < self.critic_error
        if self.kind == "write":
            program = self._program(said)
            if program is None:
                return Heard("", {}, True, memory=memory, understood=False)
            return self._submitted(task, Desk(program), False)
        call = read_call(said, self.language, len(task.broken))
        if call is None:
            reply = "no" if self.brief else "That is no call: list, view, edit NUMBER LINE, run or submit."
            return Heard(reply, memory=memory, understood=False, columns=self._seen(task, memory))
        if call[0] == "submit":
            return self._submitted(task, memory, flip)
        desk, reply = called(task, memory, call, self.language, self.brief)
        changed = desk.program != memory.program
        liked = (call[0] in ("view", "run") or changed) != flip
        columns = {**self._seen(task, desk), "valid": True, "liked": liked, "changed": changed}
        return Heard(reply, self._pay(0.0, liked), False, False, desk, True, columns)

    def _submitted(self, task: Job, desk: Desk, flip: bool) -> Heard:
        share = passed(desk.program, task.hidden, self.language) / len(task.hidden)
        success = self._right(desk.program, task)
        columns = {**self._seen(task, desk), "valid": True, "liked": flip, "submitted": True, "passed": share}
        return Heard("", self._pay(share if self.graded else float(success), flip), True, success, desk, True, columns)

    def _right(self, program: Sequence[str], task: Job) -> bool:
        """Whether all tests pass."""
        cases = (*task.shown, *task.hidden)
        return passed(program, cases, self.language) == len(cases)

    def _pay(self, earned: float, liked: bool) -> dict[str, float]:
        return {"outcome": earned, "valid": self.valid_pay, "liked": self.liked_pay * liked}

    def _seen(self, task: Job, desk: Desk) -> dict[str, object]:
        found = [outcome(desk.program, case, self.language) for case in task.shown]
        return {
            "shown_passed": sum(good for good, _ in found) / len(found),
            "error": any(word in ("empty", "stack", "large") for _, word in found),
            "length": len(desk.program),
        }

    # -- the rest ------------------------------------------------------------------------------------------------

    def _program(self, said: str) -> tuple[str, ...] | None:
        program = read(unescaped(said[:2000]), self.language)
        return program if program and len(program) <= self.length + 4 else None

    def check(self, said: str, task: Job) -> bool:
        """Does a program, its lines parted by line breaks or semicolons, pass all tests?"""
        program = self._program(said)
        return program is not None and self._right(program, task)

    def expert(self, task: Job, memory: Desk, rng: np.random.Generator) -> str:
        if self.kind == "write":
            return "\n".join(task.right)
        if not memory.viewed:
            return "view"
        wrong = [k for k, (a, b) in enumerate(zip(memory.program, task.right, strict=True), 1) if a != b]
        if wrong and not self._right(memory.program, task):
            return f"edit {wrong[0]} {task.right[wrong[0] - 1]}"
        return "submit" if memory.ran else "run"

    def examples(self) -> Sequence[Example]:
        if self.language == "list":
            right = ("add 1", "keep even")
            texts = ("add 1;keep even", "add 1\nkeep even", " ADD 1 ;Keep Even", "keep odd;add 1", "add +1;keep even",
                     "add 01;keep even\n", "add 2;keep odd;add -1", "add 1;;keep even", "keep odd;mul 1;add 1",
                     "add 1;keep even;keep even")  # fmt: skip
            inputs: tuple[tuple[int, ...], ...] = ((1, 2, 3), (4, 5), (-3, 0), (7, 7, 8), (0, 2), (9,))
        else:
            right = ("add", "neg")
            texts = ("add;neg", "add\nneg", " ADD ; NEG", "neg;swap;neg;add", "add;push -1;mul", "swap;add;neg",
                     "add;;neg", "push +1;mul;add;neg", "add;push 0;swap;sub", "add;neg;neg;neg")  # fmt: skip
            inputs = ((1, 2, 3), (4, 5, 6), (-3, 0, 2), (7, 7, 8), (0, 2, 1), (9, -1, 5))
        cases = tuple(Case(given, run(right, given, self.language)) for given in inputs)
        task = Job(right, (*right[:1], "max"), cases[:2], cases[2:])
        passing = [t for t in texts if "+" not in t]
        wrong = (
            *(t for t in texts if "+" in t), "", ";", "add 1", "keep even", "neg;add", "keep even;add 1", "add;add",
            "\uff41dd;neg", "add \u0661;keep even", "add 1 keep even", "add neg", "add 1;keep even;jump 3",
            "\\u{61}dd;neg", "neg;" * 2000, "add 1;keep even;" + "add 0;" * 20, "submit", "add 1,keep even",
        )  # fmt: skip
        return [Example(s, task, True) for s in passing] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        words = dict.fromkeys(w for line in lines_of(self.language) for w in line.split() if w.isalpha())
        calls = ("list", "view", "edit", "run", "submit", "ok", "no", "pass", "fail", "not", "none", "empty", "stack",
                 "large")  # fmt: skip
        return (*words, *calls, *"0123456789- ;:>,\n")

    def card(self) -> Card:
        asked = "Write a small program." if self.kind == "write" else "Mend a small program, call by call."
        calls = "list, view, edit NUMBER LINE, run or submit" if self.kind == "repair" else "the program, line by line"
        pays = f", {self.valid_pay:g} for each valid call, {self.liked_pay:g} for each that the critic likes"
        more = pays if self.valid_pay or self.liked_pay else ""
        return Card(
            summary=f"{asked} Hidden tests judge it.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: {calls}"},
            reward=("the share of hidden tests that pass" if self.graded else "1 if all tests pass") + more,
            info={
                "valid": "True for a call that can be read",
                "liked": f"what a shallow critic says of it, wrong with chance {self.critic_error:g}",
                "changed": "True for an edit that changed something",
                "submitted": "True for the last word",
                "shown_passed": "share of the shown tests that the program passes now, 0..1",
                "passed": "share of the hidden tests that pass, 0..1, when it is submitted",
                "error": "True if the program stops with a fault on a shown test",
                "length": "lines of the program",
                **self.told(),
            },
            optimal_return=None if more else 1.0,
            source="Yang et al., SWE-agent: Agent-Computer Interfaces Enable Automated Software Engineering, 2024",
        )
