"""`EvolutionAsk`: the grammar as an oracle, so that every system that asks a language model runs without one.

It reads no instructions. Programs of the grammar that it finds in a prompt are its parents: what a prompt calls the
worst is avoided, what was found wanting is changed, and where there is none it draws from the words of the description.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.oracle import Answer, Prompt
from rewardlab.rewards.language.evolution.grammar import Design, read_design
from rewardlab.rewards.language.evolution.search import warm_starts
from rewardlab.rewards.language.evolution.sheet import Sheet, read_sheet
from rewardlab.rewards.language.evolution.variation import cross, draw, lean, mutate

_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class EvolutionAsk:
    """An `Ask` of the grammar; the same prompts under the same keys get the same answers.

    Args:
        sheet: what designs may use, from `read_sheet`.
        seed: of all draws.
    """

    sheet: Sheet
    seed: int = 0

    @staticmethod
    def of(text: str, signature: Any, *, task: str = "", seed: int = 0) -> "EvolutionAsk":
        """For an environment, from what it says of itself and what a program may read."""
        return EvolutionAsk(read_sheet(text, signature, task=task), seed)

    def __call__(self, prompts: Sequence[str]) -> list[str]:
        return [self._answer(p) for p in prompts]

    def _answer(self, prompt: str) -> Answer:
        key = prompt.key if isinstance(prompt, Prompt) and prompt.key else (str(prompt),)
        digest = hashlib.sha256("\0".join(map(str, key)).encode()).digest()
        rng = np.random.default_rng([self.seed, int.from_bytes(digest[:8], "big")])
        source = self._next(str(prompt), key, rng).source(self.sheet)
        return Answer(f"```python\n{source}```\n", author="evolution")

    def _next(self, text: str, key: Sequence[str | int], rng: np.random.Generator) -> Design:
        best, worst = self._parents(text)
        if not best:
            starts, number = warm_starts(self.sheet), next((k for k in reversed(key) if isinstance(k, int)), None)
            plain = number is not None and number < len(starts) and number % 2 == 0
            return starts[number // 2] if plain and number is not None else draw(self.sheet, rng)
        parent = best[int(rng.integers(len(best)))]
        if worst and rng.random() < 0.7:
            return lean(parent, worst[-1], self.sheet, rng)
        other = best[int(rng.integers(len(best)))]
        child = cross(parent, other, rng) if other != parent and rng.random() < 0.3 else parent
        return mutate(child, self.sheet, rng)

    def _parents(self, text: str) -> tuple[list[Design], list[Design]]:
        """Designs in a prompt, and those that the line before them calls the worst."""
        best: list[Design] = []
        worst: list[Design] = []
        for block in _BLOCK.finditer(text):
            design = read_design(block[1], self.sheet)
            if design:
                heading = text[: block.start()].rstrip().rpartition("\n")[2].lower()
                (worst if "worst" in heading else best).append(design)
        return best, worst
