"""An actor-critic policy of Stable-Baselines3 as pure functions: outputs of the actor, values of the critic."""

from dataclasses import dataclass
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.torch_layers import MlpExtractor
from torch import Tensor, nn

from rewardlab.agents.loops.heads import Gaussian, Head, head_of
from rewardlab.agents.loops.perceptrons import Perceptron, perceptron_of
from rewardlab.agents.loops.values import ValueLoss
from rewardlab.core.arrays import Tree


@dataclass
class Thought:
    """What a policy thinks of B steps.

    Attributes:
        outputs: [B, W] of the actor.
        values: [B, K, width] as the critic shows them.
        log_prob: [B] of the actions.
        entropy: the mean, a scalar.
    """

    outputs: Tensor
    values: Tensor
    log_prob: Tensor
    entropy: Tensor


@dataclass
class Judged:
    """What a policy thinks of a rollout.

    Attributes:
        steps: its thought of the T * N steps.
        last: values [N, K, width] of what stands after the last step.
        final: values [M, K, width] of what ended episodes showed last; None for none.
    """

    steps: Thought
    last: Tensor
    final: Tensor | None


NEVER = -1e8  # a logit of what is not allowed; finite, so that p log p is 0 and no gradient is NaN


class ActorCritic:
    """The functions that a loop calls.

    Args:
        policy: the network, `ActorCriticPolicy` or one below it.
        space: of the actions.
        streams: K, the number of values.
        loss: how a value is shown and learned.
    """

    def __init__(self, policy: ActorCriticPolicy, space: spaces.Space, streams: int, loss: ValueLoss) -> None:
        self.policy, self.streams, self.loss = policy, streams, loss
        plain = type(policy).forward is ActorCriticPolicy.forward or hasattr(policy, "memory")
        self.head: Head | None = head_of(policy, space) if plain else None
        self._gaussian = isinstance(self.head, Gaussian)
        self._discrete = isinstance(space, spaces.Discrete)
        self.actor, self.critic = _perceptrons(policy) if self.head is not None else (None, None)

    def outputs(self, obs: Tree, mask: Tensor | None = None) -> Tensor:
        """[B, W] for observations [B, *obs]; of the actor alone."""
        if self.actor is not None:
            return self._completed(self.actor(obs), mask)
        p = self.policy
        extractor = p.features_extractor if p.share_features_extractor else p.pi_features_extractor
        features: Any = BasePolicy.extract_features(p, obs, extractor)  # type: ignore[arg-type]
        return self._outputs(p.mlp_extractor.forward_actor(features), mask)

    def values(self, obs: Tree) -> Tensor:
        """[B, K, width] as the critic shows them."""
        if self.critic is not None:
            return self.critic(obs).view(-1, self.streams, self.loss.width)
        p = self.policy
        extractor = p.features_extractor if p.share_features_extractor else p.vf_features_extractor
        features: Any = BasePolicy.extract_features(p, obs, extractor)  # type: ignore[arg-type]
        return self._values(p.mlp_extractor.forward_critic(features))

    def both(self, obs: Tree, mask: Tensor | None = None, memory: Any = None) -> tuple[Tensor, Tensor]:
        """Outputs [B, W] and values [B, K, width]; `memory` is for policies that have one."""
        if self.actor is not None and self.critic is not None:
            numbers = obs.float()  # once for both
            return self.outputs(numbers, mask), self.values(numbers)
        p = self.policy
        features: Any = p.extract_features(obs)  # type: ignore[arg-type]
        first, second = (features, features) if p.share_features_extractor else features
        return (
            self._outputs(p.mlp_extractor.forward_actor(first), mask),
            self._values(p.mlp_extractor.forward_critic(second)),
        )

    def act(self, obs: Tree, mask: Tensor | None, held: Any, begun: Tensor) -> tuple[Tensor, Any]:
        """Outputs [N, W] for the running rows, and what is remembered afterwards."""
        return self.outputs(obs, mask), held

    def initial(self, rows: int) -> Any:
        """What N rows remember before their first step."""
        return None

    def decide(
        self, obs: Tree, mask: Tensor | None, held: Any, begun: Tensor, generator: torch.Generator | None
    ) -> tuple[Tensor, Any]:
        """Actions [N, *action] for the running rows, the likeliest without a generator, and what is remembered."""
        outputs, held = self.act(obs, mask, held, begun)
        return self._head.sample(outputs, generator), held

    def think(self, obs: Tree, action: Tensor, mask: Tensor | None, memory: Any = None) -> Thought:
        """What the policy thinks of actions [B, *action] at observations [B, *obs]."""
        outputs, values = self.both(obs, mask, memory)
        return self.told(outputs, values, action)

    def told(self, outputs: Tensor, values: Tensor, action: Tensor) -> Thought:
        """The thought that stands in outputs [B, W] and values [B, K, width]."""
        return Thought(outputs, values, self._head.log_prob(outputs, action), self._head.entropy(outputs).mean())

    def judge(
        self, obs: Tree, action: Tensor, mask: Tensor | None, last: Tree, final: Tree | None, memory: Any
    ) -> Judged:
        """What the policy thinks of a rollout.

        Args:
            obs: [T * N, *obs], oldest first.
            action: [T * N, *action].
            mask: [T * N, A].
            last: [N, *obs] after the last step.
            final: [M, *obs] what ended episodes showed last; None for none.
            memory: of policies that have one.
        """
        steps = self.think(obs, action, mask)
        return Judged(steps, self.values(last), None if final is None else self.values(final))

    @property
    def _head(self) -> Head:
        assert self.head is not None
        return self.head

    def decode(self, values: Tensor) -> Tensor:
        """[B, K] numbers of what the critic shows [B, K, width]."""
        return self.loss.decode(values)

    def _outputs(self, latent: Tensor, mask: Tensor | None) -> Tensor:
        return self._completed(self.policy.action_net(latent), mask)

    def _completed(self, out: Tensor, mask: Tensor | None) -> Tensor:
        if self._gaussian:
            out = torch.cat([out, self.policy.log_std.expand_as(out)], -1)
        return out if mask is None else out.masked_fill(~mask, NEVER)

    def _values(self, latent: Tensor) -> Tensor:
        return self.policy.value_net(latent).view(*latent.shape[:-1], self.streams, self.loss.width)


