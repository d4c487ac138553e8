"""Auto MC-Reward.

    r = 1.0 sgn(sparse(s, a, s')) + 0.1 sgn(dense(s, a, s')),    |r| ≤ 1.1

Three roles take turns. A Designer writes two functions, one for what decides the task and one that guides; only their
signs count, so that no program chooses its own scale. A Critic tries the code on recorded steps and reads it. After
training, an Analyzer reads how the episodes failed and advises the next round. It helps where failures have few causes
that can be told in words. The weights 1.0 and 0.1 are those of the paper as far as we know it.

Source: Li et al., "Auto MC-Reward: Automated Dense Reward Design with Large Language Models for Minecraft", CVPR 2024,
Section 3.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rewardlab.core.errors import BadProgram, OracleFailed
from rewardlab.core.oracle import Prompt
from rewardlab.core.sandbox.language.source import parse
from rewardlab.rewards.language.design.answers import Found, program_of
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.critic import Verdict
from rewardlab.rewards.language.design.system import Proposal, Run, System
from rewardlab.rewards.language.failures import histogram, signs

NAMES = ("dense", "sparse")
DESIGNER = "You are the Designer: you write reward functions in Python for an agent that learns. Answer with code."
CRITIC = (
    "You are the Critic of reward functions. Answer 'accept', or 'reject:' and one sentence that says what to mend."
)
ANALYZER = (
    "You are the Analyzer: you read how an agent failed and advise the Designer in a few sentences, without code."
)
CONTRACT = """Instead of `reward`, define two functions for ONE step with the same parameters:

def dense(obs, action, next_obs, info):    # guides: > 0 for a step that leads on, < 0 for a bad one
def sparse(obs, action, next_obs, info):   # decides: 1 on the step that achieves the task, -1 on one that ruins it

