"""`Desk`: where the loop asks, counts and writes down.

An answer is on the disk before anybody sees it. Where there is none an `OracleFailed` stands in its place; when a
budget is reached nothing more is asked, and `stopped` says which.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from rewardlab.core.errors import BadOption, BudgetSpent, NoRecording, OracleFailed
from rewardlab.core.oracle import Answer, Ask, Prompt, answers
from rewardlab.rewards.language.design.budget import Budget, Spent
from rewardlab.rewards.language.design.transcript import Transcript

Watch = Callable[[str, Any], None]
"""Called with ("round", Run), ("asking", number of prompts), ("candidate", Candidate), ("training", number of rewards),
("trained", Candidate), ("choice", Run)."""


class Desk:
    """Asks the oracle for what the transcript does not hold.

    Args:
        book: the transcript.
        oracle: who answers; None where nobody is to be asked.
        budget: what may be spent.
        patience: seconds for one batch of answers; None waits as long as it takes.
        watch: is told what happens.

    Attributes:
        stopped: which budget is reached, in words; "" while none is.
    """

    def __init__(
        self, book: Transcript, oracle: Ask | None, *, budget: Budget, patience: float | None, watch: Watch
    ) -> None:
        self.book, self.oracle, self.budget, self.patience, self.watch = book, oracle, budget, patience, watch
        self.stopped = ""

    @property
    def spent(self) -> Spent:
        """So far, by the transcript."""
        return self.book.spent

    def ask(self, prompts: Sequence[Prompt]) -> list[Answer | OracleFailed]:
        """One entry per prompt, in order.

        Raises:
            BadOption: for a prompt without a key: `Run.prompt` makes them.
        """
        for p in prompts:
            if not getattr(p, "key", ()):
                raise BadOption(f"a prompt without a key: {p[:60]!r}", where="design", expected="Run.prompt(...)")
        held: dict[int, Answer | OracleFailed] = {}
        for i, p in enumerate(prompts):
            known = self._recorded(p)
            if known is not None:
                held[i] = known
        missing = [i for i in range(len(prompts)) if i not in held]
        room = self._room(len(missing))
        for i in missing[room:]:
            held[i] = OracleFailed(f"not asked: {self.stopped}", where="design")
        missing = missing[:room]
        if missing:
            self.watch("asking", len(missing))
            began = time.monotonic()
            given = self._given([prompts[i] for i in missing])
            seconds = (time.monotonic() - began) / len(missing)
            for i, answer in zip(missing, given, strict=True):
                held[i] = self._write(prompts[i], answer, seconds)
        self.stopped = self.stopped or self.spent.over(self.budget, "cost", "seconds")
        return [held[i] for i in range(len(prompts))]

    def _room(self, wanted: int) -> int:
        """How many of `wanted` calls the budgets leave."""
        if not wanted:
            return 0
        over = self.spent.over(self.budget, "calls", "cost", "seconds")
        cap = self.budget.calls
        left = wanted if cap is None else min(wanted, cap - self.spent.calls)
        if not over and left < wanted:
            over = f"the budget of {cap} calls is spent"
        self.stopped = self.stopped or over
        return 0 if self.spent.over(self.budget, "calls", "cost", "seconds") else left

    def _recorded(self, prompt: Prompt) -> Answer | OracleFailed | None:
        """What the transcript holds. A call that failed is made again, unless its round was played to an end."""
        held = self.book.take("answer", prompt.key)
        if held is None and self._over(prompt.key[2]):
            failed = self.book.take("failure", prompt.key)
            return None if failed is None else OracleFailed(failed["error"])
        if held is None:
            return None
        return Answer(held["answer"], author=held["author"], tokens=tuple(held["tokens"]), cost=held["cost"],
                      finish=held["finish"], cached=True)  # fmt: skip

    def _over(self, number: Any) -> bool:
        """Whether a round was played to its end, what failed in it included."""
        end = self.book.find("end", (number + 1,)) if isinstance(number, int) else None
        return self.book.find("reflection", (number,)) is not None or bool(end and end["best"] and not end["silent"])

    def _write(self, prompt: Prompt, answer: str | OracleFailed, seconds: float) -> Answer | OracleFailed:
        if isinstance(answer, OracleFailed) and answer.what.startswith("not asked"):  # the ledger's cap, in its place
            self.stopped = self.stopped or answer.what.removeprefix("not asked: ")
            return answer
        if isinstance(answer, OracleFailed):
            self.book.add("failure", prompt.key, error=str(answer), seconds=seconds)
            return answer
        self.book.add(
            "answer", prompt.key, system=prompt.system, prompt=str(prompt), answer=str(answer),
            author=getattr(answer, "author", "") or "an oracle", tokens=list(getattr(answer, "tokens", (0, 0))),
            cost=float(getattr(answer, "cost", 0.0)), finish=getattr(answer, "finish", "stop"), seconds=seconds,
        )  # fmt: skip
        kept = self._recorded(prompt)
        assert kept is not None
        return kept

    def _given(self, prompts: list[Prompt]) -> list[str | OracleFailed]:
        """What the oracle says within its time; one by one where a recording holds only some."""
        if self.oracle is None:
            return [OracleFailed("there is no oracle to ask", where="design", mend="give one: ask=")] * len(prompts)
        try:
            return self._within(prompts)
        except BudgetSpent as e:
            self.stopped = self.stopped or str(e).splitlines()[0]
            return [OracleFailed(f"not asked: {self.stopped}")] * len(prompts)
        except NoRecording as e:
            if len(prompts) == 1:
                return [OracleFailed(str(e))]
            return [self._given([p])[0] for p in prompts]
        except OracleFailed as e:
            return [e] * len(prompts)

    def _within(self, prompts: list[Prompt]) -> list[str | OracleFailed]:
        assert self.oracle is not None
        if self.patience is None:
            return answers(self.oracle, prompts)
        came: list[Any] = []

        def call() -> None:
            try:
                came.append(answers(self.oracle, prompts))  # type: ignore[arg-type]
            except BaseException as e:
                came.append(e)

        thread = threading.Thread(target=call, daemon=True)  # an oracle that never answers holds nobody back
        thread.start()
        thread.join(self.patience)
        if not came:
            late = OracleFailed(f"no answer within {self.patience:g} s", where="design", mend="give it more patience")
            return [late] * len(prompts)
        if isinstance(came[0], BaseException):
            raise came[0]
        return list(came[0])
