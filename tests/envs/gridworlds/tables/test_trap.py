"""Traps: what all of them promise: tables that are played, truth beside the pay, views that show the state."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.boat_race import BoatRace
from rewardlab.envs.gridworlds.camper import Camper
from rewardlab.envs.gridworlds.noisy_tv import NoisyTV
from rewardlab.envs.gridworlds.sensor_tampering import SensorTampering
from rewardlab.envs.gridworlds.tables.trap import earned, finite, reachable
from rewardlab.envs.gridworlds.vase import Vase
from rewardlab.envs.world import WorldVectorEnv

TRAPS = (BoatRace, Vase, NoisyTV, SensorTampering, Camper)
every_trap = pytest.mark.parametrize("kind", TRAPS)


@every_trap
def test_the_process_is_what_rows_play(kind):
    rules = kind()
    paid = rules.to_mdp()
    true = paid.with_reward(rules.true_rewards())
    rng = np.random.default_rng(1)
    n, steps = 20_000, 40
    policy = 0.5 * rng.dirichlet(np.ones(paid.num_actions), paid.num_states)
    policy += 0.25 * np.eye(paid.num_actions)[rules.honest_policy()]
    policy += 0.25 * np.eye(paid.num_actions)[rules.hack_policy()]
    envs = WorldVectorEnv(rules, n, autoreset_mode="NextStep")
    obs, _ = envs.reset(seed=5)
    got, alive = np.zeros((2, n)), np.ones(n, dtype=bool)
    for _ in range(steps):
        action = (policy[obs].cumsum(1) < rng.random(n)[:, None]).sum(1).clip(0, paid.num_actions - 1)
        obs, reward, ended, _, info = envs.step(action)
        got += np.stack([reward, info["true_reward"]]) * alive
        alive &= ~ended
    for mdp, sums in ((paid, got[0]), (true, got[1])):
        exact = mdp.with_gamma(1.0 if mdp.terminal.any() else None).evaluate(policy, horizon=steps).value
        assert sums.std() > 0.05
        assert abs(sums.mean() - exact) < 4 * sums.std() / np.sqrt(n)


@every_trap
def test_the_card_knows_the_exact_returns_and_what_the_hack_is_worth(kind):
    rules = kind()
    card, mdp, steps = rules.card(), rules.to_mdp().with_gamma(0.99), rules.max_episode_steps
    sums = mdp.with_gamma(1.0 if mdp.terminal.any() else None)
    uniform = np.full((mdp.num_states, mdp.num_actions), 1 / mdp.num_actions)
    np.testing.assert_allclose(card.optimal_return, sums.solve(horizon=steps).value, rtol=1e-12)
    np.testing.assert_allclose(card.random_return, sums.evaluate(uniform, horizon=steps).value, rtol=1e-12)
    for policy in (rules.hack_policy(), rules.honest_policy()):
        assert policy.shape == (mdp.num_states,) and policy.dtype == np.int64
        for reward in (mdp.R, rules.true_rewards()):
            value = sums.with_reward(reward).evaluate(np.tile(policy, (steps, 1)), horizon=steps).value
            np.testing.assert_allclose(earned(sums.with_reward(reward), policy, steps), value, rtol=1e-12, atol=1e-12)
            assert f"{value:.4g}" in card.reward
    assert "trap" in card.summary


@every_trap
def test_honest_play_is_the_best_by_the_truth_and_the_hack_far_below(kind):
    rules = kind()
    true = rules.to_mdp().with_reward(rules.true_rewards())
    honest, hack, best = true.evaluate(rules.honest_policy()), true.evaluate(rules.hack_policy()), true.solve()
    np.testing.assert_allclose(honest.value, best.value, rtol=1e-9)
    assert honest.value - hack.value > 0.8
    steps = rules.max_episode_steps
    assert earned(true, rules.honest_policy(), steps) - earned(true, rules.hack_policy(), steps) > 0.9


@pytest.mark.parametrize("kind", [BoatRace, Vase, SensorTampering, Camper])  # the television's trap is not in its pay
def test_who_maximises_the_pay_hacks(kind):
    rules = kind()
    paid = rules.to_mdp()
    true, best = paid.with_reward(rules.true_rewards()), paid.solve()
    np.testing.assert_allclose(paid.evaluate(rules.hack_policy()).value, best.value, rtol=1e-9)
    assert paid.evaluate(rules.honest_policy()).value < best.value - 0.1
    np.testing.assert_allclose(
        true.evaluate(best.policy).value, true.evaluate(rules.hack_policy()).value, rtol=1e-9, atol=1e-9
    )


@every_trap
def test_planes_tell_all_states_apart_and_torch_steps_as_numpy_does(kind):
    sides = [WorldVectorEnv(kind(observation=o), 6, device=d) for o, d in (("index", None), ("planes", None))]
    sides.append(WorldVectorEnv(kind(observation="planes"), 6, device="cpu"))
    shown = [e.reset(seed=2)[0] for e in sides]
    rng, seen, told = np.random.default_rng(0), {}, kind().card().info
    assert "true_reward" in told
    for _ in range(60):
        index, planes, tensors = shown
        np.testing.assert_array_equal(planes, tensors.numpy())
        assert planes.dtype == tensors.numpy().dtype == np.int8
        for number, row in zip(index, planes, strict=True):
            assert seen.setdefault(row.tobytes(), number) == number
        action = rng.integers(0, sides[0].single_action_space.n, 6)
        steps = [e.step(action if e.device is None else torch.as_tensor(action)) for e in sides]
        for k in (1, 2):
            np.testing.assert_array_equal(steps[0][k], steps[2][k].numpy())
        assert steps[2][1].dtype == torch.float64
        for name in told:
            np.testing.assert_array_equal(steps[0][4][name], steps[2][4][name].numpy())
        shown = [s[0] for s in steps]
    assert len(seen) > 10
    rules = kind(observation="planes")
    every = rules.look({"state": np.arange(rules.size)}).reshape(rules.size, -1)
    assert len({row.tobytes() for row in every}) == rules.size


@every_trap
def test_states_lie_where_the_picture_of_the_table_puts_them(kind):
    rules = kind()
    places = rules.table_places()
    height, width = len(rules.layout.split("\n")), len(rules.layout.split("\n")[0])
    assert places.shape == (rules.size, 2) and places.min() == 0
    np.testing.assert_array_equal(places.max(0), [height - 1, width - 1])
    start = rules.to_mdp().initial > 0
    row, column = places[start][0]
    assert rules.layout.split("\n")[row][column] == "A" and (places[start] == places[start][0]).all()


@every_trap
def test_the_walker_is_drawn_and_pictures_differ_between_states(kind):
    rules = kind()
    frames = {rules.draw({"state": np.array([s])}, 0).tobytes() for s in range(0, rules.size, 1 + rules.size // 40)}
    texts = {rules.text({"state": np.array([s])}, 0) for s in range(rules.size)}
    assert len(frames) > 15 and len(texts) > rules.size * 0.8
    assert all("A" in text for text in texts)


@every_trap
def test_mistakes_are_named(kind):
    with pytest.raises(BadOption, match=kind.__name__):
        kind(observation="pixels")
    with pytest.raises(BadOption, match=kind.__name__):
        kind(layout="A?")
    with pytest.raises(BadOption, match=kind.__name__):
        kind(layout="A.\n.")


def test_tables_that_are_too_large_are_refused():
    field = "\n".join(["A" + "D" * 8 + "C" + "." * 60, *["." * 70] * 100])
    with pytest.raises(BadOption, match="smaller map"):
        SensorTampering(layout=field)


def test_checks_of_numbers_and_ways():
    finite("here", cost=0.0)
    for bad in (-1.0, float("nan"), float("inf")):
        with pytest.raises(BadOption, match="cost="):
            finite("here", cost=bad)
    wall = np.array([[False, True, False]])
    reachable(wall, 0, {"coin": 0}, where="here")
    with pytest.raises(BadOption, match="flag cannot be reached"):
        reachable(wall, 0, {"coin": 0, "flag": 2}, where="here")
