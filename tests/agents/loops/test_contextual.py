"""The contextual loop: ridge statistics, memories, tasks, and what stands for the arms."""

from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents import LinUCB
from rewardlab.agents.loops.contextual import FRESH, RidgeAgent, best, shrunk, width
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.errors import BadOption, BadSpace, MissingColumn
from rewardlab.envs import Rules, WorldVectorEnv
from rewardlab.envs.bandits import DynamicalBandit, StochasticBandit


@dataclass
class Shown(Rules):
    """T tasks show n vectors each; a choice pays x · w_i and a little noise."""

    tasks: int | None = None
    arms: int = 4
    dimension: int = 3
    told: bool = True

    def __post_init__(self):
        head = () if self.tasks is None else (self.tasks,)
        self.w = np.random.default_rng(7).normal(size=(self.tasks or 1, self.dimension))
        self.observation_space = spaces.Box(-1, 1, (*head, self.arms, self.dimension), np.float64)
        single = spaces.Discrete(self.arms)
        self.action_space = single if self.tasks is None else spaces.MultiDiscrete([self.arms] * self.tasks)

    def start(self, n, rng):
        return {"x": self.drawn(n, rng)}

    def drawn(self, n, rng):
        return 2 * rng.uniform(((self.tasks or 1) * self.arms * self.dimension,)) - 1

    def move(self, state, action, rng):
        n = len(state["x"])
        x = state["x"].reshape(n, -1, self.arms, self.dimension)
        mean = (x * self.w[:, None]).sum(-1)
        arm = np.asarray(action).reshape(n, -1, 1)
        picked = np.take_along_axis(mean, arm, 2)[..., 0]
        pay = picked + 0.1 * rng.normal((picked.shape[1],))
        lost = (mean.max(-1) - picked).sum(-1)
        columns = {"pseudo_regret": lost, **({"rewards": pay} if self.told else {})}
        return {"x": self.drawn(n, rng)}, pay.sum(-1), np.zeros(n, dtype=bool), columns

    def look(self, state):
        return state["x"].reshape(-1, *self.observation_space.shape)


class Recording(RidgeAgent):
    """Any arm, and it remembers what it was fed."""

    def prepare(self):
        super().prepare()
        self.heard = []

    def pick(self, x, rng):
        return rng.integers(self.arms, size=x.shape[:2])

    def feed(self, memory, x, pay):
        self.heard.append((memory, x, pay))
        super().feed(memory, x, pay)


def rewound(agent):
    """V, b and ln det of what was fed, from scratch."""
    V, b = np.zeros_like(agent.V) + agent.lam * np.eye(agent.dimension), np.zeros_like(agent.b)
    for memory, x, pay in agent.heard:
        for m, row, paid in zip(memory, x, pay, strict=True):
            V[m] += row[:, :, None] * row[:, None, :]
            b[m] += row * paid[:, None]
    return V, b, np.linalg.slogdet(V)[1] - agent.dimension * np.log(agent.lam)


