"""Is a reward that was designed from a description worth having? Seven sparse tasks, five sides, five seeds.

Three grid worlds, three tasks of control, two of them by MuJoCo, and a dialogue in numbers. The agent of a task, its
settings and its budget are the same for all sides: the task's sparse reward alone ("none"), with a potential written by
hand, with curiosity (RND), with the winning program of a recorded dialogue, and with that of an evolution that asks
nobody. Programs were chosen among six candidates by training one agent on each, with seeds that are not used here; what
that took stands below. The weight of curiosity was chosen among six in the same way; the potentials were not searched.
All are paid beside the task's own reward, by which all sides are judged.

The recorded answers were written by hand, from what a language model would be shown, and say so: a dialogue stands for
a careful designer and not for any model. The grammar of the evolution was worked out on DoorKey-5x5, SparseReacher and
others; the other five tasks here are held out. Budgets were set while looking at one run of some sides, with seeds that
are not used here; that of PickCarry was doubled when a first design had found nothing. LavaDiamond was left out: one
run with potentials by hand got no reward within 200,000 steps on its smallest map.
"""

from functools import partial

from rewardlab.benchmarks.case import Case, RewardFactory
from rewardlab.benchmarks.designed_runs import (
    PAID,
    SIDES,
    by_hand,
    curious,
    designs,
    none,
    ppo,
    title,
    train_designed,
)
from rewardlab.benchmarks.designed_tasks import TASKS, DesignTask

SEEDS = (0, 1, 2, 3, 4)
SPEC = ("source", "signature")


def sides(task: DesignTask) -> dict[str, RewardFactory]:
    """What a task is paid on each side; a side that was not designed yet is left out."""
    held = designs()
    made = {side: held[title(task.env, side)] for side in SIDES if title(task.env, side) in held}
    return {
        "none": none,
        "by hand": partial(by_hand, shaping=task.shaping),
        "RND": partial(curious, weight=held.get(title(task.env, "RND"), {}).get("weight", task.curiosity)),
        **{side: partial(PAID[side], **{k: design[k] for k in SPEC}) for side, design in made.items()},
    }


def cases(task: DesignTask) -> list[Case]:
    """The cases of a task: they differ in what is paid alone."""
    return [
        Case(
            env=task.env,
            method=method,
            reward=reward,
            agent=partial(ppo, budget=task.steps, recipe=task.recipe),
            agent_name="PPO",
            budget=task.steps,
            seeds=SEEDS,
            num_envs=task.rows,
            env_kwargs=task.env_kwargs,
            evaluations=8,
            episodes=50,
            update_every=8,
            scale=task.scale,
        )
        for method, reward in sides(task).items()
    ]


CASES = tuple(case for task in TASKS for case in cases(task))
METRIC = "score"
TAGS = ("designed rewards", "language", "evolution", "sparse reward", "shaping", "exploration")
TRAIN = train_designed
REPORT = "rewardlab.benchmarks.designed_report"
