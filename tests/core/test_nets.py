import math

import numpy as np
import pytest
import torch
from torch import nn

from rewardlab.core import checkpoint, nets
from rewardlab.core.errors import BadCheckpoint, Diverged


def data(seed=0, n=32, d=4):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=g)
    return x, x.sum(-1, keepdim=True)


def squared(module, x, y):
    return ((module(x) - y) ** 2).mean()


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_the_steps_are_those_of_torchs_optimiser(weight_decay):
    x, y = data()
    mine, theirs = nets.mlp(4, 1, seed=0), nets.mlp(4, 1, seed=0)
    fit = nets.Fit(mine, 3e-3, clip=0.5, weight_decay=weight_decay)
    adam = torch.optim.AdamW(theirs.parameters(), 3e-3, weight_decay=weight_decay)
    for _ in range(20):
        logs = fit(squared(mine, x, y))
        loss = squared(theirs, x, y)
        adam.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(theirs.parameters(), 0.5)
        adam.step()
        assert logs["loss"] == pytest.approx(loss.item(), rel=1e-4)
        assert logs["grad_norm"] == pytest.approx(norm.item(), rel=1e-4)
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_it_fits():
    x, y = data()
    module = nets.mlp(4, 1, seed=1)
    fit = nets.Fit(module, 1e-2)
    first = fit(squared(module, x, y))["loss"]
    for _ in range(200):
        last = fit(squared(module, x, y))["loss"]
    assert last < 1e-2 * first


@pytest.mark.parametrize("fault", ["nan loss", "infinite loss", "gradient"])
def test_nothing_is_stepped_on_what_is_not_finite(fault):
    x, y = data()
    module = nets.mlp(4, 1, seed=0)
    fit = nets.Fit(module, name="Mine")
    fit(squared(module, x, y))
    before = fit.state_dict()
    last = module[-1].bias
    loss = {
        "nan loss": lambda: squared(module, x * math.nan, y),
        "infinite loss": lambda: squared(module, x, y) / 0.0,
        "gradient": lambda: torch.sqrt(last.sum() - last.sum().detach()),  # 0, but infinitely steep
    }[fault]()
    with pytest.raises(Diverged, match=r"Mine: the gradient of 4\.bias" if fault == "gradient" else "Mine: the loss"):
        fit(loss)
    after = fit.state_dict()
    for part in ("module", "first", "second"):
        assert all((before[part][k] == after[part][k]).all() for k in before[part])
    assert after["steps"] == 1


def test_what_is_loaded_steps_on_to_the_bit(tmp_path):
    x, y = data()
    a, b = nets.mlp(4, 1, seed=0), nets.mlp(4, 1, seed=7)
    fit, other = nets.Fit(a), nets.Fit(b)
    for _ in range(5):
        fit(squared(a, x, y))
    checkpoint.save(tmp_path / "f", "fit", {}, fit.state_dict())
    other.load_state_dict(checkpoint.load(tmp_path / "f", "fit")[1])
    for _ in range(20):
        assert fit(squared(a, x, y)) == other(squared(b, x, y))
    assert all((p == q).all() for p, q in zip(a.parameters(), b.parameters(), strict=True))


def test_weights_of_another_shape_are_refused_and_change_nothing():
    module = nets.mlp(4, 1, seed=0)
    before = nets.weights(module)
    with pytest.raises(BadCheckpoint, match=r"0\.weight has shape \(64, 5\)"):
        nets.load_weights(module, nets.weights(nets.mlp(5, 1, seed=0)))
    assert all((before[k] == v).all() for k, v in nets.weights(module).items())


def test_seeds_decide_weights_and_torchs_generator_goes_on():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    a, b, c = (nets.weights(nets.mlp(3, 2, seed=s)) for s in (0, 0, 1))
    assert (torch.rand(3) == expected).all()
    assert (a["0.weight"] == b["0.weight"]).all() and (a["0.weight"] != c["0.weight"]).all()


def test_child_seeds_are_fixed_and_differ():
    seeds = [nets.child_seed(0), nets.child_seed(0, 0), nets.child_seed(0, 1), nets.child_seed(1, 0)]
    assert seeds == [7896617691693857887, 4334430513956379144, 2440950710608614359, 4215923173971654960]


def test_members_of_an_ensemble_are_networks_of_their_own():
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    many = nets.mlp(4, 2, (8,), seed=0, members=3)
    out = many(x)
    assert out.shape == (3, 5, 2)
    for k in range(3):
        hidden = torch.relu(x @ many[0].weight[k] + many[0].bias[k])
        torch.testing.assert_close(out[k], hidden @ many[2].weight[k] + many[2].bias[k])
    out[1].sum().backward()
    assert many[0].weight.grad[1].abs().sum() > 0 and many[0].weight.grad[[0, 2]].abs().sum() == 0


@pytest.mark.parametrize("shape", [(7, 7, 3), (64, 48, 4), (2, 3, 1)])
def test_a_convolutional_trunk_takes_pictures_as_environments_show_them(shape):
    trunk = nets.cnn(shape, 5, seed=0)
    x = torch.zeros(2, *shape)
    assert trunk(x).shape == (2, 5)
    x[1, -1, -1, -1] = 1.0  # the far corner is seen
    out = trunk(x)
    assert (out[0] != out[1]).any()


def test_a_recurrent_trunk_forgets_at_the_border_and_remembers_before_it():
    trunk = nets.Recurrent(3, 8, seed=0)
    x = torch.randn(6, 2, 3, generator=torch.Generator().manual_seed(1))
    begun = torch.zeros(6, 2, dtype=torch.bool)
    begun[3, 0] = True
    out, state = trunk(x, trunk.initial(2), begun)
    assert out.shape == (6, 2, 8) and (out[-1] == state).all()
    alone, _ = trunk(x[3:], trunk.initial(2), begun[3:])
    torch.testing.assert_close(out[3:, 0], alone[:, 0])  # row 0 began anew at step 3
    assert (out[3:, 1] - alone[:, 1]).abs().max() > 1e-3  # row 1 went on
    first, middle = trunk(x[:4], trunk.initial(2), begun[:4])
    second, _ = trunk(x[4:], middle, begun[4:])
    torch.testing.assert_close(torch.cat([first, second]), out)


def test_the_running_norm_whitens_and_clips():
    rng, norm = np.random.default_rng(0), nets.RunningNorm(3, clip=2.5)
    x = torch.tensor(rng.normal([1.0, -5.0, 100.0], [1.0, 3.0, 20.0], (4, 500, 3)), dtype=torch.float32)
    assert norm(torch.tensor([[1.0, 9.0, -9.0]])).tolist() == [[1.0, 2.5, -2.5]]  # nothing seen: only clipped
    for part in x:
        norm.update(part)
    flat = x.reshape(-1, 3)
    exact = ((flat - flat.mean(0)) / flat.std(0, correction=0)).clamp(-2.5, 2.5)
    torch.testing.assert_close(norm(x), exact.reshape(x.shape), rtol=1e-4, atol=1e-4)
    other = nets.RunningNorm(3, clip=2.5)
    other.load_state_dict(norm.state_dict())
    assert (other(x) == norm(x)).all()


def test_a_constant_feature_is_zero_until_it_changes():
    norm = nets.RunningNorm(2)
    norm.update(torch.full((8, 2), 0.1))
    assert norm(torch.tensor([[0.1, 0.3]])).tolist() == [[0.0, 5.0]]
