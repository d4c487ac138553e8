"""Planning at every step: plans are kept per row and begin anew with episodes; models come back from files."""

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.agents.loops.simulated import RulesModel
from rewardlab.agents.model_based import CEM, ILQG, PredictiveSampling
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.envs.mdps import LinearSystem

ID, SMALL = "rewardlab/LinearSystem-v0", {"samples": 8, "horizon": 6, "knots": 3, "first": 2}


def test_rows_are_planned_alone():
    obs = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    for agent in (PredictiveSampling(ID, **SMALL), CEM(ID, **SMALL, elites=2), ILQG(ID, horizon=6)):
        action, plan = agent.control(obs)
        again = [agent.control(obs[i : i + 1]) for i in range(3)]
        np.testing.assert_allclose(action, np.concatenate([a for a, _ in again]), atol=1e-6)
        further = agent.control(obs * 0.9, plan)[0]
        np.testing.assert_allclose(further[1], agent.control(obs[1:2] * 0.9, again[1][1])[0][0], atol=1e-6)


def test_a_plan_is_kept_within_an_episode_and_forgotten_at_its_end():
    envs = gym.make_vec(ID, num_envs=2, max_episode_steps=3)
    agent, fresh = PredictiveSampling(envs, seed=0, **SMALL), []
    agent.learn(12, callback=lambda step: fresh.append(agent._fresh.tolist()))
    assert fresh == [[False, False], [False, False], [True, True]] * 2


def test_a_reward_of_ones_own_is_what_is_planned_for():
    """Paid for going right, it goes right; the task's own pay would stay."""
    for agent in (
        PredictiveSampling(ID, reward=lambda b: b.next_obs[:, 1], horizon=6, knots=3, first=8),
        ILQG(ID, reward=lambda b: b.next_obs[:, 1] - 0.001 * b.action[:, 0] ** 2, horizon=6),
    ):
        action = agent.predict(np.zeros((1, 2), dtype=np.float32), deterministic=True)[0]
        assert action[0, 0] > 0.9


def test_files_hold_the_world_by_its_id_and_a_model_of_ones_own_is_given_again(tmp_path):
    agent = ILQG(gym.make(ID, force=3.0), horizon=5)
    agent.save(tmp_path / "a")
    back = ILQG.load(tmp_path / "a")
    assert back.world.rules.force == 3.0 and back.horizon == 5
    model = RulesModel(LinearSystem(force=2.0))
    own = ILQG(ID, model=model, horizon=5)
    own.save(tmp_path / "b")
    with pytest.raises(BadOption, match="model"):
        ILQG.load(tmp_path / "b").predict(np.zeros(2, dtype=np.float32))
    assert ILQG.load(tmp_path / "b", model=model).world is model


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (ILQG, {"horizon": 0}), (ILQG, {"gamma": 0.0}), (ILQG, {"ended": np.nan}), (ILQG, {"first": 0}),
        (ILQG, {"refine": 0}), (ILQG, {"step": 0.0}), (ILQG, {"damping": -1.0}),
        (CEM, {"elites": 0}), (CEM, {"knots": 13}), (CEM, {"noise": 0.0}), (CEM, {"least": -1.0}), (CEM, {"moves": 0}),
        (CEM, {"samples": 1}), (PredictiveSampling, {"samples": 1}), (PredictiveSampling, {"knots": 0}),
        (PredictiveSampling, {"noise": -0.1}),
    ],
)  # fmt: skip
def test_options_outside_their_ranges_are_named(kind, wrong):
    with pytest.raises(BadOption, match=next(iter(wrong))):
        kind(ID, **wrong)


def test_a_world_without_a_model_is_refused():
    with pytest.raises(BadSpace, match="observations"):
        ILQG("Pendulum-v1")
