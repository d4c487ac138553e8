"""The kernel of the dialogues, on a small task: turns, memory, rulings, and what is paid."""

from dataclasses import dataclass

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard, in_test
from rewardlab.envs.world import WorldEnv, WorldVectorEnv


@dataclass
class Count(Dialogue):
    """Say the next number, three times; "stop" ends it; the partner adds noise of its own."""

    turns = 4
    said = 8
    heard = 30
    parts = ("step", "outcome")
    columns = {"noise": 0.0, "word": ""}

    def task(self, rng):
        return int(rng.integers(10))

    def prompt(self, task):
        return f"{task}?"

    def begin(self, task):
        return task

    def hear(self, task, memory, said, rng):
        if said == "stop":
            return Heard("bye", over=True, memory=memory)
        if said != str(memory + 1):
            return Heard("what?", understood=False, parts={"step": -0.5})
        done = memory + 1 == task + 3
        parts = {"step": 0.25, "outcome": float(done)}
        columns = {"noise": float(rng.random()), "word": said}
        return Heard("next", parts, done, done, memory + 1, columns=columns)


def test_three_right_numbers_are_paid_by_part_and_end_it():
    env = WorldEnv(Count(split="all"))
    obs, info = env.reset(seed=4)
    task = env.get_state()["state"]["task"][0]
    assert obs == f"partner: {task}?" and info["reply"] == f"{task}?" and info["turn"] == 0
    for k in range(3):
        obs, reward, over, _, info = env.step(str(task + k + 1))
        assert reward == info["part_step"] + info["part_outcome"] == 0.25 + (k == 2)
        assert (over, info["success"], info["word"]) == (k == 2, k == 2, str(task + k + 1))
        assert 0 < info["noise"] < 1


@pytest.mark.parametrize(
    ("malformed", "paid", "turns"), [("retry", -0.5, 4), ("penalty", -0.7, 4), ("terminate", -0.7, 1)]
)
def test_what_means_nothing_is_ruled_on_and_forgotten(malformed, paid, turns):
    env = WorldEnv(Count(malformed=malformed, penalty=0.2))
    env.reset(seed=1)
    memory = env.get_state()["state"]["memory"][0]
    taken, over = 0, False
    while not over:
        _, reward, over, _, info = env.step("nonsense, and far too long")
        taken += 1
        assert reward == pytest.approx(paid) and info["said"] == "nonsense" and info["reply"] == "what?"
        assert env.get_state()["state"]["memory"][0] == memory and not info["understood"]
    assert taken == turns


def test_rows_are_independent_and_those_that_are_over_stay_as_they_are():
    envs = WorldVectorEnv(Count(split="all"), 3, autoreset_mode="Disabled")
    envs.reset(seed=[3, 3, 9])
    tasks = envs.get_state()["state"]["task"]
    _, reward, over, _, info = envs.step(["stop", str(tasks[1] + 1), "x"])
    assert over.tolist() == [True, False, False] and reward.tolist() == [0, 0.25, -0.5]
    one = WorldEnv(Count(split="all"))
    one.reset(seed=3)
    assert one.step(str(tasks[0] + 1))[4]["noise"] == info["noise"][1]
    before = envs.get_state()["state"]["lines"][0]
    envs.reset(options={"reset_mask": np.array([True, False, False])})
    after = envs.get_state()["state"]["lines"]
    assert len(after[0]) == 1 and len(after[1]) == 3 and before[-1] == ("user", "bye")


def test_splits_part_the_tasks_by_their_key_alone():
    found = {split: {int(WorldEnv(Count(split=split)).reset(seed=s)[0].split()[1][:-1]) for s in range(60)}
             for split in ("train", "test")}  # fmt: skip
    assert found["train"] == {k for k in range(10) if not in_test(k)}
    assert found["test"] == {k for k in range(10) if in_test(k)}


def test_a_split_without_a_task_is_refused_when_it_is_asked_for():
    class One(Count):
        def task(self, rng):
            return next(k for k in range(99) if in_test(k))

    with pytest.raises(BadOption, match='split="all"'):
        WorldEnv(One()).reset(seed=0)
