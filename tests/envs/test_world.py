"""Worlds: N rows are N single environments in every autoreset mode, and mistakes are named before anything moves."""

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
import torch
from core.walk import Drift, assert_same, drawn, vector
from gymnasium.vector import AutoresetMode

import rewardlab
from rewardlab.core.errors import BadAction, BadOption, BadSeed, ResetNeeded
from rewardlab.core.testing import check_env, check_vector_env, trace_hash
from rewardlab.core.testing.trace import same
from rewardlab.envs.world import WorldEnv, WorldVectorEnv, build

# -- what holds in all three modes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, 4])
@pytest.mark.parametrize("n", [1, 5])
def test_a_vector_is_its_singles_in_every_mode(n, limit):
    def single():
        env = WorldEnv(Drift)
        return gym.wrappers.TimeLimit(env, limit) if limit else env

    report = check_vector_env(lambda mode: vector(n, mode, max_episode_steps=limit), single, steps=80)
    assert len(report.passed) == 4


@pytest.mark.parametrize("options", [{}, {"observation": "one_hot"}, {"size": 2}, {"max_episode_steps": 3}])
def test_deep_sea_is_its_singles_in_every_mode(options):
    assert check_vector_env("rewardlab/DeepSea-v0", steps=60, **options)


@pytest.mark.slow
def test_a_hundred_thousand_steps_are_those_of_the_singles():
    assert check_vector_env(lambda mode: vector(8, mode, max_episode_steps=7), _limited, steps=12_500)


def _limited():
    return gym.wrappers.TimeLimit(WorldEnv(Drift), 7)


def test_the_walk_itself_is_lawful():
    # Gymnasium takes NaN in an info for a difference.
    assert check_env(WorldEnv(Drift), steps=150, processes=False, skip=("gymnasium_api",))


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_torch_on_the_cpu_is_numpy(mode):
    ours, theirs = vector(6, mode, max_episode_steps=6), vector(6, mode, max_episode_steps=6, device="cpu")
    assert_same(ours.reset(seed=3), theirs.reset(seed=3))
    for action in drawn(ours):
        assert_same(ours.step(action), theirs.step(torch.as_tensor(action)))
    assert isinstance(theirs.step(action)[0]["at"], torch.Tensor)
    assert isinstance(theirs.step(action)[1], torch.Tensor)


def test_torch_takes_partial_resets():
    ours, theirs = vector(4, "Disabled"), vector(4, "Disabled", device="cpu")
    assert_same(ours.reset(seed=3), theirs.reset(seed=3))
    mask = np.array([True, False, True, False])
    assert_same(ours.step(drawn(ours)[0]), theirs.step(drawn(ours)[0]))
    assert_same(*(e.reset(seed=[7, None, None, None], options={"reset_mask": mask}) for e in (ours, theirs)))


def test_row_i_has_the_seed_s_plus_i():
    hashes = [trace_hash(WorldEnv(Drift), 40 + i, 60) for i in range(4)]
    assert [trace_hash(vector(), 40, 60, row=i) for i in range(4)] == hashes
    assert len(set(hashes)) == 4


def test_seeds_wrap_around_at_64_bits():
    assert trace_hash(vector(2), 2**64 - 1, 20, row=1) != trace_hash(vector(2), 2**64 - 1, 20, row=0)
    a, b = vector(2).reset(seed=2**64 - 1)[0], WorldEnv(Drift).reset(seed=0)[0]
    assert same(a["at"][1], b["at"])


# -- each mode ---------------------------------------------------------------------------------------------------------


def test_same_step_shows_the_next_episode_and_keeps_the_end():
    envs = WorldVectorEnv("rewardlab.envs.mdps.deep_sea:DeepSea", 2, size=3)
    envs.reset(seed=0)
    for _ in range(2):
        envs.step(np.zeros(2, dtype=int))
    obs, _, terminated, truncated, info = envs.step(np.zeros(2, dtype=int))
    assert terminated.all()
    assert not truncated.any()
    assert obs.tolist() == [0, 0]
    assert info["final_obs"].dtype == object
    assert info["final_obs"].tolist() == [9, 9]
    assert info["_final_obs"].all()
    assert set(info["final_info"]) == {"success", "_success", "is_success", "_is_success"}
    assert "success" not in info, "what belongs to the step that ended stands in final_info"


def test_same_step_without_an_end_has_no_final_columns():
    envs = vector()
    envs.reset(seed=0)
    while (shown := envs.step(drawn(envs)[0]))[2].any():
        pass
    assert not {"final_obs", "final_info"} & set(shown[4])


