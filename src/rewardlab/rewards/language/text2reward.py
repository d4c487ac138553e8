"""Text2Reward.

    R_0 = LLM(instruction, typed description, rules, nearest examples),    R_{k+1} = LLM(R_k, feedback on its agent)

Three loops: a program goes back with its fault until it runs (A); an agent is trained on it and judged by the task's
own success (B); a person, or a model in a person's place, says in a sentence what the agent does wrong, and the
program is written anew (C). It helps where a task is easily said and dense rewards are known from similar tasks.

Source: Xie, Zhao, Wu, Liu, Luo, Zhong, Yang, Yu, "Text2Reward: Reward Shaping with Language Models for Reinforcement
Learning", ICLR 2024, Section 2 and Figure 2.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rewardlab.core.errors import OracleFailed
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.system import Proposal, Run, System

FEEDBACK = """An agent was trained for this task:
{task}

Its reward function:
```python
{source}```
What was seen of it:
{seen}

Say in one or two sentences what it does wrong and what the reward function should change. No code."""
_SYSTEM = "You watch agents and say in plain words what they do wrong."

Feedback = Callable[[Candidate], str]
"""A trained candidate to a sentence on what its agent does wrong: who looks at its `trained.steps`, or at a film."""


@dataclass(frozen=True)
class Example:
    """A task that was solved before.

    Attributes:
        instruction: what was wanted.
        source: the program that did it.
    """

    instruction: str
    source: str


@dataclass
class Text2Reward(System):
    """Writes a program from a sentence, and rewrites it by feedback.

    Args:
        repairs: the most that a program is sent back before training (loop A).
        examples: tasks solved before, of which the nearest are shown.
        shots: how many are shown.
        feedback: a person's sentence on a trained candidate; None asks the oracle in a person's place.
    """

    repairs: int = 3
    examples: Sequence[Example] = ()
    shots: int = 1
    feedback: Feedback | None = None
    name: str = "text2reward"

    def propose(self, run: Run) -> list[Proposal]:
        """First the instruction; then the best program with what was said of it."""
        text = run.context.text()
        shown = nearest_examples(run.context.task, self.examples, self.shots)
        if shown:
            text += "\n\nSimilar tasks that were solved before:"
        for example in shown:
            text += f"\n\nTask: {example.instruction}\n```python\n{example.source.strip()}\n```"
        parents: tuple[str, ...] = ()
        if run.best is not None and run.reflections and run.reflections[-1]:
            parents = (run.best.name,)
            text += (
                f"\n\nYour function so far:\n```python\n{run.best.source}```\n"
                f"An agent was trained on it. Feedback: {run.reflections[-1]}\n"
                "Keep what is good and write the whole function again, changed as the feedback says."
            )
        return [Proposal(run.prompt(text, i), parents=parents) for i in range(run.size)]

    def reflect(self, run: Run) -> str:
        """The feedback on the best candidate."""
        best = run.best
        if best is None:
            return ""
        if self.feedback is not None:
            return self.feedback(best).strip()
        seen = best.analysis.text() if best.analysis is not None else f"success {best.score[0]:.0%}"
        asked = FEEDBACK.format(task=run.context.task, source=best.source, seen=seen)
        said = run.ask([run.prompt(asked, "feedback", system=_SYSTEM)])[0]
        return seen if isinstance(said, OracleFailed) else f"{str(said).strip()}\n{seen}"


def nearest_examples(task: str, examples: Sequence[Example], most: int) -> list[Example]:
    """The examples whose instructions share most with a task: cosine of word counts, rare words weighing more.

    Args:
        task: the instruction.
        examples: to choose from.
        most: at most so many; those that share no word are left out.
    """
    texts = [_words(e.instruction) for e in examples]
    seen = Counter(w for t in texts for w in t)
    weight = {w: math.log((1 + len(texts)) / (1 + n)) + 1.0 for w, n in seen.items()}

    def dot(a: Counter[str], b: Counter[str]) -> float:
        return sum(a[w] * b[w] * weight.get(w, 1.0) ** 2 for w in a if w in b)

    mine = _words(task)
    scores = [dot(mine, t) / math.sqrt((dot(mine, mine) * dot(t, t)) or 1.0) for t in texts]
    order = sorted(range(len(texts)), key=lambda i: (-scores[i], i))
    return [examples[i] for i in order[:most] if scores[i] > 0]


def _words(text: str) -> "Counter[str]":
    return Counter(re.findall(r"[a-z]+", text.lower()))
