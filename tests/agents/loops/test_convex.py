"""The online convex loop: gradients from info, memories, domains, files and refusals."""

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents import FTRL, OptimisticMirrorDescent, RegretMatching
from rewardlab.agents.loops.convex import check_rate, matched
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.errors import BadOption, BadSpace, MissingColumn
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import OnlineLosses


def losses(rows, **options):
    return WorldVectorEnv(OnlineLosses(**options), rows)


@pytest.mark.parametrize("domain", ["simplex", "ball", "box"])
@pytest.mark.parametrize("independent", [True, False])
def test_points_and_gradients_reach_each_other(domain, independent):
    options = {"domain": domain, "dimension": 3, "sequence": "switching", "rounds": 40, "spread": 0.2, "sequences": 9}
    agent, seen = OptimisticMirrorDescent(losses(4, **options), seed=0, domain=domain, independent=independent), []

    def watch(now):
        seen.append((now["actions"], now["info"]["played"], now["info"]["gradient"], agent.last.copy()))

    agent.learn(4 * 30, watch)
    for action, played, gradient, last in seen:
        assert action.dtype == np.float32 and action.shape == (4, 3)
        np.testing.assert_allclose(played, action, atol=1e-6)  # points of the domain are played as they are
        mine = gradient if independent else gradient.mean(0, keepdims=True)
        np.testing.assert_allclose(last, mine, rtol=1e-12)
    assert agent.rounds.tolist() == ([30] * 4 if independent else [30])
    point = agent.predict(agent.observation_space.sample(), deterministic=True)[0] if not independent else None
    assert point is None or agent.action_space.contains(point)


def test_regret_is_the_environments_and_files_go_on(tmp_path):
    agent = FTRL(losses(3, domain="simplex", dimension=3, rounds=200), seed=0, independent=True).learn(3 * 150)
    env = OnlineLosses(domain="simplex", dimension=3, rounds=200)
    total = env.vectors[0, :150].sum(0)
    lost = sum(float(v @ p) for v, p in zip(env.vectors[0, :150], replayed(env.vectors[0, :150]), strict=True))
    np.testing.assert_allclose(agent.regret, lost - total.min(), atol=1e-4)
    agent.save(tmp_path / "agent")
    again = FTRL.load(tmp_path / "agent", env=losses(3, domain="simplex", dimension=3, rounds=200))
    np.testing.assert_array_equal(again.point(), agent.point())
    assert again.learn(30).rounds.tolist() == [160] * 3


def replayed(vectors):
    """The points of FTRL on a sequence, by its definition."""
    total, squares = np.zeros(3), 0.0
    for v in vectors:
        eta = np.sqrt(np.log(3) / (1 + squares))
        p = np.exp(-eta * (total - total.min()))
        yield p / p.sum()
        total, squares = total + v, squares + np.abs(v).max() ** 2


def test_what_is_matched_and_what_is_not():
    np.testing.assert_allclose(matched(np.array([[3.0, -1.0, 1.0], [-1.0, 0.0, -2.0]])), [[0.75, 0, 0.25], [1 / 3] * 3])


def test_mistakes_are_named():
    any_, box = spaces.Box(-1, 1, (2,)), spaces.Box(-1, 1, (3,))
    with pytest.raises(BadOption, match="domain='sphere'"):
        FTRL(Spaces(any_, box), domain="sphere")
    with pytest.raises(BadOption, match="domain='ball'"):
        RegretMatching(Spaces(any_, box), domain="ball")
    for wrong in (spaces.Box(-2, 2, (3,)), spaces.Box(-1, 1, (3, 1)), spaces.Box(0.5, 1, (3,)), spaces.Discrete(3)):
        with pytest.raises(BadSpace, match="actions"):
            FTRL(Spaces(any_, wrong))
    with pytest.raises(BadSpace, match="actions"):
        FTRL(Spaces(any_, spaces.Box(0, 1, (3,))), domain="ball", regulariser="euclid")
    with pytest.raises(MissingColumn, match="gradient"):
        FTRL(WorldVectorEnv("rewardlab.envs.bandits.dynamical:DynamicalBandit", 1, arms=None), domain="simplex").learn(
            1
        )
    for eta in (0.0, -1.0, np.inf):
        with pytest.raises(BadOption, match="eta"):
            check_rate(eta, "here")
