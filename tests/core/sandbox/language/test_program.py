"""Compiled programs against the Python that they are, row by row; and what a program is to its users."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from core.sandbox.honest_rewards import HONEST, steps
from core.sandbox.plain_python import pays
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadProgram, BadReward, MissingColumn
from rewardlab.core.sandbox.language import Signature, compile_program

RNG = np.random.default_rng(0)
BATCH = steps(lambda shape: RNG.normal(size=shape), 40)
SIGNATURE = Signature.of_batch(BATCH)
EXTREME = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-3, 1e6, -1e6)
PROGRAMS = {name: compile_program(source, SIGNATURE) for name, source in HONEST.items()}


def close(found: np.ndarray, true: np.ndarray, size: float) -> None:
    """Equal to 1e-12 of the larger of the true value and of the terms that were added, `size`."""
    room = 1e-12 * np.maximum(np.abs(true), size)
    alike = (np.abs(found - true) <= room) | (found == true) | (np.isnan(found) & np.isnan(true))
    assert np.all(alike), (found[~alike][:5], true[~alike][:5])


@pytest.mark.parametrize("name", HONEST)
def test_a_program_pays_what_its_python_pays(name: str) -> None:
    program = PROGRAMS[name]
    total, parts = pays(HONEST[name], BATCH)
    found, named = program.both(BATCH)
    close(found, total, 1.0)
    for k, v in parts.items():
        assert len(v) == len(BATCH)
        close(named[k], v, 1.0)
    assert np.array_equal(found, program(BATCH))
    assert list(named) == list(program.parts(BATCH)) == list(parts)


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from((0.1, 0.5, 1.0)))
@pytest.mark.parametrize("name", HONEST)
def test_it_does_so_for_extreme_numbers(name: str, seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)

    def numbers(shape: tuple[int, ...]) -> np.ndarray:
        return np.where(rng.random(shape) < share, rng.choice(EXTREME, shape), rng.normal(size=shape))

    batch = steps(numbers, 4)
    total, _ = pays(HONEST[name], batch)
    try:
        found = PROGRAMS[name](batch)
    except BadReward:
        assert not np.all(np.isfinite(total))
        return
    close(found, total, 1.0)


@pytest.mark.parametrize("name", HONEST)
def test_rows_are_independent_and_one_row_alone_is_the_same(name: str) -> None:
    program = PROGRAMS[name]
    whole = program(BATCH)
    alone = np.array([program(BATCH.rows(slice(i, i + 1)))[0] for i in range(8)])
    close(alone, whole[:8], 1.0)
    order = np.random.default_rng(3).permutation(len(BATCH))
    assert np.array_equal(program(BATCH.rows(order)), whole[order])


@pytest.mark.parametrize("name", HONEST)
def test_torch_pays_the_same_and_in_its_own_type(name: str) -> None:
    program = PROGRAMS[name]
    double = BATCH.map(torch.as_tensor)
    close(program(double).numpy(), program(BATCH), 1.0)
    single = double.map(lambda x: x.float() if x.is_floating_point() else x)
    found = program(single)
    assert found.dtype == torch.float32
    assert np.allclose(found.numpy(), program(BATCH), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["reach", "staged grasp", "keyed by joint", "nothing but constants"])
def test_leading_axes_and_types(name: str) -> None:
    program = PROGRAMS[name]
    grid = BATCH.map(lambda x: x.reshape(5, 8, *x.shape[1:]))
    assert np.array_equal(program(grid), program(BATCH).reshape(5, 8))
    assert all(v.shape == (5, 8) for v in program.parts(grid).values())
    one = BATCH.rows(slice(0, 1)).map(lambda x: x.reshape(1, 1, *x.shape[1:]))
    assert program(one).shape == (1, 1)
    none = BATCH.rows(slice(0, 0))
    assert program(none).shape == (0,)
    single = BATCH.map(lambda x: x.astype(np.float32) if x.dtype == np.float64 else x)
    assert program(single).dtype == np.float64  # computed in 64 bits from the 32 bits that are given
    assert np.allclose(program(single), program(BATCH), atol=1e-5)


def test_gradients_pass_through_torch() -> None:
    action = torch.tensor(BATCH.action, requires_grad=True)
    PROGRAMS["reach"](replace(BATCH.map(torch.as_tensor), action=action)).sum().backward()
    assert action.grad is not None
    assert torch.allclose(action.grad, -0.02 * action)  # of -0.01 Σ a²


def test_inputs_are_never_changed_nor_given_back() -> None:
    program = compile_program("def reward(obs, reward):\n    return reward\n", SIGNATURE)
    found = program(BATCH)
    found += 1.0
    assert not np.shares_memory(found, BATCH.reward)
    frozen = BATCH.map(lambda x: x.copy())
    for x in (frozen.obs, frozen.action, frozen.reward):
        x.setflags(write=False)
    for other in PROGRAMS.values():
        other(frozen)


def test_a_copy_is_the_same_program() -> None:
    program = PROGRAMS["staged grasp"]
    for twin in (pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        assert twin.hash == program.hash
        assert twin.code == program.code
        assert np.array_equal(twin(BATCH), program(BATCH))
    assert compile_program(HONEST["reach"], SIGNATURE).code == PROGRAMS["reach"].code


def test_what_it_says_of_itself() -> None:
    program = PROGRAMS["staged grasp"]
    assert program.uses == ('info["contact"]', 'info["fingertip"]', 'info["goal"]', 'info["object_pos"]')
    assert program.names == ("reaching", "lifting", "placing")
    assert len(program.hash) == 64
    assert 10 < program.cost < 200
    assert PROGRAMS["nothing but constants"].cost == 0
    assert compile_program(HONEST["reach"].replace("effort", "cost"), SIGNATURE).hash != PROGRAMS["reach"].hash


def test_numbers_that_are_not_finite_are_named() -> None:
    program = compile_program("def reward(obs):\n    return np.log(obs[0])\n", SIGNATURE)
    obs = np.ones((4, 17))
    obs[2, 0] = -1.0
    batch = replace(BATCH.rows(slice(0, 4)), obs=obs)
    with pytest.raises(BadReward, match=r"nan in row 2 \(1 of 4 rows\)"):
        program(batch)
    with pytest.raises(BadReward, match="row 0"):
        program(batch.rows(slice(2, 3)))
    big = compile_program("def reward(obs):\n    return 1.7e308 * obs[0]\n", SIGNATURE)
    assert np.all(np.isfinite(big(replace(batch, obs=np.ones((4, 17))))))  # though their sum is not


def test_another_batch_is_refused() -> None:
    with pytest.raises(BadBatch, match="next_obs has shape"):
        PROGRAMS["reach"](replace(BATCH, next_obs=BATCH.next_obs[:, :5]))
    with pytest.raises(MissingColumn, match="contact"):
        PROGRAMS["staged grasp"](replace(BATCH, info={"goal": BATCH.info["goal"]}))


def test_dict_observations_and_discrete_actions() -> None:
    rng = np.random.default_rng(5)
    obs = {"image": rng.integers(0, 255, (6, 4, 4, 3)).astype(np.uint8), "position": rng.normal(size=(6, 2))}
    steps = Transitions(obs, rng.integers(0, 3, 6), np.zeros(6), obs, np.zeros(6, bool), np.zeros(6, bool))
    source = """
