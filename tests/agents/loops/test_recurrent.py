"""Memories: sequences equal steps, episodes begin empty, and what must be remembered is."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from counting_worlds import Counter, Cue
from gymnasium.vector import AutoresetMode

from rewardlab.agents.deep import PPO
from rewardlab.core.errors import BadOption

SMALL = {"memory_size": 16, "net_arch": [16]}


def agent(envs, policy="MlpGruPolicy", **options):
    given = {"n_steps": 8, "batch_size": 16, "n_epochs": 1, "seed": 0} | options
    return PPO(policy, envs, policy_kwargs=SMALL if "Gru" in policy else {"net_arch": [16]}, **given)


def test_a_sequence_is_its_steps_and_episodes_begin_with_nothing():
    model = agent(Counter((3, 4)))
    net, generator = model.networks, torch.Generator().manual_seed(0)
    obs = torch.randn(6, 2, 2, generator=generator)
    begun = torch.rand(6, 2, generator=generator) < 0.4
    first = torch.randn(2, 16, generator=generator)
    with torch.no_grad():
        outputs, values = net.both(obs.flatten(0, 1), None, (first, begun))
        held, states, steps = first, [], []
        for t in range(6):
            out, held = net.act(obs[t], None, held, begun[t])
            steps.append(out)
            states.append(held)
        torch.testing.assert_close(outputs, torch.cat(steps))
        at, rows = torch.tensor([2, 4]), torch.tensor([1, 0])
        final, fresh = torch.randn(2, 2, generator=generator), torch.tensor([True, False])
        action = outputs.argmax(-1)
        judged = net.judge(obs.flatten(0, 1), action, None, obs[0], final, (first, begun, at, rows, fresh))
        torch.testing.assert_close(judged.steps.values, values)
        torch.testing.assert_close(judged.steps.log_prob, outputs.log_softmax(-1).amax(-1))
        expected = net.both(final, None, (torch.stack(states)[at, rows], torch.zeros(1, 2, dtype=torch.bool)))[1]
        torch.testing.assert_close(judged.final, expected)
        expected = net.both(obs[0], None, (held, fresh[None]))[1]
        torch.testing.assert_close(judged.last, expected)


def test_predictions_are_those_of_the_loop_and_take_the_state_along():
    model = agent(Counter((3, 4)))
    obs, state, held = np.random.default_rng(0).normal(size=(5, 2, 2)).astype(np.float32), None, None
    held = model.networks.initial(2)
    for t in range(5):
        begun = np.array([t == 0, t == 3])
        action, state = model.predict(obs[t], state, begun, deterministic=True)
        with torch.no_grad():
            outputs, held = model.networks.act(torch.from_numpy(obs[t]), None, held, torch.from_numpy(begun))
        np.testing.assert_array_equal(action, outputs.argmax(-1))
        np.testing.assert_allclose(state[0], held, atol=1e-6)
    one, single = model.predict(obs[0][0], deterministic=True)
    assert np.ndim(one) == 0 and single.shape == (1, 1, 16)


def test_a_cue_is_remembered_by_a_memory_and_by_nothing_else():
    options = {"n_steps": 32, "batch_size": 128, "n_epochs": 4, "learning_rate": 5e-3}
    score = {}
    for policy in ("MlpGruPolicy", "MlpPolicy"):
        model = agent(Cue(16, delay=3), policy, **options).learn(10 * 32 * 16)
        score[policy] = np.mean([e["r"] for e in model.ep_info_buffer])
    assert score["MlpGruPolicy"] > 0.95 and score["MlpPolicy"] < 0.7, score


def test_dict_observations_and_saved_agents(tmp_path):
    envs = gym.make_vec("rewardlab/MiniGrid-MemoryS7-v0", num_envs=2)
    model = agent(envs, "MultiInputGruPolicy").learn(16)
    model.save(tmp_path / "agent.zip")
    back = PPO.load(tmp_path / "agent.zip", env=envs)
    obs, _ = envs.reset(seed=0)
    a, b = (m.predict(obs, deterministic=True) for m in (model, back))
    np.testing.assert_array_equal(a[0], b[0])
    np.testing.assert_array_equal(a[1], b[1])


def test_what_a_memory_cannot_work_with_is_refused():
    with pytest.raises(BadOption, match="NEXT_STEP"):
        agent(Counter((3, 4), mode=AutoresetMode.NEXT_STEP)).learn(16)
    with pytest.raises(BadOption, match="share_features_extractor"):
        PPO("MlpGruPolicy", Counter((3, 4)), policy_kwargs={"share_features_extractor": False})
