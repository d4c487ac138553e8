"""Pan flute: pipes against a slow simulation, the best rhythm in closed form, the table against play."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.mdps import PanFlute


@pytest.mark.parametrize(("pipes", "rows"), [(2, 3), (4, 3), (5, 2)])
def test_the_known_rhythm_sounds_once_in_n_steps(pipes, rows):
    envs = WorldVectorEnv(PanFlute(pipes=pipes, helper=0.0), rows)
    envs.reset(seed=0)
    sounds = [envs.step(np.full(rows, pipes - 1 - t % pipes))[1].tolist() for t in range(4 * pipes)]
    assert sounds == [[float((t + 1) % pipes == 0)] * rows for t in range(4 * pipes)]


@pytest.mark.parametrize("pipes", [1, 2, 3, 4])
def test_no_rhythm_is_better(pipes):
    mdp = PanFlute(pipes=pipes, helper=0.0, gamma=0.9).to_mdp()
    best = mdp.solve()
    assert mdp.num_states == 2 ** (pipes * (pipes + 1) // 2)
    assert best.value == pytest.approx(0.9 ** (pipes - 1) / (1 - 0.9**pipes), abs=1e-9)
    helped = PanFlute(pipes=pipes, gamma=0.9).to_mdp().solve().value
    assert helped >= best.value - 1e-12


def test_pipes_flow_as_a_slow_simulation_does():
    rules = PanFlute(pipes=3)
    mdp = rules.to_mdp()
    P = mdp.P.toarray().reshape(64, 3, 64)
    envs = WorldVectorEnv(rules, 40)
    envs.reset(seed=0)
    pipes = [[[0] * k for k in (1, 2, 3)] for _ in range(40)]
    rng, helps = np.random.default_rng(0), 0
    for _ in range(60):
        action = rng.integers(0, 3, 40)
        before = envs.get_state()["state"]["bits"] @ (1 << np.arange(6))
        obs, reward, over, _, info = envs.step(action)
        after = envs.get_state()["state"]["bits"] @ (1 << np.arange(6))
        assert (P[before, action, after] > 0).all() and not over.any()
        np.testing.assert_allclose(info["pseudo_regret"], rules._tables()["loss"].reshape(64, 3)[before, action])
        for i, row in enumerate(pipes):
            for k, pipe in enumerate(row):
                pipe.pop()
                pipe.insert(0, int(action[i] == k))
                if info["helped"][i]:
                    pipe[-1] = 1
            assert obs[i].tolist() == [b for pipe in row for b in pipe]
            assert reward[i] == all(pipe[-1] for pipe in row)
        helps += info["helped"].sum()
    assert abs(helps / 2400 - 1 / 9) < 4 * np.sqrt(8 / 81 / 2400)


def test_torch_plays_as_numpy_does():
    rules = PanFlute(pipes=3)
    a, b = WorldVectorEnv(rules, 5), WorldVectorEnv(rules, 5, device="cpu")
    x, y = a.reset(seed=0)[0], b.reset(seed=0)[0]
    rng = np.random.default_rng(1)
    for _ in range(40):
        assert x.dtype == y.numpy().dtype
        np.testing.assert_array_equal(x, y.numpy())
        action = rng.integers(0, 3, 5)
        (x, *left, info), (y, *right, told) = a.step(action), b.step(torch.as_tensor(action))
        for p, q in zip(left, right, strict=True):
            np.testing.assert_array_equal(p, np.asarray(q))
        np.testing.assert_array_equal(info["pseudo_regret"], told["pseudo_regret"].numpy())


def test_text_picture_and_large_flutes():
    env = WorldEnv(PanFlute(pipes=3, helper=0.0), render_mode="ansi")
    env.reset(seed=0)
    env.step(2)
    env.step(1)
    assert env.render() == "  .\n o.\n.o."
    rules = PanFlute(pipes=6)
    assert rules.cells == 21 and "pseudo_regret" not in rules.card().info
    with pytest.raises(BadOption, match=r"2\^21"):
        rules.to_mdp()
    empty, full = (rules.draw({"bits": np.full((1, 21), v)}, 0) for v in (0, 1))
    assert (empty != full).any()


@pytest.mark.parametrize("options", [{"pipes": 0}, {"helper": 1.5}, {"gamma": 1.0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        PanFlute(**options)
