"""Value decomposition against closed forms: gradients, what each can say of a matrix game, masks, targets."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces

from rewardlab.agents import IQL, QMIX, VDN
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.errors import BadOption, BadSpace

MATRIX = np.array([[0.0, 1.0], [1.0, 8.0]])  # the second step of the two-step game of the QMIX paper
PAIR = Spaces(spaces.Box(0, 1, (2, 3), np.float32), spaces.MultiDiscrete([2, 2]))
BATTLE = "rewardlab/GridSkirmish-v0"


def transitions(n, rng, *, team=2, width=3, actions=2):
    """Random columns of a batch of n."""
    return {
        "obs": rng.random((n, team, width), dtype=np.float32),
        "next_obs": rng.random((n, team, width), dtype=np.float32),
        "action": rng.integers(actions, size=(n, team)),
        "reward": rng.normal(size=n).astype(np.float32),
        "terminated": rng.random(n) < 0.3,
        "may": np.arange(actions) <= rng.integers(actions, size=(n, team, 1)),
        "lives": rng.random((n, team)) < 0.8,
        "lived": rng.random((n, team)) < 0.9,
    }


def by_hand(agent, batch, how):
    """The loss, unit by unit and row by row."""
    here, there = agent.values(batch["obs"]), agent.values(batch["next_obs"], slow=True).detach()
    total, count = torch.zeros(()), 0
    for i in range(len(here)):
        done = [here[i, u, batch["action"][i, u]] if batch["lived"][i, u] else 0.0 for u in range(2)]
        best = [max(there[i, u][batch["may"][i, u]]) if batch["lives"][i, u] else 0.0 for u in range(2)]
        go_on = 0.0 if batch["terminated"][i] else agent.gamma
        if how == "sum":
            total, count = total + (batch["reward"][i] + go_on * sum(best) - sum(done)) ** 2, count + 1
        else:
            for u in range(2):
                if batch["lived"][i, u]:
                    total, count = total + (batch["reward"][i] + go_on * best[u] - done[u]) ** 2, count + 1
    return total / count


@pytest.mark.parametrize(("method", "how"), [(VDN, "sum"), (IQL, "each")])
def test_the_gradient_is_that_of_the_sum_and_of_each(method, how):
    agent = method(PAIR, seed=0, gamma=0.9)
    agent._slow.load_state_dict(method(PAIR, seed=1)._net.state_dict())
    batch = {k: torch.from_numpy(v) for k, v in transitions(40, np.random.default_rng(0)).items()}
    parameters = list(agent._net.parameters())
    mine, expected = agent.loss(batch), by_hand(agent, batch, how)
    torch.testing.assert_close(mine, expected)
    for one, two in zip(torch.autograd.grad(mine, parameters), torch.autograd.grad(expected, parameters), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)


def played(method, updates=700):
    """What an agent says of each joint action of the matrix game, after learning from uniform play."""
    agent = method(PAIR, seed=0, learning_rate=5e-3, batch_size=64)
    one, two = (x.ravel() for x in np.meshgrid([0, 1], [0, 1], indexing="ij"))
    obs = np.ones((4, 2, 3), dtype=np.float32)
    yes, pay = np.ones((4, 2), dtype=bool), MATRIX[one, two].astype(np.float32)
    batch = {
        "obs": obs, "next_obs": obs, "action": np.stack([one, two], axis=1), "reward": pay,
        "terminated": np.ones(4, dtype=bool), "may": np.ones((4, 2, 2), dtype=bool), "lives": yes, "lived": yes,
    }  # fmt: skip
    batch = {k: torch.from_numpy(v) for k, v in batch.items()}
    for _ in range(updates):
        agent._fit(agent.loss(batch))
    with torch.no_grad():
        return agent, agent.values(batch["obs"]).gather(2, batch["action"][..., None])[..., 0], batch


def test_a_sum_says_the_nearest_additive_game():
    agent, values, _ = played(VDN)
    nearest = MATRIX.mean(0)[None] + MATRIX.mean(1)[:, None] - MATRIX.mean()
    np.testing.assert_allclose(nearest, [[-1.5, 2.5], [2.5, 6.5]])  # as the paper prints it
    np.testing.assert_allclose(values.sum(1).reshape(2, 2), nearest, atol=0.02)
    assert agent.predict(np.ones((2, 3), dtype=np.float32), deterministic=True)[0].tolist() == [1, 1]


def test_independent_units_say_the_mean_over_the_others():
    values = played(IQL)[1].reshape(2, 2, 2)
    np.testing.assert_allclose(values[:, 0, 0], MATRIX.mean(1), atol=0.02)
    np.testing.assert_allclose(values[0, :, 1], MATRIX.mean(0), atol=0.02)


def test_a_mixing_network_says_what_no_sum_can():
    agent, values, batch = played(QMIX, 700)
    with torch.no_grad():
        whole = agent._net.mixing(values, batch["obs"].flatten(1)).reshape(2, 2)
    np.testing.assert_allclose(whole, MATRIX, atol=0.2)


def test_only_legal_actions_are_chosen_and_the_dead_count_for_nothing():
    envs = gym.make_vec(BATTLE, num_envs=32)
    agent = VDN(envs, seed=0, epsilon=0.5, learning_starts=256)
    obs, info = envs.reset(seed=0)
    rng, chances = np.random.default_rng(0), set()
    for _ in range(30):
        may, lives = agent.masks(obs)
        for action in (agent.predict(obs)[0], agent.predict(obs, deterministic=True)[0]):
            assert np.take_along_axis(info["available"], action[..., None], 2).all()
        chances.add(tuple(agent.choose(obs, rng)[0]))
        np.testing.assert_array_equal(may, info["available"])
        np.testing.assert_array_equal(lives, info["alive"][:, :3])
        obs, *_, info = envs.step(np.full((32, 3), 1))
    assert len(chances) > 5


def test_updates_come_when_they_should_and_the_slow_copy_follows():
    options = {"batch_size": 20, "learning_starts": 100, "train_every": 3, "target_every": 4}
    agent = VDN(gym.make_vec(BATTLE, num_envs=10), seed=0, **options)
    agent.learn(90)
    assert agent.updates == 0 and (agent.weights[0] == agent.weights[1]).all()
    agent.learn(90)
    assert agent.updates == 3  # after steps 12, 15 and 18 of all rows
    assert (agent.weights[0] != agent.weights[1]).any()
    agent.learn(30)
    assert agent.updates == 4 and (agent.weights[0] == agent.weights[1]).all()


def test_a_file_keeps_weights_and_moments_to_the_bit(tmp_path):
    agent = QMIX(gym.make_vec(BATTLE, num_envs=8), seed=0, batch_size=16, learning_starts=16).learn(200)
    agent.save(tmp_path / "agent")
    back = QMIX.load(tmp_path / "agent")
    batch = transitions(30, np.random.default_rng(0), team=3, width=38, actions=8)
    batch = {k: torch.from_numpy(v) for k, v in batch.items()}
    for _ in range(3):
        for a in (agent, back):
            a._fit(a.loss(batch))
    for name, value in agent.tables().items():
        np.testing.assert_array_equal(value, back.tables()[name])


@pytest.mark.parametrize("method", [IQL, VDN, QMIX])
@pytest.mark.parametrize(
    ("name", "value"),
    [("gamma", 1.1), ("learning_rate", 0.0), ("epsilon", -0.1), ("final_epsilon", 2.0), ("decay_steps", 0),
     ("batch_size", 0), ("buffer_size", 5), ("learning_starts", 5), ("train_every", 0), ("target_every", 0),
     ("hidden", 0)],
)  # fmt: skip
def test_mistakes_are_named(method, name, value):
    with pytest.raises(BadOption, match=f"{name}={value}"):
        method(PAIR, **{name: value})


def test_other_mistakes_are_named():
    with pytest.raises(BadOption, match="mixing_width=0"):
        QMIX(PAIR, mixing_width=0)
    with pytest.raises(BadSpace, match="the same number of actions"):
        VDN(Spaces(PAIR.observation, spaces.MultiDiscrete([2, 3])))
    with pytest.raises(BadSpace, match=r"\[team, D\]"):
        VDN(Spaces(spaces.Box(0, 1, (4,)), PAIR.action))
