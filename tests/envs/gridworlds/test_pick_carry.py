"""Pick and carry: rules against a slow walker, optima against distances, and demonstrations that show the trap."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.pick_carry import PickCarry
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

HEIGHT, WIDTH, PICK, GOAL = 5, 7, (0, 3), (4, 6)


@pytest.mark.parametrize("dependent", [True, False])
def test_rows_move_as_a_slow_walker_does(dependent):
    envs = WorldVectorEnv(PickCarry(observation="index", dependent=dependent), 40)
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    where, grips, wins = [(4, 0)] * 40, [0] * 40, 0
    for _ in range(600):
        action = rng.choice(5, 40, p=[0.15, 0.2, 0.15, 0.1, 0.4])
        obs, reward, terminated, _, info = envs.step(action)
        last = info.get("final_info", info)
        for i in range(40):
            (r, c), grip = where[i], grips[i]
            if action[i] == 4:
                grip = grip if grip == 2 else grip + 1 if (r, c) == PICK else 0
            else:
                down, right = ((-1, 0), (0, 1), (1, 0), (0, -1))[action[i]]
                r, c = min(max(r + down, 0), HEIGHT - 1), min(max(c + right, 0), WIDTH - 1)
                grip = 2 if grip == 2 else 0
            won = (r, c) == GOAL and (grip == 2 or not dependent)
            assert reward[i] == float(won) == float(terminated[i])
            if won:
                assert last["success"][i] and last["carrying"][i] == (grip == 2)
                r, c, grip, wins = 4, 0, 0, wins + 1
            where[i], grips[i] = (r, c), grip
            assert obs[i] == (r * WIDTH + c) * 3 + grip
    assert wins > 10


@pytest.mark.parametrize("hold", [1, 2, 5])
def test_the_optimum_is_the_way_by_the_object(hold):
    rules = PickCarry(hold=hold)
    mdp = rules.to_mdp()
    steps = (4 + 3) + hold + (4 + 3)
    np.testing.assert_allclose(mdp.solve().value, 0.99 ** (steps - 1), rtol=1e-12)
    assert mdp.with_gamma(1.0).solve(horizon=steps).value == 1.0
    assert mdp.with_gamma(1.0).solve(horizon=steps - 1).value == 0.0
    free = PickCarry(hold=hold, dependent=False).to_mdp()
    np.testing.assert_allclose(free.solve().value, 0.99 ** (6 - 1), rtol=1e-12)  # straight on


def test_the_card_knows_the_exact_returns():
    rules = PickCarry()
    card, mdp = rules.card(), rules.to_mdp().with_gamma(1.0)
    assert card.optimal_return == 1.0
    np.testing.assert_allclose(card.random_return, mdp.evaluate(np.full((105, 5), 0.2), horizon=100).value, rtol=1e-12)
    n = 4000
    envs = WorldVectorEnv(rules, n, max_episode_steps=100)
    envs.reset(seed=0)
    rng, total, live = np.random.default_rng(0), np.zeros(n), np.ones(n, dtype=bool)
    for _ in range(100):
        _, reward, terminated, _, _ = envs.step(rng.integers(0, 5, n))
        total += reward * live
        live &= ~terminated
    assert total.max() == 1.0
    assert abs(total.mean() - card.random_return) < 4 * np.sqrt(card.random_return / n)


def test_demonstrations_are_optimal_and_show_no_actions():
    rules = PickCarry()
    shown = rules.demonstrations(20, seed=1)
    assert all(d.shape == (17, 5) and d.dtype == np.float32 for d in shown)
    assert len({d.tobytes() for d in shown}) > 10
    for d in shown:
        place, held, grip = d[:, :2] * (4, 6), d[:, 2:4] * (4, 6), d[:, 4]
        assert (np.abs(np.diff(place, axis=0)).sum(1) <= 1 + 1e-6).all()
        np.testing.assert_allclose(place[[0, -1]], [[4, 0], GOAL], atol=1e-6)
        np.testing.assert_allclose(grip[[0, 7, 8, 9, 16]], [0, 0, 0.5, 1, 1])
        np.testing.assert_allclose(held[:10], np.tile(PICK, (10, 1)), atol=1e-6)
        np.testing.assert_allclose(held[9:], place[9:], atol=1e-6)
    again = rules.demonstrations(20, seed=1)
    assert all((a == b).all() for a, b in zip(shown, again, strict=True))
    assert any((a != b).any() for a, b in zip(shown, rules.demonstrations(20, seed=2), strict=True))


def test_walking_on_without_the_object_matches_the_experts_place_to_the_end_but_earns_nothing():
    rules = PickCarry()
    expert = rules.demonstrations(1, seed=0)[0]
    env = WorldEnv(rules)
    obs, _ = env.reset(seed=0)
    seen, total = [obs], 0.0
    for before, after in pairwise(expert):
        down, right = np.rint((after - before)[:2] * (4, 6)).astype(int)
        action = {(-1, 0): 0, (0, 1): 1, (1, 0): 2, (0, -1): 3, (0, 0): None}[(down, right)]
        if action is None:
            continue  # the one thing that it leaves out
        obs, reward, terminated, _, _ = env.step(action)
        seen.append(obs)
        total += reward
    assert total == 0.0 and not terminated
    np.testing.assert_array_equal(seen[-1][:2], expert[-1][:2])
    np.testing.assert_array_equal(np.stack(seen)[:, :2], np.delete(expert, [8, 9], axis=0)[:, :2])
    assert (seen[-1][2:] != expert[-1][2:]).any()


def test_torch_steps_as_numpy_does():
    for view in ("index", "vector"):
        a, b = (WorldVectorEnv(PickCarry(observation=view), 6, device=d) for d in (None, "cpu"))
        x, y = a.reset(seed=1)[0], b.reset(seed=1)[0]
        rng = np.random.default_rng(3)
        for _ in range(200):
            np.testing.assert_array_equal(x, y.numpy())
            assert x.dtype == y.numpy().dtype
            action = rng.choice(5, 6, p=[0.2, 0.2, 0.1, 0.1, 0.4])
            (x, r, *_), (y, s, *_) = a.step(action), b.step(torch.as_tensor(action))
            np.testing.assert_array_equal(r, s.numpy())


def test_pictures_and_text_show_who_holds_the_object():
    rules = PickCarry(layout="APG", hold=2)
    states = [{"cell": np.array([c]), "grip": np.array([g])} for c, g in ((0, 0), (1, 1), (1, 2), (0, 2))]
    assert [rules.text(s, 0).split("\n")[0] for s in states] == ["APG", ".AG", ".@G", "@.G"]
    assert rules.text(states[1], 0).endswith("grip 1 of 2")
    gold = [(rules.draw(s, 0) == (240, 190, 40)).all(-1) for s in states]
    assert gold[0][:, 48:96].any() and not gold[0][:, :48].any()
    assert gold[3][:, :48].any() and not gold[3][:, 48:96].any()


@pytest.mark.parametrize(
    "fields", [{"hold": 0}, {"observation": "x"}, {"layout": "AP"}, {"layout": "A#PG"}, {"layout": "AP#G"}]
)
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="PickCarry"):
        PickCarry(**fields)
    with pytest.raises(BadOption, match="demonstrations"):
        PickCarry().demonstrations(0)
