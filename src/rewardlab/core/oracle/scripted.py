"""An oracle whose answers are written down beforehand: for tests and for teaching."""

import threading
from collections.abc import Callable, Sequence

from rewardlab.core.errors import OracleFailed
from rewardlab.core.oracle.kinds import Answer

Said = str | Exception


class Scripted:
    """Answers one prompt after the other from a list, or by a function of the prompt.

    Args:
        script: answers in order; an `OracleFailed` among them stands in the place of an answer, another error is
            raised. Or a function from a prompt to its answer.
        cycle: begin the list again when it is used up; else prompts beyond it fail.
        author: who wrote the answers.

    Attributes:
        asked: the prompts that came, in order.
    """

    def __init__(
        self, script: Sequence[Said] | Callable[[str], Said], *, cycle: bool = False, author: str = "hand"
    ) -> None:
        self.script, self.cycle, self.author = script, cycle, author
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, prompts: Sequence[str]) -> list[str | OracleFailed]:
        """Prompts [B] to answers [B]."""
        with self._lock:
            first = len(self.asked)
            self.asked += prompts
        return [self._said(first + i, p) for i, p in enumerate(prompts)]

    def _said(self, number: int, prompt: str) -> str | OracleFailed:
        if callable(self.script):
            said: Said = self.script(prompt)
        elif self.script and (self.cycle or number < len(self.script)):
            said = self.script[number % len(self.script)]
        else:
            said = OracleFailed(
                f"prompt number {number + 1}", where="Scripted", expected=f"at most {len(self.script)} prompts"
            )
        if isinstance(said, OracleFailed):
            return said
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, Answer) else Answer(said, author=self.author)
