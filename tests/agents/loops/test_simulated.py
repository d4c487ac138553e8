"""Models made of rules: states from observations, sums of pay, what is refused."""

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.agents.loops.simulated import RulesModel, Still, model_of, of_vector, paid, repeated, returns, vector
from rewardlab.core.errors import BadBatch, BadOption, BadReward, BadSpace
from rewardlab.envs.control import BicycleDrive
from rewardlab.envs.mdps import LinearSystem

RULES = LinearSystem(noise=0.3, distractors=1)
MODEL = RulesModel(RULES)
OBS = np.random.default_rng(0).normal(size=(5, 4))


def test_what_a_plan_earns_is_the_sum_of_its_steps():
    controls = np.random.default_rng(1).uniform(-1, 1, (5, 7, 1))
    state, total = RULES.recall(OBS), np.zeros(5)
    for t in range(7):
        state, pay, _, _ = RULES.move(state, controls[:, t], Still(5))
        total += 0.9**t * pay
    np.testing.assert_array_equal(returns(MODEL, MODEL.state(OBS), controls, None, gamma=0.9), total)
    A, B, Q, R = (np.array(getattr(RULES, name)) for name in "ABQR")
    x, cost = OBS[0, :2], 0.0
    for u in controls[0] * RULES.force:  # without noise: the system's own equation
        cost, x = cost + x @ Q @ x + u @ R @ u, A @ x + B @ u
    assert returns(MODEL, MODEL.state(OBS), controls, None)[0] == pytest.approx(-cost)


def test_a_reward_sees_the_steps_and_pay_stops_at_the_end():
    model = RulesModel(BicycleDrive())
    obs = np.zeros((2, 16))
    obs[:, 1], obs[:, 3] = (0.0, 1.45), 5.0
    obs[1, 2] = 0.5  # leaves the track in this step
    controls = np.zeros((2, 4, 2))

    def one(batch):
        assert batch.obs.shape == batch.next_obs.shape == (2, 16) and set(batch.info) >= {"off_track", "violation"}
        return np.ones(len(batch))

    np.testing.assert_array_equal(returns(model, model.state(obs), controls, one, ended=-10.0), [4, 1 - 30])


def test_states_become_vectors_and_come_back():
    state = MODEL.state(OBS)
    back = of_vector(vector(state), state)
    assert vector(state).shape == (5, 4) and set(back) == set(state)
    for key in state:
        np.testing.assert_array_equal(back[key], state[key])
    np.testing.assert_array_equal(repeated(state, 2)["x"][:2], np.stack([OBS[0, :2]] * 2))
    rules = BicycleDrive()
    one, other = np.zeros((1, 7)), np.zeros((1, 7))
    one[0, [0, 2]], other[0, [0, 2]] = (1.0, -3.1), (rules.length - 1.0, 3.1)
    np.testing.assert_allclose(RulesModel(rules).apart(one, other)[0, [0, 2]], [2.0, 2 * np.pi - 6.2])


@pytest.mark.parametrize(
    ("pay", "error"),
    [(lambda b: np.full(len(b), np.nan), BadReward), (lambda b: np.ones((len(b), 1)), BadBatch)],
)
def test_pay_that_is_none_is_named(pay, error):
    state = MODEL.state(OBS)
    with pytest.raises(error):
        returns(MODEL, state, np.zeros((5, 1, 1)), pay)
    after = MODEL.step(state, np.zeros((5, 1)))
    with pytest.raises(BadOption, match="reward"):
        paid(MODEL, state, np.zeros((5, 1)), after._replace(pay=None), None)


@pytest.mark.parametrize("name", ["Pendulum-v1", "rewardlab/DeepSea-v0", "Ant-v5"])
def test_worlds_whose_states_are_not_seen_are_refused(name):
    with pytest.raises(BadSpace, match="observations"):
        model_of(gym.make(name))
