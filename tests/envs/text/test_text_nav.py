"""Errands through rooms: instructions that are true, lengths that are shortest, and pay that follows its formula."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.rooms import cells_to, moved
from rewardlab.envs.text.text_nav import TextNav, Walk, parse


def drawn(rules, count=40):
    return [rules._task(rng_of(seed)) for seed in range(count)]


@pytest.mark.parametrize("fields", [{}, {"side": 4, "loops": 0.0}, {"corridors": 0.0, "side": 2}], ids=str)
def test_whoever_follows_the_clauses_block_by_block_arrives(fields):
    rules = TextNav(split="all", **fields)
    for task in drawn(rules):
        block, facing = task.map.block(task.start[:2]), task.start[2]
        for turn, way, name in task.clauses:
            facing = (facing + turn) % 4
            beside = block + (task.map.side, 1, -task.map.side, -1)[facing]
            assert tuple(sorted((block, beside))) in task.map.joints
            assert (way == "door") == bool(task.map.names[block] or task.map.names[beside])
            assert name == (task.map.names[beside] or "corridor")
            block = beside
        assert task.map.centre(block) == task.goal and task.map.names[block]
        assert rules.least <= len(task.clauses) + 1 <= rules.most


@pytest.mark.parametrize("chunk", [1, 3, 9])
def test_the_expert_walks_the_shortest_way(chunk):
    env = gym.make("rewardlab/TextNav-v0", chunk=chunk, turns=30)
    rules = env.unwrapped.rules
    for seed in range(15):
        env.reset(seed=seed)
        over, turns = False, 0
        while not over:
            state = env.unwrapped.get_state()["state"]
            _, reward, over, _, info = env.step(rules.expert(state["task"][0], state["memory"][0], None))
            turns += 1
        assert reward == info["spl"] == 1 and info["moves"] == info["shortest"] and info["bumps"] == 0
        assert turns == -(-(info["moves"] + 1) // chunk)


@pytest.mark.parametrize("graded", [False, True])
def test_a_stop_is_paid_by_its_distance(graded):
    rules, rng = TextNav(radius=2, graded=graded, chunk=9), np.random.default_rng(1)
    seen = set()
    for task in drawn(rules, 60):
        pose = task.goal
        for _ in range(int(rng.integers(4))):
            near = [c for c, d in cells_to(task.map, pose).items() if d == 1]
            pose = near[int(rng.integers(len(near)))]
        far = cells_to(task.map, task.goal)[pose]
        heard = rules.hear(task, Walk((*pose, 0), task.moves + 4), "stop", None)
        due = 0 if far > 2 else 1 - far / 4 if graded else 1
        assert heard.parts["outcome"] == due and heard.success == (far <= 2) and heard.over
        assert heard.columns["spl"] == pytest.approx(heard.success * task.moves / (task.moves + 4))
        seen.add(far)
    assert seen >= {0, 1, 2, 3}


def test_no_errand_within_its_budget_is_cut_and_every_other_is():
    rules = TextNav(budget=1.5, chunk=1, turns=60)
    for task in drawn(rules, 20):
        allowed = int(1.5 * task.moves)
        for wasted in range(2, allowed - task.moves + 4, 2):
            memory = rules.begin(task)
            words = ["left", "right"] * (wasted // 2)
            heard = None
            for k in range(len(words) + task.moves + 1):
                word = words[k] if k < len(words) else rules.expert(task, memory, None)
                heard = rules.hear(task, memory, word, None)
                memory = heard.memory
                if heard.over:
                    break
            assert heard.success == (wasted + task.moves <= 1.5 * task.moves), wasted
            assert heard.columns["stopped"] == heard.success


def test_going_in_circles_ends_an_errand():
    rules = TextNav(loop=2)
    task = drawn(rules, 1)[0]
    memory, overs = rules.begin(task), []
    for said in ("left", "right", "left"):
        heard = rules.hear(task, memory, said, None)
        memory = heard.memory
        overs.append((heard.columns["repeats"], heard.over))
    assert overs == [(0, False), (1, False), (2, True)] and not heard.success


def test_unseen_maps_are_unseen():
    maps = [{t.map for t in drawn(TextNav(split=split, side=2), 150)} for split in ("train", "test")]
    assert not maps[0] & maps[1]


def test_a_chunk_is_played_move_by_move():
    rules = TextNav(chunk=5)
    for task in drawn(rules, 10):
        pose = task.start
        for word in ("forward", "left", "forward", "right", "forward"):
            pose = moved(task.map, pose, word)
        heard = rules.hear(task, rules.begin(task), "f, l f R forward.", None)
        assert heard.memory.pose == pose and heard.columns["moves"] == 5
        assert not rules.hear(task, rules.begin(task), "f f f f f f", None).understood


def test_words_that_are_no_moves_make_the_message_void():
    assert parse("Forward, left  RIGHT\nstop") == ["forward", "left", "right", "stop"]
    for said in ("", "stop forward", "forward back", "forwardleft", "\uff46", "1"):
        assert parse(said) == []


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"side": 1}, {"corridors": 0.9}, {"loops": -0.1}, {"least": 1}, {"least": 3, "most": 2},
                  {"radius": 3}, {"chunk": 0}, {"turns": 5}, {"budget": 0.5}, {"loop": -1},
                  {"budget": float("nan")}):  # fmt: skip
        with pytest.raises(BadOption, match=list(wrong)[-1]):
            TextNav(**wrong)
    with pytest.raises(BadOption, match="none of 300 errands"):
        TextNav(least=4, chunk=1, turns=6).task(np.random.default_rng(0))
