"""Asking agents: one or many, masks, memories, and what is refused."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from counting_worlds import Counter
from gymnasium import spaces

from rewardlab.agents.deep import DQN, PPO, SAC
from rewardlab.agents.loops.predicting import Asked, asked
from rewardlab.core.errors import BadBatch, BadOption

TINY = {"device": "cpu", "seed": 0}
OBS = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)


def small(cls, world="CartPole-v1", policy="MlpPolicy", **options):
    return cls(policy, world, policy_kwargs={"net_arch": [8]}, **TINY, **options)


@pytest.mark.parametrize(
    ("space", "shown", "told"),
    [
        (spaces.Discrete(3), torch.tensor([2, 0]), [2, 0]),
        (spaces.MultiDiscrete([2, 3]), torch.tensor([[1, 2], [0, 0]]), [[1, 2], [0, 0]]),
        (spaces.MultiBinary(2), torch.tensor([[1.0, 0.0], [0.0, 1.0]]), [[1, 0], [0, 1]]),
        (
            spaces.Box(-1, 1, (2, 1), np.float64),
            torch.tensor([[0.5, -1], [0, 1]]),
            np.array([[[0.5], [-1]], [[0], [1]]]),
        ),
    ],
    ids=["discrete", "multi discrete", "multi binary", "box"],
)
def test_an_answer_has_the_shape_and_type_of_its_space(space, shown, told):
    many = Asked(torch.zeros(2, 1), 2, True, None).answer(shown, space)
    one = Asked(torch.zeros(1, 1), 1, False, None).answer(shown[:1], space)
    np.testing.assert_array_equal(many, np.array(told))
    np.testing.assert_array_equal(one, np.array(told)[0])
    assert many.dtype == one.dtype == space.dtype and isinstance(one, np.ndarray) and one.shape == space.shape


def test_one_observation_is_a_batch_of_one_and_the_policy_stops_training():
    agent = small(PPO)
    agent.policy.set_training_mode(True)
    one, two = asked(agent.policy, OBS[0], [1, 0], where="here"), asked(agent.policy, OBS[:2], where="here")
    assert (one.rows, one.many, two.rows, two.many) == (1, False, 2, True) and not agent.policy.training
    assert one.mask.tolist() == [[True, False]] and two.mask is None
    np.testing.assert_array_equal(two.obs, OBS[:2])
    np.testing.assert_array_equal(one.obs, OBS[:1])


def test_memories_are_what_was_answered_last_or_empty():
    ask, empty = Asked(torch.zeros(2, 1), 2, True, None), torch.zeros(2, 3)
    held, begun = ask.memory(None, None, empty)
    assert held is empty and begun.tolist() == [False, False]
    held, begun = ask.memory(np.arange(6.0)[None], np.array([True, False]), empty)
    assert held.tolist() == [[0, 1, 2], [3, 4, 5]] and begun.tolist() == [True, False]
    assert ask.memory(None, None, None) == (None, None)


@pytest.mark.parametrize("cls", [PPO, DQN])
@pytest.mark.parametrize("deterministic", [True, False])
def test_only_allowed_actions_are_answered(cls, deterministic):
    agent = small(cls)
    allowed = np.eye(2, dtype=bool)[np.arange(64) % 2]
    np.testing.assert_array_equal(
        agent.predict(OBS, deterministic=deterministic, action_masks=allowed)[0], np.arange(64) % 2
    )
    assert set(agent.predict(OBS)[0]) == {0, 1}


@pytest.mark.parametrize("cls", [PPO, SAC])
def test_masks_of_boxes_are_refused(cls):
    with pytest.raises(BadOption, match="box"):
        small(cls, "Pendulum-v1").predict(np.zeros(3, np.float32), action_masks=[True])


def test_asking_does_not_disturb_training():
    learned = []
    for ask in (False, True):
        agent = small(PPO, n_steps=16, batch_size=16)
        if ask:
            agent.predict(OBS)
        learned.append(torch.cat([p.detach().flatten() for p in agent.learn(32).policy.parameters()]))
    assert torch.equal(*learned)


def test_a_policy_with_a_memory_answers_by_itself_as_its_agent_does():
    agent = PPO("MlpGruPolicy", Counter((3, 4)), n_steps=8, **TINY)
    obs, state, twin = np.random.default_rng(0).normal(size=(4, 2, 2)).astype(np.float32), None, None
    for t in range(4):
        begun = np.array([t == 0, t == 2])
        (one, state), (two, twin) = (
            x.predict(obs[t], s, begun, deterministic=True) for x, s in ((agent, state), (agent.policy, twin))
        )
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(state, twin)
    assert agent.policy.predict(obs[0, 0])[0].shape == () and state.shape == (1, 2, 64)


@pytest.mark.parametrize("policy", ["MlpPolicy", "MlpGruPolicy"])
def test_a_pair_of_observation_and_info_is_refused(policy):
    env = gym.make("CartPole-v1")
    agent = PPO(policy, env, n_steps=8, **TINY)
    for asked_for in (agent, agent.policy) if policy == "MlpGruPolicy" else (agent,):
        with pytest.raises(BadBatch, match="mixing Gym API"):
            asked_for.predict(env.reset())