class OwnActorCritic(ActorCritic):
    """`ActorCritic` of a policy with a distribution of its own, as gSDE is: it draws and tells what it thinks itself.

    Its outputs are log probabilities [B, 1].
    """

    def decide(
        self, obs: Tree, mask: Tensor | None, held: Any, begun: Tensor, generator: torch.Generator | None
    ) -> tuple[Tensor, Any]:
        action = self.policy(obs)[0]
        return action.long() if self._discrete else action, held

    def think(self, obs: Tree, action: Tensor, mask: Tensor | None, memory: Any = None) -> Thought:
        shown, log_prob, entropy = self.policy.evaluate_actions(obs, action)  # type: ignore[arg-type]
        values = shown.view(len(log_prob), self.streams, self.loss.width)
        return Thought(log_prob[:, None], values, log_prob, -log_prob.mean() if entropy is None else entropy.mean())


def _perceptrons(policy: Any) -> tuple[Perceptron | None, Perceptron | None]:
    """Actor and critic of a policy without parts of its own making."""
    if type(policy) is not ActorCriticPolicy or type(policy.mlp_extractor) is not MlpExtractor:
        return None, None
    space, between = policy.observation_space, policy.mlp_extractor
    return (
        perceptron_of(space, policy.pi_features_extractor, between.policy_net, policy.action_net),
        perceptron_of(space, policy.vf_features_extractor, between.value_net, policy.value_net),
    )


def widen(policy: Any, outputs: int, lr: float) -> None:
    """Give the critic of a policy more outputs, and the policy a fresh optimiser."""
    old = policy.value_net
    if old.out_features == outputs:
        return
    policy.value_net = nn.Linear(old.in_features, outputs).to(old.weight.device)
    nn.init.orthogonal_(policy.value_net.weight)
    nn.init.zeros_(policy.value_net.bias)
    policy.optimizer = policy.optimizer_class(policy.parameters(), lr=lr, **policy.optimizer_kwargs)
