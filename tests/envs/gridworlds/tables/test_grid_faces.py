"""Views of a grid world: index, planes, small picture, text and large picture tell the same; torch and NumPy agree."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.gridworlds.grid_world import GridWorld
from rewardlab.envs.gridworlds.tables.grid_picture import COLOURS, KINDS, WALKER, WALL

WORLD = {
    "layout": "S.1.#\n.b#2.\n...a.",
    "objects": [{"colour": "teal"}, {"reward": 0.5, "terminate": 0.0, "respawn": 0.3}],
    "slip": 0.1,
}


def walk(view, device=None, **options):
    """Observations and states of 40 steps of 16 rows."""
    envs = WorldVectorEnv(GridWorld(**WORLD | options, observation=view), 16, device=device)
    seen = [(envs.reset(seed=0)[0], envs.get_state()["state"])]
    actions = np.random.default_rng(0).integers(0, 4, (40, 16))
    for action in actions:
        obs = envs.step(action if device is None else torch.as_tensor(action))[0]
        seen.append((obs, envs.get_state()["state"]))
    return envs.rules, seen


def test_all_views_tell_the_same():
    rules, index = walk("index")
    _, planes = walk("planes")
    _, pictures = walk("picture")
    assert rules.observation_space.n == 15 * 2  # object 1 can be lost, object 0 ends
    had, lost = 0, 0
    for (number, state), (layers, _), (picture, _) in zip(index, planes, pictures, strict=True):
        assert layers.shape == (16, 6, 3, 5) and layers.dtype == np.uint8
        assert picture.shape == (16, 32, 32, 3) and picture.dtype == np.uint8
        for i in range(16):
            cell, there = number[i] % 15, number[i] // 15
            np.testing.assert_array_equal(layers[i, 0].ravel(), np.arange(15) == cell)
            assert np.flatnonzero(layers[i, 1]).tolist() == [4, 7]
            assert np.flatnonzero(layers[i, 2]).tolist() == [2]  # kind 1
            assert np.flatnonzero(layers[i, 3]).tolist() == [8]  # kind 2
            assert np.flatnonzero(layers[i, 4]).tolist() == [13]
            assert np.flatnonzero(layers[i, 5]).tolist() == [6] * there
            had, lost = had + there, lost + 1 - there
            text = rules.text(state, i).replace("\n", "")
            colours = {".": KINDS[0], "1": KINDS[1], "2": KINDS[2], "#": WALL, "a": COLOURS["teal"], "@": WALKER}
            colours["b"] = COLOURS["green"]
            assert text[cell] == "@" and text[4] == "#"
            assert cell == 6 or (text[6] == "b") == there
            for k, letter in enumerate(text):
                middle = picture[i, int((k // 5 + 0.5) * 32 / 3), int((k % 5 + 0.5) * 32 / 5)]
                assert tuple(middle) == colours[letter], (k, letter)
    assert had and lost


@pytest.mark.parametrize("view", ["index", "planes", "picture"])
def test_torch_shows_what_numpy_shows(view):
    for (a, _), (b, _) in zip(walk(view)[1], walk(view, device="cpu")[1], strict=True):
        np.testing.assert_array_equal(a, b.numpy())
        assert a.dtype == b.numpy().dtype


def test_hidden_objects_are_in_no_view():
    for view in ("index", "planes", "picture"):
        open_, hidden = walk(view)[1], walk(view, hidden=True)[1]
        rules = GridWorld(**WORLD, observation=view, hidden=True)
        shown = set()
        for (a, _), (b, state) in zip(open_, hidden, strict=True):
            if view == "index":
                np.testing.assert_array_equal(b, a % 15)
            elif view == "planes":
                np.testing.assert_array_equal(b, a[:, :4])
            else:
                assert not (b == COLOURS["teal"]).all(-1).any()
            shown |= set(rules.text(state, 0))
            assert not (rules.draw(state, 0) == COLOURS["teal"]).all(-1).any()
        assert shown <= set("@.#12\n")
        assert (GridWorld(**WORLD).draw(open_[0][1], 0) == COLOURS["teal"]).all(-1).any()


def test_the_words_name_each_component():
    words = GridWorld(**WORLD, observation="planes").card().observation
    assert [w.split("there is ")[1] for w in words.values()] == [
        f"{what}, else 0"
        for what in ("the agent", "walls", "cells of kind 1", "cells of kind 2", "object 0", "object 1")
    ]
    assert GridWorld(**WORLD).card().observation == {
        "state": "(2^0 if object 1 is there, summed) * 15 + row * 5 + column, 0..14"
    }
    assert list(GridWorld(**WORLD, hidden=True).card().observation) == ["cell"]


def test_unknown_views_and_colours_are_named():
    with pytest.raises(BadOption, match="observation='image'"):
        GridWorld(observation="image")
    with pytest.raises(BadOption, match="colour='golden'"):
        GridWorld(objects=[{"colour": "golden"}, {}])
