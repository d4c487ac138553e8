"""Reward reflection.

    R_{n+1} ~ LLM(task, best R_n, statistics of its terms over training),    K samples per round

In each round K programs are sampled from one prompt and an agent is trained on each; the best one goes into the next
prompt with what its terms paid in the course of training, how often the agent succeeded and how it failed. It needs no
person; it assumes that success can be measured.

Source: Ma, Liang, Wang, Huang, Bastani, Jayaraman, Zhu, Fan, Anandkumar, "Eureka: Human-Level Reward Design via Coding
Large Language Models", ICLR 2024, Algorithm 1 and Section 3.3.
"""

from dataclasses import dataclass

from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.system import Proposal, Run, System

ADVICE = """Think before you write:
- If success is always near zero, rewrite the function: its terms do not lead there.
- A term whose values hardly change cannot be learned from: rescale it, rewrite it or drop it.
- A term that is much larger than the others drowns them: rescale it.
Write a new function that leads to more success."""


@dataclass
class Reflection(System):
    """Samples programs in rounds and shows the best one's figures in the next prompt.

    Args:
        repairs: how often a faulty program is sent back.
        enough: success at which no further round is needed; above 1 never.
    """

    repairs: int = 1
    enough: float = 2.0
    name: str = "reflection"

    def propose(self, run: Run) -> list[Proposal]:
        """`run.size` answers to one prompt."""
        text, parents = run.context.text(), tuple[str, ...]()
        if run.best is not None and run.reflections:
            parents = (run.best.name,)
            text += "\n\n" + run.reflections[-1]
        elif run.reflections:
            text += "\n\n" + run.reflections[-1]
        return [Proposal(run.prompt(text, i), parents=parents) for i in range(run.size)]

    def reflect(self, run: Run) -> str:
        """The best program and its figures; what was wrong where none could be trained."""
        if run.best is None:
            wrong = [f"- {c.verdict.problems[-1]}" for c in run.latest if c.verdict and c.verdict.problems]
            return "Earlier answers could not be used:\n" + "\n".join(dict.fromkeys(wrong))
        return f"The best function so far:\n```python\n{run.best.source}```\n{figures(run.best)}\n\n{ADVICE}"

    def finished(self, run: Run) -> str:
        """Success that is high enough."""
        best = run.best
        if best is not None and best.score[0] >= self.enough:
            return f"{best.name} succeeds in {best.score[0]:.0%} of the episodes"
        return ""


def figures(candidate: Candidate) -> str:
    """What training on a candidate showed: success and terms over time, and how its episodes ended."""
    trained, lines = candidate.trained, []
    if trained is None:
        return "No agent was trained on it."
    known = trained.success == trained.success
    if trained.curve:
        points = ", ".join(f"{value:.3g}" for _, value in trained.curve)
        lines.append(f"{'Success' if known else 'Task return'} in the course of {trained.curve[-1][0]} steps: {points}")
    for name, values in trained.parts.items():
        shown = ", ".join(f"{v:.3g}" for v in values)
        spread = f"; least {min(values):.3g}, most {max(values):.3g}" if values else ""
        lines.append(f"{name} per step in that time: {shown}{spread}")
    if candidate.analysis is not None:
        lines.append(candidate.analysis.text())
    return "\n".join(lines)
