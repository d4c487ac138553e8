"""In-context preference learning.

    R_1..R_K ~ LLM(task, b, w, traces);    b, w = judge(π_{R_1}, .., π_{R_K});    R_1 of the next round = b

Agents are trained on K programs; a judge, who sees what they do and no score, names the best and the worst. Both go
into the next prompt, with what the terms of the best paid and how that differs from the best before; and the best is
entered again, so that the judged score of the incumbent never falls. It helps where nobody can write down what is
wanted but anyone can see it; 2 choices a round instead of thousands of comparisons.

Source: Yu, Bai, Liu, Wang, "Few-shot In-Context Preference Learning Using Large Language Models", 2024, Algorithm 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rewardlab.rewards.language.choosing import Judge, by_score
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.system import Proposal, Run, System

ADVICE = """Write a new function. Keep what makes the best one good, avoid what makes the worst one bad, and let the
terms that grew in the course of training guide you. What the judge looks at is what the agent does, not its reward."""


@dataclass
class ICPL(System):
    """Programs in rounds, of which a judge names the best and the worst.

    Args:
        judge: who looks at what the agents do; a hidden score if not given.
        repairs: how often a faulty program is sent back.
    """

    judge: Judge = field(default_factory=by_score)
    repairs: int = 3
    name: str = field(default="icpl", init=False)

    def propose(self, run: Run) -> list[Proposal]:
        """K prompts; from the second round on the incumbent and K - 1 prompts with both examples."""
        best = run.best
        if best is None:
            return [Proposal(run.prompt(run.context.text(), i)) for i in range(run.size)]
        text = run.context.text() + "\n\n" + run.reflections[-1]
        kept = Proposal(source=best.source, author=best.author, parents=(best.name,))
        return [kept, *(Proposal(run.prompt(text, i), parents=(best.name,)) for i in range(1, run.size))]

    def choose(self, run: Run) -> list[Candidate]:
        """Of this round the best, the others and the worst; then those of earlier rounds as they stood."""
        good = [c for c in run.latest if c.good]
        older = [c for c in run.ranking if c not in good]
        if not good:
            return older
        best, worst = self.judge(run, good)
        others = [c for i, c in enumerate(good) if i not in (best, worst)]
        return [good[best], *others, *([good[worst]] if worst != best else []), *older]

    def reflect(self, run: Run) -> str:
        """The best with its trace, and the worst, for the next prompt."""
        if run.best is None:
            wrong = [f"- {c.verdict.problems[-1]}" for c in run.latest if c.verdict and c.verdict.problems]
            return "Earlier answers could not be used:\n" + "\n".join(dict.fromkeys(wrong))
        best, worst = run.best, [c for c in run.ranking if c.round == run.round][-1:]
        text = f"The best program of the last round, as it was judged:\n```python\n{best.source}```\n"
        text += _trace(best, self._before(run))
        if worst and worst[0].source != best.source:
            text += f"\nThe worst program of the last round:\n```python\n{worst[0].source}```\n"
        return f"{text}\n{ADVICE}"

    def _before(self, run: Run) -> Candidate | None:
        """The incumbent of the round before."""
        first = run.latest[0] if run.latest else None
        return run.named(first.parents[0]) if first is not None and first.parents and run.round else None


def _trace(best: Candidate, before: Candidate | None) -> str:
    """What each term paid in the course of training, and how its mean differs from that of the best before."""
    trained = best.trained
    if trained is None or not trained.parts:
        return ""
    lines = ["Its terms in the course of training, mean per step:"]
    lines += [f"  {name}: {', '.join(f'{v:.3g}' for v in values)}" for name, values in trained.parts.items()]
    if before is not None and before.trained is not None and before.hash != best.hash:
        new, old = _means(trained.parts), _means(before.trained.parts)
        lines.append("Against the best program before:")
        lines += [f"  {n}: {new[n] - old[n]:+.3g}" if n in old else f"  {n}: new" for n in new]
        lines += [f"  {n}: gone" for n in old if n not in new]
    return "\n".join(lines) + "\n"


def _means(parts: Mapping[str, tuple[float, ...]]) -> dict[str, float]:
    return {name: float(np.mean(values)) for name, values in parts.items() if values}