Each returns a number, of which only the sign counts: the step pays 1.0 * sign(sparse) + 0.1 * sign(dense). Both may
also take `terminated` and `truncated`."""
PARAMETERS = ("obs", "action", "next_obs", "info", "reward", "terminated", "truncated", "prev_obs")


@dataclass
class AutoMCReward(System):
    """Designer, Critic and Analyzer in rounds.

    Args:
        sparse_weight, dense_weight: what the two signs pay.
        repairs: how often the Critic sends a program back.
        failed_episodes: the most that the Analyzer is told of.
        reviewed: whether the Critic also reads the code (one question for each program), or only tries it.
        patience: rounds without a better success rate after which it ends.
    """

    sparse_weight: float = 1.0
    dense_weight: float = 0.1
    repairs: int = 3
    failed_episodes: int = 10
    reviewed: bool = True
    patience: int = 2
    name: str = field(default="auto_mc_reward", init=False)

    def propose(self, run: Run) -> list[Proposal]:
        """What the Designer is asked: the schema, the best code so far and the advice."""
        text = f"{run.context.text()}\n\n{CONTRACT}"
        if run.best is not None:
            text += f"\n\nThe code of the last rounds that did best:\n```python\n{_bare(run.best.source)}```"
        if run.reflections:
            text += f"\n\nAdvice of the Analyzer:\n{run.reflections[-1]}"
        parents = (run.best.name,) if run.best else ()
        return [Proposal(run.prompt(text, i, system=DESIGNER), parents=parents) for i in range(run.size)]

    def parse(self, answer: str, run: Run) -> Found:
        """Both functions, joined to a program."""
        found = program_of(answer, names=NAMES)
        return replace(found, source=joined(found.source, self.sparse_weight, self.dense_weight))

    def review(self, candidate: Candidate, verdict: Verdict, run: Run) -> Verdict:
        """The Critic: signs on recorded steps, and a question."""
        problems = signs(self.reward(candidate.source, run), run.batch)
        problems += unused(candidate.source)
        if not problems and self.reviewed:
            text = f"Task: {run.context.task}\n{run.context.columns()}\n\nThe code:\n```python\n{candidate.source}```\n"
            text += "Does it fit the task? Look for wrong signs and for what it should look at and does not."
            key = f"critic {candidate.index}.{candidate.repairs}"
            answer = run.ask([run.prompt(text, key, system=CRITIC)])[0]
            if not isinstance(answer, OracleFailed) and str(answer).strip().lower().startswith("reject"):
                problems.append(str(answer).strip()[7:].lstrip(": ").strip() or "the Critic rejects it")
        return replace(verdict, accepted=not problems, problems=(*verdict.problems, *problems))

    def reflect(self, run: Run) -> str:
        """The Analyzer's advice, from how the episodes of this round's best failed."""
        good = sorted((c for c in run.latest if c.good), key=lambda c: c.score, reverse=True)
        if not good or good[0].trained is None or good[0].trained.steps is None:
            return ""
        told = histogram(good[0].trained.steps, most=self.failed_episodes, card=run.context.card)
        if not told.failed:
            return "No episode failed: keep the code."
        text = f"Task: {run.context.task}\n\nThe code:\n```python\n{_bare(good[0].source)}```\n\n{told.text()}\n"
        text += "\nWhat is missing in the code?"
        answer = run.ask([run.prompt(text, "analyzer", system=ANALYZER)])[0]
        return told.text() if isinstance(answer, OracleFailed) else str(answer)

    def finished(self, run: Run) -> str:
        """No better success for some rounds."""
        first = run.best.round if run.best else run.round
        if run.best and run.best.score[0] < 1 and run.round - first < self.patience:
            return ""
        if run.best is None:
            return ""
        return f"success stands at {run.best.score[0]:.0%} since round {first + 1}"


def joined(source: str, sparse_weight: float = 1.0, dense_weight: float = 0.1) -> str:
    """A program whose pay are the weighted signs of its two functions.

    Raises:
        BadProgram: for text that is no Python, parameters that a reward has not, or code that defines `reward` too.
    """
    functions = {n.name: n for n in parse(source).body if isinstance(n, ast.FunctionDef)}
    if "reward" in functions:
        raise BadProgram(
            "it defines reward too", where="the answer", expected="dense and sparse alone", mend="leave it out"
        )
    taken: list[str] = []
    calls = {}
    for name in NAMES:
        parameters = [a.arg for a in functions[name].args.args]
        strange = [p for p in parameters if p not in PARAMETERS]
        if strange:
            raise BadProgram(
                f"{name} has the parameter {strange[0]!r}",
                where=f"line {functions[name].lineno}",
                expected="parameters out of " + ", ".join(PARAMETERS[:7]),
                mend=f"def {name}(obs, action, next_obs, info):",
            )
        taken += [p for p in parameters if p not in taken]
        calls[name] = f"{name}({', '.join(parameters)})"
    order = [p for p in PARAMETERS if p in taken] or ["obs"]
    tail = f"""
{MARK}
def reward({", ".join(order)}):
    decides = {sparse_weight} * np.sign({calls["sparse"]})
    guides = {dense_weight} * np.sign({calls["dense"]})
    return decides + guides, {{"sparse": decides, "dense": guides}}
"""
    return source.rstrip("\n") + "\n\n" + tail.lstrip("\n")


MARK = "# The signs of both functions are what is paid."


def _bare(source: str) -> str:
    """The two functions as the Designer wrote them."""
    return source.partition(MARK)[0].rstrip("\n") + "\n"


def unused(source: str) -> list[str]:
    """What is given to one of the functions, or computed in it, and used nowhere."""
    found = []
    for n in parse(source).body:
        if isinstance(n, ast.FunctionDef) and n.name in NAMES:
            names = [m for m in ast.walk(n) if isinstance(m, ast.Name)]
            loaded = {m.id for m in names if isinstance(m.ctx, ast.Load)}
            made: Sequence[str] = sorted({m.id for m in names if isinstance(m.ctx, ast.Store)} - loaded - {"_"})
            found += [f"{n.name} computes {name} and does not use it" for name in made]
    return found


def role_of(prompt: str) -> str:
    """Which of the three is spoken to: "designer", "critic" or "analyzer"."""
    system = prompt.system if isinstance(prompt, Prompt) else ""
    return {CRITIC: "critic", ANALYZER: "analyzer"}.get(system, "designer")
