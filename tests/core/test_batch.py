"""Batches of steps and groups of responses."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.arrays import array, is_torch
from rewardlab.core.batch import Group, Transitions
from rewardlab.core.errors import BadBatch, MissingColumn


def steps(*shape, make=np.asarray, **info):
    """A batch with Dict observations whose numbers tell where they came from."""
    count = np.arange(float(np.prod(shape))).reshape(shape)
    return Transitions(
        obs={"image": make(np.stack([count, -count], -1)), "goal": make(count * 10)},
        action=make(np.arange(count.size).reshape(shape)),
        reward=make(count / 2),
        next_obs={"image": make(np.stack([count + 1, -count - 1], -1)), "goal": make(count * 10)},
        terminated=make(count % 3 == 0),
        truncated=make(count % 2 == 0),
        info={k: make(v) for k, v in info.items()},
    )


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
@pytest.mark.parametrize("shape", [(6,), (3, 4), (2, 2, 3)])
def test_shape_length_and_done(make, shape):
    batch = steps(*shape, make=make).check()
    assert batch.shape == shape and len(batch) == shape[0]
    flags = array(batch.done).ravel()
    assert [i for i, d in enumerate(flags) if not d] == [i for i in range(len(flags)) if i % 2 and i % 3]


@pytest.mark.parametrize("flag", ["terminated", "truncated"])
def test_check_wants_boolean_flags(flag):
    batch = dataclasses.replace(steps(4), **{flag: np.zeros(4)})
    with pytest.raises(BadBatch, match=f"{flag} has dtype float64"):
        batch.check()


@pytest.mark.parametrize("part", ["obs", "action", "next_obs", "terminated", "truncated", "info"])
def test_check_names_the_column_of_another_length(part):
    other = steps(5, cost=np.ones(5))
    batch = dataclasses.replace(steps(4, cost=np.ones(4)), **{part: getattr(other, part)})
    with pytest.raises(BadBatch, match=rf"here: {part} has shape \(5"):
        batch.check(where="here")


def test_check_wants_all_leading_axes():
    with pytest.raises(BadBatch, match=r"leading axes \(2, 3\)"):
        dataclasses.replace(steps(2, 3), action=np.zeros((2, 4))).check()


def test_missing_column_names_who_needs_it_and_the_nearest():
    batch = steps(4, success=np.ones(4, dtype=bool), stage=np.zeros(4))
    assert batch.column("success").all()
    with pytest.raises(MissingColumn, match="Gate: no info column 'sucess'") as e:
        batch.column("sucess", by="Gate")
    assert "'success'" in str(e.value) and isinstance(e.value, KeyError)
    with pytest.raises(MissingColumn, match="no info columns at all"):
        steps(4).column("success")


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
def test_rows_takes_masks_slices_and_positions(make):
    batch = steps(6, make=make, cost=np.arange(6.0))
    for index, want in [
        (slice(2, 4), [2, 3]),
        (make(np.array([True, False] * 3)), [0, 2, 4]),
        (make(np.array([5, 1])), [5, 1]),
    ]:
        part = batch.rows(index).check()
        assert array(part.info["cost"]).tolist() == want
        assert array(part.obs["goal"]).tolist() == [10 * w for w in want]
        assert array(part.next_obs["image"])[:, 0].tolist() == [w + 1 for w in want]


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
def test_stack_undoes_rows(make):
    batch = steps(4, 3, make=make, cost=np.ones((4, 3)))
    again = Transitions.stack([batch.rows(t) for t in range(4)]).check()
    for a, b in zip(leaves(batch), leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype


@given(cut=st.integers(0, 6))
def test_concat_undoes_a_cut(cut):
    batch = steps(6, 2, cost=np.ones((6, 2)))
    again = Transitions.concat([batch.rows(slice(0, cut)), batch.rows(slice(cut, 6))]).check()
    for a, b in zip(leaves(batch), leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)


def leaves(batch):
    out = []
    batch.map(lambda x: out.append(array(x)) or x)
    return out


def test_map_reaches_every_array():
    moved = steps(4, cost=np.ones(4)).map(torch.as_tensor)
    found = []
    moved.map(lambda x: found.append(is_torch(x)) or x)
    assert len(found) == 9 and all(found)


def test_paying_replaces_the_reward_and_keeps_the_rest():
    batch = steps(4, cost=np.arange(4.0))
    paid = batch.paying(np.full(4, 7.0), bonus=np.ones(4))
    assert paid.reward.tolist() == [7.0] * 4 and sorted(paid.info) == ["bonus", "cost"]
    assert sorted(batch.info) == ["cost"] and batch.reward.tolist() == [0, 0.5, 1, 1.5]
    assert paid.obs is batch.obs
    assert batch.paying(batch.reward).info is batch.info


# -- groups ----------------------------------------------------------------------------------------------------------


def group(make=np.asarray, reward=((1.0, 3.0, 2.0), (5.0, 5.0, 5.0))):
    logp = np.log(np.arange(1.0, 25.0).reshape(2, 3, 4) / 25.0)
    ref = logp - np.arange(24.0).reshape(2, 3, 4)
    mask = np.ones((2, 3, 4))
    mask[0, 1, 2:] = 0.0
    logp[0, 1, 2:] = -np.inf  # padding as a model gives it
    return Group(make(logp), make(logp), make(ref), make(mask), make(np.array(reward)))


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
def test_h_ignores_padding_even_if_it_is_infinite(make):
    g = group(make)
    want = np.arange(24.0).reshape(2, 3, 4)
    want[0, 1, 2:] = 0.0
    np.testing.assert_allclose(array(g.h), want.sum(-1), rtol=1e-12)
    assert array(g.length).tolist() == [[4, 2, 4], [4, 4, 4]]


def test_h_survives_padding_that_is_infinite_under_both_policies():
    g = group()
    ref = g.ref_logp.copy()
    ref[0, 1, 2:] = -np.inf  # −inf − (−inf) is NaN
    assert np.isfinite(dataclasses.replace(g, ref_logp=ref).h).all()


def test_gradient_of_h_is_the_mask():
    g = group(torch.as_tensor)
    logp = g.logp.clone().requires_grad_()
    assert torch.isinf(logp).any()
    dataclasses.replace(g, logp=logp).h.sum().backward()
    torch.testing.assert_close(logp.grad, g.mask)


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
def test_a_tie_has_two_sides(make):
    g = group(make)
    assert array(g.winner).tolist() == [1, 0]
    assert array(g.loser).tolist() == [0, 2]


@given(st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), min_size=1, max_size=5))
def test_winner_and_loser_are_extremes_and_never_the_same(rewards):
    g = Group(*[np.zeros((len(rewards), 4, 1))] * 4, np.array(rewards, dtype=float))
    assert (g.pick(g.reward, g.winner) == g.reward.max(-1)).all()
    assert (g.pick(g.reward, g.loser) == g.reward.min(-1)).all()
    assert (g.winner != g.loser).all()


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
def test_pick_takes_one_response_per_prompt(make):
    g = group(make)
    picked = array(g.pick(g.ref_logp, g.winner))
    np.testing.assert_array_equal(picked, np.stack([array(g.ref_logp)[0, 1], array(g.ref_logp)[1, 0]]))


def test_batches_and_groups_show_shapes_on_one_line():
    assert repr(steps(3, 4, stage=np.zeros((3, 4)))) == (
        "Transitions(obs: {image: [3, 4, 2] float64, goal: [3, 4] float64}, action: [3, 4] int64, "
        "reward: [3, 4] float64, next_obs: {image: [3, 4, 2] float64, goal: [3, 4] float64}, "
        "terminated: [3, 4] bool, truncated: [3, 4] bool, info: {stage: [3, 4] float64})"
    )
    tokens = torch.zeros(2, 3, 5)
    group = Group(tokens, tokens, tokens, tokens, torch.zeros(2, 3))
    assert repr(group).startswith("Group(logp: [2, 3, 5] float32, ") and "reward: [2, 3] float32" in repr(group)
