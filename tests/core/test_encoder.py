import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.spaces.utils import flatten as gymnasium_flatten
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core import checkpoint
from rewardlab.core.encoder import Encoder, encoder, encoder_like, flatten
from rewardlab.core.errors import BadBatch, BadSpace

SPACES = [
    spaces.Discrete(5),
    spaces.Discrete(3, start=-1),
    spaces.MultiDiscrete([2, 5, 3]),
    spaces.MultiDiscrete([[2, 3], [4, 1]]),
    spaces.MultiBinary(4),
    spaces.Box(-3, 3, (2, 3)),
    spaces.Dict({"b": spaces.Discrete(3), "a": spaces.Box(-1, 1, (2,)), "c": spaces.Tuple((spaces.MultiBinary(2),))}),
]


def batched(samples):
    if isinstance(samples[0], dict):
        return {k: batched([s[k] for s in samples]) for k in samples[0]}
    if isinstance(samples[0], tuple):
        return tuple(batched([s[i] for s in samples]) for i in range(len(samples[0])))
    return np.stack(samples)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_features_are_gymnasiums_own(space):
    space.seed(0)
    samples = [space.sample() for _ in range(6)]
    features = flatten(batched(samples), space)
    assert features.dtype == torch.float32 and features.shape == (6, encoder(space).width)
    np.testing.assert_allclose(features.numpy(), [gymnasium_flatten(space, s) for s in samples], rtol=1e-6)


def test_any_leading_axes_and_torch():
    space = SPACES[-1]
    space.seed(0)
    obs = batched([batched([space.sample() for _ in range(3)]) for _ in range(2)])
    features = encoder(space)(obs, (2, 3))
    assert features.shape == (2, 3, encoder(space).width)
    tensors = {"a": torch.tensor(obs["a"]), "b": torch.tensor(obs["b"]), "c": (torch.tensor(obs["c"][0]),)}
    assert (encoder(space)(tensors, (2, 3)) == features).all()


def test_pictures_lie_in_the_unit_interval():
    space = spaces.Box(0, 10, (2, 2, 3), np.uint8)
    obs = np.array([np.zeros((2, 2, 3)), np.full((2, 2, 3), 10)], dtype=np.uint8)
    assert flatten(obs, space).tolist() == [[0.0] * 12, [1.0] * 12]


def test_input_shares_no_memory():
    obs = np.zeros((2, 3), dtype=np.float32)
    features = flatten(obs, spaces.Box(-1, 1, (3,)))
    features += 1
    assert (obs == 0).all()


@given(st.sets(st.integers(-(2**62), 2**62), min_size=2, max_size=30))
def test_codes_of_unknown_integers_are_signs_and_all_different(values):
    x = np.array(sorted(values))
    codes = encoder_like(x, (len(x),))(x, (len(x),))
    assert codes.shape == (len(x), 64) and set(codes.unique().tolist()) == {-1.0, 1.0}
    assert len(codes.unique(dim=0)) == len(x)


def test_codes_of_neighbours_are_nearly_orthogonal():
    x = np.arange(-500, 500)
    codes = encoder_like(x, (1000,))(x, (1000,))
    products = (codes @ codes.T / 64).fill_diagonal_(0)
    assert products.abs().max() < 0.75  # 6 deviations of a sum of 64 random signs
    assert abs(float(products.std()) * 8 - 1) < 0.02  # 1/√64, as for coins
    assert codes.mean(0).abs().max() < 0.15


def test_without_a_space_all_else_are_numbers():
    obs = {"image": np.ones((4, 2, 2), np.uint8), "direction": np.arange(4)}
    e = encoder_like(obs, (4,))
    assert e.width == 64 + 4
    assert (e(obs, (4,))[:, 64:] == 1).all()


@pytest.mark.parametrize("space", [*SPACES, None], ids=str)
def test_state_is_plain_and_gives_the_same_features(space, tmp_path):
    if space is None:
        e, obs = encoder_like(np.arange(5), (5,)), np.arange(5)
    else:
        space.seed(1)
        e, obs = encoder(space), batched([space.sample() for _ in range(5)])
    state = e.state_dict()
    checkpoint.save(tmp_path / "e", "encoder", {}, state)
    state = checkpoint.load(tmp_path / "e", "encoder")[1]
    assert (Encoder.from_state(state)(obs, (5,)) == e(obs, (5,))).all()


def test_what_cannot_be_encoded_is_named():
    with pytest.raises(BadSpace, match="Text at word"):
        encoder(spaces.Dict({"word": spaces.Text(5)}))
    with pytest.raises(BadSpace, match="text"):
        encoder_like(np.array(["a"], dtype=object), (1,))
    with pytest.raises(BadBatch, match=r"5\.\.5"):
        flatten(np.array([5]), spaces.Discrete(5))
    with pytest.raises(BadBatch, match="shape"):
        encoder(spaces.Box(-1, 1, (3,)))(np.zeros((2, 4)), (2,))
    with pytest.raises(BadBatch, match="no part 'a'"):
        encoder(SPACES[-1])({"b": np.zeros(1, dtype=int)}, (1,))
