"""Proximal policy optimisation: on the same data its updates are Stable-Baselines3's."""

import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from asked import Asked
from counting_worlds import Counter, OnDevice
from gymnasium.vector import AutoresetMode
from same_data import twins, update

from rewardlab.agents.deep import PPO
from rewardlab.agents.deep.ppo import clipped_surrogate
from rewardlab.agents.loops.values import Squared
from rewardlab.core.errors import BadOption


def test_the_surrogate_stops_paying_where_the_policy_has_moved_enough():
    ratio = torch.tensor([0.5, 0.9, 1.1, 1.5] * 2, requires_grad=True)
    advantage = torch.tensor([1.0] * 4 + [-1.0] * 4)
    loss = clipped_surrogate(ratio, advantage, 0.2)
    torch.testing.assert_close(loss.detach(), torch.tensor([-0.5, -0.9, -1.1, -1.2, 0.8, 0.9, 1.1, 1.5]))
    loss.sum().backward()
    assert ratio.grad.tolist() == [-1, -1, -1, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("world", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize(
    "options", [{}, {"clip_range_vf": 0.1, "ent_coef": 0.02, "normalize_advantage": False}], ids=["plain", "all"]
)
def test_one_update_on_the_same_data_is_theirs(world, options):
    mine, theirs = twins(PPO, stable_baselines3.PPO, world, n_steps=32, batch_size=64, n_epochs=4, **options)
    update(mine, theirs)
    for (name, a), b in zip(mine.policy.named_parameters(), theirs.policy.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=2e-6, rtol=1e-4, msg=name)
    logged = [m.logger.name_to_value for m in (mine, theirs)]
    assert set(logged[1]) <= set(logged[0])
    for key in logged[1]:
        assert logged[0][key] == pytest.approx(logged[1][key], rel=1e-3, abs=1e-5), key


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    def weights(seed):
        envs = gym.make_vec("rewardlab/MiniGrid-Empty-5x5-v0", num_envs=4, observation="flat")
        model = PPO("MlpPolicy", envs, n_steps=16, batch_size=32, n_epochs=2, seed=seed).learn(128)
        return torch.cat([p.detach().flatten() for p in model.policy.parameters()])

    before = torch.random.get_rng_state()
    a, b, c = weights(1), weights(1), weights(2)
    assert torch.equal(a, b) and not torch.equal(a, c)
    assert torch.equal(before, torch.random.get_rng_state())  # nothing was drawn from torch's own generator


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_steps_that_only_reset_are_not_learned_from(mode):
    model = PPO("MlpPolicy", Counter((3, 4), mode=mode), n_steps=16, batch_size=8, seed=0, n_epochs=1)
    model.learn(32)
    batch = model._batch
    assert len(batch) == (32 if mode is AutoresetMode.SAME_STEP else 32 - 4 - 3)
    clock = batch.obs[:, 0]
    length = torch.tensor([3.0, 4.0]).repeat(16)
    if mode is AutoresetMode.SAME_STEP:
        assert (clock < length).all()
    assert not (torch.isin(clock, torch.tensor([4.0]))).any()


@pytest.mark.parametrize("cut", [False, True])
def test_advantages_look_beyond_a_cut_and_not_beyond_an_end(cut):
    targets = []
    for envs in (
        Counter((2, 3), cut=cut),
        OnDevice((2, 3), cut=cut),
        Counter((2, 3), cut=cut, mode=AutoresetMode.NEXT_STEP),
    ):
        model = PPO("MlpPolicy", envs, n_steps=8, batch_size=16, seed=0, gamma=0.5, gae_lambda=0.0, n_epochs=1)
        model.learn(16)
        fresh = PPO("MlpPolicy", envs, n_steps=8, batch_size=16, seed=0)  # the weights that acted
        batch = model._batch
        clock, episode = batch.obs[:, 0], batch.obs[:, 1]
        with torch.no_grad():
            after = fresh.policy.predict_values(torch.stack([clock + 1, episode], 1))[:, 0]
        end = (
            clock + 1 == torch.tensor([2.0, 3.0]).repeat(8)[: len(clock)]
            if envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
            else None
        )
        if end is not None:
            expected = clock + 1 + 0.5 * after * (~end | torch.tensor(cut))
            torch.testing.assert_close(batch.returns[:, 0], expected, atol=1e-5, rtol=1e-5)
        targets.append(
            {(float(c), float(e)): float(r) for c, e, r in zip(clock, episode, batch.returns[:, 0], strict=True)}
        )
    for key in targets[0].keys() & targets[1].keys():
        assert targets[0][key] == pytest.approx(targets[1][key], abs=1e-5)


@pytest.mark.parametrize("steps", [8, 32])
def test_no_step_of_a_rollout_waits_for_the_device(steps):
    model = PPO("MlpPolicy", OnDevice((3, 4)), n_steps=steps, batch_size=16, seed=0)
    model.learn(0)
    _, callback = model._setup_learn(100)
    callback.on_training_start({}, {})
    with Asked() as asked:
        model.collect_rollouts(model.env, callback, model.rollout_buffer, steps)
    assert len(asked.names) <= 4, asked.names  # the ends of episodes, and whether all is finite: once a rollout
    model._remember([])
    assert model.ep_info_buffer and all(e["r"] == sum(range(e["l"] + 1)) for e in model.ep_info_buffer)


def test_forbidden_actions_are_not_taken():
    envs = Counter((5, 6), masks=True)
    PPO("MlpPolicy", envs, n_steps=32, batch_size=64, seed=0, n_epochs=2).learn(64)
    taken = np.array(envs.taken)
    clock = np.stack([np.arange(len(taken)) % 5, np.arange(len(taken)) % 6], 1)
    assert taken[clock % 2 == 0].max() == 0 and taken[clock % 2 == 1].max() == 1


def test_the_hot_path_is_one_graph():
    torch._dynamo.reset()
    model = PPO("MlpPolicy", OnDevice((3, 4)), n_steps=8, batch_size=16, seed=0).learn(16)
    held, begun = model._held, model._begun
    explained = torch._dynamo.explain(model._losses_plain)(model._batch, 0.0, 0.5)
    assert explained.graph_break_count == 0, explained.break_reasons
    outputs = torch.compile(lambda obs: model.networks.act(obs, None, held, begun)[0], backend="eager", fullgraph=True)
    torch.testing.assert_close(outputs(model._obs), model.networks.outputs(model._obs))


def test_impossible_options_are_refused():
    for options, words in (
        ({"clip_range_vf": -1.0}, "clip_range_vf=-1.0"),
        ({"batch_size": 1}, "batch_size"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"n_steps": 0}, "n_steps=0"),
        ({"compile": "fast"}, "compile='fast'"),
    ):
        with pytest.raises(BadOption, match=words):
            PPO("MlpPolicy", "CartPole-v1", **{"n_steps": 8, "batch_size": 8} | options)
    assert Squared().width == 1
