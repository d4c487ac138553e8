"""The designer loop: rounds of proposals, each judged, repaired, trained and compared.

A round: the system proposes candidates; the oracle answers, all at once; answers become programs; the critic vets them;
faulty ones go back with what is wrong; agents are trained on the good ones; the system ranks all that there are and
says what is learned. Everything is written down before it is used (`Transcript`). What fails is dropped with its
reason, and the loop goes on with what is good until rounds or budget end.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, DesignFailed, OracleFailed
from rewardlab.core.oracle import Ask, Prompt
from rewardlab.rewards.language.design import critic
from rewardlab.rewards.language.design.budget import Budget, Spent
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.context import Context
from rewardlab.rewards.language.design.desk import Desk, Watch
from rewardlab.rewards.language.design.judging import Judge, Vet, python_sandbox, read, sandbox
from rewardlab.rewards.language.design.system import Run, System
from rewardlab.rewards.language.design.trained import Train
from rewardlab.rewards.language.design.training import train_pending
from rewardlab.rewards.language.design.transcript import Transcript


@dataclass(frozen=True)
class Designed:
    """What a design came to.

    Attributes:
        context: the task.
        system: the name of the system.
        best: the best candidate; None if there is none.
        ranking: the good ones, the best first.
        candidates: all of them.
        reflections: after each round but the last.
        rounds: that were begun.
        stopped: why it ended, in words.
        spent: on it, by the transcript.
    """

    context: Context
    system: str
    best: Candidate | None
    ranking: tuple[Candidate, ...]
    candidates: tuple[Candidate, ...]
    reflections: tuple[str, ...]
    rounds: int
    stopped: str
    spent: Spent


def design_reward(
    system: System,
    context: Context,
    ask: Ask | None,
    train: Train,
    batch: Transitions,
    *,
    rounds: int = 3,
    size: int = 4,
    budget: Budget | None = None,
    seed: int = 0,
    transcript: str | Path | None = None,
    vet: Vet | None = None,
    audit: critic.Audit | None = None,
    patience: float | None = None,
    watch: Watch | None = None,
    settings: dict[str, Any] | None = None,
) -> Designed:
    """Design a reward.

    Args:
        system: how.
        context: for what.
        ask: who answers; None for a system that proposes programs of its own.
        train: trains agents on rewards.
        batch: [B] recorded steps of the environment, for the dry run: the more varied, the better.
        rounds: of proposals, at most.
        size: candidates per round.
        budget: what may be spent; no cap if not given.
        seed: of what the system draws.
        transcript: a file to begin, or to go on from; None keeps none.
        vet: the sandbox; that of `rewardlab.core.sandbox` for the language of the context if not given.
        audit: says in a line what an audit of a reward finds.
        patience: seconds after which a batch of answers is given up; None waits.
        watch: is told what happens.
        settings: what else decides the result: a run with others cannot go on from this transcript.

    Returns:
        The best candidate and all others, also where a budget ended the run.

    Raises:
        BadOption: for a number below 1, or a transcript of another run.
        DesignFailed: if no candidate could be trained; the message says why each was dropped.
    """
    for name, value in (("rounds", rounds), ("size", size)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise BadOption(
                f"{name}={value!r}", where="design_reward", expected="an integer of at least 1", mend=f"{name}=1"
            )
    language = {} if context.language == "numeric" else {"language": context.language}
    book = Transcript(transcript)
    book.begin({"env": context.env, "task": context.task, "system": system.name, "size": size, "seed": seed,
                "settings": critic.plain({**(settings or {}), **language})})  # fmt: skip
    desk = Desk(book, ask, budget=budget or Budget(), patience=patience, watch=watch or (lambda kind, what: None))
    run = Run(context, batch, system.name, size, seed, desk.ask, spent=desk.spent)
    judge = Judge(system, run, desk, vet or (python_sandbox if language else sandbox), audit)
    stopped = silent = ""
    begun = 0
    while begun < rounds and not stopped:
        run.round, begun = begun, begun + 1
        desk.watch("round", run)
        silent = _propose(system, run, desk, judge)
        train_pending(system, run, desk, train)
        _choose(system, run, desk)
        stopped = desk.stopped or silent or system.finished(run)
        if begun < rounds and not stopped:  # nobody would read what is said after the last round
            stopped = _reflect(system, run, desk)
    made = Designed(
        context=context,
        system=system.name,
        best=run.best,
        ranking=tuple(run.ranking),
        candidates=tuple(run.candidates),
        reflections=tuple(run.reflections),
        rounds=begun,
        stopped=stopped or f"{rounds} round{' is' if rounds == 1 else 's are'} done",
        spent=desk.spent,
    )
    end = {"stopped": made.stopped, "best": made.best.name if made.best else None, "silent": bool(silent)}
    held = book.find("end", (begun,))
    if held is None or any(held[k] != v for k, v in end.items()):
        book.add("end", (begun,), **end)
    if made.best is None:
        raise _failure(made)
    return made


def _propose(system: System, run: Run, desk: Desk, judge: Judge) -> str:
    """The candidates of a round, read, judged and repaired; returns why to stop if nobody answered, else ""."""
    proposals = system.propose(run)
    made = [Candidate(run.round, i, parents=p.parents, author=p.author, data=p.data) for i, p in enumerate(proposals)]
    run.candidates += made
    waiting: dict[int, Prompt | None] = {i: p.prompt for i, p in enumerate(proposals)}
    silent = ""
    for attempt in range(system.repairs + 1):
        asked = {i: prompt for i, prompt in waiting.items() if prompt is not None}
        replies = dict(zip(asked, desk.ask(list(asked.values())), strict=True))
        lost = [r for r in replies.values() if isinstance(r, OracleFailed)]
        if attempt == 0 and lost and len(lost) == len(made):
            silent = f"no answer: {str(lost[0]).splitlines()[0]}"
        for i, prompt in waiting.items():
            kept = attempt and isinstance(replies[i], OracleFailed)  # it stays refused as it was
            if kept:
                made[i].notes += (f"no answer to the repair: {str(replies[i]).splitlines()[0]}",)
            else:
                read(system, run, made[i], proposals[i].source, prompt, replies.get(i), attempt)
        judge([made[i] for i in waiting])
        back: dict[int, Prompt | None] = {}
        for i, prompt in waiting.items():
            reply = replies.get(i)
            faulty = not made[i].accepted and prompt is not None and isinstance(reply, str)
            again = None
            if faulty and attempt < system.repairs and not desk.stopped:
                again = system.repair(made[i], proposals[i].prompt or prompt, str(reply), run)  # type: ignore[arg-type]
            if again is None:
                desk.watch("candidate", made[i])
            else:
                desk.watch("repair", made[i])
                back[i] = again
        waiting = back
        if not waiting:
            break
    return silent


def _choose(system: System, run: Run, desk: Desk) -> None:
    """Rank the good candidates; a choice among the same ones is made once."""
    good = [c.name for c in run.candidates if c.good]
    key = (run.round, *good)
    held = desk.book.take("choice", key)
    if held is None:
        held = desk.book.add("choice", key, ranking=[c.name for c in system.choose(run)])
    run.ranking = [run.named(name) for name in held["ranking"]]
    desk.watch("choice", run)


def _reflect(system: System, run: Run, desk: Desk) -> str:
    """Say what is learned; returns which budget that spent, if one."""
    held = desk.book.take("reflection", (run.round,))
    text = system.reflect(run) if held is None else held["text"]
    if desk.stopped:
        return desk.stopped
    if held is None:
        desk.book.add("reflection", (run.round,), text=text)
    run.reflections.append(text)
    return ""


def _failure(made: Designed) -> DesignFailed:
    """No candidate could be trained: why not."""
    lines = []
    for c in made.candidates:
        if c.verdict is not None and not c.verdict.accepted:
            lines.append(f"{c.name}: {c.verdict.problems[-1].splitlines()[0]}")
        elif c.trained is not None and c.trained.error:
            said = [x for x in c.trained.error.strip().splitlines() if x[:1].strip()]  # no frames, no advice
            lines.append(f"{c.name}: {said[-1] if said else c.trained.error.strip()}")
        else:
            lines.append(f"{c.name}: not trained")
    error = DesignFailed(
        f"no reward was found, {made.stopped}: " + "; ".join(lines[:6]) + ("; ..." if len(lines) > 6 else ""),
        where=f"design {made.context.env}",
        expected="at least one program that passes the critic and can be trained on",
        mend="read the transcript; ask another oracle, or allow more rounds, calls or repairs",
    )
    vetted = [c for c in made.candidates if c.accepted]
    error.best = vetted[0].source if vetted else ""
    return error
