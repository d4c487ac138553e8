"""`Candidate`: one reward program and everything that is known of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardlab.rewards.language.design.critic import Verdict
from rewardlab.rewards.language.design.trained import Trained
from rewardlab.rewards.language.design.trajectories import Analysis


@dataclass
class Candidate:
    """A reward program in the running.

    Attributes:
        round: 0 is the first.
        index: its place in the round.
        source: the program as it stands now; "" where no answer held one.
        author: who wrote it: "model NAME", "hand", "evolution" ...
        parents: names of the candidates that it was made from.
        prompt: SHA-256 of the prompt that it answers; "" for what nobody was asked.
        repairs: how often it was sent back.
        notes: what was dropped or done on the way, in sentences.
        verdict: of the critic; None before it spoke.
        trained: what became of an agent; None before.
        analysis: of that agent's episodes; None before.
        data: what a system wants to remember of it, plain values.
    """

    round: int
    index: int
    source: str = ""
    author: str = ""
    parents: tuple[str, ...] = ()
    prompt: str = ""
    repairs: int = 0
    notes: tuple[str, ...] = ()
    verdict: Verdict | None = None
    trained: Trained | None = None
    analysis: Analysis | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Round and place, counted from 1: "2.3" is the third of the second round."""
        return f"{self.round + 1}.{self.index + 1}"

    @property
    def accepted(self) -> bool:
        """Whether the critic let it pass."""
        return self.verdict is not None and self.verdict.accepted

    @property
    def good(self) -> bool:
        """Whether it passed and an agent was trained with it."""
        return self.accepted and self.trained is not None and self.trained.error is None

    @property
    def score(self) -> tuple[float, float]:
        """Success, then the task's return; below all others where there is no trained agent."""
        return (-2.0, float("-inf")) if self.trained is None else self.trained.score

    @property
    def hash(self) -> str:
        """SHA-256 of the source."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """All of it but recorded steps, as plain values."""
        return {
            "name": self.name,
            "source": self.source,
            "hash": self.hash,
            "author": self.author,
            "parents": list(self.parents),
            "prompt": self.prompt,
            "repairs": self.repairs,
            "notes": list(self.notes),
            "verdict": None if self.verdict is None else self.verdict.to_json(),
            "trained": None if self.trained is None else self.trained.to_json(),
            "analysis": None if self.analysis is None else self.analysis.to_json(),
            "data": dict(self.data),
        }
