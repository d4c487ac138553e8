"""Recorded attribute texts: prompts with several answers each, and what every answer is worth.

    y ~ skill · best text + (1 − skill) · reference

Utilities come without noise: who needs labels draws them from `gold`, `proxy` or `liked` by a law of annotators.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_judge import Judge, Request
from rewardlab.envs.text.dialogue import objects


class Judged(Protocol):
    """A dialogue whose prompts are requests, with the judge of its texts: `AttributeText`."""

    judge: Judge

    def prompt(self, task: Any) -> str:
        """What is asked."""
        ...

    def _task(self, rng: np.random.Generator) -> Any: ...


@dataclass(frozen=True, eq=False)
class Recorded:
    """P prompts with G answers each.

    Attributes:
        tasks: [P] what was asked.
        prompt: [P] texts.
        said: [P, G] texts.
        attributes: [P, G, A].
        gold: [P, G].
        proxy: [P, G].
        cost: [P, G].
        liked: [P, G] how often the user likes it, 0..1.
        best: [P] the largest gold of any text.
    """

    tasks: tuple[Request, ...]
    prompt: np.ndarray
    said: np.ndarray
    attributes: np.ndarray
    gold: np.ndarray
    proxy: np.ndarray
    cost: np.ndarray
    liked: np.ndarray
    best: np.ndarray


def recorded(rules: Judged, prompts: int, answers: int, *, seed: int = 0, skill: float = 0.0) -> Recorded:
    """Prompts of the split of `rules`, with answers of the reference, some of them the best there is.

    Args:
        rules: an attribute text.
        prompts: P >= 1.
        answers: G >= 1 for each.
        seed: of all that is drawn.
        skill: how often an answer is the best text, 0..1.

    Raises:
        BadOption: for numbers out of range.
    """
    if prompts < 1 or answers < 1 or not 0 <= skill <= 1:
        raise BadOption(
            f"prompts={prompts!r}, answers={answers!r}, skill={skill!r}",
            where="recorded",
            expected="at least 1, 1, 0..1",
        )
    rng = np.random.default_rng(seed)
    tasks = tuple(rules._task(rng) for _ in range(prompts))
    said = np.empty((prompts, answers), dtype=object)
    columns: dict[str, list[np.ndarray]] = {n: [] for n in ("attributes", "gold", "proxy", "cost", "liked")}
    for p, task in enumerate(tasks):
        texts = rules.judge.written(rng, answers)
        texts[rng.random(answers) < skill] = rules.judge.ends(task)[2]
        said[p] = rules.judge.spoken(texts)
        scores = rules.judge.score(texts, task)
        for name, rows in columns.items():
            rows.append(getattr(scores, name))
    best = np.array([rules.judge.ends(task)[0] for task in tasks])
    prompt = objects([rules.prompt(task) for task in tasks])
    return Recorded(tasks, prompt, said, **{n: np.stack(rows) for n, rows in columns.items()}, best=best)
