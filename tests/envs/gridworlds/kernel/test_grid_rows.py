"""Rows in the kernel's memory: what is handed out stays, and what is no state moves nothing."""

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
import torch

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.core.testing.trace import same
from rewardlab.envs.gridworlds.kernel import codes

ID = "rewardlab/MiniGrid-DoorKey-5x5-v0"
BABY = "rewardlab/BabyAI-GoToSeqS5R2-v0"
KINDS = ("dict", "one_hot", "flat", "full", "rgb", "rgb_partial")


def leaves(tree):
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    if isinstance(tree, (tuple, list)):
        return [leaf for value in tree for leaf in leaves(value)]
    if isinstance(tree, np.ndarray) and tree.dtype == object:
        return [leaf for value in tree for leaf in leaves(value)] + [tree]
    return [tree] if isinstance(tree, np.ndarray) else []


@pytest.mark.parametrize("observation", KINDS)
@pytest.mark.parametrize("mode", ["SameStep", "NextStep", "Disabled"])
def test_what_was_handed_out_never_changes(observation, mode):
    envs = gym.make_vec(ID, num_envs=5, max_episode_steps=7, autoreset_mode=mode, observation=observation)
    rng, handed = np.random.default_rng(0), []

    def keep(shown):
        handed.append((shown, copy.deepcopy(shown)))

    keep(envs.reset(seed=0))
    for t in range(40):
        shown = envs.step(rng.integers(0, 7, 5))
        keep(shown)
        done = shown[2] | shown[3]
        if mode == "Disabled":
            mask = done | (rng.random(5) < 0.2)
            if mask.any():
                keep(envs.reset(options={"reset_mask": mask}, seed=t if t % 3 == 0 else None))
        assert all(same(mine, kept) for mine, kept in handed[-12:])
    assert all(same(mine, kept) for mine, kept in handed)


def test_without_copies_the_kernels_own_memory_is_shown():
    shown, copied = (gym.make_vec(ID, num_envs=4, copy=c) for c in (False, True))
    (a, _), (b, _) = shown.reset(seed=0), copied.reset(seed=0)
    first, rng = a["image"], np.random.default_rng(0)
    for _ in range(30):
        action = rng.integers(0, 7, 4)
        (a, *flags, _), (b, *others, _) = shown.step(action), copied.step(action)
        assert np.shares_memory(a["image"], first)
        np.testing.assert_array_equal(a["image"], b["image"])
        assert all(np.array_equal(x, y) for x, y in zip(flags, others, strict=True))
        assert not np.shares_memory(b["image"], first)


def test_single_rows_hand_out_memory_of_their_own():
    for name in (ID, BABY):
        env = gym.make(name, disable_env_checker=True)
        handed = [env.reset(seed=0)]
        kept = copy.deepcopy(handed)
        for action in np.random.default_rng(0).integers(0, 7, 60):
            shown = env.step(int(action))
            handed.append(shown)
            kept.append(copy.deepcopy(shown))
            if shown[2] or shown[3]:
                handed.append(env.reset())
                kept.append(copy.deepcopy(handed[-1]))
        assert all(same(a, b) for a, b in zip(handed, kept, strict=True))


@pytest.mark.parametrize("name", [ID, BABY, "rewardlab/MiniGrid-Dynamic-Obstacles-5x5-v0"])
def test_states_pickles_and_copies_go_on_alike(name):
    envs, rng = gym.make_vec(name, num_envs=4), np.random.default_rng(0)
    envs.reset(seed=1)
    n = envs.single_action_space.n
    for _ in range(40):
        envs.step(rng.integers(0, n, 4))
    saved = envs.get_state()
    twins = [pickle.loads(pickle.dumps(envs)), copy.deepcopy(envs), gym.make_vec(name, num_envs=4)]
    twins[2].set_state(pickle.loads(pickle.dumps(saved)))
    for _ in range(120):  # episodes end on the way, and levels are dealt
        action = rng.integers(0, n, 4)
        first = envs.step(action)
        assert all(same(first, twin.step(action)) for twin in twins)
    envs.set_state(saved)
    assert same(envs.get_state(), saved)


def test_a_state_that_was_taken_out_does_not_move():
    envs = gym.make_vec(ID, num_envs=3)
    envs.reset(seed=0)
    saved = envs.get_state()
    kept = copy.deepcopy(saved)
    for _ in range(10):
        envs.step(np.full(3, 1))
    assert same(saved, kept)
    envs.set_state(saved)
    envs.step(np.full(3, 1))
    assert same(saved, kept)  # nor does one that was put back


def wrong(saved, **changes):
    return {**saved, "state": {**saved["state"], **changes}}


def test_what_is_no_state_is_refused_and_nothing_moves():
    envs, other = gym.make_vec(ID, num_envs=3), gym.make_vec("rewardlab/MiniGrid-DoorKey-6x6-v0", num_envs=3)
    baby, more = gym.make_vec(BABY, num_envs=3), gym.make_vec(ID, num_envs=4)
    for e in (envs, other, baby, more):
        e.reset(seed=0)
    saved = envs.get_state()
    state = saved["state"]
    fewer = {k: v for k, v in state.items() if k != "field"}
    before = copy.deepcopy(saved)
    for bad in (
        None, 5, {}, {"state": state}, other.get_state(), baby.get_state(), more.get_state(),
        {**saved, "clock": saved["clock"][:2]}, {**saved, "extra": 1}, {**saved, "state": fewer},
        wrong(saved, field=state["field"][:2]), wrong(saved, field=state["field"].astype(np.int64)),
        wrong(saved, field=state["field"].tolist()), wrong(saved, words=state["words"][:, :1]),
        wrong(saved, wide=state["wide"].astype(float)), wrong(saved, lines=None),
    ):  # fmt: skip
        with pytest.raises(BadOption):
            envs.set_state(bad)
        assert same(envs.get_state(), before)
    with pytest.raises(BadOption, match=r"'field' is \[2, 24\] int32(.|\n)*\[3, 24\] int32"):
        envs.set_state(wrong(saved, field=state["field"][:2]))


