"""From answers to verdicts: a program is read, vetted in the sandbox, judged by the critic and by its system."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import OracleFailed, RewardlabError
from rewardlab.core.oracle import Prompt
from rewardlab.rewards.language.design import critic
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.critic import Audit, Verdict
from rewardlab.rewards.language.design.desk import Desk
from rewardlab.rewards.language.design.system import Run, System

Vet = Callable[[Sequence[str], Transitions], Iterable[Any]]
"""Sources [K] and recorded steps [B] to a `Vetting` each."""


def sandbox(sources: Sequence[str], batch: Transitions, *, walls: Literal["jail", "none"] = "jail") -> Iterable[Any]:
    """The sandbox of this package; with `walls="none"` programs are tried in a process that is no prison."""
    from rewardlab.core.sandbox import Limits, vet_many

    # A call costs one step as much as thousands, and agents pay whole batches: only a program that is slow beyond any
    # noise of a busy machine is refused, or the same design would end differently there.
    return vet_many(sources, batch, limits=Limits(seconds_per_row=0.05), sandbox=walls)


def python_sandbox(sources: Sequence[str], batch: Transitions) -> Iterable[Any]:
    """The sandbox for whole Python: always the jail, for nothing else would shut it in."""
    from rewardlab.core.sandbox import Limits, vet_python_many

    return vet_python_many(sources, batch, limits=Limits(seconds=20.0, seconds_per_row=0.05))


def read(system: System, run: Run, c: Candidate, source: str, prompt: Prompt | None, reply: Any, attempt: int) -> None:
    """Give a candidate the program of its answer, or the reason why there is none."""
    c.repairs, c.verdict, c.source = attempt, None, source
    if prompt is None:
        return
    c.prompt = hashlib.sha256(f"{prompt.system}\0{prompt}".encode()).hexdigest()
    if isinstance(reply, OracleFailed):
        c.verdict = critic.refused(f"no answer: {str(reply).splitlines()[0]}")
        return
    c.author = getattr(reply, "author", "") or "an oracle"
    if getattr(reply, "finish", "stop") == "length":
        c.notes += ("the answer was cut at the limit of its length",)
    try:
        found = system.parse(reply, run)
    except RewardlabError as e:
        c.verdict = critic.refused(str(e))
        return
    c.source, c.notes = found.source, c.notes + found.dropped


class Judge:
    """Gives candidates their verdicts: those of the transcript, else those of sandbox, critic and system."""

    def __init__(self, system: System, run: Run, desk: Desk, vet: Vet, audit: Audit | None) -> None:
        self.system, self.run, self.desk, self.vet, self.audit = system, run, desk, vet, audit

    def __call__(self, made: Sequence[Candidate]) -> None:
        """Set `verdict` of each; a program that was judged before is not judged again."""
        fresh = []
        for c in made:
            held = self.desk.book.take("candidate", (c.round, c.index, c.repairs))
            if held is not None and held["source"] == c.source and (c.verdict is None or c.source):
                c.verdict = Verdict.from_json(held["verdict"])
            elif c.verdict is None:
                fresh.append(c)
            elif held is None:
                self._write(c)
        verdicts = self.vet([c.source for c in fresh], self.run.batch) if fresh else ()
        for c, vetting in zip(fresh, verdicts, strict=True):
            c.verdict = self._judged(c, vetting)
            self._write(c)

    def _judged(self, c: Candidate, vetting: Any) -> Verdict:
        verdict = critic.of_vetting(vetting)
        if not verdict.accepted:
            return verdict
        try:
            reward = self.system.reward(c.source, self.run)
            uses = getattr(getattr(reward, "program", None), "uses", None)
            verdict = critic.semantics(verdict, reward, uses, self.run.batch, self.audit)
        except RewardlabError as e:
            return Verdict(False, (str(e),), (), verdict.report)
        return self.system.review(c, verdict, self.run) if verdict.accepted else verdict

    def _write(self, c: Candidate) -> None:
        """Write a verdict down, and go on with what was written."""
        assert c.verdict is not None
        held = self.desk.book.add(
            "candidate", (c.round, c.index, c.repairs), name=c.name, source=c.source, author=c.author,
            parents=list(c.parents), prompt=c.prompt, notes=list(c.notes), verdict=c.verdict.to_json(),
        )  # fmt: skip
        c.verdict = Verdict.from_json(held["verdict"])
