"""Design the rewards of the suite, once: `python -m rewardlab.benchmarks.designed_designs --out FOLDER`.

For each task two designs of the same size, two rounds of three candidates: one answered by the recorded dialogues that
come with the package, one by the evolution. Each accepted candidate trains one agent, as the suite does but with fewer
steps and with the seed 900, which the suite has not; the winner goes into the suite's file, with its audit and cost.
Transcripts stay in the folder; what they hold is not done again.

With `--curiosity` the weight of RND is chosen in the same way: among as many, by as many trainings.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.benchmarks.case import base_seed
from rewardlab.benchmarks.design_play import recorded_batch
from rewardlab.benchmarks.design_training import Course, train_with
from rewardlab.benchmarks.designed_runs import DESIGNS, SIDES, designs, programmed, title
from rewardlab.benchmarks.designed_tasks import TASKS, DesignTask
from rewardlab.benchmarks.results import short
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import RewardlabError
from rewardlab.core.files import write_atomic
from rewardlab.core.reward import Reward
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.context import Context
from rewardlab.rewards.language.design.loop import Designed, design_reward

ROUNDS, SIZE = 2, 3
SEED = base_seed(900)
"""Of designs and their trainings; the runs of the suite have the base seeds 0, 10^6 ... 4 · 10^6."""


def course_of(task: DesignTask) -> Course:
    """How candidates are trained."""
    return Course(task.env, steps=task.design_steps, seed=SEED, episodes=50, evaluations=2, recipe=task.recipe)


WEIGHTS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Of curiosity: as many as a design has candidates."""


def curiosity(task: DesignTask) -> dict[str, Any]:
    """The weight of RND in a task, chosen as programs are: by success, then by return; the smallest of equal ones."""
    from rewardlab.rewards.intrinsic import RND

    envs = task.recipe.make(task.env, rows=1)
    space = envs.single_observation_space
    envs.close()
    rewards = [weight * RND(space=space, seed=SEED) for weight in WEIGHTS]
    trained = list(train_with(course_of(task))(rewards))
    best = max(range(len(WEIGHTS)), key=lambda k: trained[k].score)
    tries = {f"{w:g}": t.success for w, t in zip(WEIGHTS, trained, strict=True)}
    return {"weight": WEIGHTS[best], "tries": tries, "steps": len(WEIGHTS) * task.design_steps}


def context_of(task: DesignTask, batch: Any) -> Context:
    """What designers are told."""
    from rewardlab.core.sandbox import Signature

    envs: Any = task.recipe.make(task.env, rows=1)
    card = envs.unwrapped.describe()
    envs.close()
    return Context(task.env, str(card.summary), str(card), Signature.of_batch(batch))


def design(task: DesignTask, side: str, folder: Path) -> dict[str, Any]:
    """Run or go on with the design of a task.

    Args:
        task: of the suite.
        side: "recorded" or "evolution".
        folder: of transcripts and reward files.

    Returns:
        The winner as the suite's file holds it.
    """
    from rewardlab.core.oracle import Recorded
    from rewardlab.rewards.language import Evolution, Text2Reward
    from rewardlab.rewards.language.reward_file import write_reward

    began = time.process_time()
    course = course_of(task)
    batch = recorded_batch(task.env, recipe=task.recipe)
    context = context_of(task, batch)
    system, ask = (Text2Reward(), Recorded()) if side == "recorded" else (Evolution(), None)
    name = f"{short(task.env)}-{side}"
    made = design_reward(
        system, context, ask, train_with(course), batch, rounds=ROUNDS, size=SIZE, seed=SEED,
        transcript=folder / f"{name}.jsonl", settings=course.settings(),
    )  # fmt: skip
    best = made.best
    assert best is not None and best.verdict is not None
    signature = json.dumps(context.signature.to_json(), separators=(",", ":"))
    verdict = audited(task, best.source, signature)
    best.verdict = replace(best.verdict, audit=" ".join(verdict["words"]))
    write_reward(
        best, folder / f"{name}.py", env=task.env, task=context.task, system=made.system, signature=context.signature
    )
    seconds = time.process_time() - began
    return record(task, made, best) | {"audit": verdict, "cpu_seconds": round(seconds, 1), "signature": signature}


