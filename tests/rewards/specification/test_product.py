import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rewardlab.agents import QLearning
from rewardlab.core.errors import BadOption, BadSpace, ResetNeeded
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards import (
    MachinePotential,
    Paid,
    PaidVector,
    ProductObservation,
    ProductVectorObservation,
    RewardMachine,
    with_machine_state,
)
from rewardlab.rewards.specification.product import product_space

LENGTH = 5


class Corridor(gym.Env):
    """Cells 0..4; the bell rings in the last one, the door is the first; ends at the door after 12 steps or never."""

    action_space = spaces.Discrete(2)

    def __init__(self, kind="index", limit=12):
        self.kind, self.limit = kind, limit
        self.observation_space = {
            "index": spaces.Discrete(LENGTH),
            "vector": spaces.Box(0, 1, (1,), np.float32),
            "dict": spaces.Dict({"cell": spaces.Discrete(LENGTH)}),
            "picture": spaces.Box(0, 255, (2, 2), np.uint8),
        }[kind]

    def look(self):
        return {
            "index": np.int64(self.x),
            "vector": np.array([self.x / LENGTH], dtype=np.float32),
            "dict": {"cell": np.int64(self.x)},
            "picture": np.full((2, 2), self.x, dtype=np.uint8),
        }[self.kind]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x, self.t = 2, 0
        return self.look(), {}

    def step(self, action):
        self.x = int(np.clip(self.x + (1 if action else -1), 0, LENGTH - 1))
        self.t += 1
        return self.look(), 0.0, False, self.t >= self.limit, {"bell": self.x == LENGTH - 1, "door": self.x == 0}


def machine():
    return RewardMachine(edges=[("u", "bell", "v", 0.0), ("v", "door", "w", 1.0)], initial="u", terminal=("w",))


def state_of(obs, kind):
    return {"index": lambda: int(obs) % 3, "vector": lambda: int(np.argmax(obs[1:]))}.get(
        kind, lambda: int(obs["machine_state"])
    )()


@pytest.mark.parametrize("kind", ["index", "vector", "dict", "picture"])
def test_every_observation_shows_the_machine_and_lies_in_the_space(kind):
    env = ProductObservation(Corridor(kind), machine())
    for _ in range(2):
        obs, _ = env.reset(seed=0)
        assert obs in env.observation_space and state_of(obs, kind) == 0
        seen = []
        for action in (1, 1, 0, 0, 0, 0, 1):
            obs, _, _, _, info = env.step(action)
            assert obs in env.observation_space
            seen.append(state_of(obs, kind))
            assert info["machine_state"] == "uvw"[seen[-1]]
        assert seen == [0, 1, 1, 1, 1, 2, 2]


@pytest.mark.parametrize("kind", ["index", "vector", "dict", "picture"])
@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_rows_of_a_vector_show_what_single_environments_show(kind, mode):
    make = [lambda: Corridor(kind, 7), lambda: Corridor(kind, 5)]
    envs = ProductVectorObservation(SyncVectorEnv(make, autoreset_mode=mode), machine())
    singles = [ProductObservation(m(), machine()) for m in make]
    obs, _ = envs.reset(seed=0)
    assert obs in envs.observation_space
    row = (lambda x, i: {k: v[i] for k, v in x.items()}) if isinstance(obs, dict) else (lambda x, i: x[i])
    alone = [s.reset(seed=i)[0] for i, s in enumerate(singles)]
    over = [False, False]
    rng = np.random.default_rng(0)
    states = set()
    for _ in range(60):
        actions = rng.integers(0, 2, 2)
        obs, _, _, truncated, info = envs.step(actions)
        assert obs in envs.observation_space
        for i, single in enumerate(singles):
            if over[i]:
                alone[i], over[i] = single.reset()[0], False
            else:
                alone[i], _, _, ended, _ = single.step(actions[i])
                assert ended == truncated[i]
                if ended and mode is AutoresetMode.SAME_STEP:
                    same(info["final_obs"][i], alone[i])
                    states.add(state_of(alone[i], kind))
                    alone[i] = single.reset()[0]
                else:
                    over[i] = ended
            same(row(obs, i), alone[i])
            states.add(state_of(alone[i], kind))
    assert states >= {0, 1}


