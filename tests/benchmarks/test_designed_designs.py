"""Designs of the suite: chosen by training, written down, and played again to the same end without training."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rewardlab.benchmarks import designed_designs as made
from rewardlab.benchmarks.design_play import recorded_batch
from rewardlab.benchmarks.design_training import Course, train_one
from rewardlab.benchmarks.designed_runs import SIDES, designs, title
from rewardlab.benchmarks.designed_tasks import TASKS
from rewardlab.core.sandbox import Signature, compile_program
from rewardlab.rewards.language.design.trained import Trained

SHIPPED = Path(__file__).parents[2] / "docs" / "evidence" / "designed" / "designs"
MAZE = dataclasses.replace(next(t for t in TASKS if "Maze" in t.env), design_steps=64)


def pretended(course):
    """In place of training: the more a reward pays on average, the better; the last one fails."""

    def train(rewards):
        for k, reward in enumerate(rewards):
            pay = float(np.mean(reward(BATCH)))
            yield (
                Trained(success=1 / (1 + np.exp(-pay)), task_return=pay, seconds=1.0) if k < 2 else Trained.failed("no")
            )

    return train


BATCH = recorded_batch(MAZE.env, rows=32, most=320)


def test_a_command_designs_for_both_sides_and_again_for_nothing(tmp_path, monkeypatch):
    out, told = tmp_path / "designs.json", []
    monkeypatch.setattr(made, "TASKS", (MAZE,))
    monkeypatch.setattr(made, "train_with", pretended)
    arguments = ["--folder", str(tmp_path), "--only", "PointMaze", "--out", str(out)]
    made.main(arguments, tell=told.append)
    first = json.loads(out.read_text(encoding="utf-8"))
    assert list(first) == [title(MAZE.env, s) for s in ("recorded", "evolution")] and len(told) == 2
    for side, design in zip(("recorded", "evolution"), first.values(), strict=True):
        assert design["author"] == ("hand" if side == "recorded" else "evolution") and design["candidates"] == 6
        assert design["repairs"] == (side == "recorded") and design["steps"] == 64 * len(design["tries"])
        worked = {k: v for k, v in design["tries"].items() if v is not None}
        assert design["success"] == max(worked.values()) == worked[design["winner"]] and design["audit"]["words"]
        program = compile_program(design["source"], Signature.from_json(json.loads(design["signature"])))
        file = (tmp_path / f"PointMaze-{side}.py").read_text(encoding="utf-8")
        assert design["source"].strip() in file and program.hash in file and design["audit"]["words"][0][:40] in file

    monkeypatch.setattr(made, "train_with", lambda course: pytest.fail)  # nothing is trained again
    made.main(arguments, tell=told.append)
    assert json.loads(out.read_text(encoding="utf-8")) == first


def test_the_weight_of_curiosity_is_chosen_by_as_many_trainings(tmp_path, monkeypatch):
    out, won = tmp_path / "designs.json", [0.0, 0.2, 0.7, 0.7, 0.1, 0.0]
    seen = []

    def train(rewards):
        seen.extend(map(repr, rewards))
        return [Trained(success=s, task_return=s, seconds=1.0) for s in won]

    monkeypatch.setattr(made, "TASKS", (MAZE,))
    monkeypatch.setattr(made, "train_with", lambda course: train)
    out.write_text(json.dumps({title(MAZE.env, "recorded"): {"kept": 1}}), encoding="utf-8")
    made.main(["--curiosity", "--out", str(out)], tell=seen.append)
    held = json.loads(out.read_text(encoding="utf-8"))
    assert list(held) == [title(MAZE.env, "recorded"), title(MAZE.env, "RND")]
    assert held[title(MAZE.env, "RND")]["weight"] == 0.03 and held[title(MAZE.env, "RND")]["steps"] == 6 * 64
    assert len(made.WEIGHTS) == made.ROUNDS * made.SIZE and "0.003" in seen[0] and "RND" in seen[0]


def test_an_agent_of_the_tasks_own_recipe_is_trained():
    course = dataclasses.replace(made.course_of(MAZE), episodes=2, evaluations=1)
    found = train_one(course, MAZE.shaping())
    assert found.error is None and found.curve[-1][0] >= 64 and found.steps.shape[1] == 2


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ["PointMaze", "BallPush"])
def test_the_transcripts_that_are_shipped_lead_to_the_designs_of_the_suite(tmp_path, monkeypatch, name, side):
    file = f"{name}-{side}.jsonl"
    shutil.copy(SHIPPED / file, tmp_path / file)
    monkeypatch.setattr(made, "train_with", lambda course: pytest.fail)  # nothing is trained
    task = next(t for t in TASKS if t.env == f"rewardlab/{name}-v0")
    found, held = made.design(task, side, tmp_path), designs()[title(task.env, side)]
    assert {k for k in held if held[k] != found[k]} <= {"cpu_seconds"}
    assert (tmp_path / f"{name}-{side}.py").read_text() == (SHIPPED / f"{name}-{side}.py").read_text()


def test_candidates_are_trained_as_the_suite_trains():
    course = made.course_of(MAZE)
    assert isinstance(course, Course) and course.recipe == MAZE.recipe and course.settings()["recipe"]["rows"] == 32
    assert course.seed == made.SEED and "recipe" not in Course(MAZE.env).settings()


def test_audits_are_exact_where_states_have_numbers():
    """A change of a potential is harmless; pay for each step in which one carries is a loop."""
    task = next(t for t in TASKS if "PickCarry" in t.env)
    signature = json.dumps({"obs": {"shape": [5], "kind": "float"}, "action": {"shape": [], "kind": "int"},
                            "info": {"parts": {"carrying": {"shape": [], "kind": "bool"}}}})  # fmt: skip
    head = "def reward(obs, action, next_obs, info):\n    return "
    shaped = made.audited(task, f"{head}0.1 * (0.99 * next_obs[4] - obs[4])\n", signature)
    farmed = made.audited(task, f'{head}1.0 if info["carrying"] else 0.0\n', signature)
    assert shaped["exact"] and shaped["passed"] and farmed["exact"] and not farmed["passed"]
    assert any("fault" in w for w in farmed["words"])
    envs, looks = task.numbered()
    plain = task.recipe.make(task.env, rows=32)
    number, sight = envs.reset(seed=3)[0], plain.reset(seed=3)[0]
    for _ in range(30):
        np.testing.assert_array_equal(looks[number], sight)
        action = np.random.default_rng(0).integers(0, 5, 32)
        number, sight = envs.step(action)[0], plain.step(action)[0]
    envs.close()
    plain.close()


def test_an_audit_that_cannot_be_made_says_why():
    signature = json.dumps({"obs": {"shape": [4], "kind": "float"}, "action": {"shape": [2], "kind": "float"},
                 "info": {"parts": {"nothing": {"shape": [], "kind": "float"}}}})  # fmt: skip
    source = 'def reward(obs, action, next_obs, info):\n    return info["nothing"]\n'
    found = made.audited(MAZE, source, signature)
    assert found["passed"] is None and "nothing" in found["words"][0]
