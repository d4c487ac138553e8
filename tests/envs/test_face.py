"""The checks at the door of both faces, and rendering without an environment around it."""

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption, ResetNeeded
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.face import check_open, check_options, check_render_mode, render
from rewardlab.envs.mdps import DeepSea


def test_doors():
    check_open(False, "here")
    check_options(None, (), "here")
    check_options({"reset_mask": 1}, ("reset_mask",), "here")
    with pytest.raises(ResetNeeded, match="here: this environment is closed"):
        check_open(True, "here")
    with pytest.raises(BadOption, match=r"unknown option 'x'\n  expected: one of \('reset_mask',\)"):
        check_options({"x": 1}, ("reset_mask",), "here")
    with pytest.raises(BadOption, match="None or a dict"):
        check_options(3, (), "here")
    assert check_render_mode("ansi", "here") == "ansi" and check_render_mode(None, "here") is None
    with pytest.raises(BadOption, match="did you mean 'rgb_array'"):
        check_render_mode("rgb_aray", "here")


def test_rows_are_rendered_one_by_one():
    rules, state = DeepSea(size=3), {"cell": np.array([0, 4])}
    assert render(rules, state, 1, None) is None
    assert render(rules, state, 0, "ansi") == "o..\n...\n..$" and render(rules, state, 1, "ansi") == "...\n.o.\n..$"
    assert render(rules, state, 1, "rgb_array").shape == (399, 399, 3)
    with pytest.raises(ResetNeeded, match="render before the first reset"):
        render(rules, {}, 0, "ansi")


@pytest.mark.parametrize("made", [lambda: WorldEnv(DeepSea(size=3)), lambda: WorldVectorEnv(DeepSea(size=3), 2)])
def test_both_faces_go_back_and_describe(made):
    env = made()
    env.reset(seed=0)
    action = env.action_space.sample()
    before = env.get_state()
    first = env.step(action)
    env.set_state(before)
    again = env.step(action)
    assert all(np.array_equal(a, b) for a, b in zip(first[:4], again[:4], strict=True))
    assert env.describe().optimal_return == pytest.approx(0.99) and env.to_mdp().num_states == 10


@pytest.mark.parametrize(
    "name", ["rewardlab/DeepSea-v0", "rewardlab/MiniGrid-Dynamic-Obstacles-5x5-v0", "rewardlab/Sokoban-v0"]
)
def test_clones_are_copies_with_their_streams(name):
    envs = gym.make_vec(name, num_envs=4, vectorization_mode="vector_entry_point")
    rng = np.random.default_rng(0)
    envs.reset(seed=7)
    for _ in range(3):
        envs.step(rng.integers(0, envs.single_action_space.n, 4))
    alone = envs.get_state()
    envs.clone([2, 2, 0, 2])
    for _ in range(40):  # over the ends of episodes too
        action = rng.integers(0, envs.single_action_space.n, 2)
        obs, reward, ended, cut, _ = envs.step(action[[0, 0, 1, 0]])
        seen = np.concatenate(
            [
                np.asarray(x).reshape(4, -1)
                for x in (obs["image"] if isinstance(obs, dict) else obs, reward, ended, cut)
            ],
            axis=1,
        )
        assert (seen[0] == seen[1]).all() and (seen[0] == seen[3]).all()
    envs.set_state(alone)
    envs.clone(np.arange(4))
    assert all(np.array_equal(v, alone["state"][k]) for k, v in envs.get_state()["state"].items())


def test_what_is_no_row_is_not_cloned():
    envs = gym.make_vec("rewardlab/DeepSea-v0", num_envs=2, vectorization_mode="vector_entry_point")
    with pytest.raises(ResetNeeded, match="clone"):
        envs.clone([0, 0])
    envs.reset(seed=0)
    for rows in ([0], [0, 2], [-1, 0], [0.0, 1.0], "no", None, [[0, 1]]):
        with pytest.raises(BadOption, match="clone"):
            envs.clone(rows)
