"""A judge of pairs made of anyone who answers prompts; each pair is asked in both orders.

    label = (P[first | first, second] + 1 − P[first | second, first]) / 2

What the judge says for the place alone cancels: who always says "1" gives 1/2 to every pair.

Source: Zheng, Chiang, Sheng et al., "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", NeurIPS 2023, section
3.4 (asking in both orders).
"""

import re
from collections.abc import Sequence

import numpy as np

from rewardlab.core.oracle.kinds import Ask, Prompt, answers

SYSTEM = "You compare two candidates. Think briefly, then end with one line: `Better: 1`, `Better: 2` or `Better: tie`."
TEMPLATE = """{context}

<candidate 1>
{first}
</candidate 1>

<candidate 2>
{second}
</candidate 2>

Which candidate is better?"""


class PreferByAsk:
    """A `Prefer` that asks an oracle.

    Args:
        ask: who judges.
        system: the instructions; they must ask for the line that `verdict` reads.
        template: the question, with {context}, {first} and {second}.
    """

    def __init__(self, ask: Ask, *, system: str = SYSTEM, template: str = TEMPLATE) -> None:
        self.ask, self.system, self.template = ask, system, template

    def __call__(self, contexts: Sequence[str], firsts: Sequence[str], seconds: Sequence[str]) -> np.ndarray:
        """Labels [B]: 1 the first is better, 0 the second; NaN if either order brought no verdict."""
        pairs = list(zip(contexts, firsts, seconds, strict=True))
        there = [self._prompt(c, one, two, "12") for c, one, two in pairs]
        back = [self._prompt(c, two, one, "21") for c, one, two in pairs]
        said = np.array([verdict(a) if isinstance(a, str) else np.nan for a in answers(self.ask, there + back)])
        return (said[: len(pairs)] + 1.0 - said[len(pairs) :]) / 2.0

    def _prompt(self, context: str, first: str, second: str, order: str) -> Prompt:
        parts = {"context": context, "first": first, "second": second}
        text = re.sub(r"\{(context|first|second)\}", lambda m: parts[m[1]], self.template)
        key = getattr(context, "key", ())
        return Prompt(text, system=self.system, key=(*key, order) if key else ())


def verdict(answer: str) -> float:
    """1, 0 or 1/2 of an answer: its last `Better:`, or all of it if it is one word; NaN if it is neither."""
    said = re.findall(r"better\W{0,4}(?:is\W+)?(?:candidate\W+)?(1|2|tie|neither|equal)\b", answer, re.IGNORECASE)
    word = said[-1].lower() if said else answer.strip(" \t\r\n.`*\"'").lower()
    return {"1": 1.0, "2": 0.0, "tie": 0.5, "neither": 0.5, "equal": 0.5}.get(word, float("nan"))