@pytest.mark.parametrize("tasks", [None, 2])
@pytest.mark.parametrize(("rows", "independent"), [(1, False), (5, False), (5, True)])
def test_its_statistics_are_those_of_all_that_was_seen(tasks, rows, independent):
    rules = Shown(tasks)
    agent = Recording(WorldVectorEnv(rules, rows), seed=0, lam=0.3, independent=independent)
    agent.learn(rows * 60)
    assert agent.V.shape == (rows if independent else 1, tasks or 1, 3, 3)
    V, b, growth = rewound(agent)
    np.testing.assert_allclose(agent.V, V, rtol=1e-12)
    np.testing.assert_allclose(agent.b, b, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(agent.growth, growth, rtol=1e-10)
    np.testing.assert_allclose(agent.inverse, np.linalg.inv(V), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(agent.theta, np.linalg.solve(V, b[..., None])[..., 0], rtol=1e-9)
    assert np.abs(agent.theta - rules.w).max() < 0.2
    x = np.random.default_rng(0).normal(size=(rows, tasks or 1, 4, 3))
    np.testing.assert_allclose(agent.value(x), np.einsum("mtnd,mtd->mtn", x, agent.theta * np.ones((rows, 1, 1))))
    np.testing.assert_allclose(
        width(agent.inverse, x) ** 2, np.einsum("mtnd,mtde,mtne->mtn", x, agent.inverse * np.ones((rows, 1, 1, 1)), x)
    )


def test_rank_one_updates_are_the_inverse_and_the_determinant():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(6, 4, 4))
    V, x = root @ root.transpose(0, 2, 1) + np.eye(4), rng.normal(size=(6, 4))
    after, grown = shrunk(np.linalg.inv(V), x)
    more = V + x[:, :, None] * x[:, None, :]
    np.testing.assert_allclose(after, np.linalg.inv(more), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(grown, np.linalg.det(more) / np.linalg.det(V), rtol=1e-10)


def test_inverses_do_not_drift():
    agent = Recording(WorldVectorEnv(DynamicalBandit(arms=8, agreement=1.0, dimension=3), 1), seed=0, lam=1e-6)
    agent.learn(4 * FRESH)
    np.testing.assert_allclose(agent.inverse @ agent.V, np.eye(8)[None, None], atol=1e-9)


def test_arms_without_vectors_are_unit_vectors_or_given():
    plain = Recording(WorldVectorEnv(StochasticBandit(means=(0.2, 0.5, 0.9), deviation=0.0), 2), seed=0, lam=1e-9)
    plain.learn(300)
    assert plain.dimension == 3
    np.testing.assert_allclose(plain.theta[0, 0], [0.2, 0.5, 0.9], atol=1e-9)
    rules = DynamicalBandit(arms=6, dimension=2, agreement=1.0, noise=0.0, disturbance=0.0)
    told = Recording(WorldVectorEnv(rules, 2), seed=0, lam=1e-9, points=rules.points)
    told.learn(100)
    np.testing.assert_allclose(told.theta[0, 0], rules.theta, atol=1e-7)
    np.testing.assert_array_equal(told.vectors(np.zeros((3, 1)))[2, 0], rules.points)


def test_a_file_keeps_the_arms_and_tasks_pay_apart(tmp_path):
    rules = DynamicalBandit(arms=6, dimension=2)
    agent = LinUCB(WorldVectorEnv(rules, 2), seed=0, points=rules.points).learn(40)
    agent.save(tmp_path / "agent")
    again = LinUCB.load(tmp_path / "agent", env=WorldVectorEnv(rules, 2))
    np.testing.assert_array_equal(again.vectors(np.zeros((1, 1))), agent.vectors(np.zeros((1, 1))))
    two = LinUCB(WorldVectorEnv(Shown(2), 3), seed=0).learn(300)
    action = two.predict(np.zeros((5, 2, 4, 3)))[0]
    assert action.shape == (5, 2) and two.regret[0] > 0
    with pytest.raises(MissingColumn, match="rewards"):
        LinUCB(WorldVectorEnv(Shown(2, told=False), 1), seed=0).learn(1)


def test_the_best_of_equals_is_any():
    picked = best(np.zeros((4000, 2, 3)), np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(picked.ravel(), minlength=3) / 8000, 1 / 3, atol=0.02)
    assert (best(np.array([[[0.0, 2.0, 1.0]]]), np.random.default_rng(0)) == 1).all()


def test_mistakes_are_named():
    box = spaces.Box(-1, 1, (4, 3))
    with pytest.raises(BadSpace, match=r"shape \[4, 3\] for 1 x 5"):
        Recording(Spaces(box, spaces.Discrete(5)))
    with pytest.raises(BadSpace, match="equally many arms"):
        Recording(Spaces(box, spaces.MultiDiscrete([4, 3])))
    with pytest.raises(BadSpace, match="actions"):
        Recording(gym.make("Pendulum-v1"))
    for points in (np.zeros((3, 2)), np.full((4, 2), np.nan), np.zeros(4)):
        with pytest.raises(BadOption, match="points"):
            Recording(Spaces(box, spaces.Discrete(4)), points=points)
    for lam in (0.0, -1.0, np.inf):
        with pytest.raises(BadOption, match="lam"):
            Recording(Spaces(box, spaces.Discrete(4)), lam=lam)
    runs = Recording(WorldVectorEnv(Shown(), 3), independent=True)
    with pytest.raises(BadSpace, match="2 observations"):
        runs.predict(np.zeros((2, 4, 3)))