def test_next_step_ignores_the_action_after_an_end_and_pays_nothing():
    envs = WorldVectorEnv("rewardlab.envs.mdps.deep_sea:DeepSea", 2, size=2, autoreset_mode="NextStep", cost=5.0)
    envs.reset(seed=0)
    envs.step(np.zeros(2, dtype=int))
    obs, _, terminated, _, _ = envs.step(np.zeros(2, dtype=int))
    assert terminated.all()
    assert obs.tolist() == [4, 4]
    for action in (0, 1):
        twin = copy.deepcopy(envs)
        obs, reward, terminated, truncated, info = twin.step(np.full(2, action))
        assert obs.tolist() == [0, 0]
        assert reward.tobytes() == np.zeros(2).tobytes(), "zero, and not minus zero"
        assert not terminated.any()
        assert not truncated.any()
        assert info == {}


def test_disabled_refuses_rows_that_have_ended():
    envs = WorldVectorEnv("rewardlab.envs.mdps.deep_sea:DeepSea", 3, size=2, autoreset_mode="Disabled")
    envs.reset(seed=0)
    envs.step(np.zeros(3, dtype=int))
    envs.step(np.zeros(3, dtype=int))
    before = pickle.dumps(envs.get_state())
    with pytest.raises(ResetNeeded, match=r"rows \[0, 1, 2\] have no running episode"):
        envs.step(np.zeros(3, dtype=int))
    assert pickle.dumps(envs.get_state()) == before
    envs.reset(options={"reset_mask": np.array([True, False, False])})
    with pytest.raises(ResetNeeded, match=r"rows \[1, 2\]"):
        envs.step(np.zeros(3, dtype=int))
    envs.reset(options={"reset_mask": np.array([False, True, True])})
    assert envs.step(np.zeros(3, dtype=int))[0].shape == (3,)


def test_the_time_limit_truncates_and_does_not_terminate():
    envs = WorldVectorEnv("rewardlab.envs.mdps.deep_sea:DeepSea", 2, size=5, max_episode_steps=3)
    envs.reset(seed=0)
    flags = [envs.step(np.zeros(2, dtype=int))[2:4] for _ in range(6)]
    assert [bool(t.any()) for t, _ in flags] == [False] * 6
    assert [bool(t.all()) for _, t in flags] == [False, False, True, False, False, True]


def test_both_flags_stand_where_the_end_falls_on_the_limit():
    envs = WorldVectorEnv("rewardlab.envs.mdps.deep_sea:DeepSea", 1, size=2, max_episode_steps=2)
    envs.reset(seed=0)
    envs.step([0])
    _, _, terminated, truncated, _ = envs.step([0])
    assert terminated.all()
    assert truncated.all()


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_the_mode_is_declared(mode):
    envs = gym.make_vec("rewardlab/DeepSea-v0", num_envs=2, autoreset_mode=mode.value)
    assert envs.metadata["autoreset_mode"] is mode


# -- partial resets ----------------------------------------------------------------------------------------------------


def test_a_partial_reset_leaves_the_other_rows_alone():
    envs, other = vector(5, "Disabled"), vector(5, "Disabled")
    for e in (envs, other):
        e.reset(seed=0)
        e.step(drawn(e)[0])
    mask = np.array([True, False, False, True, False])
    obs, info = envs.reset(seed=90, options={"reset_mask": mask})
    fresh = vector(5).reset(seed=90)[0]
    assert same(obs["at"][mask], fresh["at"][mask])
    assert info["_parity"].tolist() == mask.tolist()
    a, b = envs.get_state()["state"], other.get_state()["state"]
    assert same(a["at"][~mask], b["at"][~mask])


@pytest.mark.parametrize(
    "mask", [np.zeros(3, bool), np.ones(2, bool), np.ones(3, int), np.ones((3, 1), bool), "all", [1.5, 0, 0]]
)
def test_a_bad_reset_mask_is_named(mask):
    envs = vector(3)
    envs.reset(seed=0)
    with pytest.raises(BadOption, match=r"reset_mask of shape .*\n  expected: \[3\] bool with at least one True"):
        envs.reset(options={"reset_mask": mask})


# -- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, -1, True, 2.5, "3", None])
def test_a_bad_number_of_rows_is_named(n):
    with pytest.raises(BadOption, match=r"num_envs=.*\n  expected: an integer of at least 1"):
        vector(n)


@pytest.mark.parametrize("limit", [0, -3, True, 2.5, "3"])
def test_a_bad_time_limit_is_named(limit):
    with pytest.raises(BadOption, match=r"max_episode_steps="):
        vector(2, max_episode_steps=limit)


@pytest.mark.parametrize("mode", ["nextstep", "Same", None, 3])
def test_a_bad_mode_is_named(mode):
    with pytest.raises(
        BadOption, match=r"autoreset_mode=.*\n  expected: one of \['NextStep', 'SameStep', 'Disabled'\]"
    ):
        vector(2, mode)


