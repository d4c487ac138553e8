"""The exploration suite: fair to both methods, and its bonus pays what it says."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.benchmarks.evaluation import evaluate, make_vec
from rewardlab.benchmarks.suites import exploration, load
from rewardlab.benchmarks.train import Meter
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Task
from rewardlab.rewards.drivers.vector import PaidVector

GRIDS = [c for c in exploration.CASES if "MiniGrid" in c.env]


def test_with_and_without_a_bonus_all_else_is_the_same() -> None:
    suite = load("exploration")
    assert suite.metric == "success"
    for env in {c.env for c in suite.cases}:
        bonus, plain = sorted((c for c in suite.cases if c.env == env), key=lambda c: c.method == "none")
        assert plain.method == "none" and bonus.method != "none"
        assert plain.seeds == (0, 1, 2) and bonus.seeds == (0, 1, 2, 3, 4)
        specs = [{k: v for k, v in c.spec(0).items() if k not in ("method", "reward")} for c in (bonus, plain)]
        if "MiniGrid" in env:
            assert specs[0].pop("agent")["keywords"] | {"bonus": False} == specs[1].pop("agent")["keywords"]
        elif bonus.agent_name == "DQN":
            assert specs[0].pop("agent")["keywords"] == {"weight": 0.3}
            assert specs[1].pop("agent")["keywords"] == {"weight": 0.0}
        assert specs[0] == specs[1]


@pytest.mark.parametrize("size", exploration.SEAS)
def test_the_seas_have_their_size(size: int) -> None:
    envs = gym.make_vec(exploration.sea_id(size), num_envs=2)
    assert envs.single_observation_space.n == size**2 + 1  # type: ignore[attr-defined]
    right = envs.unwrapped.rules.right  # type: ignore[attr-defined]
    obs, _ = envs.reset(seed=0)
    for _ in range(size):
        obs, reward, terminated, _, _ = envs.step(right[obs])
    assert terminated.all() and reward == pytest.approx(1 - 0.01 / size)


@pytest.mark.parametrize("case", GRIDS, ids=lambda c: f"{c.env.rpartition('/')[2]}-{c.method}")
def test_agents_of_the_grids_learn_from_the_bonus(case) -> None:
    plain = make_vec(case, case.num_envs)
    reward = case.reward(plain, 0)
    envs = Meter(PaidVector(plain, Task() if reward is None else reward, update_every=8))
    envs.reset(seed=0)
    settings = case.agent.keywords["settings"]
    small = settings | {"ppo": settings["ppo"] | {"batch_size": 512, "n_epochs": 1}}
    small |= {side: settings[side] | {"n_steps": 8} for side in ("NovelD", "none")}
    agent = exploration.ppo(envs, 0, settings=small, bonus=case.agent.keywords["bonus"])
    before = {k: v.clone() for k, v in agent.policy.state_dict().items()}
    agent.learn(8 * case.num_envs)
    assert agent.num_timesteps == 8 * case.num_envs == envs.steps
    assert any((before[k] != v).any() for k, v in agent.policy.state_dict().items())
    assert (envs.means().get("novel_d", 0.0) > 0) == (case.method == "NovelD")
    own = exploration.ppo(envs, 0, settings=small | {"bonus_gamma": 0.9}, bonus=case.agent.keywords["bonus"])
    assert not agent.streams and len(own.streams) == (case.method == "NovelD")
    envs.close()


def test_novelty_pays_a_new_view_once_and_looks_past_the_mission() -> None:
    def step(before: int, after: int, mission: int) -> Transitions:
        def view(n: int) -> dict[str, np.ndarray]:
            image = np.full((1, 7, 7, 3), n, dtype=np.uint8)
            return {"image": image, "direction": np.array([0]), "mission": np.array([[mission]])}

        no = np.zeros(1, dtype=bool)
        return Transitions(view(before), np.zeros(1, dtype=int), np.zeros(1), view(after), no, no, {})

    reward = exploration.novelty(None, 0, scale=10.0, weight=0.2, by="view")  # type: ignore[arg-type]
    reward.reset(np.ones(1, dtype=bool))
    reward.update(step(0, 0, mission=1))  # view 0 counts once: its novelty is 1 / sqrt(2)
    assert reward(step(0, 1, mission=1)) == pytest.approx(0.2 * (1 - 0.5 / np.sqrt(2)))
    assert reward(step(1, 0, mission=2)) == 0.0 == reward(step(0, 1, mission=2))
    paid = dataclasses.replace(step(1, 2, mission=1), reward=np.ones(1))
    assert reward(paid) == pytest.approx(10 + 0.2 * 0.5)


def test_things_are_told_apart_by_kind_and_not_by_place_or_colour() -> None:
    empty, wall, key, ball, locked, opened = (1, 0, 0), (2, 5, 0), (5, 4, 0), (6, 1, 0), (4, 2, 2), (4, 2, 0)

    def view(hand=empty, front=empty, **rest) -> np.ndarray:
        image = np.full((2, 7, 7, 3), (1, 0, 0), dtype=np.uint8)
        image[:, 3, 6], image[:, 3, 5] = hand, front
        for place, thing in rest.items():
            image[:, int(place[1]), int(place[2])] = thing
        found = exploration.things({"image": image, "direction": np.zeros(2)})
        assert found.shape == (2, 3) and (found[0] == found[1]).all()
        return found[0].tolist()

    assert view() == [3, 3, 0]
    assert view(_00=wall) == view(_11=wall) == view()
    assert view(_00=ball) == view(_11=ball) == view(_22=(6, 3, 0), _33=ball) == [3, 3, 1 << 18]
    assert view(hand=ball) == [18, 3, 0] and view(front=ball) == [3, 18, 1 << 18]
    assert view(_00=locked) == [3, 3, 1 << 14] != view(_00=opened)
    assert view(hand=key, front=locked, _00=ball) == [15, 14, 1 << 14 | 1 << 18]
    image = np.zeros((5, 2, 7, 7, 3), dtype=np.uint8)
    assert exploration.things({"image": image}).shape == (5, 2, 3)


def test_the_deep_agent_of_the_sea_counts_what_it_meets() -> None:
    envs = gym.make_vec(exploration.sea_id(20), num_envs=8)
    agents = [exploration.dqn(envs, 0, weight=w) for w in (0.3, 0.0)]
    assert agents[1].reward is None and agents[0].reward is not None
    agents[0].learn(800)
    assert agents[0].num_timesteps == 800 == agents[0].replay.size
    cells = np.unique(agents[0].replay.held["next_obs"][:800])
    assert len(np.unique(agents[0].reward.children()[1].children()[0]._table.nonzero()[0])) == len(cells)


def test_play_at_random_does_not_solve_the_grids() -> None:
    class Random:
        def predict(self, obs, state=None, episode_start=None, deterministic=False):
            return rng.integers(0, 7, len(obs["direction"])), None

    rng = np.random.default_rng(0)
    for case in GRIDS[::2]:
        envs = make_vec(case, 50)
        assert evaluate(Random(), envs, seed=0, episodes=50)[1] == 0.0  # type: ignore[arg-type]
        envs.close()