def record(task: DesignTask, made: Designed, best: Candidate) -> dict[str, Any]:
    """A design as plain values: the winner, how it fared, and what all candidates together took."""
    trained = best.trained
    assert trained is not None
    tried = [c for c in made.candidates if c.trained is not None]
    return {
        "source": best.source,
        "author": best.author,
        "system": made.system,
        "winner": best.name,
        "success": trained.success,
        "candidates": len(made.candidates),
        "repairs": sum(c.repairs for c in made.candidates),
        "refused": sum(not c.accepted for c in made.candidates),
        "tries": {c.name: c.trained.success for c in tried if c.trained is not None},
        "steps": len(tried) * task.design_steps,
        "answers": made.spent.calls,
        "held_out": task.held_out,
    }


class Shown(Reward):
    """A reward of observations, in a world that tells the number of its state.

    Args:
        reward: of observations.
        looks: [S, *obs] what each state looks like.
    """

    def __init__(self, reward: Reward, looks: np.ndarray) -> None:
        self.reward, self.looks = reward, looks

    def __call__(self, batch: Transitions) -> Array:
        return self.reward(replace(batch, obs=self.looks[batch.obs], next_obs=self.looks[batch.next_obs]))


def audited(task: DesignTask, source: str, signature: str) -> dict[str, Any]:
    """The audit of a program beside the task's own reward, in numbers and in words.

    Exact where the environment exports its table and the program reads no more than that holds; else from random play.
    """
    from rewardlab.rewards.metrics import audit

    program = programmed(source, signature)
    if task.numbered is None:
        envs, reward = task.recipe.make(task.env, rows=32), course_of(task).pays(program)
    else:
        envs, looks = task.numbered()
        reward = course_of(task).pays(Shown(program, looks))
    try:
        found = audit(envs, reward, steps=256, seed=SEED)
    except (RewardlabError, ValueError) as e:
        return {"exact": False, "passed": None, "words": [f"no audit: {str(e).splitlines()[0]}"]}
    finally:
        envs.close()
    words = [] if found.exact else [f"from play: {found.why}"]
    words += [f"{f.grade}: {f.words}" for f in found.findings] or ["no fault was seen"]
    return {"exact": found.exact, "passed": found.passed, "words": words}


def main(arguments: Sequence[str] | None = None, *, tell: Callable[[str], None] = print) -> None:
    """Design what is asked for and put it into the suite's file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/designs"), help="of transcripts and reward files")
    parser.add_argument("--only", default="", help="names of environments, with commas between")
    parser.add_argument("--out", type=Path, default=DESIGNS, help="the suite's file")
    parser.add_argument("--curiosity", action="store_true", help="choose the weight of RND, and design nothing")
    given = parser.parse_args(arguments)
    wanted = {word for word in given.only.split(",") if word}
    for task in TASKS:
        if wanted and short(task.env) not in wanted:
            continue
        if given.curiosity:
            chosen = curiosity(task)
            _keep(given.out, title(task.env, "RND"), chosen)
            tell(f"{title(task.env, 'RND')}: weight {chosen['weight']:g}, {chosen['tries']}")
            continue
        for side in SIDES:
            found = design(task, side, given.folder)
            before = designs(given.out).get(title(task.env, side), {})
            if before.get("source") == found["source"]:  # a design that is read again takes no time
                found["cpu_seconds"] = max(found["cpu_seconds"], before["cpu_seconds"])
            _keep(given.out, title(task.env, side), found)
            tell(f"{title(task.env, side)}: {found['winner']} of {found['candidates']}, success {found['success']:.2f}")


def _keep(path: Path, name: str, found: dict[str, Any]) -> None:
    """Put it into the file, in the order of the tasks."""
    held = designs(path) | {name: found}
    order = [title(t.env, s) for t in TASKS for s in (*SIDES, "RND")]
    kept = sorted(held.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))
    write_atomic(path, json.dumps(dict(kept), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
