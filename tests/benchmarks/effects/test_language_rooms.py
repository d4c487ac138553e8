"""Rooms as tables: they play as the room itself does, and know what their steps achieve and how far the chest is."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects.language_rooms import GOALS, ListedRoom, learned
from rewardlab.core.reward import Task
from rewardlab.core.testing import check_env
from rewardlab.envs.gridworlds.pictures import captions
from rewardlab.envs.gridworlds.search.shortest import shortest_solution
from rewardlab.envs.world import WorldEnv
from rewardlab.rewards import Milestones


@pytest.fixture(scope="module")
def room():
    return ListedRoom(size=6, level=2, distractors=0.0, varied=True)


def test_it_plays_as_the_room_does(room):
    ours, theirs = WorldEnv(room), WorldEnv(room.room)
    ours.reset(seed=2)
    theirs.reset(seed=2)
    for action in [0, 1, 5, 3, *shortest_solution(room.room, room.room.first(2))]:
        _, pay, ended, _, info = ours.step(action)
        _, expected, over, _, truth = theirs.step(action)
        assert (pay, ended, info["subgoal"]) == (expected, over, truth["subgoal"])
        assert info["caption"] in captions.PHRASES[truth["event"]]
    assert ended


def test_the_way_is_as_long_as_the_shortest_and_steps_say_what_they_achieve(room):
    way = shortest_solution(room.room, room.room.first(2))
    assert room.to_go[room.begin] == pytest.approx(len(way))
    at, risen = room.begin, []
    for action in way:
        step = np.array([at * room.actions + action])
        risen += [goal for goal, up in zip(GOALS, room.risen(step)[0], strict=True) if up]
        assert "Map before:" in room.told(step)[0] and "Map" not in room.told(step, map=False, full=True)[0]
        at = int(room.after[at, action])
    assert risen == list(GOALS) and room.mdp.terminal[at]


def test_an_event_has_one_phrase_unless_it_varies(room):
    one = ListedRoom(size=6, level=2)
    for rules, most in ((one, 1), (room, 3)):
        at, clock = np.full(60, rules.begin), np.arange(60)
        _, _, _, columns = rules.move({"at": at, "clock": clock}, np.zeros(60, dtype=np.int64), None)
        said = set(columns["caption"]) - set(captions.DISTRACTORS)
        assert len(said) == most and said <= set(captions.PHRASES[captions.TURNED])
    assert set(columns["caption"]) <= set(captions.PHRASES[captions.TURNED])  # no distractors were asked for


def test_it_is_an_environment_and_is_learned():
    assert check_env(lambda: WorldEnv(ListedRoom(size=6, level=2)), steps=30, processes=False)
    found = learned(ListedRoom(size=6, level=2), Task() + Milestones({"subgoal": 0.1}), 0, steps=12_000)
    assert found["success"] > 0.8 and found["kilosteps_to_90"] < 12
