"""The quickstart suite: fair to every method, and what its potentials and teachers know is true."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.benchmarks.evaluation import make_vec
from rewardlab.benchmarks.suites import quickstart
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Task
from rewardlab.rewards.drivers.vector import PaidVector

CASES = quickstart.CASES
ENVS = list(dict.fromkeys(c.env for c in CASES))


@pytest.mark.parametrize("env", ENVS)
def test_all_methods_of_a_task_have_the_same_agent_budget_and_seeds(env: str) -> None:
    cases = [c for c in CASES if c.env == env]
    assert [c.method for c in cases].count("none") == 1 and len({c.method for c in cases}) == len(cases)
    specs = [{k: v for k, v in c.spec(0).items() if k not in ("method", "reward")} for c in cases]
    assert all(s == specs[0] for s in specs) and all(c.seeds == (0, 1, 2) for c in cases)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.env.rpartition('/')[2]}-{c.method}")
def test_every_reward_pays_beside_the_task(case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quickstart, "COMPARISONS", 20)
    monkeypatch.setattr(quickstart, "EPOCHS", 2)
    plain = make_vec(case, 4)
    reward = case.reward(plain, 0)
    envs = PaidVector(plain, Task() if reward is None else reward, update_every=4)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    paid = []
    for _ in range(60):
        _, pay, _, _, info = envs.step(envs.action_space.sample())
        assert np.isfinite(pay).all()
        paid.append(pay - info["task_reward"])
    envs.close()
    some = np.abs(np.array(paid)).max()
    # Gates open only where random play succeeds, which in DoorKey it does not.
    assert some == 0 if case.method == "none" else some > 0 or case.method == "gated"


def steps(obs, next_obs=None, action=None, **info) -> Transitions:
    n = len(obs)
    zero = np.zeros(n)
    flags = zero.astype(bool)
    action = np.zeros(n, dtype=np.int64) if action is None else action
    return Transitions(obs, action, zero, obs if next_obs is None else next_obs, flags, flags, info)


def test_rights_are_highest_on_the_diagonal() -> None:
    value = quickstart.rights(np.arange(101), size=10)
    table = value[:100].reshape(10, 10)
    assert (np.diag(table) == 1).all() and table[3, 1] == 0.8 and table[9, 0] == pytest.approx(0.1) and value[100] == 0


def test_the_teacher_of_the_deep_sea_knows_the_way() -> None:
    envs = gym.make_vec("rewardlab/DeepSea-v0", num_envs=1)
    know = quickstart.advantage(envs)
    diagonal = np.arange(10) * 11
    right = envs.unwrapped.rules.right[diagonal]  # the action that goes right in each
    both = np.stack([know(steps(diagonal, action=np.full(10, a))) for a in (0, 1)])
    assert (both[right, np.arange(10)] == 0).all()
    assert (both[1 - right, np.arange(10)] < -0.9).all()  # the other loses the treasure


def test_possible_numbers_are_bits() -> None:
    obs = np.zeros((3, 20))
    obs[0, :16], obs[1, :4], obs[2, 7] = 1, 1, 1
    np.testing.assert_allclose(quickstart.possible(obs, largest=16), [-1, -0.5, 0])
    bits = quickstart._bits(steps(obs[[0, 1, 0]], obs[[1, 2, 0]]), largest=16)
    np.testing.assert_allclose(bits, [2, 2, 0])


def test_the_fingertip_is_where_the_simulator_has_it() -> None:
    env = gym.make("rewardlab/SparseReacher-v0")
    for seed in range(5):
        obs, info = env.reset(seed=seed)
        np.testing.assert_array_equal(quickstart.fingertip(obs[None])[0], np.round(info["fingertip"] * 20))


def test_the_way_that_is_left_becomes_shorter_by_each_deed() -> None:
    # Key at (1, 1), door at (2, 3), goal at (3, 1): from (1, 3) to the key, to the door, and through to the goal.
    places = {"key": (1, 1), "door": (2, 3), "goal": (3, 1)}
    told = [((1, 3), 0, 0), ((1, 2), 0, 0), ((1, 2), 1, 0), ((1, 3), 1, 0), ((1, 3), 1, 1), ((2, 3), 1, 1)]
    told += [((3, 3), 1, 1), ((3, 2), 1, 1), ((3, 1), 1, 1)]
    n = len(told)
    info = {f"{k}_pos": np.tile(v, (n, 1)) for k, v in places.items()}
    info |= {"agent_pos": np.array([t[0] for t in told])}
    info |= {name: np.array([t[i] for t in told], dtype=bool) for i, name in ((1, "carrying_key"), (2, "door_open"))}
    left = -quickstart._remaining(steps(np.zeros(n), **info))
    np.testing.assert_array_equal(left, [10, 9, 6, 5, 4, 3, 2, 1, 0])