def reward(obs, action, next_obs):
    red = (next_obs["image"][:, :, 0] > 128).mean()
    near = -np.linalg.norm(obs["position"])
    cost = [0.0, 0.1, 0.5][action]
    return red + near - cost - (1.0 if action == 2 else 0.0), {"red": red, "cost": cost}
"""
    program = compile_program(source, Signature.of_batch(steps))
    red = (obs["image"][..., 0] > 128).mean((1, 2))
    cost = np.array([0.0, 0.1, 0.5])[steps.action]
    true = red - np.linalg.norm(obs["position"], axis=1) - cost - (steps.action == 2)
    assert np.allclose(program(steps), true, rtol=1e-14)
    assert np.allclose(program.parts(steps)["cost"], cost)
    assert program.uses == ("action", 'next_obs["image"]', 'obs["position"]')
    beyond = replace(steps, action=np.array([0, 1, 2, 3, 1, 1]))
    with pytest.raises(BadReward, match="row 3"):
        program(beyond)
    with pytest.raises(BadProgram, match=r"'imag'.*\n.*image"):
        compile_program("def reward(obs):\n    return obs['imag'].mean()\n", Signature.of_batch(steps))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_inputs_pay_the_same_whether_they_must_be_converted_or_not(dtype):
    """Two forms of a program: one converts what it reads, one is told that nothing is to be converted."""
    rng = np.random.default_rng(5)
    obs, after = rng.normal(size=(2, 6, 3)).astype(dtype)
    no, info = np.zeros(6, bool), {"k": rng.integers(0, 3, 6), "on": rng.random(6) < 0.5, "x": rng.random(6)}
    steps = Transitions(obs, rng.normal(size=(6, 2)), np.zeros(6), after, no, no, info)
    source = """def reward(obs, action, next_obs, info):
    a = obs[int(info["k"])] if info["on"] else next_obs[0]
    return a * info["x"] + np.sum(action) / (1 + info["k"]) + obs[1], {"raw": info["on"], "k": info["k"]}"""
    program = compile_program(source, Signature.of_batch(steps))
    pay, parts = program.both(steps)
    wide = steps.map(lambda x: x.astype(np.float64) if x.dtype.kind == "f" else x)
    want = [
        float(o[k] if on else n[0]) * x + a.sum() / (1 + k) + float(o[1])
        for o, n, a, k, on, x in zip(obs, after, steps.action, info["k"], info["on"], info["x"], strict=True)
    ]
    np.testing.assert_allclose(pay, want, rtol=1e-14)
    np.testing.assert_array_equal(program(wide), pay)
    np.testing.assert_array_equal([program(steps.rows(slice(i, i + 1)))[0] for i in range(6)], pay)
    narrow = steps.map(lambda x: x.astype(np.int8) if x.dtype.kind == "i" else x)
    np.testing.assert_array_equal(program(narrow), pay)
    assert parts["k"].dtype == parts["raw"].dtype == np.float64 and "f_load" in program.code
    assert not np.shares_memory(parts["k"], info["k"])