def same(a, b):
    for x, y in zip(a.values(), b.values(), strict=True) if isinstance(b, dict) else [(a, b)]:
        np.testing.assert_array_equal(x, y)


def corridor_table(gamma):
    P = np.zeros((LENGTH, 2, LENGTH))
    for x in range(LENGTH):
        P[x, 0, max(x - 1, 0)] = P[x, 1, min(x + 1, LENGTH - 1)] = 1
    return TabularMDP(P, np.zeros((LENGTH, 2)), gamma=gamma, initial=2)


@pytest.mark.parametrize("shaped", [False, True])
def test_tabular_learning_finds_the_optimum_of_the_product(shaped):
    gamma = 0.9
    own = machine()
    reward = own + MachinePotential(own, gamma) if shaped else own
    cells = np.arange(LENGTH)
    exact = own.product(corridor_table(gamma), {"bell": cells == LENGTH - 1, "door": cells == 0})
    assert exact.mdp.solve().value == pytest.approx(gamma**5)  # two steps to the bell, four to the door
    env = ProductObservation(Paid(Corridor(limit=40), reward), own)
    agent = QLearning(env, seed=0, gamma=gamma, learning_rate=0.5, epsilon=0.5)
    agent.learn(2000)
    offset = own.potential(gamma)[0] if shaped else 0.0
    assert agent.Q[2 * 3 + 0].max() == pytest.approx(gamma**5 - offset, abs=0.02)
    assert play(ProductObservation(Paid(Corridor(), own), own), agent) == 1.0


def test_without_the_product_it_does_not():
    blind = QLearning(Paid(Corridor(limit=40), machine()), seed=0, gamma=0.9, learning_rate=0.5, epsilon=0.5)
    blind.learn(1000)
    assert play(Paid(Corridor(), machine()), blind) == 0.0  # no way of acting on the cell alone goes there and back


def play(env, agent):
    obs, _ = env.reset(seed=0)
    total, over = 0.0, False
    while not over:
        action, _ = agent.predict(obs, deterministic=True)
        obs, pay, ended, cut, _ = env.step(int(action))
        total, over = total + pay, ended or cut
    return total


def test_around_a_driver_labels_see_what_the_environment_shows():
    def seen(batch):
        return {"bell": batch.next_obs == LENGTH - 1, "door": batch.next_obs == 0}

    own = RewardMachine(edges=machine().edges, initial="u", terminal=("w",), labels=seen)
    env = ProductObservation(Paid(Corridor(), own), own)
    env.reset(seed=0)
    assert [env.step(a)[1] for a in (1, 1, 0, 0, 0, 0)] == [0, 0, 0, 0, 0, 1]
    envs = SyncVectorEnv([Corridor] * 2, autoreset_mode=AutoresetMode.SAME_STEP)
    vector = ProductVectorObservation(PaidVector(envs, own), own)
    vector.reset(seed=0)
    assert [vector.step(np.array([a, 0]))[1].tolist() for a in (1, 1, 0, 0, 0, 0)][-1] == [1, 0]


def test_spaces_and_forms():
    assert product_space(spaces.Discrete(4, start=1), 3) == spaces.Discrete(12, start=3)
    assert with_machine_state(np.array([1, 2]), np.array([2, 0]), 3).tolist() == [5, 6]
    assert with_machine_state(np.ones((1, 2)), np.array([1]), 3).tolist() == [[1, 1, 0, 1, 0]]
    with pytest.raises(BadSpace, match="machine_state"):
        product_space(spaces.Dict({"machine_state": spaces.Discrete(2)}), 3)
    with pytest.raises(ResetNeeded):
        ProductObservation(Corridor(), machine()).step(0)
    with pytest.raises(BadOption):
        ProductVectorObservation(SyncVectorEnv([Corridor], autoreset_mode=AutoresetMode.DISABLED), machine())
