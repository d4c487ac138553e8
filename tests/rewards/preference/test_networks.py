"""Trunks: all members in one product, pictures, and scores that depend on the segment so far."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from scipy.stats import spearmanr
from steps import online, steps
from torch import nn

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Task
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import BradleyTerry, Teacher, pair_segments, relabel
from rewardlab.rewards.preference.networks import CNN, MLP, ChannelNorm, Recurrent, Trunk

SHAPE = (6, 6, 2)


def pictures(t, n, *, seed=0):
    """[T, N] pictures of an object on a noisy ground, rewarded by the column that it stands in."""
    rng = np.random.default_rng(seed)
    row, column = rng.integers(0, 6, (2, t, n))
    obs = rng.integers(0, 60, (t, n, *SHAPE)).astype(np.uint8)
    np.put_along_axis(obs.reshape(t, n, 36, 2)[..., 0], (row * 6 + column)[..., None], 255, -1)
    return steps((t, n), obs=obs, action=rng.integers(0, 3, (t, n)), reward=column / 5.0)


def keys(t, n, *, seed=0):
    """[T, N] steps whose door pays only if the key was seen earlier in the episode (of six steps)."""
    rng = np.random.default_rng(seed)
    key, door = rng.random((t, n)) < 0.25, rng.random((t, n)) < 0.5
    begins = np.arange(t) % 6 == 0
    held = np.zeros((t, n), dtype=bool)
    for i in range(t):
        held[i] = key[i] if begins[i] else held[i - 1] | key[i]
    ends = np.broadcast_to(np.arange(t)[:, None] % 6 == 5, (t, n))
    return steps((t, n), obs=np.stack([key, door], -1).astype(np.float32), reward=held & door, terminated=ends)


def by_episodes(batch, length=6):
    """Pairs [P, 2, 6] of whole episodes, labelled by their reward."""
    pairs = batch.map(lambda x: np.moveaxis(x.reshape(-1, length, *x.shape[1:]), 2, 1))
    pairs = pairs.map(lambda x: x.reshape(-1, 2, length, *x.shape[3:]))
    return Teacher(Task()).labelled(pairs)


@pytest.mark.parametrize("trunk", [MLP((8,), nn.SiLU), MLP(()), CNN((4, 3, 2), (3, 5), 7), CNN((4, 3, 2), ())])
def test_all_members_in_one_product_are_each_alone(trunk):
    x = torch.randn(5, 27, generator=torch.Generator().manual_seed(0))
    three, one = trunk.build(27, 3, 0).double(), trunk.build(27, 1, 1).double()
    together = three(x.double())
    assert tuple(together.shape) == (3, 5, 1)
    for k in range(3):
        theirs, mine = dict(three.named_parameters()), dict(one.named_parameters())
        for name, p in mine.items():
            whole = theirs[name].data
            p.data.copy_(whole[k : k + 1] if whole.ndim == 3 else whole.chunk(3)[k])  # stacked layers, convolutions
        torch.testing.assert_close(one(x.double())[0], together[k])
    assert not torch.allclose(together[0], together[1])


def test_the_gated_unit_is_torchs_own():
    net, cell = Recurrent(4).build(3, 2, 0), nn.GRUCell(3, 4)
    for k in range(2):
        cell.weight_ih.data, cell.weight_hh.data = net.take.weight[k].T.clone(), net.keep.weight[k].T.clone()
        cell.bias_ih.data, cell.bias_hh.data = net.take.bias[k, 0].clone(), net.keep.bias[k, 0].clone()
        x, state, scores = torch.randn(5, 7, 3), torch.zeros(5, 4), []
        for t in range(7):
            state = cell(x[:, t], state)
            scores.append(state @ net.score.weight[k] + net.score.bias[k])
        torch.testing.assert_close(net(x)[k], torch.stack(scores, 1))
        one, held = net.step(x[:, 0], torch.zeros(2, 5, 4))
        torch.testing.assert_close(one, net(x)[:, :, 0])
        torch.testing.assert_close(net.step(x[:, 1], held)[0], net(x)[:, :, 1])


def test_a_perceptron_as_a_trunk_is_the_one_without():
    pairs = pair_segments(keys(60, 8), pairs=40, length=4)
    pairs = Teacher(Task()).labelled(pairs)
    a, b = BradleyTerry(hidden=(16,)), BradleyTerry(trunk=MLP((16,)))
    assert a.fit(pairs, epochs=2) == b.fit(pairs, epochs=2)
    assert (a(keys(3, 4, seed=1)) == b(keys(3, 4, seed=1))).all()


def test_pictures_are_whitened_by_channel():
    rng = np.random.default_rng(0)
    x = torch.as_tensor(rng.normal(size=(50, 15)) * 3 + np.arange(15) % 2, dtype=torch.float32)
    norm = ChannelNorm((2, 3, 2), 3)
    norm.update(x[:20])
    norm.update(x[20:])
    out = norm(x)
    for c in range(2):
        channel = x[:, c:12:2]
        expected = ((channel - channel.mean()) / channel.std(correction=0)).clamp(-5, 5)
        torch.testing.assert_close(out[:, c:12:2], expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(out[:, 12:].mean(0), torch.zeros(3), rtol=0, atol=1e-4)
    other = ChannelNorm((2, 3, 2), 3)
    other.load_state_dict(norm.state_dict())
    assert (other(x) == out).all()


def test_convolutions_see_where_an_object_stands():
    pairs = Teacher(Task()).labelled(pair_segments(pictures(120, 8), pairs=500, length=2))
    space = {"observation_space": spaces.Box(0, 255, SHAPE, np.uint8), "action_space": spaces.Discrete(3)}
    model, test = BradleyTerry(trunk=CNN(SHAPE, (8, 16), 32), members=2, lr=3e-3, **space), pictures(20, 10, seed=9)
    logs = model.fit(pairs, epochs=15)
    assert logs[-1]["held_out"] > 0.85 and spearmanr(model(test).ravel(), test.reward.ravel()).statistic > 0.9


def test_a_memory_tells_what_was_seen_earlier_and_single_steps_cannot():
    pairs, test = by_episodes(keys(240, 10)), by_episodes(keys(240, 20, seed=5))
    sided = test.info["label"] != 0.5

    def accuracy(model):
        model.fit(pairs, epochs=40)
        chance = model.probabilities(test).mean(0)
        return ((chance > 0.5) == (test.info["label"] > 0.5))[sided].mean()

    with_it = BradleyTerry(trunk=Recurrent(16), members=2, lr=1e-2)
    assert accuracy(with_it) > 0.95 > 0.9 > accuracy(BradleyTerry(members=2, lr=1e-2))
    steps_of = keys(12, 30, seed=7)  # the door pays where the key was seen, and only there
    paid, door = relabel(steps_of, with_it).reward, steps_of.obs[..., 1] > 0
    right, wrong = paid[door & (steps_of.reward > 0)], paid[door & (steps_of.reward == 0)]
    assert right.mean() - wrong.mean() > 1.5 * max(right.std(), wrong.std())


def taught():
    model = BradleyTerry(trunk=Recurrent(8), members=2)
    model.fit(by_episodes(keys(48, 4)), epochs=2)
    return model


def test_single_rows_recordings_and_segments_are_paid_alike():
    model, batch = taught(), keys(24, 4, seed=3)
    paid = relabel(batch, model).reward
    np.testing.assert_allclose(online(model, batch)["bradley_terry"], paid, atol=1e-6)
    for i in range(4):
        alone = online(model, batch.map(lambda x, i=i: x[:, i : i + 1]))["bradley_terry"]
        np.testing.assert_allclose(alone[:, 0], paid[:, i], atol=1e-5)
    pairs = by_episodes(batch)
    pays = model.member_pays(pairs).mean(0).numpy()  # [P, 2, 6]: each segment from no memory on
    episodes = np.moveaxis(paid.reshape(4, 6, 4), 2, 1).reshape(-1, 2, 6)
    np.testing.assert_allclose(pays, episodes, atol=1e-5)
    np.testing.assert_allclose(model(pairs), pays, atol=1e-6)


def test_looking_at_what_members_think_leaves_the_memory_alone():
    model, batch = taught(), keys(6, 4, seed=3)
    model.reset(np.ones(4, dtype=bool))
    expected = [relabel(batch, model).reward[t] for t in range(6)]
    model.reset(np.ones(4, dtype=bool))
    for t in range(6):
        model.uncertainty(batch.rows(t))
        np.testing.assert_allclose(model(batch.rows(t)), expected[t], atol=1e-6)


def test_laws_with_a_memory():
    model = taught()
    batch = keys(1, 12, seed=3).rows(0)
    check_reward(model, batch)
    other = BradleyTerry(trunk=Recurrent(8), members=2)
    model(batch)
    other.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(other(batch), model(batch))
    with pytest.raises(BadBatch, match="one step of N rows"):
        model(keys(6, 4))


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="at least 72"):
        BradleyTerry(trunk=CNN(SHAPE))(keys(2, 3).rows(0))
    with pytest.raises(NotImplementedError, match="define build"):
        Trunk().build(3, 1, 0)
