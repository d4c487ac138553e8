"""Agents for the accepted candidates of a round: each trained once, each result on the disk as it comes."""

import time
from collections.abc import Iterator
from typing import Any

from rewardlab.core.arrays import array
from rewardlab.core.errors import BadOption, RewardlabError
from rewardlab.core.reward import Reward
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.desk import Desk
from rewardlab.rewards.language.design.system import Run, System
from rewardlab.rewards.language.design.trained import Train, Trained
from rewardlab.rewards.language.design.trajectories import Analysis, analyse


def train_pending(system: System, run: Run, desk: Desk, train: Train) -> None:
    """Train on the accepted candidates of this round; the same program is not trained twice."""
    first: dict[str, Candidate] = {c.hash: c for c in reversed(run.candidates) if c.trained is not None}
    pending, twins = [], []
    for c in run.latest:
        if c.accepted and c.hash in first:
            twins.append(c)
        elif c.accepted:
            first[c.hash] = c
            held = desk.book.take("trained", (c.round, c.index))
            if held is None:
                pending.append(c)
            else:
                _settle(c, held, desk)
    cap = desk.budget.trainings
    if cap is not None and len(pending) > cap - desk.spent.trainings:
        pending = pending[: max(0, cap - desk.spent.trainings)]
        desk.stopped = desk.stopped or f"the budget of {cap} trainings is spent"
    late = desk.spent.over(desk.budget, "seconds")
    if pending and late:
        desk.stopped = desk.stopped or late
    elif pending:
        _train(system, run, desk, train, pending)
    for c in twins:
        twin = first[c.hash]
        c.trained, c.analysis = twin.trained, twin.analysis
        c.notes += (f"the same program as {twin.name}: not trained again",)


def _train(system: System, run: Run, desk: Desk, train: Train, pending: list[Candidate]) -> None:
    desk.watch("training", len(pending))
    if run.context.language == "python":
        from rewardlab.core.sandbox.jail.session import require

        require()  # without walls nobody is trained, rather than each training failing
    rewards = [system.reward(c.source, run) for c in pending]
    began = time.monotonic()
    results: Iterator[Trained] = iter(())
    error = ""
    try:
        results = iter(train(rewards))
    except RewardlabError as e:
        error = str(e)
    for i, (c, reward) in enumerate(zip(pending, rewards, strict=True)):
        try:
            trained = Trained.failed(error) if error else next(results)
        except StopIteration:
            raise BadOption(f"{i} results", where="train", expected=f"one per reward, {len(rewards)}") from None
        except RewardlabError as e:  # the iterator is at its end
            error = str(e)
            trained = Trained.failed(error)
        seconds, began = time.monotonic() - began, time.monotonic()
        if trained.steps is not None:
            desk.book.keep(_file(c), trained.steps)
        analysis = _analysed(trained, reward)
        getattr(getattr(reward, "program", None), "close", lambda: None)()  # no worker outlives what it is for
        held = desk.book.add(
            "trained", (c.round, c.index), name=c.name, trained=trained.to_json(),
            analysis=None if analysis is None else analysis.to_json(), seconds=seconds,
        )  # fmt: skip
        _settle(c, held, desk)
        desk.stopped = desk.stopped or (desk.spent.over(desk.budget, "seconds") if i + 1 < len(pending) else "")
        if desk.spent.over(desk.budget, "seconds"):
            getattr(results, "close", lambda: None)()
            return


def _analysed(trained: Trained, reward: Reward) -> Analysis | None:
    if trained.steps is None or trained.error is not None:
        return None
    try:
        terms = {k: array(v) for k, v in reward.recorded(trained.steps).items()}
    except RewardlabError:  # a column that is not recorded
        terms = {}
    return analyse(trained.steps, {k: v for k, v in terms.items() if k != "rest" or (abs(v) > 1e-9).any()})


def _settle(c: Candidate, held: dict[str, Any], desk: Desk) -> None:
    """Take over what the transcript says of a training."""
    c.trained = Trained.from_json(held["trained"], desk.book.steps(_file(c)))
    c.analysis = None if held["analysis"] is None else Analysis.from_json(held["analysis"])
    desk.watch("trained", c)


def _file(c: Candidate) -> str:
    return f"{c.round + 1}-{c.index + 1}"
