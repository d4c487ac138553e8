"""The functions of a policy against Stable-Baselines3's own calls."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy, MultiInputActorCriticPolicy

from rewardlab.agents.loops.actor_critic import ActorCritic, widen
from rewardlab.agents.loops.values import Squared

BOX = spaces.Box(-1, 1, (3,), np.float32)
ACTIONS = {
    "discrete": spaces.Discrete(3),
    "box": spaces.Box(-1, 1, (2,), np.float32),
    "multi": spaces.MultiDiscrete([2, 3]),
    "binary": spaces.MultiBinary(3),
}


def functions(space, obs_space=BOX, kind=ActorCriticPolicy, **options):
    torch.manual_seed(0)
    policy = kind(obs_space, space, lambda _: 1e-3, **options)
    return ActorCritic(policy, space, 1, Squared())


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("space", ACTIONS.values(), ids=ACTIONS)
def test_values_probabilities_and_entropies_are_the_policys(space, share):
    net = functions(space, share_features_extractor=share)
    obs = torch.randn(7, 3, generator=torch.Generator().manual_seed(1))
    action = torch.as_tensor(np.array([space.sample() for _ in range(7)]))
    outputs, shown = net.both(obs)
    given = action.float() if isinstance(space, spaces.MultiBinary) else action
    value, log_prob, entropy = net.policy.evaluate_actions(obs, given)
    torch.testing.assert_close(net.decode(shown), value)
    torch.testing.assert_close(net.head.log_prob(outputs, action), log_prob)
    torch.testing.assert_close(net.head.entropy(outputs), entropy)
    torch.testing.assert_close(net.outputs(obs), outputs)
    torch.testing.assert_close(net.values(obs), shown)
    likeliest = net.head.sample(outputs, None)
    theirs = net.policy.get_distribution(obs).mode()
    torch.testing.assert_close(likeliest.float().reshape(theirs.shape), theirs.float())


def test_dict_observations_and_masks():
    space = spaces.Dict({"a": BOX, "b": spaces.Discrete(4)})
    net = functions(ACTIONS["discrete"], space, MultiInputActorCriticPolicy)
    obs = {"a": torch.randn(5, 3), "b": torch.arange(5) % 4}
    mask = torch.tensor([[True, False, True]] * 5)
    outputs, _ = net.both(obs, mask)
    assert outputs.softmax(-1)[:, 1].max() == 0
    drawn = {int(a) for _ in range(50) for a in net.head.sample(outputs, torch.Generator().manual_seed(_))}
    assert drawn == {0, 2}


def test_a_wider_critic_has_an_optimiser_of_all_parameters():
    agent = PPO("MlpPolicy", gym.make("CartPole-v1"), n_steps=8, batch_size=8)
    before = agent.policy.optimizer
    widen(agent.policy, 1, 1e-3)
    assert agent.policy.optimizer is before
    widen(agent.policy, 6, 1e-3)
    held = {id(p) for g in agent.policy.optimizer.param_groups for p in g["params"]}
    assert held == {id(p) for p in agent.policy.parameters()} and agent.policy.value_net.out_features == 6
    assert agent.policy.optimizer.param_groups[0]["eps"] == 1e-5


def test_a_policy_of_another_kind_is_left_to_itself():
    class Own(ActorCriticPolicy):
        def forward(self, obs, deterministic=False):
            return super().forward(obs, deterministic)

    assert functions(ACTIONS["discrete"], kind=Own).head is None