def test_what_lies_outside_a_level_is_refused_and_nothing_moves():
    """The kernel trusts its numbers: one that points out of the level would read and write foreign memory."""
    for name in (ID, "rewardlab/MiniGrid-Dynamic-Obstacles-5x5-v0", "rewardlab/MiniGrid-Unlock-v0", BABY):
        envs = gym.make_vec(name, num_envs=3)
        envs.reset(seed=0)
        saved = envs.get_state()
        wrongs = [(codes.X, 10**6), (codes.X, -1), (codes.Y, 50), (codes.HEADING, 4), (codes.HEADING, -1)]
        wrongs += [(codes.DOOR_AT, 10**5), (codes.KEY_AT, -2), (codes.CARRIED, 256)]
        wrongs += [(codes.FIELDS, 10**6), (codes.FIELDS + 1, -1)] if "Obstacles" in name else []
        wrongs += [(codes.P0, 10**6)] if "Unlock" in name else []
        for field, value in wrongs:
            numbers = saved["state"]["field"].copy()
            numbers[1, field] = value
            with pytest.raises(BadOption, match=str(value)):
                envs.set_state(wrong(saved, field=numbers))
            assert same(envs.get_state(), saved), (name, field)
        for value in (-1, 10**6):
            words = saved["state"]["words"].copy()
            words[2, 0] = value
            with pytest.raises(BadOption, match="word"):
                envs.set_state(wrong(saved, words=words))
        envs.set_state(saved)
        envs.step(np.full(3, 1))


def test_torch_gets_the_same_numbers():
    plain, tensors = gym.make_vec(ID, num_envs=3), gym.make_vec(ID, num_envs=3, device="cpu")
    (a, _), (b, _) = plain.reset(seed=0), tensors.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(60):
        assert {k: v.dtype for k, v in b.items()}.keys() == a.keys()
        assert all(isinstance(v, torch.Tensor) and np.array_equal(v.numpy(), a[k]) for k, v in b.items())
        action = rng.integers(0, 7, 3)
        (a, *flags, _), (b, *others, _) = plain.step(action), tensors.step(torch.as_tensor(action))
        for x, y in zip(flags, others, strict=True):
            assert np.array_equal(x, y.numpy())


def test_rows_that_wait_for_their_reset_stay():
    envs = gym.make_vec(ID, num_envs=3, autoreset_mode="NextStep", max_episode_steps=3)
    envs.reset(seed=0)
    for _ in range(3):
        cut = envs.step(np.full(3, 1))[3]
    assert cut.all()
    _, reward, ended, cut, info = envs.step(np.full(3, 2))
    assert not (reward.any() or ended.any() or cut.any())
    assert (info["level_seed"] != np.arange(3)).all()
    assert (envs.get_state()["state"]["field"][:, codes.STEPS] == 0).all()


def test_who_keeps_no_copies_is_told_of_memory_that_is_written_over():
    from rewardlab.agents import QLearning
    from rewardlab.core.agent import as_vec_env
    from rewardlab.rewards import PaidVector, Task

    lean = gym.make_vec("rewardlab/MiniGrid-Empty-5x5-v0", num_envs=2, copy=False)
    assert lean.metadata["overwrites"]
    with pytest.raises(BadOption, match="copy=True"):
        PaidVector(lean, Task(), copy=False)
    with pytest.raises(BadOption, match="copy=True"):
        QLearning(lean).learn(10)
    for keeps in (PaidVector(lean, Task()), as_vec_env(lean)):  # these two copy what they are given
        keeps.reset()


def test_going_to_a_state_leaves_what_was_handed_out_as_it_is():
    envs = gym.make_vec("rewardlab/MiniGrid-DoorKey-5x5-v0", num_envs=2, vectorization_mode="vector_entry_point")
    envs.reset(seed=0)
    start = envs.get_state()
    for go in (lambda: envs.set_state(start), lambda: envs.clone([1, 1])):
        for action in ([2, 0], [1, 1], [1, 2]):
            obs = envs.step(np.array(action))[0]
        held = copy.deepcopy(obs)
        go()
        assert same(held, obs)
        assert not np.array_equal(envs._rows.look()["image"], held["image"])  # and something else is seen now


def test_without_columns_rows_play_the_same_and_tell_of_the_step_alone():
    silent, whole = (gym.make_vec(ID, num_envs=4, max_episode_steps=9, columns=c) for c in ([], None))
    (a, told), (b, _) = silent.reset(seed=0), whole.reset(seed=0)
    assert same(a, b) and not told
    success = {"success", "_success", "is_success", "_is_success"}
    final = {"final_obs", "_final_obs", "final_info", "_final_info"}
    rng, ended = np.random.default_rng(0), 0
    for _ in range(30):
        action = rng.integers(0, 7, 4)
        mine, theirs = silent.step(action), whole.step(action)
        assert all(same(x, y) for x, y in zip(mine[:4], theirs[:4], strict=True))
        info, last = mine[4], mine[4].get("final_info", {})
        assert set(last) in (set(), success) and set(info) <= success | final
        assert all(same(last[key], theirs[4]["final_info"][key]) for key in last)
        ended += len(last) > 0
    assert ended > 2
    silent.set_state(whole.get_state())
    assert same(silent.step(action)[:4], whole.step(action)[:4])
