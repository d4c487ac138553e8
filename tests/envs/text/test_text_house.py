"""Text houses: plans found by speaking alone, advantages by value iteration, and a reward at the end only."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.house import DIRECTIONS, command, graph
from rewardlab.envs.text.text_house import TextHouse, parse

FIELDS = [{"rooms": 4}, {"quest": "goals", "goals": 2, "rooms": 4}, {"quest": "goals", "rooms": 3, "goals": 3}]


def drawn(rules, count):
    return [rules._task(rng_of(seed)) for seed in range(count)]


@pytest.mark.parametrize("fields", FIELDS, ids=str)
def test_no_way_of_speaking_is_shorter_than_the_plan(fields):
    rules = TextHouse(split="all", **fields)
    for task in drawn(rules, 6):
        says = [f"go {d}" for d in DIRECTIONS] + [command(d) for d in task.deeds]
        reached, edge, length = {(0, 0)}, [(0, 0)], 0
        while not any(task.fulfilled(place) for place in edge):
            length += 1
            after = {rules.act(task, place, *parse(said))[0] for place in edge for said in says}
            edge = list(after - reached)
            reached |= after
        said = []
        place = (0, 0)
        while not task.fulfilled(place):
            said.append(rules.expert(task, place, None))
            place = rules.act(task, place, *parse(said[-1]))[0]
        assert len(said) == length and rules.check("\n".join(said), task)
        assert not rules.check("\n".join(said[:-1]), task)


@pytest.mark.parametrize("gamma", [0.5, 0.9, 1.0])
def test_the_advantage_of_a_command_is_that_of_value_iteration(gamma):
    env = gym.make("rewardlab/TextHouse-v0", gamma=gamma, others=0, rooms=4, turns=60)
    rng = np.random.default_rng(0)
    for seed in range(5):
        env.reset(seed=seed)
        task = env.unwrapped.get_state()["state"]["task"][0]
        known = graph(task)
        value = np.zeros(len(known.states))
        for _ in range(60):
            for k, moves in enumerate(known.moves):
                if moves:
                    value[k] = max(float(known.goals[t]) or gamma * value[t] for _, t in moves)
        over = False
        for _ in range(25):
            place = env.unwrapped.get_state()["state"]["memory"][0]
            says = [f"go {d}" for d in DIRECTIONS] + ["take key", "open door", "open chest", "look"]
            _, _, over, _, info = env.step(says[int(rng.integers(len(says)))])
            if over:
                break
            after = env.unwrapped.get_state()["state"]["memory"][0]
            due = gamma * value[known.number[after]] - value[known.number[place]]
            assert info["advantage"] == pytest.approx(due, abs=1e-12) and info["advantage"] <= 1e-12
            assert info["progress"] == known.distance(place) - known.distance(after)


@pytest.mark.parametrize("name", ["TextHouse-v0", "TextQuest30-v0", "TextHouse-Clue-v0"])
def test_the_plan_is_paid_at_its_end_alone_and_every_command_of_it_is_good(name):
    env = gym.make(f"rewardlab/{name}")
    rules = env.unwrapped.rules
    for seed in range(10):
        env.reset(seed=seed)
        rewards, over = [], False
        while not over:
            state = env.unwrapped.get_state()["state"]
            _, reward, over, _, info = env.step(rules.expert(state["task"][0], state["memory"][0], None))
            rewards.append(reward)
            assert info["progress"] == 1 and info["advantage"] == pytest.approx(0, abs=1e-12)
        assert rewards == [0.0] * (len(rewards) - 1) + [1.0] and rules.shortest <= len(rewards) <= rules.turns


def test_a_clue_is_worth_asking_for():
    rules = TextHouse(quest="clue", goals=4, split="all", rooms=3)
    wins = 0
    for task in drawn(rules, 200):
        chests = [d for d in task.deeds if d.verb == "open"]
        assert sum(not d.fatal for d in chests) == 1
        assert (
            task.answer in rules.act(task, (task.deeds[task.clue].rooms[0], 0), "talk", task.deeds[task.clue].noun)[1]
        )
        wins += not chests[0].fatal  # who always opens the first chest
    assert abs(wins / 200 - 1 / 4) < 4 * np.sqrt(3 / 16 / 200)  # four standard errors
    untold = next(k for k in task.goal)
    place = (task.deeds[untold].rooms[0], 0)
    heard = rules.hear(task, place, command(task.deeds[untold]), None)
    assert heard.success and heard.over  # luck is allowed
    fatal = next(d for d in task.deeds if d.fatal)
    heard = rules.hear(task, (fatal.rooms[0], 1), command(fatal), None)
    assert heard.over and not heard.success and heard.columns["distance"] == -1


def test_the_description_says_what_is_there():
    task = TextHouse().examples()[0].truth
    rules = TextHouse()
    assert rules.describe(task, (0, 0)) == "You are in the hall. Ways: north, east (a locked door)."
    assert rules.describe(task, (1, 0)) == "You are in the attic. Ways: south. You see: key."
    assert rules.describe(task, (1, 1)) == "You are in the attic. Ways: south."
    assert TextHouse(brief=True).describe(task, (0, 0)) == "hall; north east*"
    assert rules.act(task, (0, 0), "open", "door") == ((0, 0), "You have no key.")
    assert rules.act(task, (0, 0), "go", "east") == ((0, 0), "The door is locked.")
    assert rules.act(task, (0, 0), "go", "west") == ((0, 0), "There is a wall.")


def test_commands_are_read_in_many_forms_and_others_are_none():
    for said, due in {"n": ("go", "north"), "Walk to the EAST.": ("go", "east"), "pick up the key": ("take", "key"),
                      "unlock the door with the key": ("open", "door"), "open red chest": ("open", "red chest"),
                      "look around": ("look", ""), "ask the cook!": ("talk", "cook")}.items():  # fmt: skip
        assert parse(said) == due
    for said in ("", "go", "go up", "take", "fly north", "north south", "look here now", "go nort"):
        assert parse(said) is None


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"quest": "x"}, {"rooms": 1}, {"rooms": 13}, {"goals": 0}, {"others": 4}, {"turns": 7},
                  {"shortest": 0}, {"gamma": 0.0}, {"gamma": 1.1}, {"quest": "clue", "goals": 1}):  # fmt: skip
        with pytest.raises(BadOption, match=list(wrong)[-1]):
            TextHouse(**wrong)
    with pytest.raises(BadOption, match="none of 300 houses"):
        TextHouse(rooms=2, shortest=12).task(np.random.default_rng(0))
