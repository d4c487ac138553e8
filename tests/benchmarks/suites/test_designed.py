"""The suite of designed rewards: sides differ in one thing; designs and dialogues are of the suite's own tasks."""

import hashlib
import json

import numpy as np
import pytest

from rewardlab.benchmarks.case import base_seed
from rewardlab.benchmarks.design_play import recorded_batch
from rewardlab.benchmarks.designed_designs import SEED
from rewardlab.benchmarks.designed_runs import SIDES, designs, title
from rewardlab.benchmarks.designed_tasks import TASKS
from rewardlab.benchmarks.suites import designed
from rewardlab.core.errors import BadProgram
from rewardlab.core.oracle import Prompt, Recorded
from rewardlab.core.sandbox import Signature, compile_program
from rewardlab.rewards.language.design.answers import program_of

SHORT = [t.env.rpartition("/")[2] for t in TASKS]


@pytest.mark.parametrize("task", TASKS, ids=SHORT)
def test_sides_differ_in_what_is_paid_and_in_nothing_else(task):
    cases = {c.method: c for c in designed.CASES if c.env == task.env}
    assert set(cases) == {"none", "by hand", "RND", *SIDES}
    specs = [{k: v for k, v in c.spec(0).items() if k not in ("method", "reward")} for c in cases.values()]
    assert all(s == specs[0] for s in specs) and len(designed.SEEDS) == 5
    assert specs[0]["agent"]["keywords"]["recipe"]["fields"]["arguments"] == dict(task.arguments)


@pytest.mark.parametrize("task", TASKS, ids=SHORT)
def test_designs_can_pay_in_their_task_and_say_what_they_took(task):
    batch = recorded_batch(task.env, rows=64, most=1280, recipe=task.recipe)
    for side in SIDES:
        made = designs()[title(task.env, side)]
        signature = Signature.from_json(json.loads(made["signature"]))
        assert signature == Signature.of_batch(batch) and made["held_out"] == task.held_out
        program = compile_program(made["source"], signature)
        assert np.isfinite(program(batch)).all() and program.hash == hashlib.sha256(made["source"].encode()).hexdigest()
        assert made["author"] == ("hand" if side == "recorded" else "evolution")
        tries = [v for v in made["tries"].values() if v is not None]
        assert made["success"] == max(tries) and made["steps"] == len(made["tries"]) * task.design_steps
        assert made["audit"]["words"] and made["candidates"] == 6


RECIPES = {t.env: t.recipe for t in TASKS}
RECORDED = sorted({str(k[0]) for k in Recorded().keys if k[1] == "text2reward"})


def test_each_task_has_a_dialogue():
    assert set(RECIPES) <= set(RECORDED)


@pytest.mark.parametrize("env", RECORDED, ids=[e.rpartition("/")[2] for e in RECORDED])
def test_each_dialogue_has_one_fault_that_is_mended_in_the_next_answer(env):
    batch = recorded_batch(env, rows=64, most=1280, recipe=RECIPES.get(env))
    signature, oracle = Signature.of_batch(batch), Recorded()
    keys = [k for k in oracle.keys if k[:2] == (env, "text2reward") and k[3] != "feedback"]
    assert len(keys) == 7 and (env, "text2reward", 0, "feedback") in oracle.keys
    bad = []
    for key in keys:
        (answer,) = oracle([Prompt("", key=key)])
        assert answer.author == "hand"
        try:
            pay = compile_program(program_of(answer).source, signature)(batch)
            assert np.isfinite(pay).all() and np.abs(pay).max() <= 10
        except BadProgram:
            bad.append(key[2:])
    assert bad == [(0, 1)] and (0, "1.1") in [k[2:] for k in keys]


def test_designs_were_chosen_by_seeds_that_are_not_judged():
    assert SEED not in {base_seed(k) for k in designed.SEEDS}
