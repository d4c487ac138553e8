"""Twelve kinds of puzzles at five levels: each with a generator, a solver that writes down its search, and a verifier.

    r = verify(x, answer),    verify(x, solve(x)) = 1,    E[nodes of the solver] grows with the level

An answer is given at once; the solver's log is a trace with its dead ends, to learn from. Sokoban can also be played
one move at a time.

Source: Zhao et al., "MM-HELIX: Boosting Multimodal Long-Chain Reflective Reasoning with Holistic Platform and
Adaptive Hybrid Policy Optimization", 2025, Section 3 (puzzles with generators, solvers and verifiers at five levels).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.picture import BLUE, FAINT, GOLD, GREEN, INK, PAPER, RED, SKY
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.text.puzzles.all import PUZZLES
from rewardlab.envs.text.puzzles.kernel import LEVELS, Puzzle, Solved, final
from rewardlab.envs.world import Card

_WORDS = {"up": "u", "down": "d", "left": "l", "right": "r"}
_COLOURS = (PAPER, INK, BLUE, GREEN, RED, GOLD, SKY, FAINT)


@dataclass(frozen=True)
class Posed:
    """A puzzle as it is posed.

    Attributes:
        name: of its kind.
        level: 1..5.
        data: the instance.
    """

    name: str
    level: int
    data: Any


@dataclass
class PuzzleSuite(Dialogue):
    """Solve the puzzle.

    Args:
        puzzle: "all", or one of binairo, colours, ladder, lights, maze, order, path, queens, sokoban, subset, sudoku,
            twentyfour.
        level: 1..5; 0 for any of them.
        by: "answer", the whole solution in one message; "move", one move a message (sokoban alone).
        moves: that one has, with "move", 1..200.

    Raises:
        BadOption: for values outside these ranges.
    """

    puzzle: str = "all"
    level: int = 1
    by: str = "answer"
    moves: int = 50

    columns = {"puzzle": "", "level": 0, "boxes_home": 0}

    def __post_init__(self) -> None:
        names = (*PUZZLES, "all")
        if self.puzzle not in names:
            raise BadOption(
                f"puzzle={self.puzzle!r}",
                where="PuzzleSuite",
                expected=f"one of {names}",
                mend=nearest(str(self.puzzle), names),
            )
        for name, low, high in (("level", 0, LEVELS), ("moves", 1, 200)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="PuzzleSuite", expected=f"{low}..{high}")
        if self.by not in ("answer", "move") or (self.by == "move" and self.puzzle != "sokoban"):
            raise BadOption(
                f"by={self.by!r} with puzzle={self.puzzle!r}",
                where="PuzzleSuite",
                expected='"answer", or "move" with "sokoban"',
            )
        self.turns = self.moves if self.by == "move" else 1
        self.said = 12 if self.by == "move" else 200
        self.heard = 400 if self.by == "answer" else 240
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Posed:
        name = self.puzzle if self.puzzle != "all" else str(rng.choice(list(PUZZLES)))
        level = self.level or int(rng.integers(1, LEVELS + 1))
        return Posed(name, level, PUZZLES[name].make(level, rng))

    def key(self, task: Posed) -> Any:
        return task.name, task.data

    def prompt(self, task: Posed) -> str:
        puzzle = PUZZLES[task.name]
        if self.brief:
            return f"{task.name} {puzzle.short(task.data)}"
        form = "Say one move in each message: up, down, left or right." if self.by == "move" else puzzle.form
        return f"{puzzle.ask(task.data)} {form}"

    def solution(self, task: Posed) -> Solved:
        """The solver's answer, with the log of its search."""
        return PUZZLES[task.name].solve(task.data)

    def picture(self, task: Posed) -> np.ndarray:
        """The puzzle as a small picture [16, 16, 3] uint8, from the top left."""
        codes = np.zeros((16, 16), dtype=np.int64)
        for i, row in enumerate(PUZZLES[task.name].grid(task.data)):
            codes[i, : len(row)] = row
        return np.array(_COLOURS, dtype=np.uint8)[codes]

    # -- how it is judged ----------------------------------------------------------------------------------------

    def begin(self, task: Posed) -> Any:
        return task.data if self.by == "move" else None

    def hear(self, task: Posed, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        columns = {"puzzle": task.name, "level": task.level}
        if self.by == "answer":
            right = self.check(said, task)
            return Heard("", {"outcome": float(right)}, True, right, memory, bool(final(said)), columns)
        sokoban: Any = PUZZLES["sokoban"]
        move = _WORDS.get(final(said), final(said))
        understood = move in _WORDS.values()
        after = sokoban.move(memory, move) if understood else None
        board = memory if after is None else after
        success = sokoban.done(board)
        reply = "" if success else "/".join(board)
        if after is None and not self.brief:
            reply = f"{'you cannot move there' if understood else 'please say up, down, left or right'}; {reply}"
        columns["boxes_home"] = "".join(board).count("*")
        return Heard(reply, {"outcome": float(success)}, success, success, board, understood, columns)

    def check(self, said: str, task: Posed) -> bool:
        """Is the last line a solution?"""
        return PUZZLES[task.name].verify(task.data, final(said))

    def expert(self, task: Posed, memory: Any, rng: np.random.Generator) -> str:
        if self.by == "answer":
            return self.solution(task).answer
        move = PUZZLES["sokoban"].solve(memory).answer[:1]  # of a shortest solution; none in a dead end
        words = {letter: word for word, letter in _WORDS.items()}
        return move or "u" if self.brief else words.get(move, "up")

    def examples(self) -> Sequence[Example]:
        found = []
        for name, puzzle in PUZZLES.items():
            if self.puzzle in (name, "all"):
                found += _examples(puzzle, self.level or 1)
        return found

    def vocabulary(self) -> Sequence[str]:
        signs = " /.,:>=#$*@+-()"
        return (*"abcdefghijklmnopqrstuvwxyz0123456789", *signs) if self.brief else super().vocabulary()

    def card(self) -> Card:
        which = "A puzzle of one of twelve kinds" if self.puzzle == "all" else f"A puzzle ({self.puzzle})"
        how = "one move: up, down, left or right" if self.by == "move" else "the solution on the last line"
        return Card(
            summary=f"{which}, made anew each time, whose solution can be verified.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: {how}"},
            reward="1 when the puzzle is solved",
            info={
                "puzzle": "the kind",
                "level": "of difficulty, 1..5",
                "boxes_home": "boxes on goals, where one plays move by move",
                **self.told(),
            },
            optimal_return=1.0,
            source="Zhao et al., MM-HELIX, 2025, Section 3",
        )


def _examples(puzzle: Puzzle, level: int) -> list[Example]:
    """A solution in several spellings, and what is none."""
    posed = Posed(puzzle.name, level, puzzle.make(level, np.random.default_rng(7)))
    answer = puzzle.solve(posed.data).answer
    right = [answer, f" {answer} \n", answer.upper(), f"answer: {answer}", f"I try this\n{answer}.", f"# {answer}"]
    wide = chr(ord(answer[0]) + 0xFEE0)  # the same sign in full width
    wrong = ["", "no", answer[1:], f"{answer} 0 {answer}", f"{answer}\nno", f"{wide}{answer[1:]}", answer * 100, "?",
             f"\\u{{{ord(answer[0]):x}}}{answer[1:]}", "9" * 5000, f"{answer} %"]  # fmt: skip
    return [Example(s, posed, True) for s in right] + [Example(s, posed, False) for s in wrong]
