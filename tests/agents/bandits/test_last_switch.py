"""Explore, then plan: (1 − 1/e) of the programme, virtual states below the real ones, exploring, and regret."""

import math

import numpy as np
import pytest

from rewardlab.agents import LastSwitchPlanner
from rewardlab.agents.loops.virtual_states import plan
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import LastSwitchBandit, StochasticBandit


def made(rules, rows, seed=0, **options):
    return LastSwitchPlanner(WorldVectorEnv(rules, rows), seed=seed, reach=rules.reach, **options)


def followed(rules, rows=60, rounds=150, **options):
    """Mean pay per round [rows] of the plan with known payoffs, and how often a real state was below a virtual one."""
    agent, paid, below = made(rules, rows, payoffs=rules.means, **options), [], 0

    def watch(now):
        nonlocal below
        if now["self"].num_timesteps > rows * rules.reach:  # at first all rest
            paid.append(now["rewards"].copy())
            below += int((agent.places(now["new_obs"]) < agent.virtual).sum())

    agent.learn(rows * rounds, watch)
    return np.mean(paid, 0), below


@pytest.mark.parametrize("instance", range(4))
def test_the_plan_earns_its_share_of_the_programme(instance):
    rules = LastSwitchBandit(instance=instance, deviation=0.0)
    pay, below = followed(rules)
    bound, error = plan(rules.means).value, pay.std() / math.sqrt(len(pay))
    assert below == 0
    assert pay.mean() >= (1 - 1 / math.e) * bound - 3 * error
    assert pay.mean() <= rules.optimal_value + 3 * error


def test_one_arm_and_arms_that_never_change_lose_nothing():
    one = LastSwitchBandit(arms=1, instance=2, deviation=0.0)
    pay, _ = followed(one, rows=20, rounds=3 + 420)
    assert pay.mean() == pytest.approx(one.optimal_value, abs=0.005)
    still = LastSwitchBandit(law="constant", deviation=0.0)
    pay, _ = followed(still, rows=4, rounds=50)
    np.testing.assert_allclose(pay, still.means.max(), rtol=1e-12)


@pytest.mark.parametrize("independent", [True, False])
def test_it_visits_every_state_often_enough_and_then_plans_right(independent):
    rules = LastSwitchBandit(instance=1, deviation=0.05)
    agent = made(rules, 3, horizon=2000, noise=0.05, independent=independent)
    agent.learn(3 * 1200)
    assert (agent.wait == 0).all() and agent.counts.min() >= agent.visits == math.ceil(2000 ** (2 / 3) / 18)
    np.testing.assert_allclose(agent.totals / agent.counts, np.broadcast_to(rules.means, agent.counts.shape), atol=0.1)
    upper = agent.estimates()
    assert (np.diff(upper, axis=2) >= 0).all() and (upper > rules.means - 0.02).all()
    for y in agent.y:  # the plan for what it believes is nearly as good for what is so
        assert (y[:, :, 1] * rules.means).sum() > 0.93 * plan(rules.means).value


def test_while_learning_other_observations_are_refused():
    rules = LastSwitchBandit()
    agent = LastSwitchPlanner(WorldVectorEnv(rules, 1), reach=4)
    assert agent.predict(np.array([0.1, -0.9, 2.0], dtype=np.float32), deterministic=True)[0] in range(4)
    with pytest.raises(BadSpace, match="no states of arms"):
        agent.learn(5)


def test_exploring_takes_about_as_many_rounds_as_there_are_visits():
    rules = LastSwitchBandit(instance=0)
    agent = made(rules, 1, horizon=3000)
    explored = 0

    def watch(now):
        nonlocal explored
        explored += int((agent.wait < 0).any())
        return bool((agent.wait < 0).any())

    agent.learn(3000, watch)
    k, n, m = 3, 3, agent.visits
    assert 2 * k * n * m <= explored + 1 <= m * k * (n * (n + 1) // 2 + 2 * n + 2)


def test_what_it_may_lose_grows_by_less_than_the_rounds():
    # The plan earns (1 − 1/e) <y, μ> or more, so that against (1 − 1/e) LP no more is lost than 1 − 1/e of this:
    # all that the programme has in the rounds of exploring, and then the programme's loss with the plan's y.
    rules, horizons, lost = LastSwitchBandit(instance=0, deviation=0.1), (1000, 8000, 64_000), []
    bound = plan(rules.means).value
    for horizon in horizons:
        agent = made(rules, 4, horizon=horizon, independent=True)
        agent.learn(4 * horizon, lambda now: bool((now["self"].wait < 0).any()))
        explored = agent.num_timesteps / 4
        each = (agent.y[..., 1] * rules.means).sum((1, 2))
        lost.append(float((explored * bound + (horizon - explored) * (bound - each)).mean()))
    slope = np.polyfit(np.log(horizons), np.log(lost), 1)[0]
    assert 0.5 < slope < 0.72, (slope, lost)


def test_predictions_without_chance_play_well_from_the_states_they_see():
    rules = LastSwitchBandit(instance=4, deviation=0.0)
    agent = made(rules, 2, payoffs=rules.means)
    envs = WorldVectorEnv(rules, 3)
    obs, paid = envs.reset(seed=0)[0], []
    for _ in range(60):
        obs, reward, *_ = envs.step(agent.predict(obs, deterministic=True)[0])
        paid.append(reward)
    assert np.mean(paid[20:]) > 0.99 * rules.optimal_value


def test_mistakes_are_named():
    rules = LastSwitchBandit()
    for option in ({"horizon": 1}, {"exploration": 0.0}, {"noise": -1.0}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(rules, 1, **option)
    with pytest.raises(BadOption, match="reach"):
        LastSwitchPlanner(WorldVectorEnv(rules, 1), reach=0)
    with pytest.raises(BadOption, match="payoffs of shape"):
        made(rules, 1, payoffs=[[0.1, 0.2]])
    with pytest.raises(BadOption, match="fall along tau"):
        made(rules, 1, payoffs=-rules.means)
    with pytest.raises(BadSpace, match="observations of shape"):
        LastSwitchPlanner(WorldVectorEnv(StochasticBandit(), 1))
