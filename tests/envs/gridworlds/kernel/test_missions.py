"""Missions: numbers for agents, and back to the text without loss, for every id."""

import tracemalloc

import gymnasium as gym
import numpy as np
import pytest
from contracts.chosen import PLAYABLE

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.generators import engine
from rewardlab.envs.gridworlds.kernel.missions import BABY_WORDS, Missions

SOME = (
    "MiniGrid-Fetch-8x8-N3-v0", "MiniGrid-PutNear-8x8-N3-v0", "MiniGrid-LockedRoom-v0", "MiniGrid-GoToDoor-8x8-v0",
    "MiniGrid-KeyCorridorS6R3-v0", "MiniGrid-ObstructedMaze-Full-v1", "MiniGrid-MemoryS7-v0", "BabyAI-BossLevel-v0",
    "BabyAI-SynthSeq-v0", "BabyAI-GoToSeqS5R2-v0", "BabyAI-MoveTwoAcrossS5N2-v0", "BabyAI-OpenDoorsOrderN4-v0",
    "BabyAI-PutNextS5N2Carrying-v0", "BabyAI-OpenTwoDoors-v0", "BabyAI-SynthLoc-v0", "BabyAI-FindObjS5-v0",
)  # fmt: skip
THEIRS = [
    name.removeprefix("rewardlab/")
    for name in PLAYABLE
    if name.startswith(("rewardlab/MiniGrid-", "rewardlab/BabyAI-"))
]


def lossless(task, levels):
    """Missions of MiniGrid's own levels, through our vocabulary and back."""
    env, found = engine.load(task, {}), set()
    texts = engine.missions(env)
    missions = Missions.of(texts) if texts is not None else engine.baby_missions(env)
    for seed in range(levels):
        with engine.quiet():
            env.reset(seed=seed)
        row = missions.row(env.mission)
        assert row.dtype == np.int64
        assert row.shape == (missions.length,)
        assert missions.text(row) == env.mission
        assert texts is None or env.mission in texts
        found.add(env.mission)
    return found


@pytest.mark.parametrize("task", SOME)
def test_missions_of_some_ids_survive(task):
    found = lossless(task, 25)
    assert len(found) > (1 if "Maze" not in task and "Memory" not in task else 0)


@pytest.mark.slow
@pytest.mark.parametrize("task", THEIRS)
def test_missions_of_every_id_survive_on_200_levels(task):
    assert lossless(task, 200)


@pytest.mark.parametrize("task", SOME)
def test_whole_mission_spaces_survive_and_differ(task):
    texts = engine.missions(engine.load(task, {}))
    if texts is None:  # an open space: see above
        assert task.startswith("BabyAI-")
        return
    missions = Missions.of(texts)
    rows = [tuple(missions.row(text)) for text in texts]
    assert len(set(rows)) == len(set(texts))
    assert [missions.text(np.array(row)) for row in rows] == texts
    assert max(map(max, rows)) == len(missions.vocabulary)


def test_the_longest_sentence_of_the_boss_level_fits():
    env = engine.load("BabyAI-BossLevel-v0", {})
    missions = engine.baby_missions(env)
    far = "a purple object in front of you"
    clause = f"put {far} next to {far}"
    longest = f"{clause} and {clause}, then {clause} and {clause}"
    assert missions.text(missions.row(longest)) == longest
    after = f"{clause} and {clause} after you {clause} and {clause}"
    assert missions.text(missions.row(after)) == after
    with pytest.raises(BadOption, match="words"):
        missions.row(f"{after} and go")


def test_strange_words_and_long_texts_are_refused():
    missions = Missions.of(["get the key", "open it"])
    assert missions.length == 3
    assert missions.vocabulary == ["get", "it", "key", "open", "the"]
    np.testing.assert_array_equal(missions.row("open it"), [4, 2, 0])
    with pytest.raises(BadOption, match="sword"):
        missions.row("get the sword")
    with pytest.raises(BadOption, match="4 words"):
        missions.row("get the key open")


def test_commas_stand_where_they_stood():
    missions = Missions(BABY_WORDS, 12)
    for text in ("go to a ball, then open the door", "go to a ball after you open the door"):
        assert missions.text(missions.row(text)) == text


def test_observations_name_the_mission_that_info_has_as_text():
    for name in ("rewardlab/BabyAI-GoToSeqS5R2-v0", "rewardlab/MiniGrid-Fetch-8x8-N3-v0"):
        envs = gym.make_vec(name, num_envs=5, max_episode_steps=3)
        obs, info = envs.reset(seed=0)
        rng = np.random.default_rng(0)
        for _ in range(12):
            assert [envs.rules.missions.text(row) for row in obs["mission"]] == info["mission"].tolist()
            assert obs["mission"] in envs.observation_space["mission"]
            obs, *_, info = envs.step(rng.integers(0, 7, 5))


def test_memory_of_missions_is_bounded():
    """Instructions never end; what is remembered of them must."""
    missions, early = Missions(map(str, range(200)), 3), 0
    tracemalloc.start()
    try:
        texts = (f"{a} {b} {c}" for a in range(200) for b in range(200) for c in range(2))
        for i, text in enumerate(texts):
            assert missions.text(missions.row(text)) == text
            if i == 10_000:
                early = tracemalloc.get_traced_memory()[0]
        assert tracemalloc.get_traced_memory()[0] < early + 4 * 2**20
    finally:
        tracemalloc.stop()
