"""Steps in words: what was in front and in hand, against the room's own events, cropped and whole."""

import numpy as np
import pytest
from steps import steps

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadSpace
from rewardlab.envs.gridworlds.key_room import KeyRoom
from rewardlab.envs.gridworlds.pictures import captions
from rewardlab.envs.gridworlds.search.shortest import shortest_solution
from rewardlab.envs.world import WorldEnv
from rewardlab.rewards.language.grid_text import LEGEND, GridText, rows


def solved(observation, seed=0):
    """One solution as steps [T, 1] with their events."""
    rules = KeyRoom(observation=observation, room_width=7, room_height=6)
    env = WorldEnv(rules)
    obs, _ = env.reset(seed=seed)
    told = []
    for action in shortest_solution(rules, rules.first(seed)):
        after, reward, ended, cut, info = env.step(action)
        told.append((obs, action, reward, after, ended, cut, info["event"]))
        obs = after

    def column(k):
        return np.array([row[k] for row in told])[:, None]

    def image(k):
        return np.stack([row[k]["image"] for row in told])[:, None]

    before, after = ({"image": image(0)}, image(3)) if observation == "dict" else (image(0), image(3))
    return Transitions(before, column(1), column(2), after, column(4), column(5), {"event": column(6)})


@pytest.mark.parametrize("observation", ["dict", "full"])
def test_each_event_of_a_solution_stands_in_its_words(observation):
    batch = solved(observation)
    told, event = GridText(goal="chest")(batch)[:, 0], batch.info["event"][:, 0]
    for text, e, action in zip(told, event, batch.action[:, 0], strict=True):
        took = "Before, in front: a yellow key" in text and "Action: pick up" in text
        opened = "Before, in front: a locked yellow door" in text and "After, in front: an open yellow door" in text
        reached = "Before, in front: a chest" in text and "Action: go forward" in text
        assert (took, opened, reached) == (e == captions.TOOK, e == captions.UNLOCKED, e == captions.REACHED)
        assert ("After, in hand" in text) == (observation == "dict")
        assert text.splitlines()[1 + (observation == "dict")].startswith("Action: ") and action < 7
    if observation == "dict":
        hand = ["After, in hand: a yellow key" in text for text in told]
        assert hand == (np.cumsum(event == captions.TOOK) > 0).tolist()


def test_maps_have_the_letters_of_their_cells():
    image = np.zeros((3, 2, 3), dtype=np.uint8)
    image[0, 0], image[1, 0], image[2, 0] = (4, 4, 2), (5, 0, 0), (10, 0, 3)
    image[0, 1], image[1, 1], image[2, 1] = (1, 0, 0), (2, 5, 0), (17, 0, 0)
    assert rows(image) == ["Ly Kr ^^", ".. Wg !!"]
    assert all(word in LEGEND for word in ("L locked", "K key", "W wall", "^^", ".. nothing"))
    text = GridText()(Transitions(image[None], np.array([9]), np.zeros(1), image[None], *np.zeros((2, 1), dtype=bool)))
    assert "action 9" in text[0] and "in front: unseen" in text[0]  # looks out of the level
    assert "Map" not in GridText(map=False)(solved("full"))[0, 0]


def test_what_has_no_cells_is_refused():
    for obs in (np.zeros((2, 5)), np.zeros((2, 3, 3, 3)), {"position": np.zeros((2, 2))}):
        with pytest.raises(BadSpace):
            GridText()(steps(2, obs=obs))
