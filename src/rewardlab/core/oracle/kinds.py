"""What an oracle is: a plain function from a batch of texts to a batch of answers.

`Ask` takes prompts and returns as many texts. Any function of that shape is an oracle; no class need be inherited. A
prompt may say more about itself than its text (`Prompt`), an answer may say where it came from (`Answer`); both are
strings, so that who does not care need not know.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rewardlab.core.errors import OracleFailed

Ask = Callable[[Sequence[str]], Sequence[str | OracleFailed]]
"""Prompts [B] to answers [B]. A prompt that got no answer has the error in its place, so that the others are kept."""
Embed = Callable[[Sequence[Any]], np.ndarray]
"""Texts or pictures [B] to vectors [B, D], float32."""
Prefer = Callable[[Sequence[str], Sequence[str], Sequence[str]], np.ndarray]
"""(contexts, firsts, seconds) [B] to labels [B] in 0..1: 1 the first is better, 0 the second, 1/2 neither; NaN none."""


class Prompt(str):
    """A text that is asked, with what a recording and a chat need to know of it.

    Attributes:
        system: the instructions that go before the text, or "".
        key: (task, system, round, candidate) by which a recording knows it; numbers within the text do not matter.
    """

    __slots__ = ("key", "system")
    key: tuple[str | int, ...]
    system: str

    def __new__(cls, text: str, *, system: str = "", key: Sequence[str | int] = ()) -> "Prompt":
        self = super().__new__(cls, text)
        self.system, self.key = system, tuple(key)
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:  # type: ignore[override]
        return (str(self),), {"system": self.system, "key": self.key}


class Answer(str):
    """A text that was answered.

    Attributes:
        author: who wrote it: "model NAME", "hand", "evolution", a person's name.
        tokens: (prompt, answer) tokens as counted by the one who answered; (0, 0) if not said.
        cost: what it cost, in the ledger's currency; 0 for a cached, recorded or local one.
        finish: "stop", "length" if it was cut, or what the endpoint said.
        cached: whether it came from the cache.
    """

    __slots__ = ("author", "cached", "cost", "finish", "tokens")
    author: str
    tokens: tuple[int, int]
    cost: float
    finish: str
    cached: bool

    def __new__(
        cls,
        text: str,
        *,
        author: str = "",
        tokens: tuple[int, int] = (0, 0),
        cost: float = 0.0,
        finish: str = "stop",
        cached: bool = False,
    ) -> "Answer":
        self = super().__new__(cls, text)
        self.author, self.tokens, self.cost, self.finish, self.cached = author, tokens, cost, finish, cached
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:  # type: ignore[override]
        kept = {name: getattr(self, name) for name in Answer.__slots__}
        return (str(self),), kept


def answers(ask: Ask, prompts: Sequence[str]) -> list[str | OracleFailed]:
    """One entry per prompt, in order: its answer, or the error that stands in its place.

    An oracle that raises `OracleFailed` for the whole batch failed each of its prompts.

    Raises:
        OracleFailed: if the oracle returned another number of answers, or something that is no text.
    """
    if not prompts:
        return []
    try:
        given = ask(prompts)
    except OracleFailed as e:
        return [e] * len(prompts)
    if isinstance(given, str) or len(given) != len(prompts):
        count = "one text" if isinstance(given, str) else f"{len(given)} answers"
        raise OracleFailed(
            f"{count} to {len(prompts)} prompts",
            where=getattr(ask, "__name__", type(ask).__name__),
            expected="one answer per prompt, in order",
            mend="return a list as long as the prompts; put an OracleFailed where there is no answer",
        )
    for one in given:
        if not isinstance(one, (str, OracleFailed)):
            raise OracleFailed(
                f"an answer of type {type(one).__name__}",
                where=getattr(ask, "__name__", type(ask).__name__),
                expected="text, or an OracleFailed",
                mend="return strings",
            )
    return list(given)
