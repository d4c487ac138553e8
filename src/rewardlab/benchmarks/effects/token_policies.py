"""Token policies on text tasks: what groups of answers add to a glance at the expert, on tasks that were held out.

    success = share of held-out tasks that a sampled dialogue does

Words that please, a tool, a negotiation, sentences of a grammar, captions, a puzzle, summaries and instructions, of
which some are held out, learned by transformers of about 100,000 weights. The warm-up is brief: where the expert is
copied well there is nothing left to sample, and where no answer is right there is nothing to compare.

Source: Shao et al., "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", 2024,
Section 4.1 (groups in place of a critic).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from rewardlab.agents.policy_gradient import dr_grpo, grpo
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.token_runs import TokenTask, played, token_run, warmed
from rewardlab.core.batch import Group

Objective = Callable[[Group], Any]


@dataclass(frozen=True)
class Learned:
    """A task and what learns it.

    Attributes:
        name: of the effect, after "token_".
        about: the task, in words.
        task: with its settings.
        objectives: by name, each with the same settings.
        warm: seconds of CPU time of the warm-up and of judging, about.
        measures: what is claimed to grow; see `measured`.
    """

    name: str
    about: str
    task: TokenTask
    objectives: Mapping[str, Objective]
    warm: float
    measures: tuple[str, ...] = ("success",)

    def effect(self) -> Effect:
        """The warm-up alone, and each objective after it."""
        setting, sides = f"step size {self.task.learning_rate:g}", {"warm-up": None, **self.objectives}
        arms = [
            Arm(side, setting, each(partial(measured, task=self.task, objective=o)), self._seconds(o))
            for side, o in sides.items()
        ]
        says = {"success": "succeeds more often than the warm-up", "pay": "is paid more than the warm-up"}
        claims = [Claim(f"{o} {says[m]}", m, o, "warm-up") for o in self.objectives for m in self.measures]
        shown, seconds = self.task.demonstrations, self.task.seconds
        about = f"{self.about}; {shown} demonstrations, then {seconds:g} s of groups of {self.task.group_size}"
        return Effect(f"token_{self.name}", about, arms, claims)

    def _seconds(self, objective: Objective | None) -> float:
        return self.warm if objective is None else 2 * self.warm + self.task.seconds


def task(name: str, **options: Any) -> TokenTask:
    """A task for a transformer of two layers; each iteration takes one step."""
    return TokenTask(f"rewardlab/{name}-v0", width=64, layers=2, passes=1, minibatches=1, **options)


LEARNED = (
    Learned(
        "attribute_text",
        "words to a prompt whose worth is hidden",
        task("AttributeText", demonstrations=32, epochs=1, max_tokens=12, context=32, groups=8, seconds=30.0),
        {"GRPO": grpo, "Dr. GRPO": dr_grpo},
        warm=2.0,
    ),
    Learned(
        "search",
        "one of six people looked up with a tool, then the answer",
        task(
            "KVSearch-Tool",
            options={"hops": 1, "entities": 6, "relations": 2, "queries": 2},
            demonstrations=300,
            turns=3,
            max_tokens=6,
            context=48,
            learning_rate=8e-4,
            seconds=40.0,
        ),
        {"GRPO": grpo},
        warm=4.0,
    ),
    Learned(
        "negotiation",
        "up to five messages to a partner who wants other things; success is a deal, which pays one's share",
        task(
            "Negotiation",
            demonstrations=200,
            turns=5,
            max_tokens=6,
            context=128,
            learning_rate=8e-4,
            seconds=40.0,
        ),
        {"GRPO": grpo},
        warm=4.0,
        measures=("success", "pay"),
    ),
    Learned(
        "sentences",
        "a sentence to its end, by the rules of a grammar, as one likes",
        task(
            "GrammarText",
            demonstrations=128,
            epochs=8,
            max_tokens=8,
            context=24,
            learning_rate=8e-4,
            seconds=20.0,
        ),
        {"GRPO": grpo},
        warm=4.0,
    ),
    Learned(
        "captions",
        "what a picture in letters shows, and in which corner, paid by a reader who sees the caption alone",
        task(
            "SceneCaption",
            options={"size": 4, "things": 1},
            demonstrations=420,
            epochs=6,
            max_tokens=8,
            context=64,
            learning_rate=8e-4,
            seconds=120.0,
        ),
        {"GRPO": grpo},
        warm=4.0,
    ),
    Learned(
        "colours",
        "five places to be coloured so that neighbours differ, in one of many ways",
        task(
            "PuzzleSuite",
            options={"puzzle": "colours"},
            demonstrations=800,
            epochs=6,
            max_tokens=8,
            context=64,
            learning_rate=8e-4,
            seconds=40.0,
        ),
        {"GRPO": grpo},
        warm=8.0,
    ),
    Learned(
        "summary",
        "two facts of four, asked for, said truly and in order, paid for each sentence",
        task(
            "FactSummary",
            options={"count": 4, "needed": 2},
            demonstrations=500,
            epochs=6,
            max_tokens=12,
            context=48,
            learning_rate=5e-4,
            seconds=45.0,
        ),
        {"GRPO": grpo},
        warm=6.0,
    ),
    Learned(
        "instructions",
        "copy the word that is meant, or reverse all",
        task(
            "SlotPrompt-CopyReverse",
            demonstrations=1000,
            epochs=10,
            max_tokens=6,
            context=32,
            learning_rate=5e-4,
            seconds=50.0,
        ),
        {"GRPO": grpo},
        warm=9.0,
    ),
)


def effects() -> list[Effect]:
    """What is measured."""
    return [learned.effect() for learned in LEARNED]


def measured(seed: int, *, task: TokenTask, objective: Objective | None, judged: int = 256) -> Measured:
    """Success and pay on held-out tasks, after the warm-up alone where there is no objective.

    Args:
        seed: of weights, demonstrations, tasks and noise.
        task: what is learned.
        objective: `Group -> [P]`, or none.
        judged: held-out tasks.
    """
    if objective is None:
        found = played(task, warmed(task, seed), judged, seed)
        return {"success": float(found.success.mean()), "pay": float(found.reward.mean())}
    run = token_run(task, objective, seed, judged=judged)
    told = {"before": run.before, "entropy": run.entropy, "turns": float(run.turns)}
    return {"success": run.after, "pay": run.pay, **told}