def test_a_misspelt_keyword_names_the_nearest():
    for make in (lambda **k: WorldEnv(Drift, **k), lambda **k: vector(2, **k), lambda **k: build(Drift, k)):
        with pytest.raises(BadOption, match=r"unknown keyword 'lenght'(.|\n)*did you mean 'length'\?"):
            make(lenght=3)
    with pytest.raises(BadOption, match="did you mean 'size'"):
        gym.make("rewardlab/DeepSea-v0", sise=3)


def test_a_bad_render_mode_is_named():
    for make in (lambda **k: WorldEnv(Drift, **k), lambda **k: vector(2, **k)):
        with pytest.raises(BadOption, match=r"render_mode='rgb'(.|\n)*did you mean 'rgb_array'"):
            make(render_mode="rgb")


def test_rules_for_numpy_refuse_a_device():
    class Plain(Drift):
        torch = False

    with pytest.raises(BadOption, match="these rules are written for NumPy only"):
        WorldVectorEnv(Plain(), 2, device="cpu")


@pytest.mark.parametrize("make", [lambda: WorldEnv(Drift), lambda: vector(2)], ids=["single", "vector"])
def test_the_order_of_calls_is_watched(make):
    env = make()
    action = np.zeros((2, 2)[: 1 + isinstance(env, WorldVectorEnv)], dtype=np.float32)
    with pytest.raises(ResetNeeded, match=r"call reset\(\)"):
        env.step(action)
    env.reset(seed=0)
    env.step(action)
    env.close()
    env.close()
    for call in (env.reset, lambda: env.step(action)):
        with pytest.raises(ResetNeeded, match="this environment is closed"):
            call()


def test_a_partial_reset_before_the_first_one_is_refused():
    with pytest.raises(ResetNeeded, match="a partial reset before the first one"):
        vector(2).reset(options={"reset_mask": np.array([True, False])})


@pytest.mark.parametrize("seed", [True, -1, 1.5, "1", 2**64, [1, 2, 3], [1, True], [1, -1]])
def test_a_bad_seed_is_named(seed):
    with pytest.raises((BadSeed, BadOption), match=r"Drift x 2.reset: .*\n  expected: "):
        vector(2).reset(seed=seed)


def test_bad_options_are_named():
    for make in (lambda: WorldEnv(Drift), lambda: vector(2)):
        with pytest.raises(BadOption, match="unknown option 'mask'"):
            make().reset(options={"mask": 1})
        with pytest.raises(BadOption, match="expected: None or a dict"):
            make().reset(options=5)


@pytest.mark.parametrize(
    "action",
    [
        np.zeros(2, np.float32), np.zeros((3, 2), np.float32), np.full((2, 2), np.nan), np.full((2, 2), 1.0001),
        np.full((2, 2), 1e300), np.zeros((2, 2), complex), np.zeros((2, 2), bool), np.zeros((2, 2), object), None,
        "up", [["a", "b"], ["c", "d"]], [[0, 0], [0]], {"push": 0}, [None, None],
    ],
    ids=range(14),
)  # fmt: skip
def test_a_bad_action_is_named_and_nothing_moves(action):
    envs = vector(2)
    envs.reset(seed=0)
    before = pickle.dumps(envs.get_state())
    with pytest.raises(BadAction, match=r"Drift x 2: (.|\n)*\n  expected: 2 actions in Box(.|\n)*shape \(2, 2\)"):
        envs.step(action)
    assert pickle.dumps(envs.get_state()) == before


def test_numbers_of_other_widths_are_taken_for_what_they_are():
    for dtype in (np.float16, np.float64, np.int8, np.int64):
        ours, theirs = vector(2), vector(2)
        ours.reset(seed=0), theirs.reset(seed=0)
        assert_same(ours.step(np.ones((2, 2), dtype)), theirs.step(np.ones((2, 2), np.float32)))
    sea = [WorldVectorEnv("rewardlab.envs.mdps.deep_sea:DeepSea", 2) for _ in range(5)]
    shown = []
    for envs, dtype in zip(sea, (np.int64, np.uint8, np.int16, np.uint64, ">i4"), strict=True):
        envs.reset(seed=0)
        shown.append(envs.step(np.array([0, 1], dtype)))
    for other in shown[1:]:
        assert_same(shown[0], other)


# -- the rest ----------------------------------------------------------------------------------------------------------


def test_rendering_shows_each_row():
    frames = vector(3, render_mode="rgb_array")
    frames.reset(seed=0)
    assert [f.shape for f in frames.render()] == [(4, 4, 3)] * 3
    text = vector(2, render_mode="ansi", device="cpu")
    text.reset(seed=0)
    assert all(line.startswith("step ") for line in text.render())
    assert vector(2).render() is None
    with pytest.raises(ResetNeeded, match="render before the first reset"):
        WorldEnv(Drift, render_mode="ansi").render()


def test_specs_survive_json():
    env = gym.make("rewardlab/DeepSea-v0", size=4)
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert trace_hash(env, 0, 30) == trace_hash(again, 0, 30)
    assert rewardlab.envs.tables()
