"""`System`: what one published way of designing rewards differs in; `Run`: what it may look at meanwhile.

All systems share the loop: propose, read, judge, repair, train, choose, reflect. A system writes the prompts and says
which candidates are better; every method has a default but `propose`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.core.oracle import Prompt
from rewardlab.core.reward import Reward
from rewardlab.rewards.language.design.answers import Found, program_of
from rewardlab.rewards.language.design.budget import Spent
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.context import SYSTEM, Context
from rewardlab.rewards.language.design.critic import Verdict
from rewardlab.rewards.language.programmed import Programmed, in_python

PATIENCE = 3600.0  # seconds that all calls of a program in whole Python may take together
REPAIR = """{prompt}

Your answer was:
```python
{source}
```
It cannot be used:
{problems}
Write the whole function again, mended."""


@dataclass(frozen=True)
class Proposal:
    """How a candidate of a round comes about: by a question, or by a program that the system has itself.

    Attributes:
        prompt: what to ask; None if `source` is given.
        source: the program of who needs no answer: evolution, the incumbent that is entered again.
        author: of `source`.
        parents: names of the candidates that it is made from.
        data: what to remember of it, plain values.
    """

    prompt: Prompt | None = None
    source: str = ""
    author: str = ""
    parents: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Run:
    """A design under way, as its system sees it.

    Attributes:
        context: the task.
        batch: [B] recorded steps.
        system: the name of the system, which stands in the keys of its prompts.
        size: candidates per round.
        seed: of the whole design.
        ask: prompts [B] to answers [B], an `OracleFailed` where there is none; each is on the disk before it is seen.
            Prompts need keys of their own: `prompt` makes them.
        round: 0 is the first.
        candidates: of all rounds, good and bad.
        ranking: the good ones as they were last chosen, the best first.
        reflections: what was said after each round.
        spent: so far.
    """

    context: Context
    batch: Transitions
    system: str
    size: int
    seed: int
    ask: Callable[[Sequence[Prompt]], list[Any]]
    round: int = 0
    candidates: list[Candidate] = field(default_factory=list)
    ranking: list[Candidate] = field(default_factory=list)
    reflections: list[str] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)

    @property
    def best(self) -> Candidate | None:
        """The best so far; None before anything was trained."""
        return self.ranking[0] if self.ranking else None

    @property
    def latest(self) -> list[Candidate]:
        """The candidates of this round."""
        return [c for c in self.candidates if c.round == self.round]

    @property
    def rng(self) -> np.random.Generator:
        """A generator of this round: the same numbers again whenever the round is played again."""
        return np.random.default_rng([self.seed, self.round])

    def named(self, name: str) -> Candidate:
        """The candidate of this name."""
        return next(c for c in self.candidates if c.name == name)

    def prompt(self, text: str, candidate: str | int, *, system: str = SYSTEM) -> Prompt:
        """A prompt of this round with the key (environment, system, round, candidate)."""
        return Prompt(text, system=system, key=(self.context.env, self.system, self.round, candidate))


class System:
    """A way of designing rewards. Subclasses are dataclasses whose fields are the paper's parameters."""

    name: str = "system"
    """Stands in transcripts and recordings."""
    repairs: int = 3
    """How often a faulty program is sent back."""

    def propose(self, run: Run) -> list[Proposal]:
        """What to try in this round, about `run.size` candidates."""
        raise NotImplementedError(f"{type(self).__name__} proposes nothing: define propose(self, run)")

    def parse(self, answer: str, run: Run) -> Found:
        """The program in an answer; raises BadProgram with what was there instead."""
        return program_of(answer)

    def review(self, candidate: Candidate, verdict: Verdict, run: Run) -> Verdict:
        """A further word of the critic on a program that the sandbox accepted."""
        return verdict

    def repair(self, candidate: Candidate, asked: Prompt, answer: str, run: Run) -> Prompt | None:
        """How to send a faulty program back; None to drop it. `candidate.verdict` says what is wrong."""
        problems = "\n".join(f"- {p}" for p in (candidate.verdict.problems if candidate.verdict else ()))
        text = REPAIR.format(prompt=asked, source=candidate.source or answer[:2000], problems=problems)
        return run.prompt(text, f"{candidate.index}.{candidate.repairs + 1}", system=asked.system)

    def reward(self, source: str, run: Run) -> Reward:
        """What an accepted program pays."""
        if run.context.language == "python":
            return in_python(source, run.context.signature, total=PATIENCE)
        return Programmed(source, run.context.signature)

    def choose(self, run: Run) -> list[Candidate]:
        """The good candidates of all rounds, the best first: by success, then the task's return, then age."""
        good = [c for c in run.candidates if c.good]
        return sorted(good, key=lambda c: (*(-s for s in c.score), c.round, c.index))

    def reflect(self, run: Run) -> str:
        """What is learned from this round, for the prompts of the next; recorded."""
        return ""

    def finished(self, run: Run) -> str:
        """Why to stop before the last round; "" to go on."""
        return ""
