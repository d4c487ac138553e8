"""`Evolution`: the grammar's search as a system of the designer loop; it asks nobody."""

from dataclasses import dataclass, field

import numpy as np

from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.system import Proposal, Run, System
from rewardlab.rewards.language.evolution.grammar import read_design
from rewardlab.rewards.language.evolution.search import Scored, propose
from rewardlab.rewards.language.evolution.sheet import Sheet, read_sheet


@dataclass
class Evolution(System):
    """Programs of the grammar, varied from the best ones of earlier rounds.

    Args:
        elites: how many of the best are parents.
        tournament: how many of them are compared for each parent.
        crossing: share of children with two parents.
        fresh: share of programs that are drawn anew.
    """

    elites: int = 8
    tournament: int = 3
    crossing: float = 0.3
    fresh: float = 0.15
    name: str = field(default="evolution", init=False)
    repairs: int = field(default=0, init=False)

    def propose(self, run: Run) -> list[Proposal]:
        sheet = self._sheet(run)
        history = self._history(run, sheet)
        made = propose(
            history, run.size, sheet, run.rng,
            elites=self.elites, tournament=self.tournament, crossing=self.crossing, fresh=self.fresh,
        )  # fmt: skip
        return [Proposal(source=design.source(sheet), author="evolution") for design in made]

    def _sheet(self, run: Run) -> Sheet:
        return read_sheet(run.context.card, run.context.signature, task=run.context.task)

    def _history(self, run: Run, sheet: Sheet) -> list[Scored]:
        """All designs that were tried, scored by their place among the good ones; equal success is an equal place."""
        good = self.choose(run)
        levels = sorted({c.score for c in good}, reverse=True)
        place = {c.name: levels.index(c.score) for c in good}
        read = [(read_design(c.source, sheet), c) for c in run.candidates]
        return [Scored(design, self._score(c, place)) for design, c in read if design is not None]

    def _score(self, c: Candidate, place: dict[str, int]) -> float:
        return -float(place[c.name]) if c.name in place else -np.inf
